//! How far two countries lie apart, border to border, for judging whether anybody can have travelled so fast.
//!
//! The table is made by `cargo xtask distances` from Natural Earth's borders at 1:10,000,000; how, and how far it can
//! be wrong, stands in decision record 0017. It errs towards too near, so that nobody is taken for impossible who is not.

use super::{COUNTRIES, Country};

/// For each pair, the second after the first in the order of the codes, kilometres as two bytes, the high one first.
static DISTANCES: &[u8; COUNTRIES * (COUNTRIES - 1)] = include_bytes!("../../data/country_distances.bin");

/// Kilometres between the nearest points of two countries, rounded down; zero for neighbours and for a country itself.
pub fn distance_km(one: Country, other: Country) -> u16 {
    let (first, second) = (one.index().min(other.index()), one.index().max(other.index()));
    if first == second {
        return 0;
    }
    // The pairs of all countries before the first, then those of the first before the second.
    let before = first * (2 * COUNTRIES - first - 1) / 2;
    let at = 2 * (before + second - first - 1);
    DISTANCES.get(at..at + 2).and_then(|pair| pair.try_into().ok()).map_or(0, u16::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn km(one: &str, other: &str) -> u16 {
        let country = |code| Country::parse(code).expect("a country");
        let there = distance_km(country(one), country(other));
        assert_eq!(there, distance_km(country(other), country(one)), "{one} {other}");
        there
    }

    #[test]
    fn neighbours_touch() {
        for (one, other) in [
            ("DE", "DE"),
            ("DE", "FR"),
            ("DE", "PL"),
            ("US", "CA"),
            ("US", "MX"),
            ("ES", "PT"),
            ("FR", "MC"),
            ("IT", "VA"),
            ("IT", "SM"),
            ("ZA", "LS"),
            ("CN", "HK"),
            ("CN", "MO"),
            ("RS", "XK"),
            ("GB", "IE"),
            ("FR", "BR"),
            ("GF", "BR"),
            ("MF", "SX"),
            ("CI", "GH"),
        ] {
            assert_eq!(km(one, other), 0, "{one} {other}");
        }
    }

    /// Worked out by hand between nearest points, islands included: Rockall, Macquarie, the Selvagens. The table may be
    /// nearer by what is taken off for its error.
    #[test]
    fn known_distances_are_right_within_a_tenth_and_thirty_kilometres() {
        for (one, other, known) in [
            ("GB", "FR", 33),
            ("DK", "SE", 4),
            ("ES", "MA", 0),
            ("IT", "TN", 70),
            ("US", "RU", 4),
            ("US", "CU", 145),
            ("DE", "GB", 298),
            ("IS", "GB", 704),
            ("AU", "NZ", 620),
            ("JP", "KR", 50),
            ("DE", "SG", 9_800),
            ("PT", "BR", 3_540),
            ("NG", "DE", 3_700),
            ("AR", "ZA", 6_400),
        ] {
            let (found, known) = (i32::from(km(one, other)), known);
            let off = (found - known).abs();
            assert!(off <= known / 10 + 30, "{one} {other}: {found} km, known {known}");
        }
    }

    #[test]
    fn nothing_is_farther_than_half_way_round() {
        for one in Country::all() {
            for other in Country::all() {
                assert!(distance_km(one, other) <= 20_015, "{one} {other}");
            }
        }
    }
}
