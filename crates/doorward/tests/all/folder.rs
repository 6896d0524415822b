//! The data folder, the master key and the tables.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::house::{Place, set_mode, status};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode()
        & 0o777
}

/// Names and contents of all files, except those that SQLite and the lock keep for themselves.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.file_type().expect("a type").is_file())
        .map(|entry| {
            (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).expect("reads"))
        })
        .filter(|(name, _)| !name.ends_with("-shm") && !name.ends_with("-wal"))
        .collect();
    all.sort();
    all
}

#[test]
fn a_first_start_makes_everything_private_and_a_second_one_keeps_it() {
    let place = Place::new();
    let server = place.serve(&[]);
    for file in ["", "doorward.sqlite", "master.key", "mailbox", "lock", "admin.sock"] {
        assert_eq!(mode(&place.data().join(file)) & 0o077, 0, "{file}");
    }
    server.stop();
    assert!(!place.data().join("admin.sock").exists());
    let key = std::fs::read(place.data().join("master.key")).expect("the key");
    let server = place.serve(&[]);
    assert_eq!(status(&server.get("/", "")), 200);
    server.stop();
    assert_eq!(std::fs::read(place.data().join("master.key")).expect("the key"), key);
}

#[test]
fn the_master_key_may_lie_elsewhere() {
    let place = Place::new();
    place.serve(&["data.master_key_file=elsewhere.key"]).stop();
    assert_eq!(mode(&place.path().join("elsewhere.key")), 0o600);
    assert!(!place.data().join("master.key").exists());
}

#[test]
fn a_key_that_others_can_read_a_missing_one_and_a_strange_one_are_refused_and_nothing_changes() {
    let place = Place::new();
    place.serve(&[]).stop();
    let key = place.data().join("master.key");
    let stranger = Place::new();
    stranger.serve(&[]).stop();

    set_mode(&key, 0o640);
    let before = contents(&place.data());
    for command in ["serve", "check", "migrate"] {
        let ended = place.run(&[command]);
        assert_eq!(ended.code, Some(4), "{ended:?}");
        assert!(ended.complained.contains("has mode 0640"), "{ended:?}");
    }
    assert_eq!(contents(&place.data()), before);

    set_mode(&key, 0o600);
    std::fs::rename(&key, place.path().join("kept")).expect("moves");
    for command in ["serve", "check"] {
        let ended = place.run(&[command]);
        assert_eq!(ended.code, Some(4), "{ended:?}");
        assert!(ended.complained.contains("is missing, and the database is sealed under it"), "{ended:?}");
        assert!(!key.exists());
    }

    std::fs::copy(stranger.data().join("master.key"), &key).expect("copies");
    set_mode(&key, 0o600);
    for command in ["serve", "check"] {
        let ended = place.run(&[command]);
        assert_eq!(ended.code, Some(5), "{ended:?}");
        assert!(ended.complained.contains("another master key"), "{ended:?}");
    }

    std::fs::rename(place.path().join("kept"), &key).expect("moves");
    let fine = place.run(&["check"]);
    assert_eq!(fine.code, Some(0), "{fine:?}");
    assert!(fine.said.contains("the master key opens what is stored"), "{fine:?}");
    place.serve(&[]).stop();
}

#[test]
fn a_new_master_key_takes_over_and_the_former_one_still_opens_what_it_sealed() {
    let place = Place::new();
    place.serve(&[]).stop();
    let key = place.data().join("master.key");
    std::fs::rename(&key, place.path().join("first.key")).expect("moves");
    let former = "data.former_master_key_files=[\"first.key\"]";

    place.serve(&[former]).stop();
    assert_ne!(
        std::fs::read(&key).expect("the new key"),
        std::fs::read(place.path().join("first.key")).expect("the first key")
    );
    let fine = place.run(&["check", "--set", former]);
    assert_eq!(fine.code, Some(0), "{fine:?}");

    let alone = place.run(&["check"]);
    assert_eq!(alone.code, Some(5), "{alone:?}");
    let gone = place.run(&["check", "--set", "data.former_master_key_files=[\"gone.key\"]"]);
    assert_eq!(gone.code, Some(4), "{gone:?}");
    assert!(gone.complained.contains("there is no"), "{gone:?}");
}

#[test]
fn a_folder_belongs_to_one_server() {
    let place = Place::new();
    let server = place.serve(&[]);
    for command in ["serve", "migrate"] {
        let ended = place.run(&[command, "--set", "listen.address=localhost:0"]);
        assert_eq!(ended.code, Some(6), "{ended:?}");
        assert!(ended.complained.contains("is in use by another doorward process"), "{ended:?}");
    }
    let check = place.run(&["check"]);
    assert_eq!(check.code, Some(0), "{check:?}");
    assert!(check.said.contains("a server is running"), "{check:?}");
    assert_eq!(status(&server.get("/", "")), 200);
    server.stop();
}

#[test]
fn tables_of_a_newer_version_are_refused_and_nothing_changes() {
    let place = Place::new();
    let migrated = place.run(&["migrate"]);
    assert_eq!(migrated.code, Some(0), "{migrated:?}");
    let file = place.data().join("doorward.sqlite");
    let database = rusqlite::Connection::open(&file).expect("opens");
    database
        .execute("INSERT INTO schema_migration (version, name) VALUES (9999, 'from the future')", [])
        .expect("writes");
    database.close().expect("closes");
    let before = contents(&place.data());
    for command in ["serve", "migrate", "check"] {
        let ended = place.run(&[command]);
        assert_eq!(ended.code, Some(5), "{command}: {ended:?}");
        assert!(ended.complained.contains("the database has schema 9999"), "{ended:?}");
    }
    assert_eq!(contents(&place.data()), before);
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let place = Place::new();
    place.write("data", "a file in the way", 0o600);
    let ended = place.run(&["serve"]);
    assert_eq!(ended.code, Some(4), "{ended:?}");
}
