//! Help for each trouble.

use askama::Template;

use super::Frame;

/// `/help`
#[derive(Template, Debug)]
#[template(path = "help/index.html")]
pub struct HelpPage {
    /// The frame.
    pub frame: Frame,
}

/// `/help/{topic}`
#[derive(Template, Debug)]
#[template(path = "help/topic.html")]
pub struct HelpTopicPage {
    /// The frame.
    pub frame: Frame,
    /// The trouble.
    pub topic: HelpTopic,
}

/// The troubles that have a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelpTopic {
    /// A code by mail or short message does not come.
    CodeMissing,
    /// The app's code is rejected: the clock.
    CodeRejected,
    /// Password forgotten.
    Password,
    /// Phone lost or replaced.
    LostPhone,
    /// What a passkey is.
    Passkeys,
    /// What recovery codes are for.
    RecoveryCodes,
    /// The puzzle, and the way without it.
    HumanCheck,
    /// A mail that nobody asked for.
    UnexpectedMail,
    /// Too many tries.
    TooManyTries,
    /// What a hold is.
    Holds,
    /// How to know the real address.
    RealAddress,
}

impl HelpTopic {
    /// Every topic, in the order of the index.
    pub const ALL: [Self; 11] = [
        Self::CodeMissing,
        Self::CodeRejected,
        Self::Password,
        Self::LostPhone,
        Self::Passkeys,
        Self::RecoveryCodes,
        Self::HumanCheck,
        Self::UnexpectedMail,
        Self::TooManyTries,
        Self::Holds,
        Self::RealAddress,
    ];

    /// The last part of its address.
    pub fn slug(self) -> &'static str {
        match self {
            Self::CodeMissing => "code-missing",
            Self::CodeRejected => "code-rejected",
            Self::Password => "password",
            Self::LostPhone => "lost-phone",
            Self::Passkeys => "passkeys",
            Self::RecoveryCodes => "recovery-codes",
            Self::HumanCheck => "human-check",
            Self::UnexpectedMail => "unexpected-mail",
            Self::TooManyTries => "too-many-tries",
            Self::Holds => "holds",
            Self::RealAddress => "real-address",
        }
    }

    /// The topic with this slug.
    pub fn of_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.slug() == slug)
    }

    /// How many numbered steps its page has.
    pub fn step_count(self) -> u8 {
        match self {
            Self::Passkeys => 7,
            Self::CodeRejected => 4,
            Self::CodeMissing | Self::Password | Self::LostPhone | Self::UnexpectedMail => 3,
            Self::RecoveryCodes | Self::HumanCheck | Self::TooManyTries | Self::Holds | Self::RealAddress => {
                2
            }
        }
    }

    /// Its heading.
    pub fn title_key(self) -> String {
        format!("help-{}-title", self.slug())
    }

    /// What is going on.
    pub fn lead_key(self) -> String {
        format!("help-{}-lead", self.slug())
    }

    /// The keys of what to do, in order.
    pub fn step_keys(self) -> Vec<String> {
        (1..=self.step_count()).map(|step| format!("help-{}-step-{step}", self.slug())).collect()
    }
}
