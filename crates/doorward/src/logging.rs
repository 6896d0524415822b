//! The log: one line an event on standard error, as text or JSON, with the fields of the request it belongs to.
//!
//! Control characters are escaped in both forms, so that what a visitor sends cannot make a line of its own or steer
//! a terminal.

use std::fmt::{self, Write as _};
use std::io::Write as _;

use tracing::field::{Field, Visit};
use tracing::span;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::configuration::{Log, LogForm};

/// What is wrong with the log's settings.
pub(crate) fn problem(log: &Log) -> Option<String> {
    levels(log).err()
}

fn levels(log: &Log) -> Result<Targets, String> {
    log.level.parse().map_err(|error| format!("log.level: {error}"))
}

/// Sets the program's log up. `Err` says what is wrong with `log.level`.
pub(crate) fn begin(log: &Log) -> Result<(), String> {
    let levels = levels(log)?;
    let lines = Lines { form: log.form, now: crate::clock::wall_clock_text };
    // Fails only when a log is already set up, which happens in tests of this process alone.
    let _ = tracing_subscriber::registry().with(lines.with_filter(levels)).try_init();
    Ok(())
}

struct Lines {
    form: LogForm,
    now: fn() -> String,
}

/// Named values in the order they were given, already as text; numbers and truth values keep their JSON form.
#[derive(Default)]
struct Fields(Vec<(&'static str, serde_json::Value)>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push((field.name(), format!("{value:?}").into()));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), value.into()));
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.push((field.name(), value.into()));
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.push((field.name(), value.into()));
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.push((field.name(), value.into()));
    }
    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.0.push((field.name(), crate::outcome::chain(value).into()));
    }
}

impl<S> Layer<S> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        if let Some(scope) = context.event_scope(event) {
            for span in scope.from_root() {
                if let Some(of_span) = span.extensions().get::<Fields>() {
                    fields.0.extend(of_span.0.iter().cloned());
                }
            }
        }
        let line = Line {
            at: (self.now)(),
            level: event.metadata().level().as_str(),
            target: event.metadata().target(),
            fields,
        };
        let text = match self.form {
            LogForm::Text => line.text(),
            LogForm::Json => line.json(),
        };
        // A log that cannot be written has nowhere to say so.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }
}

struct Line {
    at: String,
    level: &'static str,
    target: &'static str,
    fields: Fields,
}

impl Line {
    fn text(&self) -> String {
        let mut text = format!("{} {:5} ", self.at, self.level);
        if let Some((_, message)) = self.fields.0.iter().find(|(name, _)| *name == "message") {
            escape(&mut text, message.as_str().unwrap_or_default());
        }
        for (name, value) in self.fields.0.iter().filter(|(name, _)| *name != "message") {
            let _ = write!(text, " {name}=");
            match value.as_str() {
                Some(word) if is_plain(word) => text.push_str(word),
                Some(words) => {
                    text.push('"');
                    escape(&mut text, words);
                    text.push('"');
                }
                None => {
                    let _ = write!(text, "{value}");
                }
            }
        }
        text.push('\n');
        text
    }

    fn json(self) -> String {
        let mut object = serde_json::Map::new();
        object.insert("at".into(), self.at.into());
        object.insert("level".into(), self.level.into());
        object.insert("from".into(), self.target.into());
        for (name, value) in self.fields.0 {
            // serde_json escapes C0 alone; the other controls would still reach a terminal that shows the line.
            let value = match value {
                serde_json::Value::String(text) if text.chars().any(steers) => text
                    .chars()
                    .map(|c| if steers(c) { c.escape_default().to_string() } else { c.to_string() })
                    .collect::<String>()
                    .into(),
                other => other,
            };
            object.insert(name.into(), value);
        }
        let mut text = serde_json::Value::Object(object).to_string();
        text.push('\n');
        text
    }
}

fn is_plain(word: &str) -> bool {
    !word.is_empty()
        && !word.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '=' | '\\'))
}

/// Appends with every control character, line separator and direction mark written as an escape.
fn escape(to: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '"' => to.push_str("\\\""),
            _ if steers(c) => to.extend(c.escape_default()),
            _ => to.push(c),
        }
    }
}

/// Whether a character could end the line, move a cursor or turn the writing direction.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(message: &str, path: &str) -> Line {
        Line {
            at: "2026-11-23T04:00:00.000000Z".into(),
            level: "INFO",
            target: "doorward",
            fields: Fields(vec![("message", message.into()), ("status", 200.into()), ("path", path.into())]),
        }
    }

    #[test]
    fn a_line_of_text_reads_alone() {
        assert_eq!(
            line("answered", "/sign-in").text(),
            "2026-11-23T04:00:00.000000Z INFO  answered status=200 path=/sign-in\n"
        );
    }

    #[test]
    fn what_a_visitor_sends_cannot_make_a_line_or_steer_a_terminal() {
        let hostile = "/a\n2026 ERROR forged\u{1b}[2J\u{9b}31m\u{202e}\r\"";
        let text = line("answered", hostile).text();
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        let json = line("answered", hostile).json();
        for written in [&text, &json] {
            assert!(
                !written.trim_end_matches('\n').chars().any(|c| c.is_control() || c == '\u{202e}'),
                "{written}"
            );
        }
        assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
    }
}
