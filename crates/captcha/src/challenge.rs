//! What is asked, and what comes back.

use crate::{
    draw::{PICTURE_HEIGHT, PICTURE_WIDTH, Picture},
    memory::Memory,
    work::Work,
};

/// How much is asked of the visitor. The waiting rung needs no challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rung {
    /// Rung 0: a proof of work begun while the person types; nothing to see.
    Invisible,
    /// Rung 1: one row, one gap that fits and three decoys.
    Slider,
    /// Rung 2: two dimensions, nine candidates, and a memory-hard proof.
    HarderSlider,
}

impl Rung {
    /// The rung's number in headers and metrics.
    pub fn number(self) -> u8 {
        match self {
            Rung::Invisible => 0,
            Rung::Slider => 1,
            Rung::HarderSlider => 2,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        [Rung::Invisible, Rung::Slider, Rung::HarderSlider].into_iter().find(|rung| rung.number() == number)
    }
}

/// How the visitor goes through the rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// By the picture (at rung 0 there is none).
    Picture,
    /// Without a puzzle: a longer memory-hard proof that the browser makes alone.
    WithoutPuzzle,
}

impl Way {
    /// The word in the header and in the query of `GET /human-check`.
    pub fn as_str(self) -> &'static str {
        match self {
            Way::Picture => "picture",
            Way::WithoutPuzzle => "without-puzzle",
        }
    }

    /// The way of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Way::Picture, Way::WithoutPuzzle].into_iter().find(|way| way.as_str() == word)
    }
}

/// What the check opens; a token made for one purpose is worth nothing for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The password step of a sign-in.
    SignIn,
    /// The first form of a sign-up.
    SignUp,
    /// The form of *Forgot password*.
    Reset,
    /// Any other code to an identifier that is not yet proved.
    Code,
}

impl Purpose {
    const ALL: [Purpose; 4] = [Purpose::SignIn, Purpose::SignUp, Purpose::Reset, Purpose::Code];

    /// The word in the query of `GET /human-check`.
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::SignIn => "sign-in",
            Purpose::SignUp => "sign-up",
            Purpose::Reset => "forgot-password",
            Purpose::Code => "code",
        }
    }

    /// The purpose of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Purpose::ALL.into_iter().find(|purpose| purpose.as_str() == word)
    }
}

/// Where the visitor put the piece: its upper left corner in picture pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Pixels from the left edge of the picture.
    pub left: u16,
    /// Pixels from the top; `None` where the row is given.
    pub top: Option<u16>,
}

impl Answer {
    /// Reads `137` or `137,52`; anything else, larger than the picture, or with signs, spaces or leading zeros is no answer.
    pub fn parse(text: &str) -> Option<Self> {
        let (left, top) = match text.split_once(',') {
            None => (number(text, PICTURE_WIDTH)?, None),
            Some((left, top)) => (number(left, PICTURE_WIDTH)?, Some(number(top, PICTURE_HEIGHT)?)),
        };
        Some(Self { left, top })
    }

    /// The text that [`Answer::parse`] reads.
    pub fn to_text(self) -> String {
        match self.top {
            None => self.left.to_string(),
            Some(top) => format!("{},{top}", self.left),
        }
    }
}

fn number(text: &str, limit: u16) -> Option<u16> {
    let plain = (1..=3).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    let value: u16 = if plain { text.parse().ok()? } else { return None };
    (value < limit).then_some(value)
}

/// The four fields of the form as they came; any of them may be empty or nonsense.
#[derive(Clone, Copy, Debug, Default)]
pub struct Submission<'a> {
    /// `human_check_token`
    pub token: &'a str,
    /// `human_check_answer`
    pub answer: &'a str,
    /// `human_check_work`
    pub work: &'a str,
    /// `human_check_proof`
    pub proof: &'a str,
}

/// One challenge, ready to be sent; never sent twice.
#[derive(Debug)]
pub struct Challenge {
    /// The sealed token, base64url.
    pub token: String,
    /// How much is asked.
    pub rung: Rung,
    /// How the visitor goes through it.
    pub way: Way,
    /// Seconds the token is good for.
    pub valid_seconds: u32,
    /// The proof of work that every challenge asks.
    pub work: Work,
    /// The memory-hard proof, where one is asked.
    pub memory: Option<Memory>,
    /// What is to be seen, where something is.
    pub picture: Option<Picture>,
}

impl Challenge {
    /// The headers of the answer, as the table in the crate's documentation says. The values are ASCII.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("human-check-token", self.token.clone()),
            ("human-check-rung", self.rung.number().to_string()),
            ("human-check-way", self.way.as_str().to_owned()),
            ("human-check-valid", self.valid_seconds.to_string()),
            ("human-check-work", format!("puzzles={} bits={}", self.work.puzzles, self.work.bits)),
        ];
        if let Some(Memory { kib, passes, proofs, tries }) = self.memory {
            headers.push((
                "human-check-memory",
                format!("kib={kib} passes={passes} proofs={proofs} tries={tries}"),
            ));
        }
        if let Some(picture) = &self.picture {
            let piece = &picture.piece;
            let row = piece.row.map(|row| format!(" row={row}")).unwrap_or_default();
            headers.push((
                "human-check-piece",
                format!("x={} y={} width={} height={}{row}", piece.x, piece.y, piece.width, piece.height),
            ));
            headers.push(("human-check-outline", piece.outline.clone()));
        }
        headers
    }
}
