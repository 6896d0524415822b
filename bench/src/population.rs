//! Customers whose secrets the bench knows, written as a finished sign-up writes them, and live sessions.

use std::path::Path;

use doorward_app::hash_pool::HashCost;
use doorward_app::keys::{KeyedHash, Keys, MasterKey, Sealed};
use doorward_domain::id::{AccountId, DeviceId, IdentifierId, SessionId, TotpId};
use doorward_domain::identifier::Identifier;
use doorward_domain::language::Language;
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_domain::totp::TotpSecret;
use doorward_store::device::{DeviceEntry, find_device, record_device};
use doorward_store::identifier::{NewIdentifier, record_identifier};
use doorward_store::session::{NewSession, record_session};
use doorward_store::{Db, StoreFault, Tx, account, password, recovery_code, totp};

/// The password of every customer of the bench.
pub const PASSWORD: &str = "a long way to the harbour at dusk";

const MASTER: [u8; 32] = *b"the master key of a bench alone!";
const CHUNK: usize = 500;

/// A customer that a browser of the bench can sign in as.
#[derive(Clone)]
pub struct Customer {
    /// The email address.
    pub identifier: String,
    /// The authenticator app's secret.
    pub secret: TotpSecret,
    /// The token of a known device.
    pub device: Token,
    /// The token of a live session.
    pub session: Token,
}

/// The keys of the bench's installation.
pub fn keys() -> Keys {
    Keys::new(&MasterKey::from_bytes(MASTER), &[])
}

/// Writes the master key where the program looks for it.
pub fn write_master_key(data: &Path) {
    use std::os::unix::fs::OpenOptionsExt;
    let text = format!("doorward-master-key-1:{}\n", data_encoding::BASE64URL_NOPAD.encode(&MASTER));
    let file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(data.join("master.key"));
    std::io::Write::write_all(&mut file.expect("the key file can be made"), text.as_bytes())
        .expect("and written");
}

/// The present.
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    Timestamp::from_micros(i64::try_from(since.as_micros()).expect("before the year 294,000"))
}

/// Bytes that depend on two numbers alone; secrets of a bench need not be secret.
fn bytes<const N: usize>(purpose: u8, number: usize) -> [u8; N] {
    let mut out = [0; N];
    let mut state =
        (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (u64::from(purpose) << 56) ^ 0x5bd1_e995;
    for byte in &mut out {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        *byte = (state >> 24) as u8;
    }
    out
}

/// Writes `count` customers, each with a known device and a live session. Every password is hashed once, at `cost`.
pub async fn add_customers(db: &Db, count: usize, cost: HashCost) -> Result<Vec<Customer>, StoreFault> {
    let (salt, hash) = (bytes::<16>(0, 0), hash_of(cost));
    let plain: Vec<u8> = salt.iter().chain(&hash).copied().collect();
    let mut customers = Vec::with_capacity(count);
    for from in (0..count).step_by(CHUNK) {
        let numbers = from..count.min(from + CHUNK);
        let plain = plain.clone();
        let added = db
            .write::<_, StoreFault, _>("adding customers of the bench", move |tx| {
                Box::pin(async move {
                    let (keys, now) = (keys(), now());
                    let mut added = Vec::with_capacity(CHUNK);
                    for number in numbers {
                        added.push(add_customer(tx, &keys, number, &plain, cost, now).await?);
                    }
                    Ok(added)
                })
            })
            .await?;
        customers.extend(added);
    }
    Ok(customers)
}

fn hash_of(cost: HashCost) -> [u8; 32] {
    let params =
        argon2::Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).expect("the policy's cost");
    let argon2 = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut hash = [0; 32];
    argon2.hash_password_into(PASSWORD.as_bytes(), &bytes::<16>(0, 0), &mut hash).expect("valid input");
    hash
}

