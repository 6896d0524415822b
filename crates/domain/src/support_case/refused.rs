//! Why a step of a case is refused.

use super::{CaseStep, EvidenceKind};
use crate::human_check::HumanCheckRefused;
use crate::one_time_code::{CodeRefused, ResendRefused};
use crate::time::Timestamp;

/// Why a step of a case is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseRefused {
    /// No case is open in this browser.
    NotBegun,
    /// It took too long: begin again.
    Expired,
    /// It ended.
    Ended,
    /// Another step is asked first.
    OtherStep {
        /// The step that is asked.
        asked: CaseStep,
    },
    /// The human check did not open.
    HumanCheck(HumanCheckRefused),
    /// Too many tries of this network or for this identifier.
    Throttled {
        /// When the next one is taken.
        retry_at: Timestamp,
    },
    /// The sent code is wrong.
    WrongCode {
        /// Tries that remain.
        tries_left: u32,
    },
    /// The sent code has expired; another can be asked.
    CodeExpired,
    /// The last wrong code ended the case.
    TooManyWrongCodes,
    /// A code was sent a moment ago.
    ResendTooSoon {
        /// When the next one may be sent.
        retry_at: Timestamp,
    },
    /// No further code is sent in this case.
    NoSendsLeft,
    /// The code of the new app is wrong.
    WrongFactor,
    /// It belongs to another time: the phone's clock is off.
    ClockOff {
        /// How many steps of 30 s the phone is ahead (positive) or behind (negative).
        offset_steps: i32,
    },
    /// The last wrong code of the new app ended the case.
    TooManyWrongFactors,
    /// Neither an identity record nor a second channel.
    NoIdentification,
    /// No identity record, of an account that is entered by passkeys only: codes alone never open it.
    NoRecord,
    /// Another case of this account is being decided or waits for its time.
    AnotherCase,
    /// A picture is missing.
    PictureMissing {
        /// The first of them.
        kind: EvidenceKind,
    },
    /// A picture is not taken.
    Picture(PictureRefused),
    /// Password, factor or freeze of the account changed meanwhile.
    CredentialsChanged,
}

/// Why an uploaded file is no picture that staff could look at. Judged by content, never by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureRefused {
    /// Nothing was chosen.
    Empty,
    /// More bytes than this.
    TooLarge {
        /// The most that is taken.
        bytes_at_most: u64,
    },
    /// A phone's own format, which browsers of staff cannot show.
    Heic,
    /// Neither JPEG nor PNG.
    NotAPicture,
    /// Begins like a picture and is none, or is cut off.
    Damaged,
    /// More pixels than anybody needs, as bombs have them.
    TooManyPixels,
    /// Too few to read a document by.
    TooFewPixels {
        /// The least length of the shorter side.
        side_at_least: u32,
    },
}

/// Why a vote of staff is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoteRefused {
    /// There is no such case.
    NoCase,
    /// It waits for no decision: not sent yet, decided, or ended.
    NotToDecide,
    /// It is a case of an account of their own.
    OwnAccount,
    /// They have voted already: two different approvers decide.
    VotedAlready,
    /// They are no approver, or none any more.
    NotApprover,
    /// The account changed meanwhile; the case is over.
    Overtaken,
}

impl From<CodeRefused> for CaseRefused {
    fn from(refused: CodeRefused) -> Self {
        match refused {
            CodeRefused::Wrong { tries_left } => Self::WrongCode { tries_left },
            CodeRefused::Expired | CodeRefused::NotSent => Self::CodeExpired,
            CodeRefused::NoTriesLeft => Self::TooManyWrongCodes,
        }
    }
}

impl From<ResendRefused> for CaseRefused {
    fn from(refused: ResendRefused) -> Self {
        match refused {
            ResendRefused::TooSoon { retry_at } => Self::ResendTooSoon { retry_at },
            ResendRefused::NoSendsLeft => Self::NoSendsLeft,
        }
    }
}
