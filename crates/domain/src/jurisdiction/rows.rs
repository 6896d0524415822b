//! The rules of rows, schedules and blocks.

use super::*;

fn day(day: i64) -> Timestamp {
    Timestamp::from_seconds(day * 86_400)
}

fn country(code: &str) -> Country {
    Country::parse(code).expect("a country")
}

fn policy(rows: &[(&str, &[(i64, Mode)])]) -> JurisdictionPolicy {
    let row = |(name, steps): &(&str, &[(i64, Mode)])| {
        let steps = steps.iter().map(|(from, mode)| (day(*from), *mode)).collect();
        (Row::from_name(name).expect("a row"), Schedule::new(steps).expect("in order"))
    };
    JurisdictionPolicy::new(rows.iter().map(row).collect())
}

fn at(whereabouts: Whereabouts) -> Place {
    Place { at: whereabouts, ..Place::UNKNOWN }
}

#[test]
fn a_newly_restricted_country_moves_on_by_itself() {
    let policy = policy(&[("NL", &[(10, Mode::Closing), (20, Mode::WithdrawOnly)])]);
    let place = at(Whereabouts::In(country("NL")));
    for (now, mode, since) in [
        (day(0), Mode::Open, None),
        (Timestamp::from_micros(day(10).as_micros() - 1), Mode::Open, None),
        (day(10), Mode::Closing, Some(day(10))),
        (day(19), Mode::Closing, Some(day(10))),
        (day(20), Mode::WithdrawOnly, Some(day(20))),
        (day(9_999), Mode::WithdrawOnly, Some(day(20))),
    ] {
        let judged = policy.judge(&place, None, &Blocks::new(), now);
        assert_eq!((judged.mode, judged.since), (mode, since), "{now:?}");
        assert_eq!(judged.because, Because::Country(country("NL")));
    }
}

#[test]
fn each_address_has_its_row_and_a_country_without_one_the_default() {
    let policy = policy(&[
        ("default", &[(0, Mode::Closing)]),
        ("DE", &[(0, Mode::Open)]),
        ("unknown", &[(0, Mode::WithdrawOnly)]),
        ("local", &[(5, Mode::Closing)]),
    ]);
    for (whereabouts, mode, because) in [
        (Whereabouts::In(country("DE")), Mode::Open, Because::Country(country("DE"))),
        (Whereabouts::In(country("FR")), Mode::Closing, Because::Country(country("FR"))),
        (Whereabouts::Unknown, Mode::WithdrawOnly, Because::Unknown),
        (Whereabouts::Local, Mode::Open, Because::Local),
    ] {
        let judged = policy.judge(&at(whereabouts), None, &Blocks::new(), day(1));
        assert_eq!((judged.mode, judged.because), (mode, because), "{whereabouts:?}");
    }
}

#[test]
fn the_strictest_of_address_network_and_residence_holds_and_of_equals_the_residence() {
    let policy = policy(&[
        ("FR", &[(0, Mode::Closing)]),
        ("US", &[(0, Mode::WithdrawOnly)]),
        ("anonymising", &[(0, Mode::WithdrawOnly)]),
    ]);
    let judge = |whereabouts, anonymising, residence: Option<&str>| {
        let place = Place { anonymising, ..at(whereabouts) };
        let judged = policy.judge(&place, residence.map(country), &Blocks::new(), day(1));
        (judged.mode, judged.because)
    };
    let (france, germany) = (Whereabouts::In(country("FR")), Whereabouts::In(country("DE")));
    assert_eq!(judge(france, false, None), (Mode::Closing, Because::Country(country("FR"))));
    assert_eq!(judge(france, false, Some("DE")), (Mode::Closing, Because::Country(country("FR"))));
    assert_eq!(judge(germany, false, Some("FR")), (Mode::Closing, Because::Residence(country("FR"))));
    assert_eq!(judge(france, false, Some("FR")), (Mode::Closing, Because::Residence(country("FR"))));
    assert_eq!(judge(france, false, Some("US")), (Mode::WithdrawOnly, Because::Residence(country("US"))));
    assert_eq!(judge(france, true, Some("DE")), (Mode::WithdrawOnly, Because::Anonymising));
    assert_eq!(judge(germany, false, None), (Mode::Open, Because::Country(country("DE"))));
}

#[test]
fn a_policy_that_merely_drops_blocked_lifts_nothing() {
    let before = policy(&[("KP", &[(0, Mode::Blocked)])]);
    let blocks = before.blocked(day(3));
    // A row that was always blocked is known to be since it was first seen.
    assert_eq!(blocks, Blocks::from([(Row::Country(country("KP")), day(3))]));
    let place = at(Whereabouts::In(country("KP")));
    let judged = JurisdictionPolicy::default().judge(&place, None, &blocks, day(9));
    assert_eq!((judged.mode, judged.since), (Mode::Blocked, Some(day(3))));
    let lifted = JurisdictionPolicy::default().judge(&place, None, &Blocks::new(), day(9));
    assert_eq!(lifted.mode, Mode::Open);
}

