//! Signing up: identifier, code, password, authenticator app, recovery codes, *Access* (entry rules 2 and 3).
//!
//! Everything stays in one row of its own, sealed, until the last step opens the account in one transaction: there is
//! never an account without a second factor. A taken identifier takes the same path to the same page; its owner is
//! told, and no code ever matches.

mod access;
mod authenticator;
mod begin;
mod code;
mod password;
mod ready;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroize;

use doorward_domain::id::{AccountId, TotpId};
use doorward_domain::identifier::{Identifier, IdentifierKind};
use doorward_domain::sign_up::{SignUp, SignUpRefused, SignUpStep};
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_domain::totp::TotpSecret;
use doorward_store::StoreFault;
use doorward_store::sign_up::{self as store, StoredSignUp};

use crate::app::App;
use crate::enrolment::{Enrolment, RecoveryCodesShown};
use crate::failure::{Failure, Fault};
use crate::flow::{FlowCookie, Moved};
use crate::human_check::Gate;
use crate::visit::Visit;

pub use access::SignedUp;
pub use ready::ReadyAccount;

/// What a page of the sign-up may show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignUpView {
    /// The step that is open.
    pub step: SignUpStep,
    /// Where codes go: what this browser typed itself.
    pub identifier: Identifier,
    /// When the whole sign-up ends.
    pub expires_at: Timestamp,
    /// When another code may be sent; `None` when no further one is.
    pub resend_at: Option<Timestamp>,
}

/// What the row of a sign-up holds, sealed.
#[derive(Serialize, Deserialize)]
struct SignUpState {
    identifier_kind: String,
    identifier: String,
    /// Fixed from the start, because the password is sealed for it.
    account: [u8; 16],
    totp: [u8; 16],
    /// The sealed hash and its parameters.
    password: Option<(Vec<u8>, String)>,
    totp_secret: Option<[u8; 20]>,
    /// The step of the code that confirmed the enrolment, which is spent by it.
    totp_step: Option<i64>,
    /// Only until the visitor says that they are kept.
    recovery_codes: Vec<[u8; 16]>,
    recovery_lookups: Vec<[u8; 32]>,
    recovery_codes_made_us: i64,
    /// What stood before the first code: further ones take from the same budgets.
    #[serde(default)]
    gate: Gate,
}

impl Drop for SignUpState {
    fn drop(&mut self) {
        self.totp_secret.zeroize();
        self.recovery_codes.zeroize();
    }
}

impl SignUpState {
    fn new(identifier: &Identifier, gate: Gate, account: AccountId, totp: TotpId) -> Self {
        Self {
            identifier_kind: identifier.kind().name().to_owned(),
            identifier: identifier.as_str().to_owned(),
            account: *account.as_uuid().as_bytes(),
            totp: *totp.as_uuid().as_bytes(),
            password: None,
            totp_secret: None,
            totp_step: None,
            recovery_codes: Vec::new(),
            recovery_lookups: Vec::new(),
            recovery_codes_made_us: 0,
            gate,
        }
    }

    fn identifier(&self) -> Result<Identifier, Fault> {
        let kind = IdentifierKind::from_name(&self.identifier_kind)
            .ok_or_else(|| Fault::internal("reading the kind of an identifier"))?;
        Ok(Identifier::restore(kind, self.identifier.clone()))
    }

    const fn account(&self) -> AccountId {
        AccountId::from_uuid(Uuid::from_bytes(self.account))
    }

    const fn totp(&self) -> TotpId {
        TotpId::from_uuid(Uuid::from_bytes(self.totp))
    }

    fn secret(&self) -> Result<TotpSecret, Fault> {
        let secret = self.totp_secret.ok_or_else(|| Fault::internal("a sign-up without a TOTP secret"))?;
        Ok(TotpSecret::from_bytes(secret))
    }
}

/// A sign-up in progress, as its row says.
struct Open {
    row: StoredSignUp,
    state: SignUpState,
}

impl App {
    /// What the page of the open step shows.
    ///
    /// # Errors
    /// Refused when the cookie names no open sign-up of this browser.
    pub async fn show_sign_up(
        &self,
        visit: &Visit,
        cookie: &str,
    ) -> Result<SignUpView, Failure<SignUpRefused>> {
        let open = self.open_sign_up(visit, cookie).await?;
        Ok(SignUpView {
            step: open.row.sign_up.step,
            identifier: open.state.identifier()?,
            expires_at: open.row.sign_up.expires_at,
            resend_at: self.resend_at(code::of(open.row.id)).await?,
        })
    }

