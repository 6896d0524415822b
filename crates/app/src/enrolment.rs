//! What is shown once: a new TOTP secret on its way into an app, and a new set of recovery codes.

use std::fmt;

use zeroize::Zeroizing;

use doorward_domain::identifier::Identifier;
use doorward_domain::recovery_code::RecoveryCode;
use doorward_domain::time::Timestamp;
use doorward_domain::totp::TotpSecret;

use crate::app::App;
use crate::failure::Fault;
use crate::qr_code;

/// A new TOTP secret on its way into somebody's app.
#[derive(Clone)]
pub struct Enrolment {
    /// An SVG of the QR code.
    pub qr_svg: Zeroizing<String>,
    /// The secret in base32, in groups of four.
    pub secret: Zeroizing<String>,
    /// The `otpauth:` address.
    pub uri: Zeroizing<String>,
}

impl Enrolment {
    /// The enrolment of this secret under the site's name.
    ///
    /// # Errors
    /// The site's name makes an address that no QR code holds.
    pub(crate) fn of(secret: &TotpSecret, site_name: &str, identifier: &Identifier) -> Result<Self, Fault> {
        let uri = Zeroizing::new(secret.otpauth_uri(site_name, identifier.as_str()));
        let qr_svg =
            qr_code::svg(&uri).ok_or_else(|| Fault::internal("an otpauth address beyond a QR code"))?;
        let plain = Zeroizing::new(secret.base32());
        let mut grouped = Zeroizing::new(String::with_capacity(plain.len() + plain.len() / 4));
        for (place, letter) in plain.chars().enumerate() {
            if place > 0 && place % 4 == 0 {
                grouped.push(' ');
            }
            grouped.push(letter);
        }
        Ok(Self { qr_svg, secret: grouped, uri })
    }
}

impl fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Enrolment(…)")
    }
}

/// Recovery codes in the form in which they are shown once.
#[derive(Clone)]
pub struct RecoveryCodesShown {
    /// The codes, in groups, in the order made.
    pub codes: Vec<Zeroizing<String>>,
    /// Enough of the identifier to tell one printed sheet from another.
    pub identifier: String,
    /// When they were made.
    pub made_at: Timestamp,
}

impl RecoveryCodesShown {
    pub(crate) fn of(codes: &[[u8; 16]], identifier: &Identifier, made_at: Timestamp) -> Self {
        let written = |code: &[u8; 16]| Zeroizing::new(RecoveryCode::from_random(*code).to_string());
        Self { codes: codes.iter().map(written).collect(), identifier: identifier.masked(), made_at }
    }
}

impl fmt::Debug for RecoveryCodesShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCodesShown(…)")
    }
}

impl App {
    /// A new set of recovery codes: 128 random bits each (entry rules 3).
    pub(crate) fn new_recovery_codes(&self) -> Zeroizing<Vec<[u8; 16]>> {
        Zeroizing::new((0..self.policy.recovery.count).map(|_| self.random.bytes()).collect())
    }

    /// The keyed hashes by which recovery codes are found; all of them that is stored.
    pub(crate) fn recovery_lookups(&self, codes: &[[u8; 16]]) -> Vec<[u8; 32]> {
        codes.iter().map(|code| self.recovery_lookup(&RecoveryCode::from_random(*code))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_shown_as_picture_text_and_address_and_never_by_debug() {
        let identifier = Identifier::parse("ada+door@example.org", None).expect("an address");
        let secret = TotpSecret::from_bytes([0x41; 20]);
        let shown = Enrolment::of(&secret, "Doorward", &identifier).expect("short enough");
        assert_eq!(shown.secret.replace(' ', ""), secret.base32());
        assert!(shown.secret.split(' ').all(|group| group.len() == 4));
        assert!(shown.uri.starts_with("otpauth://totp/Doorward:ada%2Bdoor%40example.org?secret="));
        assert!(shown.qr_svg.starts_with("<svg "));
        assert_eq!(format!("{shown:?}"), "Enrolment(…)");
    }
}
