//! A range of days as somebody types it: both ends belong to it, and either may be open. Days are those of UTC.

use std::time::Duration;

use crate::time::Timestamp;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// From the beginning of one day to the end of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DateRange {
    /// From this time on.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
}

/// Why a range of days is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateRangeRefused {
    /// The first day is no date of the calendar, written 2026-12-01.
    From,
    /// The last one is none.
    To,
    /// The last day lies before the first.
    Reversed,
}

impl DateRange {
    /// The range from the first day to the last, `2026-11-01` to `2026-11-30`.
    ///
    /// # Errors
    /// Refused when one of them is no date since 1970, or the last lies before the first.
    pub fn parse(from: Option<&str>, to: Option<&str>) -> Result<Self, DateRangeRefused> {
        let from = from.map(|text| beginning_of(text).ok_or(DateRangeRefused::From)).transpose()?;
        let to = to.map(|text| beginning_of(text).ok_or(DateRangeRefused::To)).transpose()?;
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            return Err(DateRangeRefused::Reversed);
        }
        Ok(Self { since: from, until: to.map(|day| day.plus(DAY)) })
    }
}

/// The beginning of a day in UTC. As in Hinnant's `days_from_civil`.
fn beginning_of(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let number = |part: &[u8]| {
        part.iter()
            .try_fold(0_i64, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')))
    };
    let (year, month, day) = (number(&bytes[..4])?, number(&bytes[5..7])?, number(&bytes[8..])?);
    if year < 1970 || !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    let year = year - i64::from(month <= 2);
    let (era, shifted_month) = (year.div_euclid(400), (month + 9) % 12);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(Timestamp::from_seconds((era * 146_097 + day_of_era - 719_468) * DAY_SECONDS))
}

const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i64) -> Option<Timestamp> {
        Some(Timestamp::from_seconds(number * DAY_SECONDS))
    }

    #[test]
    fn both_days_of_a_range_belong_to_it_and_either_end_may_be_open() {
        let range = DateRange::parse(Some("1970-01-02"), Some("1970-01-02"));
        assert_eq!(range, Ok(DateRange { since: day(1), until: day(2) }));
        assert_eq!(DateRange::parse(Some("2026-11-23"), None).map(|range| range.since), Ok(day(20_780)));
        assert_eq!(DateRange::parse(None, Some("2024-02-29")).map(|range| range.until), Ok(day(19_783)));
        assert_eq!(DateRange::parse(None, None), Ok(DateRange::default()));
        assert!(DateRange::parse(Some("9999-12-31"), Some("9999-12-31")).is_ok());
    }

    #[test]
    fn every_day_of_the_calendar_follows_the_one_before() {
        let mut expected = 0;
        for year in 1970..=2400 {
            for month in 1..=12 {
                for of_month in 1..=days_in(year, month) {
                    let text = format!("{year:04}-{month:02}-{of_month:02}");
                    assert_eq!(beginning_of(&text), day(expected), "{text}");
                    expected += 1;
                }
            }
        }
    }

    #[test]
    fn what_is_no_day_or_runs_backwards_is_refused() {
        let none = [
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-11-00",
            "2026-11-31",
            "1969-12-31",
            "26-11-23",
            "2026-11-3",
            "2026/11/23",
            "+026-11-23",
            "2026-11-2३",
            "today",
            "2026-11-23T00:00",
        ];
        for text in none {
            assert_eq!(DateRange::parse(Some(text), None), Err(DateRangeRefused::From), "{text}");
            assert_eq!(DateRange::parse(None, Some(text)), Err(DateRangeRefused::To), "{text}");
        }
        let reversed = DateRange::parse(Some("2026-11-24"), Some("2026-11-23"));
        assert_eq!(reversed, Err(DateRangeRefused::Reversed));
    }
}
