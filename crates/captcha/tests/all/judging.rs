//! Right and wrong answers, at the edges.

use doorward_captcha::{
    Answer, Challenge, HumanChecks, Judged, Purpose, Reason, Refused, Rung, Settings, Submission, Way,
    memory::Memory,
    solver::{reveal, reveal_field, solve_memory, solve_work},
    work::Work,
};

pub(crate) const NOW: i64 = 1_795_000_000_000_000;
pub(crate) const ROOT: [u8; 32] = [7; 32];
pub(crate) const BROWSER: [u8; 32] = [9; 32];

pub(crate) fn seed(number: u8) -> [u8; 32] {
    [number; 32]
}

/// A challenge with its right solution.
pub(crate) struct Given {
    pub(crate) checks: HumanChecks,
    pub(crate) challenge: Challenge,
    pub(crate) issued_at: i64,
    pub(crate) answer: String,
    pub(crate) work: String,
    pub(crate) proof: String,
}

/// Small searches, so that the tests are quick; the shapes are the real ones.
pub(crate) fn settings() -> Settings {
    let memory = Memory { kib: 64, passes: 1, proofs: 2, tries: 4 };
    Settings {
        work: Work { puzzles: 16, bits: 4 },
        harder_slider_memory: memory,
        without_puzzle_memory: memory,
        harder_without_puzzle_memory: memory,
        ..Settings::default()
    }
}

pub(crate) fn given(rung: Rung, way: Way) -> Given {
    Given::at(rung, way, NOW)
}

impl Given {
    pub(crate) fn at(rung: Rung, way: Way, issued_at: i64) -> Self {
        let checks = HumanChecks::new(&ROOT, settings());
        let challenge = checks.issue(rung, way, &BROWSER, Purpose::SignIn, issued_at, seed(1));
        let answer = reveal_field(&ROOT, &challenge.token, issued_at).expect("our own token");
        let work = solve_work(&challenge.token, challenge.work);
        let proof = challenge.memory.map(|memory| solve_memory(&challenge.token, memory)).unwrap_or_default();
        Self { checks, challenge, issued_at, answer, work, proof }
    }

    pub(crate) fn submission(&self) -> Submission<'_> {
        Submission {
            token: &self.challenge.token,
            answer: &self.answer,
            work: &self.work,
            proof: &self.proof,
        }
    }

    pub(crate) fn judge_at(&self, now: i64) -> Result<Judged, Refused> {
        self.checks.judge(&self.submission(), &BROWSER, Purpose::SignIn, now)
    }

    pub(crate) fn judge_as(
        &self,
        token: &str,
        browser: [u8; 32],
        purpose: Purpose,
    ) -> Result<Judged, Refused> {
        let submission = Submission { token, ..self.submission() };
        self.checks.judge(&submission, &browser, purpose, self.issued_at + 2_000_000)
    }

    fn judge_answer(&self, answer: &str) -> Result<Judged, Refused> {
        let submission = Submission { answer, ..self.submission() };
        self.checks.judge(&submission, &BROWSER, Purpose::SignIn, self.issued_at + 2_000_000)
    }
}

fn reason(result: Result<Judged, Refused>) -> Option<Reason> {
    result.err().map(|refused| refused.reason)
}

#[test]
fn every_rung_and_way_opens_to_its_right_solution() {
    for rung in [Rung::Invisible, Rung::Slider, Rung::HarderSlider] {
        for way in [Way::Picture, Way::WithoutPuzzle] {
            let given = given(rung, way);
            let judged = given.judge_at(NOW + 2_000_000).expect("the right solution");
            assert_eq!((judged.rung, judged.way), (rung, way));
            assert_eq!(judged.spend.expires_at_micros, NOW + 120_000_000);
            let wants_memory = way == Way::WithoutPuzzle || rung == Rung::HarderSlider;
            assert_eq!(judged.memory_hard.as_ref().map(|proof| proof.verify()), wants_memory.then_some(true));
        }
    }
}

#[test]
fn four_pixels_beside_are_right_and_five_are_wrong() {
    let given = given(Rung::Slider, Way::Picture);
    let Answer { left, top: None } = reveal(&ROOT, &given.challenge.token, NOW).expect("our own token")
    else {
        panic!("a slider in one row has no top")
    };
    for miss in -8_i32..=8 {
        let answer = (i32::from(left) + miss).to_string();
        let expected = if miss.abs() <= 4 { None } else { Some(Reason::Wrong) };
        assert_eq!(reason(given.judge_answer(&answer)), expected, "{miss} pixels beside");
    }
}

#[test]
fn the_harder_slider_wants_both_directions() {
    let given = given(Rung::HarderSlider, Way::Picture);
    let Answer { left, top: Some(top) } = reveal(&ROOT, &given.challenge.token, NOW).expect("our own token")
    else {
        panic!("the harder slider has a top")
    };
    let judge = |x: i32, y: i32| {
        reason(given.judge_answer(&format!("{},{}", i32::from(left) + x, i32::from(top) + y)))
    };
    assert_eq!(judge(4, -4), None);
    assert_eq!(judge(-4, 4), None);
    assert_eq!(judge(5, 0), Some(Reason::Wrong));
    assert_eq!(judge(0, 5), Some(Reason::Wrong));
    assert_eq!(reason(given.judge_answer(&left.to_string())), Some(Reason::Wrong));
}

