//! What the holder of a case writes on the note beside their face: new each day, so that an old picture shows.

use crate::time::Timestamp;

/// Signs of a code of the day: easily written and read by hand.
const DAY_SIGNS: &[u8; 27] = b"ACDEFGHJKLMNPQRTUVWXY345679";

/// Days since 1970, by which codes of the day are told apart.
pub const fn day_of(now: Timestamp) -> i64 {
    now.as_seconds().div_euclid(24 * 60 * 60)
}

/// The code of the day from 64 keyed bits of case and day: `K7Q MXR`.
pub fn code_of_the_day(keyed: u64) -> String {
    let mut rest = keyed;
    let mut code = String::with_capacity(7);
    for place in 0..6 {
        if place == 3 {
            code.push(' ');
        }
        let sign = usize::try_from(rest % 27).unwrap_or(0);
        code.push(char::from(DAY_SIGNS[sign]));
        rest /= 27;
    }
    code
}
