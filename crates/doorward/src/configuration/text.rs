//! Reads the configuration file into dotted keys with plain values and line numbers. TOML stops here.

use toml::de::{DeTable, DeValue};

/// A value as written, before a setting has judged it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    Whole(i64),
    Yes(bool),
    List(Vec<String>),
}

/// One `key = value` and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) value: Value,
    /// Such as `doorward.toml:12`, or `--set`.
    pub(crate) place: String,
}

/// Reads a whole file. An `Err` has one line for each thing that cannot be read.
pub(crate) fn read(text: &str, file: &str) -> Result<Vec<Entry>, Vec<String>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let line_of = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        return Err(errors
            .iter()
            .map(|error| {
                let line = error.span().map_or(1, |span| line_of(span.start));
                format!("{file}:{line}: {}", error.message())
            })
            .collect());
    }
    let mut reading = Reading { text, file, entries: Vec::new(), wrong: Vec::new() };
    reading.table("", document.get_ref());
    if reading.wrong.is_empty() { Ok(reading.entries) } else { Err(reading.wrong) }
}

/// Reads `key=value` of the command line; what is no TOML value is taken as text.
pub(crate) fn read_argument(given: &str) -> Result<Entry, String> {
    let (key, value) =
        given.split_once('=').ok_or_else(|| format!("--set {given}: write it as key=value"))?;
    let value = DeValue::parse(value)
        .ok()
        .and_then(|parsed| plain(parsed.get_ref()).ok())
        .unwrap_or_else(|| Value::Text(value.to_owned()));
    Ok(Entry { key: key.trim().to_owned(), value, place: "--set".to_owned() })
}

struct Reading<'a> {
    text: &'a str,
    file: &'a str,
    entries: Vec<Entry>,
    wrong: Vec<String>,
}

impl Reading<'_> {
    fn table(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let line = self.text[..name.span().start].matches('\n').count() + 1;
            let key = if prefix.is_empty() {
                name.get_ref().to_string()
            } else {
                format!("{prefix}.{name}", name = name.get_ref())
            };
            if let DeValue::Table(inner) = value.get_ref() {
                self.table(&key, inner);
                continue;
            }
            let place = format!("{}:{line}", self.file);
            match plain(value.get_ref()) {
                Ok(value) => self.entries.push(Entry { key, value, place }),
                Err(why) => self.wrong.push(format!("{place}: {key}: {why}")),
            }
        }
    }
}

fn plain(value: &DeValue<'_>) -> Result<Value, String> {
    Ok(match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(digits) => Value::Whole(
            i64::from_str_radix(digits.as_str(), digits.radix()).map_err(|_| "is too large".to_owned())?,
        ),
        DeValue::Boolean(yes) => Value::Yes(*yes),
        DeValue::Array(items) => Value::List(
            items
                .iter()
                .map(|item| match item.get_ref() {
                    DeValue::String(text) => Ok(text.to_string()),
                    _ => Err("a list holds texts in quotes".to_owned()),
                })
                .collect::<Result<_, _>>()?,
        ),
        DeValue::Float(_) => return Err("takes whole numbers only".to_owned()),
        DeValue::Datetime(_) => return Err("takes no date".to_owned()),
        DeValue::Table(_) => return Err("takes a value, not a table".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_dotted_and_know_their_line() {
        let entries =
            read("[site]\nname = \"Door\"\n\n[listen]\nproxies = [\"10.0.0.1\"]\n", "d.toml").expect("reads");
        assert!(entries.contains(&Entry {
            key: "site.name".into(),
            value: Value::Text("Door".into()),
            place: "d.toml:2".into()
        }));
        assert!(entries.contains(&Entry {
            key: "listen.proxies".into(),
            value: Value::List(vec!["10.0.0.1".into()]),
            place: "d.toml:5".into()
        }));
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_line() {
        for (text, line) in [
            ("a = 1.5", "d.toml:1: a: takes whole numbers only"),
            ("[x]\nb = [1]", "d.toml:2: x.b: a list holds texts in quotes"),
            ("n = 99999999999999999999", "d.toml:1: n: is too large"),
        ] {
            assert_eq!(read(text, "d.toml").expect_err("refused"), [line], "{text}");
        }
        let broken = read("a = 1\nb = = 2\n", "d.toml").expect_err("refused");
        assert!(broken[0].starts_with("d.toml:2: "), "{broken:?}");
    }

    #[test]
    fn an_argument_is_a_toml_value_or_else_plain_text() {
        let value = |given| read_argument(given).expect("reads").value;
        assert_eq!(value("a=5"), Value::Whole(5));
        assert_eq!(value("a=true"), Value::Yes(true));
        assert_eq!(value("a=localhost:0"), Value::Text("localhost:0".into()));
        assert_eq!(value("a=\"x y\""), Value::Text("x y".into()));
        assert_eq!(value("a="), Value::Text(String::new()));
        assert!(read_argument("nothing").is_err());
    }
}
