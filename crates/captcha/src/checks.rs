//! Issuing and judging. Everything that is not exactly right is refused.

use hmac::digest::Digest as _;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rand_core::Rng;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::{
    Answer, Challenge, Purpose, Rung, Submission, Way,
    draw::{self, Picture},
    memory::{Memory, MemoryHard},
    ring::Ring,
    sealed::Root,
    work::Work,
};

/// The numbers of the check; times in microseconds. The defaults are the rules'.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a challenge is good.
    pub valid_micros: i64,
    /// A solution that comes sooner than this after the issue is no person's.
    pub earliest_micros: i64,
    /// How long a pass is good.
    pub pass_valid_micros: i64,
    /// Pixels, of a picture 320 wide, by which an answer may miss in each direction.
    pub tolerance: u8,
    /// The proof of work of every challenge.
    pub work: Work,
    /// The memory-hard proof of the harder slider.
    pub harder_slider_memory: Memory,
    /// The memory-hard proof instead of the slider.
    pub without_puzzle_memory: Memory,
    /// The memory-hard proof instead of the harder slider.
    pub harder_without_puzzle_memory: Memory,
    /// Pictures of rung 1 kept ready.
    pub ready_sliders: usize,
    /// Pictures of rung 2 kept ready.
    pub ready_harder_sliders: usize,
}

impl Default for Settings {
    fn default() -> Self {
        let memory = |proofs, tries| Memory { kib: 16_384, passes: 1, proofs, tries };
        Self {
            valid_micros: 120_000_000,
            earliest_micros: 400_000,
            pass_valid_micros: 90_000_000,
            tolerance: 4,
            work: Work { puzzles: 32, bits: 12 },
            harder_slider_memory: memory(1, 9),
            without_puzzle_memory: memory(4, 32),
            harder_without_puzzle_memory: memory(4, 48),
            ready_sliders: 64,
            ready_harder_sliders: 16,
        }
    }
}

/// Issues and judges; shared by reference between all requests of a node.
pub struct HumanChecks {
    root: Root,
    settings: Settings,
    ring: Ring,
}

impl std::fmt::Debug for HumanChecks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HumanChecks").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// What the caller spends in the database before it looks at anything else: one row, once, until `expires_at_micros`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spend {
    /// The token's single-use number.
    pub nonce: [u8; 16],
    /// When the token, and so the memory of its nonce, ends; microseconds since the Unix epoch.
    pub expires_at_micros: i64,
}

/// A right answer, under the condition that the nonce was not spent before and that `memory_hard` holds.
#[derive(Debug)]
pub struct Judged {
    /// To be spent first.
    pub spend: Spend,
    /// The rung that was asked.
    pub rung: Rung,
    /// The way that was gone.
    pub way: Way,
    /// A memory-hard proof to verify on the hash pool before the request goes on.
    pub memory_hard: Option<MemoryHard>,
}

/// A refusal. Towards the visitor all of them look alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("human check refused: {reason:?}")]
pub struct Refused {
    /// For metrics alone, never for the visitor.
    pub reason: Reason,
    /// Some for every authentic token: a wrong submission spends the challenge like a right one.
    pub spend: Option<Spend>,
}

/// Why; a closed list for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Not a token of ours, or of another kind, or sealed under a key of long ago.
    NotAuthentic,
    /// Issued for another browser, purpose or account.
    OtherContext,
    /// Too old.
    Expired,
    /// Solved sooner than a person can, or issued in the future.
    Early,
    /// The proof of work is missing or wrong.
    Work,
    /// The piece stands elsewhere.
    Wrong,
    /// The memory-hard proof is missing or has not the right form.
    Proof,
}

const CHALLENGE: u8 = 1;
const PASS: u8 = 2;
const CHALLENGE_LENGTH: usize = 42;
const PASS_LENGTH: usize = 25;

/// What a challenge's token holds.
pub(crate) struct Sealed {
    pub(crate) rung: Rung,
    pub(crate) way: Way,
    pub(crate) tolerance: u8,
    pub(crate) answer: Answer,
    issued_at: i64,
    pub(crate) work: Work,
    pub(crate) memory: Option<Memory>,
    context: [u8; 16],
}

impl Sealed {
    fn to_bytes(&self) -> [u8; CHALLENGE_LENGTH] {
        let memory = self.memory.unwrap_or(Memory { kib: 0, passes: 0, proofs: 0, tries: 0 });
        let mut bytes = [0; CHALLENGE_LENGTH];
        bytes[0] = CHALLENGE;
        bytes[1] = self.rung.number();
        bytes[2] = u8::from(self.way == Way::WithoutPuzzle);
        bytes[3] = self.tolerance;
        bytes[4..6].copy_from_slice(&self.answer.left.to_be_bytes());
        bytes[6..8].copy_from_slice(&self.answer.top.unwrap_or(u16::MAX).to_be_bytes());
        bytes[8..16].copy_from_slice(&self.issued_at.to_be_bytes());
        bytes[16] = self.work.puzzles;
        bytes[17] = self.work.bits;
        bytes[18..22].copy_from_slice(&memory.kib.to_be_bytes());
        bytes[22] = memory.passes;
        bytes[23] = memory.proofs;
        bytes[24..26].copy_from_slice(&memory.tries.to_be_bytes());
        bytes[26..42].copy_from_slice(&self.context);
        bytes
    }

