//! Cases at the support desk.

use askama::Template;

use super::support::Desk;
use super::{Frame, Moment, Problems};

/// One line of the queue.
#[derive(Clone, Debug)]
pub struct CaseRow {
    /// Its id.
    pub id: String,
    /// Where it stands, or why it is over.
    pub state: String,
    /// What its opener had proved before.
    pub opened_by: String,
    /// Pictures are compared with an identity record; otherwise two channels were proved.
    pub by_pictures: bool,
    /// Approvals so far.
    pub approvals: u32,
    /// When it was sent.
    pub sent: Moment,
    /// When it was over.
    pub ended: Option<Moment>,
}

/// `/support`
#[derive(Template, Debug)]
#[template(path = "support/queue.html")]
pub struct QueuePage {
    /// The frame.
    pub frame: Frame,
    /// Who looks.
    pub desk: Desk,
    /// Why no case is decided, when that is so.
    pub closed: Option<String>,
    /// To decide or waiting for their time, the longest waiting first.
    pub open: Vec<CaseRow>,
    /// Over, the newest first.
    pub over: Vec<CaseRow>,
}

/// What the operator's own checks found out about the owner.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The name on the document.
    pub name: String,
    /// The birth date.
    pub birth_date: String,
    /// The country of residence.
    pub residence: String,
    /// How thoroughly was checked.
    pub level: String,
    /// Who checked.
    pub source: String,
    /// When.
    pub recorded: Moment,
}

/// A picture of a case.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// What it shows.
    pub what: String,
    /// Where it is fetched from.
    pub path: String,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// What the note in the holder's hand must say.
    pub code_of_the_day: Option<String>,
    /// When it was given.
    pub given: Moment,
}

/// A vote.
#[derive(Clone, Debug)]
pub struct Vote {
    /// Who.
    pub name: String,
    /// What they decided.
    pub what: String,
    /// When.
    pub at: Moment,
}

/// `/support/cases/{case}`
#[derive(Template, Debug)]
#[template(path = "support/case.html")]
pub struct CasePage {
    /// The frame.
    pub frame: Frame,
    /// Who looks.
    pub desk: Desk,
    /// `reason`, or the whole form.
    pub problems: Problems,
    /// What was just done.
    pub notice: Option<String>,
    /// Whether the document's number was the record's, when it was just compared.
    pub same: Option<bool>,
    /// Its line.
    pub row: CaseRow,
    /// Whose it is.
    pub account: String,
    /// Until when it is to be decided.
    pub expires: Option<Moment>,
    /// When the new factor takes effect.
    pub effective: Option<Moment>,
    /// The trading password is lost too.
    pub more_lost: bool,
    /// When the account was opened.
    pub account_created: Moment,
    /// Its identifiers, masked.
    pub identifiers: Vec<String>,
    /// The browser it was opened with.
    pub device: String,
    /// The address it was opened from.
    pub network: String,
    /// The identity record, for those who decide.
    pub identity: Option<Identity>,
    /// The pictures, for those who decide.
    pub evidence: Vec<Evidence>,
    /// The votes so far.
    pub votes: Vec<Vote>,
    /// Whether the one who looks may vote.
    pub may_vote: bool,
    /// What was typed as the reason.
    pub typed: String,
}

#[cfg(test)]
pub(crate) mod sample {
    use super::super::facts::sample::moment;
    use super::super::support::sample::desk;
    use super::*;

    fn row(frame: &Frame, id: &str, state: &str) -> CaseRow {
        CaseRow {
            id: id.to_owned(),
            state: frame.text(state).into_owned(),
            opened_by: frame.text("desk-case-opened-password").into_owned(),
            by_pictures: true,
            approvals: 1,
            sent: moment(&frame.words, 200),
            ended: None,
        }
    }

    impl QueuePage {
        pub(crate) fn sample(frame: Frame, full: bool) -> Self {
            let closed = (!full).then(|| frame.text_of("desk-closed-text", "count", 1));
            let open = if full { vec![row(&frame, "c1", "desk-case-step-decision")] } else { Vec::new() };
            let over = if full { vec![row(&frame, "c2", "desk-case-end-stopped")] } else { Vec::new() };
            Self { desk: desk(&frame), closed, open, over, frame }
        }
    }

    impl CasePage {
        pub(crate) fn sample(frame: Frame) -> Self {
            let words = frame.words;
            let picture = |what: &str, code: Option<&str>| Evidence {
                what: words.text(what).into_owned(),
                path: "/support/evidence/c1/e1".to_owned(),
                width: 1_600,
                height: 1_000,
                code_of_the_day: code.map(str::to_owned),
                given: moment(&words, 220),
            };
            Self {
                desk: desk(&frame),
                problems: Problems::one("reason", frame.text("desk-refused-text-needed")),
                notice: None,
                same: Some(true),
                row: row(&frame, "c1", "desk-case-step-decision"),
                account: "0192f0c0-0000-7000-8000-000000000000".to_owned(),
                expires: Some(moment(&words, -8_000)),
                effective: None,
                more_lost: true,
                account_created: moment(&words, 90_000),
                identifiers: vec!["a•••@example.org".to_owned()],
                device: "Firefox 145, Linux".to_owned(),
                network: "203.0.113.24".to_owned(),
                identity: Some(Identity {
                    name: "Ada Lovelace".to_owned(),
                    birth_date: "1990-02-28".to_owned(),
                    residence: "PT".to_owned(),
                    level: "full".to_owned(),
                    source: "Video call".to_owned(),
                    recorded: moment(&words, 80_000),
                }),
                evidence: vec![
                    picture("desk-case-document-front", None),
                    picture("desk-case-holder", Some("R7 K2 M9")),
                ],
                votes: vec![Vote {
                    name: "Jo Ferreira".to_owned(),
                    what: words.text("desk-case-approved").into_owned(),
                    at: moment(&words, 30),
                }],
                may_vote: true,
                typed: String::new(),
                frame,
            }
        }
    }
}
