//! The evidence of `docs/reference/asvs.md`: each file it names is there, and each test it names is in that file.

use std::path::Path;

use super::Breach;

/// The table of requirements.
const TABLE: &str = "docs/reference/asvs.md";
/// The states that a line may have; what is met or not met must show where.
const STATES: [&str; 4] = ["met", "not met", "operator", "does not apply"];

/// Holds the table against the tree.
pub(super) fn check(root: &Path, breaches: &mut Vec<Breach>) -> Result<(), String> {
    let text = std::fs::read_to_string(root.join(TABLE))
        .map_err(|fault| format!("{TABLE} cannot be read: {fault}"))?;
    for (number, line) in text.lines().enumerate().filter(|(_, line)| line.starts_with("| V")) {
        let mut blame = |what: String| {
            breaches.push(Breach { place: format!("{TABLE}:{}", number + 1), what });
        };
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [_, state, said, evidence] = cells[..] else {
            blame("a line has four cells: id, state, how, shown by".to_owned());
            continue;
        };
        if !STATES.contains(&state) || said.is_empty() {
            blame(format!("the state is one of {STATES:?}, and a sentence says how"));
        }
        if evidence.is_empty() && state != "does not apply" {
            blame("name the file or test that shows it".to_owned());
        }
        for shown in evidence.split(", ").filter(|shown| !shown.is_empty()) {
            if let Some(what) = missing(root, shown.trim_matches('`')) {
                blame(what);
            }
        }
    }
    Ok(())
}

/// What is wrong with `path` or `path: test`.
fn missing(root: &Path, shown: &str) -> Option<String> {
    let (path, test) = shown.split_once(": ").map_or((shown, None), |(path, test)| (path, Some(test)));
    if !root.join(path).exists() {
        return Some(format!("{path} is not there"));
    }
    let test = test?;
    let text = std::fs::read_to_string(root.join(path)).unwrap_or_default();
    (!text.contains(&format!("fn {test}("))).then(|| format!("{path} has no test {test}"))
}
