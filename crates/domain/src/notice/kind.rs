//! The kinds of messages, by the names that the store keeps.

use super::Notice;
use crate::named::named;

named! {
    /// The kind of a message without its data, for the outbox, metrics and logs.
    pub enum NoticeKind {
        /// [`Notice::Code`].
        Code = "code",
        /// [`Notice::ResetLink`].
        ResetLink = "reset-link",
        /// [`Notice::IdentifierTaken`].
        IdentifierTaken = "identifier-taken",
        /// [`Notice::SignedUp`].
        SignedUp = "signed-up",
        /// [`Notice::NewSignIn`].
        NewSignIn = "new-sign-in",
        /// [`Notice::PasswordRightButNotFinished`].
        PasswordRightButNotFinished = "password-right-but-not-finished",
        /// [`Notice::PasswordChanged`].
        PasswordChanged = "password-changed",
        /// [`Notice::PasswordReset`].
        PasswordReset = "password-reset",
        /// [`Notice::TotpReplaced`].
        TotpReplaced = "totp-replaced",
        /// [`Notice::TotpDisabled`].
        TotpDisabled = "totp-disabled",
        /// [`Notice::RecoveryCodesRenewed`].
        RecoveryCodesRenewed = "recovery-codes-renewed",
        /// [`Notice::RecoveryCodeUsed`].
        RecoveryCodeUsed = "recovery-code-used",
        /// [`Notice::Passkey`].
        Passkey = "passkey",
        /// [`Notice::MoneyActionCode`].
        MoneyActionCode = "money-action-code",
        /// [`Notice::UnusualCountry`].
        UnusualCountry = "unusual-country",
        /// [`Notice::CountryRules`].
        CountryRules = "country-rules",
        /// [`Notice::CountryRulesAhead`].
        CountryRulesAhead = "country-rules-ahead",
        /// [`Notice::AccountBlock`].
        AccountBlock = "account-block",
        /// [`Notice::Frozen`].
        Frozen = "frozen",
        /// [`Notice::Protection`].
        Protection = "protection",
        /// [`Notice::ErasureAsked`].
        ErasureAsked = "erasure-asked",
        /// [`Notice::ErasureCancelled`].
        ErasureCancelled = "erasure-cancelled",
        /// [`Notice::AccountErased`].
        AccountErased = "account-erased",
        /// [`Notice::Unfrozen`].
        Unfrozen = "unfrozen",
        /// [`Notice::CaseSent`].
        CaseSent = "case-sent",
        /// [`Notice::CaseApproved`].
        CaseApproved = "case-approved",
        /// [`Notice::CaseEnded`].
        CaseEnded = "case-ended",
        /// [`Notice::CaseExecuted`].
        CaseExecuted = "case-executed",
        /// [`Notice::IdentifierChanged`].
        IdentifierChanged = "identifier-changed",
        /// [`Notice::IdentifiersNow`].
        IdentifiersNow = "identifiers-now",
        /// [`Notice::IdentifierUndone`].
        IdentifierUndone = "identifier-undone",
        /// [`Notice::NumberReassigned`].
        NumberReassigned = "number-reassigned",
        /// [`Notice::StaffChanged`].
        StaffChanged = "staff-changed",
    }
}

impl Notice {
    /// Its kind.
    pub const fn kind(&self) -> NoticeKind {
        match self {
            Self::Code { .. } => NoticeKind::Code,
            Self::ResetLink { .. } => NoticeKind::ResetLink,
            Self::IdentifierTaken { .. } => NoticeKind::IdentifierTaken,
            Self::SignedUp { .. } => NoticeKind::SignedUp,
            Self::NewSignIn { .. } => NoticeKind::NewSignIn,
            Self::PasswordRightButNotFinished { .. } => NoticeKind::PasswordRightButNotFinished,
            Self::PasswordChanged { .. } => NoticeKind::PasswordChanged,
            Self::PasswordReset { .. } => NoticeKind::PasswordReset,
            Self::TotpReplaced { .. } => NoticeKind::TotpReplaced,
            Self::TotpDisabled { .. } => NoticeKind::TotpDisabled,
            Self::RecoveryCodesRenewed { .. } => NoticeKind::RecoveryCodesRenewed,
            Self::RecoveryCodeUsed { .. } => NoticeKind::RecoveryCodeUsed,
            Self::Passkey { .. } => NoticeKind::Passkey,
            Self::MoneyActionCode { .. } => NoticeKind::MoneyActionCode,
            Self::UnusualCountry { .. } => NoticeKind::UnusualCountry,
            Self::CountryRules { .. } => NoticeKind::CountryRules,
            Self::CountryRulesAhead { .. } => NoticeKind::CountryRulesAhead,
            Self::AccountBlock { .. } => NoticeKind::AccountBlock,
            Self::Frozen { .. } => NoticeKind::Frozen,
            Self::Protection { .. } => NoticeKind::Protection,
            Self::ErasureAsked { .. } => NoticeKind::ErasureAsked,
            Self::ErasureCancelled { .. } => NoticeKind::ErasureCancelled,
            Self::AccountErased { .. } => NoticeKind::AccountErased,
            Self::Unfrozen { .. } => NoticeKind::Unfrozen,
            Self::CaseSent { .. } => NoticeKind::CaseSent,
            Self::CaseApproved { .. } => NoticeKind::CaseApproved,
            Self::CaseEnded { .. } => NoticeKind::CaseEnded,
            Self::CaseExecuted { .. } => NoticeKind::CaseExecuted,
            Self::IdentifierChanged { .. } => NoticeKind::IdentifierChanged,
            Self::IdentifiersNow { .. } => NoticeKind::IdentifiersNow,
            Self::IdentifierUndone { .. } => NoticeKind::IdentifierUndone,
            Self::NumberReassigned { .. } => NoticeKind::NumberReassigned,
            Self::StaffChanged { .. } => NoticeKind::StaffChanged,
        }
    }
}
