//! Changing, adding and removing an identifier behind the door (entry rules 5).
//!
//! A step-up begins it; the old address is proved by a code, then the new one. For a removal the step-up is enough. The
//! last identifier is never removed. Who is left out by it gets a link that undoes it for a while.

use crate::change::ChangeRefused;
use crate::identifier::IdentifierRefused;
use crate::named::named;
use crate::one_time_code::{CodeRefused, ResendRefused};
use crate::policy::Policy;
use crate::time::Timestamp;

named! {
    /// What is done to an identifier.
    pub enum IdentifierChangeKind {
        /// Another one takes its place.
        Change = "change",
        /// One more.
        Add = "add",
        /// One less.
        Remove = "remove",
        /// A number is proved again.
        Prove = "prove",
    }
}

named! {
    /// Where such a change stands: what is asked next.
    pub enum IdentifierChangeStep {
        /// The code that was sent to the old address or number.
        OldCode = "old-code",
        /// The code that was sent to the new one.
        NewCode = "new-code",
        /// It is made.
        Done = "done",
        /// Nothing came of it.
        Ended = "ended",
    }
}

/// One change of an identifier, after its step-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentifierChange {
    /// What is done.
    pub kind: IdentifierChangeKind,
    /// What is asked next.
    pub step: IdentifierChangeStep,
    /// Whether another account has proved the new one; nobody is told but its owner, and its code is never right.
    pub taken: bool,
    /// When it is over.
    pub expires_at: Timestamp,
    /// The account's credential version when it began.
    pub credential_version: i64,
}

/// Why a change of an identifier is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentifierChangeRefused {
    /// The step-up, or the change as a whole: wrong factor, expired, changed meanwhile.
    Change(ChangeRefused),
    /// What was typed is no identifier.
    Identifier(IdentifierRefused),
    /// No SMS goes to numbers of that country.
    NoSmsThere,
    /// It is one of the account's own already.
    OwnAlready,
    /// The account has no such identifier.
    NoSuchIdentifier,
    /// It is the last one: an account without an address cannot be entered or warned.
    LastOne,
    /// So many are enough.
    TooMany,
    /// Another step is asked first.
    OtherStep {
        /// The step that is asked.
        asked: IdentifierChangeStep,
    },
    /// The sent code is wrong.
    WrongCode {
        /// Tries that remain.
        tries_left: u32,
    },
    /// The sent code has expired; another can be asked.
    CodeExpired,
    /// The last wrong code ended the change.
    TooManyWrongCodes,
    /// A code was sent a moment ago.
    ResendTooSoon {
        /// When the next one may be sent.
        retry_at: Timestamp,
    },
    /// No further code is sent in this change.
    NoSendsLeft,
}

/// What a transition gives: the state to store and the answer to the visitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The state to store, after a refusal too.
    pub change: IdentifierChange,
    /// The step that is next, or why this one is not passed.
    pub answer: Result<IdentifierChangeStep, IdentifierChangeRefused>,
}

impl IdentifierChange {
    /// A change that a step-up authorised.
    pub fn begin(
        policy: &Policy,
        kind: IdentifierChangeKind,
        taken: bool,
        credential_version: i64,
        now: Timestamp,
    ) -> Self {
        let step = match kind {
            IdentifierChangeKind::Change => IdentifierChangeStep::OldCode,
            IdentifierChangeKind::Add | IdentifierChangeKind::Prove => IdentifierChangeStep::NewCode,
            IdentifierChangeKind::Remove => IdentifierChangeStep::Done,
        };
        Self { kind, step, taken, expires_at: now.plus(policy.change.valid_for), credential_version }
    }

    /// Whether this step can be worked on now.
    pub fn at(&self, step: IdentifierChangeStep, now: Timestamp) -> Result<(), IdentifierChangeRefused> {
        if matches!(self.step, IdentifierChangeStep::Ended | IdentifierChangeStep::Done) {
            return Err(IdentifierChangeRefused::Change(ChangeRefused::Ended));
        }
        if now >= self.expires_at {
            return Err(IdentifierChangeRefused::Change(ChangeRefused::Expired));
        }
        if self.step == step { Ok(()) } else { Err(IdentifierChangeRefused::OtherStep { asked: self.step }) }
    }

