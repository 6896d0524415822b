//! The other side of the check, for tests and figures: searches for proofs as the browser does, and reads the answer with the server's own key. Nothing here
//! weakens the check: without the key an answer stays sealed, and the searches cost what they cost.

use crate::{
    Answer, HumanChecks, Settings,
    memory::{Hash, Memory, salt_of},
    work::{Work, encode_counters, seed_of, solves},
};

/// The counters of the proof of work, as the form field wants them.
pub fn solve_work(token: &str, work: Work) -> String {
    let seed = seed_of(token);
    let counters: Vec<u32> = (0..u32::from(work.puzzles))
        .map(|puzzle| {
            (0..=u32::MAX).find(|counter| solves(&seed, puzzle, *counter, work.bits)).unwrap_or(u32::MAX)
        })
        .collect();
    encode_counters(&counters)
}

/// The counters of the memory-hard proof, as the form field wants them.
pub fn solve_memory(token: &str, memory: Memory) -> String {
    let salt = salt_of(token);
    let Some(mut hash) = Hash::new(memory) else { return String::new() };
    let counters: Vec<u32> = (0..u32::from(memory.proofs))
        .map(|proof| {
            (0..=u32::MAX)
                .find(|counter| hash.proves(&salt, proof, *counter) == Some(true))
                .unwrap_or(u32::MAX)
        })
        .collect();
    encode_counters(&counters)
}

/// The answer of a token, for whoever holds the installation's root key; `None` for a token that this root did not seal around `now`.
pub fn reveal(root: &[u8; 32], token: &str, now: i64) -> Option<Answer> {
    let checks = HumanChecks::new(root, Settings::default());
    checks.open(token, now).map(|(sealed, _)| sealed.answer)
}

/// What `human_check_answer` must say for this token: like [`reveal`], but empty where nothing is to be seen.
pub fn reveal_field(root: &[u8; 32], token: &str, now: i64) -> Option<String> {
    let checks = HumanChecks::new(root, Settings::default());
    let (sealed, _) = checks.open(token, now)?;
    let has_picture = sealed.way == crate::Way::Picture && sealed.rung != crate::Rung::Invisible;
    Some(if has_picture { sealed.answer.to_text() } else { String::new() })
}
