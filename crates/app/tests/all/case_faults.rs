//! What must not happen to a lost-factor case: at the same moment, twice, after a freeze, over a change, half.

use doorward_app::stop::StopRefused;
use doorward_domain::account::AccountStatus;
use doorward_domain::jurisdiction::Mode;
use doorward_domain::step_up::Factor;
use doorward_domain::support_case::{CaseEnd, CaseRefused, CaseStep, CaseVote};
use doorward_domain::token::Token;
use doorward_store::testing::on_both;

use crate::case::{ADA, DAY, approve, approvers, enrol, identify, open, prove, sent, staff};
use crate::country::{always, resides};
use crate::house::{House, PASSWORD};
use crate::inside::enter;
use crate::sign_up::refused;

#[tokio::test]
async fn parallel_approvals_count_each_member_of_staff_once_and_begin_one_wait() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        identify(&house, &ada).await;
        let (_, id, _) = sent(&house, [203, 0, 113, 1]).await;
        approvers(&house, &[1, 2, 3, 4]).await;
        house.letters().await;
        let vote = |number: u8| {
            let app = house.app.clone();
            tokio::spawn(async move { app.approve_case(staff(number), &[], id, CaseVote::Approve).await })
        };
        let votes = [vote(1), vote(1), vote(1), vote(1)];
        let mut counted = 0;
        for vote in votes {
            counted += usize::from(vote.await.expect("no panic").is_ok());
        }
        assert_eq!(counted, 1, "one member of staff is one vote");
        let votes = [vote(2), vote(3), vote(4)];
        let mut counted = 0;
        for vote in votes {
            counted += usize::from(vote.await.expect("no panic").is_ok());
        }
        assert_eq!(counted, 1, "two decide");
        let told = house.letters().await.iter().filter(|letter| letter.kind == "case-approved").count();
        assert_eq!(told, 1, "one wait is told of");
    })
    .await;
}

#[tokio::test]
async fn a_stop_at_the_moment_of_the_execution_wins_or_loses_and_never_both() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        identify(&house, &ada).await;
        let (cookie, id, _) = sent(&house, [203, 0, 113, 1]).await;
        approve(&house, id).await;
        let letters = house.letters().await;
        let told = letters.iter().find(|letter| letter.kind == "case-approved").expect("told");
        let link = Token::parse(told.link.as_deref().expect("a link")).expect("a token");
        // The link dies with the wait; a hair before, the case is due on no node yet.
        house.pass(DAY - 1);
        let visit = house.visit([192, 0, 2, 7]);
        let stops = {
            let (app, link, visit) = (house.app.clone(), link.clone(), visit.clone());
            tokio::spawn(async move { app.stop_by_link(&visit, &link).await.is_ok() })
        };
        house.pass(1);
        let turns: Vec<_> = (0..3)
            .map(|_| {
                let app = house.app.clone();
                tokio::spawn(async move { app.turn_cases().await.expect("a turn") })
            })
            .collect();
        let stopped = stops.await.expect("no panic");
        let mut executed = 0;
        for turn in turns {
            executed += turn.await.expect("no panic");
        }
        assert_eq!(executed + usize::from(stopped), 1, "one of them");
        let step = house.app.show_case(&cookie).await.expect("the status").step;
        assert_eq!(step, if stopped { CaseStep::Ended } else { CaseStep::Done });
        let secrets = doorward_store::totp::find_totp(&house.app.db, ada.account).await;
        let replaced = secrets.expect("read").expect("an app").last_step > 0;
        assert_eq!(replaced, !stopped, "the factor is the new one, or the old one");
        assert_eq!(refused(house.app.stop_by_link(&visit, &link).await), StopRefused::NotGood);
    })
    .await;
}

#[tokio::test]
async fn a_case_of_many_nodes_is_executed_once() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        identify(&house, &ada).await;
        let (_, id, _) = sent(&house, [203, 0, 113, 1]).await;
        approve(&house, id).await;
        house.letters().await;
        house.pass(DAY);
        let turns: Vec<_> = (0..6)
            .map(|_| {
                let app = house.app.clone();
                tokio::spawn(async move { app.turn_cases().await.expect("a turn") })
            })
            .collect();
        let mut executed = 0;
        for turn in turns {
            executed += turn.await.expect("no panic");
        }
        assert_eq!(executed, 1);
        let told = house.letters().await.iter().filter(|letter| letter.kind == "case-executed").count();
        assert_eq!(told, 1);
    })
    .await;
}

