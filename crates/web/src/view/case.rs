//! The owner's side of a lost-factor case, and what stops it.

use askama::Template;
use doorward_domain::support_case::{CaseEnd, CaseStep};

use super::sign_up::Enrolment;
use super::{Channel, Frame, Moment, Problems};

/// `/case/code`: the code of the first channel, or of a second one where no identity record exists.
#[derive(Template, Debug)]
#[template(path = "case/code.html")]
pub struct CaseCodePage {
    /// The frame.
    pub frame: Frame,
    /// `code`, or the whole form.
    pub problems: Problems,
    /// Where the code went, masked.
    pub sent_to: String,
    /// How it went.
    pub channel: Channel,
    /// It is the second channel's.
    pub second: bool,
    /// A further code was just sent.
    pub resent: bool,
}

/// `/case/authenticator`: the new app, dormant until the case is over.
#[derive(Template, Debug)]
#[template(path = "case/authenticator.html")]
pub struct CaseAuthenticatorPage {
    /// The frame.
    pub frame: Frame,
    /// `code`, or the whole form.
    pub problems: Problems,
    /// The enrolment to show.
    pub enrolment: Enrolment,
    /// Pictures are asked next.
    pub has_record: bool,
}

/// One picture that a case asks for.
#[derive(Clone, Debug)]
pub struct PictureLine {
    /// What the form sends as `kind`.
    pub kind: String,
    /// The id of its field.
    pub field: String,
    /// What it shows, in words.
    pub what: String,
    /// It lies there already.
    pub given: bool,
    /// It shows the note with the code of the day.
    pub with_note: bool,
}

/// `/case/documents`: three pictures, each a form of its own, and then the case is sent.
#[derive(Template, Debug)]
#[template(path = "case/documents.html")]
pub struct CaseDocumentsPage {
    /// The frame.
    pub frame: Frame,
    /// `file-…`, or the whole form.
    pub problems: Problems,
    /// What the note must say today.
    pub code_of_the_day: String,
    /// The pictures.
    pub pictures: Vec<PictureLine>,
    /// When the case is over unless it is sent.
    pub until: Moment,
}

impl CaseDocumentsPage {
    /// Whether everything lies there.
    pub fn is_complete(&self) -> bool {
        self.pictures.iter().all(|picture| picture.given)
    }
}

/// `/case`: where the case stands, what is next and until when.
#[derive(Template, Debug)]
#[template(path = "case/status.html")]
pub struct CaseStatusPage {
    /// The frame.
    pub frame: Frame,
    /// Where it stands.
    pub step: CaseStep,
    /// Why it came to nothing.
    pub end: Option<CaseEnd>,
    /// Until when staff decide.
    pub decided_by: Moment,
    /// Approvals so far.
    pub approvals: u32,
    /// Approvals that are needed.
    pub needed: u32,
    /// The wait after the approval, written out.
    pub wait: String,
    /// The hold after that, written out.
    pub hold: String,
    /// When the new factor takes effect, once approved.
    pub effective_at: Option<Moment>,
}

impl CaseStatusPage {
    fn is_at(&self, step: CaseStep) -> bool {
        self.step == step
    }

    /// Whether it is with staff.
    pub fn is_decision(&self) -> bool {
        self.is_at(CaseStep::Decision)
    }

    /// Whether it waits for its time.
    pub fn is_waiting(&self) -> bool {
        self.is_at(CaseStep::Waiting)
    }

    /// Whether the new factor guards the account.
    pub fn is_done(&self) -> bool {
        self.is_at(CaseStep::Done)
    }

    /// "1 of 2".
    pub fn approvals_text(&self) -> String {
        let values = [("count", self.approvals.into()), ("needed", self.needed.into())];
        self.frame.words.text_with("case-approvals-of", &values)
    }

    /// The sentence about why it came to nothing.
    pub fn end_key(&self) -> &'static str {
        match self.end {
            Some(CaseEnd::Stopped) => "case-end-stopped",
            Some(CaseEnd::Refused) => "case-end-refused",
            Some(CaseEnd::Expired) => "case-end-expired",
            Some(CaseEnd::Frozen) => "case-end-frozen",
            Some(CaseEnd::BegunAnew) => "case-end-begun-anew",
            Some(CaseEnd::Overtaken) => "refused-case-credentials-changed",
            Some(CaseEnd::NoIdentification) => "refused-case-no-identification",
            Some(CaseEnd::TooManyTries) => "refused-case-too-many-codes",
            None => "refused-case-ended",
        }
    }
}

