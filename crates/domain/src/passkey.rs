//! Passkeys: WebAuthn credentials that verify their holder themselves (entry rules 2 and 5; WebAuthn Level 3).

use crate::named::named;

/// Longest name of a passkey, in characters.
pub const NAME_CHARACTERS_MAX: usize = 64;
/// Most passkeys that an account keeps at the same time.
pub const PASSKEYS_MAX: usize = 20;
/// Passkeys that somebody who wants to enter by passkeys only must have.
pub const PASSKEYS_ONLY_NEEDS: usize = 2;

named! {
    /// Why a WebAuthn ceremony came to nothing. Strangers are never told which one; the record and the owner are.
    pub enum CeremonyRefused {
        /// Its challenge is not ours, was made for something else, or was used before.
        NotBegun = "not-begun",
        /// Its challenge is too old.
        Expired = "expired",
        /// What was sent cannot be read.
        Malformed = "malformed",
        /// It was made for another site, for another port of this one, or inside another site's frame.
        WrongOrigin = "wrong-origin",
        /// The authenticator did not verify its user.
        NotVerified = "not-verified",
        /// The authenticator is none of those that the policy takes.
        NotTrusted = "not-trusted",
        /// No key that is in use here has signed it.
        WrongKey = "wrong-key",
        /// The counter of a device-bound key stands where it stood before, or lower: there may be a copy of it.
        CounterWentBack = "counter-went-back",
    }
}

/// Why something about passkeys is refused to their owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasskeyRefused {
    /// The site stands at an address without a name: browsers make no passkeys there.
    Unavailable,
    /// What was typed is no name.
    Name,
    /// The ceremony came to nothing.
    Ceremony(CeremonyRefused),
    /// The account has as many as it may keep, or this key was here before.
    NotTaken,
    /// The account has no such passkey.
    NotFound,
    /// It is needed: without it the account would have no second factor, or too few passkeys for passkeys only.
    StillNeeded,
    /// Passkeys only needs two that work.
    TooFew,
    /// The account is entered by passkeys only: what this would change opens nothing meanwhile.
    PasskeysOnly,
    /// It is so already.
    AlreadySo,
}

named! {
    /// What a message about passkeys tells.
    pub enum PasskeyNews {
        /// There is a new one.
        Added = "added",
        /// One was removed.
        Removed = "removed",
        /// One signed with a counter that had gone back.
        CounterWentBack = "counter-went-back",
        /// One was disabled after too many failures.
        Disabled = "disabled",
        /// The account is entered by passkeys only from now on.
        OnlyBegun = "only-begun",
        /// It is entered by password and second factor again, too.
        OnlyEnded = "only-ended",
    }
}

/// The name that a customer gives a passkey: 1 to [`NAME_CHARACTERS_MAX`] characters, none of them a control
/// character, without space at its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyName(String);

impl PasskeyName {
    /// Reads what was typed.
    pub fn parse(typed: &str) -> Option<Self> {
        let name = typed.trim();
        let length = name.chars().count();
        let clean = name.chars().all(|character| !character.is_control());
        ((1..=NAME_CHARACTERS_MAX).contains(&length) && clean).then(|| Self(name.to_owned()))
    }

    /// The name as it is stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_shows_as_it_is() {
        assert_eq!(PasskeyName::parse("  My key ").as_ref().map(PasskeyName::as_str), Some("My key"));
        assert!(PasskeyName::parse(&"ä".repeat(NAME_CHARACTERS_MAX)).is_some());
        for refused in ["", "   ", "line\nbreak", "\u{1b}[31m", &"a".repeat(NAME_CHARACTERS_MAX + 1)] {
            assert_eq!(PasskeyName::parse(refused), None, "{refused:?}");
        }
    }
}
