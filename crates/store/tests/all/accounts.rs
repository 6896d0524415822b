use doorward_domain::account::AccountStatus;
use doorward_domain::id::{AccountId, IdentifierId};
use doorward_domain::identifier::IdentifierKind;
use doorward_domain::language::Language;
use doorward_store::account::*;
use doorward_store::identifier::*;
use doorward_store::installation::*;
use doorward_store::password::*;
use doorward_store::testing::on_both;
use doorward_store::{Db, database_now, ping};

use crate::support::*;

async fn take_identifier(db: &Db, account: AccountId, number: u8, lookup: u8) -> bool {
    in_write!(db, |tx| async move {
        let new = NewIdentifier {
            id: IdentifierId::from_parts(NOW, [number; 16]),
            account_id: account,
            kind: IdentifierKind::Email,
            lookup: &[lookup; 32],
            sealed: &[number, 1, 2],
        };
        record_identifier(tx, &new, NOW).await
    })
    .expect("it is written")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_found_by_its_id_and_by_its_proved_identifier() {
    on_both(async |db| {
        let id = open_account(&db, 1).await;
        assert!(take_identifier(&db, id, 1, 77).await);
        let found = find_account(&db, id).await.unwrap().unwrap();
        assert_eq!(
            (found.status, found.language, found.credential_version),
            (AccountStatus::Open, Language::English, 1)
        );
        assert_eq!(found.created_at, NOW);
        assert_eq!(find_account_by_identifier(&db, &[77; 32]).await.unwrap(), Some(found));
        assert_eq!(find_account_by_identifier(&db, &[78; 32]).await.unwrap(), None);
        let identifier = find_identifier(&db, &[77; 32]).await.unwrap().unwrap();
        assert_eq!((identifier.account_id, identifier.sealed), (id, vec![1, 1, 2]));
        assert_eq!(list_identifiers(&db, id).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_accounts_gets_an_identifier_that_all_prove_at_the_same_moment() {
    on_both(async |db| {
        for number in 1..=6 {
            open_account(&db, number).await;
        }
        let answers = race(&db, 6, |db, number| async move {
            let number = u8::try_from(number).unwrap() + 1;
            Ok(take_identifier(&db, account_id(number), number, 9).await)
        })
        .await;
        assert_eq!(yes(&answers), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn freezing_and_unfreezing_raise_the_credential_version_and_hold_once() {
    on_both(async |db| {
        let id = open_account(&db, 1).await;
        assert!(in_write!(db, |tx| freeze_account(tx, id, "owner", NOW)).unwrap());
        assert!(!in_write!(db, |tx| freeze_account(tx, id, "staff", NOW)).unwrap());
        let facts = find_account_facts(&db, id).await.unwrap().unwrap();
        assert_eq!((facts.frozen_at, facts.frozen_by.as_deref()), (Some(NOW), Some("owner")));
        assert!(in_write!(db, |tx| unfreeze_account(tx, id)).unwrap());
        assert!(!in_write!(db, |tx| unfreeze_account(tx, id)).unwrap());
        let account = find_account(&db, id).await.unwrap().unwrap();
        assert_eq!((account.status, account.credential_version), (AccountStatus::Open, 3));
        assert_eq!(in_write!(db, |tx| raise_credential_version(tx, id)).unwrap(), 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_and_a_language_are_kept() {
    on_both(async |db| {
        let id = open_account(&db, 1).await;
        assert!(in_write!(db, |tx| confirm_account_review(tx, id, at(5))).unwrap());
        assert!(!in_write!(db, |tx| confirm_account_review(tx, id, at(4))).unwrap(), "never back in time");
        assert!(in_write!(db, |tx| set_language(tx, id, Language::German)).unwrap());
        let facts = find_account_facts(&db, id).await.unwrap().unwrap();
        assert_eq!((facts.reviewed_at, facts.entries, facts.held_assets), (Some(at(5)), 0, false));
        assert_eq!(find_account(&db, id).await.unwrap().unwrap().language, Language::German);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_accounts_is_paged_without_a_gap() {
    on_both(async |db| {
        for number in 1..=5 {
            let id = open_account(&db, number).await;
            take_identifier(&db, id, number, number).await;
        }
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = list_accounts(&db, after, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            assert!(page.iter().all(|line| line.sealed_identifier.is_some() && line.identifier_id.is_some()));
            seen.extend(page.iter().map(|line| line.id));
        }
        assert_eq!(seen, (1..=5).map(account_id).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_replaced_rehashed_counted_and_disabled() {
    on_both(async |db| {
        let id = open_account(&db, 1).await;
        assert!(find_password(&db, id).await.unwrap().is_none());
        assert_eq!(in_write!(db, |tx| count_password_failure(tx, id, 3, NOW)).unwrap(), None);
        in_write!(db, |tx| set_password(tx, id, b"one", "m=1", NOW)).unwrap();
        assert_eq!(in_write!(db, |tx| count_password_failure(tx, id, 3, NOW)).unwrap(), Some(1));
        in_write!(db, |tx| clear_password_failures(tx, id)).unwrap();
        for expected in 1..=3 {
            assert_eq!(in_write!(db, |tx| count_password_failure(tx, id, 3, at(9))).unwrap(), Some(expected));
        }
        in_write!(db, |tx| clear_password_failures(tx, id)).unwrap();
        let disabled = find_password(&db, id).await.unwrap().unwrap();
        assert_eq!((disabled.failures, disabled.disabled_at), (3, Some(at(9))), "disabled until bound anew");
        assert!(!in_write!(db, |tx| rehash_password(tx, id, b"one", b"two", "m=2")).unwrap());
        in_write!(db, |tx| set_password(tx, id, b"three", "m=2", at(10))).unwrap();
        assert!(
            !in_write!(db, |tx| rehash_password(tx, id, b"one", b"four", "m=3")).unwrap(),
            "changed meanwhile"
        );
        assert!(in_write!(db, |tx| rehash_password(tx, id, b"three", b"four", "m=3")).unwrap());
        let password = find_password(&db, id).await.unwrap().unwrap();
        assert_eq!(
            (password.sealed.as_slice(), password.failures, password.disabled_at),
            (&b"four"[..], 0, None)
        );
        assert_eq!(password.changed_at, at(10));
        let mix = list_params_in_use(&db).await.unwrap();
        assert_eq!(
            mix.iter().map(|mix| (mix.params.as_str(), mix.accounts)).collect::<Vec<_>>(),
            [("m=3", 1)]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_node_writes_a_fact_of_the_installation() {
    on_both(async |db| {
        let answers = race(&db, 4, |db, number| async move {
            in_write!(
                db,
                |tx| async move { record_fact(tx, "key-check", &[u8::try_from(number).unwrap()]).await }
            )
        })
        .await;
        assert_eq!(yes(&answers), 1);
        in_write!(db, |tx| replace_fact(tx, "key-check", b"new")).unwrap();
        assert_eq!(find_fact(&db, "key-check").await.unwrap().as_deref(), Some(&b"new"[..]));
        assert_eq!(find_fact(&db, "other").await.unwrap(), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_tells_its_own_time() {
    on_both(async |db| {
        ping(&db).await.unwrap();
        let first = database_now(&db).await.unwrap();
        let second = database_now(&db).await.unwrap();
        assert!(first <= second && second.since(first) < seconds(60));
        assert!(first > at(-100_000_000), "microseconds since 1970: {first:?}");
    })
    .await;
}
