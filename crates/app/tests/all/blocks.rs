//! Blocks by the rules of countries: lifted by two enrolled members of staff, at the machine or at the desk, called back
//! by one, and each step in the record (entry rules 7 and 9).

use std::net::IpAddr;

use doorward_app::Failure;
use doorward_app::change::erasure::ErasureOutcome;
use doorward_app::identity::IdentityFailed;
use doorward_app::jurisdiction::{LiftRefused, Lifted};
use doorward_app::staff::{AtDesk, DeskRefused, Settled};
use doorward_domain::audit::AuditKind;
use doorward_domain::erasure::ErasureObstacle;
use doorward_domain::id::StaffId;
use doorward_domain::jurisdiction::{JurisdictionPolicy, Mode, Row};
use doorward_domain::staff::{About, Role, StaffAct};
use doorward_domain::step_up::Factor;
use doorward_domain::time::Timestamp;
use doorward_store::audit::list_provable;
use doorward_store::testing::on_both;

use crate::country::{always, country, record_of, resides};
use crate::house::House;
use crate::inside::enter;
use crate::sign_up::refused;

const ADA: &str = "ada@example.org";
const AMSTERDAM: [u8; 4] = [193, 0, 6, 139];

/// An approver, somebody of compliance and a second approver at the desk.
pub(crate) async fn deciders(house: &House) -> [AtDesk; 3] {
    let mut all = Vec::new();
    for (number, role) in (1..).zip([Role::Approver, Role::Compliance, Role::Approver]) {
        let mut one = house.colleague(&format!("Decider-{number}"), role, [203, 0, 113, number]).await;
        all.push(house.at_desk(&mut one).await.1);
    }
    house.letters().await;
    all.try_into().expect("three came")
}

/// What the record says of the house: kind and statement, the oldest first.
pub(crate) async fn of_house(house: &House, kind: AuditKind) -> Vec<Option<String>> {
    house.app.sequence_audit().await.expect("places");
    let entries = list_provable(&house.app.db, 0, 10_000).await.expect("read");
    let entries = entries.into_iter().filter(|entry| entry.account_id.is_none() && entry.kind == kind.name());
    entries.map(|entry| entry.stated).collect()
}

#[tokio::test]
async fn an_id_that_is_of_nobody_enrolled_with_the_role_approves_nothing() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let [approver, compliance, _] = deciders(&house).await;
        let mut agent = house.colleague("Agent", Role::Agent, [203, 0, 113, 9]).await;
        let agent = house.at_desk(&mut agent).await.1.member.id;
        house.app.take_policy(always(&[("NL", Mode::Blocked)])).await.expect("taken");
        house.app.take_policy(JurisdictionPolicy::default()).await.expect("taken");
        let row = Row::Country(country("NL"));
        let nobody = StaffId::from_parts(Timestamp::from_seconds(1_800_000_000), [7; 16]);
        let app = &house.app;
        for staff in [nobody, agent] {
            assert_eq!(refused(app.approve_lift(row, staff).await), LiftRefused::NotStaff);
            assert_eq!(refused(app.approve_account_lift(ada.account, staff).await), LiftRefused::NotStaff);
            assert_eq!(refused(app.call_back(ada.account, staff, "x").await), LiftRefused::NotStaff);
        }
        assert_eq!(app.approve_lift(row, approver.member.id).await.expect("approved"), Lifted::Waiting);
        // Whoever left meanwhile approved nothing.
        app.remove_staff("Decider-1").await.expect("removed");
        assert_eq!(refused(app.approve_lift(row, approver.member.id).await), LiftRefused::NotStaff);
        let second = app.approve_lift(row, compliance.member.id).await.expect("approved");
        assert_eq!(second, Lifted::Waiting, "it is the first one now");
        // Nobody decides about an account of their own.
        let own = house.customer("decider-2@staff.example").await;
        let came = app.approve_account_lift(own.account, compliance.member.id).await;
        assert_eq!(refused(came), LiftRefused::OwnAccount);
    })
    .await;
}

