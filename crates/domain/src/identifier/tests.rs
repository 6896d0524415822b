use super::*;
use proptest::prelude::*;

fn parsed(input: &str, country: Option<&str>) -> Result<String, IdentifierRefused> {
    Identifier::parse(input, country).map(|identifier| identifier.as_str().to_owned())
}

#[test]
fn an_email_address_has_one_normal_form() {
    for (input, normal) in [
        ("ana@example.com", "ana@example.com"),
        (" Ana@Example.COM\n", "ana@example.com"),
        ("ana+spam@example.com", "ana+spam@example.com"),
        ("a.b-c_d'e@sub.example.co.uk", "a.b-c_d'e@sub.example.co.uk"),
        ("x@xn--bcher-kva.example", "x@xn--bcher-kva.example"),
        // The Kelvin sign is a K in normal form; both spellings are one address.
        ("\u{212a}arl@example.com", "karl@example.com"),
    ] {
        assert_eq!(parsed(input, None).as_deref(), Ok(normal), "{input:?}");
    }
}

#[test]
fn a_plus_sign_makes_another_address() {
    assert_ne!(parsed("ana+1@example.com", None), parsed("ana@example.com", None));
}

#[test]
fn what_only_looks_like_an_address_is_refused() {
    let cases = [
        ("", IdentifierRefused::Empty),
        ("  \t ", IdentifierRefused::Empty),
        // Cyrillic а, a fullwidth letter, a zero-width space, an accent, an umlaut domain.
        ("\u{430}na@example.com", IdentifierRefused::NotAscii),
        ("\u{ff41}na@example.com", IdentifierRefused::NotAscii),
        ("a\u{200b}na@example.com", IdentifierRefused::NotAscii),
        ("ána@example.com", IdentifierRefused::NotAscii),
        ("ana@bücher.example", IdentifierRefused::NotAscii),
        ("ana\u{ff20}example.com", IdentifierRefused::NotAscii),
        ("ana@", IdentifierRefused::NotAnEmail),
        ("@example.com", IdentifierRefused::NotAnEmail),
        ("ana@example", IdentifierRefused::NotAnEmail),
        ("ana@@example.com", IdentifierRefused::NotAnEmail),
        ("ana@b@example.com", IdentifierRefused::NotAnEmail),
        ("\"ana b\"@example.com", IdentifierRefused::NotAnEmail),
        ("ana b@example.com", IdentifierRefused::NotAnEmail),
        ("ana@exam ple.com", IdentifierRefused::NotAnEmail),
        ("ana\0@example.com", IdentifierRefused::NotAnEmail),
        ("ana@example.com\0", IdentifierRefused::NotAnEmail),
        ("ana\r\nBcc:eve@example.com", IdentifierRefused::NotAnEmail),
        ("ana@example.com\r\nBcc: eve@example.com", IdentifierRefused::NotAnEmail),
        (".ana@example.com", IdentifierRefused::NotAnEmail),
        ("ana.@example.com", IdentifierRefused::NotAnEmail),
        ("a..na@example.com", IdentifierRefused::NotAnEmail),
        ("ana@-example.com", IdentifierRefused::NotAnEmail),
        ("ana@example-.com", IdentifierRefused::NotAnEmail),
        ("ana@example..com", IdentifierRefused::NotAnEmail),
        ("ana@example.com.", IdentifierRefused::NotAnEmail),
        ("ana@127.0.0.1", IdentifierRefused::NotAnEmail),
        ("ana@[127.0.0.1]", IdentifierRefused::NotAnEmail),
        ("<ana@example.com>", IdentifierRefused::NotAnEmail),
        ("ana,eve@example.com", IdentifierRefused::NotAnEmail),
        ("ana", IdentifierRefused::NotAPhoneNumber),
        ("12", IdentifierRefused::NotAPhoneNumber),
        ("+", IdentifierRefused::NotAPhoneNumber),
        ("+49\x0030 901820", IdentifierRefused::NotAPhoneNumber),
        ("+49+30901820", IdentifierRefused::NotAPhoneNumber),
        ("+999 123 456 789", IdentifierRefused::NotAPhoneNumber),
        ("+49 1", IdentifierRefused::NotAPhoneNumber),
        ("+1 650 253 0000 ext. 5", IdentifierRefused::NotAPhoneNumber),
    ];
    for (input, expected) in cases {
        assert_eq!(parsed(input, None), Err(expected), "{input:?}");
    }
}

#[test]
fn an_address_that_no_mail_server_takes_is_refused() {
    let longest =
        format!("{}@{}.example", "a".repeat(64), ["b".repeat(60), "c".repeat(60), "d".repeat(56)].join("."));
    assert_eq!(longest.len(), 251);
    assert!(parsed(&longest, None).is_ok());
    let over = |input: String| parsed(&input, None).err();
    assert_eq!(over(format!("{}@example.com", "a".repeat(65))), Some(IdentifierRefused::NotAnEmail));
    assert_eq!(over(format!("a@{}.com", "b".repeat(64))), Some(IdentifierRefused::NotAnEmail));
    assert_eq!(over(format!("abcd{longest}")), Some(IdentifierRefused::TooLong));
    assert_eq!(over("a".repeat(100_000_000)), Some(IdentifierRefused::TooLong));
}

#[test]
fn a_phone_number_becomes_e_164_with_its_country() {
    for (input, country, normal) in [
        ("+49 30 901820", None, "+4930901820"),
        ("+49 (0)30 / 90 18-20", Some("US"), "+4930901820"),
        ("030 901820", Some("DE"), "+4930901820"),
        ("030 901820", Some("de"), "+4930901820"),
        ("0049 30 901820", Some("DE"), "+4930901820"),
        ("(650) 253-0000", Some("US"), "+16502530000"),
        ("+1 650.253.0000", None, "+16502530000"),
        ("+44 7911 123456", None, "+447911123456"),
    ] {
        assert_eq!(parsed(input, country).as_deref(), Ok(normal), "{input:?} {country:?}");
    }
}

#[test]
fn a_number_without_its_country_is_asked_for_it() {
    for country in [None, Some(""), Some("Germany"), Some("ZZ"), Some("💥")] {
        assert_eq!(parsed("030 901820", country), Err(IdentifierRefused::CountryMissing), "{country:?}");
    }
}

#[test]
fn a_mask_shows_its_owner_enough_and_a_stranger_little() {
    for (input, masked) in [
        ("ana@example.com", "a•••@example.com"),
        ("a@example.com", "a•••@example.com"),
        ("+49 30 901820", "+49••••••20"),
    ] {
        assert_eq!(Identifier::parse(input, None).expect("valid").masked(), masked);
    }
}

#[test]
fn an_identifier_shows_itself_in_no_log() {
    let identifier = Identifier::parse("ana@example.com", None).expect("valid");
    assert_eq!(format!("{identifier:?}"), "Identifier(email)");
}

proptest! {
    #[test]
    fn no_input_is_too_strange_and_every_normal_form_is_its_own(
        input in "\\PC{0,80}|[0-9+() .-]{0,24}|[a-z.+]{1,9}@[a-z.-]{1,20}", country in "[A-Z]{2}",
    ) {
        if let Ok(identifier) = Identifier::parse(&input, Some(&country)) {
            let text = identifier.as_str();
            prop_assert!(text.is_ascii() && text.len() <= MAX_BYTES);
            prop_assert!(!text.bytes().any(|byte| byte.is_ascii_control() || byte.is_ascii_uppercase()));
            prop_assert_eq!(Identifier::parse(text, None), Ok(identifier.clone()));
            prop_assert!(identifier.masked() != text);
        }
    }
}
