//! The rules of countries by commands: what stands blocked is told without a server too, and whoever approves is asked
//! for.

use crate::house::{Ended, Place};

const NOBODY: &str = "0192f0c0-0000-7000-8000-000000000000";

fn policy(place: &Place, arguments: &[&str]) -> Ended {
    place.run(&[&["policy"], arguments, &["--set", "jurisdiction.policy=policy.toml"]].concat())
}

/// A place whose server has written down that the Netherlands are blocked, and whose file says so no more.
fn dropped_by_the_file() -> Place {
    let place = Place::new();
    place.write("policy.toml", "[countries]\nNL = \"blocked\"\n", 0o644);
    place.serve(&["jurisdiction.policy=policy.toml"]).stop();
    place.write("policy.toml", "[countries]\nNL = \"open\"\n", 0o644);
    place
}

#[test]
fn what_was_blocked_is_explained_so_without_a_server_too() {
    let place = dropped_by_the_file();
    for asked in [["--residence", "NL"], ["--ip", "193.0.6.139"]] {
        let told = policy(&place, &[&["explain"], &asked[..]].concat());
        assert!(told.said.contains("in force       blocked ("), "{told:?}");
    }
    let told = policy(&place, &["explain", "--residence", "DE"]);
    assert!(told.said.contains("in force       open ("), "{told:?}");
    let blocked = policy(&place, &["blocked"]).said;
    assert!(blocked.starts_with("NL\tsince ") && blocked.contains("waits for two approvals"), "{blocked}");
}

#[test]
fn only_an_enrolled_colleague_whose_id_the_list_prints_approves() {
    let place = dropped_by_the_file();
    let add = ["staff", "add", "Bea", "--mail", "bea@example.org", "--role", "approver"];
    assert_eq!(place.run(&add).code, Some(0));
    let list = place.run(&["staff", "list"]).said;
    let line = list.lines().find(|line| line.starts_with("Bea\t")).expect("a line");
    let id = line.split('\t').nth(4).expect("an id");
    assert_eq!(id.len(), NOBODY.len(), "{line}");
    // She is invited and has no passkey yet; the other id is of nobody.
    for staff in [id, NOBODY] {
        let refused = policy(&place, &["lift", "NL", "--staff", staff]);
        assert_eq!(refused.code, Some(7), "{refused:?}");
        assert!(refused.complained.contains("is of nobody who is enrolled"), "{refused:?}");
    }
    let refused = policy(&place, &["lift", "NL", "--staff", "Bea"]);
    assert!(refused.complained.contains("doorward staff list prints them"), "{refused:?}");
    let refused = policy(&place, &["call-back", NOBODY, "--staff", id, "--reason", "x"]);
    assert_eq!(refused.code, Some(7), "{refused:?}");
    assert!(refused.complained.contains("or account"), "{refused:?}");
    let blocked = policy(&place, &["blocked"]).said;
    assert!(blocked.contains("waits for two approvals"), "{blocked}");
}
