//! The numbers of entry rules 4 that count tries.

use std::time::Duration;

use super::{DAY, HOUR, MINUTE, SECOND};
use crate::throttle::Rate;

/// Numbers of counters and rates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThrottlePolicy {
    /// Wrong passwords in a row from unknown devices before the first lock; from a known device, before it
    /// counts as unknown.
    pub lock_after: u32,
    /// The first lock; each further wrong password doubles it.
    pub first_lock: Duration,
    /// The longest lock.
    pub longest_lock: Duration,
    /// Wrong passwords in a row after which an unknown device proves the verified channel first.
    pub channel_proof_after: u32,
    /// Wrong passwords in a row that disable the password until it is reset (800-63B-4, 3.2.2).
    pub disable_after: u32,
    /// Counters of unknown identifiers are forgotten after this long without a try.
    pub unknown_counter_for: Duration,
    /// Most counters of unknown identifiers at one time.
    pub unknown_counters_at_most: u32,
    /// Sign-in starts of one network.
    pub sign_in_starts: Rate,
    /// Sign-in starts of known devices in one network.
    pub known_device_sign_in_starts: Rate,
    /// Sign-ups of one network.
    pub sign_ups: Rate,
    /// Codes sent for one network.
    pub codes_sent: Rate,
    /// Resets of one network.
    pub resets: Rate,
    /// Ways without a puzzle of one network.
    pub puzzle_free_checks: Rate,
    /// Codes that forms without a human check cause for one network (no script ran).
    pub scriptless_codes: Rate,
    /// The same for the whole site, so that no crowd of networks fills mailboxes with them.
    pub scriptless_codes_site: Rate,
    /// Challenges of the human check drawn for one network.
    pub challenges: Rate,
    /// Strength questions of one network.
    pub strength_questions: Rate,
    /// A /24 or /48 may do this many times what a /32 or /64 may.
    pub wide_factor: u32,
    /// Codes that anonymous requests may send to one identifier, a minute.
    pub anonymous_codes_minute: Rate,
    /// The same, an hour.
    pub anonymous_codes_hour: Rate,
    /// The same, a day.
    pub anonymous_codes_day: Rate,
    /// Codes to one identifier for flows that proved a factor, a session or a known device.
    pub proved_codes: Rate,
    /// More accounts than this with wrong tries from one network is spraying.
    pub spraying_accounts: u32,
    /// Counted over this long.
    pub spraying_within: Duration,
    /// Wrong passwords of the site over this many times the hourly median raise the alarm.
    pub site_alarm_times_median: u32,
    /// Below this many wrong passwords an hour a site is too quiet for its median to mean anything.
    pub site_alarm_from: u32,
    /// Wrong passwords on one account from which its rung rises.
    pub rung_rises_after: u32,
}

impl Default for ThrottlePolicy {
    fn default() -> Self {
        Self {
            lock_after: 5,
            first_lock: 30 * SECOND,
            longest_lock: 15 * MINUTE,
            channel_proof_after: 20,
            disable_after: 100,
            unknown_counter_for: DAY,
            unknown_counters_at_most: 100_000,
            sign_in_starts: Rate::new(30, MINUTE, 60),
            known_device_sign_in_starts: Rate::new(30, MINUTE, 60),
            sign_ups: Rate::new(5, HOUR, 5),
            codes_sent: Rate::new(10, HOUR, 10),
            resets: Rate::new(10, HOUR, 10),
            puzzle_free_checks: Rate::new(10, MINUTE, 20),
            scriptless_codes: Rate::new(3, HOUR, 3),
            scriptless_codes_site: Rate::new(60, HOUR, 20),
            challenges: Rate::new(60, MINUTE, 120),
            strength_questions: Rate::new(60, MINUTE, 60),
            wide_factor: 8,
            anonymous_codes_minute: Rate::new(1, MINUTE, 1),
            anonymous_codes_hour: Rate::new(5, HOUR, 5),
            anonymous_codes_day: Rate::new(10, DAY, 10),
            proved_codes: Rate::new(10, HOUR, 10),
            spraying_accounts: 10,
            spraying_within: 10 * MINUTE,
            site_alarm_times_median: 3,
            site_alarm_from: 100,
            rung_rises_after: 3,
        }
    }
}
