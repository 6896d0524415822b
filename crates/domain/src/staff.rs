//! Who works at the desk, and what each role may do there (entry rules 9).
//!
//! There is no act for seeing a secret, shortening a hold, granting a role or making a member of staff: the first two
//! nobody can, the others are done at the machine itself.

use std::time::Duration;

use crate::id::{AccountId, StaffId};
use crate::jurisdiction::Row;
use crate::named::named;
use crate::throttle::Rate;
use crate::time::Timestamp;

/// Longest name of a member of staff, in characters.
pub const STAFF_NAME_CHARACTERS_MAX: usize = 64;
/// Longest reason or note that staff write, in characters.
pub const STAFF_TEXT_CHARACTERS_MAX: usize = 1_000;
/// Passkeys that each member of staff enrols: one to carry, one in a safe place.
pub const STAFF_PASSKEYS: usize = 2;
/// Accounts that one member of staff looks up: 120 an hour, 30 at once. A desk needs no more, and whoever tries
/// identifiers one by one does.
pub const LOOK_UPS: Rate = Rate::new(120, Duration::from_secs(60 * 60), 30);
/// Numbers that are compared with the document of one case's identity record: 10 a day. A reader of a picture needs two
/// or three, and whoever tries numbers one by one is not reading.
pub const DOCUMENT_COMPARISONS: Rate = Rate::new(10, Duration::from_secs(24 * 60 * 60), 10);
/// Approvers without whom no case is decided.
pub const APPROVERS_NEEDED: usize = 2;

named! {
    /// What a member of staff is there for. Nobody has two.
    pub enum Role {
        /// Talks with customers: looks up, stops, writes notes.
        Agent = "agent",
        /// Decides lost-factor cases, always beside another approver.
        Approver = "approver",
        /// Reads, and changes nothing.
        Auditor = "auditor",
        /// Answers for sanctions and freezes.
        Compliance = "compliance",
    }
}

named! {
    /// Everything that can be done at the desk.
    pub enum StaffAct {
        /// Leaving the desk.
        Leave = "leave",
        /// Looking at the queue of cases.
        SeeQueue = "see-queue",
        /// Looking at one case: what was asked and how far it is.
        SeeCase = "see-case",
        /// Looking at the pictures of a case and at the identity record beside them.
        SeeEvidence = "see-evidence",
        /// Approving or declining a case.
        DecideCase = "decide-case",
        /// Looking up one account.
        LookUp = "look-up",
        /// Freezing an account.
        Freeze = "freeze",
        /// Ending the sessions of an account.
        EndSessions = "end-sessions",
        /// Writing a note beside an account.
        WriteNote = "write-note",
        /// Looking at what waits for a second person.
        SeeRequests = "see-requests",
        /// Asking that a freeze by staff is lifted, or agreeing to it.
        LiftFreeze = "lift-freeze",
        /// Looking at what the rules of countries block.
        SeeBlocks = "see-blocks",
        /// Asking that a block by the rules of countries is lifted, agreeing to it, or calling an account back into one.
        DecideBlock = "decide-block",
        /// Looking at the list of colleagues.
        SeeStaff = "see-staff",
    }
}

/// Whether a role may do this.
pub const fn may(role: Role, act: StaffAct) -> bool {
    use StaffAct as Act;
    match act {
        Act::Leave
        | Act::SeeQueue
        | Act::SeeCase
        | Act::LookUp
        | Act::SeeRequests
        | Act::SeeBlocks
        | Act::SeeStaff => true,
        // Whoever sees somebody's passport must need it for a decision.
        Act::SeeEvidence | Act::DecideCase => matches!(role, Role::Approver),
        Act::Freeze | Act::EndSessions | Act::WriteNote => !matches!(role, Role::Auditor),
        Act::LiftFreeze | Act::DecideBlock => matches!(role, Role::Approver | Role::Compliance),
    }
}

named! {
    /// What two members of staff do together: one asks, another agrees.
    pub enum PairAct {
        /// A freeze by staff is lifted. Nothing leaves the account for the hold that this starts.
        LiftFreeze = "lift-freeze",
        /// A block by the rules of countries is lifted: of a row of the policy, or of one account.
        LiftBlock = "lift-block",
    }
}

