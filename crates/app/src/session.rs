//! Staying behind the door: who a request belongs to, and every way in which that ends (entry rules 3).

use std::net::IpAddr;
use std::time::Duration;

use doorward_domain::account::AccountStatus;
use doorward_domain::audit::AuditKind;
use doorward_domain::country::{Country, Place};
use doorward_domain::id::SessionId;
use doorward_domain::session::{SessionEndReason, SessionState};
use doorward_domain::step_up::Factor;
use doorward_domain::time::Timestamp;
use doorward_domain::token::{Token, TokenHash};
use doorward_store::session::{self as store, Keep, StoredSession};
use doorward_store::{StoreFault, account};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::session_cache::{CachedSession, Customer, Ended, Glance};
use crate::visit::Visit;

/// How often a node asks the database what has ended.
const HEARTBEAT_EVERY: Duration = Duration::from_millis(250);
/// How far back it asks each time, since commits may overtake each other.
const HEARTBEAT_LOOKS_BACK: Duration = Duration::from_secs(10);
/// How many heartbeats lie between two turns of the slower work: writing down last uses, shedding dead entries.
const SLOW_WORK_EVERY_BEATS: u32 = 20;

/// A session opens nothing, or nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEnded {
    /// No session has this token.
    Unknown,
    /// No request came for too long.
    IdleTooLong,
    /// It had lasted as long as a session may.
    TooOld,
    /// It was ended.
    Ended,
    /// It was bound to a network, and the request came from another one: it has ended by that.
    OtherNetwork,
}

/// One live session of an account, as its owner sees it.
#[derive(Debug, Clone)]
pub struct SessionLine {
    /// Its id.
    pub id: SessionId,
    /// Whether it is the one that asks.
    pub is_this_one: bool,
    /// The address of its entry.
    pub network: String,
    /// Where that address stands.
    pub place: Place,
    /// How the browser named itself.
    pub user_agent: String,
    /// The second factor of its entry.
    pub entered_by: Factor,
    /// When it began.
    pub created_at: Timestamp,
    /// Its last request, up to a minute late.
    pub last_seen_at: Timestamp,
}

impl App {
    /// The customer that this session token belongs to.
    ///
    /// From memory while word from the database is younger than a second, otherwise from the database.
    ///
    /// # Errors
    /// The session opens nothing any more; or the database does not answer.
    pub async fn authenticate(&self, token: &Token) -> Result<Customer, Failure<SessionEnded>> {
        match self.sessions.find(&token.hash(), self.now()) {
            Some(customer) => Ok(customer),
            None => self.authenticate_at_the_source(token).await,
        }
    }

    /// The same, asking the database whatever memory says: for security settings and everything that moves money.
    ///
    /// # Errors
    /// As [`App::authenticate`].
    pub async fn authenticate_at_the_source(&self, token: &Token) -> Result<Customer, Failure<SessionEnded>> {
        self.look_at_the_source(token).await.map(|(customer, _)| customer)
    }

    /// The customer of a request from this address, and what the guard says to who only looks. A session that is bound
    /// to another network ends by it. `at_the_source` asks the database whatever memory says.
    ///
    /// # Errors
    /// As [`App::authenticate`]; and when the request came from another network.
    pub async fn admit_session(
        &self,
        token: &Token,
        network: IpAddr,
        at_the_source: bool,
    ) -> Result<(Customer, Glance), Failure<SessionEnded>> {
        let remembered = match at_the_source {
            true => None,
            false => self.sessions.look(&token.hash(), self.now()),
        };
        let admitted = match remembered {
            Some(remembered) => remembered,
            None => self.look_at_the_source(token).await?,
        };
        self.at_home(network, admitted).await
    }

    /// The same for what an open page fetches by itself: it counts as no use, so that a page which was left open keeps no
    /// session alive (entry rules 3).
    ///
    /// # Errors
    /// As [`App::admit_session`].
    pub async fn admit_without_use(
        &self,
        token: &Token,
        network: IpAddr,
    ) -> Result<(Customer, Glance), Failure<SessionEnded>> {
        let admitted = match self.sessions.peek(&token.hash(), self.now()) {
            Some(remembered) => remembered,
            None => {
                let (stored, customer) = self.find_open(token).await?;
                (customer, glance_of(&stored))
            }
        };
        self.at_home(network, admitted).await
    }

    /// Ends a session that is bound to another network than the one that asks.
    async fn at_home(
        &self,
        network: IpAddr,
        (customer, glance): (Customer, Glance),
    ) -> Result<(Customer, Glance), Failure<SessionEnded>> {
        if !glance.is_at_home(network) {
            let (reason, kind) = (SessionEndReason::NetworkChanged, AuditKind::NetworkChanged);
            self.end_one(network, &customer, customer.session, reason, kind).await?;
            return Err(Failure::Refused(SessionEnded::OtherNetwork));
        }
        Ok((customer, glance))
    }

