//! The numbers of the rules as settings. Their safe ranges stand beside the rules, in `Policy::violations`.

use std::time::Duration;

use doorward_domain::policy::{HumanCheckMode, Policy};
use doorward_domain::throttle::Rate;

use super::text::Value;

/// One number of the rules.
pub(crate) struct Number {
    pub(crate) key: &'static str,
    pub(crate) help: &'static str,
    /// As a person would write it.
    pub(crate) show: fn(&Policy) -> String,
    pub(crate) apply: fn(&mut Policy, &Value) -> Result<(), String>,
}

macro_rules! numbers {
    ($($group:ident.$name:ident $kind:ident $help:literal;)+) => {
        /// All of them, in the order of the rules.
        pub(crate) const NUMBERS: &[Number] = &[$(Number {
            key: concat!(stringify!($group), ".", stringify!($name)),
            help: $help,
            show: |policy| $kind::show(&policy.$group.$name),
            apply: |policy, value| $kind::read(value).and_then(|read| $kind::put(&mut policy.$group.$name, read)),
        }),+];
    };
}

numbers! {
    sign_in.valid_for length "From the first page of a sign-in to Access.";
    sign_in.extended_valid_for length "The same where a new device's code is asked.";
    sign_in.factor_tries count "Wrong second factors that end a sign-in.";
    sign_in.unfinished_notice_every length "Least time between two mails about a right password without its second factor.";
    sign_up.valid_for length "From the first page of a sign-up to Access.";
    sign_up.factor_tries count "Wrong authenticator codes that end a sign-up.";
    reset.link_valid_for length "How long a mailed link opens.";
    reset.valid_for_after_proof length "From the proof of the channel to the new password.";
    reset.factor_tries count "Wrong second factors that end a reset.";
    change.valid_for length "From the proof to the confirmation of a changed setting.";
    change.factor_tries count "Wrong codes of a new authenticator app that end the change.";
    case.channel_within length "From the opening of a lost-factor case to the proof of the channel.";
    case.open_for length "From the proof of the channel to the sending of a case.";
    case.decided_within length "From the sending of a case to its decision.";
    case.wait length "From the approval of a case to the new factor; every channel can stop it.";
    case.long_wait length "The same without an identity record, or when more than the factor is lost.";
    case.approvers count "Different members of staff who must approve a case.";
    case.factor_tries count "Wrong codes of the new authenticator app that end a case.";
    case.evidence_kept_for length "How long pictures of a case stay after its decision.";
    identifier.proof_lasts length "How long a phone number counts as its owner's after it was last proved.";
    identifier.undo_for length "How long the link to a left-out address undoes a change.";
    identifier.at_most count "Identifiers of one account.";
    password.min_characters count "Fewest characters of a password.";
    password.max_characters count "Most characters of a password.";
    password.min_score count "Least zxcvbn score of a password.";
    password.local_part_from_characters count "From this length on, an address's local part is no password.";
    password.site_name_plus_characters count "The site's name and so many characters more are no password.";
    password.hash_memory_kib count "Argon2id: memory of one hash in KiB.";
    password.hash_iterations count "Argon2id: passes.";
    password.hash_parallelism count "Argon2id: lanes of one hash.";
    password.queue_per_place count "Hashes that may wait for each one that runs.";
    totp.lock_after count "Wrong authenticator codes in a row before a lock.";
    totp.lock_for length "How long that lock lasts.";
    totp.disable_after count "Wrong authenticator codes in a row that disable the app until it is bound anew.";
    recovery.count count "Recovery codes in a set.";
    recovery.lock_after count "Wrong recovery codes in a row before a lock.";
    recovery.lock_for length "How long that lock lasts.";
    recovery.disable_after count "Wrong recovery codes in a row that disable the set.";
    codes.valid_for length "How long a code by mail or SMS is taken.";
    codes.tries count "Wrong tries of one flow, resends included.";
    codes.sends count "Codes that one flow may send.";
    codes.resend_after length "Least time between two codes of one flow.";
    session.idle_for length "How long a session lasts without a request.";
    session.absolute_for length "How long a session lasts in any case.";
    session.at_most count "Sessions of one account.";
    session.cache_for length "How long a node without word from the database believes its cache.";
    session.seen_every length "How often a session's last use is written down.";
    device.trusted_for length "How long a device is known after its last full sign-in.";
    device.per_browser count "Accounts that one browser is a known device of.";
    device.previous_token_for length "How long a device's token before the last is still taken.";
    throttle.lock_after count "Wrong passwords in a row before the first lock.";
    throttle.first_lock length "The first lock; each further wrong password doubles it.";
    throttle.longest_lock length "The longest lock.";
    throttle.channel_proof_after count "Wrong passwords in a row after which an unknown device proves the verified channel first.";
    throttle.disable_after count "Wrong passwords in a row that disable the password until it is reset.";
    throttle.unknown_counter_for length "How long counters of unknown identifiers are kept.";
    throttle.unknown_counters_at_most count "How many of them are kept.";
    throttle.sign_in_starts rate "Sign-in starts of one network.";
    throttle.known_device_sign_in_starts rate "Sign-in starts of one network's known devices.";
    throttle.sign_ups rate "Sign-ups of one network.";
    throttle.codes_sent rate "Codes sent for one network.";
    throttle.resets rate "Resets of one network.";
    throttle.puzzle_free_checks rate "Human checks without a puzzle of one network.";
    throttle.scriptless_codes rate "Codes by mail that sign-up and forgotten password send for one network without a human check, where no script runs.";
    throttle.scriptless_codes_site rate "The same for the whole site.";
    throttle.challenges rate "Challenges of the human check drawn for one network; each node counts for itself.";
    throttle.strength_questions rate "Questions for a password's strength of one network.";
    throttle.wide_factor count "A /24 or /48 may do so many times what a /32 or /64 may.";
    throttle.anonymous_codes_minute rate "Codes to one identifier that anonymous requests may cause, each minute.";
    throttle.anonymous_codes_hour rate "The same, each hour.";
    throttle.anonymous_codes_day rate "The same, each day.";
    throttle.proved_codes rate "Codes to one identifier for flows that have proved a factor, a session or a known device.";
    throttle.spraying_accounts count "Wrong tries of one network on more accounts than this raise its rung.";
    throttle.spraying_within length "Within this time.";
    throttle.site_alarm_times_median count "Wrong passwords of the whole site over so many times the hourly median raise the alarm.";
    throttle.site_alarm_from count "Below so many wrong passwords an hour there is no such alarm.";
    throttle.rung_rises_after count "Wrong passwords on one account from which its human check is harder.";
    human_check.mode mode "always, or adaptive: none for a known device at low risk.";
    human_check.challenge_valid_for length "How long a human check can be answered.";
    human_check.pass_valid_for length "How long an accepted answer is good.";
    human_check.fastest_answer length "An answer sooner than this was not given by a hand.";
    human_check.deep_queue_percent count "Waiting hashes, percent of the queue, from which human checks are harder.";
    sms.prefixes prefixes "The number prefixes that SMS may go to, such as [\"+49\", \"+43\"]; nothing goes elsewhere.";
    sms.per_prefix_and_day count "SMS to one prefix in a day.";
    sms.alarm_under_entered_percent count "Fewer entered codes than this, percent of those sent, raise the alarm.";
    retention.erasure_wait length "From the wish that an account be erased to the deed; it can be called off until then.";
    retention.customer_record length "How long the record of an erased customer is kept where the law asks for it.";
    hold.credential_changed length "How long nothing leaves after a changed password or factor.";
    hold.factor_replaced_after_recovery length "After a factor replaced with a recovery code or by a case.";
    hold.identifier_changed length "After a changed identifier, or a case in which a password was lost.";
    hold.address_added length "On a new withdrawal address, while the address book is enforced.";
    hold.api_key_widened length "On an API key that may withdraw or do more than before.";
    hold.address_book_off_after length "From the wish to switch the address book off to the moment that it is.";
    trading_password.lock_after count "Wrong trading passwords in a row that close it for a while.";
    trading_password.lock_for length "For how long.";
    trading_password.disable_after count "Wrong ones in a row that disable it until it is set anew.";
    staff.invitation_valid_for length "How long the link opens by which staff enrol.";
    staff.idle_for length "Without a request, a session at the support desk lasts this long.";
    staff.absolute_for length "Used or not, a session at the support desk lasts this long.";
    staff.request_valid_for length "How long something that takes two members of staff waits for the second.";
}

