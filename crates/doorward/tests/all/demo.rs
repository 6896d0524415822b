//! `doorward demo`: one line for scripts, and nothing left behind.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::house::{Place, Server, status};

#[test]
fn a_demo_prints_what_a_script_needs_to_sign_in() {
    let place = Place::new();
    let (server, data) = Server::demo(&place);
    for field in ["url", "identifier", "password", "totp_secret", "mailbox"] {
        assert!(data[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {data}");
    }
    assert_eq!(data["recovery_codes"].as_array().map(Vec::len), Some(10));
    assert_eq!(status(&server.get("/sign-in", "")), 200);
    for line in server.stop() {
        for secret in ["password", "totp_secret", "identifier"] {
            assert!(!line.contains(data[secret].as_str().expect("text")), "{line}");
        }
    }
}

#[test]
fn a_folder_in_use_is_refused_and_a_folder_of_its_own_is_removed() {
    let place = Place::new();
    place.write("data", "a file in the way", 0o600);
    let refused = place.run(&["demo", "--port", "0", "--folder", "data"]);
    assert_eq!(refused.code, Some(4), "{refused:?}");

    let mut command = place.command(&["demo", "--json", "--port", "0"]);
    let mut child = command.env("TMPDIR", place.path()).stdout(Stdio::piped()).spawn().expect("starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    let folders = || {
        std::fs::read_dir(place.path())
            .expect("a folder")
            .filter(|entry| {
                entry
                    .as_ref()
                    .is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("doorward-demo-"))
            })
            .count()
    };
    assert_eq!(folders(), 1);
    let told = std::process::Command::new("sh").args(["-c", &format!("kill -TERM {}", child.id())]).status();
    assert!(told.expect("a shell").success());
    assert_eq!(child.wait().expect("ends").code(), Some(0));
    assert_eq!(folders(), 0);
}
