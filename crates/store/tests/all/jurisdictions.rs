//! Blocks, lifts, countries and what accounts were told.

use doorward_domain::country::Country;
use doorward_domain::id::StaffId;
use doorward_domain::jurisdiction::{Mode, Row};
use doorward_domain::staff::{Role, StaffAct, may};
use doorward_store::Db;
use doorward_store::country::*;
use doorward_store::jurisdiction::*;
use doorward_store::staff::{remove_staff, set_staff_role};
use doorward_store::testing::on_both;

use crate::staff::{add, enrol};
use crate::support::*;

fn country(code: &str) -> Country {
    Country::parse(code).expect("a country")
}

fn staff(number: u8) -> StaffId {
    StaffId::from_parts(NOW, [number; 16])
}

/// Enrols this many who decide about blocks.
async fn deciders(db: &Db, count: u8) {
    for number in 1..=count {
        add(db, number, if number % 2 == 0 { Role::Compliance } else { Role::Approver }).await;
        assert!(enrol(db, number).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_is_lifted_by_two_different_members_of_staff() {
    on_both(async |db| {
        deciders(&db, 3).await;
        let row = Row::Country(country("KP"));
        assert!(in_write!(db, |tx| record_block(tx, row, at(0), false)).unwrap());
        assert!(!in_write!(db, |tx| record_block(tx, row, at(5), false)).unwrap(), "it is blocked already");
        let lift =
            async |number| in_write!(db, |tx| approve_row_lift(tx, row, staff(number), at(9))).unwrap();
        assert_eq!(lift(1).await, Lift::First);
        assert_eq!(lift(1).await, Lift::SamePerson);
        assert_eq!(list_blocks(&db).await.unwrap().get(&row), Some(&at(0)));
        let approved = list_blocks_with_approvals(&db).await.unwrap();
        assert_eq!(approved[0].first_by, Some(staff(1)));
        assert_eq!(lift(2).await, Lift::Lifted);
        assert_eq!(lift(3).await, Lift::NotBlocked);
        assert!(list_blocks(&db).await.unwrap().is_empty());
        assert!(in_write!(db, |tx| record_block(tx, row, at(20), false)).unwrap(), "blocked anew");
        assert_eq!(lift(1).await, Lift::First, "old approvals are spent");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_approvals_of_one_person_lift_nothing_and_of_two_lift_once() {
    on_both(async |db| {
        deciders(&db, 6).await;
        in_write!(db, |tx| record_block(tx, Row::Unknown, at(0), false)).unwrap();
        let approve = |db: doorward_store::Db, number: u8| async move {
            in_write!(db, |tx| approve_row_lift(tx, Row::Unknown, staff(number), at(1)))
        };
        let same = race(&db, 4, |db, _| approve(db, 1)).await;
        assert_eq!(same.iter().filter(|lift| **lift == Lift::First).count(), 1, "{same:?}");
        assert!(!same.contains(&Lift::Lifted));
        let others = race(&db, 4, |db, number| approve(db, u8::try_from(number).unwrap() + 2)).await;
        assert_eq!(others.iter().filter(|lift| **lift == Lift::Lifted).count(), 1, "{others:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_lifted_by_two_as_well() {
    on_both(async |db| {
        deciders(&db, 2).await;
        let account = open_account(&db, 1).await;
        let lift = async |number| {
            in_write!(db, |tx| approve_account_lift(tx, account, staff(number), at(9))).unwrap()
        };
        assert_eq!(lift(1).await, Lift::First);
        assert_eq!(lift(1).await, Lift::SamePerson);
        assert!(list_lifted_accounts(&db).await.unwrap().is_empty());
        assert_eq!(lift(2).await, Lift::Lifted);
        assert_eq!(lift(2).await, Lift::NotBlocked);
        assert_eq!(list_lifted_accounts(&db).await.unwrap(), [(account, at(9))]);
        assert_eq!(find_account_lift(&db, account).await.unwrap(), Some(at(9)));
        let back =
            race(&db, 4, |db, _| async move { in_write!(db, |tx| call_account_back(tx, account)) }).await;
        assert_eq!(yes(&back), 1, "it is called back once");
        assert!(list_lifted_accounts(&db).await.unwrap().is_empty());
        assert_eq!(lift(2).await, Lift::First, "to let it out again takes two new approvals");
        assert!(!in_write!(db, |tx| call_account_back(tx, account)).unwrap(), "one approval lets nobody out");
        assert_eq!(lift(1).await, Lift::Lifted);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_approval_counts_while_its_giver_is_there_with_a_role_that_decides() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        for (number, role) in (1..).zip(Role::ALL) {
            add(&db, number, *role).await;
            assert!(enrol(&db, number).await);
        }
        deciders_from(&db, 5).await;
        for (number, role) in (1..).zip(Role::ALL) {
            let row = Row::Country(Country::all().nth(usize::from(number)).unwrap());
            in_write!(db, |tx| record_block(tx, row, at(0), false)).unwrap();
            let lift = async |staff| in_write!(db, |tx| approve_row_lift(tx, row, staff, at(1))).unwrap();
            assert_eq!(lift(staff(number)).await, Lift::First);
            let expected = if may(*role, StaffAct::DecideBlock) { Lift::Lifted } else { Lift::First };
            assert_eq!(lift(staff(5)).await, expected, "{role:?}");
        }
        in_write!(db, |tx| record_block(tx, Row::Unknown, at(0), false)).unwrap();
        let row = async |number| {
            in_write!(db, |tx| approve_row_lift(tx, Row::Unknown, staff(number), at(2))).unwrap()
        };
        let of_account = async |number| {
            in_write!(db, |tx| approve_account_lift(tx, account, staff(number), at(2))).unwrap()
        };
        assert_eq!((row(5).await, of_account(5).await), (Lift::First, Lift::First));
        in_write!(db, |tx| set_staff_role(tx, staff(5), Role::Agent)).unwrap();
        assert_eq!(
            (row(6).await, of_account(6).await),
            (Lift::First, Lift::First),
            "the first is an agent now"
        );
        in_write!(db, |tx| remove_staff(tx, staff(6), at(3))).unwrap();
        assert_eq!((row(7).await, of_account(7).await), (Lift::First, Lift::First), "the first has left");
        assert_eq!((row(8).await, of_account(8).await), (Lift::Lifted, Lift::Lifted));
    })
    .await;
}

async fn deciders_from(db: &Db, first: u8) {
    for number in first..first + 4 {
        add(db, number, Role::Approver).await;
        assert!(enrol(db, number).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lifting_the_default_lifts_what_it_covered_and_nothing_else() {
    on_both(async |db| {
        deciders(&db, 2).await;
        let (nl, pt, kp) = (country("NL"), country("PT"), country("KP"));
        let (nl, pt, kp) = (Row::Country(nl), Row::Country(pt), Row::Country(kp));
        for (row, by_default) in [(Row::Default, false), (nl, true), (pt, true), (kp, false)] {
            assert!(in_write!(db, |tx| record_block(tx, row, at(0), by_default)).unwrap());
        }
        assert!(!in_write!(db, |tx| record_block(tx, kp, at(1), true)).unwrap(), "it is blocked by itself");
        assert!(in_write!(db, |tx| record_block(tx, pt, at(1), false)).unwrap(), "by itself from now on");
        let lift =
            async |row, number| in_write!(db, |tx| approve_row_lift(tx, row, staff(number), at(2))).unwrap();
        assert_eq!(lift(Row::Default, 1).await, Lift::First);
        assert_eq!(list_blocks(&db).await.unwrap().len(), 4);
        assert_eq!(lift(Row::Default, 2).await, Lift::Lifted);
        let left: Vec<Row> = list_blocks(&db).await.unwrap().into_keys().collect();
        assert_eq!(left, [kp, pt]);
        assert!(!in_write!(db, |tx| hold_block(tx, nl)).unwrap());
        assert!(in_write!(db, |tx| hold_block(tx, kp)).unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_told_of_an_announced_date_once_and_of_another_date_again() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        for (mode, from) in [(Mode::Closing, 9), (Mode::Closing, 20), (Mode::WithdrawOnly, 20)] {
            let told = race(&db, 4, |db, _| async move {
                in_write!(db, |tx| record_told_ahead(tx, account, mode, at(from), at(1)))
            })
            .await;
            assert_eq!(yes(&told), 1, "{mode:?} {from}");
        }
        let nl = country("NL");
        assert!(
            list_untold_ahead(&db, nl, Mode::Closing, at(9), 10).await.unwrap().is_empty(),
            "it lives elsewhere"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_country_of_an_account_stands_first() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        assert!(list_countries(&db, account).await.unwrap().is_empty());
        for (code, seconds) in [("DE", 1), ("FR", 2), ("DE", 3), ("FR", 0)] {
            in_write!(db, |tx| record_country(tx, account, country(code), at(seconds))).unwrap();
        }
        let listed = list_countries(&db, account).await.unwrap();
        assert_eq!(listed, [(country("DE"), at(3)), (country("FR"), at(2))]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_told_of_a_mode_once_even_by_two_nodes_at_the_same_moment() {
    on_both(async |db| {
        let account = open_account(&db, 1).await;
        assert_eq!(find_told_mode(&db, account).await.unwrap(), None);
        for mode in [Mode::Closing, Mode::WithdrawOnly, Mode::Closing] {
            let told = race(&db, 4, |db, _| async move {
                in_write!(db, |tx| record_told_mode(tx, account, mode, at(1)))
            })
            .await;
            assert_eq!(yes(&told), 1, "{mode:?}");
            assert_eq!(find_told_mode(&db, account).await.unwrap(), Some(mode));
        }
    })
    .await;
}
