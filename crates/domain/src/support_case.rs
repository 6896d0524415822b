//! The lost-factor case: how an owner who has no second factor any more gets a new one (entry rules 5).
//!
//! Opened after the password or the reset link. The verified channel is proved, the new authenticator app is enrolled
//! and lies dormant, and the owner is identified: by pictures against the identity record or, without a record, by a
//! second independent channel. Two different approvers, a wait that every channel is told of with a way to stop it,
//! and then one transaction. Nothing of the account changes before that.
//!
//! An account that is entered by passkeys only proves its channel and no password, and needs the record: two codes by
//! mail and SMS are what its owner chose against. The wait and the hold are the long ones.

mod code_of_the_day;
mod refused;

pub use code_of_the_day::{code_of_the_day, day_of};
pub use refused::{CaseRefused, PictureRefused, VoteRefused};

use crate::account::Account;
use crate::id::{AccountId, StaffId};
use crate::named::named;
use crate::one_time_code::CodeRefused;
use crate::policy::Policy;
use crate::time::Timestamp;
use crate::totp::TotpJudgement;

named! {
    /// Where a case stands: what is next.
    pub enum CaseStep {
        /// The code that was sent to the verified channel.
        Channel = "channel",
        /// The code that was sent to a second channel, where no identity record exists.
        SecondChannel = "second-channel",
        /// A code of the new authenticator app.
        Authenticator = "authenticator",
        /// Pictures of the document and of the holder.
        Documents = "documents",
        /// Two approvers.
        Decision = "decision",
        /// The wait in which every channel can stop it.
        Waiting = "waiting",
        /// The new factor guards the account.
        Done = "done",
        /// Nothing came of it.
        Ended = "ended",
    }
}

named! {
    /// What its opener had proved before.
    pub enum CaseOpenedBy {
        /// The password, in a sign-in.
        Password = "password",
        /// The link or code of a reset: the password is lost as well.
        Reset = "reset",
        /// The channel alone, of an account that is entered by passkeys only: there is nothing else to prove.
        PasskeysOnly = "passkeys-only",
    }
}

named! {
    /// Why nothing came of a case.
    pub enum CaseEnd {
        /// Stopped by its owner: from its browser, by a link or a code.
        Stopped = "stopped",
        /// An approver refused it.
        Refused = "refused",
        /// It was not sent, or not decided, in time.
        Expired = "expired",
        /// Password, factor or freeze of the account changed meanwhile: somebody with a factor is at home.
        Overtaken = "overtaken",
        /// The account was frozen.
        Frozen = "frozen",
        /// Another case of the account took its place before this one was sent.
        BegunAnew = "begun-anew",
        /// Too many wrong codes.
        TooManyTries = "too-many-tries",
        /// Neither an identity record nor a second channel: nothing tells the owner from a thief.
        NoIdentification = "no-identification",
    }
}

named! {
    /// The pictures of a case.
    pub enum EvidenceKind {
        /// The front of an identity document.
        DocumentFront = "document-front",
        /// Its back.
        DocumentBack = "document-back",
        /// The holder, with a handwritten note that bears this case's code of the day.
        HolderWithNote = "holder-with-note",
    }
}

named! {
    /// What a member of staff decides.
    pub enum CaseVote {
        /// The owner is who they say.
        Approve = "approve",
        /// They are not, or it cannot be told.
        Refuse = "refuse",
    }
}

/// One lost-factor case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportCase {
    /// Whose it is; `None` for a wrong password or an identifier that nobody has, which looks the same.
    pub account: Option<AccountId>,
    /// What is next.
    pub step: CaseStep,
    /// Why it ended without its aim.
    pub end: Option<CaseEnd>,
    /// What its opener had proved before.
    pub opened_by: CaseOpenedBy,
    /// Whether an identity record existed when the channel was proved: pictures are compared with it.
    pub has_record: bool,
    /// Whether the owner has forgotten the trading password too.
    pub trading_password_lost: bool,
    /// The account's credential version when it was opened.
    pub credential_version: i64,
    /// Wrong codes of the new app so far.
    pub factor_failures: u32,
    /// When it is over unless it gets further.
    pub expires_at: Timestamp,
    /// When the new factor takes effect, once approved.
    pub effective_at: Option<Timestamp>,
}

/// What could identify the owner beside the first channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identification {
    /// Somebody of the operator's checked who they are, and wrote it down.
    pub has_record: bool,
    /// Another verified channel of another kind.
    pub has_second_channel: bool,
}

/// What a transition gives: the state to store and the answer to the visitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The state to store, after a refusal too.
    pub case: SupportCase,
    /// The step that is next, or why this one is not passed.
    pub answer: Result<CaseStep, CaseRefused>,
}

