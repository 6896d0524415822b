//! What must hold of forms and headers whatever arrives, over the seeds of `fuzz/` and some thousand mutations.

#[expect(unreachable_pub, reason = "the fuzz crate exports them")]
#[path = "../../../../fuzz/src/web.rs"]
mod checks;
#[path = "../../../../fuzz/src/replay.rs"]
mod replay;

use replay::replay;

#[test]
fn forms_hold_whatever_arrives() {
    replay("form", 20_000, checks::form);
}

#[test]
fn headers_hold_whatever_arrives() {
    replay("header_line", 20_000, checks::header_line);
}
