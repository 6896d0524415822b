use doorward_domain::audit::AuditKind;
use doorward_domain::hold::SecurityEventKind;
use doorward_domain::throttle::Rate;
use doorward_store::audit::*;
use doorward_store::code::{CodeOf, find_code, record_code};
use doorward_store::human_check::spend_nonce;
use doorward_store::maintenance::*;
use doorward_store::security_event::*;
use doorward_store::session::{find_session, list_invalidations};
use doorward_store::sign_in::find_sign_in;
use doorward_store::testing::on_both;
use doorward_store::throttle::*;

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_later_event_cannot_shorten_a_hold() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        assert_eq!(find_hold_end(&db, account, NOW).await.unwrap(), None);
        for (kind, until) in [
            (SecurityEventKind::TotpReplacedAfterRecovery, Some(at(48 * 3_600))),
            (SecurityEventKind::PasswordChanged, Some(at(24 * 3_600))),
            (SecurityEventKind::RecoveryCodesRenewed, None),
        ] {
            in_write!(db, |tx| record_security_event(tx, account, kind, None, until, NOW)).unwrap();
        }
        assert_eq!(find_hold_end(&db, account, NOW).await.unwrap(), Some(at(48 * 3_600)));
        assert_eq!(find_hold_end(&db, account, at(48 * 3_600)).await.unwrap(), None, "it lifts by itself");
        let events = list_security_events(&db, account, at(-1), 2).await.unwrap();
        assert_eq!(
            events.iter().map(|event| event.kind).collect::<Vec<_>>(),
            [SecurityEventKind::RecoveryCodesRenewed, SecurityEventKind::PasswordChanged]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accounts_record_is_its_own_and_read_newest_first() {
    on_both(async |db| {
        let (account, other) = (open_account(&db, 1).await, open_account(&db, 2).await);
        for (whose, kind, seconds) in [
            (Some(account), AuditKind::Entered, 1),
            (Some(other), AuditKind::Entered, 2),
            (None, AuditKind::WrongPassword, 3),
            (Some(account), AuditKind::WrongPassword, 4),
            (Some(account), AuditKind::WrongPassword, 5),
        ] {
            in_write!(db, |tx| async move {
                let new = NewAuditEntry {
                    account_id: whose,
                    kind,
                    network: Some("192.0.2.1"),
                    sealed: None,
                    stated: None,
                    salt: [1; 16],
                };
                record_audit(tx, &new, at(seconds)).await
            })
            .unwrap();
        }
        let page = list_audit(&db, account, None, 2).await.unwrap();
        assert_eq!(page.iter().map(|entry| entry.at).collect::<Vec<_>>(), [at(5), at(4)]);
        let rest = list_audit(&db, account, Some(page[1].seq), 2).await.unwrap();
        assert_eq!(rest.iter().map(|entry| entry.kind).collect::<Vec<_>>(), [AuditKind::Entered]);
        assert_eq!(count_audit(&db, account, AuditKind::WrongPassword, at(4), 10).await.unwrap(), 1);
        assert_eq!(count_audit(&db, account, AuditKind::WrongPassword, NOW, 1).await.unwrap(), 1);
        let wrong = list_audit_of_kind(&db, account, AuditKind::WrongPassword, NOW, 10).await.unwrap();
        assert_eq!(wrong.len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_expired_goes_and_what_has_not_stays() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        let sign_in = sign_in_at_access(&db, account, 1).await;
        let code = CodeOf { flow_kind: "sign-in", flow_id: sign_in.id.as_uuid() };
        in_write!(db, |tx| async move {
            for number in 0..5 {
                spend_nonce(tx, &[number; 16], at(10)).await?;
            }
            spend_nonce(tx, &[9; 16], at(1_000)).await?;
            take_rates(tx, &[Bucket { scope: "one", key: b"k", rate: Rate::new(1, seconds(10), 1) }], NOW)
                .await?;
            take_try(tx, "password", b"old", NOW, at(10)).await?;
            take_try(tx, "password", b"new", NOW, at(1_000)).await?;
            take_try(tx, "totp", b"old", NOW, at(10)).await?;
            record_wrong_try(tx, b"net", &[1; 32], NOW).await?;
            add_outcomes(tx, "entered", 1, NOW).await?;
            take_sms(tx, "+49", 5, NOW).await?;
            let state = doorward_domain::one_time_code::CodeState {
                tries: 0,
                sends: 1,
                sent_at: NOW,
                expires_at: at(10),
            };
            record_code(tx, code, &[1; 32], &state).await.map(drop)
        })
        .unwrap();
        let limits = PurgeLimits {
            now: at(100),
            flows_before: at(-1),
            sessions_before: at(-1),
            messages_before: at(-1),
            tries_before: at(-1),
            counters_before: at(-86_400),
        };
        let deleted = in_write!(db, |tx| async move { purge(tx, &limits, 3).await }).unwrap();
        assert_eq!(
            deleted,
            3 + 1 + 2 + 1,
            "three of five nonces in this batch, the rate, two counters, the code"
        );
        assert_eq!(in_write!(db, |tx| async move { purge(tx, &limits, 3).await }).unwrap(), 2);
        assert!(find_sign_in(&db, &sign_in.token_hash).await.unwrap().is_some());
        assert!(find_code(&db, code).await.unwrap().is_none());
        assert!(find_failures(&db, "password", b"new", NOW).await.unwrap().is_some());
        assert!(!in_write!(db, |tx| spend_nonce(tx, &[9; 16], at(1_000))).unwrap(), "still known");
        let later = PurgeLimits {
            flows_before: at(1),
            sessions_before: at(1),
            tries_before: at(1),
            counters_before: at(2 * 86_400),
            ..limits
        };
        let deleted = in_write!(db, |tx| async move { purge(tx, &later, 100).await }).unwrap();
        assert_eq!(deleted, 4, "the sign-in, the wrong try, the hour and the day");
        assert!(find_sign_in(&db, &sign_in.token_hash).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_of_unknown_identifiers_are_capped_without_touching_others() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        in_write!(db, |tx| async move {
            let new = doorward_store::identifier::NewIdentifier {
                id: doorward_domain::id::IdentifierId::from_parts(NOW, [1; 16]),
                account_id: account,
                kind: doorward_domain::identifier::IdentifierKind::Email,
                lookup: &[77; 32],
                sealed: b"sealed",
            };
            doorward_store::identifier::record_identifier(tx, &new, NOW).await?;
            take_try(tx, "unknown", &[77; 32], at(-9), at(-9)).await
        })
        .unwrap();
        for number in 0..6_u8 {
            in_write!(db, |tx| take_try(tx, "unknown", &[number], NOW, at(i64::from(number)))).unwrap();
        }
        in_write!(db, |tx| take_try(tx, "known", b"k", NOW, NOW)).unwrap();
        assert_eq!(in_write!(db, |tx| cap_failures(tx, "unknown", 3, 3)).unwrap(), 3);
        assert_eq!(in_write!(db, |tx| cap_failures(tx, "unknown", 3, 3)).unwrap(), 1);
        assert_eq!(in_write!(db, |tx| cap_failures(tx, "unknown", 3, 3)).unwrap(), 0);
        assert!(find_failures(&db, "unknown", &[5], at(-1)).await.unwrap().is_some(), "the latest stay");
        let spared = find_failures(&db, "unknown", &[77; 32], at(-10)).await.unwrap();
        assert!(
            spared.is_some(),
            "a flood of unknown identifiers does not wash away a true account's counter"
        );
        assert!(find_failures(&db, "known", b"k", at(-1)).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_ends_all_sessions_flows_and_codes() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        let sign_in = sign_in_at_access(&db, account, 1).await;
        in_write!(db, |tx| async move {
            let token_hash = hash(5);
            let new = doorward_store::session::NewSession {
                id: session_id(5),
                account_id: account,
                token_hash: &token_hash,
                device_id: None,
                second_factor: "totp",
                network: "192.0.2.1",
                user_agent: "a browser",
            };
            doorward_store::session::record_session(tx, &new, 20, NOW).await
        })
        .unwrap();
        let counts = count_all(&db, NOW, at(-1)).await.unwrap();
        assert_eq!(counts, Counts { accounts: 1, frozen: 0, sessions: 1 });
        assert_eq!(in_write!(db, |tx| end_everything(tx, true, at(9))).unwrap(), 1);
        assert_eq!(find_session(&db, &hash(5)).await.unwrap().unwrap().ended_at, Some(at(9)));
        assert_eq!(find_sign_in(&db, &sign_in.token_hash).await.unwrap().unwrap().ended_at, Some(at(9)));
        assert_eq!(list_invalidations(&db, NOW).await.unwrap().len(), 1);
        assert_eq!(count_all(&db, NOW, at(-1)).await.unwrap().sessions, 0);
    })
    .await;
}
