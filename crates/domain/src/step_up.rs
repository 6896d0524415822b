//! A fresh proof for one named action, spent by it (entry rules 5).

use crate::named::named;
use crate::time::Timestamp;

named! {
    /// A second factor, from the weakest to the strongest.
    pub enum Factor {
        /// A recovery code.
        RecoveryCode = "recovery-code",
        /// An authenticator app.
        Totp = "totp",
        /// A passkey whose authenticator verified its user.
        Passkey = "passkey",
    }
}

named! {
    /// The one action that a proof authorises.
    pub enum StepUpPurpose {
        /// A new password.
        ChangePassword = "change-password",
        /// A new authenticator app in place of the present one.
        ReplaceTotp = "replace-totp",
        /// A new set of recovery codes.
        RenewRecoveryCodes = "renew-recovery-codes",
        /// Another identifier, one more, or one less.
        ChangeIdentifier = "change-identifier",
        /// A new passkey.
        AddPasskey = "add-passkey",
        /// One passkey less.
        RemovePasskey = "remove-passkey",
        /// From now on by passkeys only.
        BeginPasskeysOnly = "begin-passkeys-only",
        /// By other ways again.
        EndPasskeysOnly = "end-passkeys-only",
        /// An action that moves assets.
        MoneyAction = "money-action",
        /// The first trading password, or another one.
        SetTradingPassword = "set-trading-password",
        /// A trading password in the place of a forgotten one.
        ReplaceTradingPassword = "replace-trading-password",
        /// Phrases, notices, network binding, address book.
        ChangeProtection = "change-protection",
        /// The settings lock, on or off.
        SettingsLock = "settings-lock",
        /// A copy of everything that is held about the person.
        ExportData = "export-data",
        /// The erasure of the account.
        EraseAccount = "erase-account",
    }
}

/// Why a proof does not authorise an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepUpRefused {
    /// Weaker than the factor used to enter.
    TooWeak {
        /// The weakest factor that is taken.
        needed: Factor,
    },
    /// A proof made for another action, or spent, or too old.
    NotForThis,
}

/// Whether this factor, freshly proved, authorises this action in a session entered by that factor.
///
/// At least as strong as the one used to enter; and two recovery codes in a row, which show that the factor is lost,
/// authorise its replacement alone. The store sees to it that the second code is another one. Whether an account is
/// entered by passkeys only is decided with a passkey, either way.
pub const fn judge(purpose: StepUpPurpose, entered_by: Factor, offered: Factor) -> Result<(), StepUpRefused> {
    let by_passkey = matches!(purpose, StepUpPurpose::BeginPasskeysOnly | StepUpPurpose::EndPasskeysOnly);
    let replaces_lost = matches!(purpose, StepUpPurpose::ReplaceTotp);
    match (entered_by, offered) {
        (_, Factor::Passkey) => Ok(()),
        (Factor::Passkey, _) => Err(StepUpRefused::TooWeak { needed: Factor::Passkey }),
        (_, _) if by_passkey => Err(StepUpRefused::TooWeak { needed: Factor::Passkey }),
        (_, Factor::Totp) => Ok(()),
        (Factor::RecoveryCode, Factor::RecoveryCode) if replaces_lost => Ok(()),
        (_, Factor::RecoveryCode) => Err(StepUpRefused::TooWeak { needed: Factor::Totp }),
    }
}

/// A proof that was given and not yet spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepUp {
    /// What it authorises.
    pub purpose: StepUpPurpose,
    /// The factor that was proved.
    pub factor: Factor,
    /// When it authorises nothing any more.
    pub expires_at: Timestamp,
}

impl StepUp {
    /// Whether it authorises this action now. Spending it is the store's part.
    pub fn authorises(&self, purpose: StepUpPurpose, now: Timestamp) -> Result<(), StepUpRefused> {
        if self.purpose == purpose && now < self.expires_at { Ok(()) } else { Err(StepUpRefused::NotForThis) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BY_PASSKEY: [StepUpPurpose; 2] = [StepUpPurpose::BeginPasskeysOnly, StepUpPurpose::EndPasskeysOnly];

    #[test]
    fn a_factor_at_least_as_strong_as_the_one_used_to_enter_is_taken() {
        let too_weak = |needed| Err(StepUpRefused::TooWeak { needed });
        for purpose in StepUpPurpose::ALL.iter().copied() {
            for entered_by in Factor::ALL.iter().copied() {
                assert_eq!(judge(purpose, entered_by, Factor::Passkey), Ok(()));
            }
            for weaker in [Factor::Totp, Factor::RecoveryCode] {
                assert_eq!(judge(purpose, Factor::Passkey, weaker), too_weak(Factor::Passkey));
            }
            if BY_PASSKEY.contains(&purpose) {
                assert_eq!(judge(purpose, Factor::Totp, Factor::Totp), too_weak(Factor::Passkey));
                continue;
            }
            assert_eq!(judge(purpose, Factor::Totp, Factor::Totp), Ok(()));
            assert_eq!(judge(purpose, Factor::RecoveryCode, Factor::Totp), Ok(()));
            assert_eq!(judge(purpose, Factor::Totp, Factor::RecoveryCode), too_weak(Factor::Totp));
        }
    }

    #[test]
    fn a_second_recovery_code_authorises_the_replacement_of_the_lost_factor_and_nothing_else() {
        for purpose in StepUpPurpose::ALL.iter().copied() {
            let allowed = judge(purpose, Factor::RecoveryCode, Factor::RecoveryCode).is_ok();
            assert_eq!(allowed, purpose == StepUpPurpose::ReplaceTotp, "{purpose:?}");
        }
    }

    #[test]
    fn a_proof_authorises_its_own_action_until_it_is_too_old() {
        let end = Timestamp::from_seconds(1_000);
        let proof = StepUp { purpose: StepUpPurpose::ChangePassword, factor: Factor::Totp, expires_at: end };
        let before = Timestamp::from_seconds(999);
        assert_eq!(proof.authorises(StepUpPurpose::ChangePassword, before), Ok(()));
        let refused = Err(StepUpRefused::NotForThis);
        assert_eq!(proof.authorises(StepUpPurpose::ChangePassword, end), refused);
        assert_eq!(proof.authorises(StepUpPurpose::ReplaceTotp, before), refused);
    }
}
