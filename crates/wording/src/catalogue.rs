//! The embedded Fluent files and the bundles made from them.

use std::collections::HashMap;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

/// Lists the catalogue files of one language, one per area of the product.
macro_rules! areas {
    ($language:literal) => {
        [
            ("frame", include_str!(concat!("../catalogue/", $language, "/frame.ftl"))),
            ("home", include_str!(concat!("../catalogue/", $language, "/home.ftl"))),
            ("sign-up", include_str!(concat!("../catalogue/", $language, "/sign-up.ftl"))),
            ("sign-in", include_str!(concat!("../catalogue/", $language, "/sign-in.ftl"))),
            ("forgot", include_str!(concat!("../catalogue/", $language, "/forgot.ftl"))),
            ("human-check", include_str!(concat!("../catalogue/", $language, "/human-check.ftl"))),
            ("account", include_str!(concat!("../catalogue/", $language, "/account.ftl"))),
            ("security", include_str!(concat!("../catalogue/", $language, "/security.ftl"))),
            ("country", include_str!(concat!("../catalogue/", $language, "/country.ftl"))),
            ("passkey", include_str!(concat!("../catalogue/", $language, "/passkey.ftl"))),
            ("help", include_str!(concat!("../catalogue/", $language, "/help.ftl"))),
            ("mailbox", include_str!(concat!("../catalogue/", $language, "/mailbox.ftl"))),
            ("error", include_str!(concat!("../catalogue/", $language, "/error.ftl"))),
            ("refusal", include_str!(concat!("../catalogue/", $language, "/refusal.ftl"))),
            ("event", include_str!(concat!("../catalogue/", $language, "/event.ftl"))),
            ("mail", include_str!(concat!("../catalogue/", $language, "/mail.ftl"))),
            ("record", include_str!(concat!("../catalogue/", $language, "/record.ftl"))),
            ("recover", include_str!(concat!("../catalogue/", $language, "/recover.ftl"))),
            ("desk", include_str!(concat!("../catalogue/", $language, "/desk.ftl"))),
            ("books", include_str!(concat!("../catalogue/", $language, "/books.ftl"))),
            ("block", include_str!(concat!("../catalogue/", $language, "/block.ftl"))),
            ("sms", include_str!(concat!("../catalogue/", $language, "/sms.ftl"))),
            ("market", include_str!(concat!("../catalogue/", $language, "/market.ftl"))),
            ("past", include_str!(concat!("../catalogue/", $language, "/past.ftl"))),
            ("protect", include_str!(concat!("../catalogue/", $language, "/protect.ftl"))),
        ]
    };
}

const ENGLISH: &[(&str, &str)] = &areas!("en");
const GERMAN: &[(&str, &str)] = &areas!("de");

/// One language, ready to speak: parsed once, shared by every thread.
pub(crate) struct Catalogue {
    pub(crate) tag: &'static str,
    bundle: FluentBundle<FluentResource>,
    /// Messages without arguments, formatted once, so that most sentences of a page are one look-up.
    fixed: HashMap<String, String>,
}

pub(crate) static EN: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::parse("en", ENGLISH));
pub(crate) static DE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::parse("de", GERMAN));

impl Catalogue {
    fn parse(tag: &'static str, areas: &[(&str, &'static str)]) -> Self {
        let language: LanguageIdentifier = tag.parse().expect("our own tags are valid");
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        // Isolation marks would stand inside codes, addresses and mail subjects that people copy.
        bundle.set_use_isolating(false);
        let mut keys = Vec::new();
        for (area, source) in areas {
            let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(_, errors)| {
                panic!("catalogue {tag}/{area}.ftl does not parse: {errors:?}")
            });
            keys.extend(message_keys(source).map(str::to_owned));
            bundle
                .add_resource(resource)
                .unwrap_or_else(|errors| panic!("catalogue {tag}/{area}.ftl repeats a key: {errors:?}"));
        }
        let mut fixed = HashMap::with_capacity(keys.len());
        for key in keys {
            let Some(pattern) = bundle.get_message(&key).and_then(|message| message.value()) else {
                continue;
            };
            let mut errors = Vec::new();
            let text = bundle.format_pattern(pattern, None, &mut errors).into_owned();
            // A message that needs arguments reports the missing one, and is formatted when it is asked for.
            if errors.is_empty() {
                fixed.insert(key, text);
            }
        }
        Self { tag, bundle, fixed }
    }

    pub(crate) fn fixed(&self, key: &str) -> Option<&str> {
        self.fixed.get(key).map(String::as_str)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.bundle.has_message(key)
    }

    pub(crate) fn format(&self, key: &str, args: &FluentArgs<'_>) -> Option<String> {
        let pattern = self.bundle.get_message(key)?.value()?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(args), &mut errors).into_owned();
        debug_assert!(errors.is_empty(), "{key} in {}: {errors:?}", self.tag);
        Some(text)
    }
}

/// The keys of a Fluent source, in the order of the file.
pub(crate) fn message_keys(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| {
        let key = line.split_once('=')?.0.trim_end();
        let starts = key.starts_with(|first: char| first.is_ascii_alphabetic());
        (starts && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')).then_some(key)
    })
}
