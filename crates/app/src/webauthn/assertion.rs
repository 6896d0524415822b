//! A passkey used: what the browser is asked, and the judgement of what was signed.

use doorward_domain::passkey::CeremonyRefused;
use doorward_domain::time::Timestamp;
use serde::Deserialize;
use serde_json::json;
use webauthn_rs::prelude::{AuthenticationState, Credential, PublicKeyCredential};
use webauthn_rs_core::proto::{AuthenticationExtensionsClientOutputs, AuthenticatorAssertionResponseRaw};

use super::{
    ANSWER_BYTES_MAX, Begun, Bound, CEREMONY_FOR, Challenge, RelyingParty, Returned, decode, encode,
    open_ceremony, refuse_frames, refused_by, seal_ceremony,
};
use crate::keys::Keys;

/// The answer to an assertion as our script sends it.
#[derive(Deserialize)]
struct Sent {
    state: String,
    id: String,
    client_data: String,
    authenticator_data: String,
    signature: String,
    #[serde(default)]
    user_handle: Option<String>,
}

/// What a browser sent back, its challenge opened and nothing of it believed yet.
pub struct Assertion {
    answer: PublicKeyCredential,
    returned: Returned,
}

impl std::fmt::Debug for Assertion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Assertion(…)")
    }
}

impl Assertion {
    /// The id of the key that claims to have signed it, by which its stored key is found.
    pub fn credential_id(&self) -> &[u8] {
        &self.answer.raw_id
    }

    /// The handle that the key was made with; absent where the browser was told which keys may answer.
    pub fn user_handle(&self) -> Option<&[u8]> {
        self.answer.response.user_handle.as_deref()
    }

    /// The challenge that came back, to be spent in the write that takes this answer.
    pub const fn returned(&self) -> Returned {
        self.returned
    }
}

/// What a right assertion tells about its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssertionUse {
    /// Where its counter stands now; zero when it does not count.
    pub counter: u32,
    /// Whether it was copied to another device by now.
    pub backup_state: bool,
}

impl RelyingParty {
    /// Begins an assertion. `allowed` are the keys that may answer; none means that the browser offers every
    /// discoverable one, and nothing about anybody is told.
    pub fn begin_assertion(
        &self,
        keys: &Keys,
        bound: &Bound,
        challenge: Challenge,
        allowed: &[Vec<u8>],
        now: Timestamp,
    ) -> Begun {
        let allowed: Vec<_> =
            allowed.iter().map(|id| json!({ "type": "public-key", "id": encode(id) })).collect();
        let options = json!({
            "challenge": encode(challenge.as_bytes()),
            "timeout": CEREMONY_FOR.as_millis() as u64,
            "rpId": self.id,
            "allowCredentials": allowed,
            "userVerification": "required",
        });
        Begun { options: options.to_string(), state: seal_ceremony(keys, bound, challenge, now) }
    }

    /// Reads an answer and opens its state, which must have been sealed for the same [`Bound`].
    ///
    /// # Errors
    /// It cannot be read, its state is not ours or was made for something else, or it is too old.
    pub fn open_assertion(
        &self,
        keys: &Keys,
        bound: &Bound,
        sent: &str,
        now: Timestamp,
    ) -> Result<Assertion, CeremonyRefused> {
        if sent.len() > ANSWER_BYTES_MAX {
            return Err(CeremonyRefused::Malformed);
        }
        let sent: Sent = serde_json::from_str(sent).map_err(|_| CeremonyRefused::Malformed)?;
        let returned = open_ceremony(keys, bound, &sent.state, now)?;
        let client_data_json = decode(&sent.client_data)?;
        refuse_frames(&client_data_json)?;
        let answer = PublicKeyCredential {
            raw_id: decode(&sent.id)?,
            id: sent.id,
            response: AuthenticatorAssertionResponseRaw {
                authenticator_data: decode(&sent.authenticator_data)?,
                client_data_json,
                signature: decode(&sent.signature)?,
                user_handle: sent.user_handle.as_deref().map(decode).transpose()?,
            },
            extensions: AuthenticationExtensionsClientOutputs::default(),
            type_: "public-key".to_owned(),
        };
        Ok(Assertion { answer, returned })
    }

    /// Judges an answer by the key that is stored under its credential id; `stored` is [`super::NewCredential::stored`]
    /// and `counter` where the key's counter stood when it was last used. The caller spends the challenge.
    ///
    /// # Errors
    /// Anything but a signature of this key, over this challenge, for this site, after its user was verified.
    pub fn judge_assertion(
        &self,
        assertion: &Assertion,
        stored: &[u8],
        counter: u32,
    ) -> Result<AssertionUse, CeremonyRefused> {
        let mut key: Credential = serde_json::from_slice(stored).map_err(|_| CeremonyRefused::WrongKey)?;
        // Copies of a synced key count each for itself, or not at all: going back shows nothing there.
        key.counter = if key.backup_eligible { 0 } else { counter };
        let state = assertion_state(assertion.returned.challenge)?;
        let used = self
            .core
            .authenticate_single_credential(&assertion.answer, &state, &key)
            .map_err(|error| refused_by(&error))?;
        if !used.user_verified() {
            return Err(CeremonyRefused::NotVerified);
        }
        Ok(AssertionUse { counter: used.counter(), backup_state: used.backup_state() })
    }
}

/// The library's own state with our challenge in it. It offers no constructor; its serialised form is the public one.
fn assertion_state(challenge: Challenge) -> Result<AuthenticationState, CeremonyRefused> {
    let state = json!({
        "credentials": [],
        "policy": "required",
        "challenge": encode(challenge.as_bytes()),
        "appid": null,
        "allow_backup_eligible_upgrade": false,
    });
    serde_json::from_value(state).map_err(|_| CeremonyRefused::Malformed)
}
