//! WebAuthn Level 3 ceremonies, for customers and for staff: what the browser is asked, what the server remembers in
//! between, and the judgement of what comes back (decision 0014).
//!
//! Verification itself is webauthn-rs-core's. Around it stands what it leaves to its user: challenges come from the
//! house's own randomness or are the digest of an action; the state between the two requests is sealed and travels with
//! the browser, so that beginning writes nothing; it opens only for what it was [`Bound`] to; and whoever takes the
//! answer spends the challenge in the same write ([`doorward_store::passkey::spend_challenge`]), so that an answer is
//! good once. User verification is always required.

mod assertion;
mod attestation;
mod registration;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_domain::passkey::CeremonyRefused;
use doorward_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use webauthn_rs::prelude::Url;
use webauthn_rs_core::WebauthnCore;
use webauthn_rs_core::error::WebauthnError;

use crate::app::{App, Site};
use crate::keys::{Keys, Sealed};
use crate::random::Random;

pub use assertion::{Assertion, AssertionUse};
pub use attestation::{AttestationPolicy, NotATrustAnchor, TrustedModels};
pub use registration::{NewCredential, Newcomer};

/// How long a challenge may be answered. A person who looks for a key in a drawer has the time.
pub const CEREMONY_FOR: Duration = Duration::from_secs(10 * 60);
/// Longest text that a browser's answer may have, in bytes. Attestation chains make the longest ones.
pub const ANSWER_BYTES_MAX: usize = 32 * 1024;

/// The site as authenticators know it.
#[derive(Debug)]
pub struct RelyingParty {
    id: String,
    name: String,
    core: WebauthnCore,
}

impl RelyingParty {
    /// The relying party of this site: its id is the host of the public URL, and its one origin is that URL. `None`
    /// where the host is an address instead of a name: browsers make no passkeys for those.
    pub fn of(site: &Site) -> Option<Self> {
        let origin = Url::parse(&site.public_url).ok()?;
        let id = origin.domain()?.to_owned();
        let core = WebauthnCore::new_unsafe_experts_only(
            &site.name,
            &id,
            vec![origin],
            CEREMONY_FOR,
            Some(false),
            Some(false),
        );
        Some(Self { id, name: site.name.clone(), core })
    }

    /// Its id, to which every passkey is bound for ever.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// A challenge: random, or the digest of the action that is confirmed by answering it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Challenge([u8; 32]);

impl Challenge {
    /// A challenge that nobody can foresee.
    pub fn random(random: &dyn Random) -> Self {
        Self(random.bytes())
    }

    /// The challenge that is SHA-256 of an action's canonical bytes, which hold 256 random bits of their own.
    pub const fn of_action(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// Under what it is remembered once it is spent.
    pub fn hash(&self) -> [u8; 32] {
        sha_256(&self.0)
    }

    /// The bytes that the authenticator signs.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for Challenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Challenge(…)")
    }
}

pub(crate) fn sha_256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

/// What a ceremony is for and whom it belongs to: a browser, a session, an account, a case. Its sealed state opens for
/// the very same parts alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound(Vec<u8>);

impl Bound {
    /// Bound to a purpose and to parts of whatever identifies its owner.
    pub fn to(purpose: &str, parts: &[&[u8]]) -> Self {
        let mut row = Vec::new();
        for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
            row.extend_from_slice(&(part.len() as u64).to_le_bytes());
            row.extend_from_slice(part);
        }
        Self(row)
    }
}

/// A ceremony as it begins.
#[derive(Clone)]
pub struct Begun {
    /// The options for `navigator.credentials`, as JSON; byte strings are base64url without padding.
    pub options: String,
    /// The sealed state, which comes back with the answer as its member `state`.
    pub state: String,
}

impl std::fmt::Debug for Begun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Begun(…)")
    }
}

/// What the server remembers between the two requests.
#[derive(Serialize, Deserialize)]
struct Ceremony {
    challenge: [u8; 32],
    expires_at: i64,
}

