//! Rates of what a GET costs this node. A GET writes nothing, so these stand in memory and not in the database (entry
//! rules 2 and 4): a restart forgets them, and each node has its own. They bound CPU, never a guess at a secret.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use doorward_domain::throttle::{NetworkKey, RateScope};
use doorward_domain::time::Timestamp;

use crate::app::App;
use crate::visit::Visit;

/// Networks that are remembered at one time; 2 MiB.
const NETWORKS_AT_MOST: usize = 20_000;

/// When the next event of each network would be due, had it kept to its pace.
#[derive(Debug, Default)]
pub(crate) struct LocalRates(Mutex<HashMap<NetworkKey, Timestamp>>);

/// A network asks too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChallengeThrottled {
    /// When the next challenge is drawn for it.
    pub retry_at: Timestamp,
}

impl App {
    /// Takes one drawing of a human check from the visitor's network and the wider one around it.
    ///
    /// # Errors
    /// The network asks too often; nothing was taken then.
    pub fn take_challenge(&self, visit: &Visit) -> Result<(), ChallengeThrottled> {
        let (scope, now) = (RateScope::Challenge, self.now());
        let networks = [
            (NetworkKey::of(visit.network), scope.rate(&self.policy)),
            (NetworkKey::wide_of(visit.network), scope.wide_rate(&self.policy)),
        ];
        // Nothing that can panic runs under the lock.
        let mut arrivals = self.challenge_rates().0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = [now; 2];
        for (next, (network, rate)) in next.iter_mut().zip(networks) {
            let taken = rate.take(arrivals.get(&network).copied(), now);
            *next = taken.map_err(|retry_at| ChallengeThrottled { retry_at })?;
        }
        if arrivals.len() + 2 > NETWORKS_AT_MOST {
            arrivals.retain(|_, arrival| *arrival > now);
        }
        if arrivals.len() + 2 > NETWORKS_AT_MOST {
            // So many networks at once are a flood that no rate of one network stops; memory stays bounded.
            arrivals.clear();
        }
        for (next, (network, _)) in next.into_iter().zip(networks) {
            arrivals.insert(network, next);
        }
        Ok(())
    }
}
