//! What must hold of the parsers whatever arrives, over the seeds of `fuzz/` and some thousand mutations.

#[expect(unreachable_pub, reason = "the fuzz crate exports them")]
#[path = "../../../../fuzz/src/domain.rs"]
mod checks;
#[path = "../../../../fuzz/src/replay.rs"]
mod replay;

use replay::replay;

#[test]
fn identifiers_hold_whatever_arrives() {
    replay("identifier", 6_000, checks::identifier);
}

#[test]
fn codes_hold_whatever_arrives() {
    replay("code", 20_000, checks::code);
}

#[test]
fn return_paths_hold_whatever_arrives() {
    replay("return_path", 20_000, checks::return_path);
}

#[test]
fn passwords_hold_whatever_arrives() {
    // Each costs milliseconds: zxcvbn is no parser of nanoseconds.
    replay("password", 500, checks::password);
}
