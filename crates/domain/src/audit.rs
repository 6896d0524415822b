//! The closed list of what the record keeps (entry rules 9).

use crate::named::named;

named! {
    /// What happened. The names are what the log keeps for ever.
    pub enum AuditKind {
        /// An account was opened.
        SignedUp = "signed-up",
        /// A session began.
        Entered = "entered",
        /// A wrong password for an account.
        WrongPassword = "wrong-password",
        /// A wrong second factor after a right password.
        WrongFactor = "wrong-factor",
        /// A code of another time after a right password.
        ClockOff = "clock-off",
        /// A recovery code was used.
        RecoveryCodeUsed = "recovery-code-used",
        /// Too many wrong second factors ended a sign-in.
        SignInEnded = "sign-in-ended",
        /// A right password and no completed second factor.
        SignInUnfinished = "sign-in-unfinished",
        /// An account refused unknown devices for a while.
        Locked = "locked",
        /// A frozen account was knocked at with password and factor.
        FrozenKnock = "frozen-knock",
        /// A code of a new device was sent.
        DeviceCodeSent = "device-code-sent",
        /// A rung above the lowest was asked, with its reasons.
        RiskDecided = "risk-decided",
        /// A device became known.
        DeviceTrusted = "device-trusted",
        /// A device was forgotten.
        DeviceForgotten = "device-forgotten",
        /// A customer signed out.
        SignedOut = "signed-out",
        /// A session was ended from another place.
        SessionEnded = "session-ended",
        /// All sessions were ended.
        AllSessionsEnded = "all-sessions-ended",
        /// The password was changed.
        PasswordChanged = "password-changed",
        /// A link or code for a forgotten password was asked.
        ResetAsked = "reset-asked",
        /// The password was reset.
        PasswordReset = "password-reset",
        /// The authenticator app was replaced.
        TotpReplaced = "totp-replaced",
        /// An authenticator was disabled after too many wrong codes.
        TotpDisabled = "totp-disabled",
        /// A passkey was added.
        PasskeyAdded = "passkey-added",
        /// A passkey got another name.
        PasskeyRenamed = "passkey-renamed",
        /// A passkey was removed.
        PasskeyRemoved = "passkey-removed",
        /// A passkey was offered and refused.
        PasskeyRefused = "passkey-refused",
        /// A device-bound passkey signed with a counter that had gone back.
        PasskeyCounterWentBack = "passkey-counter-went-back",
        /// A passkey was disabled after too many failures.
        PasskeyDisabled = "passkey-disabled",
        /// The account is entered by passkeys only from now on.
        PasskeysOnlyBegun = "passkeys-only-begun",
        /// It no longer is.
        PasskeysOnlyEnded = "passkeys-only-ended",
        /// An action that would move assets was asked for.
        MoneyActionAsked = "money-action-asked",
        /// An action that moves assets was confirmed.
        MoneyActionConfirmed = "money-action-confirmed",
        /// New recovery codes.
        RecoveryCodesRenewed = "recovery-codes-renewed",
        /// Somebody tried to sign up with an identifier that is taken.
        IdentifierTaken = "identifier-taken",
        /// A review was confirmed.
        ReviewConfirmed = "review-confirmed",
        /// The account was frozen by its owner.
        FrozenByOwner = "frozen-by-owner",
        /// The account was frozen by staff.
        FrozenByStaff = "frozen-by-staff",
        /// The account was unfrozen.
        Unfrozen = "unfrozen",
        /// A wrong trading password.
        WrongTradingPassword = "wrong-trading-password",
        /// The first trading password was set.
        TradingPasswordSet = "trading-password-set",
        /// The trading password was changed.
        TradingPasswordChanged = "trading-password-changed",
        /// A forgotten trading password was replaced.
        TradingPasswordReset = "trading-password-reset",
        /// Wrong trading passwords closed it for a while.
        TradingPasswordLocked = "trading-password-locked",
        /// Wrong trading passwords disabled it.
        TradingPasswordDisabled = "trading-password-disabled",
        /// The safety phrases were changed.
        PhrasesChanged = "phrases-changed",
        /// Each entry is told from now on.
        EveryEntryOn = "every-entry-on",
        /// Entries of new devices alone are told from now on.
        EveryEntryOff = "every-entry-off",
        /// Sessions are bound to their network.
        NetworkBindingOn = "network-binding-on",
        /// Sessions are no longer bound to their network.
        NetworkBindingOff = "network-binding-off",
        /// A session ended because a request came from another network.
        NetworkChanged = "network-changed",
        /// The address book is enforced again.
        AddressBookOn = "address-book-on",
        /// The address book will be switched off.
        AddressBookOffAsked = "address-book-off-asked",
        /// The address book is no longer enforced.
        AddressBookOff = "address-book-off",
        /// The settings lock was switched on.
        SettingsLockOn = "settings-lock-on",
        /// The settings lock will open.
        SettingsLockOffAsked = "settings-lock-off-asked",
        /// The settings lock opened after its delay.
        SettingsLockOff = "settings-lock-off",
        /// A new password waits for the settings lock's delay.
        PasswordResetParked = "password-reset-parked",
        /// A change that waited was cancelled.
        DelayedChangeCancelled = "delayed-change-cancelled",
        /// Staff looked at the account.
        StaffLooked = "staff-looked",
        /// Staff looked up an identifier that no account has proved; no account is named.
        StaffLookedInVain = "staff-looked-in-vain",
        /// A member of staff approved that a block of the rules of countries is lifted.
        StaffLiftedBlock = "staff-lifted-block",
        /// A member of staff asked a colleague to lift a block by the rules of countries.
        StaffAskedToLiftBlock = "staff-asked-to-lift-block",
        /// A member of staff declined to lift a block by the rules of countries.
        StaffDeclinedToLiftBlock = "staff-declined-to-lift-block",
        /// A member of staff called an account back into the block that was lifted for it.
        StaffBlockedAgain = "staff-blocked-again",
        /// A policy of countries was put in force. The entry states its rows and their hash.
        PolicyLoaded = "policy-loaded",
        /// A policy file had an error; the policy before it stayed in force.
        PolicyRefused = "policy-refused",
        /// The policy blocked a row, which from then on two members of staff lift. The entry states the row.
        BlockBegun = "block-begun",
        /// Staff ended the sessions.
        StaffEndedSessions = "staff-ended-sessions",
        /// Staff had a reset link sent.
        StaffSentResetLink = "staff-sent-reset-link",
        /// A lost-factor case was opened: the verified channel is proved.
        CaseOpened = "case-opened",
        /// It was sent to the approvers.
        CaseSent = "case-sent",
        /// Staff looked at a case.
        StaffLookedAtCase = "staff-looked-at-case",
        /// Staff looked at a picture of a case.
        StaffLookedAtEvidence = "staff-looked-at-evidence",
        /// Staff compared a document number with the identity record.
        StaffComparedDocument = "staff-compared-document",
        /// A member of staff voted for a case.
        CaseApprovedByOne = "case-approved-by-one",
        /// Two members of staff have approved a case.
        CaseApproved = "case-approved",
        /// A member of staff refused a case.
        CaseRefused = "case-refused",
        /// A case was stopped, or came to nothing.
        CaseEnded = "case-ended",
        /// A case replaced the lost factor.
        CaseExecuted = "case-executed",
        /// The pictures of a case were deleted.
        EvidenceDeleted = "evidence-deleted",
        /// The identity record was written.
        IdentityWritten = "identity-written",
        /// The identity record was removed.
        IdentityRemoved = "identity-removed",
        /// Staff read the identity record.
        StaffReadIdentity = "staff-read-identity",
        /// Another identifier took the place of one.
        IdentifierChanged = "identifier-changed",
        /// An identifier was added.
        IdentifierAdded = "identifier-added",
        /// An identifier was removed.
        IdentifierRemoved = "identifier-removed",
        /// A change of an identifier was undone by its link.
        IdentifierChangeUndone = "identifier-change-undone",
        /// A number was proved again.
        IdentifierProved = "identifier-proved",
        /// A number was reported to belong to somebody else.
        NumberReassigned = "number-reassigned",
        /// The new holder of a number has claimed it.
        NumberClaimed = "number-claimed",
        /// The owner took a copy of everything that is held about them.
        DataExported = "data-exported",
        /// Staff took that copy.
        StaffExportedData = "staff-exported-data",
        /// The owner asked that everything be erased.
        ErasureAsked = "erasure-asked",
        /// Staff asked for it.
        StaffAskedErasure = "staff-asked-erasure",
        /// An erasure was called off before its time.
        ErasureCancelled = "erasure-cancelled",
        /// An account was erased. The entry states how many entries it emptied, and is of nobody.
        AccountErased = "account-erased",
        /// Staff wrote a note.
        StaffWroteNote = "staff-wrote-note",
        /// Staff asked a second colleague to lift a freeze.
        StaffAskedToLift = "staff-asked-to-lift",
        /// Staff declined to lift a freeze.
        StaffDeclinedToLift = "staff-declined-to-lift",
        /// A member of staff was added.
        StaffAdded = "staff-added",
        /// A member of staff was invited anew; earlier passkeys ended.
        StaffInvitedAnew = "staff-invited-anew",
        /// A member of staff enrolled both passkeys.
        StaffEnrolled = "staff-enrolled",
        /// A member of staff got another role.
        StaffRoleChanged = "staff-role-changed",
        /// A member of staff was removed.
        StaffRemoved = "staff-removed",
        /// A member of staff came to the desk.
        StaffSignedIn = "staff-signed-in",
        /// A member of staff left the desk.
        StaffSignedOut = "staff-signed-out",
        /// A copy of everything but the master key was made.
        BackupMade = "backup-made",
        /// The market's books were added up anew, and agree.
        BooksAgreed = "books-agreed",
        /// The market's books were added up anew, and do not agree.
        BooksDiffered = "books-differed",
    }
}

