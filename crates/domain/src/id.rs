//! Identities of records: UUID version 7, so that rows written together lie together.
//!
//! An id tells when it was made and is therefore never a secret; secrets are [`crate::token::Token`]s.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::time::Timestamp;

/// A text that is no id of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no id")]
pub struct NotAnId;

fn version_7(now: Timestamp, random: [u8; 16]) -> Uuid {
    let millis = u64::try_from(now.as_micros() / 1_000).unwrap_or(0);
    let mut tail = [0; 10];
    tail.copy_from_slice(&random[..10]);
    uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id from the present and sixteen random bytes.
            pub fn from_parts(now: Timestamp, random: [u8; 16]) -> Self {
                Self(version_7(now, random))
            }

            /// The id that a database row holds.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The form that a database row holds.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                // Only the one written form is taken, so that an id has one spelling in a URL.
                if text.len() != 36 { return Err(NotAnId) }
                Uuid::try_parse(text).map(Self).map_err(|_| NotAnId)
            }
        }
    )+};
}

ids! {
    /// One customer.
    AccountId
    /// One email address or phone number of an account.
    IdentifierId
    /// One stay of a customer behind the door.
    SessionId
    /// One pair of account and browser.
    DeviceId
    /// One attempt to enter.
    SignInId
    /// One attempt to open an account.
    SignUpId
    /// One attempt to replace a forgotten password.
    ResetId
    /// One change of a security setting in progress.
    ChangeId
    /// One code sent by mail or SMS.
    CodeId
    /// One enrolled authenticator app.
    TotpId
    /// One mail or SMS in the outbox.
    MessageId
    /// One passkey of a customer or a member of staff.
    PasskeyId
    /// One action that would move assets.
    MoneyActionId
    /// One lost-factor case.
    CaseId
    /// One file that a case was given.
    EvidenceId
    /// One member of staff.
    StaffId
    /// One stay of a member of staff at the desk.
    StaffSessionId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_version_7_and_sorts_by_time() {
        let early = AccountId::from_parts(Timestamp::from_seconds(1_000), [0xff; 16]);
        let late = AccountId::from_parts(Timestamp::from_seconds(1_001), [0; 16]);
        assert_eq!(early.as_uuid().get_version_num(), 7);
        assert!(early < late);
    }

    #[test]
    fn an_id_has_one_spelling() {
        let id = SessionId::from_parts(Timestamp::from_seconds(1_000), [7; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        let braced = format!("{{{id}}}");
        assert_eq!(braced.parse::<SessionId>(), Err(NotAnId));
        assert_eq!(id.as_uuid().simple().to_string().parse::<SessionId>(), Err(NotAnId));
    }
}
