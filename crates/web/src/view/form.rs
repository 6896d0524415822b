//! What forms need: problems beside their fields, the channel of a code, the human check.

use doorward_wording::Sentence;

/// Everything wrong with what was sent: shown in the summary and beside the fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    /// In the order in which the summary lists them.
    pub items: Vec<Problem>,
}

/// One thing wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The `name` of the field it belongs to; empty when it concerns the whole form.
    pub field: String,
    /// The sentence.
    pub text: String,
}

impl Problems {
    /// Nothing is wrong: the page as it opens.
    pub fn none() -> Self {
        Self::default()
    }

    /// One thing is wrong with one field (or, with an empty name, with the whole form).
    pub fn one(field: &str, text: impl Into<String>) -> Self {
        Self { items: vec![Problem { field: field.to_owned(), text: text.into() }] }
    }

    /// Whether there is anything to say.
    pub fn any(&self) -> bool {
        !self.items.is_empty()
    }

    /// The first sentence for a field.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.items.iter().find(|problem| problem.field == field).map(|problem| problem.text.as_str())
    }
}

impl From<Sentence> for Problems {
    fn from(sentence: Sentence) -> Self {
        Self::one(sentence.field.unwrap_or_default(), sentence.summary)
    }
}

/// Where a code was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// By mail.
    Mail,
    /// By short message.
    Sms,
}

impl Channel {
    /// Whether this is the mail channel.
    pub fn is_mail(self) -> bool {
        self == Self::Mail
    }
}

/// The human check inside a form. The template is `human_check.html`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HumanCheck {
    /// What the check is for: bound into the challenge (`sign-in`, `sign-up`, `forgot-password`).
    pub purpose: String,
    /// The page of the code that takes the check's place without script; `None` where the code that this form sends
    /// anyway does (decision 0006).
    pub code_path: Option<String>,
}
