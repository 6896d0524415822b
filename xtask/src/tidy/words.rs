//! Words and lengths that a file may not have.

use super::Breach;
use super::files::File;
use super::source::{Parts, Piece, has_word, take_apart};

/// Files are read by people; beyond this they are cut in two.
const MOST_LINES: usize = 500;

/// Files that may be longer, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];

/// The only crate that knows SQL, those that measure or tidy, and the tests that make a database of another version or
/// tamper with one.
const SQL_FOLDERS: &[&str] = &[
    "crates/app/tests/all/audit.rs",
    "crates/app/tests/all/record.rs",
    "crates/store/",
    "crates/doorward/tests/",
    "xtask/",
    "bench/",
    "fuzz/",
];

/// Where a float would make a rule depend on the machine.
const FLOATLESS: &[&str] = &["crates/domain/", "crates/engine/"];

/// The one crate that argues for its `unsafe` (decision 0030).
const ARGUED: &[&str] = &["crates/turn/"];

/// Where the order of a hash map would make a rule depend on chance.
const ORDERED: &[&str] = &["crates/domain/", "crates/engine/"];

/// What a visitor sees.
const SEEN: &[&str] = &["crates/web/templates/", "crates/web/assets/", "crates/wording/"];

/// Nothing here resembles an existing exchange, and no page names one.
const EXCHANGES: &[&str] = &[
    "binance",
    "bitbank",
    "bitfinex",
    "bitflyer",
    "bitget",
    "bithumb",
    "bitmart",
    "bitmex",
    "bitpanda",
    "bitso",
    "bitstamp",
    "bittrex",
    "bitvavo",
    "bybit",
    "coinbase",
    "coincheck",
    "cryptocom",
    "deribit",
    "gateio",
    "huobi",
    "kraken",
    "kucoin",
    "luno",
    "mexc",
    "nexo",
    "okex",
    "okx",
    "poloniex",
    "upbit",
];

/// Holds the rules against one file.
pub(super) fn check(file: &File, breaches: &mut Vec<Breach>) {
    long(file, breaches);
    if SEEN.iter().any(|folder| file.path.starts_with(folder)) {
        exchange(file, breaches);
    }
    if file.extension() == "rs" {
        let parts = take_apart(&file.text);
        code(file, &parts, breaches);
        sql(file, &parts, breaches);
    }
    if file.path.starts_with("crates/") && file.path.ends_with("/Cargo.toml") {
        lints(file, breaches);
    }
}

/// An allowance that nothing needs any more is taken back.
pub(super) fn check_allowances(files: &[File], breaches: &mut Vec<Breach>) {
    for (path, _) in LONG_FILES {
        let needed = files.iter().any(|file| file.path == *path && file.text.lines().count() > MOST_LINES);
        if !needed {
            let what = "is allowed to be long and is not: take it off the list in xtask/src/tidy/words.rs";
            breaches.push(Breach { place: (*path).to_owned(), what: what.to_owned() });
        }
    }
}

fn long(file: &File, breaches: &mut Vec<Breach>) {
    let lines = file.text.lines().count();
    let allowed = LONG_FILES.iter().any(|(path, _)| *path == file.path);
    if lines > MOST_LINES && !allowed {
        let what = format!("has {lines} lines; cut it in two, or argue for it in xtask/src/tidy/words.rs");
        breaches.push(Breach { place: file.path.clone(), what });
    }
}

fn exchange(file: &File, breaches: &mut Vec<Breach>) {
    for (line, text) in (1..).zip(file.text.lines()) {
        // Joined, so that "gate.io" and "crypto.com" are one word each.
        let text = text.to_lowercase().replace(['.', '-'], "");
        for name in EXCHANGES.iter().filter(|name| has_word(&text, name)) {
            breaches.push(at(file, line, format!("names the exchange {name}")));
        }
    }
}

fn code(file: &File, parts: &Parts, breaches: &mut Vec<Breach>) {
    let inside = |folders: &[&str]| folders.iter().any(|folder| file.path.starts_with(folder));
    let (floatless, ordered) = (inside(FLOATLESS), inside(ORDERED));
    for Piece { line, text } in &parts.code {
        if has_word(text, "unsafe") && !text.contains("unsafe_code") && !inside(ARGUED) {
            breaches.push(at(file, *line, "unsafe is forbidden".to_owned()));
        }
        if text.contains("#[ignore") {
            breaches.push(at(file, *line, "a test runs or does not exist".to_owned()));
        }
        for word in ["f32", "f64"].into_iter().filter(|word| floatless && has_word(text, word)) {
            breaches.push(at(file, *line, format!("{word} has no place in a rule; use whole numbers")));
        }
        for word in ["HashMap", "HashSet"].into_iter().filter(|word| ordered && has_word(text, word)) {
            breaches.push(at(file, *line, format!("{word} has no order; use its BTree sibling")));
        }
    }
}

