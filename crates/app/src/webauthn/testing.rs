//! An authenticator made of software, for tests and figures: it answers ceremonies as a browser with a real one would,
//! and can be told to do it wrong.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

use super::{decode, encode, sha_256};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKUP_STATE: u8 = 0x10;
const ATTESTED_DATA: u8 = 0x40;

/// One authenticator with one key in it.
pub struct SoftwareAuthenticator {
    key: EcdsaKeyPair,
    /// By which it is named.
    pub id: Vec<u8>,
    /// Its model.
    pub aaguid: [u8; 16],
    /// Whom the key was made for.
    pub user_handle: Option<Vec<u8>>,
    /// How often it has signed; `None` for one that does not count.
    pub counter: Option<u32>,
    /// Whether its key may be copied, and was.
    pub synced: bool,
    /// Whether it verifies its user.
    pub verifies: bool,
    /// The page's origin, as the browser sees it.
    pub origin: String,
    /// Whether the page is a frame of another site's.
    pub cross_origin: bool,
    /// The maker's key (PKCS#8) and certificate chain (DER), leaf first.
    pub maker: Option<(Vec<u8>, Vec<Vec<u8>>)>,
}

impl fmt::Debug for SoftwareAuthenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SoftwareAuthenticator(…)")
    }
}

impl SoftwareAuthenticator {
    /// A device-bound, counting authenticator whose browser is at this origin.
    ///
    /// # Panics
    /// When no key can be made.
    pub fn new(origin: &str) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key is made");
        let id = sha_256(key.public_key().as_ref()).to_vec();
        Self {
            key,
            id,
            aaguid: [7; 16],
            user_handle: None,
            counter: Some(0),
            synced: false,
            verifies: true,
            origin: origin.to_owned(),
            cross_origin: false,
            maker: None,
        }
    }

    /// The same with a key that is copied to all devices of its owner.
    #[must_use]
    pub fn synced(origin: &str) -> Self {
        Self { synced: true, counter: None, ..Self::new(origin) }
    }

    /// Makes the key as the options ask, and answers with the text that the form carries.
    ///
    /// # Panics
    /// When the options are none.
    pub fn register(&mut self, options: &str, state: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("options are JSON");
        self.user_handle = Some(decode(text(&options["user"]["id"])).expect("a handle"));
        let client_data = self.client_data("webauthn.create", text(&options["challenge"]));
        let mut data = self.authenticator_data(text(&options["rp"]["id"]), ATTESTED_DATA);
        data.extend_from_slice(&self.aaguid);
        data.extend_from_slice(&u16::try_from(self.id.len()).expect("a short id").to_be_bytes());
        data.extend_from_slice(&self.id);
        data.extend_from_slice(&self.public_key());
        let statement = self.statement(&data, &client_data);
        let object = cbor_map(&[
            (cbor_text("fmt"), cbor_text(if self.maker.is_some() { "packed" } else { "none" })),
            (cbor_text("attStmt"), statement),
            (cbor_text("authData"), cbor_bytes(&data)),
        ]);
        json!({
            "state": state,
            "id": encode(&self.id),
            "client_data": encode(&client_data),
            "attestation": encode(&object),
        })
        .to_string()
    }

    /// Signs what the options ask, and answers with the text that the form carries.
    ///
    /// # Panics
    /// When the options are none.
    pub fn assert(&mut self, options: &str, state: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("options are JSON");
        if let Some(counter) = &mut self.counter {
            *counter += 1;
        }
        let client_data = self.client_data("webauthn.get", text(&options["challenge"]));
        let data = self.authenticator_data(text(&options["rpId"]), 0);
        let signature = sign(&self.key, &data, &client_data);
        json!({
            "state": state,
            "id": encode(&self.id),
            "client_data": encode(&client_data),
            "authenticator_data": encode(&data),
            "signature": encode(&signature),
            "user_handle": self.user_handle.as_deref().map(encode),
        })
        .to_string()
    }

    fn client_data(&self, kind: &str, challenge: &str) -> Vec<u8> {
        json!({
            "type": kind,
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        })
        .to_string()
        .into_bytes()
    }

    fn authenticator_data(&self, rp_id: &str, more: u8) -> Vec<u8> {
        let mut flags = USER_PRESENT | more;
        if self.verifies {
            flags |= USER_VERIFIED;
        }
        if self.synced {
            flags |= BACKUP_ELIGIBLE | BACKUP_STATE;
        }
        let mut data = sha_256(rp_id.as_bytes()).to_vec();
        data.push(flags);
        data.extend_from_slice(&self.counter.unwrap_or(0).to_be_bytes());
        data
    }

    /// The public key as COSE writes it (RFC 9053): EC2, ES256, P-256.
    fn public_key(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        cbor_map(&[
            (cbor_number(1), cbor_number(2)),
            (cbor_number(3), cbor_number(-7)),
            (cbor_number(-1), cbor_number(1)),
            (cbor_number(-2), cbor_bytes(&point[1..33])),
            (cbor_number(-3), cbor_bytes(&point[33..65])),
        ])
    }

    fn statement(&self, data: &[u8], client_data: &[u8]) -> Vec<u8> {
        let Some((key, chain)) = &self.maker else { return cbor_map(&[]) };
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key).expect("a maker's key");
        let chain: Vec<_> = chain.iter().map(|certificate| cbor_bytes(certificate)).collect();
        cbor_map(&[
            (cbor_text("alg"), cbor_number(-7)),
            (cbor_text("sig"), cbor_bytes(&sign(&key, data, client_data))),
            (cbor_text("x5c"), cbor_array(&chain)),
        ])
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn sign(key: &EcdsaKeyPair, data: &[u8], client_data: &[u8]) -> Vec<u8> {
    let signed = [data, &sha_256(client_data)].concat();
    key.sign(&SystemRandom::new(), &signed).expect("it signs").as_ref().to_vec()
}

fn cbor_head(kind: u8, number: u64) -> Vec<u8> {
    let kind = kind << 5;
    match (u8::try_from(number), u16::try_from(number)) {
        (Ok(small), _) if small < 24 => vec![kind | small],
        (Ok(byte), _) => vec![kind | 24, byte],
        (_, Ok(short)) => [&[kind | 25][..], &short.to_be_bytes()].concat(),
        _ => [&[kind | 27][..], &number.to_be_bytes()].concat(),
    }
}

fn cbor_number(number: i64) -> Vec<u8> {
    match u64::try_from(number) {
        Ok(positive) => cbor_head(0, positive),
        Err(_) => cbor_head(1, number.unsigned_abs() - 1),
    }
}

fn cbor_bytes(bytes: &[u8]) -> Vec<u8> {
    [cbor_head(2, bytes.len() as u64), bytes.to_vec()].concat()
}

fn cbor_text(text: &str) -> Vec<u8> {
    [cbor_head(3, text.len() as u64), text.as_bytes().to_vec()].concat()
}

fn cbor_array(items: &[Vec<u8>]) -> Vec<u8> {
    [cbor_head(4, items.len() as u64), items.concat()].concat()
}

fn cbor_map(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let items: Vec<u8> =
        pairs.iter().flat_map(|(key, value)| [key.clone(), value.clone()].concat()).collect();
    [cbor_head(5, pairs.len() as u64), items].concat()
}