#[tokio::test]
async fn two_colleagues_lift_a_blocked_country_at_the_desk_and_one_alone_does_not() {
    on_both(async |db| {
        let house = House::open(db);
        let [approver, compliance, second] = deciders(&house).await;
        let mut agent = house.colleague("Agent", Role::Agent, [203, 0, 113, 9]).await;
        let agent = house.at_desk(&mut agent).await.1;
        let (app, about) = (&house.app, About::Row(Row::Country(country("NL"))));
        let mode = || house.app.mode_of(IpAddr::from(AMSTERDAM), None).mode;
        assert_eq!(refused(app.ask_to_lift_block(&approver, about, "x").await), DeskRefused::NotBlocked);
        app.take_policy(always(&[("NL", Mode::Blocked)])).await.expect("taken");
        assert_eq!(refused(app.ask_to_lift_block(&approver, about, "x").await), DeskRefused::PolicyBlocks);
        assert!(app.see_blocks(&agent).await.expect("seen")[0].by_policy);
        app.take_policy(JurisdictionPolicy::default()).await.expect("taken");
        let act = StaffAct::DecideBlock;
        assert_eq!(refused(app.ask_to_lift_block(&agent, about, "x").await), DeskRefused::Role { act });
        assert_eq!(refused(app.ask_to_lift_block(&approver, about, " ").await), DeskRefused::Text);
        app.ask_to_lift_block(&approver, about, "The list dropped it.").await.expect("asked");
        assert_eq!(refused(app.ask_to_lift_block(&second, about, "x").await), DeskRefused::AskedAlready);
        let block = &app.see_blocks(&agent).await.expect("seen")[0];
        assert!(!block.by_policy && block.asked_by.as_deref() == Some("Decider-1"));
        let lines = app.list_requests(&compliance).await.expect("read");
        assert!(lines[0].may_agree && lines[0].about == about && lines[0].reason == "The list dropped it.");
        let request = lines[0].id.to_string();
        assert_eq!(refused(app.settle_request(&approver, &request, true).await), DeskRefused::SamePerson);
        assert_eq!(refused(app.settle_request(&agent, &request, true).await), DeskRefused::Role { act });
        assert_eq!(mode(), Mode::Blocked);
        // Two agree at the same moment: one lifts it, the other finds nothing any more.
        let (one, two) = tokio::join!(
            app.settle_request(&compliance, &request, true),
            app.settle_request(&second, &request, true)
        );
        let lifted = [&one, &two].into_iter().filter(|came| matches!(came, Ok(Settled::BlockLifted))).count();
        let late = [&one, &two].into_iter().filter(|came| {
            matches!(came, Err(Failure::Refused(DeskRefused::NoRequest | DeskRefused::NotBlocked)))
        });
        assert_eq!((lifted, late.count()), (1, 1), "{one:?} {two:?}");
        assert_eq!(mode(), Mode::Open);
        assert!(app.see_blocks(&agent).await.expect("seen").is_empty());
        assert_eq!(of_house(&house, AuditKind::StaffAskedToLiftBlock).await.len(), 1);
        assert_eq!(of_house(&house, AuditKind::StaffLiftedBlock).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_account_is_let_out_by_two_at_the_desk_called_back_by_one_and_its_owner_is_told() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let (_, inside) = enter(&house, &ada, &house.visit([198, 51, 100, 7]), Factor::Totp).await;
        resides(&house, ada.account, "NL").await;
        let [approver, compliance, _] = deciders(&house).await;
        let (app, id, about) = (&house.app, ada.account, About::Account(ada.account));
        app.take_policy(always(&[("NL", Mode::Blocked)])).await.expect("taken");
        let mode = || house.app.mode_of_account(IpAddr::from([203, 0, 113, 7]), id, Some("NL")).mode;
        assert_eq!(mode(), Mode::Blocked);
        assert_eq!(app.see_account(&approver, id).await.expect("seen").rules, Some(Mode::Blocked));
        assert_eq!(refused(app.call_back_at_desk(&approver, id, "x").await), DeskRefused::NotLetOut);
        app.ask_to_lift_block(&approver, about, "A court said so.").await.expect("asked");
        let agreed = app.settle_request(&compliance, &house.only_request(&compliance).await, true).await;
        assert_eq!(agreed.expect("lifted"), Settled::BlockLifted);
        assert_eq!(mode(), Mode::WithdrawOnly);
        let told =
            || async { house.letters().await.into_iter().map(|it| (it.kind, it.to)).collect::<Vec<_>>() };
        let news = || ("account-block".to_owned(), ADA.to_owned());
        assert_eq!(told().await, [news()]);
        let seen = app.see_account(&approver, id).await.expect("seen");
        assert!(seen.let_out_since.is_some() && seen.block_asked_by.is_none());
        assert_eq!(refused(app.ask_to_lift_block(&approver, about, "x").await), DeskRefused::NotBlocked);
        assert_eq!(house.traces(id, AuditKind::StaffAskedToLiftBlock).await, ["Decider-1"]);
        assert_eq!(house.traces(id, AuditKind::StaffLiftedBlock).await, ["Decider-2"]);

        app.call_back_at_desk(&compliance, id, "The court changed its mind.").await.expect("called back");
        assert_eq!(mode(), Mode::Blocked);
        assert_eq!(told().await, [news()]);
        let notes = app.see_account(&approver, id).await.expect("seen").notes;
        assert_eq!(notes[0].text, "The court changed its mind.");
        let review = app.review(&inside).await.expect("read");
        assert!(review.by_staff.iter().any(|line| line.kind == AuditKind::StaffBlockedAgain));

        // At the machine the same: two let it out, one calls it back, once.
        for staff in [&approver, &compliance] {
            app.approve_account_lift(id, staff.member.id).await.expect("approved");
        }
        assert_eq!((mode(), told().await), (Mode::WithdrawOnly, vec![news()]));
        let staff = compliance.member.id;
        assert_eq!(refused(app.call_back(id, staff, " ").await), LiftRefused::Text);
        let (one, two) = tokio::join!(app.call_back(id, staff, "Again."), app.call_back(id, staff, "Again."));
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
        assert_eq!((mode(), told().await), (Mode::Blocked, vec![news()]));
    })
    .await;
}

#[tokio::test]
async fn an_account_let_out_of_one_block_is_not_out_of_a_later_one_nor_of_that_of_a_new_residence() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let (app, id) = (&house.app, ada.account);
        resides(&house, id, "BE").await;
        let [approver, compliance, _] = deciders(&house).await;
        let let_out = async || {
            for staff in [&approver, &compliance] {
                app.approve_account_lift(id, staff.member.id).await.expect("approved");
            }
        };
        let mode = |network: [u8; 4], residence| {
            house.app.mode_of_account(IpAddr::from(network), id, Some(residence)).mode
        };
        let (home, belgium) = ([203, 0, 113, 7], always(&[("BE", Mode::Blocked)]));
        app.take_policy(belgium.clone()).await.expect("taken");
        let_out().await;
        assert_eq!(mode(home, "BE"), Mode::WithdrawOnly);

        // Dated long ago, in force from now on.
        house.pass(60);
        let both = always(&[("BE", Mode::Blocked), ("NL", Mode::Blocked)]);
        app.take_policy(both).await.expect("taken");
        assert_eq!(mode(home, "BE"), Mode::WithdrawOnly);
        assert_eq!(mode(AMSTERDAM, "BE"), Mode::Blocked, "nobody let it out of this one");
        app.take_policy(belgium.clone()).await.expect("dropping the row lifts nothing");
        assert_eq!(mode(AMSTERDAM, "BE"), Mode::Blocked);

        app.take_policy(JurisdictionPolicy::default()).await.expect("taken");
        for staff in [&approver, &compliance] {
            app.approve_lift(Row::Country(country("BE")), staff.member.id).await.expect("approved");
        }
        assert_eq!(mode(home, "BE"), Mode::Open);
        house.pass(60);
        app.take_policy(belgium).await.expect("taken");
        assert_eq!(mode(home, "BE"), Mode::Blocked, "it is another block of the same country");
        assert_eq!(app.see_account(&approver, id).await.expect("seen").let_out_since, None);
        app.ask_to_lift_block(&approver, About::Account(id), "Looked at again.").await.expect("asked");
        let request = house.only_request(&compliance).await;
        app.settle_request(&compliance, &request, true).await.expect("lifted");
        assert_eq!(mode(home, "BE"), Mode::WithdrawOnly);

        resides(&house, id, "NL").await;
        app.sync_blocks().await.expect("read");
        assert_eq!(mode(home, "NL"), Mode::Blocked, "it was let out where it resided before");
        let_out().await;
        assert_eq!((mode(home, "NL"), mode(AMSTERDAM, "NL")), (Mode::WithdrawOnly, Mode::WithdrawOnly));
    })
    .await;
}

