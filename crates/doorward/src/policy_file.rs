//! The policy of jurisdictions: a TOML file that says for which country which mode holds from when. Everything that is
//! wrong is named with its line. The format stands in `docs/reference/jurisdiction-policy.md`.

use std::collections::BTreeMap;
use std::path::Path;

use doorward_domain::country::Country;
use doorward_domain::jurisdiction::{JurisdictionPolicy, Mode, Row, Schedule};
use doorward_domain::time::Timestamp;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml::value::Datetime;

/// A policy with every country and ten dates each is smaller.
const BYTES_MAX: u64 = 1024 * 1024;
const MODES: &str = "open, closing, withdraw-only or blocked";

/// Reads a policy. An `Err` has one line for each thing that is wrong.
pub(crate) fn read(path: &Path) -> Result<JurisdictionPolicy, Vec<String>> {
    let name = path.display().to_string();
    let whole = |why: String| vec![format!("{name}: {why}")];
    let size = std::fs::metadata(path).map_err(|error| whole(format!("cannot be read: {error}")))?.len();
    if size > BYTES_MAX {
        return Err(whole("is larger than 1 MiB".to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(|error| whole(format!("cannot be read: {error}")))?;
    parse(&text, &name)
}

/// Reads the text of a policy; `file` is how lines name it.
pub(crate) fn parse(text: &str, file: &str) -> Result<JurisdictionPolicy, Vec<String>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut reading = Reading { text, file, rows: BTreeMap::new(), wrong: Vec::new() };
    if !errors.is_empty() {
        for error in &errors {
            reading.say(error.span().map_or(0, |span| span.start), error.message());
        }
        return Err(reading.told());
    }
    for (name, value) in document.get_ref() {
        match (name.get_ref().as_ref(), value.get_ref()) {
            ("default", _) => reading.row(Row::Default, "default", value),
            ("networks", DeValue::Table(networks)) => reading.networks(networks),
            ("countries", DeValue::Table(countries)) => reading.countries(countries),
            ("networks" | "countries", _) => {
                let why = format!("{} is a table of rows, such as [{0}]", name.get_ref());
                reading.say(name.span().start, &why);
            }
            (other, _) => {
                let why =
                    format!("{other} is no part of a policy; it has default, [networks] and [countries]");
                reading.say(name.span().start, &why);
            }
        }
    }
    if reading.wrong.is_empty() { Ok(JurisdictionPolicy::new(reading.rows)) } else { Err(reading.told()) }
}

struct Reading<'a> {
    text: &'a str,
    file: &'a str,
    rows: BTreeMap<Row, Schedule>,
    /// What is wrong, with the place in the text.
    wrong: Vec<(usize, String)>,
}

impl Reading<'_> {
    fn say(&mut self, at: usize, why: &str) {
        self.wrong.push((at.min(self.text.len()), why.to_owned()));
    }

    /// What is wrong, by line.
    fn told(mut self) -> Vec<String> {
        self.wrong.sort_by_key(|(at, _)| *at);
        let line = |at: usize| self.text[..at].matches('\n').count() + 1;
        self.wrong.iter().map(|(at, why)| format!("{}:{}: {why}", self.file, line(*at))).collect()
    }

    fn networks(&mut self, networks: &DeTable<'_>) {
        for (name, value) in networks {
            let name_text = name.get_ref().as_ref();
            match Row::from_name(name_text) {
                Some(row @ (Row::Unknown | Row::Anonymising | Row::Local)) => self.row(row, name_text, value),
                _ => {
                    let why = format!(
                        "{name_text} is no kind of network; there are unknown, anonymising and local"
                    );
                    self.say(name.span().start, &why);
                }
            }
        }
    }

    fn countries(&mut self, countries: &DeTable<'_>) {
        for (code, value) in countries {
            let code_text = code.get_ref().as_ref();
            match Country::parse(code_text) {
                Some(country) => self.row(Row::Country(country), code_text, value),
                None => {
                    let why = format!("{code_text} is no country; write its two capital letters, such as DE");
                    self.say(code.span().start, &why);
                }
            }
        }
    }

    /// One row: a mode for ever, or modes with the dates from which they hold.
    fn row(&mut self, row: Row, name: &str, value: &Spanned<DeValue<'_>>) {
        let at = value.span().start;
        match value.get_ref() {
            DeValue::String(mode) => match Mode::from_name(mode) {
                Some(mode) => self.keep(row, name, at, vec![(Timestamp::from_micros(0), mode)]),
                None => self.say(at, &format!("{name}: {mode} is no mode; write {MODES}")),
            },
            DeValue::Table(steps) => self.steps(row, name, at, steps),
            _ => self.say(
                at,
                &format!(
                    "{name} takes a mode in quotes ({MODES}), or dates, such as {{ closing = 2026-12-01 }}"
                ),
            ),
        }
    }

    fn steps(&mut self, row: Row, name: &str, at: usize, steps: &DeTable<'_>) {
        let mut read = Vec::new();
        let wrong_before = self.wrong.len();
        for (mode, from) in steps {
            let Some(mode) = Mode::from_name(mode.get_ref()) else {
                let why = format!("{name}: {} is no mode; write {MODES}", mode.get_ref());
                self.say(mode.span().start, &why);
                continue;
            };
            match from.get_ref() {
                DeValue::Datetime(datetime) => match moment(datetime) {
                    Ok(from) => read.push((from, mode)),
                    Err(why) => self.say(from.span().start, &format!("{name}: {}: {why}", mode.name())),
                },
                _ => self.say(
                    from.span().start,
                    &format!("{name}: {} takes a date without quotes, such as 2026-12-01", mode.name()),
                ),
            }
        }
        if read.is_empty() && self.wrong.len() == wrong_before {
            self.say(at, &format!("{name} has no dates; leave it out, or write {{ closing = 2026-12-01 }}"));
        } else if self.wrong.len() == wrong_before {
            read.sort_by_key(|(from, _)| *from);
            self.keep(row, name, at, read);
        }
    }

    fn keep(&mut self, row: Row, name: &str, at: usize, steps: Vec<(Timestamp, Mode)>) {
        match Schedule::new(steps) {
            Some(schedule) => drop(self.rows.insert(row, schedule)),
            None => self.say(at, &format!("{name}: two modes begin at the same moment")),
        }
    }
}

