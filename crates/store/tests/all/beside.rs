//! Reads and writes that happen beside each other: none holds up or harms another.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use doorward_store::testing::{Fresh, count_up, fill_disk, on_both};
use doorward_store::{Db, StoreFault, installation};

use crate::support::*;

#[tokio::test]
async fn a_long_read_leaves_the_request_loop_to_others() {
    on_both(async |db| {
        // One thread runs everything here: while a read kept it, nothing else could happen.
        let (turns, is_over) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
        let others = {
            let (turns, is_over) = (Arc::clone(&turns), Arc::clone(&is_over));
            tokio::spawn(async move {
                while !is_over.load(Ordering::SeqCst) {
                    turns.fetch_add(1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                }
            })
        };
        tokio::task::yield_now().await;
        let before = turns.load(Ordering::SeqCst);
        assert_eq!(count_up(&db, 1_000_000).await.unwrap(), 1_000_000);
        assert!(turns.load(Ordering::SeqCst) > before + 10, "others had their turn");
        is_over.store(true, Ordering::SeqCst);
        others.await.unwrap();
        assert_eq!(count_up(&db, 100).await.unwrap(), 100);
    })
    .await;
}

/// Writes a fact and then keeps it or refuses.
async fn write_fact(db: Db, name: String, keep: bool, bytes: usize) -> Result<(), Option<StoreFault>> {
    enum Ended {
        Refused,
        Fault(StoreFault),
    }
    impl From<StoreFault> for Ended {
        fn from(fault: StoreFault) -> Self {
            Self::Fault(fault)
        }
    }
    db.write("writing a fact for a test", move |tx| {
        Box::pin(async move {
            installation::replace_fact(tx, &name, &vec![1; bytes]).await?;
            if keep { Ok(()) } else { Err(Ended::Refused) }
        })
    })
    .await
    .map_err(|ended| match ended {
        Ended::Refused => None,
        Ended::Fault(fault) => Some(fault),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_write_touches_none_of_those_beside_it() {
    on_both(async |db| {
        let name = |number: u32| format!("fact {number}");
        let keeps = |number: u32| !number.is_multiple_of(3);
        let writes: Vec<_> = (0..60)
            .map(|number| tokio::spawn(write_fact(db.clone(), name(number), keeps(number), 8)))
            .collect();
        for (number, write) in (0..).zip(writes) {
            assert_eq!(write.await.unwrap().is_ok(), keeps(number));
        }
        for number in 0..60 {
            let found = installation::find_fact(&db, &name(number)).await.unwrap();
            assert_eq!(found.is_some(), keeps(number), "{number}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_although_the_disk_was_full_for_a_write_beside_it() {
    let fresh = Fresh::sqlite().await;
    let db = &fresh.db;
    fill_disk(db).await;
    let writes: Vec<_> = (0..40_u32)
        .map(|number| {
            let bytes = if number % 8 == 7 { 2_000_000 } else { 8 };
            tokio::spawn(write_fact(db.clone(), format!("fact {number}"), true, bytes))
        })
        .collect();
    let mut answers = Vec::new();
    for write in writes {
        answers.push(write.await.unwrap());
    }
    for (number, answer) in answers.iter().enumerate() {
        let found = installation::find_fact(db, &format!("fact {number}")).await.unwrap();
        assert_eq!(found.is_some(), answer.is_ok(), "{number}");
        if let Err(fault) = answer {
            assert!(fault.as_ref().is_some_and(StoreFault::is_unavailable), "{fault:?}");
        }
    }
    assert!(answers[7].is_err(), "the disk was full");
    in_write!(db, |tx| async move { installation::find_fact(&mut *tx, "none").await.map(drop) })
        .expect("the writer goes on");
    fresh.end().await;
}
