//! The audit log through the program, held against a verifier in another language that shares no code with it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::house::{PATIENCE, Place, Server, now};

/// Runs the external verifier; `Err` is what it complained of.
fn python(arguments: &[&str]) -> Result<String, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e/verify_audit.py");
    let run = Command::new("python3").arg(script).args(arguments).output().expect("python3: make needs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    if run.status.success() { Ok(text(run.stdout)) } else { Err(text(run.stderr)) }
}

fn audit(place: &Place, arguments: &[&str]) -> String {
    let ended = place.run(&[&["audit"], arguments].concat());
    assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.complained);
    ended.said
}

fn kept(place: &Place, name: &str, text: &str) -> String {
    place.write(name, text, 0o600).to_string_lossy().into_owned()
}

/// Changes the database file as its owner could.
fn tamper(place: &Place, sql: &'static str) {
    let file = place.data().join("doorward.sqlite");
    rusqlite::Connection::open(file).expect("opens").execute_batch(sql).expect("obeys");
}

fn wait_for(file: &Path) {
    let begun = now();
    while !file.exists() {
        assert!(begun.elapsed() < PATIENCE, "{} was never written", file.display());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// A folder with a demo that has ended, its log's key, and the numbers of its entries.
fn house_with_a_log() -> (Place, String) {
    let place = Place::new();
    let (server, data) = Server::demo(&place);
    let identifier = data["identifier"].as_str().expect("an identifier").to_owned();
    for _ in 0..5 {
        assert_eq!(place.run(&["account", "show", &identifier]).code, Some(0));
    }
    audit(&place, &["checkpoint"]);
    server.stop();
    (place, identifier)
}

#[test]
fn a_verifier_that_shares_no_code_confirms_checkpoints_proofs_and_the_whole_log() {
    let (place, identifier) = house_with_a_log();
    let old = kept(&place, "old", &audit(&place, &["checkpoint"]));
    for _ in 0..3 {
        place.run(&["account", "show", &identifier]);
    }
    let new = kept(&place, "new", &audit(&place, &["checkpoint"]));
    let key = audit(&place, &["key"]);
    assert!(python(&["checkpoint", &key, &old]).expect("holds").starts_with("verified"));

    let export = audit(&place, &["export"]);
    let entries = export.lines().count();
    let file = kept(&place, "export", &export);
    python(&["export", &key, &new, &file]).expect("holds");
    python(&["export", &key, &old, &file]).expect("the old one is a beginning of it");

    let size = entries.to_string();
    for line in export.lines() {
        let seq =
            line.split("\"seq\":").nth(1).and_then(|rest| rest.split([',', '}']).next()).expect("a number");
        let proof = kept(&place, "proof", &audit(&place, &["prove", seq, "--size", &size]));
        python(&["inclusion", &key, &new, &proof]).expect("holds");
        assert!(python(&["inclusion", &key, &old, &proof]).is_err(), "it is proved of another tree");
    }
    let sizes: Vec<String> = [&old, &new]
        .iter()
        .map(|file| std::fs::read_to_string(file).expect("reads").lines().nth(1).expect("a size").to_owned())
        .collect();
    let proof = kept(&place, "consistency", &audit(&place, &["consistency", &sizes[0], &sizes[1]]));
    python(&["consistency", &key, &old, &new, &proof]).expect("holds");

    let forged = export.replacen("staff-looked", "signed-out", 1);
    assert_ne!(forged, export);
    let forged = kept(&place, "forged", &forged);
    assert!(python(&["export", &key, &new, &forged]).expect_err("refused").contains("not verified"));
    let shorter: String = export.lines().take(entries - 1).map(|line| format!("{line}\n")).collect();
    let shorter = kept(&place, "shorter", &shorter);
    assert!(python(&["export", &key, &new, &shorter]).is_err());
    let text = std::fs::read_to_string(&new).expect("reads");
    let forged = kept(&place, "forged-checkpoint", &text.replacen(&format!("\n{size}\n"), "\n1\n", 1));
    assert!(python(&["checkpoint", &key, &forged]).expect_err("refused").contains("no signature holds"));
}

#[test]
fn verifying_says_what_does_not_fit_and_that_it_says_little_without_a_checkpoint() {
    let (place, _) = house_with_a_log();
    let checkpoint = kept(&place, "kept", &audit(&place, &["checkpoint"]));
    let alone = audit(&place, &["verify"]);
    assert!(alone.contains("No checkpoint was given"), "{alone}");
    assert!(audit(&place, &["verify", "--checkpoint", &checkpoint]).contains("verified: the first"));

    tamper(&place, "UPDATE audit SET kind = 'signed-out' WHERE leaf = 2");
    let ended = place.run(&["audit", "verify", "--checkpoint", &checkpoint]);
    assert_eq!(ended.code, Some(8), "{ended:?}");
    assert!(ended.complained.contains("leaf 2: the entry there"), "{ended:?}");
    assert_eq!(place.run(&["audit", "verify"]).code, Some(8));

    let nonsense = kept(&place, "nonsense", "a\nb\n");
    let ended = place.run(&["audit", "verify", "--checkpoint", &nonsense]);
    assert_eq!(ended.code, Some(7), "{ended:?}");
    assert_eq!(place.run(&["audit", "prove", "4711"]).code, Some(7));
    assert_eq!(place.run(&["audit", "consistency", "0"]).code, Some(7));
}

#[test]
fn checkpoints_reach_the_named_folder_by_themselves_and_a_start_without_one_is_loud() {
    let (place, _) = house_with_a_log();
    let folder: PathBuf = place.path().join("elsewhere");
    let mut server = place.serve(&[&format!("audit.checkpoints={}", folder.display())]);
    wait_for(&folder.join("latest.checkpoint"));
    let key = audit(&place, &["key"]);
    let latest = folder.join("latest.checkpoint").to_string_lossy().into_owned();
    python(&["checkpoint", &key, &latest]).expect("holds");
    assert!(
        audit(&place, &["verify", "--checkpoint", &latest]).contains("verified"),
        "beside the running server"
    );
    assert!(!server.log_so_far().iter().any(|line| line.contains("audit.checkpoints")));
    server.stop();
    let mut server = place.serve(&[]);
    server.wait_for_log("audit.checkpoints names no place");
    server.stop();

    let ended = place.run(&["check", "--set", "audit.checkpoints=http://keeper.example/"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.complained.contains("audit.checkpoints: the URL must be https"), "{ended:?}");
}

#[test]
fn without_a_database_there_is_nothing_to_verify() {
    let place = Place::new();
    let ended = place.run(&["audit", "verify"]);
    assert_eq!(ended.code, Some(5), "{ended:?}");
    assert!(!place.data().exists(), "looking makes nothing");
}