#[tokio::test]
async fn a_case_that_was_not_sent_gives_way_and_one_that_was_does_not() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        identify(&house, &ada).await;
        let first = open(&house, [203, 0, 113, 1], ADA).await;
        let (first, _) = prove(&house, &first, ADA).await;
        let (second, _, _) = sent(&house, [203, 0, 113, 2]).await;
        let status = house.app.show_case(&first).await.expect("the status");
        assert_eq!(status.end, Some(CaseEnd::BegunAnew));
        let third = open(&house, [203, 0, 113, 3], ADA).await;
        let code = house.code_for(ADA).await;
        let visit = house.visit([203, 0, 113, 3]);
        let answer = house.app.give_case_code(&visit, &third, &code).await;
        assert_eq!(refused(answer), CaseRefused::AnotherCase);
        let status = house.app.show_case(&second).await.expect("the status");
        assert_eq!((status.step, status.end), (CaseStep::Decision, None));
    })
    .await;
}

#[tokio::test]
async fn two_cases_proved_at_the_same_moment_leave_one_open() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        identify(&house, &ada).await;
        let mut tries = Vec::new();
        for last in 1..4 {
            let cookie = open(&house, [203, 0, 113, last], ADA).await;
            let code = house.code_for(ADA).await;
            tries.push((cookie, code));
        }
        let tasks: Vec<_> = tries
            .into_iter()
            .map(|(cookie, code)| {
                let (app, visit) = (house.app.clone(), house.visit([203, 0, 113, 1]));
                tokio::spawn(async move { app.give_case_code(&visit, &cookie, &code).await })
            })
            .collect();
        let mut cookies = Vec::new();
        for task in tasks {
            cookies.push(task.await.expect("no panic").expect("the right code").cookie);
        }
        let mut open = 0;
        for cookie in &cookies {
            let status = house.app.show_case(cookie).await.expect("the status");
            open += usize::from(status.step == CaseStep::Authenticator);
        }
        assert_eq!(open, 1, "the last one");
    })
    .await;
}

#[tokio::test]
async fn a_freeze_ends_a_case_at_once() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        identify(&house, &ada).await;
        let (cookie, id, _) = sent(&house, [203, 0, 113, 1]).await;
        approve(&house, id).await;
        house.app.freeze_by_staff(ada.account).await.expect("frozen");
        let status = house.app.show_case(&cookie).await.expect("the status");
        assert_eq!((status.step, status.end), (CaseStep::Ended, Some(CaseEnd::Frozen)));
        house.pass(2 * DAY);
        assert_eq!(house.app.turn_cases().await.expect("a turn"), 0);
    })
    .await;
}

#[tokio::test]
async fn a_frozen_account_gets_its_factor_back_and_stays_frozen() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        identify(&house, &ada).await;
        house.app.freeze_by_staff(ada.account).await.expect("frozen");
        let (_, id, _) = sent(&house, [203, 0, 113, 1]).await;
        approve(&house, id).await;
        house.pass(DAY);
        assert_eq!(house.app.turn_cases().await.expect("a turn"), 1);
        let view = house.app.show_account(ada.account).await.expect("an account");
        assert_eq!(view.account.status, AccountStatus::Frozen);
    })
    .await;
}

#[tokio::test]
async fn whoever_changes_the_password_with_the_old_factor_ends_the_case() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        identify(&house, &ada).await;
        let (cookie, id, _) = sent(&house, [203, 0, 113, 1]).await;
        approve(&house, id).await;
        let visit = house.visit([198, 51, 100, 1]);
        let (_, customer) = enter(&house, &ada, &visit, Factor::Totp).await;
        house.pass(60);
        let code = house.totp(&ada, 0);
        let new = "violet-Harbour-93-compass".into();
        let changed = house.app.change_password(&visit, &customer, &PASSWORD.into(), &new, &code).await;
        changed.expect("the password is changed");
        house.pass(DAY);
        assert_eq!(house.app.turn_cases().await.expect("a turn"), 1);
        let status = house.app.show_case(&cookie).await.expect("the status");
        assert_eq!((status.step, status.end), (CaseStep::Ended, Some(CaseEnd::Overtaken)));
    })
    .await;
}

