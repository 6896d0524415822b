//! The safe range of each number.

use std::time::Duration;

use super::{DAY, HOUR, MINUTE, Policy, SECOND};
use crate::throttle::Rate;

/// A number outside its safe range, named as configuration names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyViolation {
    /// The key in the configuration: `session.idle_for`.
    pub key: &'static str,
    /// What was given.
    pub given: String,
    /// What is allowed, as a range: `10..=64`.
    pub allowed: String,
}

struct Ranges(Vec<PolicyViolation>);

impl Ranges {
    fn length(&mut self, key: &'static str, given: Duration, least: Duration, most: Duration) {
        if given < least || given > most {
            self.0.push(PolicyViolation {
                key,
                given: format!("{given:?}"),
                allowed: format!("{least:?} to {most:?}"),
            });
        }
    }

    fn number(&mut self, key: &'static str, given: impl TryInto<u64>, least: u64, most: u64) {
        let given = given.try_into().unwrap_or(u64::MAX);
        if given < least || given > most {
            self.0.push(PolicyViolation {
                key,
                given: given.to_string(),
                allowed: format!("{least} to {most}"),
            });
        }
    }

    /// A rate may be ten times the default at most: beyond that it protects nobody.
    fn rate(&mut self, key: &'static str, given: Rate, default: Rate) {
        let most = default.per_day().saturating_mul(10);
        let burst_most = default.burst.saturating_mul(10);
        if given.events == 0
            || given.burst == 0
            || given.per.is_zero()
            || given.per_day() > most
            || given.burst > burst_most
        {
            self.0.push(PolicyViolation {
                key,
                given: given.to_string(),
                allowed: format!("at least one, at most ten times {default}"),
            });
        }
    }
}

impl Policy {
    /// Everything that lies outside its safe range; empty when the server may start.
    pub fn violations(&self) -> Vec<PolicyViolation> {
        let mut ranges = Ranges(Vec::new());
        self.flows(&mut ranges);
        self.secrets(&mut ranges);
        self.stays(&mut ranges);
        self.counters(&mut ranges);
        self.rates(&mut ranges);
        self.holds(&mut ranges);
        ranges.0
    }

    fn flows(&self, r: &mut Ranges) {
        r.length("sign_in.valid_for", self.sign_in.valid_for, 2 * MINUTE, 30 * MINUTE);
        let extended = self.sign_in.extended_valid_for;
        r.length("sign_in.extended_valid_for", extended, self.sign_in.valid_for, HOUR);
        r.number("sign_in.factor_tries", self.sign_in.factor_tries, 1, 5);
        r.length("sign_in.unfinished_notice_every", self.sign_in.unfinished_notice_every, MINUTE, DAY);
        r.length("sign_up.valid_for", self.sign_up.valid_for, 10 * MINUTE, 4 * HOUR);
        r.number("sign_up.factor_tries", self.sign_up.factor_tries, 3, 50);
        r.length("reset.link_valid_for", self.reset.link_valid_for, 5 * MINUTE, HOUR);
        r.length("reset.valid_for_after_proof", self.reset.valid_for_after_proof, 5 * MINUTE, HOUR);
        r.number("reset.factor_tries", self.reset.factor_tries, 1, 5);
        r.length("change.valid_for", self.change.valid_for, 5 * MINUTE, HOUR);
        r.number("change.factor_tries", self.change.factor_tries, 1, 10);
        self.cases(r);
    }

    fn cases(&self, r: &mut Ranges) {
        let (case, least) = (&self.case, super::CasePolicy::default());
        r.length("case.channel_within", case.channel_within, 10 * MINUTE, 4 * HOUR);
        r.length("case.open_for", case.open_for, HOUR, 7 * DAY);
        r.length("case.decided_within", case.decided_within, DAY, 60 * DAY);
        r.length("case.wait", case.wait, least.wait, 30 * DAY);
        r.length("case.long_wait", case.long_wait, least.long_wait.max(case.wait), 60 * DAY);
        r.number("case.approvers", u64::try_from(case.approvers).unwrap_or(u64::MAX), 2, 5);
        r.number("case.factor_tries", case.factor_tries, 3, 50);
        r.length("case.evidence_kept_for", case.evidence_kept_for, DAY, 30 * DAY);
        let identifier = &self.identifier;
        r.length("identifier.proof_lasts", identifier.proof_lasts, 7 * DAY, 180 * DAY);
        r.length("identifier.undo_for", identifier.undo_for, 3 * DAY, 30 * DAY);
        r.number("identifier.at_most", u64::try_from(identifier.at_most).unwrap_or(u64::MAX), 2, 10);
    }

