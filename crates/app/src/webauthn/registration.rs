//! A new passkey: what the browser is asked to make, and what it made.

use doorward_domain::passkey::CeremonyRefused;
use doorward_domain::time::Timestamp;
use serde::Deserialize;
use serde_json::json;
use webauthn_rs::prelude::{COSEAlgorithm, Credential, RegisterPublicKeyCredential, Uuid};
use webauthn_rs_core::proto::{
    AuthenticatorAttestationResponseRaw, RegistrationExtensionsClientOutputs, RegistrationState,
};

use super::{
    ANSWER_BYTES_MAX, AttestationPolicy, Begun, Bound, CEREMONY_FOR, Challenge, RelyingParty, Returned,
    decode, encode, open_ceremony, refuse_frames, refused_by, seal_ceremony, sha_256,
};
use crate::keys::Keys;
use crate::random::Random;

/// Whom a new passkey is for.
#[derive(Debug, Clone, Copy)]
pub struct Newcomer<'a> {
    /// What the passkey gives back when it signs in, at most 64 bytes; never an address or a name.
    pub handle: &'a [u8],
    /// What the browser's list of passkeys shows: the masked identifier, or a member of staff's name.
    pub name: &'a str,
}

/// A key that an authenticator made, not yet stored.
#[derive(Clone)]
pub struct NewCredential {
    /// By which assertions name it.
    pub id: Vec<u8>,
    /// The model, as the authenticator says; proved only under [`AttestationPolicy::Required`].
    pub aaguid: Uuid,
    /// Whether it may be copied to other devices of its owner; that never changes.
    pub backup_eligible: bool,
    /// Whether it was, so far.
    pub backup_state: bool,
    /// How often it was used, if it counts; else zero.
    pub counter: u32,
    /// Everything that later assertions are judged by, to be sealed and stored.
    pub stored: Vec<u8>,
}

impl std::fmt::Debug for NewCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewCredential({}, backup_eligible: {})", self.aaguid, self.backup_eligible)
    }
}

/// The answer to a registration as our script sends it.
#[derive(Deserialize)]
struct Sent {
    state: String,
    id: String,
    client_data: String,
    attestation: String,
}

impl RelyingParty {
    /// Begins the registration of a new passkey: discoverable, user verification required. `known` are the ids of the
    /// keys there are, so that an authenticator does not make a second one.
    #[expect(clippy::too_many_arguments, reason = "keys, randomness and time are arguments")]
    pub fn begin_registration(
        &self,
        keys: &Keys,
        random: &dyn Random,
        bound: &Bound,
        newcomer: Newcomer<'_>,
        known: &[Vec<u8>],
        attestation: AttestationPolicy<'_>,
        now: Timestamp,
    ) -> Begun {
        let challenge = Challenge::random(random);
        let exclude: Vec<_> =
            known.iter().map(|id| json!({ "type": "public-key", "id": encode(id) })).collect();
        let algorithms: Vec<_> = COSEAlgorithm::secure_algs()
            .into_iter()
            .map(|algorithm| json!({ "type": "public-key", "alg": algorithm as i64 }))
            .collect();
        let (conveyance, hints) = match attestation {
            AttestationPolicy::None => ("none", json!([])),
            AttestationPolicy::Required(_) => ("direct", json!(["security-key"])),
        };
        let options = json!({
            "rp": { "id": self.id, "name": self.name },
            "user": {
                "id": encode(newcomer.handle),
                "name": newcomer.name,
                "displayName": newcomer.name,
            },
            "challenge": encode(challenge.as_bytes()),
            "pubKeyCredParams": algorithms,
            "timeout": CEREMONY_FOR.as_millis() as u64,
            "excludeCredentials": exclude,
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": true,
                "userVerification": "required",
            },
            "hints": hints,
            "attestation": conveyance,
            "extensions": {
                "credProps": true,
                "credentialProtectionPolicy": "userVerificationRequired",
                "enforceCredentialProtectionPolicy": false,
            },
        });
        Begun { options: options.to_string(), state: seal_ceremony(keys, bound, challenge, now) }
    }

    /// Judges what the browser sent back. The caller spends [`Returned::challenge`] in the write that stores the key.
    ///
    /// # Errors
    /// Anything but a key made now, for this site, by an authenticator that verified its user and that the policy takes.
    pub fn finish_registration(
        &self,
        keys: &Keys,
        bound: &Bound,
        sent: &str,
        attestation: AttestationPolicy<'_>,
        now: Timestamp,
    ) -> Result<(NewCredential, Returned), CeremonyRefused> {
        if sent.len() > ANSWER_BYTES_MAX {
            return Err(CeremonyRefused::Malformed);
        }
        let sent: Sent = serde_json::from_str(sent).map_err(|_| CeremonyRefused::Malformed)?;
        let returned = open_ceremony(keys, bound, &sent.state, now)?;
        let client_data_json = decode(&sent.client_data)?;
        refuse_frames(&client_data_json)?;
        let answer = RegisterPublicKeyCredential {
            raw_id: decode(&sent.id)?,
            id: sent.id,
            response: AuthenticatorAttestationResponseRaw {
                attestation_object: decode(&sent.attestation)?,
                client_data_json,
                transports: None,
            },
            type_: "public-key".to_owned(),
            extensions: RegistrationExtensionsClientOutputs::default(),
        };
        let state = registration_state(returned.challenge)?;
        let credential =
            self.core.register_credential(&answer, &state, None).map_err(|error| refused_by(&error))?;
        if credential.cred_id != answer.raw_id {
            return Err(CeremonyRefused::Malformed);
        }
        let aaguid = match attestation {
            AttestationPolicy::None => self.model_said(&answer.response.attestation_object),
            AttestationPolicy::Required(models) => models.judge(&credential, now)?,
        };
        let stored = serde_json::to_vec(&credential).map_err(|_| CeremonyRefused::Malformed)?;
        let Credential { cred_id, backup_eligible, backup_state, counter, .. } = credential;
        Ok((NewCredential { id: cred_id, aaguid, backup_eligible, backup_state, counter, stored }, returned))
    }

    /// The model as the authenticator's data name it: after the hash of the relying party's id, one byte of flags and
    /// four of the counter. Nothing is decided by it; a lie only shows another name to the liar.
    fn model_said(&self, attestation: &[u8]) -> Uuid {
        const AAGUID_AT: usize = 32 + 1 + 4;
        let hash = sha_256(self.id.as_bytes());
        let start = attestation.windows(hash.len()).position(|window| window == hash);
        start
            .and_then(|start| attestation.get(start + AAGUID_AT..start + AAGUID_AT + 16))
            .and_then(|bytes| Uuid::from_slice(bytes).ok())
            .unwrap_or(Uuid::nil())
    }
}

/// The library's own state with our challenge in it. It offers no constructor; its serialised form is the public one.
fn registration_state(challenge: Challenge) -> Result<RegistrationState, CeremonyRefused> {
    let state = json!({
        "policy": "required",
        "exclude_credentials": [],
        "challenge": encode(challenge.as_bytes()),
        "credential_algorithms": COSEAlgorithm::secure_algs(),
        "require_resident_key": true,
        "authenticator_attachment": null,
        "extensions": {
            "credentialProtectionPolicy": "userVerificationRequired",
            "enforceCredentialProtectionPolicy": false,
            "credProps": true,
        },
        "allow_synchronised_authenticators": true,
    });
    serde_json::from_value(state).map_err(|_| CeremonyRefused::Malformed)
}
