//! The identifiers of an account, and their changes.

use askama::Template;
use doorward_domain::identifier::change::IdentifierChangeKind;

use super::{Channel, Frame, Moment, Problems};

/// One identifier.
#[derive(Clone, Debug)]
pub struct IdentifierLine {
    /// What its forms send as `id`.
    pub id: String,
    /// Enough to recognise it.
    pub masked: String,
    /// An address rather than a number.
    pub is_mail: bool,
    /// When it was last proved.
    pub proved: Moment,
    /// It must be proved again.
    pub stale: bool,
    /// It is not the last one.
    pub removable: bool,
}

/// `/security/identifiers`
#[derive(Template, Debug)]
#[template(path = "identifiers/list.html")]
pub struct IdentifiersPage {
    /// The frame.
    pub frame: Frame,
    /// A change was just made.
    pub done: bool,
    /// The identifiers.
    pub identifiers: Vec<IdentifierLine>,
    /// There is room for one more.
    pub can_add: bool,
    /// Messages reach this account on a phone alone.
    pub phone_only: bool,
}

/// `/security/identifiers/change`: what is wished, and the factor that allows it.
#[derive(Template, Debug)]
#[template(path = "identifiers/change.html")]
pub struct IdentifierWishPage {
    /// The frame.
    pub frame: Frame,
    /// `identifier`, `code`, or the whole form.
    pub problems: Problems,
    /// What is done.
    pub kind: IdentifierChangeKind,
    /// The identifier that it is done to; empty for one more.
    pub id: String,
    /// The same, masked.
    pub old: String,
    /// What was typed, echoed.
    pub identifier: String,
    /// Length of the hold that follows, written out.
    pub hold: String,
    /// The clock diagnosis, a whole sentence from `wording`.
    pub clock: Option<String>,
}

impl IdentifierWishPage {
    /// Its heading.
    pub fn title_key(&self) -> &'static str {
        match self.kind {
            IdentifierChangeKind::Change => "identifiers-change-title",
            IdentifierChangeKind::Add => "identifiers-add-title",
            IdentifierChangeKind::Remove => "identifiers-remove-title",
            IdentifierChangeKind::Prove => "identifiers-prove-title",
        }
    }

    /// Whether a new one is typed.
    pub fn asks_new(&self) -> bool {
        matches!(self.kind, IdentifierChangeKind::Change | IdentifierChangeKind::Add)
    }

    /// Whether a hold follows.
    pub fn holds(&self) -> bool {
        self.kind != IdentifierChangeKind::Prove
    }
}

/// `/security/identifiers/confirm`: the code that was sent to the old one, or to the new one.
#[derive(Template, Debug)]
#[template(path = "identifiers/confirm.html")]
pub struct IdentifierCodePage {
    /// The frame.
    pub frame: Frame,
    /// `code`, or the whole form.
    pub problems: Problems,
    /// Where the code went, masked.
    pub sent_to: String,
    /// How it went.
    pub channel: Channel,
    /// It is the old one's.
    pub is_old: bool,
    /// A further code was just sent.
    pub resent: bool,
}

#[cfg(test)]
pub(crate) mod sample {
    use super::*;

    impl IdentifiersPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            let line = |id: &str, masked: &str, is_mail, stale| IdentifierLine {
                id: id.to_owned(),
                masked: masked.to_owned(),
                is_mail,
                proved: Moment::of_micros(1_795_400_000_000_000, &frame.words),
                stale,
                removable: true,
            };
            Self {
                done: true,
                identifiers: vec![
                    line("1", "a•••@example.org", true, false),
                    line("2", "+49•••••67", false, true),
                ],
                can_add: true,
                phone_only: true,
                frame,
            }
        }
    }

    impl IdentifierWishPage {
        pub(crate) fn sample(frame: Frame, kind: IdentifierChangeKind) -> Self {
            Self {
                problems: Problems::none(),
                kind,
                id: "1".to_owned(),
                old: "a•••@example.org".to_owned(),
                identifier: String::new(),
                hold: frame.words.span(259_200),
                clock: None,
                frame,
            }
        }
    }

    impl IdentifierCodePage {
        pub(crate) fn sample(frame: Frame) -> Self {
            Self {
                frame,
                problems: Problems::none(),
                sent_to: "a•••@example.org".to_owned(),
                channel: Channel::Mail,
                is_old: true,
                resent: false,
            }
        }
    }
}
