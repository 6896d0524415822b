use doorward_domain::account::AccountStatus;
use doorward_domain::id::AccountId;
use doorward_domain::session::SessionEndReason;
use doorward_store::account::{
    find_account, find_account_facts, freeze_account, hold_account, raise_credential_version,
};
use doorward_store::device::*;
use doorward_store::session::*;
use doorward_store::sign_in::*;
use doorward_store::testing::on_both;
use doorward_store::{Db, StoreFault, Tx};

use crate::support::*;

async fn begin(tx: &mut Tx, account_id: AccountId, number: u8, seconds: i64) -> Result<u64, StoreFault> {
    hold_account(tx, account_id).await?;
    let token_hash = hash(number);
    let new = NewSession {
        id: session_id(number),
        account_id,
        token_hash: &token_hash,
        device_id: None,
        second_factor: "totp",
        network: "192.0.2.1",
        user_agent: "a browser",
    };
    record_session(tx, &new, 20, at(seconds)).await
}

async fn live(db: &Db, account: AccountId) -> Vec<u8> {
    let sessions = list_sessions(db, account, at(-1), at(-1)).await.unwrap();
    sessions.iter().map(|session| session.token_hash.as_bytes()[0]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_session_ends_when_there_are_twenty_one() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        for number in 1..=20 {
            let ended = in_write!(db, |tx| begin(tx, account, number, i64::from(number))).unwrap();
            assert_eq!(ended, 0);
        }
        assert_eq!(in_write!(db, |tx| begin(tx, account, 21, 21)).unwrap(), 1);
        assert_eq!(live(&db, account).await, (2..=21).rev().collect::<Vec<_>>());
        let oldest = find_session(&db, &hash(1)).await.unwrap().unwrap();
        assert_eq!((oldest.ended_at, oldest.end_reason), (Some(at(21)), Some(SessionEndReason::TooMany)));
        let words = list_invalidations(&db, at(11)).await.unwrap();
        assert_eq!(words.len(), 1);
        assert_eq!(words[0].session_token_hash, Some(hash(1)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cap_holds_for_entries_at_the_same_moment() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        for number in 1..=18 {
            in_write!(db, |tx| begin(tx, account, number, i64::from(number))).unwrap();
        }
        let ended = race(&db, 6, |db, number| async move {
            in_write!(db, |tx| begin(tx, account, 100 + u8::try_from(number).unwrap(), 50))
        })
        .await;
        assert_eq!(ended.iter().sum::<u64>(), 4);
        assert_eq!(live(&db, account).await.len(), 20);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_parallel_accesses_give_one_session() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        let sign_in = sign_in_at_access(&db, account, 1).await;
        let answers = race(&db, 6, |db, number| {
            let from = sign_in.clone();
            async move {
                in_write!(db, |tx| async move {
                    let entry = enter(tx, &from, account, at(1)).await?;
                    if matches!(entry, Entry::Entered { .. }) {
                        begin(tx, account, 50 + u8::try_from(number).unwrap(), 1).await?;
                    }
                    Ok(entry)
                })
            }
        })
        .await;
        assert_eq!(answers.iter().filter(|entry| matches!(entry, Entry::Entered { .. })).count(), 1);
        assert_eq!(answers.iter().filter(|entry| **entry == Entry::Gone).count(), 5);
        assert_eq!(live(&db, account).await.len(), 1);
        assert_eq!(find_account_facts(&db, account).await.unwrap().unwrap().entries, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn access_rechecks_status_credentials_and_time() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        let late = sign_in_at_access(&db, account, 1).await;
        let entry = in_write!(db, |tx| async move { enter(tx, &late, account, at(600)).await }).unwrap();
        assert_eq!(entry, Entry::Gone, "expired");
        let stale = sign_in_at_access(&db, account, 2).await;
        in_write!(db, |tx| raise_credential_version(tx, account)).unwrap();
        let entry = in_write!(db, |tx| async move { enter(tx, &stale, account, at(1)).await }).unwrap();
        assert_eq!(entry, Entry::Changed { status: AccountStatus::Open });
        let frozen = sign_in_at_access(&db, account, 3).await;
        in_write!(db, |tx| freeze_account(tx, account, "staff", NOW)).unwrap();
        let entry = in_write!(db, |tx| async move { enter(tx, &frozen, account, at(1)).await }).unwrap();
        assert_eq!(entry, Entry::Changed { status: AccountStatus::Frozen });
        let nobody = sign_in_at_access(&db, account, 4).await;
        let entry =
            in_write!(db, |tx| async move { enter(tx, &nobody, account_id(99), at(1)).await }).unwrap();
        assert_eq!(entry, Entry::Gone);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_entry_slips_past_a_freeze_at_the_same_moment() {
    on_both(async |db| {
        for round in 1..=5 {
            let account = open_account(&db, round).await;
            let sign_in = sign_in_at_access(&db, account, round).await;
            race(&db, 2, |db, number| {
                let from = sign_in.clone();
                async move {
                    if number == 0 {
                        return in_write!(db, |tx| async move {
                            freeze_account(tx, account, "owner", at(1)).await?;
                            end_all_access(tx, account, &Keep::default(), "frozen", at(1)).await.map(drop)
                        });
                    }
                    in_write!(db, |tx| async move {
                        if matches!(enter(tx, &from, account, at(1)).await?, Entry::Entered { .. }) {
                            begin(tx, account, round, 1).await?;
                        }
                        Ok(())
                    })
                }
            })
            .await;
            assert!(live(&db, account).await.is_empty(), "whoever came first");
            assert_eq!(find_account(&db, account).await.unwrap().unwrap().status, AccountStatus::Frozen);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_found_with_the_present_state_of_its_account() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        in_write!(db, |tx| begin(tx, account, 1, 0)).unwrap();
        in_write!(db, |tx| freeze_account(tx, account, "owner", NOW)).unwrap();
        let found = find_session(&db, &hash(1)).await.unwrap().unwrap();
        assert_eq!(
            (found.id, found.account_id, found.status),
            (session_id(1), account, AccountStatus::Frozen)
        );
        assert_eq!(
            (found.created_at, found.credential_version, found.second_factor.as_str()),
            (NOW, 2, "totp")
        );
        assert!(find_session(&db, &hash(2)).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_touched_rotated_reviewed_and_ended_once() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        in_write!(db, |tx| begin(tx, account, 1, 0)).unwrap();
        in_write!(db, |tx| touch_sessions(tx, &[(session_id(1), at(9)), (session_id(1), at(5))])).unwrap();
        assert_eq!(find_session(&db, &hash(1)).await.unwrap().unwrap().last_seen_at, at(9));
        let rotated = race(&db, 4, |db, number| async move {
            let to = hash(10 + u8::try_from(number).unwrap());
            in_write!(db, |tx| async move { rotate_session(tx, session_id(1), &hash(1), &to, at(20)).await })
        })
        .await;
        assert_eq!(yes(&rotated), 1);
        assert!(find_session(&db, &hash(1)).await.unwrap().is_none(), "the old token opens nothing");
        let token = list_sessions(&db, account, NOW, at(-1)).await.unwrap()[0].token_hash;
        assert!(
            in_write!(
                db,
                |tx| async move { confirm_session_review(tx, session_id(1), &token, at(21)).await }
            )
            .unwrap()
        );
        assert!(
            !in_write!(
                db,
                |tx| async move { confirm_session_review(tx, session_id(1), &token, at(22)).await }
            )
            .unwrap()
        );
        let other = open_account(&db, 2).await;
        assert_eq!(
            in_write!(db, |tx| end_session(tx, other, session_id(1), "revoked", at(30))).unwrap(),
            None
        );
        assert_eq!(
            in_write!(db, |tx| end_session(tx, account, session_id(1), "revoked", at(30))).unwrap(),
            Some(token)
        );
        assert_eq!(
            in_write!(db, |tx| end_session(tx, account, session_id(1), "revoked", at(30))).unwrap(),
            None
        );
        let words = list_invalidations(&db, at(10)).await.unwrap();
        let dropped: Vec<_> = words.iter().filter_map(|word| word.session_token_hash).collect();
        assert_eq!(dropped, [hash(1), token, token]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ending_everything_keeps_what_asked_for_it() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        for number in 1..=3 {
            in_write!(db, |tx| begin(tx, account, number, 0)).unwrap();
            in_write!(db, |tx| new_device(tx, account, number)).unwrap();
        }
        let sign_in = sign_in_at_access(&db, account, 9).await;
        let keep = Keep { session: Some(session_id(2)), device: Some(device_id(3)), ..Keep::default() };
        let ended = in_write!(db, |tx| async move {
            raise_credential_version(tx, account).await?;
            end_all_access(tx, account, &keep, "password-changed", at(1)).await
        })
        .unwrap();
        assert_eq!(ended, EndedAccess { sessions: 2, sign_ins: 1, devices: 2 });
        assert_eq!(live(&db, account).await, [2]);
        assert_eq!(list_devices(&db, account, at(1)).await.unwrap().len(), 1);
        let after = find_sign_in(&db, &sign_in.token_hash).await.unwrap().unwrap();
        assert_eq!(after.ended_at, Some(at(1)));
        let words = list_invalidations(&db, NOW).await.unwrap();
        assert_eq!(words.last().and_then(|word| word.account_id), Some(account));
    })
    .await;
}

async fn new_device(tx: &mut Tx, account: AccountId, number: u8) -> Result<(), StoreFault> {
    let token_hash = hash(number);
    let entry = DeviceEntry {
        token_hash: &token_hash,
        network: "192.0.2.1",
        user_agent: "a browser",
        trusted_until: at(1_000),
    };
    record_device(tx, device_id(number), account, &entry, NOW).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_counts_for_one_account_until_it_ends_or_grows_old() {
    on_both(async |db| {
        let (account, other) = (open_account(&db, 1).await, open_account(&db, 2).await);
        in_write!(db, |tx| new_device(tx, account, 1)).unwrap();
        in_write!(db, |tx| new_device(tx, other, 2)).unwrap();
        let tokens = [hash(9), hash(2), hash(1)];
        let known = find_known_device(&db, account, &tokens, NOW).await.unwrap().unwrap();
        assert_eq!(known.id, device_id(1), "the other account's token in the same browser is no help");
        assert!(find_known_device(&db, account, &[hash(2)], NOW).await.unwrap().is_none());
        assert!(find_device(&db, &hash(1), at(1_000)).await.unwrap().is_none(), "too old");
        assert!(!in_write!(db, |tx| end_device(tx, other, device_id(1), "forgotten", NOW)).unwrap());
        assert!(in_write!(db, |tx| end_device(tx, account, device_id(1), "forgotten", NOW)).unwrap());
        assert!(find_device(&db, &hash(1), NOW).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_token_rotates_and_the_one_before_stays_good_for_a_moment() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        in_write!(db, |tx| new_device(tx, account, 1)).unwrap();
        assert!(
            in_write!(db, |tx| async move {
                let entry = DeviceEntry {
                    token_hash: &hash(7),
                    network: "192.0.2.9",
                    user_agent: "newer",
                    trusted_until: at(2_000),
                };
                rotate_device(tx, device_id(1), account, &entry, at(70), at(10)).await
            })
            .unwrap()
        );
        assert_eq!(find_device(&db, &hash(7), at(11)).await.unwrap().unwrap().id, device_id(1));
        let before = find_device(&db, &hash(1), at(69)).await.unwrap().unwrap();
        assert_eq!(
            (before.token_hash, before.last_seen_at, before.network.as_str()),
            (hash(7), at(10), "192.0.2.9")
        );
        assert!(find_device(&db, &hash(1), at(70)).await.unwrap().is_none());
        let devices = list_devices(&db, account, at(11)).await.unwrap();
        assert_eq!((devices.len(), devices[0].trusted_until), (1, at(2_000)));
    })
    .await;
}