named! {
    /// What an entry is about, for whoever reads a long list (entry rules 8).
    pub enum ActivityGroup {
        /// Entries, and what leads to one.
        Entries = "entries",
        /// Tries that failed.
        Failed = "failed",
        /// Sessions and devices.
        Devices = "devices",
        /// Changes of what guards the account, and of the account itself.
        Changes = "changes",
        /// What staff did.
        Staff = "staff",
    }
}

impl AuditKind {
    /// What the entry is about.
    pub const fn group(self) -> ActivityGroup {
        match self {
            Self::SignedUp
            | Self::Entered
            | Self::DeviceCodeSent
            | Self::RiskDecided
            | Self::ReviewConfirmed => ActivityGroup::Entries,
            Self::WrongPassword
            | Self::WrongFactor
            | Self::ClockOff
            | Self::SignInEnded
            | Self::SignInUnfinished
            | Self::Locked
            | Self::FrozenKnock
            | Self::PasskeyRefused
            | Self::PasskeyCounterWentBack
            | Self::IdentifierTaken
            | Self::WrongTradingPassword
            | Self::TradingPasswordLocked
            | Self::TradingPasswordDisabled => ActivityGroup::Failed,
            Self::DeviceTrusted
            | Self::DeviceForgotten
            | Self::SignedOut
            | Self::SessionEnded
            | Self::AllSessionsEnded
            | Self::NetworkChanged => ActivityGroup::Devices,
            Self::RecoveryCodeUsed
            | Self::PasswordChanged
            | Self::ResetAsked
            | Self::PasswordReset
            | Self::TotpReplaced
            | Self::TotpDisabled
            | Self::PasskeyAdded
            | Self::PasskeyRenamed
            | Self::PasskeyRemoved
            | Self::PasskeyDisabled
            | Self::PasskeysOnlyBegun
            | Self::PasskeysOnlyEnded
            | Self::MoneyActionAsked
            | Self::MoneyActionConfirmed
            | Self::RecoveryCodesRenewed
            | Self::FrozenByOwner
            | Self::Unfrozen
            | Self::TradingPasswordSet
            | Self::TradingPasswordChanged
            | Self::TradingPasswordReset
            | Self::PhrasesChanged
            | Self::EveryEntryOn
            | Self::EveryEntryOff
            | Self::NetworkBindingOn
            | Self::NetworkBindingOff
            | Self::AddressBookOn
            | Self::AddressBookOffAsked
            | Self::AddressBookOff
            | Self::SettingsLockOn
            | Self::SettingsLockOffAsked
            | Self::SettingsLockOff
            | Self::PasswordResetParked
            | Self::DelayedChangeCancelled
            | Self::DataExported
            | Self::ErasureAsked
            | Self::ErasureCancelled
            | Self::AccountErased
            | Self::CaseOpened
            | Self::CaseSent
            | Self::CaseEnded
            | Self::CaseExecuted
            | Self::EvidenceDeleted
            | Self::IdentifierChanged
            | Self::IdentifierAdded
            | Self::IdentifierRemoved
            | Self::IdentifierChangeUndone
            | Self::IdentifierProved
            | Self::NumberReassigned
            | Self::NumberClaimed
            | Self::PolicyLoaded
            | Self::PolicyRefused
            | Self::BlockBegun => ActivityGroup::Changes,
            Self::FrozenByStaff
            | Self::StaffLooked
            | Self::StaffLookedInVain
            | Self::StaffLiftedBlock
            | Self::StaffAskedToLiftBlock
            | Self::StaffDeclinedToLiftBlock
            | Self::StaffBlockedAgain
            | Self::StaffEndedSessions
            | Self::StaffSentResetLink
            | Self::StaffExportedData
            | Self::StaffAskedErasure
            | Self::StaffLookedAtCase
            | Self::StaffLookedAtEvidence
            | Self::StaffComparedDocument
            | Self::CaseApprovedByOne
            | Self::CaseApproved
            | Self::CaseRefused
            | Self::IdentityWritten
            | Self::IdentityRemoved
            | Self::StaffReadIdentity
            | Self::StaffWroteNote
            | Self::StaffAskedToLift
            | Self::StaffDeclinedToLift
            | Self::StaffAdded
            | Self::StaffInvitedAnew
            | Self::StaffEnrolled
            | Self::StaffRoleChanged
            | Self::StaffRemoved
            | Self::StaffSignedIn
            | Self::StaffSignedOut
            | Self::BackupMade
            | Self::BooksAgreed
            | Self::BooksDiffered => ActivityGroup::Staff,
        }
    }
}
