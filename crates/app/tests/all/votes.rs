//! Votes over lost-factor cases at the desk, and who may still decide when it is written down.

use doorward_app::Failure;
use doorward_app::staff::{DeskCaseRefused, DeskRefused};
use doorward_domain::account::AccountStatus;
use doorward_domain::staff::Role;
use doorward_domain::support_case::{CaseStep, CaseVote, VoteRefused};
use doorward_store::testing::{on_both, run_sql};

use crate::house::House;
use crate::sign_up::refused;

const ADA: &str = "ada@example.org";

#[tokio::test]
async fn a_vote_and_its_reason_are_kept_together_or_not_at_all() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        crate::case::identify(&house, &ada).await;
        let mut approvers = Vec::new();
        for (number, name) in (31..).zip(["Bea", "Cleo"]) {
            let mut one = house.colleague(name, Role::Approver, [203, 0, 113, number]).await;
            approvers.push(house.at_desk(&mut one).await.1);
        }
        let (_, id, _) = crate::case::sent(&house, [203, 0, 113, 1]).await;
        let (app, bea) = (&house.app, &approvers[0]);
        run_sql(&app.db, "ALTER TABLE staff_note RENAME TO lost_note").await;
        let failed = app.decide_case(bea, id, CaseVote::Approve, "Fits.").await;
        assert!(matches!(failed, Err(Failure::Fault(_))), "{failed:?}");
        run_sql(&app.db, "ALTER TABLE lost_note RENAME TO staff_note").await;
        let seen = app.see_case(bea, id).await.expect("seen");
        assert!(seen.votes.is_empty() && seen.may_vote, "{:?}", seen.votes);
        app.decide_case(bea, id, CaseVote::Approve, "Fits.").await.expect("counts now");
        let notes = app.see_account(bea, ada.account).await.expect("seen").notes;
        assert_eq!(notes.len(), 1, "{notes:?}");
    })
    .await;
}

#[tokio::test]
async fn an_approval_counts_while_whoever_gave_it_is_an_enrolled_approver() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        crate::case::identify(&house, &ada).await;
        let mut approvers = Vec::new();
        for (number, name) in (31..).zip(["Bea", "Cleo", "Dora", "Elsa"]) {
            let mut one = house.colleague(name, Role::Approver, [203, 0, 113, number]).await;
            approvers.push(house.at_desk(&mut one).await.1);
        }
        let [bea, cleo, dora, elsa] = &approvers[..] else { unreachable!("four came") };
        let (cookie, id, _) = crate::case::sent(&house, [203, 0, 113, 1]).await;
        let app = &house.app;
        let vote = async |at| app.decide_case(at, id, CaseVote::Approve, "Fits.").await;
        assert_eq!(vote(bea).await.expect("counts"), CaseStep::Decision);
        app.change_staff_role("Bea", Role::Agent).await.expect("changed");
        assert_eq!(app.show_case(&cookie).await.expect("the status").approvals, 0);
        assert_eq!(vote(cleo).await.expect("counts"), CaseStep::Decision, "the first one counts no more");
        // Removed between the beginning of the request and its write.
        app.remove_staff("Dora").await.expect("removed");
        assert_eq!(refused(vote(dora).await), DeskCaseRefused::Case(VoteRefused::NotApprover));
        let seen = app.see_case(elsa, id).await.expect("seen");
        assert_eq!(seen.votes.len(), 2, "what was decided keeps its names");
        assert_eq!(vote(elsa).await.expect("counts"), CaseStep::Waiting);
    })
    .await;
}

#[tokio::test]
async fn whoever_left_or_changed_role_a_moment_ago_neither_asks_nor_agrees() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let mut colleagues = Vec::new();
        let staff = [("Bea", Role::Approver), ("Cleo", Role::Compliance), ("Dora", Role::Compliance)];
        for (number, (name, role)) in (31..).zip(staff) {
            let mut one = house.colleague(name, role, [203, 0, 113, number]).await;
            colleagues.push(house.at_desk(&mut one).await.1);
        }
        let [bea, cleo, dora] = &colleagues[..] else { unreachable!("three came") };
        let (app, id) = (&house.app, ada.account);
        app.freeze_at_desk(bea, id, "Suspicious.").await.expect("frozen");
        app.change_staff_role("Dora", Role::Agent).await.expect("changed");
        assert!(app.ask_to_lift(dora, id, "x").await.is_err(), "asked in a role of before");
        assert!(app.list_requests(bea).await.expect("read").is_empty());
        app.ask_to_lift(bea, id, "Cleared.").await.expect("asked");
        let request = house.only_request(cleo).await;
        app.remove_staff("Cleo").await.expect("removed");
        assert_eq!(refused(app.settle_request(cleo, &request, true).await), DeskRefused::NoRequest);
        assert_eq!(refused(app.settle_request(dora, &request, true).await), DeskRefused::NoRequest);
        let account = doorward_store::account::find_account(&app.db, id).await.expect("read").expect("there");
        assert_eq!(account.status, AccountStatus::Frozen, "one person alone lifts nothing");
    })
    .await;
}