/// How a number with a unit is written: 500ms, 30s, 10m, 12h, 90d.
mod length {
    use super::{Duration, Value};

    const UNITS: [(&str, u64); 5] =
        [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

    pub(super) fn show(length: &Duration) -> String {
        let millis = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        UNITS
            .iter()
            .rev()
            .find(|(_, unit)| millis > 0 && millis % unit == 0)
            .map_or_else(|| format!("{millis}ms"), |(name, unit)| format!("{}{name}", millis / unit))
    }

    pub(super) fn parse(text: &str) -> Option<Duration> {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let (_, unit) = UNITS.iter().find(|(name, _)| *name == &text[digits.len()..])?;
        let number: u64 = digits.trim_end().parse().ok()?;
        number.checked_mul(*unit).map(Duration::from_millis)
    }

    pub(super) fn read(value: &Value) -> Result<Duration, String> {
        match value {
            Value::Text(text) => parse(text),
            _ => None,
        }
        .ok_or_else(|| "takes a length of time such as \"30s\", \"10m\", \"12h\" or \"90d\"".to_owned())
    }

    pub(super) fn put(place: &mut Duration, read: Duration) -> Result<(), String> {
        *place = read;
        Ok(())
    }
}

mod count {
    use super::Value;

    pub(super) fn show(number: &impl std::fmt::Display) -> String {
        number.to_string()
    }

    pub(super) fn read(value: &Value) -> Result<i64, String> {
        match value {
            Value::Whole(number) => Ok(*number),
            _ => Err("takes a whole number".to_owned()),
        }
    }

