//! Passkeys, their challenges, and the money actions that they confirm.

use doorward_domain::id::{AccountId, MoneyActionId, PasskeyId, TotpId};
use doorward_domain::step_up::Factor;
use doorward_store::money_action::{
    NewMoneyAction, confirm_money_action, count_money_action_failure, find_money_action, record_money_action,
};
use doorward_store::passkey::{
    NewPasskey, begin_passkeys_only, count_foreign_passkeys, count_passkey_failure, end_passkeys_only,
    find_passkey, find_passkeys_only, list_passkeys, record_passkey, remove_passkey, rename_passkey,
    spend_challenge, use_passkey,
};
use doorward_store::testing::on_both;
use doorward_store::totp::record_totp;
use doorward_store::{Db, StoreFault};
use uuid::Uuid;

use crate::support::{NOW, at, in_write, open_account, race, session_id, yes};

fn passkey_id(number: u8) -> PasskeyId {
    PasskeyId::from_parts(NOW, [number; 16])
}

async fn add(db: &Db, account: AccountId, number: u8, synced: bool) -> bool {
    in_write!(db, |tx| async move {
        let new = NewPasskey {
            id: passkey_id(number),
            account_id: account,
            credential_id: &[number; 32],
            sealed: b"sealed",
            name: "A key",
            aaguid: Uuid::from_bytes([7; 16]),
            rp_id: "entry.example",
            backup_eligible: synced,
            backup_state: false,
            counter: 0,
        };
        record_passkey(tx, &new, 3, NOW).await
    })
    .unwrap()
}

async fn remove(db: &Db, account: AccountId, number: u8) -> bool {
    in_write!(db, |tx| remove_passkey(tx, passkey_id(number), account, 2, NOW)).unwrap()
}