    fn secrets(&self, r: &mut Ranges) {
        r.number("password.min_characters", self.password.min_characters, 10, 64);
        r.number("password.max_characters", self.password.max_characters, 64, 1_024);
        r.number("password.min_score", self.password.min_score, 3, 4);
        r.number("password.local_part_from_characters", self.password.local_part_from_characters, 1, 4);
        r.number("password.site_name_plus_characters", self.password.site_name_plus_characters, 4, 16);
        r.number("password.hash_memory_kib", self.password.hash_memory_kib, 19_456, 1 << 20);
        r.number("password.hash_iterations", self.password.hash_iterations, 2, 16);
        r.number("password.hash_parallelism", self.password.hash_parallelism, 1, 4);
        r.number("password.queue_per_place", self.password.queue_per_place, 1, 1_000);
        r.number("totp.lock_after", self.totp.lock_after, 3, 10);
        r.length("totp.lock_for", self.totp.lock_for, 15 * MINUTE, DAY);
        r.number("totp.disable_after", self.totp.disable_after, 20, 100);
        r.number("recovery.count", self.recovery.count, 5, 20);
        r.number("recovery.lock_after", self.recovery.lock_after, 3, 10);
        r.length("recovery.lock_for", self.recovery.lock_for, 15 * MINUTE, DAY);
        r.number("recovery.disable_after", self.recovery.disable_after, 20, 100);
        r.length("codes.valid_for", self.codes.valid_for, 2 * MINUTE, 10 * MINUTE);
        r.number("codes.tries", self.codes.tries, 1, 5);
        r.number("codes.sends", self.codes.sends, 1, 10);
        r.length("codes.resend_after", self.codes.resend_after, 10 * SECOND, 10 * MINUTE);
    }

    fn stays(&self, r: &mut Ranges) {
        r.length("session.idle_for", self.session.idle_for, MINUTE, HOUR);
        r.length("session.absolute_for", self.session.absolute_for, self.session.idle_for, 24 * HOUR);
        r.number("session.at_most", self.session.at_most, 1, 100);
        r.length("session.cache_for", self.session.cache_for, Duration::ZERO, SECOND);
        r.length("session.seen_every", self.session.seen_every, SECOND, self.session.idle_for / 2);
        let staff = &self.staff;
        r.length("staff.invitation_valid_for", staff.invitation_valid_for, 5 * MINUTE, HOUR);
        r.length("staff.idle_for", staff.idle_for, MINUTE, 30 * MINUTE);
        r.length("staff.absolute_for", staff.absolute_for, staff.idle_for, 12 * HOUR);
        r.length("staff.request_valid_for", staff.request_valid_for, HOUR, 7 * DAY);
        r.length("device.trusted_for", self.device.trusted_for, HOUR, 90 * DAY);
        r.number("device.per_browser", self.device.per_browser, 1, 10);
        r.length("device.previous_token_for", self.device.previous_token_for, Duration::ZERO, 5 * MINUTE);
    }

    fn counters(&self, r: &mut Ranges) {
        let throttle = &self.throttle;
        r.number("throttle.lock_after", throttle.lock_after, 3, 10);
        r.length("throttle.first_lock", throttle.first_lock, 10 * SECOND, 15 * MINUTE);
        r.length("throttle.longest_lock", throttle.longest_lock, throttle.first_lock, HOUR);
        let lock_after = u64::from(throttle.lock_after);
        r.number("throttle.channel_proof_after", throttle.channel_proof_after, lock_after, 50);
        let proof_after = u64::from(throttle.channel_proof_after);
        r.number("throttle.disable_after", throttle.disable_after, proof_after + 1, 100);
        r.length("throttle.unknown_counter_for", throttle.unknown_counter_for, HOUR, 30 * DAY);
        let counters = throttle.unknown_counters_at_most;
        r.number("throttle.unknown_counters_at_most", counters, 1_000, 10_000_000);
        r.number("throttle.wide_factor", throttle.wide_factor, 1, 64);
        r.number("throttle.spraying_accounts", throttle.spraying_accounts, 2, 100);
        r.length("throttle.spraying_within", throttle.spraying_within, MINUTE, DAY);
        r.number("throttle.site_alarm_times_median", throttle.site_alarm_times_median, 2, 10);
        r.number("throttle.site_alarm_from", throttle.site_alarm_from, 1, 1_000_000);
        r.number("throttle.rung_rises_after", throttle.rung_rises_after, 1, 10);
        let check = &self.human_check;
        r.length("human_check.challenge_valid_for", check.challenge_valid_for, 30 * SECOND, 5 * MINUTE);
        r.length("human_check.pass_valid_for", check.pass_valid_for, 30 * SECOND, 5 * MINUTE);
        let fastest = check.fastest_answer;
        r.length("human_check.fastest_answer", fastest, Duration::from_millis(200), 2 * SECOND);
        r.number("human_check.deep_queue_percent", check.deep_queue_percent, 10, 90);
    }