/// A date is its beginning in UTC; a time of day needs its zone.
pub(crate) fn moment(datetime: &Datetime) -> Result<Timestamp, &'static str> {
    let whole = datetime.to_string();
    let parsed = match (datetime.date, datetime.time, datetime.offset) {
        (Some(_), None, None) => format!("{whole}T00:00:00Z").parse::<jiff::Timestamp>(),
        (Some(_), Some(_), Some(_)) => whole.parse(),
        (Some(_), Some(_), None) => return Err("a time of day needs its zone, such as 2026-12-01T12:00:00Z"),
        _ => return Err("takes a date, such as 2026-12-01"),
    };
    parsed.map(|at| Timestamp::from_micros(at.as_microsecond())).map_err(|_| "is no date of the calendar")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_has_rows_with_modes_and_dates() {
        let policy = parse(
            "default = \"closing\"\n[networks]\nunknown = \"withdraw-only\"\nlocal = \"open\"\n\
             [countries]\nKP = \"blocked\"\nNL = { withdraw-only = 2027-03-01T12:00:00+01:00, closing = 2026-12-01 }\n",
            "p.toml",
        )
        .expect("reads");
        let row = |name: &str| {
            let row = Row::from_name(name).expect("a row");
            policy.rows().find(|(known, _)| *known == row).map(|(_, schedule)| schedule.steps().to_vec())
        };
        let always = |mode| Some(vec![(Timestamp::from_micros(0), mode)]);
        assert_eq!(row("default"), always(Mode::Closing));
        assert_eq!(row("unknown"), always(Mode::WithdrawOnly));
        assert_eq!(row("KP"), always(Mode::Blocked));
        assert_eq!(row("anonymising"), None);
        let steps = vec![
            (Timestamp::from_seconds(1_796_083_200), Mode::Closing),
            (Timestamp::from_seconds(1_803_898_800), Mode::WithdrawOnly),
        ];
        assert_eq!(row("NL"), Some(steps));
        assert_eq!(parse("", "p.toml").expect("an empty policy"), JurisdictionPolicy::default());
    }

    #[test]
    fn everything_wrong_is_told_with_its_line() {
        for (text, told) in [
            ("a = 1", "p.toml:1: a is no part of a policy; it has default, [networks] and [countries]"),
            ("\ncountries = 5", "p.toml:2: countries is a table of rows, such as [countries]"),
            (
                "[countries]\nDE = \"shut\"",
                "p.toml:2: DE: shut is no mode; write open, closing, withdraw-only or blocked",
            ),
            (
                "[countries]\n\nGermany = \"open\"",
                "p.toml:3: Germany is no country; write its two capital letters, such as DE",
            ),
            (
                "[countries]\nde = \"open\"",
                "p.toml:2: de is no country; write its two capital letters, such as DE",
            ),
            (
                "[networks]\ntor = \"open\"",
                "p.toml:2: tor is no kind of network; there are unknown, anonymising and local",
            ),
            (
                "[countries]\nDE = { closing = \"2026-12-01\" }",
                "p.toml:2: DE: closing takes a date without quotes, such as 2026-12-01",
            ),
            (
                "[countries]\nDE = { closing = 2026-12-01T12:00:00 }",
                "p.toml:2: DE: closing: a time of day needs its zone, such as 2026-12-01T12:00:00Z",
            ),
            (
                "[countries]\nDE = { closing = 12:00:00 }",
                "p.toml:2: DE: closing: takes a date, such as 2026-12-01",
            ),
            (
                "[countries]\nDE = { closing = 2026-12-01, blocked = 2026-12-01 }",
                "p.toml:2: DE: two modes begin at the same moment",
            ),
            (
                "[countries]\nDE = {}",
                "p.toml:2: DE has no dates; leave it out, or write { closing = 2026-12-01 }",
            ),
            (
                "[countries]\nDE = 5",
                "p.toml:2: DE takes a mode in quotes (open, closing, withdraw-only or blocked), or dates, such as { closing = 2026-12-01 }",
            ),
        ] {
            assert_eq!(parse(text, "p.toml").expect_err("refused"), [told], "{text}");
        }
        let broken = parse("[countries]\nDE = = 2\n", "p.toml").expect_err("refused");
        assert!(broken[0].starts_with("p.toml:2: "), "{broken:?}");
        let twice = parse("[countries]\nDE = \"open\"\nDE = \"open\"\n", "p.toml").expect_err("refused");
        assert!(twice[0].starts_with("p.toml:3: "), "{twice:?}");
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once_in_the_order_of_lines() {
        let told = parse("x = 1\n[countries]\nAA = 1\nDE = \"no\"\n", "p.toml").expect_err("refused");
        let lines: Vec<&str> = told.iter().filter_map(|line| line.split(':').nth(1)).collect();
        assert_eq!(lines, ["1", "3", "4"], "{told:#?}");
    }

    #[test]
    fn a_file_that_is_not_there_or_too_large_is_told() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("policy.toml");
        assert!(read(&path).expect_err("refused")[0].contains("cannot be read"));
        std::fs::write(&path, vec![b'#'; 1024 * 1024 + 1]).expect("writes");
        assert!(read(&path).expect_err("refused")[0].contains("larger than 1 MiB"));
    }
}
