//! Times and lengths, written out.

use crate::words::{Value, Words};

/// A point in time, taken apart in UTC (proleptic Gregorian calendar).
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

impl Civil {
    /// From microseconds after the Unix epoch. Days become a date as in Hinnant's `civil_from_days`.
    fn of_micros(micros: i64) -> Self {
        let seconds = micros.div_euclid(1_000_000);
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self { year, month, day, hour: rest / 3_600, minute: rest / 60 % 60, second: rest % 60 }
    }
}

/// RFC 3339 in UTC, whole seconds, from microseconds after the Unix epoch: for `datetime` attributes.
pub fn iso_moment(micros: i64) -> String {
    let Civil { year, month, day, hour, minute, second } = Civil::of_micros(micros);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

pub(crate) const MONTH_KEYS: [&str; 12] = [
    "month-january",
    "month-february",
    "month-march",
    "month-april",
    "month-may",
    "month-june",
    "month-july",
    "month-august",
    "month-september",
    "month-october",
    "month-november",
    "month-december",
];

impl Words {
    /// A point in time in UTC with the zone named ("23 November 2026, 04:10 UTC"), from microseconds after the Unix
    /// epoch.
    pub fn moment(&self, micros: i64) -> String {
        let Civil { year, month, day, hour, minute, .. } = Civil::of_micros(micros);
        let month_key =
            usize::try_from(month - 1).ok().and_then(|index| MONTH_KEYS.get(index)).unwrap_or(&MONTH_KEYS[0]);
        let values: [(&str, Value); 4] = [
            ("day", day.into()),
            ("month", self.text(month_key).into_owned().into()),
            // As a text, so that no language groups its digits.
            ("year", year.to_string().into()),
            ("time", format!("{hour:02}:{minute:02}").into()),
        ];
        self.text_with("moment", &values)
    }

    /// A length in its two largest units ("22 hours 10 minutes", "45 seconds"); rounded up, so that a wait is never
    /// promised shorter than it is.
    pub fn span(&self, seconds: u64) -> String {
        let part = |key: &str, count: u64| self.text_of(key, "count", count);
        let two = |large: &str, count: u64, small: &str, rest: u64| {
            if rest == 0 {
                part(large, count)
            } else {
                format!("{} {}", part(large, count), part(small, rest))
            }
        };
        let minutes = seconds.div_ceil(60);
        let hours = minutes.div_ceil(60);
        if seconds < 120 && seconds != 60 {
            part("span-seconds", seconds)
        } else if minutes < 120 && minutes != 60 {
            part("span-minutes", minutes)
        } else if minutes < 48 * 60 {
            two("span-hours", minutes / 60, "span-minutes", minutes % 60)
        } else {
            two("span-days", hours / 24, "span-hours", hours % 24)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_utc() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_406_400, "2026-11-23T04:00:00Z"),
            (4_102_444_799, "2099-12-31T23:59:59Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(iso_moment(seconds * 1_000_000), expected);
        }
        let micros = 1_795_406_400 * 1_000_000;
        assert_eq!(Words::of_tag("en").moment(micros), "23 November 2026, 04:00 UTC");
        assert_eq!(Words::of_tag("de").moment(micros), "23. November 2026, 04:00 Uhr UTC");
    }

    #[test]
    fn a_length_is_written_in_its_two_largest_units() {
        let words = Words::of_tag("en");
        for (seconds, expected) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (30, "30 seconds"),
            (60, "1 minute"),
            (119, "119 seconds"),
            (121, "3 minutes"),
            (3_600, "1 hour"),
            (79_800, "22 hours 10 minutes"),
            (86_400, "24 hours"),
            (259_200, "3 days"),
            (262_800, "3 days 1 hour"),
        ] {
            assert_eq!(words.span(seconds), expected, "{seconds}");
        }
        assert_eq!(Words::of_tag("de").span(79_800), "22 Stunden 10 Minuten");
    }
}
