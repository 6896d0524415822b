//! The trading password: six digits that gate money actions alone (entry rules 1 and 4).
//!
//! It is asked behind the door only, never before a session exists, nor by a mail or a member of staff.

use std::fmt;

use crate::change::ChangeRefused;
use crate::named::named;
use crate::one_time_code::{CodeRefused, ResendRefused};
use crate::time::Timestamp;

/// How many digits it has.
pub const TRADING_PASSWORD_DIGITS: usize = 6;

named! {
    /// Why six digits are too easy to guess.
    pub enum WeakDigits {
        /// One digit, or two or three digits over and over: 000000, 121212, 123123, 112233.
        Pattern = "pattern",
        /// Digits in a row, up or down: 123456, 987654, 890123.
        Run = "run",
        /// A date: day, month and year in any usual order.
        Date = "date",
        /// A path over the number pad, or another one that many people choose.
        Common = "common",
    }
}

/// Why what was typed cannot become a trading password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TradingPasswordRefused {
    /// Not six digits.
    NotSixDigits,
    /// Too easy to guess.
    Weak(WeakDigits),
}

/// Why a trading password is not taken, not changed, or not right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TradingRefused {
    /// The new one is no good choice.
    Choice(TradingPasswordRefused),
    /// The two new ones differ.
    Differ,
    /// The new one is the present one.
    Same,
    /// What was typed cannot be one; nothing was counted.
    NotSixDigits,
    /// It is wrong.
    Wrong {
        /// Tries that remain before it is closed for a while.
        tries_left: u32,
    },
    /// Too many wrong ones.
    Locked {
        /// When the next one is taken.
        until: Timestamp,
    },
    /// Far too many wrong ones: it must be replaced.
    Disabled,
    /// None was set yet.
    Missing,
    /// It was set anew meanwhile.
    Changed,
    /// The factor, the settings lock, or something else about the account.
    Change(ChangeRefused),
    /// The mailed code.
    Code(CodeRefused),
    /// Another code is not sent now.
    Resend(ResendRefused),
    /// Too many codes.
    Throttled {
        /// When the next one may be asked.
        retry_at: Timestamp,
    },
}

/// Six digits as they were typed.
#[derive(Clone, PartialEq, Eq)]
pub struct TradingPassword([u8; TRADING_PASSWORD_DIGITS]);

/// Choices that lists of leaked PINs begin with and that no other rule here finds.
const COMMON: [&[u8; 6]; 10] = [
    b"147258", b"258369", b"147852", b"159357", b"159753", b"753951", b"741852", b"963852", b"520131",
    b"131452",
];

impl TradingPassword {
    /// Reads what was typed; blanks around it do not count. Says nothing about whether it is a good choice.
    pub fn parse(typed: &str) -> Option<Self> {
        let digits: [u8; TRADING_PASSWORD_DIGITS] = typed.trim().as_bytes().try_into().ok()?;
        digits.iter().all(u8::is_ascii_digit).then_some(Self(digits))
    }

    /// Reads a new one and judges the choice.
    pub fn choose(typed: &str) -> Result<Self, TradingPasswordRefused> {
        let chosen = Self::parse(typed).ok_or(TradingPasswordRefused::NotSixDigits)?;
        match chosen.weakness() {
            Some(weak) => Err(TradingPasswordRefused::Weak(weak)),
            None => Ok(chosen),
        }
    }

    /// The digits, for hashing.
    pub const fn as_bytes(&self) -> &[u8; TRADING_PASSWORD_DIGITS] {
        &self.0
    }

    fn weakness(&self) -> Option<WeakDigits> {
        let digits = &self.0;
        let repeats =
            |period: usize| digits.iter().skip(period).zip(digits).all(|(later, earlier)| later == earlier);
        let pairs = digits.chunks(2).all(|pair| pair[0] == pair[1]);
        let halves = digits[..3].iter().rev().eq(digits[3..].iter())
            || digits.chunks(3).all(|half| half == [half[0]; 3]);
        if repeats(1) || repeats(2) || repeats(3) || pairs || halves {
            return Some(WeakDigits::Pattern);
        }
        let steps = |by: u8| digits.windows(2).all(|two| (two[0] - b'0' + by) % 10 == two[1] - b'0');
        // One down is nine up, since after 9 comes 0.
        if steps(1) || steps(9) || steps(2) || steps(8) {
            return Some(WeakDigits::Run);
        }
        if self.is_date() {
            return Some(WeakDigits::Date);
        }
        COMMON.contains(&digits).then_some(WeakDigits::Common)
    }

    fn is_date(&self) -> bool {
        let two = |at: usize| (self.0[at] - b'0') * 10 + (self.0[at + 1] - b'0');
        let (first, second, third) = (two(0), two(2), two(4));
        let date = |day: u8, month: u8| (1..=31).contains(&day) && (1..=12).contains(&month);
        // Six digits also hold a year of four and a month, either way round.
        let century = |two: u8| matches!(two, 19 | 20);
        date(first, second)
            || date(second, first)
            || date(third, second)
            || (century(first) && (1..=12).contains(&third))
            || (century(second) && (1..=12).contains(&first))
    }
}

impl fmt::Debug for TradingPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TradingPassword(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(typed: &str) -> Result<(), TradingPasswordRefused> {
        TradingPassword::choose(typed).map(drop)
    }

    #[test]
    fn six_digits_and_nothing_else() {
        for typed in ["", "12345", "1234567", "12345a", "１２３４５６", "48 2917", "-48291"] {
            assert_eq!(judged(typed), Err(TradingPasswordRefused::NotSixDigits), "{typed}");
        }
        assert_eq!(judged(" 482917 "), Ok(()));
    }

    #[test]
    fn what_everybody_would_try_first_is_refused_with_its_reason() {
        for (reason, typed) in [
            (
                WeakDigits::Pattern,
                &["000000", "999999", "121212", "123123", "112233", "111222", "123321"][..],
            ),
            (WeakDigits::Run, &["123456", "654321", "890123", "012345", "135791", "975319"]),
            (WeakDigits::Date, &["240689", "062489", "890624", "198907", "071989", "311299"]),
            (WeakDigits::Common, &["147258", "159753"]),
        ] {
            for typed in typed {
                assert_eq!(judged(typed), Err(TradingPasswordRefused::Weak(reason)), "{typed}");
            }
        }
    }

    #[test]
    fn most_choices_are_left() {
        let left = (0..1_000_000).filter(|number| judged(&format!("{number:06}")).is_ok()).count();
        assert!(left > 870_000, "{left}");
    }

    #[test]
    fn it_shows_in_no_log() {
        let chosen = TradingPassword::choose("482917").expect("a good one");
        assert!(!format!("{chosen:?}").contains('4'));
    }
}
