//! A vote over a lost-factor case at the desk.

use doorward_app::Failure;
use doorward_domain::staff::Role;
use doorward_domain::support_case::CaseVote;
use doorward_store::testing::{on_both, run_sql};

use crate::house::House;

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
