//! The support desk.

use askama::Template;

use super::{Frame, Moment, Problems};

/// Who stands at the desk; empty before anybody came.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    /// The name.
    pub name: String,
    /// The role, in words.
    pub role: String,
}

/// What a form asks of a passkey. The module `staff-key` answers it.
#[derive(Clone, Debug)]
pub struct KeyForm {
    /// Where the form goes.
    pub action: &'static str,
    /// `make` or `use`.
    pub kind: &'static str,
    /// What the browser is asked, as JSON.
    pub options: String,
    /// What comes back with the answer.
    pub state: String,
    /// The token of an enrolment link; empty at the desk's door.
    pub token: String,
    /// What the button says.
    pub label: String,
}

/// `/support/sign-in`
#[derive(Template, Debug)]
#[template(path = "support/door.html")]
pub struct DeskDoorPage {
    /// The frame.
    pub frame: Frame,
    /// Nobody yet.
    pub desk: Desk,
    /// The whole form.
    pub problems: Problems,
    /// What is asked; `None` where there can be no passkeys.
    pub key: Option<KeyForm>,
    /// The desk has a listener of its own: no page of customers is near.
    pub alone: bool,
}

/// `/support/enrol`
#[derive(Template)]
#[template(path = "support/enrol.html")]
pub struct EnrolPage {
    /// The frame.
    pub frame: Frame,
    /// Nobody yet.
    pub desk: Desk,
    /// The whole form.
    pub problems: Problems,
    /// Whose enrolment, in which role.
    pub lead: String,
    /// Which passkey is next, from 1.
    pub number: u32,
    /// What is asked.
    pub key: KeyForm,
}

impl std::fmt::Debug for EnrolPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EnrolPage(redacted)")
    }
}

/// A page of the desk that says one thing.
#[derive(Template, Debug)]
#[template(path = "support/told.html")]
pub struct ToldPage {
    /// The frame.
    pub frame: Frame,
    /// Nobody.
    pub desk: Desk,
    /// The heading.
    pub title: String,
    /// The sentence.
    pub text: String,
    /// What the link to the desk says, where one helps.
    pub go: Option<String>,
}

/// What a role does not include.
#[derive(Template, Debug)]
#[template(path = "support/role.html")]
pub struct RoleRefusedPage {
    /// The frame.
    pub frame: Frame,
    /// Who.
    pub desk: Desk,
}

/// `/support/accounts`
#[derive(Template, Debug)]
#[template(path = "support/look_up.html")]
pub struct LookUpPage {
    /// The frame.
    pub frame: Frame,
    /// Who looks.
    pub desk: Desk,
    /// `identifier`, or the whole form.
    pub problems: Problems,
    /// What was typed.
    pub typed: String,
}

/// What the one who looks at an account may do there now.
#[derive(Clone, Copy, Debug, Default)]
pub struct Acts {
    /// Write a note.
    pub note: bool,
    /// End all sessions.
    pub end_sessions: bool,
    /// Freeze.
    pub freeze: bool,
    /// Ask to lift a freeze by staff.
    pub lift: bool,
    /// Ask to let it out of a block by the rules of countries.
    pub ask_block: bool,
    /// Call it back into the block.
    pub block_again: bool,
}

impl Acts {
    /// Whether there is anything.
    pub fn any(self) -> bool {
        self.note || self.end_sessions || self.freeze || self.lift || self.ask_block || self.block_again
    }
}

/// A note of staff.
#[derive(Clone, Debug)]
pub struct Note {
    /// Who wrote it.
    pub name: String,
    /// What it says.
    pub text: String,
    /// When.
    pub at: Moment,
}

/// What was decided about a sign-in.
#[derive(Clone, Debug)]
pub struct Decision {
    /// When the sign-in ended.
    pub at: Moment,
    /// How it ended, and what it was asked.
    pub what: String,
    /// Why.
    pub reasons: String,
}

