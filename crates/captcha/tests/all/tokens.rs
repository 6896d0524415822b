//! What a sealed token refuses.

use data_encoding::BASE64URL_NOPAD;
use doorward_captcha::{HumanChecks, Purpose, Reason, Rung, Settings, Submission, Way};
use proptest::prelude::*;

use crate::judging::{BROWSER, Given, NOW, ROOT, given, seed};

#[test]
fn any_flipped_bit_of_a_token_makes_it_a_stranger() {
    let given = given(Rung::Slider, Way::Picture);
    let bytes = BASE64URL_NOPAD.decode(given.challenge.token.as_bytes()).expect("tokens are base64url");
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let token = BASE64URL_NOPAD.encode(&flipped);
        let refused = given.judge_as(&token, BROWSER, Purpose::SignIn).expect_err("a changed token");
        assert_eq!((refused.reason, refused.spend), (Reason::NotAuthentic, None), "bit {bit}");
    }
}

#[test]
fn a_token_of_another_installation_is_a_stranger() {
    let given = given(Rung::Slider, Way::Picture);
    let other = HumanChecks::new(&[8; 32], Settings::default());
    let refused = other
        .judge(&given.submission(), &BROWSER, Purpose::SignIn, NOW + 2_000_000)
        .expect_err("another root");
    assert_eq!(refused.reason, Reason::NotAuthentic);
}

#[test]
fn a_token_survives_the_change_of_the_key_and_not_two() {
    const HOUR: i64 = 3_600_000_000;
    let just_before_the_hour = NOW.div_euclid(HOUR) * HOUR + HOUR - 1_000_000;
    let given = Given::at(Rung::Slider, Way::Picture, just_before_the_hour);
    assert!(given.judge_at(just_before_the_hour + 2_000_000).is_ok(), "the hour has changed in between");
    let refused = given.judge_at(just_before_the_hour + 2 * HOUR).expect_err("two keys later");
    assert_eq!(refused.reason, Reason::NotAuthentic);
}

#[test]
fn a_pass_opens_for_its_browser_purpose_and_account_alone() {
    let checks = HumanChecks::new(&ROOT, Settings::default());
    let account = [3; 32];
    let pass = checks.issue_pass(&BROWSER, Purpose::SignIn, &account, NOW, &[5; 24]);
    let open = |binding: &[u8; 32], purpose, account: &[u8; 32], now| {
        checks.open_pass(&pass, binding, purpose, account, now).map_err(|refused| refused.reason)
    };
    let spend = open(&BROWSER, Purpose::SignIn, &account, NOW + 1).expect("the right pass");
    assert_eq!(spend.expires_at_micros, NOW + 90_000_000);
    assert_eq!(open(&[1; 32], Purpose::SignIn, &account, NOW + 1), Err(Reason::OtherContext));
    assert_eq!(open(&BROWSER, Purpose::Reset, &account, NOW + 1), Err(Reason::OtherContext));
    assert_eq!(open(&BROWSER, Purpose::SignIn, &[4; 32], NOW + 1), Err(Reason::OtherContext));
    assert_eq!(open(&BROWSER, Purpose::SignIn, &account, NOW + 90_000_000), Err(Reason::Expired));
    assert_eq!(open(&BROWSER, Purpose::SignIn, &account, NOW - 1), Err(Reason::Early));
}

#[test]
fn a_pass_is_no_challenge_and_a_challenge_is_no_pass() {
    let given = given(Rung::Invisible, Way::Picture);
    let pass = given.checks.issue_pass(&BROWSER, Purpose::SignIn, &[3; 32], NOW, &[5; 24]);
    assert_eq!(
        given.judge_as(&pass, BROWSER, Purpose::SignIn).expect_err("a pass").reason,
        Reason::NotAuthentic
    );
    let refused = given
        .checks
        .open_pass(&given.challenge.token, &BROWSER, Purpose::SignIn, &[3; 32], NOW)
        .expect_err("a challenge");
    assert_eq!(refused.reason, Reason::NotAuthentic);
}

proptest! {
    #[test]
    fn no_text_is_taken_for_a_token(token in ".{0,200}", answer in ".{0,20}", work in ".{0,200}") {
        let checks = HumanChecks::new(&ROOT, Settings::default());
        let submission = Submission { token: &token, answer: &answer, work: &work, proof: &answer };
        let refused = checks.judge(&submission, &BROWSER, Purpose::SignIn, NOW).expect_err("not a token");
        prop_assert_eq!(refused.spend, None);
        prop_assert!(checks.open_pass(&token, &BROWSER, Purpose::SignIn, &[0; 32], NOW).is_err());
    }
}

#[test]
fn two_challenges_never_share_a_token_a_nonce_or_a_picture() {
    let checks = HumanChecks::new(&ROOT, Settings::default());
    assert!(checks.fill_one(seed(1)));
    assert!(checks.fill_one(seed(2)));
    let one = checks.issue(Rung::Slider, Way::Picture, &BROWSER, Purpose::SignIn, NOW, seed(3));
    let other = checks.issue(Rung::Slider, Way::Picture, &BROWSER, Purpose::SignIn, NOW, seed(4));
    assert_ne!(one.token, other.token);
    assert_ne!(
        one.picture.expect("a slider has a picture").jpeg,
        other.picture.expect("a slider has a picture").jpeg
    );
    assert_eq!(checks.ready(Rung::Slider), 0, "both came out of the ring");
}
