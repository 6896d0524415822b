//! `doorward rebuild`: history is made anew while nobody writes it, and nowhere else.

use std::os::unix::fs::PermissionsExt as _;

use crate::house::Place;

#[test]
fn history_is_made_anew_when_no_server_runs() {
    let place = Place::new();
    let server = place.serve(&[]);
    let running = place.run(&["rebuild"]);
    assert_eq!(running.code, Some(6), "{running:?}");
    server.stop();
    let history = place.data().join("history.db");
    assert_eq!(history.metadata().expect("the server made it").permissions().mode() & 0o777, 0o600);
    let made = place.run(&["rebuild"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    assert!(made.said.contains("history was made anew from 0 records: 0 orders"), "{made:?}");
    // A history that is gone is made by the next start as well.
    std::fs::remove_file(&history).expect("removes");
    place.serve(&[]).stop();
    assert!(history.exists());
}

#[test]
fn a_node_without_the_engine_has_no_history_to_make() {
    let place = Place::new();
    let refused = place.run(&["rebuild", "--set", "market.engine=off"]);
    assert_eq!(refused.code, Some(7), "{refused:?}");
    place.serve(&["market.engine=off"]).stop();
    assert!(!place.data().join("history.db").exists());
}

#[test]
fn a_history_that_cannot_be_read_is_told_apart_from_books_that_differ() {
    let place = Place::new();
    assert_eq!(place.run(&["asset", "add", "BTC", "--name", "Bitcoin", "--scale", "8"]).code, Some(0));
    let mut server = place.serve(&[]);
    server.wait_for_log("the market takes commands");
    let agreed = place.run(&["reconcile"]);
    assert_eq!(agreed.code, Some(0), "{agreed:?}");
    let history = rusqlite::Connection::open(place.data().join("history.db")).expect("opens");
    history.execute_batch("ALTER TABLE ledger_entry RENAME TO gone").expect("renamed");
    let unread = place.run(&["reconcile"]);
    assert_eq!(unread.code, Some(11), "{unread:?}");
    assert!(unread.complained.contains("COULD NOT COMPARE history"), "{unread:?}");
    assert!(!unread.complained.contains("DIFFERS"), "{unread:?}");
    drop(history);
    server.stop();
}
