//! What surrounds every page.

use std::borrow::Cow;

use doorward_app::country::Attribution;
use doorward_wording::{Value, Words};

use super::Restriction;

/// What every page needs besides its own facts.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The sentences in the visitor's language.
    pub words: Words,
    /// The operator's name for this door, as configured.
    pub site_name: String,
    /// Scheme, host and port as configured: what the address bar must show.
    pub origin: String,
    /// Path and query of this page when it is opened by GET; the language switch returns to it.
    pub here: String,
    /// The form token; every form that posts carries it as `csrf`.
    pub csrf: String,
    /// Folder of the current assets, without a slash at its end: `/assets/<digest>`.
    pub assets: String,
    /// Who is looking.
    pub visitor: Visitor,
    /// The session was entered with a passkey: no other factor authorises an action in it (entry rules 5).
    pub passkey_needed: bool,
    /// Mail goes to the local mailbox: pages show a banner with a link to it.
    pub mailbox: bool,
    /// The rules of countries, while they leave less than everything open.
    pub restriction: Option<Restriction>,
    /// What the data about places demand to be said.
    pub attribution: Option<Attribution>,
}

/// Who looks at a page, as far as its header must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visitor {
    /// No session.
    Stranger,
    /// A customer with a session: the header offers the account and *Sign out*.
    Customer,
}

/// One entry of the language switch.
#[derive(Clone, Debug)]
pub struct LanguageLink {
    /// Language tag.
    pub tag: &'static str,
    /// The language's own name for itself.
    pub name: &'static str,
    /// This page in that language. The guard reads `language`, remembers it in a cookie and shows the page.
    pub href: String,
    /// The page is in this language already.
    pub current: bool,
}

impl Frame {
    /// The sentence under a key.
    pub fn text(&self, key: &str) -> Cow<'static, str> {
        self.words.text(key)
    }

    /// The sentence under a key with one argument.
    pub fn text_of(&self, key: &str, name: &str, value: impl Into<Value>) -> String {
        self.words.text_of(key, name, value)
    }

    /// The sentence under a key that names the site.
    pub fn text_site(&self, key: &str) -> String {
        self.words.text_of(key, "site", &self.site_name)
    }

    /// "Step 2 of 6".
    pub fn step(&self, step: u8, of: u8) -> String {
        self.words.text_with("frame-step", &[("step", step.into()), ("of", of.into())])
    }

    /// "Steps 3 and 4 of 6", for a page that holds two steps.
    pub fn steps(&self, first: u8, second: u8, of: u8) -> String {
        let values = [("first", first.into()), ("second", second.into()), ("of", of.into())];
        self.words.text_with("frame-steps", &values)
    }

    /// The configured host, with its port when it is not the scheme's own.
    pub fn host(&self) -> &str {
        self.origin.split_once("://").map_or(&self.origin, |(_, host)| host)
    }

    /// The scheme of the configured address with its slashes.
    pub fn scheme(&self) -> &str {
        self.origin.split_once("://").map_or("", |(scheme, _)| scheme)
    }

    /// Whether a session stands behind this page.
    pub fn is_customer(&self) -> bool {
        self.visitor == Visitor::Customer
    }

    /// Whether this page stands at or under a path; the navigation marks it.
    pub fn is_at(&self, path: &str) -> bool {
        let here = self.here.split('?').next().unwrap_or_default();
        here == path || here.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The languages that this page can be read in.
    pub fn languages(&self) -> Vec<LanguageLink> {
        let mark = if self.here.contains('?') { '&' } else { '?' };
        [("en", "English"), ("de", "Deutsch")]
            .map(|(tag, name)| LanguageLink {
                tag,
                name,
                href: format!("{}{mark}language={tag}", self.here),
                current: self.words.tag() == tag,
            })
            .into()
    }

    /// A frame for tests and the gallery.
    #[cfg(test)]
    pub(crate) fn sample(tag: &str, here: &str, visitor: Visitor) -> Self {
        Self {
            words: Words::of_tag(tag),
            site_name: "Doorward".to_owned(),
            origin: "http://localhost:8080".to_owned(),
            here: here.to_owned(),
            csrf: "sample-form-token".to_owned(),
            assets: "assets".to_owned(),
            visitor,
            passkey_needed: false,
            mailbox: true,
            restriction: None,
            attribution: None,
        }
    }
}