/// A lost-factor case that runs, on pages inside the account. Stopped by `POST /security/case/stop`.
#[derive(Clone, Debug)]
pub struct RunningCasePart {
    /// Where it stands: the beginning of a sentence that ends with `until`.
    pub state: String,
    /// Until when it can be sent or decided, or when it takes effect.
    pub until: Moment,
    /// What it will do, whole sentences.
    pub effect: String,
    /// When it was opened.
    pub opened: Moment,
    /// Browser and system of its opener.
    pub device: String,
    /// IP address of its opener.
    pub address: String,
    /// Country by registration of that address, when known.
    pub place: Option<String>,
}

/// `/stop` with a link: what the button stops or undoes.
#[derive(Template)]
#[template(path = "stop/confirm.html")]
pub struct StopPage {
    /// The frame.
    pub frame: Frame,
    /// The token of the link, sent along by the button.
    pub token: String,
    /// It undoes a change of identifiers, and freezes; otherwise it stops a case.
    pub undoes: bool,
    /// When the case would take effect, once approved.
    pub effective_at: Option<Moment>,
}

impl std::fmt::Debug for StopPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StopPage(redacted)")
    }
}

/// `/stop` without a link: the field for the code of a short message.
#[derive(Template, Debug)]
#[template(path = "stop/code.html")]
pub struct StopCodePage {
    /// The frame.
    pub frame: Frame,
    /// `code`, or the whole form.
    pub problems: Problems,
}

/// After it.
#[derive(Template, Debug)]
#[template(path = "stop/done.html")]
pub struct StopDonePage {
    /// The frame.
    pub frame: Frame,
    /// A change of identifiers was undone and the account is frozen.
    pub undone: bool,
}

#[cfg(test)]
pub(crate) mod sample {
    use super::super::sign_up::sample::enrolment;
    use super::*;

    impl CaseCodePage {
        pub(crate) fn sample(frame: Frame, second: bool) -> Self {
            Self {
                frame,
                problems: Problems::none(),
                sent_to: "a••@example.org".to_owned(),
                channel: Channel::Mail,
                second,
                resent: false,
            }
        }
    }

    impl CaseAuthenticatorPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            Self { frame, problems: Problems::none(), enrolment: enrolment(), has_record: true }
        }
    }

    impl CaseDocumentsPage {
        pub(crate) fn sample(frame: Frame, given: bool) -> Self {
            let picture = |kind: doorward_domain::support_case::EvidenceKind| PictureLine {
                kind: kind.name().to_owned(),
                field: format!("file-{}", kind.name()),
                what: frame.words.evidence(kind),
                given,
                with_note: kind == doorward_domain::support_case::EvidenceKind::HolderWithNote,
            };
            Self {
                problems: Problems::one("file-document-back", frame.text("refused-picture-heic")),
                code_of_the_day: "K7Q MXR".to_owned(),
                pictures: doorward_domain::support_case::EvidenceKind::ALL
                    .iter()
                    .copied()
                    .map(picture)
                    .collect(),
                until: Moment::of_micros(1_795_400_000_000_000, &frame.words),
                frame,
            }
        }
    }

    impl RunningCasePart {
        pub(crate) fn sample(frame: &Frame) -> Self {
            let at = Moment::of_micros(1_795_400_000_000_000, &frame.words);
            Self {
                state: frame.text("running-case-waiting").into_owned(),
                until: at.clone(),
                effect: frame.text_of("running-case-effect", "hold", frame.words.span(172_800)),
                opened: at,
                device: "Firefox 145, Linux".to_owned(),
                address: "203.0.113.24".to_owned(),
                place: Some("Portugal".to_owned()),
            }
        }
    }

    impl CaseStatusPage {
        pub(crate) fn sample(frame: Frame, step: CaseStep) -> Self {
            let at = Moment::of_micros(1_795_400_000_000_000, &frame.words);
            Self {
                step,
                end: (step == CaseStep::Ended).then_some(CaseEnd::Refused),
                decided_by: at.clone(),
                approvals: 1,
                needed: 2,
                wait: frame.words.span(86_400),
                hold: frame.words.span(172_800),
                effective_at: (step == CaseStep::Waiting).then_some(at),
                frame,
            }
        }
    }
}
