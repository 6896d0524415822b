//! What happened to an account, as its owner reads it in the review and above a hold.

use std::borrow::Cow;

use doorward_domain::audit::{ActivityGroup, AuditKind};
use doorward_domain::hold::SecurityEventKind;

use crate::words::Words;

impl Words {
    /// A line of the record, as a short phrase without a full stop.
    pub fn audit(&self, kind: AuditKind) -> Cow<'static, str> {
        self.text(match kind {
            AuditKind::SignedUp => "event-signed-up",
            AuditKind::Entered => "event-entry",
            AuditKind::WrongPassword => "event-wrong-password",
            AuditKind::WrongFactor => "event-wrong-factor",
            AuditKind::ClockOff => "event-clock-off",
            AuditKind::RecoveryCodeUsed => "event-recovery-code-used",
            AuditKind::SignInEnded => "event-sign-in-ended",
            AuditKind::SignInUnfinished => "event-sign-in-unfinished",
            AuditKind::Locked => "event-locked",
            AuditKind::FrozenKnock => "event-frozen-knock",
            AuditKind::DeviceCodeSent => "event-device-code-sent",
            AuditKind::RiskDecided => "event-risk-decided",
            AuditKind::DeviceTrusted => "event-device-trusted",
            AuditKind::DeviceForgotten => "event-device-forgotten",
            AuditKind::SignedOut => "event-signed-out",
            AuditKind::SessionEnded => "event-session-ended",
            AuditKind::AllSessionsEnded => "event-all-sessions-ended",
            AuditKind::PasswordChanged => "event-password-changed",
            AuditKind::ResetAsked => "event-reset-asked",
            AuditKind::PasswordReset => "event-password-reset",
            AuditKind::TotpReplaced => "event-totp-replaced",
            AuditKind::TotpDisabled => "event-totp-disabled",
            AuditKind::PasskeyAdded => "event-passkey-added",
            AuditKind::PasskeyRenamed => "event-passkey-renamed",
            AuditKind::PasskeyRemoved => "event-passkey-removed",
            AuditKind::PasskeyRefused => "event-passkey-refused",
            AuditKind::PasskeyCounterWentBack => "event-passkey-counter",
            AuditKind::PasskeyDisabled => "event-passkey-disabled",
            AuditKind::PasskeysOnlyBegun => "event-passkeys-only-begun",
            AuditKind::PasskeysOnlyEnded => "event-passkeys-only-ended",
            AuditKind::MoneyActionAsked => "event-money-action-asked",
            AuditKind::MoneyActionConfirmed => "event-money-action-confirmed",
            AuditKind::RecoveryCodesRenewed => "event-recovery-codes-renewed",
            AuditKind::IdentifierTaken => "event-identifier-taken",
            AuditKind::ReviewConfirmed => "event-review-confirmed",
            AuditKind::FrozenByOwner => "event-frozen-by-owner",
            AuditKind::FrozenByStaff => "event-frozen-by-staff",
            AuditKind::Unfrozen => "event-unfrozen",
            AuditKind::StaffLooked => "event-staff-looked",
            AuditKind::StaffLiftedBlock => "event-staff-lifted-block",
            AuditKind::StaffEndedSessions => "event-staff-ended-sessions",
            AuditKind::StaffSentResetLink => "event-staff-sent-reset-link",
            AuditKind::DataExported => "event-data-exported",
            AuditKind::StaffExportedData => "event-staff-exported-data",
            AuditKind::ErasureAsked => "event-erasure-asked",
            AuditKind::StaffAskedErasure => "event-staff-asked-erasure",
            AuditKind::ErasureCancelled => "event-erasure-cancelled",
            AuditKind::AccountErased => "event-account-erased",
            AuditKind::CaseOpened => "event-case-opened",
            AuditKind::CaseSent => "event-case-sent",
            AuditKind::StaffLookedAtCase => "event-staff-looked-at-case",
            AuditKind::StaffLookedAtEvidence => "event-staff-looked-at-evidence",
            AuditKind::StaffComparedDocument => "event-staff-compared-document",
            AuditKind::CaseApprovedByOne => "event-case-approved-by-one",
            AuditKind::CaseApproved => "event-case-approved",
            AuditKind::CaseRefused => "event-case-refused",
            AuditKind::CaseEnded => "event-case-ended",
            AuditKind::CaseExecuted => "event-case-executed",
            AuditKind::EvidenceDeleted => "event-evidence-deleted",
            AuditKind::IdentityWritten => "event-identity-written",
            AuditKind::IdentityRemoved => "event-identity-removed",
            AuditKind::StaffReadIdentity => "event-staff-read-identity",
            AuditKind::IdentifierChanged => "event-identifier-changed",
            AuditKind::IdentifierAdded => "event-identifier-added",
            AuditKind::IdentifierRemoved => "event-identifier-removed",
            AuditKind::IdentifierChangeUndone => "event-identifier-change-undone",
            AuditKind::IdentifierProved => "event-identifier-proved",
            AuditKind::NumberReassigned => "event-number-reassigned",
            AuditKind::NumberClaimed => "event-number-claimed",
        })
    }

    /// What entries of the record are about, as a short heading.
    pub fn activity_group(&self, group: ActivityGroup) -> Cow<'static, str> {
        self.text(match group {
            ActivityGroup::Entries => "activity-group-entries",
            ActivityGroup::Failed => "activity-group-failed",
            ActivityGroup::Devices => "activity-group-devices",
            ActivityGroup::Changes => "activity-group-changes",
            ActivityGroup::Staff => "activity-group-staff",
        })
    }

    /// The reason of a hold, as a short phrase without a full stop.
    pub fn security_event(&self, kind: SecurityEventKind) -> Cow<'static, str> {
        self.text(match kind {
            SecurityEventKind::FirstPassword => "event-first-password",
            SecurityEventKind::FirstTotp => "event-first-totp",
            SecurityEventKind::PasswordChanged => "event-password-changed",
            SecurityEventKind::PasswordReset => "event-password-reset",
            SecurityEventKind::TotpReplaced => "event-totp-replaced",
            SecurityEventKind::TotpReplacedAfterRecovery => "event-totp-replaced-after-recovery",
            SecurityEventKind::RecoveryCodesRenewed => "event-recovery-codes-renewed",
            SecurityEventKind::Frozen => "event-frozen",
            SecurityEventKind::Unfrozen => "event-unfrozen",
            SecurityEventKind::IdentifierChanged => "event-identifier-changed",
            SecurityEventKind::PasskeyAdded => "event-passkey-added",
            SecurityEventKind::PasskeyRemoved => "event-passkey-removed",
            SecurityEventKind::PasskeyChanged => "event-passkey-changed",
            SecurityEventKind::TradingPasswordSet => "event-trading-password-set",
            SecurityEventKind::TradingPasswordChanged => "event-trading-password-changed",
            SecurityEventKind::TradingPasswordReset => "event-trading-password-reset",
            SecurityEventKind::FactorReplacedByCase => "event-factor-replaced-by-case",
            SecurityEventKind::CaseWithPasswordLost => "event-case-with-password-lost",
            SecurityEventKind::AddressAdded => "event-address-added",
            SecurityEventKind::ApiKeyMayWithdraw => "event-api-key-may-withdraw",
            SecurityEventKind::ApiKeyWidened => "event-api-key-widened",
            SecurityEventKind::AddressBookOff => "event-address-book-off",
        })
    }
}
