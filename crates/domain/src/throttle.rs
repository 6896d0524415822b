//! Counters, locks and rates (entry rules 4). Nothing sleeps: each answer is *now* or *not before*.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use crate::named::named;
use crate::policy::{Policy, ThrottlePolicy};
use crate::time::{Timestamp, micros};

/// How long an account refuses unknown devices after this many wrong passwords in a row.
///
/// `None` below the limit; then 30 s, doubling with each further one up to 15 min.
pub fn lock_after(policy: &ThrottlePolicy, failures: u32) -> Option<Duration> {
    let beyond = failures.checked_sub(policy.lock_after)?;
    let doubled = policy.first_lock.checked_mul(1_u32.checked_shl(beyond).unwrap_or(u32::MAX));
    Some(doubled.unwrap_or(policy.longest_lock).min(policy.longest_lock))
}

/// Whether an unknown device must prove the verified channel before a password is compared.
pub const fn needs_channel_proof(policy: &ThrottlePolicy, failures: u32) -> bool {
    failures >= policy.channel_proof_after
}

/// Whether a known device has failed so often that it counts as unknown for this sign-in.
pub const fn counts_as_unknown(policy: &ThrottlePolicy, failures: u32) -> bool {
    failures >= policy.lock_after
}

/// Whether a password is disabled until it is reset (800-63B-4, 3.2.2).
pub const fn password_disabled(policy: &ThrottlePolicy, failures: u32) -> bool {
    failures >= policy.disable_after
}

/// How long an authenticator (TOTP or the set of recovery codes) refuses after this many wrong codes in a row.
pub fn factor_lock_after(lock_after: u32, lock_for: Duration, failures: u32) -> Option<Duration> {
    (failures >= lock_after).then_some(lock_for)
}

/// Whether the wrong passwords of this hour raise the site's alarm, given those of earlier hours.
///
/// The median of the earlier hours is the measure; a site too quiet for a median is never alarmed.
pub fn site_alarm(policy: &ThrottlePolicy, this_hour: u64, earlier_hours: &[u64]) -> bool {
    if this_hour < u64::from(policy.site_alarm_from) || earlier_hours.is_empty() {
        return false;
    }
    let mut sorted = earlier_hours.to_vec();
    sorted.sort_unstable();
    let median = sorted[sorted.len() / 2];
    this_hour > median.saturating_mul(u64::from(policy.site_alarm_times_median))
}

/// Whether one network tries too many accounts; a success in between does not reset it.
pub const fn is_spraying(policy: &ThrottlePolicy, accounts_with_wrong_tries: u32) -> bool {
    accounts_with_wrong_tries > policy.spraying_accounts
}

/// So many events in a length of time, with a burst: the numbers of a generic cell rate algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Events that are regained in [`Rate::per`].
    pub events: u32,
    /// The length of time.
    pub per: Duration,
    /// Events that may come at once after a rest; at least one.
    pub burst: u32,
}

impl Rate {
    /// `events` in `per`, `burst` of them at once.
    pub const fn new(events: u32, per: Duration, burst: u32) -> Self {
        Self { events, per, burst }
    }

    /// The same for a wider network: so many times the events and the burst.
    #[must_use]
    pub const fn times(self, factor: u32) -> Self {
        Self {
            events: self.events.saturating_mul(factor),
            per: self.per,
            burst: self.burst.saturating_mul(factor),
        }
    }

    /// Microseconds that one event costs; at least one.
    pub fn emission_interval_micros(self) -> i64 {
        (micros(self.per) / i64::from(self.events.max(1))).max(1)
    }

    /// Microseconds by which the theoretical arrival time may lie ahead of the clock.
    pub fn tolerance_micros(self) -> i64 {
        self.emission_interval_micros().saturating_mul(i64::from(self.burst.max(1)) - 1)
    }

