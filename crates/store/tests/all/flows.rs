use doorward_domain::change::ReplaceTotp;
use doorward_domain::id::{ChangeId, ResetId, SignUpId};
use doorward_domain::policy::Policy;
use doorward_domain::reset::{Reset, ResetStep};
use doorward_domain::sign_in::SignInStep;
use doorward_domain::sign_up::{SignUp, SignUpStep};
use doorward_domain::step_up::{Factor, StepUpPurpose};
use doorward_store::account::find_account;
use doorward_store::change::*;
use doorward_store::freeze_link::*;
use doorward_store::reset::*;
use doorward_store::sign_in::*;
use doorward_store::sign_up::*;
use doorward_store::testing::on_both;

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_parallel_requests_moves_a_sign_in() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        let from = sign_in_at_access(&db, account, 1).await;
        let answers = race(&db, 6, |db, number| {
            let from = from.clone();
            async move {
                in_write!(db, |tx| async move {
                    let mut next = from.sign_in.clone();
                    next.factor_failures = 3;
                    let token = hash(100 + u8::try_from(number).unwrap());
                    move_sign_in(tx, &from, &token, &next, b"next", at(1)).await
                })
            }
        })
        .await;
        assert_eq!(yes(&answers), 1);
        assert!(find_sign_in(&db, &hash(1)).await.unwrap().is_none(), "its cookie changed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_keeps_everything_the_rules_know() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        let from = sign_in_at_access(&db, account, 1).await;
        let mut next = from.sign_in.clone();
        next.step = SignInStep::DeviceCode;
        next.extended = true;
        next.expires_at = at(1_200);
        next.known_device = true;
        next.channel_proved = true;
        next.password_matched = true;
        next.factor_failures = 4;
        next.factor = Some(Factor::RecoveryCode);
        let wanted = next.clone();
        let moved = from.clone();
        assert!(
            in_write!(
                db,
                |tx| async move { move_sign_in(tx, &moved, &hash(2), &next, b"next", at(1)).await }
            )
            .unwrap()
        );
        let found = find_sign_in(&db, &hash(2)).await.unwrap().unwrap();
        assert_eq!(
            (found.sign_in, found.sealed.as_slice(), found.version),
            (wanted, &b"next"[..], from.version + 1)
        );
        let held = in_write!(db, |tx| async move { hold_sign_in(tx, &hash(2)).await }).unwrap().unwrap();
        assert_eq!((held.id, held.version), (from.id, from.version + 1));
        assert!(in_write!(db, |tx| end_sign_in(tx, from.id, "cancelled", at(2))).unwrap());
        assert!(!in_write!(db, |tx| end_sign_in(tx, from.id, "cancelled", at(2))).unwrap());
        let ended = find_sign_in(&db, &hash(2)).await.unwrap().unwrap();
        assert_eq!((ended.sign_in.step, ended.ended_at), (SignInStep::Ended, Some(at(2))));
        let again = ended.clone();
        assert!(
            !in_write!(db, |tx| async move {
                move_sign_in(tx, &again, &hash(3), &again.sign_in, b"", at(3)).await
            })
            .unwrap()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_sign_ups_for_one_identifier_stand_beside_each_other_and_each_ends_once() {
    on_both(async |db| {
        let begun = SignUp::begin(&Policy::default(), false, NOW);
        for number in 1..=2 {
            let begun = begun.clone();
            in_write!(db, |tx| async move {
                record_sign_up(
                    tx,
                    SignUpId::from_parts(NOW, [number; 16]),
                    &hash(number),
                    &[7; 32],
                    &begun,
                    b"s",
                    NOW,
                )
                .await
            })
            .unwrap();
        }
        let from = find_sign_up(&db, &hash(1)).await.unwrap().unwrap();
        assert_eq!((from.lookup, &from.sign_up), ([7; 32], &begun));
        let answers = race(&db, 4, |db, _| {
            let from = from.clone();
            async move {
                in_write!(db, |tx| async move {
                    let mut next = from.sign_up.clone();
                    next.step = SignUpStep::Entered;
                    next.factor_failures = 2;
                    move_sign_up(tx, &from, &hash(1), &next, b"", at(5)).await
                })
            }
        })
        .await;
        assert_eq!(yes(&answers), 1);
        let ended = find_sign_up(&db, &hash(1)).await.unwrap().unwrap();
        assert_eq!((ended.ended_at, ended.sign_up.factor_failures), (Some(at(5)), 2));
        let held = in_write!(db, |tx| async move { hold_sign_up(tx, &hash(2)).await }).unwrap().unwrap();
        assert_eq!(held.ended_at, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_link_opens_once_and_dies_with_the_proof_of_the_channel() {
    on_both(async |db| {
        let id = open_account(&db, 1).await;
        let account = find_account(&db, id).await.unwrap().unwrap();
        let begun = Reset::begin(&Policy::default(), Some(&account), NOW);
        let first = begun.clone();
        in_write!(db, |tx| async move {
            let link = ResetLink { hash: &hash(50), expires_at: at(3_600) };
            let id = ResetId::from_parts(NOW, [1; 16]);
            record_reset(tx, id, &hash(1), &[7; 32], &first, Some(link), b"s", NOW).await
        })
        .unwrap();
        assert!(find_reset_by_link(&db, &hash(50), at(3_600)).await.unwrap().is_none(), "too old");
        let from = find_reset_by_link(&db, &hash(50), at(60)).await.unwrap().unwrap();
        assert_eq!(from.reset, begun);
        let answers = race(&db, 4, |db, number| {
            let from = from.clone();
            async move {
                in_write!(db, |tx| async move {
                    let mut next = from.reset.clone();
                    next.step = ResetStep::SecondFactor;
                    move_reset(tx, &from, &hash(10 + u8::try_from(number).unwrap()), &next, b"n", at(60))
                        .await
                })
            }
        })
        .await;
        assert_eq!(yes(&answers), 1);
        assert!(find_reset_by_link(&db, &hash(50), at(61)).await.unwrap().is_none(), "used");
        assert!(find_reset(&db, &hash(1)).await.unwrap().is_none(), "now in the browser that opened it");
        assert_eq!(in_write!(db, |tx| end_resets(tx, id, "frozen", at(70))).unwrap(), 1);
        assert_eq!(in_write!(db, |tx| end_resets(tx, id, "frozen", at(70))).unwrap(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_for_nobody_is_written_like_any_other() {
    on_both(async |db| {
        let begun = Reset::begin(&Policy::default(), None, NOW);
        in_write!(db, |tx| async move {
            record_reset(tx, ResetId::from_parts(NOW, [1; 16]), &hash(1), &[7; 32], &begun, None, b"s", NOW)
                .await
        })
        .unwrap();
        let held = in_write!(db, |tx| async move { hold_reset(tx, &hash(1)).await }).unwrap().unwrap();
        assert_eq!(held.reset.account, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_belongs_to_a_session_and_a_new_one_ends_the_one_before() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        for number in 1..=2 {
            in_write!(db, |tx| async move {
                let token_hash = hash(number);
                let new = NewChange {
                    id: ChangeId::from_parts(NOW, [number; 16]),
                    token_hash: &token_hash,
                    account_id: account,
                    session_id: session_id(number),
                    purpose: StepUpPurpose::ReplaceTotp,
                    sealed: b"secret",
                };
                let change = ReplaceTotp::begin(&Policy::default(), Factor::Totp, 1, NOW);
                record_change(tx, &new, &change, at(i64::from(number))).await
            })
            .unwrap();
        }
        assert_eq!(find_change(&db, &hash(1)).await.unwrap().unwrap().ended_at, Some(at(2)));
        let from = find_change(&db, &hash(2)).await.unwrap().unwrap();
        assert_eq!(
            (from.session_id, from.purpose, from.ended_at),
            (session_id(2), StepUpPurpose::ReplaceTotp, None)
        );
        assert_eq!(from.change.authorised_by, Factor::Totp);
        let answers = race(&db, 4, |db, _| {
            let from = from.clone();
            async move {
                in_write!(db, |tx| async move {
                    let mut next = from.change.clone();
                    next.factor_failures += 1;
                    move_change(tx, &from, &hash(2), &next, at(3)).await
                })
            }
        })
        .await;
        assert_eq!(yes(&answers), 1);
        assert_eq!(in_write!(db, |tx| end_changes(tx, account, "frozen", at(4))).unwrap(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_link_is_good_once_and_for_its_time() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        for number in 1..=2 {
            in_write!(db, |tx| async move { record_freeze_link(tx, &hash(number), account, at(100)).await })
                .unwrap();
        }
        assert_eq!(find_freeze_link(&db, &hash(1), NOW).await.unwrap(), Some(account));
        let answers = race(&db, 4, |db, _| async move {
            in_write!(db, |tx| async move { Ok(spend_freeze_link(tx, &hash(1), NOW).await?.is_some()) })
        })
        .await;
        assert_eq!(yes(&answers), 1);
        assert_eq!(find_freeze_link(&db, &hash(1), NOW).await.unwrap(), None);
        assert_eq!(
            in_write!(db, |tx| async move { spend_freeze_link(tx, &hash(2), at(100)).await }).unwrap(),
            None
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_sign_in_is_taken_out_by_one_worker() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        for number in 1..=3 {
            sign_in_at_access(&db, account, number).await;
        }
        assert!(in_write!(db, |tx| end_sign_in(tx, sign_in_id(2), "cancelled", at(5))).unwrap());
        let taken = race(&db, 3, |db, _| async move {
            in_write!(db, |tx| async move { Ok(take_finished_sign_ins(tx, at(10), 10).await?.len()) })
        })
        .await;
        assert_eq!(taken.iter().sum::<usize>(), 1, "the ended one, once");
        let rest = in_write!(db, |tx| take_finished_sign_ins(tx, at(600), 1)).unwrap();
        assert_eq!(
            rest.iter().map(|one| one.id).collect::<Vec<_>>(),
            [sign_in_id(1)],
            "expired, one at a time"
        );
        assert_eq!(in_write!(db, |tx| end_sign_ins(tx, account, "frozen", at(601))).unwrap(), 1);
    })
    .await;
}
