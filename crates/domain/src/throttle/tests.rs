use super::*;
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

fn policy() -> Policy {
    Policy::default()
}

#[test]
fn locks_begin_at_the_fifth_wrong_password_and_double_up_to_a_quarter_of_an_hour() {
    let table = [
        (0, None),
        (4, None),
        (5, Some(30)),
        (6, Some(60)),
        (7, Some(120)),
        (8, Some(240)),
        (9, Some(480)),
        (10, Some(900)),
        (11, Some(900)),
        (40, Some(900)),
        (u32::MAX, Some(900)),
    ];
    for (failures, seconds) in table {
        let expected = seconds.map(Duration::from_secs);
        assert_eq!(lock_after(&policy().throttle, failures), expected, "{failures} failures");
    }
}

#[test]
fn limits_begin_exactly_at_their_number() {
    let throttle = policy().throttle;
    let table = [
        ("channel proof", needs_channel_proof as fn(&ThrottlePolicy, u32) -> bool, 20),
        ("counts as unknown", counts_as_unknown, 5),
        ("password disabled", password_disabled, 100),
        ("spraying", is_spraying, 11),
    ];
    for (what, rule, first) in table {
        assert!(!rule(&throttle, first - 1), "{what} below {first}");
        assert!(rule(&throttle, first), "{what} at {first}");
    }
}

#[test]
fn the_tenth_wrong_code_in_a_row_locks_a_factor_for_a_quarter_of_an_hour() {
    let totp = policy().totp;
    let lock = |failures| factor_lock_after(totp.lock_after, totp.lock_for, failures);
    assert_eq!(lock(9), None);
    assert_eq!(lock(10), Some(Duration::from_secs(900)));
    assert_eq!(lock(11), Some(Duration::from_secs(900)));
}

#[test]
fn the_site_is_alarmed_above_three_times_its_hourly_median() {
    let throttle = policy().throttle;
    let quiet_day = [100, 120, 90, 5_000, 110];
    assert!(!site_alarm(&throttle, 330, &quiet_day));
    assert!(site_alarm(&throttle, 331, &quiet_day));
    assert!(!site_alarm(&throttle, 99, &[0, 0, 0]), "too few to mean anything");
    assert!(site_alarm(&throttle, 100, &[0, 0, 0]));
    assert!(!site_alarm(&throttle, 1_000_000, &[]), "a first hour has nothing to be compared with");
}