#[tokio::test]
async fn a_request_to_lift_a_block_is_taken_back_declined_too_old_or_gone_with_its_asker() {
    on_both(async |db| {
        let house = House::open(db);
        let [approver, compliance, _] = deciders(&house).await;
        let (app, about) = (&house.app, About::Row(Row::Unknown));
        app.take_policy(always(&[("unknown", Mode::Blocked)])).await.expect("taken");
        app.take_policy(JurisdictionPolicy::default()).await.expect("taken");
        let ask = async || {
            app.ask_to_lift_block(&approver, about, "x").await.expect("asked");
            house.only_request(&compliance).await
        };
        for who in [&approver, &compliance] {
            let request = ask().await;
            assert_eq!(app.settle_request(who, &request, false).await.expect("declined"), Settled::Declined);
        }
        assert_eq!(of_house(&house, AuditKind::StaffDeclinedToLiftBlock).await.len(), 2);
        let request = ask().await;
        house.pass(24 * 60 * 60);
        assert_eq!(refused(app.settle_request(&compliance, &request, true).await), DeskRefused::NoRequest);
        let request = ask().await;
        app.change_staff_role("Decider-1", Role::Agent).await.expect("changed");
        assert_eq!(refused(app.settle_request(&compliance, &request, true).await), DeskRefused::NoRequest);
        // What its asker left behind stands in nobody's way.
        app.ask_to_lift_block(&compliance, about, "x").await.expect("asked anew");
    })
    .await;
}

