//! The house rules that a machine can hold. `cargo xtask tidy` prints every breach; a test runs the same.

use std::fmt;
use std::path::Path;

mod dependencies;
mod evidence;
mod files;
mod source;
mod words;

/// One breach of a house rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Breach {
    /// The file, from the workspace's folder, with the line where one is to blame.
    place: String,
    /// What is wrong and what to do.
    what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Holds every rule against the workspace at `root`.
pub(crate) fn check(root: &Path) -> Result<String, String> {
    let mut breaches = dependencies::check(root)?;
    let files = files::all(root)?;
    for file in &files {
        words::check(file, &mut breaches);
    }
    evidence::check(root, &mut breaches)?;
    words::check_allowances(&files, &mut breaches);
    if breaches.is_empty() {
        return Ok(format!("tidy: {} files, no breach", files.len()));
    }
    let lines: Vec<_> = breaches.iter().map(Breach::to_string).collect();
    Err(format!("{}\ntidy: {} breaches", lines.join("\n"), breaches.len()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_house_rules_hold() {
        if let Err(breaches) = super::check(&crate::root()) {
            panic!("{breaches}");
        }
    }
}
