//! A wrong configuration is told in whole, ends with its exit code, and touches nothing.

use crate::house::Place;

#[test]
fn a_wrong_file_is_told_line_by_line_and_nothing_is_touched() {
    let place = Place::new();
    place.write(
        "doorward.toml",
        "[listen]\nadress = \"localhost:1\"\n\n[session]\nidle_for = \"2h\"\n\n[log]\nform = \"xml\"\n",
        0o644,
    );
    for command in ["serve", "check", "migrate"] {
        let ended = place.run(&[command]);
        assert_eq!(ended.code, Some(3), "{command}: {ended:?}");
        for line in [
            "doorward.toml:2: listen.adress is no setting; the nearest is listen.address",
            "session.idle_for is 7200s, but its safe range is 60s to 3600s",
            "doorward.toml:8: log.form takes one of text, json",
        ] {
            assert!(ended.complained.contains(line), "{command} did not say {line:?}: {}", ended.complained);
        }
        assert!(!place.data().exists(), "{command} touched the folder");
    }
}

#[test]
fn plain_http_beyond_loopback_is_refused_unless_a_proxy_is_named() {
    let place = Place::new();
    let beyond = ["--set", "listen.address=0.0.0.0:0", "--set", "site.public_url=https://door.example"];
    let mail = [
        "--set",
        "mail.way=smtp",
        "--set",
        "mail.from=door@door.example",
        "--set",
        "mail.smtp_host=localhost",
    ];
    let rest = ["--set", "sms.way=none"];
    let check = [&["check"][..], &beyond, &mail, &rest].concat();
    let refused = place.run(&check);
    assert_eq!(refused.code, Some(3));
    assert!(refused.complained.contains("is not loopback: give listen.certificate"), "{refused:?}");

    let named = [&check[..], &["--set", "listen.proxies=[\"10.0.0.5\"]"]].concat();
    let fine = place.run(&named);
    assert_eq!(fine.code, Some(0), "{fine:?}");
}

#[test]
fn the_local_mailbox_is_refused_wherever_others_could_reach_it() {
    let place = Place::new();
    for set in [
        &["site.public_url=https://door.example", "listen.proxies=[\"127.0.0.1\"]"][..],
        &["site.public_url=http://127.0.0.1:8080"],
        &["listen.proxies=[\"127.0.0.1\"]", "site.public_url=http://localhost:8080"],
    ] {
        let arguments: Vec<&str> =
            ["check"].into_iter().chain(set.iter().flat_map(|one| ["--set", one])).collect();
        let refused = place.run(&arguments);
        assert_eq!(refused.code, Some(3), "{set:?}");
        assert!(refused.complained.contains("mail.way mailbox is for a listener on loopback"), "{refused:?}");
    }
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let place = Place::new();
    let ended = place.run(&["check", "--config", "other.toml"]);
    assert_eq!(ended.code, Some(3));
    assert!(ended.complained.contains("other.toml cannot be read"), "{ended:?}");
}

#[test]
fn a_secret_that_others_can_read_is_refused() {
    let place = Place::new();
    place.write("url", "postgres://nobody@localhost/none\n", 0o644);
    let ended = place.run(&["check", "--set", "database.url_file=url"]);
    assert_eq!(ended.code, Some(3));
    assert!(ended.complained.contains("url has mode 0644"), "{ended:?}");
    assert!(!ended.complained.contains("postgres://"), "{ended:?}");
}

#[test]
fn a_database_that_does_not_answer_is_told_without_its_url() {
    let place = Place::new();
    place.write("url", "postgres://nobody:hunter2@127.0.0.1:1/none\n", 0o600);
    let ended = place.run(&["check", "--set", "database.url_file=url"]);
    assert_eq!(ended.code, Some(5), "{ended:?}");
    assert!(ended.complained.contains("the database cannot be used"), "{ended:?}");
    assert!(!ended.complained.contains("hunter2"), "{ended:?}");
}

#[test]
fn check_changes_nothing_on_a_fresh_machine() {
    let place = Place::new();
    let ended = place.run(&["check"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!place.data().exists());
}

#[test]
fn wrong_arguments_end_with_their_own_code() {
    let place = Place::new();
    for arguments in [&["frob"][..], &["serve", "--port"], &["--set"]] {
        assert_eq!(place.run(arguments).code, Some(2), "{arguments:?}");
    }
}

#[test]
fn every_setting_can_be_looked_up_without_a_browser() {
    let place = Place::new();
    let ended = place.run(&["settings"]);
    assert_eq!(ended.code, Some(0));
    for key in [
        "`listen.address` | `localhost:8080`",
        "`password.hash_memory_kib` | `19456`",
        "`sms.prefixes` | `[]`",
    ] {
        assert!(ended.said.contains(key), "{key}: {}", ended.said);
    }
}
