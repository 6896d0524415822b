use doorward_domain::throttle::Rate;
use doorward_store::testing::on_both;
use doorward_store::throttle::*;

use crate::support::*;

const SCOPE: &str = "password";

#[tokio::test(flavor = "multi_thread")]
async fn parallel_tries_cannot_pass_a_lock() {
    on_both(async |db| {
        let answers = race(&db, 12, |db, _| async move {
            in_write!(db, |tx| async move {
                let taken = take_try(tx, SCOPE, b"account", NOW, at(3_600)).await?;
                if matches!(taken, Try::Taken { failures } if failures >= 5) {
                    lock_failures(tx, SCOPE, b"account", at(30)).await?;
                }
                Ok(taken)
            })
        })
        .await;
        let mut let_in: Vec<i64> = answers
            .iter()
            .filter_map(|answer| match answer {
                Try::Taken { failures } => Some(*failures),
                Try::Locked { until, failures } => {
                    assert_eq!((*until, *failures), (at(30), 5));
                    None
                }
            })
            .collect();
        let_in.sort_unstable();
        assert_eq!(let_in, [1, 2, 3, 4, 5], "five are compared, however many come at once");
        let next = in_write!(db, |tx| take_try(tx, SCOPE, b"account", at(30), at(3_600))).unwrap();
        assert_eq!(next, Try::Taken { failures: 6 });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_that_was_never_compared_is_given_back_with_the_lock_it_set() {
    on_both(async |db| {
        for _ in 0..2 {
            in_write!(db, |tx| take_try(tx, SCOPE, b"a", NOW, at(3_600))).unwrap();
        }
        assert!(in_write!(db, |tx| lock_failures(tx, SCOPE, b"a", at(30))).unwrap());
        assert!(!in_write!(db, |tx| lock_failures(tx, SCOPE, b"a", at(20))).unwrap(), "never shortened");
        assert!(in_write!(db, |tx| give_back_try(tx, SCOPE, b"a", 2)).unwrap());
        let standing = find_failures(&db, SCOPE, b"a", NOW).await.unwrap().unwrap();
        assert_eq!((standing.failures, standing.locked_until), (1, None));
        assert!(in_write!(db, |tx| clear_failures(tx, SCOPE, b"a")).unwrap());
        assert!(find_failures(&db, SCOPE, b"a", NOW).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_expires_and_begins_anew() {
    on_both(async |db| {
        for _ in 0..3 {
            in_write!(db, |tx| take_try(tx, SCOPE, b"a", NOW, at(100))).unwrap();
        }
        assert!(find_failures(&db, SCOPE, b"a", at(100)).await.unwrap().is_none());
        let anew = in_write!(db, |tx| take_try(tx, SCOPE, b"a", at(100), at(200))).unwrap();
        assert_eq!(anew, Try::Taken { failures: 1 });
        let other = in_write!(db, |tx| take_try(tx, "totp", b"a", at(100), at(200))).unwrap();
        assert_eq!(other, Try::Taken { failures: 1 }, "each scope counts for itself");
    })
    .await;
}

/// One event in ten seconds, three at once.
fn rate() -> Rate {
    Rate::new(6, seconds(60), 3)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_lets_its_burst_through_and_then_one_at_a_time() {
    on_both(async |db| {
        let take = async |now| {
            in_write!(db, |tx| async move {
                take_rates(tx, &[Bucket { scope: "sign-in", key: b"net", rate: rate() }], now).await
            })
            .unwrap()
        };
        for _ in 0..3 {
            assert_eq!(take(NOW).await, None);
        }
        assert_eq!(take(NOW).await, Some(at(10)));
        assert_eq!(take(at(9)).await, Some(at(10)), "a refused event costs nothing");
        let bucket = Bucket { scope: "sign-in", key: b"net", rate: rate() };
        assert_eq!(find_rate(&db, &bucket, at(9)).await.unwrap(), Some(at(10)));
        assert_eq!(find_rate(&db, &bucket, at(10)).await.unwrap(), None);
        assert_eq!(take(at(10)).await, None);
        assert_eq!(take(at(10)).await, Some(at(20)));
        assert_eq!(take(at(1_000)).await, None, "rested");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_statement_agrees_with_the_rule_event_by_event() {
    on_both(async |db| {
        let mut arrival = None;
        for offset in [0, 0, 1, 1, 5, 9, 10, 11, 12, 30, 31, 31, 31, 31, 90, 90, 90, 90] {
            let expected = rate().take(arrival, at(offset));
            let answer = in_write!(db, |tx| async move {
                take_rates(tx, &[Bucket { scope: "sign-in", key: b"net", rate: rate() }], at(offset)).await
            })
            .unwrap();
            assert_eq!(answer, expected.err(), "at {offset} s");
            arrival = expected.ok().or(arrival);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_rates_are_taken_together_or_not_at_all() {
    on_both(async |db| {
        let take = async |narrow: &'static [u8]| {
            in_write!(db, |tx| async move {
                let wide = Rate::new(6, seconds(60), 4);
                let buckets = [
                    Bucket { scope: "wide", key: b"w", rate: wide },
                    Bucket { scope: "narrow", key: narrow, rate: rate() },
                ];
                take_rates(tx, &buckets, NOW).await
            })
            .unwrap()
        };
        for _ in 0..3 {
            assert_eq!(take(b"a").await, None);
        }
        assert_eq!(take(b"a").await, Some(at(10)), "the narrow one is full");
        assert_eq!(take(b"a").await, Some(at(10)), "and the wide one was given back");
        assert_eq!(take(b"b").await, None, "so that a neighbour still has its place");
        assert_eq!(take(b"c").await, Some(at(10)), "until the wide one is full too");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_holds_for_requests_at_the_same_moment() {
    on_both(async |db| {
        let answers = race(&db, 10, |db, number| async move {
            in_write!(db, |tx| async move {
                // In either order: the function brings them into one, or two requests would wait for each other.
                let mut buckets = [
                    Bucket { scope: "one", key: b"k", rate: rate() },
                    Bucket { scope: "two", key: b"k", rate: rate() },
                ];
                if number % 2 == 0 {
                    buckets.reverse();
                }
                take_rates(tx, &buckets, NOW).await.map(|refused| refused.is_none())
            })
        })
        .await;
        assert_eq!(yes(&answers), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_tries_of_a_network_count_accounts_not_tries() {
    on_both(async |db| {
        for target in [1, 1, 1, 2, 3] {
            in_write!(db, |tx| record_wrong_try(tx, b"net", &[target; 32], at(i64::from(target)))).unwrap();
        }
        in_write!(db, |tx| record_wrong_try(tx, b"other", &[9; 32], NOW)).unwrap();
        assert_eq!(count_wrong_targets(&db, b"net", at(-600), 11).await.unwrap(), 3);
        assert_eq!(
            count_wrong_targets(&db, b"net", at(2), 11).await.unwrap(),
            1,
            "only the last ten minutes"
        );
        assert_eq!(
            count_wrong_targets(&db, b"net", at(-600), 2).await.unwrap(),
            2,
            "counts no further than asked"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn outcomes_are_counted_by_the_hour_and_quiet_hours_are_zero() {
    on_both(async |db| {
        for (hour, times) in [(0, 5), (0, 2), (-1, 3), (-3, 4), (-50, 9)] {
            in_write!(db, |tx| add_outcomes(tx, "wrong-password", times, at(hour * 3_600))).unwrap();
        }
        in_write!(db, |tx| add_outcomes(tx, "entered", 8, NOW)).unwrap();
        assert_eq!(list_outcomes(&db, "wrong-password", 4, NOW).await.unwrap(), [0, 4, 0, 3, 7]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sms_to_a_prefix_end_at_its_cap_for_the_day() {
    on_both(async |db| {
        let answers =
            race(&db, 6, |db, _| async move { in_write!(db, |tx| take_sms(tx, "+49", 4, NOW)) }).await;
        assert_eq!(yes(&answers), 4);
        assert!(in_write!(db, |tx| take_sms(tx, "+43", 4, NOW)).unwrap());
        assert!(in_write!(db, |tx| take_sms(tx, "+49", 4, at(86_400))).unwrap());
        assert!(in_write!(db, |tx| count_sms_entered(tx, "+49", NOW)).unwrap());
        let day = list_sms_day(&db, NOW).await.unwrap();
        let day: Vec<_> = day.iter().map(|day| (day.prefix.as_str(), day.sent, day.entered)).collect();
        assert_eq!(day, [("+43", 1, 0), ("+49", 4, 1)]);
    })
    .await;
}