impl PairAct {
    /// What each of the two must be allowed to do.
    pub const fn act(self) -> StaffAct {
        match self {
            Self::LiftFreeze => StaffAct::LiftFreeze,
            Self::LiftBlock => StaffAct::DecideBlock,
        }
    }
}

/// What an act of two concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// One account.
    Account(AccountId),
    /// A row of the policy of countries.
    Row(Row),
}

impl About {
    /// The account that it concerns.
    pub const fn account(self) -> Option<AccountId> {
        match self {
            Self::Account(account) => Some(account),
            Self::Row(_) => None,
        }
    }
}

/// Whether these two roles may do it together: a staff freeze takes compliance and an approver, a block any two of them.
pub const fn pair_may(act: PairAct, asks: Role, agrees: Role) -> bool {
    match act {
        PairAct::LiftFreeze => {
            matches!((asks, agrees), (Role::Compliance, Role::Approver) | (Role::Approver, Role::Compliance))
        }
        PairAct::LiftBlock => may(asks, StaffAct::DecideBlock) && may(agrees, StaffAct::DecideBlock),
    }
}

named! {
    /// What happened to a member of staff, as all of them are told.
    pub enum StaffChange {
        /// Somebody was added and given a link to enrol.
        Added = "added",
        /// Somebody was given a new link; the passkeys before it open nothing any more.
        InvitedAnew = "invited-anew",
        /// Somebody enrolled both passkeys.
        Enrolled = "enrolled",
        /// Somebody's role is another.
        RoleChanged = "role-changed",
        /// Somebody was removed.
        Removed = "removed",
    }
}

named! {
    /// Why a session at the desk ended before its time.
    pub enum StaffSessionEnd {
        /// Its owner left.
        SignedOut = "signed-out",
        /// Another sign-in of the same person took its place.
        Replaced = "replaced",
        /// It came from another network.
        Moved = "moved",
        /// The role is another.
        RoleChanged = "role-changed",
        /// New passkeys are to be enrolled.
        InvitedAnew = "invited-anew",
        /// Its owner was removed.
        Removed = "removed",
        /// The data were restored from a backup.
        Restored = "restored",
    }
}

/// A member of staff, as the rules see one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub id: StaffId,
    /// Their name, which customers read beside what was done.
    pub name: String,
    /// What they are there for.
    pub role: Role,
}

/// What waits for a second member of staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairRequest {
    /// What is to be done.
    pub act: PairAct,
    /// To what.
    pub about: About,
    /// Who asked.
    pub asked_by: StaffId,
    /// In which role. It counts as it was: whoever got another one since asks again.
    pub asked_as: Role,
    /// Until when somebody may agree.
    pub expires_at: Timestamp,
}

/// Why a second member of staff cannot agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairRefused {
    /// Nobody agrees with themselves.
    SamePerson,
    /// These two roles may not do it together.
    WrongRoles,
    /// It waited too long.
    Expired,
}

impl PairRequest {
    /// Whether this colleague may agree now.
    ///
    /// # Errors
    /// See [`PairRefused`].
    pub fn agree(&self, colleague: &Member, now: Timestamp) -> Result<(), PairRefused> {
        if colleague.id == self.asked_by {
            return Err(PairRefused::SamePerson);
        }
        if !pair_may(self.act, self.asked_as, colleague.role) {
            return Err(PairRefused::WrongRoles);
        }
        if now >= self.expires_at { Err(PairRefused::Expired) } else { Ok(()) }
    }
}

/// Reads the name of a member of staff: letters, digits, spaces and `.-'`, so that it stands clean in mails and lists.
pub fn parse_staff_name(typed: &str) -> Option<String> {
    let name = typed.trim();
    let length = name.chars().count();
    let clean = |character: char| character.is_alphanumeric() || " .-'".contains(character);
    ((1..=STAFF_NAME_CHARACTERS_MAX).contains(&length) && name.chars().all(clean)).then(|| name.to_owned())
}

