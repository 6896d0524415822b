//! What must hold of groups whatever arrives, over the seeds of `fuzz/` and some thousand mutations.

#[expect(unreachable_pub, reason = "the fuzz crate exports them")]
#[path = "../../../../fuzz/src/journal.rs"]
mod checks;
#[path = "../../../../fuzz/src/replay.rs"]
mod replay;

#[test]
fn groups_hold_whatever_arrives() {
    replay::replay("group", 20_000, checks::group);
}