    fn from_bytes(bytes: &[u8; CHALLENGE_LENGTH]) -> Option<Self> {
        if bytes[0] != CHALLENGE {
            return None;
        }
        let two = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        let top = two(6);
        let memory = Memory {
            kib: u32::from_be_bytes(bytes[18..22].try_into().ok()?),
            passes: bytes[22],
            proofs: bytes[23],
            tries: two(24),
        };
        Some(Self {
            rung: Rung::from_number(bytes[1])?,
            way: if bytes[2] == 0 { Way::Picture } else { Way::WithoutPuzzle },
            tolerance: bytes[3],
            answer: Answer { left: two(4), top: (top != u16::MAX).then_some(top) },
            issued_at: i64::from_be_bytes(bytes[8..16].try_into().ok()?),
            work: Work { puzzles: bytes[16], bits: bytes[17] },
            memory: (memory.proofs > 0).then_some(memory),
            context: bytes[26..42].try_into().ok()?,
        })
    }

    fn has_picture(&self) -> bool {
        self.way == Way::Picture && self.rung != Rung::Invisible
    }

    fn accepts(&self, given: &str) -> bool {
        if !self.has_picture() {
            return given.is_empty();
        }
        let near = |given: u16, right: u16| given.abs_diff(right) <= u16::from(self.tolerance);
        match (Answer::parse(given), self.answer.top) {
            (Some(Answer { left, top: None }), None) => near(left, self.answer.left),
            (Some(Answer { left, top: Some(top) }), Some(right)) => {
                near(left, self.answer.left) & near(top, right)
            }
            _ => false,
        }
    }
}

impl HumanChecks {
    /// `root` is a secret of the installation, the same on every node.
    pub fn new(root: &[u8; 32], settings: Settings) -> Self {
        let ring = Ring::new(settings.ready_sliders, settings.ready_harder_sliders);
        Self { root: Root::new(root), settings, ring }
    }

    /// Issues a challenge to the browser that `binding` stands for. `now` in microseconds since the Unix epoch; `seed` from the operating system, new
    /// for every call. Takes a ready picture, or draws one.
    pub fn issue(
        &self,
        rung: Rung,
        way: Way,
        binding: &[u8; 32],
        purpose: Purpose,
        now: i64,
        seed: [u8; 32],
    ) -> Challenge {
        let mut random = ChaCha20Rng::from_seed(seed);
        let mut nonce = [0; 24];
        random.fill_bytes(&mut nonce);
        let drawing = (way == Way::Picture && rung != Rung::Invisible)
            .then(|| self.ring.take(rung).unwrap_or_else(|| draw::draw(rung, &mut random)));
        let (answer, picture): (Answer, Option<Picture>) = match drawing {
            Some(drawing) => (drawing.answer, Some(drawing.picture)),
            None => (Answer { left: 0, top: None }, None),
        };
        let sealed = Sealed {
            rung,
            way,
            tolerance: self.settings.tolerance,
            answer,
            issued_at: now,
            work: self.settings.work,
            memory: self.memory_of(rung, way),
            context: context(purpose, binding, None),
        };
        Challenge {
            token: self.root.seal(&sealed.to_bytes(), now, &nonce),
            rung,
            way,
            valid_seconds: u32::try_from(self.settings.valid_micros / 1_000_000).unwrap_or(0),
            work: sealed.work,
            memory: sealed.memory,
            picture,
        }
    }

    fn memory_of(&self, rung: Rung, way: Way) -> Option<Memory> {
        match (rung, way) {
            (Rung::Invisible | Rung::Slider, Way::Picture) => None,
            (Rung::HarderSlider, Way::Picture) => Some(self.settings.harder_slider_memory),
            (Rung::Invisible | Rung::Slider, Way::WithoutPuzzle) => Some(self.settings.without_puzzle_memory),
            (Rung::HarderSlider, Way::WithoutPuzzle) => Some(self.settings.harder_without_puzzle_memory),
        }
    }

    /// Judges what a form brought. The caller spends [`Judged::spend`] or [`Refused::spend`] before anything else, compares [`Judged::rung`] with the rung
    /// it demands now, and verifies [`Judged::memory_hard`].
    ///
    /// # Errors
    /// [`Refused`] for everything that is not exactly right.
    pub fn judge(
        &self,
        submission: &Submission<'_>,
        binding: &[u8; 32],
        purpose: Purpose,
        now: i64,
    ) -> Result<Judged, Refused> {
        let (sealed, spend) =
            self.judge_answer(submission.token, submission.answer, binding, purpose, now)?;
        let refused = |reason| Refused { reason, spend: Some(spend) };
        if !sealed.work.is_done(submission.token, submission.work) {
            return Err(refused(Reason::Work));
        }
        let memory_hard = match sealed.memory {
            None => None,
            Some(memory) => Some(
                MemoryHard::of(memory, submission.token, submission.proof)
                    .ok_or_else(|| refused(Reason::Proof))?,
            ),
        };
        Ok(Judged { spend, rung: sealed.rung, way: sealed.way, memory_hard })
    }

