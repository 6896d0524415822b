//! The house rules that a machine can hold.
use std::path::Path;
/// x
pub(crate) fn check(_root: &Path) -> Result<String, String> { Ok(String::new()) }
