//! What a customer reads and takes of the record, and how an account is erased, on both databases.

use std::time::Duration;

use doorward_app::activity::ActivityFilter;
use doorward_app::audit::verify::verify_audit;
use doorward_app::change::erasure::ErasureOutcome;
use doorward_domain::audit::{ActivityGroup, AuditKind};
use doorward_domain::change::ChangeRefused;
use doorward_domain::erasure::{ErasureObstacle, ErasureRefused};
use doorward_domain::guard::ActionRefused;
use doorward_domain::hold::SecurityEventKind;
use doorward_domain::language::Language;
use doorward_domain::step_up::Factor;
use doorward_domain::token::Token;
use doorward_store::account::find_account;
use doorward_store::security_event::record_security_event;
use doorward_store::testing::{on_both, run_sql};
use doorward_wording::Words;

use crate::house::House;
use crate::inside::enter;
use crate::sign_up::refused;

const ADA: &str = "ada@example.org";
const WAIT: u64 = 7 * 86_400;

#[tokio::test(flavor = "multi_thread")]
async fn the_activity_is_ones_own_filtered_and_read_page_by_page() {
    on_both(async |db| {
        let house = House::open(db);
        let (ada, bob) = (house.customer(ADA).await, house.customer("bob@example.org").await);
        let visit = house.visit([203, 0, 113, 1]);
        let (_, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        for _ in 0..60 {
            house.app.show_account(ada.account).await.expect("a look");
        }
        house.app.show_account(bob.account).await.expect("not hers");
        house.pass(10 * 86_400);
        house.app.renew_recovery_codes(&visit, &inside, &house.totp(&ada, 0)).await.expect("a change");
        let everything = ActivityFilter::default();
        let page = house.app.activity(&inside, &everything, None).await.expect("a page");
        assert_eq!((page.lines.len(), page.lines[0].kind), (50, AuditKind::RecoveryCodesRenewed));
        let rest = house.app.activity(&inside, &everything, page.next_before).await.expect("the next");
        assert_eq!((rest.lines.len(), rest.next_before), (11, None));
        let changes = ActivityFilter { group: Some(ActivityGroup::Changes), ..everything };
        assert_eq!(house.app.activity(&inside, &changes, None).await.expect("a page").lines.len(), 1);
        let since = Some(house.app.now().minus(Duration::from_secs(86_400)));
        let recent = ActivityFilter { since, ..everything };
        assert_eq!(house.app.activity(&inside, &recent, None).await.expect("a page").lines.len(), 1);
        let staff = ActivityFilter { group: Some(ActivityGroup::Staff), since, until: None };
        assert!(house.app.activity(&inside, &staff, None).await.expect("a page").lines.is_empty());

        let words = Words::new(Language::English);
        let table = house.app.activity_table(&inside, &everything, &words).await.expect("a table");
        let text = String::from_utf8(table.bytes).expect("text");
        assert!(text.starts_with("\u{feff}Number,Time (UTC),What happened,IP address,Browser\n"), "{text}");
        assert_eq!(text.lines().count(), 62);
        assert!(text.contains(",New recovery codes made,203.0.113.1,"), "{text}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_names_itself_like_a_formula_is_harmless_in_the_table() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (_, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        house
            .app
            .db
            .write::<_, doorward_app::Fault, _>("an entry for a test", {
                let (app, id) = (house.app.clone(), ada.account);
                move |tx| {
                    Box::pin(async move {
                        let detail =
                            serde_json::json!({ "user_agent": "=HYPERLINK(\"http://evil.example\",1)" });
                        let entry = doorward_app::audit::Entry::without_network(AuditKind::Entered, id);
                        Ok(app.note(tx, entry.with(&detail), app.now()).await?)
                    })
                }
            })
            .await
            .expect("written");
        let words = Words::new(Language::German);
        let table =
            house.app.activity_table(&inside, &ActivityFilter::default(), &words).await.expect("a table");
        let text = String::from_utf8(table.bytes).expect("text");
        assert!(text.contains("\"'=HYPERLINK(\"\"http://evil.example\"\",1)\""), "{text}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_holds_what_is_held_and_no_secret_and_needs_a_second_factor() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (session, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        let wrong = house.app.export_data(&visit, &inside, "000000").await;
        assert_eq!(refused(wrong), ChangeRefused::WrongFactor);
        let copy = house.app.export_data(&visit, &inside, &house.totp(&ada, 0)).await.expect("copied");
        let copy: serde_json::Value = serde_json::from_slice(&copy.bytes).expect("JSON");
        assert_eq!(copy["identifiers"][0]["value"], ADA);
        assert!(copy["identifiers"][0]["verified_at"].is_string(), "{}", copy["identifiers"]);
        assert_eq!(copy["held"]["account"][0]["binds_network"], 0);
        assert_eq!(copy["held"]["session"][0]["network"], "203.0.113.1");
        assert_eq!(copy["held"]["device"].as_array().map(Vec::len), Some(1));
        assert!(
            copy["held"]["account"][0]["created_at"].as_str().is_some_and(|at| at.starts_with("2027-01-15T"))
        );
        assert_eq!(copy["record"][0]["kind"], "data-exported");
        let text = copy.to_string();
        let secret = data_encoding::BASE32_NOPAD.encode(ada.secret.as_bytes());
        for part in ["sealed", "lookup", "token_hash", &secret, &session.encode(), "$argon2"] {
            assert!(!text.contains(part), "{part} in {text}");
        }
        let staff = house.app.export_data_by_staff(ada.account).await.expect("copied");
        let staff: serde_json::Value = serde_json::from_slice(&staff.bytes).expect("JSON");
        assert_eq!(staff["record"][0]["kind"], "staff-exported-data", "its owner can read of it");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_waits_is_announced_and_leaves_entries_of_nobody() {
    on_both(async |db| {
        let house = House::open(db);
        let (ada, bob) = (house.customer(ADA).await, house.customer("bob@example.org").await);
        let visit = house.visit([203, 0, 113, 1]);
        let (session, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        let app = &house.app;
        app.show_account(bob.account).await.expect("a look");
        app.sequence_audit().await.expect("placed");
        let (before, _) = app.sign_checkpoint().await.expect("signed");
        let due_at = app.ask_erasure(&visit, &inside, &house.totp(&ada, 0)).await.expect("taken on");
        assert_eq!(due_at, app.now().plus(Duration::from_secs(WAIT)));
        let again = app.ask_erasure(&visit, &inside, &house.totp(&ada, 1)).await;
        assert_eq!(refused(again), ErasureRefused::UnderWay { due_at });
        assert!(
            house.letters().await.iter().any(|letter| letter.kind == "erasure-asked" && letter.to == ADA)
        );
        house.pass(WAIT - 1);
        app.erase_due().await.expect("not yet");
        assert!(find_account(&app.db, ada.account).await.expect("read").is_some());
        assert_eq!(app.erase(ada.account).await.expect("too early"), ErasureOutcome::CalledOff);
        house.pass(1);
        app.erase_due().await.expect("done");
        assert!(find_account(&app.db, ada.account).await.expect("read").is_none());
        assert!(app.authenticate(&session).await.is_err(), "its sessions are gone");
        let letters = house.letters().await;
        assert!(letters.iter().any(|letter| letter.kind == "account-erased" && letter.to == ADA));
        app.sequence_audit().await.expect("placed");
        let report = verify_audit(&app.db, Some(&before)).await.expect("read");
        assert_eq!((report.findings.count, report.erased), (0, 1), "{report:?}");
        assert!(app.show_account(bob.account).await.is_ok());
        let anew = house.customer(ADA).await;
        assert_ne!(anew.account, ada.account, "the address is free again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_is_called_off_inside_and_by_the_link_of_the_mail_once() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (_, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        let app = &house.app;
        app.ask_erasure(&visit, &inside, &house.totp(&ada, 0)).await.expect("taken on");
        assert!(app.cancel_erasure(&visit, &inside).await.expect("called off"));
        assert!(!app.cancel_erasure(&visit, &inside).await.expect("nothing to call off"));
        house.pass(60);
        house.letters().await;
        app.ask_erasure(&visit, &inside, &house.totp(&ada, 0)).await.expect("taken on again");
        let letters = house.letters().await;
        let mail = letters.iter().find(|letter| letter.kind == "erasure-asked").expect("a mail");
        let link = mail.cancel.as_deref().and_then(Token::parse).expect("a link");
        assert!(app.is_cancel_link_good(&link).await.expect("read"));
        let (one, two) = tokio::join!(
            app.cancel_erasure_by_link(&visit, &link),
            app.cancel_erasure_by_link(&visit, &link)
        );
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
        house.pass(WAIT);
        app.erase_due().await.expect("nothing is due");
        assert!(find_account(&app.db, ada.account).await.expect("read").is_some());
        assert!(app.cancel_erasure_by_link(&visit, &Token::from_random([9; 32])).await.is_err());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_way_is_named_before_a_code_is_spent_and_postpones_what_is_due() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (_, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        let app = &house.app;
        run_sql(&app.db, "UPDATE account SET held_assets = 1").await;
        let code = house.totp(&ada, 0);
        let assets = ErasureRefused::Obstacle(ErasureObstacle::Assets);
        assert_eq!(refused(app.ask_erasure(&visit, &inside, &code).await), assets);
        run_sql(&app.db, "UPDATE account SET held_assets = 0, settings_lock_days = 3").await;
        let locked = refused(app.ask_erasure(&visit, &inside, &code).await);
        let by_lock = ChangeRefused::NotNow(ActionRefused::SettingsLocked {
            delay: Duration::from_secs(3 * 24 * 3_600),
            opens_at: None,
        });
        assert_eq!(locked, ErasureRefused::Proof(by_lock));
        run_sql(&app.db, "UPDATE account SET settings_lock_days = NULL").await;
        app.ask_erasure(&visit, &inside, &code).await.expect("the code was not spent");
        house.pass(WAIT);
        let (id, now) = (ada.account, app.now());
        let until = now.plus(Duration::from_secs(3_600));
        app.db
            .write::<_, doorward_store::StoreFault, _>("a hold for a test", move |tx| {
                Box::pin(async move {
                    record_security_event(tx, id, SecurityEventKind::PasswordChanged, None, Some(until), now)
                        .await
                })
            })
            .await
            .expect("held");
        let postponed = ErasureOutcome::Postponed(ErasureObstacle::Held { until });
        assert_eq!(app.erase(ada.account).await.expect("looked at"), postponed);
        house.pass(3_600);
        app.erase_due().await.expect("done");
        assert!(find_account(&app.db, ada.account).await.expect("read").is_none());
    })
    .await;
}
