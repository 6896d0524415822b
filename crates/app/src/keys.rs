//! The keys of the house, all derived from one master key: what is stored is sealed with them or found through them.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use aws_lc_rs::{hkdf, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_encoding::HEXLOWER;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

/// Length of a master key in bytes.
pub const MASTER_KEY_BYTES: usize = 32;

const KEY_ID_BYTES: usize = 4;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
/// First byte of everything sealed, so that a later layout can be told apart.
const LAYOUT: u8 = 1;

/// Bytes that sealing adds to what is sealed.
pub const SEAL_BYTES: usize = 1 + KEY_ID_BYTES + NONCE_BYTES + TAG_BYTES;

/// The secret from which every key is derived. It is never part of a backup.
pub struct MasterKey(Zeroizing<[u8; MASTER_KEY_BYTES]>);

impl MasterKey {
    /// The master key with these bytes.
    pub fn from_bytes(bytes: [u8; MASTER_KEY_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    fn derive<const N: usize>(&self, label: &str) -> Zeroizing<[u8; N]> {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"doorward").extract(self.0.as_ref());
        let mut out = Zeroizing::new([0; N]);
        prk.expand(&[label.as_bytes()], Length(N))
            .and_then(|okm| okm.fill(out.as_mut()))
            .expect("the length is far below HKDF's limit");
        out
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

macro_rules! purposes {
    ($(#[$outer:meta])* $name:ident { $($(#[$inner:meta])* $member:ident = $label:literal),+ $(,)? }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$inner])* $member),+ }

        impl $name {
            const LABELS: &'static [&'static str] = &[$($label),+];
        }
    };
}

purposes! {
    /// What is sealed; each purpose has a key of its own. The labels never change once released.
    Sealed {
        /// An email address or phone number; row: its id.
        Identifier = "seal identifier",
        /// A password's hash, which is the pepper of entry rules 3; row: the account's id.
        Password = "seal password",
        /// A TOTP secret; row: its id.
        Totp = "seal totp",
        /// A message waiting to be sent; row: its id.
        Outbox = "seal outbox",
        /// The detail of an audit entry; row: its id.
        Audit = "seal audit",
        /// State of a flow kept in the database; row: the flow's id.
        Flow = "seal flow",
        /// A trading password's hash, under a pepper of its own; row: the account's id.
        TradingPassword = "seal trading password",
        /// The safety phrases; row: the account's id.
        Phrases = "seal phrases",
        /// A known text of the installation, which proves that the master key is the right one; row: its name.
        Proof = "seal proof",
        /// What belongs to staff: mail addresses, passkeys, notes, reasons; row: its id.
        Staff = "seal staff",
        /// What a cookie carries; row: cookie name and browser.
        Cookie = "seal cookie",
        /// A WebAuthn challenge between two requests; row: what the ceremony is for and whom it is bound to.
        Ceremony = "seal ceremony",
        /// A passkey's public key; row: its id.
        Passkey = "seal passkey",
        /// What an action that moves assets would do; row: its id.
        MoneyAction = "seal money action",
        /// What must be kept of an erased account; row: its id.
        Retained = "seal retained",
        /// A field of an identity record; row: the account's id and the field's name.
        Identity = "seal identity",
        /// A picture of a lost-factor case; row: its id.
        Evidence = "seal evidence",
    }
}

purposes! {
    /// What is found, or compared, by a keyed hash. The labels never change once released.
    KeyedHash {
        /// The index of identifiers.
        Identifier = "find identifier",
        /// The index of recovery codes.
        RecoveryCode = "find recovery code",
        /// Codes by mail and SMS.
        OneTimeCode = "hash one-time code",
        /// Keys of throttle counters, so that a copy of the database does not list who tried what from where.
        Throttle = "hash throttle key",
        /// Parameters and salt that an unknown identifier seems to have.
        Decoy = "hash decoy",
        /// Tokens against cross-site request forgery.
        Csrf = "hash csrf",
        /// The number of a document, which can be compared and not read.
        Document = "hash document number",
        /// The code of the day of a lost-factor case.
        CaseDay = "hash code of the day",
        /// Codes of short messages that stop something.
        StopCode = "find stop code",
        /// The identity of what a form of the market asks for.
        MarketCommand = "hash market command",
    }
}

struct Generation {
    id: [u8; KEY_ID_BYTES],
    sealing: Vec<RandomizedNonceKey>,
}

impl Generation {
    fn of(master: &MasterKey) -> Self {
        let key = |label: &&str| {
            RandomizedNonceKey::new(&AES_256_GCM, master.derive::<32>(label).as_ref())
                .expect("a key of 32 bytes")
        };
        Self { id: *master.derive("key id"), sealing: Sealed::LABELS.iter().map(key).collect() }
    }
}

/// Every key that use cases work with.
///
/// Sealing goes with the current master key, and opening with any; a blob names its key. What is found by a keyed
/// hash stays with the first master key, because an index cannot be rotated without opening everything in it.
pub struct Keys {
    /// The current one first.
    generations: Vec<Generation>,
    hashing: Vec<hmac::Key>,
    captcha: Zeroizing<[u8; 32]>,
    /// Signs checkpoints of the audit log. Of the first master key, so that those who keep checkpoints need one key.
    checkpoints: Ed25519KeyPair,
}

impl Keys {
    /// Keys derived from the current master key; `former` are earlier ones, the newest first.
    pub fn new(current: &MasterKey, former: &[MasterKey]) -> Self {
        let first = former.last().unwrap_or(current);
        let key = |label: &&str| hmac::Key::new(hmac::HMAC_SHA256, first.derive::<32>(label).as_ref());
        Self {
            generations: std::iter::once(current).chain(former).map(Generation::of).collect(),
            hashing: KeyedHash::LABELS.iter().map(key).collect(),
            captcha: current.derive("human checks"),
            checkpoints: Ed25519KeyPair::from_seed_unchecked(first.derive::<32>("sign checkpoints").as_ref())
                .expect("any 32 bytes are a seed"),
        }
    }

    /// Which master key seals now, as eight hexadecimal digits; says nothing about it. A backup names it, so that whoever
    /// restores knows which key belongs to it.
    pub fn id(&self) -> String {
        HEXLOWER.encode(&self.generations[0].id)
    }

    /// Whether one of these keys, current or former, has this id.
    pub fn has(&self, id: &str) -> bool {
        self.generations.iter().any(|generation| HEXLOWER.encode(&generation.id) == id)
    }

    /// Signs the text of a checkpoint with Ed25519.
    pub fn sign_checkpoint(&self, text: &str) -> [u8; 64] {
        let mut signature = [0; 64];
        signature.copy_from_slice(self.checkpoints.sign(text.as_bytes()).as_ref());
        signature
    }

    /// The public key with which checkpoints are checked.
    pub fn checkpoint_key(&self) -> [u8; 32] {
        let mut public = [0; 32];
        public.copy_from_slice(self.checkpoints.public_key().as_ref());
        public
    }

    /// The secret of the human checks' own keys.
    pub fn human_checks(&self) -> &[u8; 32] {
        &self.captcha
    }

    /// The keyed hash of some parts, each with its length, so that no two lists of parts look alike.
    pub fn hash(&self, purpose: KeyedHash, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.hashing[purpose as usize]);
        for part in parts {
            context.update(&(part.len() as u64).to_le_bytes());
            context.update(part);
        }
        let mut out = [0; 32];
        out.copy_from_slice(context.sign().as_ref());
        out
    }

    /// Seals `plain` for one row. A sealed text moved to another row or purpose does not open.
    pub fn seal(&self, purpose: Sealed, row: &[u8], plain: &[u8]) -> Vec<u8> {
        let generation = &self.generations[0];
        let mut blob = Vec::with_capacity(plain.len() + SEAL_BYTES);
        blob.push(LAYOUT);
        blob.extend_from_slice(&generation.id);
        let head = blob.len();
        blob.resize(head + NONCE_BYTES, 0);
        blob.extend_from_slice(plain);
        // The nonce is the cipher's own affair: a caller who may choose it may also repeat it.
        let (nonce, tag) = generation.sealing[purpose as usize]
            .seal_in_place_separate_tag(Aad::from(row), &mut blob[head + NONCE_BYTES..])
            .expect("what is sealed here is far below the cipher's limit");
        blob[head..head + NONCE_BYTES].copy_from_slice(nonce.as_ref());
        blob.extend_from_slice(tag.as_ref());
        blob
    }

    /// Opens what was sealed for this row; `None` when it was not, or was changed since.
    pub fn open(&self, purpose: Sealed, row: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (&layout, rest) = sealed.split_first()?;
        let (id, rest) = rest.split_at_checked(KEY_ID_BYTES)?;
        let (nonce, body) = rest.split_at_checked(NONCE_BYTES)?;
        let generation =
            self.generations.iter().find(|generation| layout == LAYOUT && generation.id == id)?;
        let mut plain = Zeroizing::new(body.to_vec());
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let length =
            generation.sealing[purpose as usize].open_in_place(nonce, Aad::from(row), &mut plain).ok()?.len();
        plain.truncate(length);
        Some(plain)
    }

    /// Whether this was sealed with the current master key; what was not is sealed anew when it is next touched.
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        sealed.get(1..=KEY_ID_BYTES).is_some_and(|id| id == self.generations[0].id)
    }

    /// Seals the state of a flow into the text of a cookie, for this cookie's name in this browser alone.
    pub fn seal_cookie<T: Serialize>(&self, name: &str, browser: &[u8], state: &T) -> String {
        let plain = Zeroizing::new(serde_json::to_vec(state).expect("flow states are plain data"));
        URL_SAFE_NO_PAD.encode(self.seal(Sealed::Cookie, &cookie_row(name, browser), &plain))
    }

    /// Opens what [`Keys::seal_cookie`] sealed for this name and browser.
    pub fn open_cookie<T: DeserializeOwned>(&self, name: &str, browser: &[u8], cookie: &str) -> Option<T> {
        let sealed = URL_SAFE_NO_PAD.decode(cookie).ok()?;
        let plain = self.open(Sealed::Cookie, &cookie_row(name, browser), &sealed)?;
        serde_json::from_slice(&plain).ok()
    }
}

fn cookie_row(name: &str, browser: &[u8]) -> Vec<u8> {
    [name.as_bytes(), b"\0", browser].concat()
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({} generations)", self.generations.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(master: u8) -> Keys {
        Keys::new(&MasterKey::from_bytes([master; 32]), &[])
    }

