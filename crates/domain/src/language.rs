//! The languages that Doorward speaks completely.

use crate::named::named;

named! {
    /// A language in which every page and mail exists. The name is its tag, as in BCP 47.
    pub enum Language {
        /// English, the default.
        English = "en",
        /// German.
        German = "de",
    }
}

impl Language {
    /// The BCP 47 tag: `en`, `de`.
    pub const fn tag(self) -> &'static str {
        self.name()
    }

    /// The language that a browser's `Accept-Language` header likes best; English when it names none of ours.
    ///
    /// Weights are compared in thousandths (RFC 9110, 12.4.2); the first of equals wins; a weight of zero forbids.
    pub fn best_of(accept_language: &str) -> Self {
        let mut best = (0, Self::English);
        // A header longer than this comes from no browser; what lies beyond is not worth reading.
        for part in accept_language.split(',').take(32) {
            let mut pieces = part.split(';');
            let range = pieces.next().unwrap_or("").trim();
            let weight = pieces.find_map(|piece| weight_thousandths(piece.trim())).unwrap_or(1_000);
            let primary = range.split('-').next().unwrap_or("").to_ascii_lowercase();
            let language = if primary == "*" { Some(Self::English) } else { Self::from_name(&primary) };
            if let Some(language) = language
                && weight > best.0
            {
                best = (weight, language);
            }
        }
        best.1
    }
}

/// `q=0.8` is 800. What cannot be read as a weight counts as not liked.
fn weight_thousandths(piece: &str) -> Option<u32> {
    let value = piece.strip_prefix("q=").or_else(|| piece.strip_prefix("Q="))?.trim();
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let digits_only = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let weight = match whole {
        "1" => 1_000,
        "0" if digits_only && !fraction.is_empty() => format!("{fraction:0<3}").parse().unwrap_or(0),
        _ => 0,
    };
    Some(weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_liked_language_is_chosen() {
        for (header, expected) in [
            ("", Language::English),
            ("de", Language::German),
            ("de-AT,de;q=0.9,en;q=0.8", Language::German),
            ("DE-de", Language::German),
            ("en;q=0.7, de;q=0.9", Language::German),
            ("en;q=0.9, de;q=0.85", Language::English),
            ("fr-FR, fr;q=0.9, de;q=0.5, en;q=0.3", Language::German),
            ("fr, ja", Language::English),
            ("de;q=0", Language::English),
            ("*, de;q=0.5", Language::English),
            ("en, de", Language::English),
            ("de, en", Language::German),
            ("de;q=banana, en;q=0.001", Language::English),
            ("den", Language::English),
        ] {
            assert_eq!(Language::best_of(header), expected, "{header:?}");
        }
    }

    #[test]
    fn every_tag_leads_back_to_its_language() {
        for language in Language::ALL {
            assert_eq!(Language::from_name(language.tag()), Some(*language));
        }
    }
}
