//! `doorward asset` and `doorward market`: with a server and without one they say and do the same.

use crate::house::{Place, Server};

const TERMS: [&str; 6] = ["--tick", "0.01", "--lot", "0.0001", "--max-size", "100"];

/// A server whose engine takes commands.
fn ready(place: &Place) -> Server {
    let mut server = place.serve(&[]);
    server.wait_for_log("the market takes commands");
    server
}

#[test]
fn what_is_listed_stays_whether_a_server_runs_or_not() {
    let place = Place::new();
    let run = |arguments: &[&str]| place.run(arguments);
    let added = run(&["asset", "add", "BTC", "--name", "Bitcoin", "--scale", "8"]);
    assert_eq!(added.code, Some(0), "{added:?}");
    let server = ready(&place);
    let coarse = run(&["asset", "add", "EUR", "--name", "Euro", "--scale", "2"]);
    assert_eq!(coarse.code, Some(0), "{coarse:?}");
    let open = [&["market", "open", "BTC", "EUR"][..], &TERMS].concat();
    let fraction = run(&open);
    assert_eq!(fraction.code, Some(7), "{fraction:?}");
    assert!(fraction.complained.contains("--tick times --lot"), "{fraction:?}");
    let taken = run(&["asset", "add", "BTC", "--name", "Other", "--scale", "8"]);
    assert_eq!(taken.code, Some(7), "{taken:?}");
    assert_eq!(run(&["asset", "add", "EURC", "--name", "Euro", "--scale", "6"]).code, Some(0));
    let opened = run(&[&["market", "open", "BTC", "EURC"][..], &TERMS].concat());
    assert!(opened.said.contains("0\tBTC-EURC\topen"), "{opened:?}");
    server.stop();
    assert_eq!(run(&["market", "halt", "BTC-EURC"]).code, Some(0));
    let server = ready(&place);
    let listed = run(&["market", "list"]);
    assert!(listed.said.contains("0\tBTC-EURC\thalted"), "{listed:?}");
    assert_eq!(run(&["market", "resume", "BTC-EURC"]).code, Some(0));
    assert_eq!(run(&["market", "resume", "BTC-USD"]).code, Some(7));
    server.stop();
    let listed = run(&["asset", "list"]);
    assert!(
        listed.said.contains("0\tBTC\t8 digits") && listed.said.contains("2\tEURC\t6 digits"),
        "{listed:?}"
    );
    let none = run(&["asset", "list", "--set", "market.engine=off"]);
    assert_eq!(none.code, Some(7), "{none:?}");
    assert!(none.complained.contains("market.engine"), "{none:?}");
}

#[test]
fn a_journal_that_is_not_as_it_was_written_ends_the_start_although_the_door_opens_first() {
    let place = Place::new();
    assert_eq!(place.run(&["asset", "add", "BTC", "--name", "Bitcoin", "--scale", "8"]).code, Some(0));
    assert_eq!(place.run(&["asset", "add", "EUR", "--name", "Euro", "--scale", "6"]).code, Some(0));
    let segment = place.data().join("market").join(format!("{:020}.segment", 1));
    let written = std::fs::read(&segment).expect("a segment");
    let mut damaged = written.clone();
    damaged[600] ^= 1;
    std::fs::write(&segment, damaged).expect("writes");
    for command in [&["serve"][..], &["asset", "list"]] {
        let ended = place.run(command);
        assert_eq!(ended.code, Some(4), "{ended:?}");
        assert!(ended.complained.contains("is damaged at byte 512"), "{ended:?}");
    }
    std::fs::write(&segment, written).expect("writes");
    let server = ready(&place);
    let listed = place.run(&["asset", "list"]);
    assert!(listed.said.contains("1\tEUR\t6 digits"), "{listed:?}");
    server.stop();
}
