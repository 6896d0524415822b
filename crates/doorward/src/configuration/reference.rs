//! The reference of all settings, written from the tables themselves.

use doorward_domain::policy::Policy;

use super::numbers::NUMBERS;
use super::settings::SETTINGS;

const HEAD: &str = "\
# Settings

Generated from the program's own tables; a test keeps it so. A setting stands in a TOML file named by `--config` (or
`doorward.toml` in the working directory), or on the command line as `--set key=value`. `[site]` and `name = …` is
the key `site.name`. What is unknown or outside its safe range is refused before anything starts: `doorward check`.

## The program

| key | default | meaning |
|---|---|---|
";

const NUMBERS_HEAD: &str = "
## The numbers of the rules

Each has a safe range that start-up holds; hold lengths can only be raised. A length of time is written `500ms`, `30s`,
`10m`, `12h`, `90d`; a rate `30 in 1m, 60 at once`.

| key | default | meaning |
|---|---|---|
";

/// All settings with their defaults and meanings, as Markdown.
pub(crate) fn text() -> String {
    let mut text = HEAD.to_owned();
    for setting in SETTINGS {
        text.push_str(&row(setting.key, setting.default, setting.help));
    }
    text.push_str(NUMBERS_HEAD);
    let policy = Policy::default();
    for number in NUMBERS {
        text.push_str(&row(number.key, &(number.show)(&policy), number.help));
    }
    text
}

fn row(key: &str, default: &str, help: &str) -> String {
    let default = if default.is_empty() { String::new() } else { format!("`{default}`") };
    format!("| `{key}` | {default} | {help} |\n")
}