impl SupportCase {
    /// A new case after the password: a code is on its way to the channel, or nothing is for nobody's identifier. Of an
    /// account that is entered by passkeys only no password was compared.
    pub fn begin(policy: &Policy, account: Option<&Account>, now: Timestamp) -> Self {
        let passkeys_only = account.is_some_and(|account| account.passkeys_only);
        Self {
            account: account.map(|account| account.id),
            step: CaseStep::Channel,
            end: None,
            opened_by: if passkeys_only { CaseOpenedBy::PasskeysOnly } else { CaseOpenedBy::Password },
            has_record: false,
            trading_password_lost: false,
            credential_version: account.map_or(0, |account| account.credential_version),
            factor_failures: 0,
            expires_at: now.plus(policy.case.channel_within),
            effective_at: None,
        }
    }

    /// A new case after the link or code of a reset, which has proved the channel.
    pub fn begin_after_reset(
        policy: &Policy,
        account: &Account,
        known: Identification,
        now: Timestamp,
    ) -> Outcome {
        let begun = Self::begin(policy, Some(account), now);
        let opened_by = match begun.opened_by {
            CaseOpenedBy::PasskeysOnly => CaseOpenedBy::PasskeysOnly,
            CaseOpenedBy::Password | CaseOpenedBy::Reset => CaseOpenedBy::Reset,
        };
        let begun = Self { opened_by, ..begun };
        begun.after_channel(policy, Ok(()), known, now)
    }

    /// Whether this step can be worked on now.
    pub fn at(&self, step: CaseStep, now: Timestamp) -> Result<(), CaseRefused> {
        if matches!(self.step, CaseStep::Ended | CaseStep::Done) {
            return Err(CaseRefused::Ended);
        }
        if self.is_expired(now) {
            return Err(CaseRefused::Expired);
        }
        if self.step == step { Ok(()) } else { Err(CaseRefused::OtherStep { asked: self.step }) }
    }

