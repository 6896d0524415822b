//! The operator's commands do the same through the running server and without one.

use crate::house::{Place, Server};

/// Runs `doorward account …` and gives what it said, or its exit code and complaint.
fn account(place: &Place, arguments: &[&str]) -> Result<String, (Option<i32>, String)> {
    let ended = place.run(&[&["account"], arguments].concat());
    if ended.code == Some(0) { Ok(ended.said) } else { Err((ended.code, ended.complained)) }
}

/// `status` is what the account is found in.
fn every_command_works(place: &Place, identifier: &str, status: &str) {
    let list = account(place, &["list"]).expect("lists");
    let fields: Vec<&str> = list.trim_end().split('\t').collect();
    assert_eq!(fields.len(), 5, "{list:?}");
    let id = fields[0];
    assert_eq!(fields[1], status, "{list:?}");
    assert!(!list.contains(identifier), "the list masks identifiers: {list:?}");

    for name in [id, identifier, &identifier.to_uppercase()] {
        let shown = account(place, &["show", name]).expect("shows");
        assert!(shown.contains(&format!("account         {id}")), "{shown}");
        assert!(shown.contains("recovery codes  10 left"), "{shown}");
        assert!(!shown.contains(identifier), "{shown}");
    }

    // The second time it is frozen still: nobody here can lift that.
    match account(place, &["freeze", identifier]) {
        Ok(frozen) => assert!(frozen.contains("frozen"), "{frozen}"),
        Err((code, why)) => assert_eq!((code, why.contains("frozen already")), (Some(7), true), "{why}"),
    }
    let (code, why) = account(place, &["freeze", id]).expect_err("refused");
    assert_eq!((code, why.contains("frozen already")), (Some(7), true), "{why}");
    assert!(account(place, &["list"]).expect("lists").contains("\tfrozen\t"));
    let (code, why) =
        account(place, &["unfreeze", id]).expect_err("one person at the machine lifts no freeze of staff");
    assert_eq!((code, why.contains("two different members of staff")), (Some(7), true), "{why}");

    assert!(account(place, &["end-sessions", id]).expect("ends").contains("0 sessions ended"));
    assert!(account(place, &["end-sessions", "--all"]).expect("ends").contains("of all accounts"));
    account(place, &["reset-link", identifier]).expect("sends");

    for stranger in ["nobody@demo.example", "0192f0c0-0000-7000-8000-000000000000", "nonsense"] {
        let (code, why) = account(place, &["show", stranger]).expect_err("refused");
        assert_eq!(code, Some(7), "{why}");
        assert!(why.contains("there is no such account"), "{why}");
    }
}

#[test]
fn commands_work_through_the_running_server_and_without_one() {
    let place = Place::new();
    let (server, data) = Server::demo(&place);
    let identifier = data["identifier"].as_str().expect("an identifier").to_owned();
    every_command_works(&place, &identifier, "open");
    server.stop();
    every_command_works(&place, &identifier, "frozen");
}

#[test]
fn without_an_account_there_is_nothing_to_list() {
    let place = Place::new();
    let dead = place.run(&["outbox", "dead"]);
    assert_eq!((dead.code, dead.said.as_str()), (Some(0), ""), "{dead:?}");
    for message in ["nonsense", "0192f0c0-0000-7000-8000-000000000000"] {
        let refused = place.run(&["outbox", "resend", message]);
        assert_eq!(refused.code, Some(7), "{refused:?}");
        assert!(refused.complained.contains("no message with this id is dead"), "{refused:?}");
    }
    assert_eq!(account(&place, &["list"]).as_deref(), Ok(""));
    assert_eq!(account(&place, &["show", "nobody@demo.example"]).expect_err("refused").0, Some(7));
}