    /// After the code of the step that is due was judged. `credential_version` is the account's now.
    pub fn after_code(
        &self,
        judged: Result<(), CodeRefused>,
        credential_version: i64,
        now: Timestamp,
    ) -> Outcome {
        if let Err(refused) = self.at(self.step, now) {
            return self.refused(refused);
        }
        if credential_version != self.credential_version {
            let refused = IdentifierChangeRefused::Change(ChangeRefused::CredentialsChanged);
            return Outcome { change: self.with(IdentifierChangeStep::Ended), answer: Err(refused) };
        }
        match judged.map_err(IdentifierChangeRefused::from) {
            Ok(()) if self.step == IdentifierChangeStep::OldCode => self.moved(IdentifierChangeStep::NewCode),
            Ok(()) if !self.taken => self.moved(IdentifierChangeStep::Done),
            Ok(()) | Err(IdentifierChangeRefused::TooManyWrongCodes) => Outcome {
                change: self.with(IdentifierChangeStep::Ended),
                answer: Err(IdentifierChangeRefused::TooManyWrongCodes),
            },
            Err(refused) => self.refused(refused),
        }
    }

    /// Ends the change.
    #[must_use]
    pub fn end(&self) -> Self {
        self.with(IdentifierChangeStep::Ended)
    }

    fn refused(&self, refused: IdentifierChangeRefused) -> Outcome {
        Outcome { change: self.clone(), answer: Err(refused) }
    }

    fn moved(&self, step: IdentifierChangeStep) -> Outcome {
        Outcome { change: self.with(step), answer: Ok(step) }
    }

    fn with(&self, step: IdentifierChangeStep) -> Self {
        Self { step, ..self.clone() }
    }
}

impl From<CodeRefused> for IdentifierChangeRefused {
    fn from(refused: CodeRefused) -> Self {
        match refused {
            CodeRefused::Wrong { tries_left } => Self::WrongCode { tries_left },
            CodeRefused::Expired | CodeRefused::NotSent => Self::CodeExpired,
            CodeRefused::NoTriesLeft => Self::TooManyWrongCodes,
        }
    }
}

impl From<ResendRefused> for IdentifierChangeRefused {
    fn from(refused: ResendRefused) -> Self {
        match refused {
            ResendRefused::TooSoon { retry_at } => Self::ResendTooSoon { retry_at },
            ResendRefused::NoSendsLeft => Self::NoSendsLeft,
        }
    }
}

impl From<ChangeRefused> for IdentifierChangeRefused {
    fn from(refused: ChangeRefused) -> Self {
        Self::Change(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_seconds(1_800_000_000)
    }

    fn begun(kind: IdentifierChangeKind, taken: bool) -> IdentifierChange {
        IdentifierChange::begin(&Policy::default(), kind, taken, 3, now())
    }

    #[test]
    fn a_change_is_proved_by_the_old_address_and_then_by_the_new_one() {
        let change = begun(IdentifierChangeKind::Change, false);
        let outcome = change.after_code(Ok(()), 3, now());
        assert_eq!(outcome.answer, Ok(IdentifierChangeStep::NewCode));
        assert_eq!(outcome.change.after_code(Ok(()), 3, now()).answer, Ok(IdentifierChangeStep::Done));
    }

    #[test]
    fn one_more_is_proved_by_itself_and_one_less_by_the_step_up() {
        assert_eq!(begun(IdentifierChangeKind::Add, false).step, IdentifierChangeStep::NewCode);
        assert_eq!(begun(IdentifierChangeKind::Prove, false).step, IdentifierChangeStep::NewCode);
        assert_eq!(begun(IdentifierChangeKind::Remove, false).step, IdentifierChangeStep::Done);
    }

    #[test]
    fn a_taken_one_looks_the_same_and_is_never_reached() {
        let (taken, free) = (begun(IdentifierChangeKind::Add, true), begun(IdentifierChangeKind::Add, false));
        let wrong = Err(CodeRefused::Wrong { tries_left: 3 });
        assert_eq!(taken.after_code(wrong, 3, now()).answer, free.after_code(wrong, 3, now()).answer);
        let outcome = taken.after_code(Ok(()), 3, now());
        assert_eq!(outcome.answer, Err(IdentifierChangeRefused::TooManyWrongCodes));
        assert_eq!(outcome.change.step, IdentifierChangeStep::Ended);
    }

    #[test]
    fn it_ends_with_its_time_and_with_another_change_of_the_account() {
        let change = begun(IdentifierChangeKind::Change, false);
        let expired = Err(IdentifierChangeRefused::Change(ChangeRefused::Expired));
        assert_eq!(change.after_code(Ok(()), 3, change.expires_at).answer, expired);
        let outcome = change.after_code(Ok(()), 4, now());
        let refused = IdentifierChangeRefused::Change(ChangeRefused::CredentialsChanged);
        assert_eq!(outcome.answer, Err(refused));
        assert_eq!(outcome.change.step, IdentifierChangeStep::Ended);
    }
}