    /// The first half of [`HumanChecks::judge`], without the proofs: whether the token is good and the piece stands right.
    ///
    /// # Errors
    /// [`Refused`] as in [`HumanChecks::judge`].
    #[cfg(feature = "solver")]
    pub fn open_and_judge(
        &self,
        token: &str,
        answer: &str,
        binding: &[u8; 32],
        purpose: Purpose,
        now: i64,
    ) -> Result<Spend, Refused> {
        self.judge_answer(token, answer, binding, purpose, now).map(|(_, spend)| spend)
    }

    fn judge_answer(
        &self,
        token: &str,
        answer: &str,
        binding: &[u8; 32],
        purpose: Purpose,
        now: i64,
    ) -> Result<(Sealed, Spend), Refused> {
        let (sealed, nonce) =
            self.open(token, now).ok_or(Refused { reason: Reason::NotAuthentic, spend: None })?;
        let expires_at_micros = sealed.issued_at.saturating_add(self.settings.valid_micros);
        let spend = Spend { nonce, expires_at_micros };
        let reason = if !same(&sealed.context, &context(purpose, binding, None)) {
            Reason::OtherContext
        } else if now >= expires_at_micros {
            Reason::Expired
        } else if now.saturating_sub(sealed.issued_at) < self.settings.earliest_micros {
            Reason::Early
        } else if !sealed.accepts(answer) {
            Reason::Wrong
        } else {
            return Ok((sealed, spend));
        };
        Err(Refused { reason, spend: Some(spend) })
    }

    pub(crate) fn open(&self, token: &str, now: i64) -> Option<(Sealed, [u8; 16])> {
        let opened = self.root.open::<CHALLENGE_LENGTH>(token, now)?;
        Some((Sealed::from_bytes(&opened.content)?, opened.nonce))
    }

    /// A pass for one passed check: bound to browser, purpose and account, spent where the hash permit is taken. `random` from the operating system.
    pub fn issue_pass(
        &self,
        binding: &[u8; 32],
        purpose: Purpose,
        account: &[u8; 32],
        now: i64,
        random: &[u8; 24],
    ) -> String {
        let mut bytes = [0; PASS_LENGTH];
        bytes[0] = PASS;
        bytes[1..9].copy_from_slice(&now.to_be_bytes());
        bytes[9..25].copy_from_slice(&context(purpose, binding, Some(account)));
        self.root.seal(&bytes, now, random)
    }

    /// Opens a pass; the caller spends the nonce first.
    ///
    /// # Errors
    /// [`Refused`] for everything that is not exactly right.
    pub fn open_pass(
        &self,
        pass: &str,
        binding: &[u8; 32],
        purpose: Purpose,
        account: &[u8; 32],
        now: i64,
    ) -> Result<Spend, Refused> {
        let unknown = Refused { reason: Reason::NotAuthentic, spend: None };
        let opened = self.root.open::<PASS_LENGTH>(pass, now).ok_or(unknown)?;
        let bytes = opened.content;
        let (Some((&PASS, rest)), nonce) = (bytes.split_first(), opened.nonce) else { return Err(unknown) };
        let (issued_at, sealed_context) = rest.split_first_chunk::<8>().ok_or(unknown)?;
        let issued_at = i64::from_be_bytes(*issued_at);
        let expires_at_micros = issued_at.saturating_add(self.settings.pass_valid_micros);
        let spend = Spend { nonce, expires_at_micros };
        let reason = if !same(sealed_context, &context(purpose, binding, Some(account))) {
            Reason::OtherContext
        } else if now >= expires_at_micros {
            Reason::Expired
        } else if now < issued_at {
            Reason::Early
        } else {
            return Ok(spend);
        };
        Err(Refused { reason, spend: Some(spend) })
    }

    /// Draws one picture that the ring lacks; `false` when it is full. For the caller's idle moments; takes about a millisecond.
    pub fn fill_one(&self, seed: [u8; 32]) -> bool {
        let Some(rung) = self.ring.lacking() else { return false };
        self.ring.put(draw::draw(rung, &mut ChaCha20Rng::from_seed(seed)));
        true
    }

    /// How many pictures of a rung are ready.
    pub fn ready(&self, rung: Rung) -> usize {
        self.ring.ready(rung)
    }
}

fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

fn context(purpose: Purpose, binding: &[u8; 32], account: Option<&[u8; 32]>) -> [u8; 16] {
    let mut hash = Sha256::new().chain_update(binding).chain_update(purpose.as_str());
    if let Some(account) = account {
        hash.update([0]);
        hash.update(account);
    }
    let digest = hash.finalize();
    let mut short = [0; 16];
    short.copy_from_slice(&digest[..16]);
    short
}