    pub(super) fn put<T: TryFrom<i64>>(place: &mut T, read: i64) -> Result<(), String> {
        *place = T::try_from(read).map_err(|_| format!("cannot be {read}"))?;
        Ok(())
    }
}

mod rate {
    use super::{Rate, Value, length};

    pub(super) fn show(rate: &Rate) -> String {
        format!("{} in {}, {} at once", rate.events, length::show(&rate.per), rate.burst)
    }

    fn parse(text: &str) -> Option<Rate> {
        let (events, rest) = text.split_once(" in ")?;
        let (per, burst) = match rest.split_once(", ") {
            Some((per, burst)) => (per, burst.strip_suffix(" at once")?),
            None => (rest, events),
        };
        Some(Rate::new(events.trim().parse().ok()?, length::parse(per)?, burst.trim().parse().ok()?))
    }

    pub(super) fn read(value: &Value) -> Result<Rate, String> {
        match value {
            Value::Text(text) => parse(text),
            _ => None,
        }
        .ok_or_else(|| "takes a rate such as \"30 in 1m, 60 at once\"".to_owned())
    }

    pub(super) fn put(place: &mut Rate, read: Rate) -> Result<(), String> {
        *place = read;
        Ok(())
    }
}

mod mode {
    use super::{HumanCheckMode, Value};

    pub(super) fn show(mode: &HumanCheckMode) -> String {
        match mode {
            HumanCheckMode::Always => "always",
            HumanCheckMode::Adaptive => "adaptive",
        }
        .to_owned()
    }

    pub(super) fn read(value: &Value) -> Result<HumanCheckMode, String> {
        match value {
            Value::Text(text) if text == "always" => Ok(HumanCheckMode::Always),
            Value::Text(text) if text == "adaptive" => Ok(HumanCheckMode::Adaptive),
            _ => Err("takes one of always, adaptive".to_owned()),
        }
    }

    pub(super) fn put(place: &mut HumanCheckMode, read: HumanCheckMode) -> Result<(), String> {
        *place = read;
        Ok(())
    }
}

mod prefixes {
    use super::Value;

    pub(super) fn show(prefixes: &[String]) -> String {
        format!("{prefixes:?}")
    }

    pub(super) fn read(value: &Value) -> Result<Vec<String>, String> {
        match value {
            Value::List(prefixes) => Ok(prefixes.clone()),
            _ => Err("takes a list of texts, such as [\"+49\", \"+43\"]".to_owned()),
        }
    }

    pub(super) fn put(place: &mut Vec<String>, read: Vec<String>) -> Result<(), String> {
        *place = read;
        Ok(())
    }
}

/// The numbers outside their safe range, one line each.
pub(super) fn violations(policy: &Policy) -> Vec<String> {
    policy
        .violations()
        .into_iter()
        .map(|violation| {
            format!("{} is {}, but its safe range is {}", violation.key, violation.given, violation.allowed)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_default_reads_as_what_it_shows() {
        let default = Policy::default();
        for number in NUMBERS {
            let shown = (number.show)(&default);
            let entry = super::super::text::read_argument(&format!("{}={shown}", number.key)).expect("reads");
            let mut policy = default.clone();
            (number.apply)(&mut policy, &entry.value).unwrap_or_else(|why| panic!("{}: {why}", number.key));
            assert_eq!(policy, default, "{}", number.key);
        }
    }

    #[test]
    fn every_number_that_has_a_range_is_a_setting_and_says_so_by_its_key() {
        let mut ranged = std::collections::BTreeSet::new();
        for extreme in [
            Value::Whole(0),
            Value::Whole(255),
            Value::Whole(4_000_000_000),
            Value::Text("0s".into()),
            Value::Text("9999d".into()),
            Value::Text("0 in 1s, 0 at once".into()),
            Value::List(vec!["49".into()]),
        ] {
            for number in NUMBERS {
                let mut policy = Policy::default();
                if (number.apply)(&mut policy, &extreme).is_ok() {
                    ranged.extend(policy.violations().into_iter().map(|violation| violation.key));
                }
            }
        }
        let unranged: Vec<_> = NUMBERS.iter().map(|n| n.key).filter(|key| !ranged.contains(key)).collect();
        assert_eq!(unranged, ["human_check.mode"]);
        assert!(ranged.iter().all(|key| NUMBERS.iter().any(|number| number.key == *key)));
    }

    #[test]
    fn lengths_and_rates_are_written_as_people_write_them() {
        for (text, millis) in
            [("500ms", 500), ("30s", 30_000), ("10m", 600_000), ("12 h", 43_200_000), ("0s", 0)]
        {
            assert_eq!(length::parse(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in
            ["", "30", "s", "-1s", "1y", "1.5h", "99999999999999999999d", "18446744073709551615d", "é"]
        {
            assert_eq!(length::parse(text), None, "{text}");
        }
        let rate = |text: &str| rate::read(&Value::Text(text.into())).ok();
        assert_eq!(rate("5 in 1h"), Some(Rate::new(5, Duration::from_secs(3600), 5)));
        assert_eq!(rate("30 in 1m, 60 at once"), Some(Rate::new(30, Duration::from_secs(60), 60)));
        assert_eq!(rate("many in 1m"), None);
    }
}