#[tokio::test]
async fn a_settings_lock_delays_a_case_by_its_own_length() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        identify(&house, &ada).await;
        let account = ada.account;
        house
            .app
            .db
            .write::<_, doorward_store::StoreFault, _>("locking settings for a test", move |tx| {
                Box::pin(async move { doorward_store::protection::lock_settings(tx, account, 3).await })
            })
            .await
            .expect("locked");
        let (_, id, _) = sent(&house, [203, 0, 113, 1]).await;
        approve(&house, id).await;
        house.pass(4 * DAY - 1);
        assert_eq!(house.app.turn_cases().await.expect("a turn"), 0);
        house.pass(1);
        assert_eq!(house.app.turn_cases().await.expect("a turn"), 1);
    })
    .await;
}

#[tokio::test]
async fn a_cookie_of_an_earlier_step_opens_nothing_and_no_step_is_skipped() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        identify(&house, &ada).await;
        let first = open(&house, [203, 0, 113, 1], ADA).await;
        let visit = house.visit([203, 0, 113, 1]);
        let skipped = refused(house.app.show_case_enrolment(&first).await);
        assert_eq!(skipped, CaseRefused::OtherStep { asked: CaseStep::Channel });
        let skipped = refused(house.app.send_case(&visit, &first).await);
        assert_eq!(skipped, CaseRefused::OtherStep { asked: CaseStep::Channel });
        let (second, _) = prove(&house, &first, ADA).await;
        assert_eq!(refused(house.app.show_case(&first).await), CaseRefused::NotBegun);
        let (third, _, _) = enrol(&house, &second, false).await;
        assert_eq!(refused(house.app.show_case(&second).await), CaseRefused::NotBegun);
        house.app.stop_own_case(&third).await.expect("stopped");
        assert_eq!(refused(house.app.stop_own_case(&third).await), CaseRefused::Ended);
    })
    .await;
}

#[tokio::test]
async fn a_case_that_nobody_decides_ends_by_itself_and_its_owner_is_told() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        identify(&house, &ada).await;
        let (cookie, _, _) = sent(&house, [203, 0, 113, 1]).await;
        house.letters().await;
        house.pass(14 * DAY);
        assert_eq!(house.app.turn_cases().await.expect("a turn"), 1);
        let status = house.app.show_case(&cookie).await.expect("the status");
        assert_eq!(status.end, Some(CaseEnd::Expired));
        assert!(house.letters().await.iter().any(|letter| letter.kind == "case-ended"));
    })
    .await;
}

#[tokio::test]
async fn a_case_that_ended_over_wrong_codes_tells_nothing_of_the_account_behind_it() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        resides(&house, ada.account, "NL").await;
        let app = &house.app;
        app.take_policy(always(&[("NL", Mode::Blocked)])).await.expect("taken");
        let visit = house.visit([203, 0, 113, 1]);
        let cookie = open(&house, [203, 0, 113, 1], ADA).await;
        let right = house.code_for(ADA).await;
        let wrong = if right == "000000" { "000001" } else { "000000" };
        while app.give_case_code(&visit, &cookie, wrong).await.is_err()
            && app.show_case(&cookie).await.expect("the status").step == CaseStep::Channel
        {}
        assert_eq!(app.show_case(&cookie).await.expect("the status").step, CaseStep::Ended);
        assert_eq!(app.mode_of_case(&visit, &cookie).await.expect("judged").mode, Mode::Open);
        let cookie = open(&house, [203, 0, 113, 2], ADA).await;
        let (cookie, _) = prove(&house, &cookie, ADA).await;
        let judged = app.mode_of_case(&visit, &cookie).await.expect("judged");
        assert_eq!(judged.mode, Mode::Blocked, "whoever holds the channel is judged by the residence");
    })
    .await;
}
