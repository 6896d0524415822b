//! The human check: a seed and a rung in, a puzzle out; judges an answer. Pure: time and randomness are arguments, nothing is stored here.
//!
//! # How the parts meet
//!
//! `GET /human-check?purpose=sign-in&way=picture` (or `way=without-puzzle`) answers one [`Challenge`]: the JPEG (`image/jpeg`, status 200), or
//! no body (status 204) where nothing is to be seen, with the headers of [`Challenge::headers`]:
//!
//! | header | example | meaning |
//! |---|---|---|
//! | `Human-Check-Token` | `AAB3…` | goes back unchanged in `human_check_token` |
//! | `Human-Check-Rung` | `1` | 0 invisible, 1 slider, 2 harder slider |
//! | `Human-Check-Way` | `picture` | or `without-puzzle` |
//! | `Human-Check-Valid` | `120` | seconds the token is good for |
//! | `Human-Check-Work` | `puzzles=32 bits=12` | the proof of work ([`work`]) |
//! | `Human-Check-Memory` | `kib=16384 passes=1 proofs=1 tries=8` | the memory-hard proof ([`memory`]); absent where none is asked |
//! | `Human-Check-Piece` | `x=0 y=184 width=48 height=52 row=60` | where the piece stands in the JPEG under the picture of 320 × 180; `row` is the top of the piece in the picture, absent at rung 2 |
//! | `Human-Check-Outline` | `M0 24A24 24 …` | the piece's outline as an SVG path, from the piece's upper left corner |
//!
//! The form posts four fields:
//!
//! | field | content |
//! |---|---|
//! | `human_check_token` | the token |
//! | `human_check_answer` | rung 1: the left edge of the piece in picture pixels, `137`; rung 2: left and top, `137,52`; otherwise empty |
//! | `human_check_work` | the counters of the proof of work, each four bytes big-endian, as base64url without padding |
//! | `human_check_proof` | the counters of the memory-hard proof in the same encoding; empty where none is asked |
//!
//! The caller gives [`HumanChecks::judge`] the fields as they came, **spends the nonce it gets back first, whatever the judgement**, then (where
//! [`Judged::memory_hard`] is some) verifies the memory-hard proof on its own pool, and only then lets the request on. Whoever cannot spend refuses.
#![cfg_attr(not(test), deny(clippy::unwrap_used))]

mod challenge;
mod checks;
pub mod draw;
pub mod memory;
mod ring;
mod sealed;
#[cfg(feature = "solver")]
pub mod solver;
pub mod work;

pub use challenge::{Answer, Challenge, Purpose, Rung, Submission, Way};
pub use checks::{HumanChecks, Judged, Reason, Refused, Settings, Spend};