/// `/support/accounts/{account}`
#[derive(Template, Debug)]
#[template(path = "support/account.html")]
pub struct DeskAccountPage {
    /// The frame.
    pub frame: Frame,
    /// Who looks.
    pub desk: Desk,
    /// `reason`, or the whole form.
    pub problems: Problems,
    /// What was just done.
    pub notice: Option<String>,
    /// The account's id.
    pub id: String,
    /// Open or frozen, and by whom.
    pub status: String,
    /// Since when it is frozen.
    pub frozen_since: Option<Moment>,
    /// Its identifiers, masked.
    pub identifiers: Vec<String>,
    /// Until when nothing leaves it.
    pub hold_until: Option<Moment>,
    /// Whether the authenticator app works.
    pub app_usable: bool,
    /// Recovery codes that are left.
    pub codes_left: i64,
    /// Open sessions.
    pub sessions: usize,
    /// Known devices.
    pub devices: usize,
    /// When it was opened.
    pub opened: Moment,
    /// Entries so far.
    pub entries: String,
    /// The language of its mails.
    pub language: &'static str,
    /// Who asked to lift its freeze.
    pub lift_asked_by: Option<String>,
    /// What the rules of its verified residence leave open.
    pub rules: Option<String>,
    /// Since when two colleagues have let it out of a block.
    pub let_out_since: Option<Moment>,
    /// Who asked to let it out.
    pub block_asked_by: Option<String>,
    /// What was decided about its last sign-ins, newest first.
    pub decisions: Vec<Decision>,
    /// What may be done.
    pub acts: Acts,
    /// What was typed as the reason.
    pub typed: String,
    /// Notes, newest first.
    pub notes: Vec<Note>,
}

/// Something that waits for a second colleague.
#[derive(Clone, Debug)]
pub struct Request {
    /// What the form sends as `request`.
    pub id: String,
    /// What is to be done.
    pub what: String,
    /// Who asked, in which role.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Which account.
    pub account: Option<String>,
    /// Or which row of the policy of countries.
    pub row: Option<String>,
    /// When.
    pub at: Moment,
    /// Until when somebody may agree.
    pub until: Moment,
    /// Whether the one who looks may agree.
    pub may_agree: bool,
    /// Whether the one who looks asked.
    pub is_own: bool,
}

/// `/support/requests`
#[derive(Template, Debug)]
#[template(path = "support/requests.html")]
pub struct RequestsPage {
    /// The frame.
    pub frame: Frame,
    /// Who looks.
    pub desk: Desk,
    /// The whole form.
    pub problems: Problems,
    /// What was just done.
    pub notice: Option<String>,
    /// The oldest first.
    pub requests: Vec<Request>,
}

/// A block by the rules of countries.
#[derive(Clone, Debug)]
pub struct Block {
    /// The row's stable name, which the form sends.
    pub row: &'static str,
    /// The row in words.
    pub name: String,
    /// Since when.
    pub since: Moment,
    /// What the policy in force says.
    pub state: String,
    /// Who has approved its lift at the machine.
    pub approved: Option<String>,
    /// Who has asked to lift it.
    pub asked: Option<String>,
    /// Whether the one who looks may ask.
    pub asks: bool,
    /// What was typed as the reason.
    pub typed: String,
}

impl Block {
    /// The id of its field, and the name by which a problem finds it.
    pub fn field(&self) -> String {
        format!("reason-{}", self.row)
    }
}

/// `/support/blocks`
#[derive(Template, Debug)]
#[template(path = "support/blocks.html")]
pub struct BlocksPage {
    /// The frame.
    pub frame: Frame,
    /// Who looks.
    pub desk: Desk,
    /// `reason-` and the row.
    pub problems: Problems,
    /// What was just done.
    pub notice: Option<String>,
    /// By name.
    pub blocks: Vec<Block>,
}

/// A colleague.
#[derive(Clone, Debug)]
pub struct Colleague {
    /// The name.
    pub name: String,
    /// The role, in words.
    pub role: String,
    /// When both passkeys were enrolled.
    pub enrolled: Option<Moment>,
    /// The one who looks.
    pub is_you: bool,
}

/// `/support/staff`
#[derive(Template, Debug)]
#[template(path = "support/staff.html")]
pub struct StaffPage {
    /// The frame.
    pub frame: Frame,
    /// Who looks.
    pub desk: Desk,
    /// By name.
    pub staff: Vec<Colleague>,
}

#[cfg(test)]
pub(crate) mod sample {
    use super::super::facts::sample::moment;
    use super::*;

    pub(crate) fn desk(frame: &Frame) -> Desk {
        let role = frame.words.role(doorward_domain::staff::Role::Approver).into_owned();
        Desk { name: "Mia Lindqvist".to_owned(), role }
    }

    fn key(frame: &Frame, kind: &'static str) -> KeyForm {
        KeyForm {
            action: "/support/sign-in",
            kind,
            options: "{\"challenge\":\"AAAA\"}".to_owned(),
            state: "sample".to_owned(),
            token: if kind == "make" { "sample".to_owned() } else { String::new() },
            label: frame.text("desk-sign-in-button").into_owned(),
        }
    }

    impl DeskDoorPage {
        pub(crate) fn sample(frame: Frame, works: bool) -> Self {
            let key = works.then(|| key(&frame, "use"));
            Self { desk: Desk::default(), problems: Problems::none(), key, alone: false, frame }
        }
    }