#[test]
fn a_blocked_default_holds_countries_without_a_row_of_their_own() {
    let blocks = Blocks::from([(Row::Default, day(1))]);
    let policy = policy(&[("DE", &[(0, Mode::Open)])]);
    assert_eq!(policy.of_row(Row::Country(country("FR")), &blocks, day(2)).0, Mode::Blocked);
    assert_eq!(policy.of_row(Row::Country(country("DE")), &blocks, day(2)).0, Mode::Open);
}

#[test]
fn with_the_data_lost_the_strictest_row_holds_for_everybody_beyond_this_machine() {
    let policy = policy(&[
        ("local", &[(0, Mode::Blocked)]),
        ("unknown", &[(0, Mode::Closing)]),
        ("US", &[(5, Mode::WithdrawOnly)]),
    ]);
    let judge = |whereabouts, now| policy.judge(&at(whereabouts), None, &Blocks::new(), now);
    assert_eq!(judge(Whereabouts::Lost, day(1)).mode, Mode::Closing);
    assert_eq!(judge(Whereabouts::Lost, day(5)).mode, Mode::WithdrawOnly);
    assert_eq!(judge(Whereabouts::Lost, day(5)).because, Because::Unknown);
    let blocks = Blocks::from([(Row::Country(country("KP")), day(1))]);
    assert_eq!(policy.judge(&at(Whereabouts::Lost), None, &blocks, day(5)).mode, Mode::Blocked);
}

#[test]
fn steps_out_of_order_are_no_schedule() {
    assert_eq!(Schedule::new(vec![(day(2), Mode::Closing), (day(1), Mode::Open)]), None);
    assert_eq!(Schedule::new(vec![(day(2), Mode::Closing), (day(2), Mode::Open)]), None);
    let schedule = Schedule::new(vec![(day(1), Mode::Closing), (day(2), Mode::Open)]).expect("in order");
    assert_eq!(schedule.next(day(1)), Some((day(2), Mode::Open)));
    assert_eq!(schedule.next(day(2)), None);
}

#[test]
fn every_row_leads_back_from_its_name() {
    let words = [Row::Default, Row::Unknown, Row::Anonymising, Row::Local];
    for row in Country::all().map(Row::Country).chain(words) {
        assert_eq!(Row::from_name(row.name()), Some(row));
    }
    assert_eq!(Row::from_name("Germany"), None);
}

#[test]
fn a_row_of_a_country_s_own_does_not_take_it_out_of_a_blocked_default() {
    let before = policy(&[("default", &[(10, Mode::Blocked)]), ("PT", &[(0, Mode::Closing)])]);
    assert!(before.covered_by_blocked_default(day(9)).is_empty(), "not blocked yet");
    let mut blocks = before.blocked(day(10));
    let covered = before.covered_by_blocked_default(day(10));
    let (nl, pt) = (Row::Country(country("NL")), Row::Country(country("PT")));
    assert_eq!(covered.get(&nl), Some(&day(10)));
    assert!(!covered.contains_key(&pt), "it had a row of its own");
    assert_eq!(covered.len(), Country::all().count() - 1);
    blocks.extend(covered);
    let after = policy(&[
        ("default", &[(10, Mode::Blocked)]),
        ("NL", &[(0, Mode::Open)]),
        ("PT", &[(0, Mode::Open)]),
    ]);
    assert_eq!(after.of_row(nl, &blocks, day(11)), (Mode::Blocked, Some(day(10))));
    assert_eq!(after.of_row(pt, &blocks, day(11)).0, Mode::Open);
    assert!(!after.blocks_row(nl, day(11)) && after.blocks_row(Row::Country(country("DE")), day(11)));
    blocks.remove(&nl);
    assert_eq!(after.of_row(nl, &blocks, day(11)).0, Mode::Open, "two have lifted it");
}

#[test]
fn a_policy_is_named_by_its_rows_alone() {
    let one = policy(&[("NL", &[(10, Mode::Closing)]), ("default", &[(0, Mode::Open)])]);
    let same = policy(&[("default", &[(0, Mode::Open)]), ("NL", &[(10, Mode::Closing)])]);
    let other = policy(&[("NL", &[(11, Mode::Closing)]), ("default", &[(0, Mode::Open)])]);
    assert_eq!(one.statement(), same.statement());
    assert_ne!(one.statement(), other.statement());
    assert!(one.statement().starts_with("rows 2 sha256 ") && one.statement().is_ascii());
}
