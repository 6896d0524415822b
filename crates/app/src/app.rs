//! What a use case may touch.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use doorward_captcha::HumanChecks;
use doorward_domain::password::Blocklist;
use doorward_domain::policy::Policy;
use doorward_domain::time::Timestamp;
use doorward_store::Db;

use crate::clock::Clock;
use crate::country::Places;
use crate::engine_intent::Intents;
use crate::hash_pool::HashPool;
use crate::history::MarketHistory;
use crate::jurisdiction::Jurisdictions;
use crate::keys::Keys;
use crate::local_rates::LocalRates;
use crate::market::Floor;
use crate::matching::{Matching, NotTaken};
use crate::outbox::Outbox;
use crate::outcomes::Outcomes;
use crate::passwords::CostMix;
use crate::random::Random;
use crate::session_cache::SessionCache;
use crate::staff::DeskSetup;

/// The site that this house is the door of.
#[derive(Debug, Clone)]
pub struct Site {
    /// The name that pages, mails and authenticator apps show.
    pub name: String,
    /// Scheme and host, without a slash at the end: `https://entry.example`.
    pub public_url: String,
}

/// Everything that use cases work with; made once by the program's wiring.
pub struct Parts {
    /// Every number of the rules.
    pub policy: Policy,
    /// The database.
    pub db: Db,
    /// Keys for sealing and finding.
    pub keys: Keys,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Where memory-hard hashes run.
    pub hash_pool: HashPool,
    /// The costs of the passwords in use, from which unknown identifiers borrow.
    pub cost_mix: CostMix,
    /// The human check.
    pub human_checks: HumanChecks,
    /// Sessions that this node has seen.
    pub sessions: SessionCache,
    /// What came of sign-ins on this node.
    pub outcomes: Outcomes,
    /// Passwords that are tried first.
    pub blocklist: Blocklist,
    /// Messages on their way out.
    pub outbox: Outbox,
    /// The site.
    pub site: Site,
    /// Where addresses stand.
    pub places: Places,
    /// What the rules of countries leave open.
    pub jurisdictions: Jurisdictions,
    /// The support desk.
    pub desk: DeskSetup,
    /// The market's engine; None where another node has it.
    pub matching: Option<Matching>,
}

/// The application: the use cases are its methods, one file for each thing that somebody can do.
#[derive(Clone)]
pub struct App(Arc<House>);

/// What an application has besides what it was given.
struct House {
    parts: Parts,
    challenge_rates: LocalRates,
    intents: Intents,
    history: OnceLock<MarketHistory>,
    floor: Floor,
}

impl App {
    /// The application over these parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(House {
            parts,
            challenge_rates: LocalRates::default(),
            intents: Intents::default(),
            history: OnceLock::new(),
            floor: Floor::default(),
        }))
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The market's engine, if this node has one that takes commands now.
    ///
    /// # Errors
    /// There is none, it is starting, or it has stopped.
    pub fn market(&self) -> Result<&Matching, NotTaken> {
        self.matching.as_ref().ok_or(NotTaken::Absent)?.ready()
    }

    pub(crate) fn intents(&self) -> &Intents {
        &self.0.intents
    }

    pub(crate) fn history_place(&self) -> &OnceLock<MarketHistory> {
        &self.0.history
    }

    pub(crate) fn floor(&self) -> &Floor {
        &self.0.floor
    }

    pub(crate) fn challenge_rates(&self) -> &LocalRates {
        &self.0.challenge_rates
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0.parts
    }
}
