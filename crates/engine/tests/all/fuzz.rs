//! What must hold of records and snapshots whatever arrives, over the seeds of `fuzz/` and some thousand mutations.

#[expect(unreachable_pub, reason = "the fuzz crate exports them")]
#[path = "../../../../fuzz/src/engine.rs"]
mod checks;
#[path = "../../../../fuzz/src/replay.rs"]
mod replay;

use replay::replay;

#[test]
fn records_hold_whatever_arrives() {
    replay("record", 20_000, checks::record);
}

#[test]
fn snapshots_hold_whatever_arrives() {
    replay("snapshot", 20_000, checks::snapshot);
}
