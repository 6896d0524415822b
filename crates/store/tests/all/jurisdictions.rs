//! Blocks, lifts, countries and what accounts were told.

use doorward_domain::country::Country;
use doorward_domain::id::StaffId;
use doorward_domain::jurisdiction::{Mode, Row};
use doorward_store::country::*;
use doorward_store::jurisdiction::*;
use doorward_store::testing::on_both;

use crate::support::*;

fn country(code: &str) -> Country {
    Country::parse(code).expect("a country")
}

fn staff(number: u8) -> StaffId {
    StaffId::from_parts(NOW, [number; 16])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_is_lifted_by_two_different_members_of_staff() {
    on_both(async |db| {
        let row = Row::Country(country("KP"));
        assert!(in_write!(db, |tx| record_block(tx, row, at(0))).unwrap());
        assert!(!in_write!(db, |tx| record_block(tx, row, at(5))).unwrap(), "it is blocked already");
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
        assert!(in_write!(db, |tx| record_block(tx, row, at(20))).unwrap(), "blocked anew");
        assert_eq!(lift(1).await, Lift::First, "old approvals are spent");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_approvals_of_one_person_lift_nothing_and_of_two_lift_once() {
    on_both(async |db| {
        in_write!(db, |tx| record_block(tx, Row::Unknown, at(0))).unwrap();
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
        let account = open_account(&db, 1).await;
        let lift = async |number| {
            in_write!(db, |tx| approve_account_lift(tx, account, staff(number), at(9))).unwrap()
        };
        assert_eq!(lift(1).await, Lift::First);
        assert_eq!(lift(1).await, Lift::SamePerson);
        assert!(list_lifted_accounts(&db).await.unwrap().is_empty());
        assert_eq!(lift(2).await, Lift::Lifted);
        assert_eq!(lift(2).await, Lift::NotBlocked);
        assert_eq!(list_lifted_accounts(&db).await.unwrap(), [account]);
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
