//! The catalogues as texts: both languages complete, in the house's tone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use doorward_wording::Words;

/// Key to its whole text, per area of one language.
fn areas(tag: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogue").join(tag);
    let mut areas = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("the catalogue's folder") {
        let path = entry.expect("an entry").path();
        let source = fs::read_to_string(&path).expect("a catalogue file");
        let mut messages: BTreeMap<String, String> = BTreeMap::new();
        let mut key = String::new();
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, text)) = line.split_once(" = ").filter(|_| !line.starts_with(' ')) {
                key = name.to_owned();
                assert!(messages.insert(key.clone(), text.to_owned()).is_none(), "{name} stands twice");
            } else if !line.trim().is_empty() {
                messages.get_mut(&key).expect("a line of a message").push_str(&format!(" {}", line.trim()));
            }
        }
        areas.insert(path.file_name().expect("a name").to_string_lossy().into_owned(), messages);
    }
    areas
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split("{ $").skip(1).filter_map(|rest| rest.split([' ', '}']).next()).collect()
}

#[test]
fn both_languages_have_the_same_keys_in_the_same_areas() {
    let (english, german) = (areas("en"), areas("de"));
    let keys = |areas: &BTreeMap<String, BTreeMap<String, String>>| -> BTreeSet<(String, String)> {
        areas.iter().flat_map(|(area, all)| all.keys().map(|key| (area.clone(), key.clone()))).collect()
    };
    let (english, german) = (keys(&english), keys(&german));
    let only = |a: &BTreeSet<_>, b: &BTreeSet<_>| a.difference(b).cloned().collect::<Vec<(String, String)>>();
    assert_eq!(only(&english, &german), [], "only in English");
    assert_eq!(only(&german, &english), [], "only in German");
}

#[test]
fn both_languages_fill_the_same_placeholders() {
    let (english, german) = (areas("en"), areas("de"));
    for (area, messages) in &english {
        for (key, text) in messages {
            assert_eq!(placeholders(text), placeholders(&german[area][key]), "{area} {key}");
        }
    }
}

#[test]
fn no_sentence_shouts() {
    for tag in ["en", "de"] {
        for (area, messages) in areas(tag) {
            for (key, text) in messages {
                assert!(!text.contains('!'), "{tag}/{area} {key}: {text}");
                assert!(!text.contains("  "), "{tag}/{area} {key} has two spaces: {text}");
            }
        }
    }
}

#[test]
fn every_file_of_the_folder_is_in_the_catalogue() {
    for tag in ["en", "de"] {
        let words = Words::of_tag(tag);
        for (area, messages) in areas(tag) {
            for key in messages.keys() {
                assert!(words.has(key), "{tag}/{area} is not listed: {key}");
            }
        }
    }
}

#[test]
fn codes_and_addresses_come_without_hidden_marks() {
    let text = Words::of_tag("en").text_of("before-address-good", "address", "http://localhost:8080");
    assert!(text.chars().all(|c| !('\u{2066}'..='\u{2069}').contains(&c)), "{text:?}");
}
