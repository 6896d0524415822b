//! Identifiers, codes, return paths, passwords.

use doorward_domain::identifier::{Identifier, MAX_BYTES};
use doorward_domain::one_time_code::OneTimeCode;
use doorward_domain::password::{Blocklist, PasswordRules, normalize, strength};
use doorward_domain::policy::PasswordPolicy;
use doorward_domain::recovery_code::RecoveryCode;
use doorward_domain::return_path::ReturnPath;
use doorward_domain::sign_in::TypedFactor;
use doorward_domain::token::Token;

/// An identifier and, behind a line end, its country.
pub fn identifier(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (typed, country) = text.rsplit_once('\n').map_or((&*text, None), |(typed, rest)| (typed, Some(rest)));
    let Ok(identifier) = Identifier::parse(typed, country) else { return };
    let normal = identifier.as_str();
    assert!(normal.len() <= MAX_BYTES && normal.bytes().all(|byte| byte.is_ascii_graphic()));
    assert!(!normal.bytes().any(|byte| byte.is_ascii_uppercase()));
    // Written by the house, read by the house: the normal form is its own.
    assert_eq!(Identifier::parse(normal, None).as_ref(), Ok(&identifier));
    assert_ne!(identifier.masked(), normal);
    let again = Identifier::parse(&typed.to_uppercase(), country);
    if typed.is_ascii() {
        assert_eq!(again.as_ref(), Ok(&identifier), "case makes no other identifier");
    }
}

/// A six-digit code, a recovery code or a token.
pub fn code(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let six = OneTimeCode::parse(&text);
    if let Some(code) = six {
        assert_eq!(OneTimeCode::parse(&code.to_string()), Some(code));
    }
    let recovery = RecoveryCode::parse(&text);
    if let Some(code) = &recovery {
        assert_eq!(RecoveryCode::parse(&code.to_string()).as_ref(), Some(code));
        assert_eq!(RecoveryCode::parse(&text.to_lowercase()).as_ref(), Some(code));
    }
    let typed = TypedFactor::parse(&text);
    assert_eq!(six.is_some(), matches!(typed, TypedFactor::Totp(_)));
    assert_eq!(recovery.is_some(), matches!(typed, TypedFactor::Recovery(_)));
    if let Some(token) = Token::parse(&text) {
        assert_eq!(token.encode(), text, "a token has one spelling");
    }
}

/// A path that a deep link wants to come back to.
pub fn return_path(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let Some(path) = ReturnPath::parse(&text) else { return };
    let path = path.as_str();
    assert_eq!(path, text);
    assert!(path.starts_with('/') && !path.starts_with("//"), "{path:?}");
    assert!(path.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\\"<>#".contains(&byte)), "{path:?}");
    let climbs = path.split('?').next().unwrap_or("").split('/').any(|part| part == "..");
    assert!(!climbs, "{path:?}");
}

/// A new password, judged in full.
pub fn password(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let policy = PasswordPolicy::default();
    let Ok(password) = normalize(&policy, &text) else { return };
    let characters = password.as_str().chars().count();
    assert!((policy.min_characters..=policy.max_characters).contains(&characters));
    let again = normalize(&policy, password.as_str()).map(|again| again.as_str().to_owned());
    assert_eq!(again.as_deref(), Ok(password.as_str()));
    let blocklist = Blocklist::shipped();
    let rules = PasswordRules { policy: &policy, blocklist: &blocklist, site_name: "Doorward" };
    let identifier = Identifier::parse("ana@example.com", None).expect("an email address");
    let judged = rules.judge(&password, &identifier);
    let score = strength(password.as_str(), &rules.strength_inputs(&identifier)).score;
    assert!(score <= 4);
    assert!(judged.is_err() || score >= policy.min_score);
}