    /// What the database has of a session that is open.
    async fn find_open(&self, token: &Token) -> Result<(StoredSession, Customer), Failure<SessionEnded>> {
        let Some(stored) = store::find_session(&self.db, &token.hash()).await? else {
            return Err(Failure::Refused(SessionEnded::Unknown));
        };
        let customer = customer_of(&stored)?;
        self.state_of(&stored, self.now()).map_err(Failure::Refused)?;
        Ok((stored, customer))
    }

    async fn look_at_the_source(&self, token: &Token) -> Result<(Customer, Glance), Failure<SessionEnded>> {
        let (hash, now) = (token.hash(), self.now());
        let generation = self.sessions.generation();
        let (stored, customer) = self.find_open(token).await?;
        let seen_anew = now.since(stored.last_seen_at) >= self.policy.session.seen_every;
        if seen_anew {
            self.sessions.note_seen(stored.id, now);
        }
        let written_at = if seen_anew { now } else { stored.last_seen_at };
        let glance = glance_of(&stored);
        self.sessions.keep(
            &hash,
            CachedSession { customer, last_seen_at: now, written_at, glance },
            generation,
        );
        Ok((customer, glance))
    }

    /// Whether the database says that a session is open, without counting as its use.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn session_is_open(&self, session: &TokenHash) -> Result<bool, Fault> {
        let stored = store::find_session(&self.db, session).await?;
        Ok(stored.is_some_and(|stored| self.state_of(&stored, self.now()).is_ok()))
    }

    fn state_of(&self, stored: &StoredSession, now: Timestamp) -> Result<(), SessionEnded> {
        if stored.status == AccountStatus::Frozen {
            return Err(SessionEnded::Ended);
        }
        let session = doorward_domain::session::Session {
            id: stored.id,
            account: stored.account_id,
            device: stored.device_id,
            entered_by: Factor::Totp,
            created_at: stored.created_at,
            last_seen_at: stored.last_seen_at,
            // Why it ended makes no difference here.
            ended: stored.ended_at.map(|at| (at, SessionEndReason::SignedOut)),
        };
        match session.state(&self.policy.session, now) {
            SessionState::Active => Ok(()),
            SessionState::IdleTooLong => Err(SessionEnded::IdleTooLong),
            SessionState::TooOld => Err(SessionEnded::TooOld),
            SessionState::Ended(_) => Err(SessionEnded::Ended),
        }
    }

    /// The live sessions of the customer's account, newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn list_sessions(&self, customer: &Customer) -> Result<Vec<SessionLine>, Fault> {
        let now = self.now();
        let policy = &self.policy.session;
        let (seen, begun) = (now.minus(policy.idle_for), now.minus(policy.absolute_for));
        let sessions = store::list_sessions(&self.db, customer.account, seen, begun).await?;
        sessions
            .into_iter()
            .map(|stored| {
                Ok(SessionLine {
                    id: stored.id,
                    is_this_one: stored.id == customer.session,
                    entered_by: factor_of(&stored.second_factor)?,
                    place: self.place_of_text(&stored.network),
                    network: stored.network,
                    user_agent: stored.user_agent,
                    created_at: stored.created_at,
                    last_seen_at: stored.last_seen_at,
                })
            })
            .collect()
    }

    /// Signs the customer out of this session.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sign_out(&self, visit: &Visit, customer: &Customer) -> Result<(), Fault> {
        let (reason, kind) = (SessionEndReason::SignedOut, AuditKind::SignedOut);
        self.end_one(visit.network, customer, customer.session, reason, kind).await.map(drop)
    }

    /// Ends one session of the customer's account; false when it is none of its live ones.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn end_session(
        &self,
        visit: &Visit,
        customer: &Customer,
        session: SessionId,
    ) -> Result<bool, Fault> {
        let (reason, kind) = (SessionEndReason::Revoked, AuditKind::SessionEnded);
        self.end_one(visit.network, customer, session, reason, kind).await
    }

    async fn end_one(
        &self,
        network: IpAddr,
        customer: &Customer,
        session: SessionId,
        reason: SessionEndReason,
        kind: AuditKind,
    ) -> Result<bool, Fault> {
        let (app, account, now) = (self.clone(), customer.account, self.now());
        let ended = self
            .db
            .write("ending a session", move |tx| {
                Box::pin(async move {
                    let ended = store::end_session(tx, account, session, reason.name(), now).await?;
                    if ended.is_some() {
                        app.note(tx, Entry::of(kind, account, network), now).await?;
                    }
                    Ok::<_, StoreFault>(ended)
                })
            })
            .await?;
        // Only what is committed is forgotten, and before anybody is told.
        self.sessions.forget(&ended.map(Ended::Session).into_iter().collect::<Vec<_>>());
        Ok(ended.is_some())
    }

    /// Ends every other session of the customer's account and every sign-in in progress; says how many sessions.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn end_other_sessions(&self, visit: &Visit, customer: &Customer) -> Result<u64, Fault> {
        let (app, customer, network, now) = (self.clone(), *customer, visit.network, self.now());
        let ended = self
            .db
            .write("ending all other sessions", move |tx| {
                Box::pin(async move {
                    account::raise_credential_version(tx, customer.account).await?;
                    let keep = Keep {
                        session: Some(customer.session),
                        device: Some(customer.device),
                        devices: true,
                        resets: true,
                    };
                    let reason = SessionEndReason::Revoked.name();
                    let ended = store::end_all_access(tx, customer.account, &keep, reason, now).await?;
                    let entry = Entry::of(AuditKind::AllSessionsEnded, customer.account, network);
                    app.note(tx, entry, now).await?;
                    Ok::<_, StoreFault>(ended.sessions)
                })
            })
            .await?;
        self.sessions.forget(&[Ended::Account(customer.account)]);
        Ok(ended)
    }

    /// Asks the database what has ended; the sessions in memory are believed for a second more.
    ///
    /// # Errors
    /// The database does not answer; memory then loses its credit by itself.
    pub async fn heartbeat(&self) -> Result<(), Fault> {
        let asked_at = self.now();
        let ended = store::list_invalidations(&self.db, asked_at.minus(HEARTBEAT_LOOKS_BACK)).await?;
        let ended: Vec<Ended> = ended
            .into_iter()
            .flat_map(|word| {
                let session = word.session_token_hash.map(Ended::Session);
                session.into_iter().chain(word.account_id.map(Ended::Account))
            })
            .collect();
        // The same words are taken again for ten seconds: it costs the living one question to the database.
        if !ended.is_empty() {
            self.sessions.forget(&ended);
        }
        self.sessions.heard(asked_at);
        Ok(())
    }

    /// Writes down when sessions were last used.
    ///
    /// # Errors
    /// The database does not answer; these uses are then lost, which can only end a session earlier.
    pub async fn write_last_uses(&self) -> Result<(), Fault> {
        // One transaction holds SQLite's only writer: short turns let sign-ins through between them.
        for batch in self.sessions.take_seen().chunks(200) {
            let batch = batch.to_vec();
            self.db
                .write_again("noting last requests", move |tx| {
                    let batch = batch.clone();
                    Box::pin(async move { store::touch_sessions(tx, &batch).await })
                })
                .await
                .map_err(|fault: StoreFault| Fault::from(fault))?;
        }
        Ok(())
    }

    /// Keeps the sessions in memory in step with the database until `stop`.
    pub async fn run_heartbeat(self, stop: CancellationToken) {
        let mut beat = tokio::time::interval(HEARTBEAT_EVERY);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut beats = 0_u32;
        while stop.run_until_cancelled(beat.tick()).await.is_some() {
            if let Err(fault) = self.heartbeat().await {
                tracing::warn!(%fault, source = ?fault.source, "no word from the database about ended sessions");
            }
            beats = beats.wrapping_add(1);
            if beats.is_multiple_of(SLOW_WORK_EVERY_BEATS) {
                if let Err(fault) = self.write_last_uses().await {
                    tracing::warn!(%fault, source = ?fault.source, "last uses of sessions are not written down");
                }
                self.sessions.sweep(self.now());
                metrics::gauge!("doorward_sessions_cached")
                    .set(u32::try_from(self.sessions.len()).unwrap_or(u32::MAX));
            }
        }
        if let Err(fault) = self.write_last_uses().await {
            tracing::warn!(%fault, source = ?fault.source, "last uses of sessions are not written down");
        }
    }
}

fn glance_of(stored: &StoredSession) -> Glance {
    let bound_to = stored.binds_network.then(|| stored.network.parse().ok()).flatten();
    Glance::new(stored.hold_until, bound_to)
}

fn customer_of(stored: &StoredSession) -> Result<Customer, Fault> {
    Ok(Customer {
        account: stored.account_id,
        session: stored.id,
        device: stored.device_id.ok_or_else(|| Fault::internal("a session without a device"))?,
        language: stored.language,
        entered_by: factor_of(&stored.second_factor)?,
        entered_at: stored.created_at,
        is_reviewed: stored.reviewed_at.is_some(),
        residence: stored.residence.as_deref().and_then(Country::parse),
    })
}

/// The factor that a row names.
pub(crate) fn factor_of(name: &str) -> Result<Factor, Fault> {
    Factor::from_name(name).ok_or_else(|| Fault::internal("reading the factor of a session"))
}