#[tokio::test]
async fn a_row_of_its_own_does_not_take_a_country_out_of_a_blocked_default_even_over_a_restart() {
    on_both(async |db| {
        let house = House::open(db.clone());
        let [approver, compliance, _] = deciders(&house).await;
        let from = |house: &House| house.app.mode_of(IpAddr::from(AMSTERDAM), None).mode;
        house.app.take_policy(always(&[("default", Mode::Blocked)])).await.expect("taken");
        assert_eq!(from(&house), Mode::Blocked);
        assert_eq!(
            house.app.list_blocks().await.expect("read").len(),
            1,
            "the default speaks for all it covers"
        );
        let own = always(&[("default", Mode::Blocked), ("NL", Mode::Open)]);
        house.app.take_policy(own.clone()).await.expect("taken");
        assert_eq!(from(&house), Mode::Blocked);
        // The file changed while no server ran.
        let again = House::open(db);
        again.app.jurisdictions.replace(own);
        again.app.sync_blocks().await.expect("reads");
        assert_eq!(from(&again), Mode::Blocked);
        let blocks = house.app.list_blocks().await.expect("read");
        let nl = Row::Country(country("NL"));
        assert!(blocks.iter().any(|block| block.row == nl && block.by_default && !block.by_policy));
        for at in [&approver, &compliance] {
            house.app.approve_lift(nl, at.member.id).await.expect("approved");
        }
        assert_eq!(from(&house), Mode::Open);
        house.app.sync_blocks().await.expect("reads");
        assert_eq!(from(&house), Mode::Open, "it is not blocked anew");
        let tokyo = IpAddr::from([1, 0, 16, 1]);
        assert_eq!(house.app.mode_of(tokyo, None).mode, Mode::Blocked);
        // Lifting the default lifts all that it covered.
        house.app.take_policy(JurisdictionPolicy::default()).await.expect("taken");
        for at in [&approver, &compliance] {
            house.app.approve_lift(Row::Default, at.member.id).await.expect("approved");
        }
        assert_eq!(house.app.mode_of(tokyo, None).mode, Mode::Open);
    })
    .await;
}

