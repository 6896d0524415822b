//! Staff: links, passkeys and stays of those who work at the desk, and what two of them do together.

use doorward_domain::id::{AccountId, PasskeyId, StaffId, StaffSessionId};
use doorward_domain::jurisdiction::Row;
use doorward_domain::language::Language;
use doorward_domain::staff::{About, PairAct, PairRequest, Role, StaffSessionEnd};
use doorward_store::staff::{
    NewStaff, NewStaffPasskey, NewStaffSession, end_staff_keys, end_staff_sessions, find_invited,
    find_staff_passkey, find_staff_session, finish_enrolment, invite_staff, list_staff, list_staff_passkeys,
    record_staff, record_staff_passkey, record_staff_session, remove_staff, set_staff_role,
    touch_staff_session, use_staff_passkey,
};
use doorward_store::staff_work::{
    NewRequest, find_request, list_notes, list_requests, record_note, record_request, settle_request,
};
use doorward_store::testing::on_both;
use doorward_store::{Db, StoreFault};
use uuid::Uuid;

use crate::support::{NOW, at, hash, in_write, open_account, race, yes};

fn staff_id(number: u8) -> StaffId {
    StaffId::from_parts(NOW, [number; 16])
}

pub(crate) async fn add(db: &Db, number: u8, role: Role) -> StaffId {
    let id = staff_id(number);
    let (name, lookup) = (format!("Colleague {number}"), [number; 32]);
    let added = in_write!(db, |tx| async move {
        let new = NewStaff {
            id,
            name: &name,
            lookup: &lookup,
            sealed: b"sealed",
            role,
            language: Language::English,
        };
        let added = record_staff(tx, &new, NOW).await?;
        invite_staff(tx, id, &hash(number), at(3_600), NOW).await?;
        Ok(added)
    });
    assert!(added.unwrap());
    id
}

pub(crate) async fn enrol(db: &Db, number: u8) -> bool {
    in_write!(db, |tx| finish_enrolment(tx, staff_id(number), &hash(number), at(1))).unwrap()
}