/// Reads a reason or a note: something, not too long, no control characters but new lines.
pub fn parse_staff_text(typed: &str) -> Option<String> {
    let text = typed.replace("\r\n", "\n");
    let text = text.trim();
    let length = text.chars().count();
    let clean = |character: char| character == '\n' || !character.is_control();
    ((1..=STAFF_TEXT_CHARACTERS_MAX).contains(&length) && text.chars().all(clean)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line a role, in the order of [`StaffAct::ALL`].
    #[test]
    fn each_role_may_do_what_this_table_says_and_nothing_else() {
        let lines: Vec<String> = Role::ALL
            .iter()
            .map(|role| {
                let acts = StaffAct::ALL.iter().filter(|act| may(*role, **act)).map(|act| act.name());
                format!("{}: {}", role.name(), acts.collect::<Vec<_>>().join(" "))
            })
            .collect();
        assert_eq!(
            lines,
            [
                "agent: leave see-queue see-case look-up freeze end-sessions write-note see-requests see-blocks see-staff",
                "approver: leave see-queue see-case see-evidence decide-case look-up freeze end-sessions write-note \
                 see-requests lift-freeze see-blocks decide-block see-staff",
                "auditor: leave see-queue see-case look-up see-requests see-blocks see-staff",
                "compliance: leave see-queue see-case look-up freeze end-sessions write-note see-requests lift-freeze \
                 see-blocks decide-block see-staff",
            ]
        );
    }

    #[test]
    fn a_staff_freeze_is_lifted_by_compliance_and_an_approver_in_either_order_and_by_nobody_else() {
        let mut pairs = Vec::new();
        for asks in Role::ALL {
            for agrees in Role::ALL {
                if pair_may(PairAct::LiftFreeze, *asks, *agrees) {
                    assert!(may(*asks, StaffAct::LiftFreeze) && may(*agrees, StaffAct::LiftFreeze));
                    pairs.push((*asks, *agrees));
                }
            }
        }
        assert_eq!(pairs, [(Role::Approver, Role::Compliance), (Role::Compliance, Role::Approver)]);
    }

    #[test]
    fn a_block_is_lifted_by_any_two_of_compliance_and_the_approvers() {
        let pairs = Role::ALL.iter().flat_map(|asks| Role::ALL.iter().map(move |agrees| (*asks, *agrees)));
        let pairs: Vec<_> =
            pairs.filter(|(asks, agrees)| pair_may(PairAct::LiftBlock, *asks, *agrees)).collect();
        let (approver, compliance) = (Role::Approver, Role::Compliance);
        assert_eq!(
            pairs,
            [(approver, approver), (approver, compliance), (compliance, approver), (compliance, compliance)]
        );
        for act in PairAct::ALL {
            for (asks, agrees) in &pairs {
                assert!(may(*asks, act.act()) && may(*agrees, act.act()));
            }
        }
    }

    #[test]
    fn nobody_agrees_with_themselves_nor_after_the_time() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let id = |number| StaffId::from_parts(now, [number; 16]);
        let request = PairRequest {
            act: PairAct::LiftFreeze,
            about: About::Account(AccountId::from_parts(now, [9; 16])),
            asked_by: id(1),
            asked_as: Role::Approver,
            expires_at: now.plus(Duration::from_secs(60)),
        };
        let member = |number, role| Member { id: id(number), name: "Ada".to_owned(), role };
        let late = now.plus(Duration::from_secs(60));
        assert_eq!(request.agree(&member(2, Role::Compliance), now), Ok(()));
        assert_eq!(request.agree(&member(1, Role::Compliance), now), Err(PairRefused::SamePerson));
        assert_eq!(request.agree(&member(2, Role::Approver), now), Err(PairRefused::WrongRoles));
        assert_eq!(request.agree(&member(2, Role::Compliance), late), Err(PairRefused::Expired));
    }

    #[test]
    fn names_and_texts_are_clean_and_not_too_long() {
        assert_eq!(parse_staff_name("  Anna-Lena O'Neil Jr. ").as_deref(), Some("Anna-Lena O'Neil Jr."));
        for wrong in ["", " ", "a\nb", "<b>", "a\u{202e}b", "a@b", &"a".repeat(65)] {
            assert_eq!(parse_staff_name(wrong), None, "{wrong:?}");
        }
        assert_eq!(
            parse_staff_text(" Called back.\r\nKnows it. ").as_deref(),
            Some("Called back.\nKnows it.")
        );
        for wrong in ["", " \n ", "a\u{1b}[31m", &"a".repeat(1_001)] {
            assert_eq!(parse_staff_text(wrong), None, "{wrong:?}");
        }
    }
}