/// A challenge that came back, not yet spent.
#[derive(Debug, Clone, Copy)]
pub struct Returned {
    /// The challenge.
    pub challenge: Challenge,
    /// Until when it could be answered; as long it must be remembered that it was.
    pub expires_at: Timestamp,
}

fn seal_ceremony(keys: &Keys, bound: &Bound, challenge: Challenge, now: Timestamp) -> String {
    let ceremony = Ceremony { challenge: challenge.0, expires_at: now.plus(CEREMONY_FOR).as_micros() };
    let plain = serde_json::to_vec(&ceremony).expect("numbers are plain data");
    URL_SAFE_NO_PAD.encode(keys.seal(Sealed::Ceremony, &bound.0, &plain))
}

fn open_ceremony(
    keys: &Keys,
    bound: &Bound,
    state: &str,
    now: Timestamp,
) -> Result<Returned, CeremonyRefused> {
    let sealed = URL_SAFE_NO_PAD.decode(state).map_err(|_| CeremonyRefused::NotBegun)?;
    let plain = keys.open(Sealed::Ceremony, &bound.0, &sealed).ok_or(CeremonyRefused::NotBegun)?;
    let ceremony: Ceremony = serde_json::from_slice(&plain).map_err(|_| CeremonyRefused::NotBegun)?;
    let expires_at = Timestamp::from_micros(ceremony.expires_at);
    if now >= expires_at {
        return Err(CeremonyRefused::Expired);
    }
    Ok(Returned { challenge: Challenge(ceremony.challenge), expires_at })
}

/// A byte string as browsers are given it and send it back.
fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(text: &str) -> Result<Vec<u8>, CeremonyRefused> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| CeremonyRefused::Malformed)
}

/// The members of the client data that the library does not look at.
#[derive(Deserialize)]
struct Frame {
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
    #[serde(rename = "topOrigin", default)]
    top_origin: Option<serde::de::IgnoredAny>,
}

/// Refuses a ceremony that ran in a frame of another page: nobody sees there whose page asks.
fn refuse_frames(client_data: &[u8]) -> Result<(), CeremonyRefused> {
    let frame: Frame = serde_json::from_slice(client_data).map_err(|_| CeremonyRefused::Malformed)?;
    if frame.cross_origin || frame.top_origin.is_some() {
        return Err(CeremonyRefused::WrongOrigin);
    }
    Ok(())
}

/// What a fault of the library means here. Its text may quote what was sent and is dropped.
fn refused_by(error: &WebauthnError) -> CeremonyRefused {
    use WebauthnError as E;
    match error {
        E::MismatchedChallenge | E::ChallengeNotFound => CeremonyRefused::NotBegun,
        E::InvalidRPOrigin | E::InvalidRPIDHash | E::CredentialCrossOrigin => CeremonyRefused::WrongOrigin,
        E::UserNotPresent | E::UserNotVerified => CeremonyRefused::NotVerified,
        E::CredentialPossibleCompromise => CeremonyRefused::CounterWentBack,
        E::AuthenticationFailure | E::CredentialNotFound | E::CredentialBackupEligibilityInconsistent => {
            CeremonyRefused::WrongKey
        }
        E::AttestationChainNotTrusted(_)
        | E::AttestationUntrustedAaguid
        | E::AttestationFormatMissingAaguid
        | E::AttestationNotVerifiable
        | E::AttestationNotSupported
        | E::AttestationTrustFailure
        | E::AttestationCertificateAAGUIDMismatch
        | E::AttestationCertificateRequirementsNotMet
        | E::AttestationStatementSigInvalid
        | E::AttestationLeafCertMissing
        | E::CredentialMayNotBeHardwareBound => CeremonyRefused::NotTrusted,
        _ => CeremonyRefused::Malformed,
    }
}

impl App {
    /// The site as authenticators know it; `None` where there can be no passkeys (see [`RelyingParty::of`]).
    pub fn relying_party(&self) -> Option<RelyingParty> {
        RelyingParty::of(&self.site)
    }
}