    /// Whether its time ran out before it was sent, or before it was decided. An approved case waits for its time.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        !matches!(self.step, CaseStep::Waiting | CaseStep::Done | CaseStep::Ended) && now >= self.expires_at
    }

    /// Whether it may still come to something.
    pub const fn is_open(&self) -> bool {
        !matches!(self.step, CaseStep::Done | CaseStep::Ended)
    }

    /// Whether the long wait and the long hold apply: more than the second factor is lost.
    pub const fn more_is_lost(&self) -> bool {
        matches!(self.opened_by, CaseOpenedBy::Reset | CaseOpenedBy::PasskeysOnly)
            || self.trading_password_lost
    }

    /// How long every channel can stop it after the approval, without the account's own lock of settings.
    pub const fn wait(&self, policy: &Policy) -> std::time::Duration {
        if self.more_is_lost() || !self.has_record { policy.case.long_wait } else { policy.case.wait }
    }

    /// After the code of the first channel was judged.
    pub fn after_channel(
        &self,
        policy: &Policy,
        judged: Result<(), CodeRefused>,
        known: Identification,
        now: Timestamp,
    ) -> Outcome {
        if let Err(refused) = self.at(CaseStep::Channel, now) {
            return self.refused(refused);
        }
        match judged.map_err(CaseRefused::from) {
            Ok(()) if self.account.is_some() => {
                let proved = Self {
                    has_record: known.has_record,
                    expires_at: now.plus(policy.case.open_for),
                    ..self.clone()
                };
                if known.has_record {
                    proved.moved(CaseStep::Authenticator)
                } else if proved.opened_by == CaseOpenedBy::PasskeysOnly {
                    proved.ended(CaseEnd::NoIdentification, CaseRefused::NoRecord)
                } else if known.has_second_channel {
                    proved.moved(CaseStep::SecondChannel)
                } else {
                    proved.ended(CaseEnd::NoIdentification, CaseRefused::NoIdentification)
                }
            }
            Ok(()) | Err(CaseRefused::TooManyWrongCodes) => {
                self.ended(CaseEnd::TooManyTries, CaseRefused::TooManyWrongCodes)
            }
            Err(refused) => self.refused(refused),
        }
    }

    /// After the code of the second channel was judged.
    pub fn after_second_channel(&self, judged: Result<(), CodeRefused>, now: Timestamp) -> Outcome {
        if let Err(refused) = self.at(CaseStep::SecondChannel, now) {
            return self.refused(refused);
        }
        match judged.map_err(CaseRefused::from) {
            Ok(()) => self.moved(CaseStep::Authenticator),
            Err(CaseRefused::TooManyWrongCodes) => {
                self.ended(CaseEnd::TooManyTries, CaseRefused::TooManyWrongCodes)
            }
            Err(refused) => self.refused(refused),
        }
    }

    /// After a code of the new app. Without a record there is nothing to compare pictures with: the case is sent.
    pub fn after_authenticator(
        &self,
        policy: &Policy,
        judged: TotpJudgement,
        trading_password_lost: bool,
        account: &Account,
        now: Timestamp,
    ) -> Outcome {
        if let Err(refused) = self.at(CaseStep::Authenticator, now).and_then(|()| self.still_of(account)) {
            return self.refused_or_overtaken(refused);
        }
        let refused = match judged {
            TotpJudgement::Matches { .. } => {
                let next = Self { trading_password_lost, ..self.clone() };
                return if self.has_record {
                    next.moved(CaseStep::Documents)
                } else {
                    next.sent(policy, now)
                };
            }
            TotpJudgement::OtherStep { offset_steps, .. } => CaseRefused::ClockOff { offset_steps },
            TotpJudgement::Wrong => CaseRefused::WrongFactor,
        };
        let next = Self { factor_failures: self.factor_failures.saturating_add(1), ..self.clone() };
        if next.factor_failures >= policy.case.factor_tries {
            return next.ended(CaseEnd::TooManyTries, CaseRefused::TooManyWrongFactors);
        }
        next.refused(refused)
    }

    /// Sends the case to the approvers, with the pictures that lie there.
    pub fn send(
        &self,
        policy: &Policy,
        pictures: &[EvidenceKind],
        account: &Account,
        now: Timestamp,
    ) -> Outcome {
        if let Err(refused) = self.at(CaseStep::Documents, now).and_then(|()| self.still_of(account)) {
            return self.refused_or_overtaken(refused);
        }
        match EvidenceKind::ALL.iter().find(|kind| !pictures.contains(kind)) {
            Some(missing) => self.refused(CaseRefused::PictureMissing { kind: *missing }),
            None => self.sent(policy, now),
        }
    }

    /// Counts a vote of staff. `earlier` are the votes so far; `lock_delay` is what the account's own lock of settings
    /// adds to the wait. One refusal ends a case, and the approvals of different approvers carry it on.
    #[allow(clippy::too_many_arguments, reason = "a vote is judged over everything that is known")]
    pub fn vote(
        &self,
        policy: &Policy,
        voter: Voter,
        earlier: &[(StaffId, CaseVote)],
        vote: CaseVote,
        account: &Account,
        lock_delay: std::time::Duration,
        now: Timestamp,
    ) -> Result<Self, VoteRefused> {
        if self.step != CaseStep::Decision || self.is_expired(now) {
            return Err(VoteRefused::NotToDecide);
        }
        if voter.owns_the_account {
            return Err(VoteRefused::OwnAccount);
        }
        if earlier.iter().any(|(staff, _)| *staff == voter.staff) {
            return Err(VoteRefused::VotedAlready);
        }
        if self.still_of(account).is_err() {
            return Err(VoteRefused::Overtaken);
        }
        if vote == CaseVote::Refuse {
            return Ok(self.end(CaseEnd::Refused));
        }
        let approvals = 1 + earlier.iter().filter(|(_, vote)| *vote == CaseVote::Approve).count();
        if approvals < policy.case.approvers {
            return Ok(self.clone());
        }
        let effective_at = now.plus(self.wait(policy)).plus(lock_delay);
        Ok(Self { step: CaseStep::Waiting, effective_at: Some(effective_at), ..self.clone() })
    }

    /// What becomes of the case now, by itself: executed at its time, or ended when the account changed or its time ran
    /// out. `None`: nothing yet.
    pub fn turn(&self, account: &Account, now: Timestamp) -> Option<Self> {
        if !self.is_open() {
            return None;
        }
        if self.is_expired(now) {
            return Some(self.end(CaseEnd::Expired));
        }
        if self.still_of(account).is_err() {
            return Some(self.end(CaseEnd::Overtaken));
        }
        let due = self.step == CaseStep::Waiting && self.effective_at.is_some_and(|at| at <= now);
        due.then(|| Self { step: CaseStep::Done, ..self.clone() })
    }

    /// Ends the case without its aim.
    #[must_use]
    pub fn end(&self, why: CaseEnd) -> Self {
        Self { step: CaseStep::Ended, end: Some(why), ..self.clone() }
    }

    /// Whether the account is the one that the case was opened for, with the credentials of then.
    fn still_of(&self, account: &Account) -> Result<(), CaseRefused> {
        let same = Some(account.id) == self.account && account.credential_version == self.credential_version;
        if same { Ok(()) } else { Err(CaseRefused::CredentialsChanged) }
    }

    fn sent(&self, policy: &Policy, now: Timestamp) -> Outcome {
        Self { expires_at: now.plus(policy.case.decided_within), ..self.clone() }.moved(CaseStep::Decision)
    }

    fn refused_or_overtaken(&self, refused: CaseRefused) -> Outcome {
        match refused {
            CaseRefused::CredentialsChanged => self.ended(CaseEnd::Overtaken, refused),
            other => self.refused(other),
        }
    }

    fn refused(&self, refused: CaseRefused) -> Outcome {
        Outcome { case: self.clone(), answer: Err(refused) }
    }

    fn ended(&self, why: CaseEnd, refused: CaseRefused) -> Outcome {
        Outcome { case: self.end(why), answer: Err(refused) }
    }

    fn moved(&self, step: CaseStep) -> Outcome {
        Outcome { case: Self { step, ..self.clone() }, answer: Ok(step) }
    }
}

/// Who votes, as far as the rule must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Voter {
    /// The member of staff.
    pub staff: StaffId,
    /// Whether the case is about an account of theirs.
    pub owns_the_account: bool,
}

#[cfg(test)]
mod tests;
