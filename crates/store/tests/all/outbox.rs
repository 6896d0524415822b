use doorward_domain::id::MessageId;
use doorward_domain::language::Language;
use doorward_domain::notice::{Channel, NoticeKind};
use doorward_store::Db;
use doorward_store::maintenance::count_messages;
use doorward_store::outbox::*;
use doorward_store::testing::on_both;

use crate::support::*;

fn message_id(number: u8) -> MessageId {
    MessageId::from_parts(NOW, [number; 16])
}

async fn put(db: &Db, number: u8) {
    put_as(db, number, false).await;
}

async fn put_as(db: &Db, number: u8, decoy: bool) {
    in_write!(db, |tx| async move {
        let new = NewMessage {
            id: message_id(number),
            account_id: None,
            kind: NoticeKind::SignedUp,
            channel: Channel::Mail,
            language: Language::German,
            sealed: &[number],
        };
        if decoy {
            return record_decoy(tx, &new, at(i64::from(number))).await;
        }
        record_message(tx, &new, at(i64::from(number))).await
    })
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_workers_claim_each_message_once() {
    on_both(async |db| {
        for number in 1..=20 {
            put(&db, number).await;
        }
        let claims = race(&db, 4, |db, _| async move {
            in_write!(db, |tx| async move {
                let claimed = claim_messages(tx, at(100), at(160), 10).await?;
                Ok(claimed.iter().map(|message| message.sealed[0]).collect::<Vec<_>>())
            })
        })
        .await;
        let mut all = claims.concat();
        all.sort_unstable();
        let mut once = all.clone();
        once.dedup();
        assert_eq!(all, once, "nobody claims what another has");
        let rest = in_write!(db, |tx| claim_messages(tx, at(100), at(160), 100)).unwrap();
        assert_eq!(all.len() + rest.len(), 20);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_erased_once_delivered() {
    on_both(async |db| {
        put(&db, 1).await;
        assert_eq!(find_next_attempt(&db).await.unwrap(), Some(at(1)));
        let claimed = in_write!(db, |tx| claim_messages(tx, at(1), at(61), 10)).unwrap();
        let message = &claimed[0];
        assert_eq!(
            (message.kind, message.channel, message.language),
            (NoticeKind::SignedUp, Channel::Mail, Language::German)
        );
        assert_eq!((message.attempts, message.created_at), (1, at(1)));
        assert!(in_write!(db, |tx| mark_sent(tx, message_id(1), 1, at(2))).unwrap());
        assert!(!in_write!(db, |tx| mark_sent(tx, message_id(1), 1, at(2))).unwrap());
        assert_eq!(find_next_attempt(&db).await.unwrap(), None);
        assert!(count_messages(&db).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_workers_messages_go_to_the_next_and_its_late_word_counts_no_more() {
    on_both(async |db| {
        put(&db, 1).await;
        in_write!(db, |tx| claim_messages(tx, at(1), at(61), 10)).unwrap();
        assert!(in_write!(db, |tx| claim_messages(tx, at(60), at(120), 10)).unwrap().is_empty());
        assert_eq!(in_write!(db, |tx| claim_messages(tx, at(61), at(121), 10)).unwrap()[0].attempts, 2);
        assert!(!in_write!(db, |tx| mark_failed(tx, message_id(1), 1, "timed out", at(90))).unwrap());
        assert!(in_write!(db, |tx| mark_failed(tx, message_id(1), 2, "timed out", at(90))).unwrap());
        assert_eq!(find_next_attempt(&db).await.unwrap(), Some(at(90)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_message_is_seen_by_the_operator_and_can_be_tried_again() {
    on_both(async |db| {
        for number in 1..=2 {
            put(&db, number).await;
        }
        in_write!(db, |tx| claim_messages(tx, at(5), at(61), 10)).unwrap();
        assert!(in_write!(db, |tx| mark_dead(tx, message_id(1), 1, "refused", false)).unwrap());
        assert!(in_write!(db, |tx| mark_dead(tx, message_id(2), 1, "expired", true)).unwrap());
        let dead = list_dead(&db, 10).await.unwrap();
        let dead: Vec<_> = dead.iter().map(|dead| (dead.id, dead.last_error.as_deref().unwrap())).collect();
        assert_eq!(dead, [(message_id(2), "expired"), (message_id(1), "refused")]);
        assert_eq!(count_messages(&db).await.unwrap()[0].messages, 2);
        assert!(!in_write!(db, |tx| revive_dead(tx, message_id(2), at(9))).unwrap(), "its content is gone");
        assert!(in_write!(db, |tx| revive_dead(tx, message_id(1), at(9))).unwrap());
        assert_eq!(in_write!(db, |tx| claim_messages(tx, at(9), at(61), 10)).unwrap().len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decoy_is_written_and_never_sent() {
    on_both(async |db| {
        put_as(&db, 1, true).await;
        assert_eq!(find_next_attempt(&db).await.unwrap(), None);
        assert!(in_write!(db, |tx| claim_messages(tx, at(1_000), at(2_000), 10)).unwrap().is_empty());
        assert!(count_messages(&db).await.unwrap().is_empty());
    })
    .await;
}
