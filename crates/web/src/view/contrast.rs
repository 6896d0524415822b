//! The colours of both themes keep their contrast: 4.5 to 1 for text, 3 to 1 for what controls are made of (WCAG 2.2,
//! 1.4.3 and 1.4.11). Computed from `tokens.css`, so that no change of a token goes unnoticed.

use std::collections::BTreeMap;

const TOKENS: &str = include_str!("../../assets/css/tokens.css");

/// Ink on ground: text.
const TEXT: [(&str, &str); 31] = [
    ("ink", "paper"),
    ("ink", "paper-raised"),
    ("ink", "paper-sunk"),
    ("ink", "accent-wash"),
    ("ink", "amber-wash"),
    ("ink", "brick-wash"),
    ("ink-soft", "paper"),
    ("ink-soft", "paper-raised"),
    ("ink-soft", "paper-sunk"),
    ("accent", "paper"),
    ("accent", "paper-raised"),
    ("accent", "paper-sunk"),
    ("accent", "accent-wash"),
    ("accent", "amber-wash"),
    ("accent-strong", "paper"),
    ("accent-ink", "accent"),
    ("accent-ink", "accent-strong"),
    ("amber", "paper"),
    ("amber", "paper-raised"),
    ("brick", "paper"),
    ("brick", "paper-raised"),
    ("brick", "brick-wash"),
    ("brick-strong", "brick-wash"),
    ("brick-ink", "brick"),
    ("brick-ink", "brick-strong"),
    ("gain", "paper-raised"),
    ("gain", "gain-wash"),
    ("loss", "paper-raised"),
    ("loss", "loss-wash"),
    ("ink", "gain-wash"),
    ("ink", "loss-wash"),
];

/// Rims, rings and signs on ground.
const CONTROLS: [(&str, &str); 9] = [
    ("line-strong", "paper"),
    ("line-strong", "paper-raised"),
    ("focus", "paper"),
    ("focus", "paper-raised"),
    ("focus", "paper-sunk"),
    ("leaf", "paper"),
    ("leaf", "paper-raised"),
    ("amber", "amber-wash"),
    ("accent", "paper"),
];

/// Names and colours of one theme; the dark one changes what it names.
fn theme(dark: bool) -> BTreeMap<&'static str, [f64; 3]> {
    let (light, rest) = TOKENS.split_once("@media (prefers-color-scheme: dark)").expect("two themes");
    let mut colours = BTreeMap::new();
    for block in [Some(light), dark.then_some(rest)].into_iter().flatten() {
        for line in block.lines() {
            let Some((name, colour)) =
                line.trim().strip_prefix("--").and_then(|rest| rest.split_once(": oklch("))
            else {
                continue;
            };
            let parts: Vec<f64> = colour
                .split([' ', '%', ')', ';'])
                .filter(|part| !part.is_empty())
                .map_while(|part| part.parse().ok())
                .collect();
            colours.insert(name, [parts[0] / 100.0, parts[1], parts[2]]);
        }
    }
    colours
}

/// Relative luminance of an OKLCH colour, clipped to sRGB as a screen clips it.
fn luminance([lightness, chroma, hue]: [f64; 3]) -> f64 {
    let (a, b) = (chroma * hue.to_radians().cos(), chroma * hue.to_radians().sin());
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548 * b).powi(3);
    let red = 4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s;
    let green = -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s;
    let blue = -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701 * s;
    0.2126 * red.clamp(0.0, 1.0) + 0.7152 * green.clamp(0.0, 1.0) + 0.0722 * blue.clamp(0.0, 1.0)
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

#[test]
fn every_ink_reads_on_its_ground_in_both_themes() {
    for dark in [false, true] {
        let colours = theme(dark);
        for (pairs, least) in [(TEXT.as_slice(), 4.5), (CONTROLS.as_slice(), 3.0)] {
            for (ink, ground) in pairs {
                let ratio = contrast(colours[ink], colours[ground]);
                assert!(ratio >= least, "{ink} on {ground}, dark: {dark}: {ratio:.2}, at least {least}");
            }
        }
    }
}

#[test]
fn black_on_white_is_twenty_one() {
    let ratio = contrast([0.0, 0.0, 0.0], [1.0, 0.0, 0.0]);
    assert!((ratio - 21.0).abs() < 0.01, "{ratio}");
}