    impl EnrolPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            let lead = frame.words.text_with(
                "desk-enrol-lead",
                &[("name", "Mia Lindqvist".into()), ("role", desk(&frame).role.into())],
            );
            let key = key(&frame, "make");
            Self { desk: Desk::default(), problems: Problems::none(), lead, number: 2, key, frame }
        }
    }

    impl DeskAccountPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            let words = frame.words;
            Self {
                desk: desk(&frame),
                problems: Problems::one("reason", frame.text("desk-refused-text-needed")),
                notice: Some(frame.text("desk-done-note").into_owned()),
                id: "0192f0c0-0000-7000-8000-000000000000".to_owned(),
                status: frame.text("desk-account-frozen-by-staff").into_owned(),
                frozen_since: Some(moment(&words, 30)),
                identifiers: vec!["a•••@example.org".to_owned()],
                hold_until: Some(moment(&words, -600)),
                app_usable: true,
                codes_left: 7,
                sessions: 0,
                devices: 2,
                opened: moment(&words, 90_000),
                entries: "12".to_owned(),
                language: "en",
                lift_asked_by: Some("Jo Ferreira".to_owned()),
                rules: Some(words.mode(doorward_domain::jurisdiction::Mode::Blocked).into_owned()),
                let_out_since: Some(moment(&words, 40)),
                block_asked_by: Some("Jo Ferreira".to_owned()),
                decisions: vec![Decision {
                    at: moment(&words, 50),
                    what: words.decision(
                        doorward_domain::audit::AuditKind::Entered,
                        Some(doorward_domain::risk::Rung::HarderSlider),
                    ),
                    reasons: words.risk_reason(doorward_domain::risk::RiskReason::NewCountry).into_owned(),
                }],
                acts: Acts {
                    note: true,
                    end_sessions: true,
                    freeze: true,
                    lift: true,
                    ask_block: true,
                    block_again: true,
                },
                typed: "Called".to_owned(),
                notes: vec![Note {
                    name: "Jo Ferreira".to_owned(),
                    text: "Called from the known number.\nHas lost the phone.".to_owned(),
                    at: moment(&words, 20),
                }],
                frame,
            }
        }
    }

    impl RequestsPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            let words = frame.words;
            let account = || Some("0192f0c0-0000-7000-8000-000000000000".to_owned());
            let request = |id: &str, may_agree, is_own: bool| Request {
                id: id.to_owned(),
                what: words.text("desk-request-lift-freeze").into_owned(),
                by: words.text_with(
                    "desk-request-by",
                    &[("name", "Jo Ferreira".into()), ("role", "Compliance".into())],
                ),
                reason: "The owner called back from the known number.".to_owned(),
                account: account().filter(|_| !is_own),
                row: is_own.then(|| "Netherlands".to_owned()),
                at: moment(&words, 20),
                until: moment(&words, -1_400),
                may_agree,
                is_own,
            };
            let requests =
                vec![request("1", true, false), request("2", false, true), request("3", false, false)];
            Self { desk: desk(&frame), problems: Problems::none(), notice: None, requests, frame }
        }
    }

    impl BlocksPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            let words = frame.words;
            let block = |row: &'static str, state: &str, asks: bool| Block {
                row,
                name: words
                    .row(doorward_domain::jurisdiction::Row::from_name(row).expect("a row"))
                    .into_owned(),
                since: moment(&words, 9_000),
                state: words.text(state).into_owned(),
                approved: (!asks).then(|| {
                    let values = [("name", "Jo Ferreira".into()), ("when", moment(&words, 30).text.into())];
                    words.text_with("desk-block-approved", &values)
                }),
                asked: (!asks).then(|| words.text_of("desk-block-asked", "name", "Jo Ferreira")),
                asks,
                typed: String::new(),
            };
            let blocks = vec![
                block("KP", "desk-block-dropped", true),
                block("default", "desk-block-by-policy", false),
            ];
            let problems = Problems::one("reason-KP", words.text("desk-refused-text-needed"));
            Self { desk: desk(&frame), problems, notice: None, blocks, frame }
        }
    }

    impl StaffPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            let words = frame.words;
            let colleague = |name: &str, enrolled, is_you| Colleague {
                name: name.to_owned(),
                role: words.role(doorward_domain::staff::Role::Agent).into_owned(),
                enrolled,
                is_you,
            };
            let staff = vec![
                colleague("Jo Ferreira", None, false),
                colleague("Mia Lindqvist", Some(moment(&words, 9_000)), true),
            ];
            Self { desk: desk(&frame), staff, frame }
        }
    }
}
