//! Erasing an account: what stands in its way, and what the law makes one keep (entry rules, retention).

use crate::change::ChangeRefused;
use crate::time::Timestamp;

/// What keeps an account from being erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErasureObstacle {
    /// It holds assets, which would have no owner any more.
    Assets,
    /// A hold runs: whoever asks may not be the owner.
    Held {
        /// When it lifts.
        until: Timestamp,
    },
    /// A lost-factor case is open.
    OpenCase,
    /// The owner's lock keeps security settings from being changed.
    SettingsLocked,
    /// It is frozen.
    Frozen,
    /// The rules of its verified residence block it: what is blocked stays until two members of staff lift that.
    Blocked,
}

/// What is known of an account that is to be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ErasureStanding {
    /// Whether it holds assets, or may hold some.
    pub holds_assets: bool,
    /// Until when nothing leaves it.
    pub hold_until: Option<Timestamp>,
    /// Whether a lost-factor case is open.
    pub has_open_case: bool,
    /// Whether the owner's lock keeps security settings from being changed.
    pub settings_locked: bool,
    /// Whether it is frozen.
    pub is_frozen: bool,
    /// Whether the rules of its verified residence block it, and nobody has let it out.
    pub is_blocked: bool,
}

impl ErasureStanding {
    /// The first thing that stands in the way now.
    pub fn obstacle(&self, now: Timestamp) -> Option<ErasureObstacle> {
        if self.is_frozen {
            return Some(ErasureObstacle::Frozen);
        }
        if self.is_blocked {
            return Some(ErasureObstacle::Blocked);
        }
        if self.holds_assets {
            return Some(ErasureObstacle::Assets);
        }
        if self.has_open_case {
            return Some(ErasureObstacle::OpenCase);
        }
        if self.settings_locked {
            return Some(ErasureObstacle::SettingsLocked);
        }
        self.hold_until.filter(|until| now < *until).map(|until| ErasureObstacle::Held { until })
    }
}

/// Why an erasure is not taken on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErasureRefused {
    /// Something stands in its way.
    Obstacle(ErasureObstacle),
    /// One is under way already.
    UnderWay {
        /// When its waiting time is over.
        due_at: Timestamp,
    },
    /// The second factor does not authorise it.
    Proof(ChangeRefused),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_obstacle_is_named_and_a_hold_stands_in_the_way_until_it_lifts() {
        let now = Timestamp::from_seconds(1_000);
        let free = ErasureStanding::default();
        assert_eq!(free.obstacle(now), None);
        let until = Timestamp::from_seconds(1_001);
        let held = ErasureStanding { hold_until: Some(until), ..free };
        assert_eq!(held.obstacle(now), Some(ErasureObstacle::Held { until }));
        assert_eq!(held.obstacle(until), None);
        for (standing, obstacle) in [
            (ErasureStanding { holds_assets: true, ..held }, ErasureObstacle::Assets),
            (ErasureStanding { has_open_case: true, ..held }, ErasureObstacle::OpenCase),
            (ErasureStanding { settings_locked: true, ..held }, ErasureObstacle::SettingsLocked),
            (ErasureStanding { is_frozen: true, holds_assets: true, ..held }, ErasureObstacle::Frozen),
            (ErasureStanding { is_blocked: true, holds_assets: true, ..held }, ErasureObstacle::Blocked),
        ] {
            assert_eq!(standing.obstacle(now), Some(obstacle));
        }
    }
}
