//! Keys of sentences: each one asked for exists, each one that exists is asked for somewhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use doorward_domain::protection::ProtectionEvent;
use doorward_wording::Words;

use super::error::ErrorKind;
use super::help::HelpTopic;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn texts_under(folder: &Path, endings: &[&str], texts: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder of the workspace") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            texts_under(&path, endings, texts);
        } else if path.extension().is_some_and(|ending| endings.iter().any(|one| ending == *one)) {
            texts.push(fs::read_to_string(&path).expect("a source file"));
        }
    }
}

/// Every quoted word of templates and sources that could be a key.
fn quoted_words() -> BTreeSet<String> {
    let mut texts = Vec::new();
    for folder in [
        "crates/web/templates",
        "crates/web/src",
        "crates/wording/src",
        "crates/app/src",
        "crates/doorward/src",
    ] {
        texts_under(&workspace().join(folder), &["html", "txt", "rs"], &mut texts);
    }
    let is_key = |word: &&str| word.contains('-') || *word == "moment";
    let sound = |word: &&str| {
        word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let words = texts.iter().flat_map(|text| text.split('"')).filter(is_key).filter(sound);
    words.map(str::to_owned).collect()
}

fn keys_of_catalogue() -> BTreeSet<String> {
    let mut texts = Vec::new();
    texts_under(&workspace().join("crates/wording/catalogue/en"), &["ftl"], &mut texts);
    let lines = texts.iter().flat_map(|text| text.lines());
    let keys = lines.filter(|line| !line.starts_with([' ', '#'])).filter_map(|line| line.split_once(" = "));
    keys.map(|(key, _)| key.to_owned()).collect()
}

/// Keys that code puts together.
fn built_keys() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for topic in HelpTopic::ALL {
        keys.extend([topic.title_key(), topic.lead_key()]);
        keys.extend(topic.step_keys());
    }
    for kind in ErrorKind::ALL {
        keys.extend([kind.title_key(), kind.text_key()]);
    }
    for event in ProtectionEvent::ALL {
        keys.extend(["title", "text"].map(|part| format!("mail-protect-{}-{part}", event.name())));
    }
    keys
}

#[test]
fn every_key_that_a_template_asks_for_exists_in_both_languages() {
    let mut texts = Vec::new();
    texts_under(&workspace().join("crates/web/templates"), &["html"], &mut texts);
    let asked = texts.iter().flat_map(|text| {
        ["text(\"", "text_of(\"", "text_site(\"", "text_with(\""]
            .into_iter()
            .flat_map(move |call| text.split(call).skip(1).filter_map(|rest| rest.split('"').next()))
    });
    let mut asked: BTreeSet<String> = asked.map(str::to_owned).collect();
    asked.extend(built_keys());
    for tag in ["en", "de"] {
        let words = Words::of_tag(tag);
        let missing: Vec<_> = asked.iter().filter(|key| !words.has(key)).collect();
        assert!(missing.is_empty(), "{tag}: {missing:?}");
    }
}

#[test]
fn no_sentence_is_left_that_nobody_asks_for() {
    let (quoted, built) = (quoted_words(), built_keys());
    let keys = keys_of_catalogue();
    let unused: Vec<_> = keys.iter().filter(|key| !quoted.contains(*key) && !built.contains(*key)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}
