//! The language of an answer: what the person chose, else what the browser likes best.

use doorward_domain::language::Language;
use http::{HeaderMap, header};

use super::cookies::Cookie;

/// The language that the person chose in this browser.
pub fn chosen(headers: &HeaderMap) -> Option<Language> {
    Cookie::Language.read(headers).and_then(Language::from_name)
}

/// The language to answer in.
pub fn of(headers: &HeaderMap) -> Language {
    chosen(headers).unwrap_or_else(|| {
        let liked = headers.get(header::ACCEPT_LANGUAGE).and_then(|liked| liked.to_str().ok());
        Language::best_of(liked.unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_choice_counts_more_than_the_browser_s_liking() {
        let mut headers =
            HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, HeaderValue::from_static("de, en;q=0.5"))]);
        assert_eq!(of(&headers), Language::German);
        headers.insert(header::COOKIE, HeaderValue::from_static("__Host-language=en"));
        assert_eq!(of(&headers), Language::English);
        headers.insert(header::COOKIE, HeaderValue::from_static("__Host-language=tlh"));
        assert_eq!(of(&headers), Language::German);
        assert_eq!(of(&HeaderMap::new()), Language::English);
    }
}
