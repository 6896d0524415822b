use doorward_domain::id::{AccountId, TotpId};
use doorward_domain::one_time_code::CodeState;
use doorward_store::Db;
use doorward_store::code::*;
use doorward_store::human_check::spend_nonce;
use doorward_store::recovery_code::*;
use doorward_store::testing::on_both;
use doorward_store::totp::*;
use uuid::Uuid;

use crate::support::*;

fn totp_id(number: u8) -> TotpId {
    TotpId::from_parts(NOW, [number; 16])
}

async fn enrol(db: &Db, account: AccountId) -> TotpId {
    assert!(in_write!(db, |tx| record_totp(tx, totp_id(1), account, b"secret", 100, NOW)).unwrap());
    totp_id(1)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_once_even_for_many_requests_at_the_same_moment() {
    on_both(async |db| {
        let id = enrol(&db, open_account(&db, 1).await).await;
        let answers =
            race(&db, 8, |db, _| async move { in_write!(db, |tx| take_step(tx, id, 101, NOW)) }).await;
        assert_eq!(yes(&answers), 1);
        for step in [99, 100, 101] {
            assert!(!in_write!(db, |tx| take_step(tx, id, step, NOW)).unwrap(), "step {step} lies behind");
        }
        assert!(in_write!(db, |tx| take_step(tx, id, 102, NOW)).unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_that_confirmed_the_enrolment_is_spent() {
    on_both(async |db| {
        let id = enrol(&db, open_account(&db, 1).await).await;
        assert!(!in_write!(db, |tx| take_step(tx, id, 100, NOW)).unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_seen_at_the_wrong_time_is_good_no_more_and_its_neighbours_are() {
    on_both(async |db| {
        let id = enrol(&db, open_account(&db, 1).await).await;
        in_write!(db, |tx| remember_step(tx, id, 105, at(200))).unwrap();
        in_write!(db, |tx| remember_step(tx, id, 105, at(100))).unwrap();
        assert!(!in_write!(db, |tx| take_step(tx, id, 105, NOW)).unwrap());
        assert!(in_write!(db, |tx| take_step(tx, id, 104, NOW)).unwrap());
        assert!(in_write!(db, |tx| take_step(tx, id, 106, NOW)).unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_count_lock_and_disable_an_app_and_a_right_one_ends_the_row() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        let id = enrol(&db, account).await;
        let counted = in_write!(db, |tx| count_totp_failure(tx, id, 3, NOW)).unwrap().unwrap();
        assert_eq!((counted.failures, counted.disabled_at), (1, None));
        assert!(in_write!(db, |tx| lock_totp(tx, id, at(10))).unwrap());
        assert!(
            in_write!(db, |tx| count_totp_failure(tx, id, 3, at(9))).unwrap().is_none(),
            "locked: not counted"
        );
        assert!(!in_write!(db, |tx| take_step(tx, id, 101, at(9))).unwrap(), "locked: not taken");
        assert!(in_write!(db, |tx| take_step(tx, id, 101, at(10))).unwrap());
        assert_eq!(find_totp(&db, account).await.unwrap().unwrap().failures, 0);
        for _ in 0..3 {
            in_write!(db, |tx| count_totp_failure(tx, id, 3, at(20))).unwrap().unwrap();
        }
        assert_eq!(find_totp(&db, account).await.unwrap().unwrap().disabled_at, Some(at(20)));
        assert!(!in_write!(db, |tx| take_step(tx, id, 102, at(30))).unwrap());
        assert!(in_write!(db, |tx| count_totp_failure(tx, id, 3, at(30))).unwrap().is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_wrong_codes_count_each() {
    on_both(async |db| {
        let id = enrol(&db, open_account(&db, 1).await).await;
        let mut counts: Vec<i64> = race(&db, 8, |db, _| async move {
            in_write!(db, |tx| async move {
                count_totp_failure(tx, id, 100, NOW).await.map(|count| count.unwrap().failures)
            })
        })
        .await;
        counts.sort_unstable();
        assert_eq!(counts, (1..=8).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_one_app_and_a_replaced_one_is_worthless() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        let old = enrol(&db, account).await;
        assert!(!in_write!(db, |tx| record_totp(tx, totp_id(2), account, b"second", 1, NOW)).unwrap());
        assert!(in_write!(db, |tx| replace_totp(tx, totp_id(2), account, b"second", 500, at(5))).unwrap());
        assert!(!in_write!(db, |tx| take_step(tx, old, 600, at(6))).unwrap());
        let present = find_totp(&db, account).await.unwrap().unwrap();
        assert_eq!((present.id, present.last_step, present.created_at), (totp_id(2), 500, at(5)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_is_good_once_even_for_many_requests_at_the_same_moment() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        let other = open_account(&db, 2).await;
        let codes: Vec<[u8; 32]> = (1..=10).map(|number| [number; 32]).collect();
        let first = codes.clone();
        assert_eq!(
            in_write!(db, |tx| async move { renew_recovery_codes(tx, account, &first, NOW).await }).unwrap(),
            1
        );
        in_write!(db, |tx| async move { renew_recovery_codes(tx, other, &[[90; 32]], NOW).await }).unwrap();
        assert_eq!(
            in_write!(db, |tx| use_recovery_code(tx, other, &[1; 32], NOW)).unwrap(),
            None,
            "another account's"
        );
        let answers =
            race(
                &db,
                8,
                |db, _| async move { in_write!(db, |tx| use_recovery_code(tx, account, &[1; 32], NOW)) },
            )
            .await;
        assert_eq!(answers.iter().filter(|left| **left == Some(9)).count(), 1);
        assert_eq!(answers.iter().filter(|left| left.is_none()).count(), 7);
        assert_eq!(find_recovery_codes(&db, account).await.unwrap().unwrap().remaining, 9);
        let renewed: Vec<[u8; 32]> = (31..=40).map(|number| [number; 32]).collect();
        assert_eq!(
            in_write!(db, |tx| async move { renew_recovery_codes(tx, account, &renewed, at(1)).await })
                .unwrap(),
            2
        );
        assert_eq!(
            in_write!(db, |tx| use_recovery_code(tx, account, &[2; 32], at(2))).unwrap(),
            None,
            "of the old set"
        );
        assert_eq!(in_write!(db, |tx| use_recovery_code(tx, account, &[31; 32], at(2))).unwrap(), Some(9));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_recovery_codes_count_lock_and_disable_the_set() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        assert!(
            in_write!(db, |tx| count_recovery_failure(tx, account, 3, NOW)).unwrap().is_none(),
            "no set, no try"
        );
        in_write!(db, |tx| renew_recovery_codes(tx, account, &[[1; 32], [2; 32]], NOW)).unwrap();
        assert_eq!(
            in_write!(db, |tx| count_recovery_failure(tx, account, 3, NOW)).unwrap().unwrap().failures,
            1
        );
        assert!(in_write!(db, |tx| lock_recovery_codes(tx, account, at(10))).unwrap());
        assert_eq!(in_write!(db, |tx| use_recovery_code(tx, account, &[1; 32], at(9))).unwrap(), None);
        assert_eq!(in_write!(db, |tx| use_recovery_code(tx, account, &[1; 32], at(10))).unwrap(), Some(1));
        assert_eq!(find_recovery_codes(&db, account).await.unwrap().unwrap().failures, 0);
        for _ in 0..3 {
            in_write!(db, |tx| count_recovery_failure(tx, account, 3, at(11))).unwrap();
        }
        assert_eq!(in_write!(db, |tx| use_recovery_code(tx, account, &[2; 32], at(12))).unwrap(), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_human_check_is_spent_once() {
    on_both(async |db| {
        let answers =
            race(&db, 8, |db, _| async move { in_write!(db, |tx| spend_nonce(tx, &[7; 16], at(60))) }).await;
        assert_eq!(yes(&answers), 1);
        assert!(in_write!(db, |tx| spend_nonce(tx, &[8; 16], at(60))).unwrap());
    })
    .await;
}

const FLOW: CodeOf<'_> = CodeOf { flow_kind: "sign-in", flow_id: Uuid::from_u128(1) };
const OTHER_FLOW: CodeOf<'_> = CodeOf { flow_kind: "sign-in", flow_id: Uuid::from_u128(2) };

fn sent(sends: u32, tries: u32, now: i64) -> CodeState {
    CodeState { tries, sends, sent_at: at(now), expires_at: at(now + 600) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailed_code_has_five_tries_across_resends_and_belongs_to_its_flow() {
    on_both(async |db| {
        assert_eq!(in_write!(db, |tx| try_code(tx, FLOW, &[1; 32], 5, NOW)).unwrap(), None, "none was sent");
        assert!(in_write!(db, |tx| record_code(tx, FLOW, &[1; 32], &sent(1, 0, 0))).unwrap());
        assert!(in_write!(db, |tx| record_code(tx, OTHER_FLOW, &[9; 32], &sent(1, 0, 0))).unwrap());
        for tries in 0..3 {
            let tried = in_write!(db, |tx| try_code(tx, FLOW, &[9; 32], 5, NOW)).unwrap().unwrap();
            assert_eq!(
                (tried.state.tries, tried.matched),
                (tries, false),
                "another flow's code is wrong here"
            );
        }
        assert!(in_write!(db, |tx| record_code(tx, FLOW, &[2; 32], &sent(2, 3, 60))).unwrap());
        assert!(
            !in_write!(db, |tx| record_code(tx, FLOW, &[3; 32], &sent(2, 3, 60))).unwrap(),
            "sent in parallel"
        );
        let old = in_write!(db, |tx| try_code(tx, FLOW, &[1; 32], 5, at(61))).unwrap().unwrap();
        assert_eq!((old.state.tries, old.state.sends, old.matched), (3, 2, false), "only the newest counts");
        let late = in_write!(db, |tx| try_code(tx, FLOW, &[2; 32], 5, at(660))).unwrap().unwrap();
        assert_eq!((late.state.tries, late.matched), (4, false), "too late");
        let spent = in_write!(db, |tx| try_code(tx, FLOW, &[2; 32], 5, at(62))).unwrap().unwrap();
        assert_eq!((spent.state.tries, spent.matched), (5, false), "no tries left");
        assert_eq!(find_code(&db, OTHER_FLOW).await.unwrap().unwrap().tries, 0);
        assert!(in_write!(db, |tx| try_code(tx, OTHER_FLOW, &[9; 32], 5, NOW)).unwrap().unwrap().matched);
        assert!(in_write!(db, |tx| end_code(tx, OTHER_FLOW)).unwrap());
        assert_eq!(find_code(&db, OTHER_FLOW).await.unwrap(), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailed_code_is_right_once_even_for_many_requests_at_the_same_moment() {
    on_both(async |db| {
        in_write!(db, |tx| record_code(tx, FLOW, &[1; 32], &sent(1, 0, 0))).unwrap();
        let answers = race(&db, 8, |db, _| async move {
            in_write!(db, |tx| async move {
                try_code(tx, FLOW, &[1; 32], 5, NOW)
                    .await
                    .map(|tried| tried.is_some_and(|tried| tried.matched))
            })
        })
        .await;
        assert_eq!(yes(&answers), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_wrong_tries_of_a_mailed_code_cannot_pass_its_limit() {
    on_both(async |db| {
        in_write!(db, |tx| record_code(tx, FLOW, &[1; 32], &sent(1, 0, 0))).unwrap();
        let mut before: Vec<u32> = race(&db, 8, |db, _| async move {
            in_write!(db, |tx| async move {
                try_code(tx, FLOW, &[2; 32], 5, NOW).await.map(|tried| tried.unwrap().state.tries)
            })
        })
        .await;
        before.sort_unstable();
        assert_eq!(before, [0, 1, 2, 3, 4, 5, 5, 5]);
        let after = in_write!(db, |tx| try_code(tx, FLOW, &[1; 32], 5, NOW)).unwrap().unwrap();
        assert!(!after.matched);
    })
    .await;
}
