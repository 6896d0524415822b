//! An account that is ready at once, for a demonstration: opened by the operator at the machine, by the same rules and
//! the same write as at the end of a sign-up, without a browser and without a message.

use secrecy::SecretString;
use zeroize::Zeroizing;

use doorward_domain::id::{AccountId, TotpId};
use doorward_domain::identifier::Identifier;
use doorward_domain::language::Language;
use doorward_domain::recovery_code::RecoveryCode;
use doorward_domain::sign_up::SignUpRefused;
use doorward_domain::totp::{TotpSecret, step_of};

use super::SignUpState;
use crate::app::App;
use crate::failure::Failure;
use crate::hash_pool::Lane;
use crate::human_check::Gate;

/// What the one customer of a demonstration signs in with.
#[derive(Clone)]
pub struct ReadyAccount {
    /// The account.
    pub account: AccountId,
    /// Its identifier in normal form.
    pub identifier: String,
    /// The secret of its authenticator app, base32.
    pub totp_secret: Zeroizing<String>,
    /// Its recovery codes.
    pub recovery_codes: Vec<Zeroizing<String>>,
}

impl std::fmt::Debug for ReadyAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReadyAccount({})", self.account)
    }
}

impl App {
    /// Opens an account with a password, an authenticator app and recovery codes.
    ///
    /// # Errors
    /// Refused when the identifier cannot be read or is taken, or the password is against the rules.
    pub async fn open_ready_account(
        &self,
        identifier: &str,
        password: &SecretString,
        language: Language,
    ) -> Result<ReadyAccount, Failure<SignUpRefused>> {
        let identifier = Identifier::parse(identifier, None)
            .map_err(|refused| Failure::Refused(SignUpRefused::Identifier(refused)))?;
        let now = self.now();
        let account = AccountId::from_parts(now, self.random.bytes());
        let totp = TotpId::from_parts(now, self.random.bytes());
        let judged = self.judge_new_password(Lane::Unknown, password, &identifier).await?;
        let normalized = judged.map_err(|refused| Failure::Refused(SignUpRefused::Password(refused)))?;
        let stored = self.hash_password(Lane::Unknown, account, &normalized).await?;
        let (secret, codes) = (self.random.bytes(), self.new_recovery_codes());
        let mut state = SignUpState::new(&identifier, Gate::HumanCheck, account, totp);
        state.password = Some((stored.sealed, stored.cost.to_string()));
        state.totp_secret = Some(secret);
        // No code was typed, so none that the app shows now is spent.
        state.totp_step = Some(step_of(now) - 2);
        state.recovery_lookups = self.recovery_lookups(&codes);
        let (app, lookup) = (self.clone(), self.lookup_of(&identifier));
        let written = self.db.write("opening a ready account", move |tx| {
            Box::pin(async move { app.write_account(tx, &state, &lookup, language, now).await })
        });
        written.await?.ok_or(Failure::Refused(SignUpRefused::Ended))?;
        let written_code = |code: &[u8; 16]| Zeroizing::new(RecoveryCode::from_random(*code).to_string());
        Ok(ReadyAccount {
            account,
            identifier: identifier.as_str().to_owned(),
            totp_secret: Zeroizing::new(TotpSecret::from_bytes(secret).base32()),
            recovery_codes: codes.iter().map(written_code).collect(),
        })
    }
}