async fn add_customer(
    tx: &mut Tx,
    keys: &Keys,
    number: usize,
    plain: &[u8],
    cost: HashCost,
    now: Timestamp,
) -> Result<Customer, StoreFault> {
    let id = AccountId::from_parts(now, bytes(1, number));
    let text = format!("customer{number}@bench.example");
    let identifier = Identifier::parse(&text, None).expect("an address");
    let lookup = keys.hash(KeyedHash::Identifier, &[identifier.kind().name().as_bytes(), text.as_bytes()]);
    account::record_account(tx, id, Language::English, now).await?;
    let row = IdentifierId::from_parts(now, bytes(2, number));
    let sealed = keys.seal(Sealed::Identifier, row.as_uuid().as_bytes(), text.as_bytes());
    let new =
        NewIdentifier { id: row, account_id: id, kind: identifier.kind(), lookup: &lookup, sealed: &sealed };
    record_identifier(tx, &new, now).await?;
    let sealed = keys.seal(Sealed::Password, id.as_uuid().as_bytes(), plain);
    password::set_password(tx, id, &sealed, &cost.to_string(), now).await?;
    let secret = TotpSecret::from_bytes(bytes(3, number));
    let row = TotpId::from_parts(now, bytes(4, number));
    let sealed = keys.seal(Sealed::Totp, row.as_uuid().as_bytes(), secret.as_bytes());
    totp::record_totp(tx, row, id, &sealed, 0, now).await?;
    let codes: Vec<[u8; 32]> = (0..10)
        .map(|code| keys.hash(KeyedHash::RecoveryCode, &[&bytes::<16>(5, number * 10 + code)]))
        .collect();
    recovery_code::renew_recovery_codes(tx, id, &codes, now).await?;
    let (device, session) = (Token::from_random(bytes(6, number)), Token::from_random(bytes(7, number)));
    let device_id = DeviceId::from_parts(now, bytes(8, number));
    let network = address_of(number);
    let entry = DeviceEntry {
        token_hash: &device.hash(),
        network: &network,
        user_agent: "bench",
        trusted_until: now.plus(std::time::Duration::from_secs(90 * 86_400)),
    };
    record_device(tx, device_id, id, &entry, now).await?;
    add_session(tx, id, device_id, &session, SessionId::from_parts(now, bytes(9, number)), &network, now)
        .await?;
    Ok(Customer { identifier: text, secret, device, session })
}

async fn add_session(
    tx: &mut Tx,
    account: AccountId,
    device: DeviceId,
    token: &Token,
    id: SessionId,
    network: &str,
    now: Timestamp,
) -> Result<(), StoreFault> {
    let new = NewSession {
        id,
        account_id: account,
        token_hash: &token.hash(),
        device_id: Some(device),
        second_factor: "totp",
        network,
        user_agent: "bench",
    };
    record_session(tx, &new, 20, now).await.map(drop)
}

/// Gives each of the first customers so many sessions more; their tokens.
pub async fn add_sessions(db: &Db, customers: usize, each: usize) -> Result<Vec<Token>, StoreFault> {
    let mut tokens = Vec::with_capacity(customers * each);
    for from in (0..customers).step_by(CHUNK) {
        let numbers = from..customers.min(from + CHUNK);
        let added = db
            .write::<_, StoreFault, _>("adding sessions of the bench", move |tx| {
                Box::pin(async move {
                    let (keys, now) = (keys(), now());
                    let mut added = Vec::with_capacity(CHUNK * each);
                    for number in numbers {
                        let text = format!("customer{number}@bench.example");
                        let lookup = keys.hash(KeyedHash::Identifier, &[b"email", text.as_bytes()]);
                        let account = account::find_account_by_identifier(&mut *tx, &lookup).await?;
                        let account = account.expect("the customer was added before").id;
                        let entry = bytes::<32>(6, number);
                        let device = find_device(&mut *tx, &Token::from_random(entry).hash(), now).await?;
                        let device = device.expect("with a device").id;
                        for session in 0..each {
                            let token = Token::from_random(bytes(10, number * each + session));
                            let id = SessionId::from_parts(now, bytes(11, number * each + session));
                            add_session(tx, account, device, &token, id, &address_of(number), now).await?;
                            added.push(token);
                        }
                    }
                    Ok(added)
                })
            })
            .await?;
        tokens.extend(added);
    }
    Ok(tokens)
}

/// The address that the bench's proxy forwards for a customer: one of its own, so that no network's limit is met.
pub fn address_of(number: usize) -> String {
    format!("10.{}.{}.{}", 1 + (number >> 16) % 250, (number >> 8) % 256, number % 256)
}