fn sql(file: &File, parts: &Parts, breaches: &mut Vec<Breach>) {
    if SQL_FOLDERS.iter().any(|folder| file.path.starts_with(folder)) {
        return;
    }
    for Piece { line, text } in &parts.strings {
        let has = |word: &str| has_word(text, word);
        let statement = has("SELECT") && has("FROM")
            || has("INSERT") && has("INTO")
            || has("DELETE") && has("FROM")
            || has("UPDATE") && has("SET")
            || has("CREATE") && (has("TABLE") || has("INDEX"))
            || has("DROP") && has("TABLE")
            || has("PRAGMA");
        if statement {
            breaches.push(at(file, *line, "SQL belongs to crates/store".to_owned()));
        }
    }
}

fn lints(file: &File, breaches: &mut Vec<Breach>) {
    // Lints of the workspace cannot be taken but for one; undocumented `unsafe` is an error there instead.
    let argued = ARGUED.iter().any(|folder| file.path.starts_with(folder))
        && file.text.contains("undocumented_unsafe_blocks = \"deny\"");
    if !argued && !file.text.contains("[lints]\nworkspace = true") {
        let what = "does not take the workspace's lints".to_owned();
        breaches.push(Breach { place: file.path.clone(), what });
    }
}

fn at(file: &File, line: usize, what: String) -> Breach {
    Breach { place: format!("{}:{line}", file.path), what }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(path: &str, text: &str) -> Vec<String> {
        let file = File { path: path.to_owned(), text: text.to_owned() };
        let mut breaches = Vec::new();
        check(&file, &mut breaches);
        breaches.iter().map(Breach::to_string).collect()
    }

    #[test]
    fn each_forbidden_word_is_found_where_it_is_forbidden_and_nowhere_else() {
        for (path, text, expected) in [
            ("crates/app/src/a.rs", "fn a() { unsafe { b() } }", 1),
            ("crates/turn/src/a.rs", "fn a() { unsafe { b() } }", 0),
            ("crates/app/src/a.rs", "// unsafe\nlet a = \"unsafe\"; #![forbid(unsafe_code)]", 0),
            ("crates/domain/src/a.rs", "const A: f64 = 1.0;", 1),
            ("crates/captcha/src/a.rs", "const A: f64 = 1.0;", 0),
            ("crates/domain/src/a.rs", "use std::collections::HashMap;", 1),
            ("crates/app/src/a.rs", "use std::collections::HashMap;", 0),
            ("crates/app/src/a.rs", "const A: &str = \"SELECT id\n FROM account\";", 1),
            ("crates/app/src/a.rs", "// SELECT id FROM account", 0),
            ("crates/store/src/a.rs", "const A: &str = \"SELECT id FROM account\";", 0),
            ("crates/web/src/a.rs", "log(\"Select one from the list\")", 0),
            ("crates/web/src/a.rs", "#[test]\n#[ignore = \"slow\"]\nfn a() {}", 1),
            ("crates/web/templates/a.html", "<p>Better than Kraken</p>", 1),
            ("crates/wording/catalogue/en/a.ftl", "a = As on Gate.io and OKX", 2),
            ("crates/web/assets/js/a.js", "// krakens are animals", 0),
            ("crates/web/Cargo.toml", "[package]\n\n[lints]\nworkspace = true\n", 0),
            ("crates/web/Cargo.toml", "[package]\n", 1),
        ] {
            let found = breaches(path, text);
            assert_eq!(found.len(), expected, "{path} {text:?}: {found:?}");
        }
    }

    #[test]
    fn a_long_file_needs_an_argument() {
        assert_eq!(breaches("crates/a/src/a.rs", &"a\n".repeat(500)).len(), 0);
        let found = breaches("crates/a/src/a.rs", &"a\n".repeat(501));
        assert!(found.len() == 1 && found[0].contains("501 lines"), "{found:?}");
    }
}
