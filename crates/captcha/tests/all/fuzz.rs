//! What must hold of tokens whatever arrives, over the seeds of `fuzz/` and some thousand mutations.

#[expect(unreachable_pub, reason = "the fuzz crate exports it")]
#[path = "../../../../fuzz/src/captcha.rs"]
mod checks;
#[path = "../../../../fuzz/src/replay.rs"]
mod replay;

#[test]
fn tokens_hold_whatever_arrives() {
    replay::replay("human_check_token", 20_000, checks::human_check_token);
}