#[test]
fn nonsense_is_no_answer() {
    let given = given(Rung::Slider, Way::Picture);
    let right = &given.answer;
    let mut nonsense = vec![
        String::new(),
        "-1".into(),
        "320".into(),
        "99999".into(),
        "0137".into(),
        "1e2".into(),
        "²".into(),
    ];
    nonsense.extend([
        format!("+{right}"),
        format!(" {right}"),
        format!("{right},"),
        format!("{right},5"),
        format!("{right}\0"),
    ]);
    for answer in nonsense {
        assert_eq!(reason(given.judge_answer(&answer)), Some(Reason::Wrong), "{answer:?}");
    }
}

#[test]
fn a_way_without_a_puzzle_takes_no_answer() {
    let given = given(Rung::Slider, Way::WithoutPuzzle);
    assert_eq!(reason(given.judge_answer("0")), Some(Reason::Wrong));
}

#[test]
fn a_challenge_is_good_from_400_milliseconds_to_two_minutes() {
    let given = given(Rung::Slider, Way::Picture);
    assert_eq!(reason(given.judge_at(NOW - 1)), Some(Reason::Early));
    assert_eq!(reason(given.judge_at(NOW + 399_999)), Some(Reason::Early));
    assert_eq!(reason(given.judge_at(NOW + 400_000)), None);
    assert_eq!(reason(given.judge_at(NOW + 119_999_999)), None);
    assert_eq!(reason(given.judge_at(NOW + 120_000_000)), Some(Reason::Expired));
}

#[test]
fn a_challenge_is_worth_nothing_in_another_browser_or_for_another_purpose() {
    let given = given(Rung::Slider, Way::Picture);
    let token = given.challenge.token.clone();
    let refused = given.judge_as(&token, [1; 32], Purpose::SignIn).expect_err("another browser");
    assert_eq!(refused.reason, Reason::OtherContext);
    for purpose in [Purpose::SignUp, Purpose::Reset, Purpose::Code] {
        let refused = given.judge_as(&token, BROWSER, purpose).expect_err("another purpose");
        assert_eq!(refused.reason, Reason::OtherContext);
    }
}

#[test]
fn every_refusal_of_an_authentic_token_names_the_same_nonce_to_spend() {
    let given = given(Rung::Slider, Way::Picture);
    let right = given.judge_at(NOW + 2_000_000).expect("the right solution").spend;
    let refusals = [
        given.judge_at(NOW + 1),
        given.judge_at(NOW + 130_000_000),
        given.judge_answer("0"),
        given.judge_as(&given.challenge.token, [1; 32], Purpose::SignIn),
        given.checks.judge(
            &Submission { work: "", ..given.submission() },
            &BROWSER,
            Purpose::SignIn,
            NOW + 2_000_000,
        ),
    ];
    for refused in refusals {
        assert_eq!(refused.expect_err("a refusal").spend, Some(right));
    }
}

#[test]
fn the_proof_of_work_of_another_token_or_with_one_counter_changed_is_none() {
    let given = given(Rung::Slider, Way::Picture);
    let judge = |work: &str| {
        let submission = Submission { work, ..given.submission() };
        reason(given.checks.judge(&submission, &BROWSER, Purpose::SignIn, NOW + 2_000_000))
    };
    assert_eq!(judge(&given.work), None);
    let other = given.checks.issue(Rung::Slider, Way::Picture, &BROWSER, Purpose::SignIn, NOW, seed(2));
    assert_eq!(judge(&solve_work(&other.token, other.work)), Some(Reason::Work));
    assert_eq!(judge(&given.work[..given.work.len() - 2]), Some(Reason::Work));
    assert_eq!(judge(&format!("{}AAAAAA", given.work)), Some(Reason::Work));
    assert_eq!(judge(&"=".repeat(given.work.len())), Some(Reason::Work));
}

#[test]
fn a_memory_hard_proof_that_is_missing_or_of_another_token_does_not_hold() {
    let given = given(Rung::Slider, Way::WithoutPuzzle);
    let judge = |proof: &str| {
        let submission = Submission { proof, ..given.submission() };
        given.checks.judge(&submission, &BROWSER, Purpose::SignIn, NOW + 2_000_000)
    };
    assert_eq!(reason(judge("")), Some(Reason::Proof));
    let stranger =
        given.checks.issue(Rung::Slider, Way::WithoutPuzzle, &BROWSER, Purpose::SignIn, NOW, seed(9));
    let memory = stranger.memory.expect("the way without a puzzle asks a memory-hard proof");
    let wrong = (0..50)
        .map(|number| {
            let token = given.checks.issue(
                Rung::Slider,
                Way::WithoutPuzzle,
                &BROWSER,
                Purpose::SignIn,
                NOW,
                seed(number + 10),
            );
            solve_memory(&token.token, memory)
        })
        .filter(|proof| {
            judge(proof).expect("the form is right").memory_hard.is_some_and(|proof| proof.verify())
        })
        .count();
    // Two counters of four tries each: one stranger's proof in sixteen holds by chance.
    assert!(wrong < 15, "{wrong} of 50 foreign proofs held");
}

#[test]
fn the_gap_that_fits_stands_inside_the_picture() {
    let checks = HumanChecks::new(&ROOT, settings());
    for number in 0..60 {
        for rung in [Rung::Slider, Rung::HarderSlider] {
            let challenge = checks.issue(rung, Way::Picture, &BROWSER, Purpose::SignIn, NOW, seed(number));
            let answer = reveal(&ROOT, &challenge.token, NOW).expect("our own token");
            let piece = challenge.picture.expect("a picture").piece;
            let top = answer.top.or(piece.row).expect("one of them says the row");
            assert!(answer.left + piece.width <= 320 && top + piece.height <= 180);
            assert!(answer.left >= 40, "the piece starts left of every gap");
            assert_eq!(piece.row.is_some(), rung == Rung::Slider);
        }
    }
}