#[tokio::test]
async fn loading_a_policy_its_errors_and_the_beginning_of_a_block_are_entries_of_the_record() {
    on_both(async |db| {
        let house = House::open(db);
        let policy = always(&[("NL", Mode::Blocked), ("PT", Mode::Closing)]);
        let named = policy.statement();
        house.app.take_policy(policy.clone()).await.expect("taken");
        assert_eq!(of_house(&house, AuditKind::PolicyLoaded).await, [Some(named.clone())]);
        let begun = of_house(&house, AuditKind::BlockBegun).await;
        assert_eq!(begun.len(), 1);
        assert!(begun[0].as_deref().is_some_and(|stated| stated.starts_with("row NL since ")), "{begun:?}");
        house.app.refuse_policy(&["policy.toml:3: no".to_owned()]).await.expect("written");
        assert!(house.app.jurisdictions.has_file_error());
        assert_eq!(of_house(&house, AuditKind::PolicyRefused).await.len(), 1);
        house.app.take_policy(policy).await.expect("taken again");
        house.app.sync_blocks().await.expect("nothing is new");
        assert_eq!(of_house(&house, AuditKind::PolicyLoaded).await, [Some(named.clone()), Some(named)]);
        assert_eq!(of_house(&house, AuditKind::BlockBegun).await.len(), 1, "it stands already");
        let covered = always(&[("default", Mode::Blocked), ("NL", Mode::Blocked)]);
        house.app.take_policy(covered).await.expect("taken");
        let begun = of_house(&house, AuditKind::BlockBegun).await;
        assert_eq!(begun.len(), 2, "the default begins for all that it covers: {begun:?}");
    })
    .await;
}

#[tokio::test]
async fn the_desk_sees_why_a_sign_in_was_asked_for_more_and_neither_where_from_nor_by_which_device() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        crate::browser::Browser::new(&house, AMSTERDAM).enter(&ada).await;
        house.pass(60);
        crate::browser::Browser::new(&house, [1, 0, 16, 1]).enter(&ada).await;
        let [approver, ..] = deciders(&house).await;
        let seen = house.app.see_account(&approver, ada.account).await.expect("seen");
        let first = &seen.decisions[0];
        assert_eq!(first.kind, AuditKind::Entered);
        for reason in ["unknown-device", "new-country", "impossible-travel"] {
            assert!(first.reasons.iter().any(|known| known == reason), "{reason}: {seen:?}");
        }
        let shown = format!("{:?}", seen.decisions);
        for hidden in ["1.0.16.1", "193.0.6.139", "JP", "Test/1"] {
            assert!(!shown.contains(hidden), "{hidden}: {shown}");
        }
        assert_eq!(house.traces(ada.account, AuditKind::StaffLooked).await, ["Decider-1"]);
    })
    .await;
}

#[tokio::test]
async fn no_other_residence_no_missing_record_and_no_erasure_leads_one_person_out_of_a_block() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let app = &house.app;
        let visit = house.visit([203, 0, 113, 7]);
        let (_, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        resides(&house, ada.account, "NL").await;
        house.pass(60);
        let due = app.ask_erasure(&visit, &inside, &house.totp(&ada, 0)).await.expect("asked in time");
        app.take_policy(always(&[("NL", Mode::Blocked), ("KP", Mode::Blocked)])).await.expect("taken");
        let moved = app.write_identity(ada.account, &record_of("DE"), "L01X00T47").await;
        assert_eq!(refused(moved), IdentityFailed::Blocked);
        assert_eq!(refused(app.remove_identity(ada.account).await), IdentityFailed::Blocked);
        resides(&house, ada.account, "KP").await;
        resides(&house, ada.account, "NL").await;
        house.pass(due.since(app.now()).as_secs());
        let outcome = app.erase(ada.account).await.expect("looked at");
        assert_eq!(outcome, ErasureOutcome::Postponed(ErasureObstacle::Blocked));
        // A file that merely drops the row changes nothing of it; two who let the account out do.
        app.take_policy(JurisdictionPolicy::default()).await.expect("taken");
        assert_eq!(refused(app.remove_identity(ada.account).await), IdentityFailed::Blocked);
        let [approver, compliance, _] = deciders(&house).await;
        for staff in [approver.member.id, compliance.member.id] {
            app.approve_account_lift(ada.account, staff).await.expect("approved");
        }
        resides(&house, ada.account, "DE").await;
        assert_eq!(app.erase(ada.account).await.expect("erased"), ErasureOutcome::Erased);
    })
    .await;
}
