//! The tokens of the human check.

use std::sync::OnceLock;

use doorward_captcha::{Answer, HumanChecks, Purpose, Reason, Rung, Settings, Submission, Way};

const NOW: i64 = 1_800_000_000_000_000;
const BINDING: [u8; 32] = [2; 32];
const ACCOUNT: [u8; 32] = [3; 32];

/// The checks with one challenge's token and one pass of theirs.
fn issued() -> &'static (HumanChecks, String, String) {
    static ISSUED: OnceLock<(HumanChecks, String, String)> = OnceLock::new();
    ISSUED.get_or_init(|| {
        let settings = Settings { ready_sliders: 0, ready_harder_sliders: 0, ..Settings::default() };
        let checks = HumanChecks::new(&[1; 32], settings);
        let challenge = checks.issue(Rung::Invisible, Way::Picture, &BINDING, Purpose::SignIn, NOW, [4; 32]);
        let pass = checks.issue_pass(&BINDING, Purpose::SignIn, &ACCOUNT, NOW, &[5; 24]);
        (checks, challenge.token, pass)
    })
}

/// Four fields of a form, one on each line. A first line that begins with `~` is an issued token changed by what
/// follows: pairs of a place and a byte.
pub fn human_check_token(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut lines = text.split('\n');
    let mut next = || lines.next().unwrap_or("");
    let (first, answer, work, proof) = (next(), next(), next(), next());
    let (checks, genuine, pass) = issued();
    let now = NOW + 1_000_000;
    for original in [genuine, pass] {
        let token = changed(first, original);
        let submission = Submission { token: &token, answer, work, proof };
        let judged = checks.judge(&submission, &BINDING, Purpose::SignIn, now);
        if let Err(refused) = &judged {
            // An authentic token is always spent, another one never.
            assert_eq!(refused.spend.is_some(), token == *genuine, "{token:?}");
            assert_eq!(refused.reason == Reason::NotAuthentic, token != *genuine);
        }
        assert!(judged.is_err() || token == *genuine, "a token of somebody else's making opened: {token:?}");
        let opened = checks.open_pass(&token, &BINDING, Purpose::SignIn, &ACCOUNT, now);
        assert_eq!(opened.is_ok(), token == *pass, "{token:?}");
    }
    for line in text.split('\n') {
        if let Some(answer) = Answer::parse(line) {
            assert_eq!(answer.to_text(), line, "an answer has one spelling");
        }
    }
}

fn changed(first: &str, original: &str) -> String {
    let Some(changes) = first.strip_prefix('~') else { return first.to_owned() };
    let mut bytes = original.as_bytes().to_vec();
    for change in changes.as_bytes().chunks_exact(2) {
        let place = usize::from(change[0]) % bytes.len();
        if change[1].is_ascii_graphic() {
            bytes[place] = change[1];
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
