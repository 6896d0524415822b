use super::*;
use proptest::prelude::*;

fn policy() -> PasswordPolicy {
    PasswordPolicy::default()
}

fn email(text: &str) -> Identifier {
    Identifier::parse(text, None).expect("an email address")
}

fn judge(password: &str, identifier: &str) -> Result<(), PasswordRefused> {
    let blocklist = Blocklist::shipped();
    let policy = policy();
    let rules = PasswordRules { policy: &policy, blocklist: &blocklist, site_name: "Doorward" };
    rules.judge(&normalize(&policy, password)?, &email(identifier))
}

#[test]
fn a_password_has_10_to_256_characters_of_any_script() {
    let (short, long) =
        (PasswordRefused::TooShort { minimum: 10 }, PasswordRefused::TooLong { maximum: 256 });
    for (password, expected) in [
        ("".to_owned(), Err(short)),
        ("a".repeat(9), Err(short)),
        ("a".repeat(10), Ok(())),
        ("a".repeat(256), Ok(())),
        ("a".repeat(257), Err(long)),
        ("ä".repeat(9), Err(short)),
        ("😀".repeat(10), Ok(())),
        ("😀".repeat(256), Ok(())),
        (" ".repeat(10), Ok(())),
        ("a".repeat(10_000_000), Err(long)),
        ("password\x00123".to_owned(), Err(PasswordRefused::Nul)),
    ] {
        let outcome = normalize(&policy(), &password).map(|_| ());
        assert_eq!(outcome, expected, "{} bytes", password.len());
    }
}

#[test]
fn the_length_counts_after_composition() {
    // Nine composed letters, eighteen before.
    assert_eq!(
        normalize(&policy(), &"a\u{308}".repeat(9)).err(),
        Some(PasswordRefused::TooShort { minimum: 10 })
    );
    let composed = normalize(&policy(), &"a\u{308}".repeat(10)).expect("ten");
    assert_eq!(composed.as_str(), "ä".repeat(10));
    // The deepest compositions still fit.
    assert!(normalize(&policy(), &"\u{3b1}\u{313}\u{300}\u{345}".repeat(256)).is_ok());
}

#[test]
fn case_and_spaces_are_kept() {
    let typed = "  Two  Spaces And CAPITALS ";
    assert_eq!(normalize(&policy(), typed).expect("long enough").as_str(), typed);
}

#[test]
fn each_reason_for_a_refusal_is_told() {
    for (password, identifier, expected) in [
        ("1234567890", "ana@example.com", PasswordRefused::Common),
        ("PassWord123", "ana@example.com", PasswordRefused::Common),
        ("Ana@Example.com", "ana@example.com", PasswordRefused::IsIdentifier),
        ("Bartholomew-J", "bartholomew-j@example.com", PasswordRefused::IsLocalPart),
        ("doorward12", "ana@example.com", PasswordRefused::IsSiteName),
        ("12DoorWard34", "ana@example.com", PasswordRefused::IsSiteName),
        ("!doorward!!!", "ana@example.com", PasswordRefused::IsSiteName),
    ] {
        assert_eq!(judge(password, identifier), Err(expected), "{password}");
    }
    assert!(matches!(
        judge("aaaaaaaaaaaaaaaaab", "ana@example.com"),
        Err(PasswordRefused::TooWeak { score: 0..=2, .. })
    ));
}

#[test]
fn words_that_stand_on_the_page_count_little() {
    let weak = judge("anastasia.karenina", "anastasia.karenina@example.com");
    assert_eq!(weak, Err(PasswordRefused::IsLocalPart));
    let weak = judge("KareninaAnastasia", "anastasia.karenina@example.com");
    assert!(matches!(weak, Err(PasswordRefused::TooWeak { .. })), "{weak:?}");
}

#[test]
fn good_passwords_of_many_kinds_are_taken() {
    for password in [
        "correct horse battery staple",
        "doorward is where my cat waits",
        "tr4m-Zitrone-Geländer",
        "снег над Рейкьявиком тает",
        "9vQ!r2#kLp0z",
        "ana@example.com but longer by a sentence",
    ] {
        assert_eq!(judge(password, "ana@example.com"), Ok(()), "{password}");
    }
}

#[test]
fn a_phone_number_is_no_password_of_its_owner() {
    let identifier = Identifier::parse("+49 30 901820", None).expect("a number");
    let (policy, blocklist) = (policy(), Blocklist::EMPTY);
    let rules = PasswordRules { policy: &policy, blocklist: &blocklist, site_name: "Doorward" };
    let password = normalize(&policy, "+4930901820").expect("long enough");
    assert_eq!(rules.judge(&password, &identifier), Err(PasswordRefused::IsIdentifier));
}

#[test]
fn a_site_without_a_name_refuses_nothing_for_it() {
    let (policy, blocklist) = (policy(), Blocklist::EMPTY);
    let rules = PasswordRules { policy: &policy, blocklist: &blocklist, site_name: "" };
    let password = normalize(&policy, "9vQ!r2#kLp0z").expect("long enough");
    assert_eq!(rules.judge(&password, &email("ana@example.com")), Ok(()));
}

#[test]
fn the_strength_comes_with_what_would_help() {
    let weak = strength("qwertzuiop", &[]);
    assert!(weak.score < 3 && !weak.suggestions.is_empty(), "{weak:?}");
    let strong = strength("correct horse battery staple", &[]);
    assert_eq!((strong.score, strong.warning, strong.suggestions.len()), (4, None, 0));
}

#[test]
fn only_the_first_hundred_characters_are_estimated() {
    let head = "Zitrone7!".repeat(12).chars().take(100).collect::<String>();
    assert_eq!(strength(&head, &[]), strength(&format!("{head}{}", "x9#Q".repeat(39)), &[]));
}

#[test]
fn a_password_shows_itself_in_no_log() {
    let password = normalize(&policy(), "correct horse battery").expect("long enough");
    assert_eq!(format!("{password:?}"), "Normalized(…)");
}

proptest! {
    #[test]
    fn normalising_twice_is_normalising_once(typed in "\\PC{0,300}") {
        if let Ok(once) = normalize(&policy(), &typed) {
            let twice = normalize(&policy(), once.as_str()).expect("it was taken before");
            prop_assert_eq!(once.as_str(), twice.as_str());
            prop_assert!((10..=256).contains(&once.as_str().chars().count()));
        }
    }

    #[test]
    fn folding_ignores_case(typed in "[a-zA-Zäöüß ]{0,40}") {
        prop_assert_eq!(folded(&typed.to_lowercase()), folded(&typed));
    }
}