#[test]
fn a_network_is_an_address_or_half_of_one() {
    for (address, narrow, wide) in [
        ("203.0.113.7", "203.0.113.7/32", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.7/32", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("::1", "::/64", "::/48"),
    ] {
        let address: IpAddr = address.parse().expect("an address");
        assert_eq!(NetworkKey::of(address).to_string(), narrow);
        assert_eq!(NetworkKey::wide_of(address).to_string(), wide);
        assert_ne!(NetworkKey::of(address).as_bytes(), NetworkKey::wide_of(address).as_bytes());
    }
}

#[test]
fn every_scope_has_the_rules_numbers_and_eight_times_as_much_for_the_wider_network() {
    let policy = policy();
    let rate = |scope: RateScope| {
        let rate = scope.rate(&policy);
        (rate.events, rate.per.as_secs(), rate.burst)
    };
    assert_eq!(rate(RateScope::SignInStart), (30, 60, 60));
    assert_eq!(rate(RateScope::SignUp), (5, 3_600, 5));
    assert_eq!(rate(RateScope::CodeSent), (10, 3_600, 10));
    assert_eq!(rate(RateScope::Reset), (10, 3_600, 10));
    assert_eq!(rate(RateScope::ScriptlessCode), (3, 3_600, 3));
    assert_eq!(rate(RateScope::ScriptlessCodeSite), (60, 3_600, 20));
    assert_eq!(rate(RateScope::AnonymousCodeMinute), (1, 60, 1));
    assert_eq!(rate(RateScope::AnonymousCodeHour), (5, 3_600, 5));
    assert_eq!(rate(RateScope::AnonymousCodeDay), (10, 86_400, 10));
    let wide = RateScope::SignInStart.wide_rate(&policy);
    assert_eq!((wide.events, wide.per, wide.burst), (240, 60 * SECOND, 480));
}

/// Takes as many events as are given at this moment.
fn taken_at_once(rate: Rate, mut arrival: Option<Timestamp>, now: Timestamp) -> (u32, Option<Timestamp>) {
    for taken in 0..=rate.burst {
        match rate.take(arrival, now) {
            Ok(next) => arrival = Some(next),
            Err(_) => return (taken, arrival),
        }
    }
    (rate.burst + 1, arrival)
}

#[test]
fn after_a_rest_exactly_the_burst_passes_and_then_one_each_interval() {
    let rate = Rate::new(30, 60 * SECOND, 60);
    let start = Timestamp::from_seconds(1_000_000);
    let (taken, arrival) = taken_at_once(rate, None, start);
    assert_eq!(taken, 60);
    assert_eq!(rate.take(arrival, start), Err(start.plus(2 * SECOND)));
    let later = start.plus(2 * SECOND);
    let (taken, arrival) = taken_at_once(rate, arrival, later);
    assert_eq!(taken, 1);
    let (taken, _) = taken_at_once(rate, arrival, later.plus(3_600 * SECOND));
    assert_eq!(taken, 60, "a long rest gives the burst back and nothing more");
}

#[test]
fn a_rate_without_burst_still_takes_one() {
    let rate = Rate::new(1, 60 * SECOND, 0);
    let now = Timestamp::from_seconds(5);
    assert_eq!(rate.take(None, now), Ok(now.plus(60 * SECOND)));
    assert_eq!(rate.take(Some(now.plus(60 * SECOND)), now), Err(now.plus(60 * SECOND)));
}

fn rates() -> impl Strategy<Value = Rate> {
    (1_u32..200, 1_u64..100_000, 1_u32..100)
        .prop_map(|(events, seconds, burst)| Rate::new(events, Duration::from_secs(seconds), burst))
}

proptest! {
    #[test]
    fn no_window_lets_more_through_than_its_burst_and_what_it_regains(
        rate in rates(), gaps in proptest::collection::vec(0_i64..50_000_000, 1..300),
    ) {
        let start = Timestamp::from_seconds(1_000);
        let (mut now, mut arrival, mut taken) = (start, None, 0_i64);
        for gap in gaps {
            now = Timestamp::from_micros(now.as_micros() + gap);
            if let Ok(next) = rate.take(arrival, now) {
                arrival = Some(next);
                taken += 1;
            }
        }
        let regained = (now.as_micros() - start.as_micros()) / rate.emission_interval_micros();
        prop_assert!(taken <= i64::from(rate.burst) + regained);
    }

    #[test]
    fn what_is_refused_passes_at_the_time_it_was_told_and_not_a_moment_sooner(
        rate in rates(), ahead in 0_i64..1_000_000_000_000,
    ) {
        let now = Timestamp::from_seconds(1_000);
        let arrival = Some(Timestamp::from_micros(now.as_micros() + ahead));
        if let Err(retry_at) = rate.take(arrival, now) {
            prop_assert!(retry_at > now);
            prop_assert!(rate.take(arrival, retry_at).is_ok());
            prop_assert!(rate.take(arrival, retry_at.minus(Duration::from_micros(1))).is_err());
        }
    }

    #[test]
    fn a_steady_visitor_at_the_rate_is_never_refused(rate in rates(), events in 1_usize..500) {
        let interval = Duration::from_micros(rate.emission_interval_micros().unsigned_abs());
        let (mut now, mut arrival) = (Timestamp::from_seconds(1_000), None);
        for _ in 0..events {
            arrival = Some(rate.take(arrival, now).expect("it keeps to the rate"));
            now = now.plus(interval);
        }
    }

    #[test]
    fn an_address_lies_in_its_own_network_and_its_neighbour_in_the_same_wide_one(bits in any::<u128>(), other in any::<u64>()) {
        let address = IpAddr::V6(Ipv6Addr::from(bits | 1 << 127));
        let same = IpAddr::V6(Ipv6Addr::from(((bits | 1 << 127) >> 64 << 64) | u128::from(other)));
        prop_assert_eq!(NetworkKey::of(address), NetworkKey::of(same));
        prop_assert_eq!(NetworkKey::wide_of(address), NetworkKey::wide_of(same));
    }
}
