//! One attempt between two requests: sealed in the cookie at first, a row later.

use std::net::IpAddr;

use doorward_domain::id::{DeviceId, SignInId};
use doorward_domain::identifier::{Identifier, IdentifierKind};
use doorward_domain::notice::Circumstances;
use doorward_domain::risk::{RiskReason, Signs};
use doorward_domain::sign_in::{SignIn, SignInRefused};
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::sign_in::{self as store, StoredSignIn};
use doorward_store::{StoreFault, Tx};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::visit::Visit;

const COOKIE: &str = "sign-in";

/// What the cookie carries.
#[derive(Serialize, Deserialize)]
pub(super) enum Carried {
    /// Nothing is stored yet.
    Begun {
        /// What was typed and where it leads.
        kept: Kept,
        /// Microseconds since 1970.
        started_at: i64,
    },
    /// The token that finds the row.
    Row(String),
}

/// What is kept of an attempt besides the rules' own state.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    kind: String,
    identifier: String,
    pub(super) return_to: Option<String>,
    /// Where the attempt was last worked on, for announcements.
    network: Option<IpAddr>,
    user_agent: String,
    /// What the human check asked, and why.
    pub(super) rung: Option<String>,
    pub(super) reasons: Vec<String>,
    /// Whether a password was ever compared in this attempt.
    pub(super) compared: bool,
}

impl Kept {
    pub(super) fn new(identifier: &Identifier, return_to: Option<String>) -> Self {
        Self {
            kind: identifier.kind().name().to_owned(),
            identifier: identifier.as_str().to_owned(),
            return_to,
            network: None,
            user_agent: String::new(),
            rung: None,
            reasons: Vec::new(),
            compared: false,
        }
    }

    pub(super) fn identifier(&self) -> Result<Identifier, Fault> {
        let kind = IdentifierKind::from_name(&self.kind)
            .ok_or_else(|| Fault::internal("reading the kind of an identifier"))?;
        Ok(Identifier::restore(kind, self.identifier.clone()))
    }

    /// Whether the country of this sign-in was strange for its account.
    pub(super) fn is_from_unusual_country(&self) -> bool {
        let unusual = [RiskReason::NewCountry, RiskReason::ImpossibleTravel];
        unusual.iter().any(|reason| self.reasons.iter().any(|known| known == reason.name()))
    }

    pub(super) fn note_visit(&mut self, visit: &Visit) {
        self.network = Some(visit.network);
        self.user_agent.clone_from(&visit.user_agent);
    }

    pub(super) fn circumstances(&self, app: &App, at: Timestamp) -> Option<Circumstances> {
        let network = self.network?;
        let place = app.place_of(network);
        Some(Circumstances { at, network, device: self.user_agent.clone(), place })
    }
}

/// An attempt that a request works on.
#[derive(Clone)]
pub(super) struct Attempt {
    /// Its row; `None` while it stands in the cookie alone.
    pub(super) row: Option<StoredSignIn>,
    /// What the rules know. The account is filled in where it was looked up.
    pub(super) sign_in: SignIn,
    pub(super) kept: Kept,
    pub(super) lookup: [u8; 32],
    pub(super) device: Option<DeviceId>,
    /// What the place of this visit tells, where it was looked at.
    pub(super) signs: Signs,
}

impl Attempt {
    /// The row of an attempt that is beyond the password.
    pub(super) fn row(&self) -> Result<&StoredSignIn, SignInRefused> {
        self.row.as_ref().ok_or(SignInRefused::OtherStep { asked: self.sign_in.step })
    }
}

impl App {
    pub(super) fn seal_sign_in(&self, visit: &Visit, carried: &Carried) -> Result<String, SignInRefused> {
        let browser = visit.browser.as_ref().ok_or(SignInRefused::NotBegun)?;
        Ok(self.keys.seal_cookie(COOKIE, browser.as_bytes(), carried))
    }

    pub(super) fn seal_token(&self, visit: &Visit, token: &Token) -> Result<String, SignInRefused> {
        self.seal_sign_in(visit, &Carried::Row(token.encode()))
    }

    /// Reads the attempt that this browser's cookie carries.
    pub(super) async fn open_sign_in(
        &self,
        visit: &Visit,
        cookie: &str,
    ) -> Result<Attempt, Failure<SignInRefused>> {
        let not_begun = || Failure::Refused(SignInRefused::NotBegun);
        let browser = visit.browser.as_ref().ok_or_else(not_begun)?;
        match self.keys.open_cookie(COOKIE, browser.as_bytes(), cookie).ok_or_else(not_begun)? {
            Carried::Begun { kept, started_at } => {
                let lookup = self.lookup_of(&kept.identifier()?);
                let started_at = Timestamp::from_micros(started_at);
                let sign_in = SignIn::begin(&self.policy, None, false, started_at);
                Ok(Attempt { row: None, sign_in, kept, lookup, device: None, signs: Signs::NONE })
            }
            Carried::Row(token) => {
                let token = Token::parse(&token).ok_or_else(not_begun)?;
                let row = store::find_sign_in(&self.db, &token.hash()).await?.ok_or_else(not_begun)?;
                self.attempt_of(row).map_err(Failure::from)
            }
        }
    }

    pub(super) fn attempt_of(&self, row: StoredSignIn) -> Result<Attempt, Fault> {
        Ok(Attempt {
            sign_in: row.sign_in.clone(),
            kept: self.open_flow_state(row.id.as_uuid(), &row.sealed)?,
            lookup: row.lookup,
            device: row.device_id,
            signs: Signs::NONE,
            row: Some(row),
        })
    }

    /// Locks the row of an attempt until the write ends and reads it as it is now.
    pub(super) async fn hold(
        &self,
        tx: &mut Tx,
        row: &StoredSignIn,
    ) -> Result<Option<StoredSignIn>, StoreFault> {
        store::hold_sign_in(tx, &row.token_hash).await
    }

    /// Writes the next state of an attempt: a new row, or the next version of the one it has. `None` when another
    /// request was first.
    ///
    /// The token changes when `rotate` says so; the new one is returned.
    pub(super) async fn save(
        &self,
        tx: &mut Tx,
        attempt: &Attempt,
        next: &SignIn,
        rotate: bool,
        now: Timestamp,
    ) -> Result<Option<Token>, Fault> {
        let token = self.random.token();
        let Some(row) = &attempt.row else {
            let id = SignInId::from_parts(now, self.random.bytes());
            let sealed = self.seal_flow_state(id.as_uuid(), &attempt.kept)?;
            store::record_sign_in(tx, id, &token.hash(), &attempt.lookup, attempt.device, next, &sealed)
                .await?;
            return Ok(Some(token));
        };
        let sealed = self.seal_flow_state(row.id.as_uuid(), &attempt.kept)?;
        let hash = if rotate { token.hash() } else { row.token_hash };
        let moved = store::move_sign_in(tx, row, &hash, next, &sealed, now).await?;
        Ok(moved.then_some(token))
    }
}
