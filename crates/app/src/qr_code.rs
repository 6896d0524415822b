//! A QR code as SVG: one path, no style, no script, so that it stands in a page under the strictest CSP.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};
use zeroize::Zeroizing;

/// White modules on each side that a reader needs to find the code.
const QUIET_ZONE: usize = 4;

/// An SVG of `text`, sized by its `viewBox`; `None` when the text is longer than a QR code can hold.
///
/// Black on white in every colour scheme: many readers do not find an inverted code.
pub(crate) fn svg(text: &str) -> Option<Zeroizing<String>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let modules = code.to_colors();
    let mut path = Zeroizing::new(String::new());
    for (y, row) in modules.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            if row[x] == Color::Light {
                x += 1;
                continue;
            }
            let run = row[x..].iter().take_while(|&&module| module == Color::Dark).count();
            // Writing to a String cannot fail.
            let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET_ZONE, y + QUIET_ZONE);
            x += run;
        }
    }
    let side = width + 2 * QUIET_ZONE;
    Some(Zeroizing::new(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/><path fill=\"#000\" d=\"{}\"/></svg>",
        path.as_str()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_the_code_and_nothing_else() {
        let text = "otpauth://totp/Doorward:ada%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Doorward";
        let svg = svg(text).expect("short enough");
        for forbidden in ["style", "script", "secret", "<?xml"] {
            assert!(!svg.contains(forbidden), "{forbidden}");
        }
        // Every dark module is covered once: the runs' lengths add up.
        let dark = QrCode::with_error_correction_level(text, EcLevel::M).expect("short enough");
        let dark = dark.to_colors().iter().filter(|&&module| module == Color::Dark).count();
        let drawn: usize = svg
            .split('M')
            .filter_map(|run| run.split_once('h')?.1.split_once("v1h")?.0.parse::<usize>().ok())
            .sum();
        assert_eq!(drawn, dark);
    }

    #[test]
    fn a_text_beyond_the_format_is_no_code() {
        assert!(svg(&"x".repeat(5_000)).is_none());
    }
}