async fn begin(db: &Db, id: StaffId, token: u8) -> Result<bool, StoreFault> {
    in_write!(db, |tx| async move {
        let new = NewStaffSession {
            id: StaffSessionId::from_parts(NOW, [token; 16]),
            staff_id: id,
            token_hash: &hash(token),
            network: "203.0.113.24/32",
            user_agent: "Test/1",
        };
        record_staff_session(tx, &new, at(2)).await
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_never_given_twice_and_an_address_belongs_to_one_who_is_there() {
    on_both(async |db| {
        add(&db, 1, Role::Agent).await;
        let again = async |name: &'static str, lookup: u8, id: u8| {
            in_write!(db, |tx| async move {
                let new = NewStaff {
                    id: staff_id(id),
                    name,
                    lookup: &[lookup; 32],
                    sealed: b"sealed",
                    role: Role::Agent,
                    language: Language::English,
                };
                record_staff(tx, &new, NOW).await
            })
            .unwrap()
        };
        assert!(!again("Colleague 1", 9, 9).await, "the name");
        assert!(!again("Another", 1, 9).await, "the address");
        assert!(in_write!(db, |tx| remove_staff(tx, staff_id(1), at(1))).unwrap());
        assert!(!in_write!(db, |tx| remove_staff(tx, staff_id(1), at(1))).unwrap());
        assert!(!again("Colleague 1", 9, 9).await, "the name of somebody who left");
        assert!(again("Another", 1, 9).await, "the address of somebody who left");
        assert_eq!(list_staff(&db).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_opens_once_in_time_and_not_for_somebody_who_was_removed() {
    on_both(async |db| {
        add(&db, 1, Role::Agent).await;
        assert!(find_invited(&db, &hash(1), at(3_599)).await.unwrap().is_some());
        assert!(find_invited(&db, &hash(1), at(3_600)).await.unwrap().is_none(), "too late");
        assert!(!in_write!(db, |tx| finish_enrolment(tx, staff_id(1), &hash(1), at(3_600))).unwrap());
        let ended = race(&db, 6, |db, _| async move {
            in_write!(db, |tx| finish_enrolment(tx, staff_id(1), &hash(1), at(1)))
        })
        .await;
        assert_eq!(yes(&ended), 1);
        assert!(find_invited(&db, &hash(1), at(2)).await.unwrap().is_none(), "used");
        add(&db, 2, Role::Agent).await;
        in_write!(db, |tx| remove_staff(tx, staff_id(2), at(1))).unwrap();
        assert!(find_invited(&db, &hash(2), at(2)).await.unwrap().is_none(), "removed");
        assert!(!enrol(&db, 2).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stay_opens_for_those_who_are_enrolled_and_ends_with_them() {
    on_both(async |db| {
        let id = add(&db, 1, Role::Agent).await;
        assert!(!begin(&db, id, 10).await.unwrap(), "not enrolled yet");
        assert!(enrol(&db, 1).await);
        assert!(begin(&db, id, 11).await.unwrap());
        let stay = find_staff_session(&db, &hash(11)).await.unwrap().unwrap();
        assert_eq!((stay.staff_id, stay.role, stay.last_seen_at), (id, Role::Agent, at(2)));
        assert!(in_write!(db, |tx| touch_staff_session(tx, stay.id, at(90))).unwrap());
        assert!(!in_write!(db, |tx| touch_staff_session(tx, stay.id, at(80))).unwrap());
        assert!(begin(&db, id, 12).await.unwrap());
        assert!(find_staff_session(&db, &hash(11)).await.unwrap().is_none(), "one stay at a time");
        assert!(in_write!(db, |tx| set_staff_role(tx, id, Role::Auditor)).unwrap());
        assert!(!in_write!(db, |tx| set_staff_role(tx, id, Role::Auditor)).unwrap());
        let stay = find_staff_session(&db, &hash(12)).await.unwrap().unwrap();
        assert_eq!(stay.role, Role::Auditor, "the role is the present one");
        assert_eq!(
            in_write!(db, |tx| end_staff_sessions(tx, id, StaffSessionEnd::RoleChanged, at(100))).unwrap(),
            1
        );
        assert!(find_staff_session(&db, &hash(12)).await.unwrap().is_none());
        assert!(begin(&db, id, 13).await.unwrap());
        in_write!(db, |tx| remove_staff(tx, id, at(200))).unwrap();
        assert!(find_staff_session(&db, &hash(13)).await.unwrap().is_none(), "removed");
        assert!(!begin(&db, id, 14).await.unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_moves_once_for_answers_at_the_same_moment_and_a_removed_key_is_none() {
    on_both(async |db| {
        let id = add(&db, 1, Role::Agent).await;
        let key = PasskeyId::from_parts(NOW, [5; 16]);
        let put = async || {
            in_write!(db, |tx| async move {
                let new = NewStaffPasskey {
                    id: key,
                    staff_id: id,
                    credential_id: b"credential",
                    sealed: b"sealed",
                    aaguid: Uuid::from_bytes([7; 16]),
                    counter: 3,
                };
                record_staff_passkey(tx, &new, NOW).await
            })
            .unwrap()
        };
        assert!(put().await);
        let found = find_staff_passkey(&db, b"credential").await.unwrap().unwrap();
        assert_eq!((found.id, found.counter, found.staff_id), (key, 3, id));
        let used =
            race(&db, 6, |db, _| async move { in_write!(db, |tx| use_staff_passkey(tx, key, 3, 4, at(1))) })
                .await;
        assert_eq!(yes(&used), 1);
        in_write!(db, |tx| end_staff_keys(tx, id, at(2))).unwrap();
        assert!(find_staff_passkey(&db, b"credential").await.unwrap().is_none());
        assert!(list_staff_passkeys(&db, id).await.unwrap().is_empty());
        assert!(find_invited(&db, &hash(1), at(3)).await.unwrap().is_none(), "the link ended as well");
    })
    .await;
}

fn request(account: AccountId) -> PairRequest {
    PairRequest {
        act: PairAct::LiftFreeze,
        about: About::Account(account),
        asked_by: staff_id(1),
        asked_as: Role::Approver,
        expires_at: at(60),
    }
}

async fn ask(db: &Db, number: u8, rules: PairRequest, seconds: i64) -> bool {
    let id = Uuid::from_bytes([number; 16]);
    in_write!(db, |tx| async move {
        record_request(tx, &NewRequest { id, rules: &rules, sealed: b"why" }, at(seconds)).await
    })
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_waits_once_is_settled_once_and_never_agreed_to_by_its_own_asker() {
    on_both(async |db| {
        add(&db, 1, Role::Approver).await;
        add(&db, 2, Role::Compliance).await;
        assert!(enrol(&db, 1).await && enrol(&db, 2).await);
        let account = open_account(&db, 1).await;
        let id = Uuid::from_bytes([1; 16]);
        assert!(ask(&db, 1, request(account), 0).await);
        assert!(!ask(&db, 2, request(account), 1).await, "one waits");
        assert!(
            !in_write!(db, |tx| settle_request(tx, id, (staff_id(1), Role::Approver), true, at(2))).unwrap(),
            "their own"
        );
        let second = (staff_id(2), Role::Compliance);
        assert!(!in_write!(db, |tx| settle_request(tx, id, second, true, at(60))).unwrap(), "too late");
        let before = (staff_id(2), Role::Approver);
        assert!(
            !in_write!(db, |tx| settle_request(tx, id, before, true, at(2))).unwrap(),
            "a role that is theirs no more"
        );
        let settled = race(&db, 6, |db, number| async move {
            let agreed = number % 2 == 0;
            in_write!(db, |tx| settle_request(tx, id, second, agreed, at(3)))
        })
        .await;
        assert_eq!(yes(&settled), 1);
        assert!(find_request(&db, id).await.unwrap().is_none());
        assert!(ask(&db, 3, PairRequest { expires_at: at(100), ..request(account) }, 4).await);
        assert!(
            ask(&db, 4, PairRequest { expires_at: at(200), ..request(account) }, 100).await,
            "the other is too old"
        );
        assert_eq!(list_requests(&db, at(101)).await.unwrap().len(), 1);
        in_write!(db, |tx| set_staff_role(tx, staff_id(1), Role::Agent)).unwrap();
        assert!(list_requests(&db, at(101)).await.unwrap().is_empty(), "its asker is somebody else now");
        let of_another = PairRequest {
            asked_by: staff_id(2),
            asked_as: Role::Compliance,
            expires_at: at(300),
            ..request(account)
        };
        assert!(!ask(&db, 6, request(account), 101).await, "nobody asks in a role that is theirs no more");
        assert!(ask(&db, 5, of_another, 101).await, "what nobody can see any more stands in nobody's way");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_about_a_row_of_the_policy_waits_once_beside_those_about_accounts() {
    on_both(async |db| {
        add(&db, 1, Role::Approver).await;
        assert!(enrol(&db, 1).await);
        let account = open_account(&db, 1).await;
        let of = |about| PairRequest { act: PairAct::LiftBlock, about, ..request(account) };
        let row = of(About::Row(Row::Unknown));
        assert!(ask(&db, 1, row, 0).await);
        assert!(!ask(&db, 2, row, 1).await, "one waits");
        assert!(ask(&db, 3, of(About::Row(Row::Default)), 1).await, "another row");
        assert!(ask(&db, 4, of(About::Account(account)), 1).await, "an account");
        assert!(ask(&db, 5, request(account), 1).await, "another act about the same account");
        let waiting = list_requests(&db, at(2)).await.unwrap();
        let about: Vec<_> = waiting.iter().map(|one| one.about().unwrap()).collect();
        let (row, default) = (About::Row(Row::Unknown), About::Row(Row::Default));
        assert_eq!(about, [row, default, About::Account(account), About::Account(account)]);
        assert!(
            ask(&db, 6, PairRequest { expires_at: at(100), ..of(row) }, 60).await,
            "the other is too old"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_keep_the_name_of_their_writer_after_they_left() {
    on_both(async |db| {
        add(&db, 1, Role::Agent).await;
        let account = open_account(&db, 1).await;
        for number in 1..=2 {
            let id = Uuid::from_bytes([number; 16]);
            let written = i64::from(number);
            in_write!(db, |tx| record_note(tx, id, account, staff_id(1), b"sealed", at(written))).unwrap();
        }
        in_write!(db, |tx| remove_staff(tx, staff_id(1), at(5))).unwrap();
        let notes = list_notes(&db, account).await.unwrap();
        let told: Vec<_> = notes.iter().map(|note| (note.name.as_str(), note.written_at)).collect();
        assert_eq!(told, [("Colleague 1", at(2)), ("Colleague 1", at(1))]);
    })
    .await;
}