    /// Takes one event. `arrival` is the stored theoretical arrival time, if any.
    ///
    /// `Ok` is the arrival time to store; `Err` is the first moment at which the next event is taken.
    pub fn take(self, arrival: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, Timestamp> {
        let interval = Duration::from_micros(self.emission_interval_micros().unsigned_abs());
        let tolerance = Duration::from_micros(self.tolerance_micros().unsigned_abs());
        let arrival = arrival.unwrap_or(now).max(now);
        let earliest = arrival.minus(tolerance);
        if now < earliest { Err(earliest) } else { Ok(arrival.plus(interval)) }
    }

    /// Events regained in a day, for comparing two rates.
    pub fn per_day(self) -> u64 {
        let day = 24 * 60 * 60 * 1_000_000_u128;
        let per = self.per.as_micros().max(1);
        u64::try_from(u128::from(self.events) * day / per).unwrap_or(u64::MAX)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {:?}, {} at once", self.events, self.per, self.burst)
    }
}

named! {
    /// What a rate counts. The name is the scope under which a store keeps it.
    pub enum RateScope {
        /// Sign-in starts of a network.
        SignInStart = "sign-in",
        /// Sign-in starts of known devices in a network.
        KnownDeviceSignInStart = "sign-in-known",
        /// Sign-ups of a network.
        SignUp = "sign-up",
        /// Codes sent for a network.
        CodeSent = "code",
        /// Resets of a network.
        Reset = "reset",
        /// Ways without a puzzle of a network.
        PuzzleFreeCheck = "puzzle-free",
        /// Codes of a network that forms without a human check ask for.
        ScriptlessCode = "scriptless-code",
        /// The same, of the whole site.
        ScriptlessCodeSite = "scriptless-code-site",
        /// Challenges of the human check drawn for a network; counted by each node for itself.
        Challenge = "challenge",
        /// Strength questions of a network.
        StrengthQuestion = "strength",
        /// Codes to one identifier by anonymous requests, a minute.
        AnonymousCodeMinute = "anonymous-code-minute",
        /// The same, an hour.
        AnonymousCodeHour = "anonymous-code-hour",
        /// The same, a day.
        AnonymousCodeDay = "anonymous-code-day",
        /// Codes to one identifier by flows that proved something.
        ProvedCode = "proved-code",
        /// Accounts that a member of staff looks up.
        DeskLookUp = "desk-look-up",
        /// Document numbers that staff compare in one case.
        DocumentComparison = "document-comparison",
    }
}

impl RateScope {
    /// The scopes that an anonymous request for a code to one identifier must all pass.
    pub const ANONYMOUS_CODE: [Self; 3] =
        [Self::AnonymousCodeMinute, Self::AnonymousCodeHour, Self::AnonymousCodeDay];

    /// The numbers of this scope, for one address or identifier.
    pub const fn rate(self, policy: &Policy) -> Rate {
        let throttle = &policy.throttle;
        match self {
            Self::SignInStart => throttle.sign_in_starts,
            Self::KnownDeviceSignInStart => throttle.known_device_sign_in_starts,
            Self::SignUp => throttle.sign_ups,
            Self::CodeSent => throttle.codes_sent,
            Self::Reset => throttle.resets,
            Self::PuzzleFreeCheck => throttle.puzzle_free_checks,
            Self::ScriptlessCode => throttle.scriptless_codes,
            Self::ScriptlessCodeSite => throttle.scriptless_codes_site,
            Self::Challenge => throttle.challenges,
            Self::StrengthQuestion => throttle.strength_questions,
            Self::AnonymousCodeMinute => throttle.anonymous_codes_minute,
            Self::AnonymousCodeHour => throttle.anonymous_codes_hour,
            Self::AnonymousCodeDay => throttle.anonymous_codes_day,
            Self::ProvedCode => throttle.proved_codes,
            Self::DeskLookUp => crate::staff::LOOK_UPS,
            Self::DocumentComparison => crate::staff::DOCUMENT_COMPARISONS,
        }
    }

    /// The numbers of this scope for the wider network.
    pub const fn wide_rate(self, policy: &Policy) -> Rate {
        self.rate(policy).times(policy.throttle.wide_factor)
    }
}

named! {
    /// What a failure counter counts. The name is the scope under which a store keeps it.
    pub enum FailureScope {
        /// Wrong passwords on an account from unknown devices.
        PasswordUnknownDevice = "password",
        /// Wrong passwords from one known device.
        PasswordKnownDevice = "password-known",
        /// Wrong TOTP codes of one authenticator.
        Totp = "totp",
        /// Wrong recovery codes of one account.
        RecoveryCode = "recovery",
    }
}

/// The network that an address belongs to, as limits see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkKey {
    bytes: [u8; 17],
}

impl NetworkKey {
    /// One visitor's network: an IPv4 address, or an IPv6 /64.
    pub fn of(address: IpAddr) -> Self {
        Self::cut(address, 32, 64)
    }

    /// The wider network: an IPv4 /24, or an IPv6 /48.
    pub fn wide_of(address: IpAddr) -> Self {
        Self::cut(address, 24, 48)
    }

    fn cut(address: IpAddr, v4_bits: u8, v6_bits: u8) -> Self {
        // An IPv4 address that arrived through an IPv6 socket is still the same visitor.
        let (octets, bits, family) = match address.to_canonical() {
            IpAddr::V4(v4) => {
                let mut octets = [0; 16];
                octets[..4].copy_from_slice(&v4.octets());
                (octets, v4_bits, 0)
            }
            IpAddr::V6(v6) => (v6.octets(), v6_bits, 128),
        };
        let kept = u128::MAX << (128 - u32::from(bits));
        let mut bytes = [0; 17];
        bytes[0] = family | bits;
        bytes[1..].copy_from_slice(&(u128::from_be_bytes(octets) & kept).to_be_bytes());
        Self { bytes }
    }

    /// The key under which a store keeps this network's counters.
    pub const fn as_bytes(&self) -> &[u8; 17] {
        &self.bytes
    }
}

impl fmt::Display for NetworkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.bytes[0] & 127;
        let mut octets = [0; 16];
        octets.copy_from_slice(&self.bytes[1..]);
        if self.bytes[0] < 128 {
            let [a, b, c, d, ..] = octets;
            write!(f, "{}/{bits}", Ipv4Addr::new(a, b, c, d))
        } else {
            write!(f, "{}/{bits}", Ipv6Addr::from(octets))
        }
    }
}

#[cfg(test)]
mod tests;