    #[test]
    fn what_is_sealed_for_a_row_opens_for_that_row_and_purpose_alone() {
        let keys = keys(1);
        let sealed = keys.seal(Sealed::Totp, b"row", b"secret");
        assert_eq!(sealed.len(), b"secret".len() + SEAL_BYTES);
        assert_eq!(
            keys.open(Sealed::Totp, b"row", &sealed).as_deref().map(Vec::as_slice),
            Some(&b"secret"[..])
        );
        assert!(keys.open(Sealed::Totp, b"other", &sealed).is_none());
        assert!(keys.open(Sealed::Password, b"row", &sealed).is_none());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(keys.open(Sealed::Totp, b"row", &changed).is_none(), "byte {at}");
            assert!(keys.open(Sealed::Totp, b"row", &sealed[..at]).is_none(), "cut at {at}");
        }
    }

    #[test]
    fn a_new_master_key_opens_what_the_former_one_sealed_and_finds_what_it_found() {
        let old = keys(1);
        let new = Keys::new(&MasterKey::from_bytes([2; 32]), &[MasterKey::from_bytes([1; 32])]);
        let sealed = old.seal(Sealed::Password, b"row", b"hash");
        assert!(new.open(Sealed::Password, b"row", &sealed).is_some());
        assert!(!new.is_current(&sealed) && old.is_current(&sealed));
        assert!(new.is_current(&new.seal(Sealed::Password, b"row", b"hash")));
        let parts: &[&[u8]] = &[b"a@example.org"];
        assert_eq!(old.hash(KeyedHash::Identifier, parts), new.hash(KeyedHash::Identifier, parts));
        assert!(keys(2).open(Sealed::Password, b"row", &sealed).is_none());
    }

    #[test]
    fn a_keyed_hash_depends_on_purpose_and_on_where_a_part_ends() {
        let keys = keys(1);
        let hash = keys.hash(KeyedHash::Identifier, &[b"ab", b"c"]);
        assert_ne!(hash, keys.hash(KeyedHash::Identifier, &[b"a", b"bc"]));
        assert_ne!(hash, keys.hash(KeyedHash::Throttle, &[b"ab", b"c"]));
    }

    #[test]
    fn a_cookie_opens_under_its_name_and_in_its_browser_alone() {
        let keys = keys(1);
        let cookie = keys.seal_cookie("sign-in", b"browser", &("state", 7));
        assert_eq!(
            keys.open_cookie::<(String, u8)>("sign-in", b"browser", &cookie),
            Some(("state".into(), 7))
        );
        assert_eq!(keys.open_cookie::<(String, u8)>("sign-up", b"browser", &cookie), None);
        assert_eq!(keys.open_cookie::<(String, u8)>("sign-in", b"another", &cookie), None);
        assert_eq!(keys.open_cookie::<(String, u8)>("sign-in", b"browser", "é"), None);
    }
}