    fn rates(&self, r: &mut Ranges) {
        let (given, default) = (&self.throttle, super::ThrottlePolicy::default());
        r.rate("throttle.sign_in_starts", given.sign_in_starts, default.sign_in_starts);
        let (known, known_default) = (given.known_device_sign_in_starts, default.known_device_sign_in_starts);
        r.rate("throttle.known_device_sign_in_starts", known, known_default);
        r.rate("throttle.sign_ups", given.sign_ups, default.sign_ups);
        r.rate("throttle.codes_sent", given.codes_sent, default.codes_sent);
        r.rate("throttle.resets", given.resets, default.resets);
        r.rate("throttle.puzzle_free_checks", given.puzzle_free_checks, default.puzzle_free_checks);
        r.rate("throttle.scriptless_codes", given.scriptless_codes, default.scriptless_codes);
        let (site, site_default) = (given.scriptless_codes_site, default.scriptless_codes_site);
        r.rate("throttle.scriptless_codes_site", site, site_default);
        r.rate("throttle.challenges", given.challenges, default.challenges);
        r.rate("throttle.strength_questions", given.strength_questions, default.strength_questions);
        r.rate(
            "throttle.anonymous_codes_minute",
            given.anonymous_codes_minute,
            default.anonymous_codes_minute,
        );
        r.rate("throttle.anonymous_codes_hour", given.anonymous_codes_hour, default.anonymous_codes_hour);
        r.rate("throttle.anonymous_codes_day", given.anonymous_codes_day, default.anonymous_codes_day);
        r.rate("throttle.proved_codes", given.proved_codes, default.proved_codes);
    }

    fn holds(&self, r: &mut Ranges) {
        r.length("retention.erasure_wait", self.retention.erasure_wait, DAY, 30 * DAY);
        r.length("retention.customer_record", self.retention.customer_record, Duration::ZERO, 10 * 366 * DAY);
        let (given, least) = (&self.hold, super::HoldPolicy::default());
        let most = 30 * DAY;
        r.length("hold.credential_changed", given.credential_changed, least.credential_changed, most);
        let recovery = given.factor_replaced_after_recovery;
        let recovery_least = least.factor_replaced_after_recovery;
        r.length("hold.factor_replaced_after_recovery", recovery, recovery_least, most);
        r.length("hold.identifier_changed", given.identifier_changed, least.identifier_changed, most);
        r.length("hold.address_added", given.address_added, least.address_added, most);
        r.length("hold.api_key_widened", given.api_key_widened, least.api_key_widened, most);
        let (book, book_least) = (given.address_book_off_after, least.address_book_off_after);
        r.length("hold.address_book_off_after", book, book_least, most);
        let trading = &self.trading_password;
        r.number("trading_password.lock_after", trading.lock_after, 3, 5);
        r.length("trading_password.lock_for", trading.lock_for, 2 * HOUR, 2 * DAY);
        let lock_after = u64::from(trading.lock_after);
        r.number("trading_password.disable_after", trading.disable_after, lock_after, 100);
        r.number("sms.per_prefix_and_day", self.sms.per_prefix_and_day, 1, 1_000_000);
        r.number("sms.alarm_under_entered_percent", self.sms.alarm_under_entered_percent, 0, 100);
        for prefix in &self.sms.prefixes {
            let digits = prefix.strip_prefix('+').unwrap_or("");
            if digits.is_empty() || digits.len() > 15 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                r.0.push(PolicyViolation {
                    key: "sms.prefixes",
                    given: prefix.clone(),
                    allowed: "a plus sign and 1 to 15 digits".to_owned(),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use crate::throttle::Rate;

    #[test]
    fn the_rules_own_numbers_are_all_in_range() {
        assert_eq!(Policy::default().violations(), []);
    }

    #[test]
    fn a_number_outside_its_range_is_named() {
        let mut policy = Policy::default();
        policy.session.idle_for = 2 * HOUR;
        policy.password.min_characters = 8;
        policy.throttle.sign_ups = Rate::new(0, HOUR, 1);
        policy.sms.prefixes = vec!["+49".to_owned(), "0049".to_owned()];
        let keys: Vec<_> = policy.violations().iter().map(|violation| violation.key).collect();
        assert_eq!(
            keys,
            ["password.min_characters", "session.idle_for", "throttle.sign_ups", "sms.prefixes"]
        );
    }

    #[test]
    fn a_hold_can_be_raised_and_never_shortened() {
        let mut policy = Policy::default();
        policy.hold.credential_changed = 25 * HOUR;
        assert_eq!(policy.violations(), []);
        policy.hold.credential_changed = 24 * HOUR - SECOND;
        assert_eq!(policy.violations().len(), 1);
    }

    #[test]
    fn a_limit_that_protects_nobody_is_refused() {
        let mut policy = Policy::default();
        policy.throttle.sign_in_starts = Rate::new(301, MINUTE, 60);
        policy.throttle.resets = Rate::new(10, HOUR, 101);
        policy.throttle.scriptless_codes = Rate::new(31, HOUR, 3);
        policy.throttle.scriptless_codes_site = Rate::new(60, HOUR, 201);
        policy.totp.disable_after = 101;
        policy.session.cache_for = 2 * SECOND;
        let keys: Vec<_> = policy.violations().iter().map(|violation| violation.key).collect();
        let expected = [
            "totp.disable_after",
            "session.cache_for",
            "throttle.sign_in_starts",
            "throttle.resets",
            "throttle.scriptless_codes",
            "throttle.scriptless_codes_site",
        ];
        assert_eq!(keys, expected);
    }
}
