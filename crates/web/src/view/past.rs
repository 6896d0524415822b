//! What was: orders, fills, and what moved in the wallets.

use askama::Template;

use super::Frame;
use super::record::Choice;

/// One cell with the heading of its column.
#[derive(Clone, Debug)]
pub struct PastCell {
    /// The heading.
    pub label: String,
    /// What it says.
    pub text: String,
}

/// One line; every line of a page has the same columns.
#[derive(Clone, Debug)]
pub struct PastRow {
    /// RFC 3339 in UTC.
    pub iso: String,
    /// Date and time of day in UTC.
    pub time: String,
    /// The columns behind the time.
    pub cells: Vec<PastCell>,
}

/// `/history`
#[derive(Template, Debug)]
#[template(path = "market/past.html")]
pub struct PastPage {
    /// The frame.
    pub frame: Frame,
    /// What the lines may be about.
    pub groups: Vec<Choice>,
    /// What they are about.
    pub title: String,
    /// The engine answers; without it nothing is shown.
    pub is_open: bool,
    /// The newest moments may be missing.
    pub is_behind: bool,
    /// The markets are moved by the house itself.
    pub is_demo: bool,
    /// The lines of this page, newest first.
    pub rows: Vec<PastRow>,
    /// The newest page, when this is another.
    pub newest_href: Option<String>,
    /// The next page.
    pub older_href: Option<String>,
}

#[cfg(test)]
pub(crate) mod sample {
    use super::*;

    impl PastPage {
        pub(crate) fn sample(frame: Frame, has_lines: bool) -> Self {
            let group = |key: &str, current| Choice {
                text: frame.text(key).into_owned(),
                href: "/history?about=orders".to_owned(),
                current,
            };
            let cell = |label: &str, text: &str| PastCell {
                label: frame.text(label).into_owned(),
                text: text.to_owned(),
            };
            let row = |time: &str, state: &str| PastRow {
                iso: "2026-11-23T12:34:56Z".to_owned(),
                time: time.to_owned(),
                cells: vec![
                    cell("markets-market", "BTC-EUR"),
                    cell("own-side", &frame.text("trade-buy")),
                    cell("own-price", "61250.50"),
                    cell("own-size", "0.5000 BTC"),
                    cell("own-filled", "0.2500"),
                    cell("past-fee", "15.312625"),
                    cell("past-state", &frame.text(state)),
                ],
            };
            let rows =
                vec![row("2026-11-23 12:34:56", "past-open"), row("2026-11-22 08:00:01", "past-cancelled")];
            Self {
                groups: vec![
                    group("past-orders", true),
                    group("past-fills", false),
                    group("past-wallets", false),
                ],
                title: frame.text("past-orders").into_owned(),
                is_open: true,
                is_behind: has_lines,
                is_demo: has_lines,
                rows: if has_lines { rows } else { Vec::new() },
                newest_href: has_lines.then(|| "/history?about=orders".to_owned()),
                older_href: has_lines.then(|| "/history?about=orders&before=1-2-3".to_owned()),
                frame,
            }
        }
    }
}
