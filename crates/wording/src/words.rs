//! Asking for a sentence.

use std::borrow::Cow;
use std::fmt;

use doorward_domain::language::Language;
use fluent_bundle::{FluentArgs, FluentValue};

use crate::catalogue::{Catalogue, DE, EN};

/// One language's sentences: a handle, cheap to copy and to make.
#[derive(Clone, Copy)]
pub struct Words {
    catalogue: &'static Catalogue,
}

/// What stands in a placeholder: a text, or a number that chooses its plural.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Put in as it is.
    Text(String),
    /// Written without grouping; selects plural forms.
    Number(i64),
}

impl Words {
    /// The sentences of a language.
    pub fn new(language: Language) -> Self {
        match language {
            Language::English => Self { catalogue: &EN },
            Language::German => Self { catalogue: &DE },
        }
    }

    /// The sentences of the language with this tag ("en", "de"); English for any other.
    pub fn of_tag(tag: &str) -> Self {
        Self::new(Language::from_name(tag).unwrap_or(Language::English))
    }

    /// The language tag for `lang` attributes and headers.
    pub fn tag(&self) -> &'static str {
        self.catalogue.tag
    }

    /// The sentence without arguments under this key.
    ///
    /// An unknown key comes back as itself: a test proves that none is used, and a page with one odd word is better
    /// than no page.
    pub fn text(&self, key: &str) -> Cow<'static, str> {
        let catalogue = self.catalogue;
        if let Some(text) = catalogue.fixed(key) {
            return Cow::Borrowed(text);
        }
        debug_assert!(false, "no sentence {key} without arguments in {}", catalogue.tag);
        Cow::Owned(key.to_owned())
    }

    /// The sentence with one argument.
    pub fn text_of(&self, key: &str, name: &str, value: impl Into<Value>) -> String {
        self.text_with(key, &[(name, value.into())])
    }

    /// The sentence with its arguments.
    pub fn text_with(&self, key: &str, values: &[(&str, Value)]) -> String {
        let mut args = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            args.set((*name).to_owned(), value.as_fluent());
        }
        self.catalogue.format(key, &args).unwrap_or_else(|| key.to_owned())
    }

    /// Says whether a sentence with this key exists.
    pub fn has(&self, key: &str) -> bool {
        self.catalogue.has(key)
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Words({})", self.catalogue.tag)
    }
}

impl Value {
    fn as_fluent(&self) -> FluentValue<'_> {
        match self {
            Self::Text(text) => FluentValue::from(text.as_str()),
            Self::Number(number) => FluentValue::from(*number),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<&&String> for Value {
    fn from(text: &&String) -> Self {
        Self::Text((*text).clone())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

macro_rules! number {
    ($($type:ty),*) => {$(
        impl From<$type> for Value {
            fn from(number: $type) -> Self {
                Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
            }
        }
        impl From<&$type> for Value {
            fn from(number: &$type) -> Self {
                Self::from(*number)
            }
        }
    )*};
}
number!(i64, i32, u8, u16, u32, u64, usize);
