//! A backup of a running house, and the way back.

use std::path::{Path, PathBuf};

use crate::house::{Ended, Place, set_mode, status};

/// A place with some data, and a backup of it that was made while its server ran.
fn backed_up() -> (Place, PathBuf) {
    let place = Place::new();
    let server = place.serve(&[]);
    let add = ["staff", "add", "Ada", "--mail", "ada@example.com", "--role", "auditor"];
    assert_eq!(place.run(&add).code, Some(0));
    let made = place.run(&["backup", "copy"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    assert!(made.said.contains("travels separately"), "{made:?}");
    server.stop();
    let copy = place.path().join("copy");
    (place, copy)
}

fn restore(place: &Place, copy: &Path) -> Ended {
    place.run(&["restore", &copy.display().to_string()])
}

/// A new machine, to which the master key has travelled separately.
fn with_key_of(other: &Place) -> Place {
    let place = Place::new();
    std::fs::create_dir(place.data()).expect("makes");
    set_mode(&place.data(), 0o700);
    let key = place.data().join("master.key");
    std::fs::copy(other.data().join("master.key"), &key).expect("copies");
    set_mode(&key, 0o600);
    place
}

/// Every file of a backup with its content.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.extend(contents(&path));
        } else {
            all.push((path.clone(), std::fs::read(&path).expect("reads")));
        }
    }
    all.sort();
    all
}

#[test]
fn a_backup_of_a_running_house_opens_on_another_machine() {
    let (first, copy) = backed_up();
    let key = std::fs::read(first.data().join("master.key")).expect("the key");
    for (path, bytes) in contents(&copy) {
        assert!(!bytes.windows(key.len()).any(|part| part == key), "{} holds the key", path.display());
        let mode = std::os::unix::fs::PermissionsExt::mode(&path.metadata().expect("facts").permissions());
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
    assert!(copy.join("history.db").is_file(), "history is part of it");
    let second = with_key_of(&first);
    let restored = restore(&second, &copy);
    assert_eq!(restored.code, Some(0), "{restored:?}");
    assert_eq!(second.run(&["check"]).code, Some(0));
    let server = second.serve(&[]);
    assert_eq!(status(&server.get("/", "")), 200);
    let staff = second.run(&["staff", "list"]);
    assert!(staff.said.contains("Ada"), "{staff:?}");
    let verified = second.run(&["audit", "verify"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    let reconciled = second.run(&["reconcile"]);
    assert_eq!(reconciled.code, Some(0), "{reconciled:?}");
    server.stop();
}

#[test]
fn a_backup_goes_into_an_empty_folder_alone_and_works_without_a_server_too() {
    let (place, copy) = backed_up();
    let before = contents(&copy);
    let refused = place.run(&["backup", "copy"]);
    assert_eq!(refused.code, Some(7), "{refused:?}");
    assert!(refused.complained.contains("is not empty"), "{refused:?}");
    assert_eq!(contents(&copy), before);
    let made = place.run(&["backup", "second"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    let second = with_key_of(&place);
    assert_eq!(restore(&second, &place.path().join("second")).code, Some(0));
}

#[test]
fn a_restore_demands_a_stopped_server_an_empty_folder_and_the_key_that_belongs_to_it() {
    let (first, copy) = backed_up();
    let server = first.serve(&[]);
    let running = restore(&first, &copy);
    assert_eq!(running.code, Some(6), "{running:?}");
    server.stop();
    let full = restore(&first, &copy);
    assert_eq!(full.code, Some(4), "{full:?}");
    assert!(full.complained.contains("is not empty"), "{full:?}");

    let stranger = Place::new();
    stranger.serve(&[]).stop();
    let second = with_key_of(&stranger);
    let strange = restore(&second, &copy);
    assert_eq!(strange.code, Some(4), "{strange:?}");
    assert!(strange.complained.contains("another one"), "{strange:?}");

    // Without any key it comes back, and says which key is lacking.
    let third = Place::new();
    let restored = restore(&third, &copy);
    assert_eq!(restored.code, Some(0), "{restored:?}");
    assert!(restored.said.contains("put the master key"), "{restored:?}");
    assert_eq!(third.run(&["check"]).code, Some(4));
}

#[test]
fn a_backup_that_lost_its_manifest_a_file_or_a_byte_restores_nothing() {
    let (first, copy) = backed_up();
    let second = with_key_of(&first);
    let database = copy.join("doorward.sqlite");
    let bytes = std::fs::read(&database).expect("reads");
    let mut changed = bytes.clone();
    changed[bytes.len() / 2] ^= 1;
    let spoil: [&dyn Fn(); 3] = [
        &|| std::fs::write(&database, &changed).expect("writes"),
        &|| std::fs::remove_file(&database).expect("removes"),
        &|| std::fs::rename(copy.join("manifest.json"), copy.join("kept")).expect("moves"),
    ];
    for spoil in spoil {
        spoil();
        let refused = restore(&second, &copy);
        assert_eq!(refused.code, Some(7), "{refused:?}");
        let left: Vec<_> = contents(&second.data()).into_iter().map(|(path, _)| path).collect();
        assert_eq!(left, [second.data().join("lock"), second.data().join("master.key")]);
        std::fs::write(&database, &bytes).expect("writes");
    }
    std::fs::rename(copy.join("kept"), copy.join("manifest.json")).expect("moves");
    // A path that leads out of the folder is no part of any backup.
    let manifest = std::fs::read_to_string(copy.join("manifest.json")).expect("reads");
    let outside = manifest.replace("\"doorward.sqlite\"", "\"../doorward.sqlite\"");
    std::fs::write(copy.join("manifest.json"), outside).expect("writes");
    assert_eq!(restore(&second, &copy).code, Some(7));
    std::fs::write(copy.join("manifest.json"), manifest).expect("writes");
    assert_eq!(restore(&second, &copy).code, Some(0));
}

#[test]
fn nothing_starts_where_a_restore_was_killed_in_the_middle_and_an_emptied_folder_is_restored_again() {
    let (first, copy) = backed_up();
    let second = with_key_of(&first);
    // The system kills a process that writes a file longer than it may, which the database is.
    let program = env!("CARGO_BIN_EXE_doorward");
    let script = format!("ulimit -c 0; ulimit -f 64; exec {program} restore {}", copy.display());
    let killed = std::process::Command::new("sh").args(["-c", &script]).current_dir(second.path()).output();
    assert!(!killed.expect("a shell").status.success());
    let cut = second.data().join("doorward.sqlite").metadata().expect("begun").len();
    assert!(cut > 0 && cut < copy.join("doorward.sqlite").metadata().expect("whole").len(), "{cut}");
    for arguments in [&["serve"][..], &["check"], &["staff", "list"], &["rebuild"]] {
        let refused = second.run(arguments);
        assert_eq!(refused.code, Some(4), "{arguments:?}: {refused:?}");
        assert!(refused.complained.contains("did not finish"), "{arguments:?}: {refused:?}");
    }
    let again = restore(&second, &copy);
    assert_eq!(again.code, Some(4), "{again:?}");
    assert!(again.complained.contains("did not finish"), "{again:?}");
    for (path, _) in contents(&second.data()) {
        if !path.ends_with("master.key") {
            std::fs::remove_file(path).expect("removes");
        }
    }
    let restored = restore(&second, &copy);
    assert_eq!(restored.code, Some(0), "{restored:?}");
    assert!(!second.data().join("restore.unfinished").exists());
    assert_eq!(second.run(&["check"]).code, Some(0));
}