async fn used(db: &Db, number: u8, counter: u32) -> bool {
    in_write!(db, |tx| use_passkey(tx, passkey_id(number), counter, true, at(1))).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_found_by_its_credential_until_it_is_removed_and_never_comes_back() {
    on_both(async |db: Db| {
        let db = &db;
        let account = open_account(db, 1).await;
        assert!(add(db, account, 1, true).await && add(db, account, 2, false).await);
        assert!(!add(db, account, 1, true).await, "the credential is taken");
        assert!(add(db, account, 3, true).await);
        assert!(!add(db, account, 4, true).await, "three are enough");
        let found = find_passkey(db, &[1; 32]).await.unwrap().unwrap();
        assert_eq!((found.id, found.account_id, found.backup_eligible), (passkey_id(1), account, true));
        assert_eq!((found.aaguid, found.counter), (Uuid::from_bytes([7; 16]), 0));
        let other = open_account(db, 2).await;
        assert!(!in_write!(db, |tx| rename_passkey(tx, passkey_id(1), other, "Mine")).unwrap());
        assert!(!remove(db, other, 1).await);
        assert!(in_write!(db, |tx| rename_passkey(tx, passkey_id(1), account, "Phone")).unwrap());
        assert_eq!(list_passkeys(db, account).await.unwrap()[0].name, "Phone");
        assert!(remove(db, account, 1).await && !remove(db, account, 1).await);
        assert!(find_passkey(db, &[1; 32]).await.unwrap().is_none());
        assert_eq!(list_passkeys(db, account).await.unwrap().len(), 2);
        assert!(!add(db, account, 1, true).await, "a removed credential does not come back");
        assert!(!used(db, 1, 1).await);
        assert_eq!(count_foreign_passkeys(db, "entry.example").await.unwrap(), 0);
        assert_eq!(count_foreign_passkeys(db, "other.example").await.unwrap(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_second_factor_is_never_removed() {
    on_both(async |db: Db| {
        let db = &db;
        let account = open_account(db, 1).await;
        assert!(add(db, account, 1, false).await && add(db, account, 2, false).await);
        assert!(remove(db, account, 1).await);
        assert!(!remove(db, account, 2).await, "nothing would be left");
        let totp = TotpId::from_parts(NOW, [1; 16]);
        in_write!(db, |tx| record_totp(tx, totp, account, b"sealed", 1, NOW)).unwrap();
        assert!(remove(db, account, 2).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn passkeys_only_needs_two_of_them_for_as_long_as_it_lasts() {
    on_both(async |db: Db| {
        let db = &db;
        let account = open_account(db, 1).await;
        let totp = TotpId::from_parts(NOW, [1; 16]);
        in_write!(db, |tx| record_totp(tx, totp, account, b"sealed", 1, NOW)).unwrap();
        let begin = async || in_write!(db, |tx| begin_passkeys_only(tx, account, 2, at(5))).unwrap();
        assert!(add(db, account, 1, false).await);
        assert!(!begin().await, "one key is not enough");
        assert!(add(db, account, 2, false).await);
        assert!(begin().await && !begin().await);
        assert_eq!(find_passkeys_only(db, account).await.unwrap(), Some(at(5)));
        assert!(!remove(db, account, 1).await, "one would be left");
        assert!(add(db, account, 3, false).await && remove(db, account, 1).await);
        assert!(in_write!(db, |tx| end_passkeys_only(tx, account)).unwrap());
        assert!(!in_write!(db, |tx| end_passkeys_only(tx, account)).unwrap());
        assert_eq!(find_passkeys_only(db, account).await.unwrap(), None);
        assert!(remove(db, account, 2).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_bound_counter_only_rises_and_a_synced_one_says_nothing() {
    on_both(async |db: Db| {
        let db = &db;
        let account = open_account(db, 1).await;
        assert!(add(db, account, 1, false).await && add(db, account, 2, true).await);
        assert!(used(db, 1, 0).await && used(db, 1, 0).await, "a key that does not count");
        assert!(
            used(db, 1, 5).await && !used(db, 1, 5).await && !used(db, 1, 4).await && !used(db, 1, 0).await
        );
        assert!(used(db, 2, 9).await && used(db, 2, 3).await && used(db, 2, 0).await);
        let found = find_passkey(db, &[1; 32]).await.unwrap().unwrap();
        assert_eq!((found.counter, found.backup_state, found.last_used_at), (5, true, Some(at(1))));
        let taken = race(db, 8, |db, _| async move {
            db.write::<_, StoreFault, _>("testing", |tx| {
                Box::pin(async move { use_passkey(tx, passkey_id(1), 6, false, NOW).await })
            })
            .await
        })
        .await;
        assert_eq!(yes(&taken), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_in_a_row_disable_a_passkey_and_a_use_ends_the_row() {
    on_both(async |db: Db| {
        let db = &db;
        let account = open_account(db, 1).await;
        assert!(add(db, account, 1, false).await);
        let fail = async || in_write!(db, |tx| count_passkey_failure(tx, passkey_id(1), 3, at(9))).unwrap();
        assert_eq!(fail().await.unwrap().failures, 1);
        assert!(used(db, 1, 1).await);
        for failures in 1..3 {
            assert_eq!(fail().await.unwrap().failures, failures);
        }
        assert_eq!(fail().await.unwrap().disabled_at, Some(at(9)));
        assert!(fail().await.is_none());
        assert!(!used(db, 1, 2).await);
        assert!(!in_write!(db, |tx| begin_passkeys_only(tx, account, 1, NOW)).unwrap(), "it does not count");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_is_answered_once_even_by_answers_at_the_same_moment() {
    on_both(async |db: Db| {
        let db = &db;
        let taken = race(db, 8, |db, _| async move {
            db.write::<_, StoreFault, _>("testing", |tx| {
                Box::pin(async move { spend_challenge(tx, &[1; 32], at(600)).await })
            })
            .await
        })
        .await;
        assert_eq!(yes(&taken), 1);
        assert!(in_write!(db, |tx| spend_challenge(tx, &[2; 32], at(600))).unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_money_action_is_confirmed_once_and_ends_after_wrong_proofs() {
    on_both(async |db: Db| {
        let db = &db;
        let account = open_account(db, 1).await;
        let id = |number: u8| MoneyActionId::from_parts(NOW, [number; 16]);
        for number in 1..=3 {
            in_write!(db, |tx| async move {
                let new = NewMoneyAction {
                    id: id(number),
                    account_id: account,
                    session_id: session_id(1),
                    digest: &[number; 32],
                    sealed: b"sealed",
                    credential_version: 4,
                    needs_mailed_code: true,
                    expires_at: at(600),
                };
                record_money_action(tx, &new, NOW).await
            })
            .unwrap();
        }
        let confirmed = race(db, 8, |db, _| async move {
            db.write::<_, StoreFault, _>("testing", move |tx| {
                Box::pin(async move { confirm_money_action(tx, id(1), Factor::Totp, at(1)).await })
            })
            .await
        })
        .await;
        assert_eq!(yes(&confirmed), 1);
        let stored = find_money_action(db, id(1), account).await.unwrap().unwrap();
        assert_eq!((stored.confirmed_at, stored.confirmed_by), (Some(at(1)), Some(Factor::Totp)));
        assert_eq!((stored.digest, stored.needs_mailed_code, stored.credential_version), ([1; 32], true, 4));
        let other = open_account(db, 2).await;
        assert!(find_money_action(db, id(1), other).await.unwrap().is_none());
        let late = in_write!(db, |tx| confirm_money_action(tx, id(2), Factor::Totp, at(600))).unwrap();
        assert!(!late);
        let fail = async || in_write!(db, |tx| count_money_action_failure(tx, id(3), 2, at(2))).unwrap();
        assert_eq!((fail().await, fail().await, fail().await), (Some(1), Some(2), None));
        assert!(!in_write!(db, |tx| confirm_money_action(tx, id(3), Factor::Totp, at(3))).unwrap());
    })
    .await;
}