    /// The secret to put into an authenticator app.
    ///
    /// # Errors
    /// Refused when another step is asked.
    pub async fn show_enrolment(
        &self,
        visit: &Visit,
        cookie: &str,
    ) -> Result<Enrolment, Failure<SignUpRefused>> {
        let open = self.open_sign_up_at(visit, cookie, SignUpStep::Authenticator).await?;
        let identifier = open.state.identifier()?;
        Ok(Enrolment::of(&open.state.secret()?, &self.site.name, &identifier)?)
    }

    /// The recovery codes, shown until the visitor says that they are kept and never again.
    ///
    /// # Errors
    /// Refused when another step is asked.
    pub async fn show_recovery_codes(
        &self,
        visit: &Visit,
        cookie: &str,
    ) -> Result<RecoveryCodesShown, Failure<SignUpRefused>> {
        let open = self.open_sign_up_at(visit, cookie, SignUpStep::RecoveryCodes).await?;
        let made_at = Timestamp::from_micros(open.state.recovery_codes_made_us);
        Ok(RecoveryCodesShown::of(&open.state.recovery_codes, &open.state.identifier()?, made_at))
    }

    /// Ends a sign-up at the visitor's wish. Says nothing about whether there was one.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn cancel_sign_up(&self, visit: &Visit, cookie: &str) -> Result<(), Fault> {
        match self.open_sign_up(visit, cookie).await {
            Ok(open) => self.store_sign_up(&open, open.row.sign_up.end()).await,
            Err(Failure::Refused(_)) => Ok(()),
            Err(Failure::Fault(fault)) => Err(fault),
        }
    }

    /// The sign-up that this browser's cookie names, if it is open.
    async fn open_sign_up(&self, visit: &Visit, cookie: &str) -> Result<Open, Failure<SignUpRefused>> {
        let not_begun = || Failure::Refused(SignUpRefused::NotBegun);
        let token = self.open_flow_cookie(FlowCookie::SignUp, visit, cookie).ok_or_else(not_begun)?;
        let row = store::find_sign_up(&self.db, &token.hash()).await?.ok_or_else(not_begun)?;
        row.sign_up.at(row.sign_up.step, self.now()).map_err(Failure::Refused)?;
        let state = self.open_flow_state(row.id.as_uuid(), &row.sealed)?;
        Ok(Open { row, state })
    }

    /// The same, and the step must be the one that the request is about: none is skipped, repeated or reordered.
    async fn open_sign_up_at(
        &self,
        visit: &Visit,
        cookie: &str,
        step: SignUpStep,
    ) -> Result<Open, Failure<SignUpRefused>> {
        let open = self.open_sign_up(visit, cookie).await?;
        open.row.sign_up.at(step, self.now()).map_err(Failure::Refused)?;
        Ok(open)
    }

    /// Passes a step: the row takes the new state and a new token if nobody moved it meanwhile.
    async fn pass_sign_up(
        &self,
        visit: &Visit,
        open: Open,
        next: SignUp,
    ) -> Result<Moved<SignUpStep>, Failure<SignUpRefused>> {
        let (token, step, now) = (self.random.token(), next.step, self.now());
        let sealed = self.seal_flow_state(open.row.id.as_uuid(), &open.state)?;
        let hash = token.hash();
        let moved = self.db.write("passing a step of a sign-up", move |tx| {
            Box::pin(async move { store::move_sign_up(tx, &open.row, &hash, &next, &sealed, now).await })
        });
        if !moved.await? {
            return Err(Failure::Refused(SignUpRefused::Ended));
        }
        self.moved_sign_up(visit, &token, step)
    }

    /// Stores a state in which no step was passed; a request that was faster wins.
    async fn store_sign_up(&self, open: &Open, next: SignUp) -> Result<(), Fault> {
        let (row, now) = (open.row.clone(), self.now());
        let write = self.db.write("storing the state of a sign-up", move |tx| {
            Box::pin(
                async move { store::move_sign_up(tx, &row, &row.token_hash, &next, &row.sealed, now).await },
            )
        });
        write.await.map(drop).map_err(|fault: StoreFault| fault.into())
    }

    fn moved_sign_up(
        &self,
        visit: &Visit,
        token: &Token,
        step: SignUpStep,
    ) -> Result<Moved<SignUpStep>, Failure<SignUpRefused>> {
        let cookie = self.seal_flow_cookie(FlowCookie::SignUp, visit, token);
        Ok(Moved { cookie: cookie.ok_or(Failure::Refused(SignUpRefused::NotBegun))?, step })
    }
}
