//! What a sign-in by passkey costs the server.

use std::sync::Mutex;

use doorward_app::app::Site;
use doorward_app::keys::KeyedHash;
use doorward_app::keys::Sealed;
use doorward_app::random::SystemRandom;
use doorward_app::webauthn::testing::SoftwareAuthenticator;
use doorward_app::webauthn::{AttestationPolicy, Bound, Newcomer, RelyingParty};
use doorward_domain::id::PasskeyId;
use doorward_domain::identifier::Identifier;
use doorward_store::account::find_account_by_identifier;
use doorward_store::passkey::{NewPasskey, record_passkey};
use doorward_store::{Db, StoreFault};

use crate::browser::{self, HOST};
use crate::figure::{median, print, remark};
use crate::population::{Customer, keys, now};
use crate::process::Server;

const PER_ROUND: usize = 200;

/// Customers with the key that each of them holds.
pub struct Keyed(Vec<(Customer, Mutex<SoftwareAuthenticator>)>);

/// Gives these customers a passkey each, as an addition writes it.
pub async fn add(db: &Db, customers: &[Customer]) -> Keyed {
    let origin = format!("https://{HOST}");
    let site = Site { name: "Bench".to_owned(), public_url: origin.clone() };
    let mut keyed = Vec::new();
    for customer in customers.iter().take(PER_ROUND) {
        let identifier = Identifier::parse(&customer.identifier, None).expect("an address");
        let kind = identifier.kind().name().as_bytes();
        let lookup = keys().hash(KeyedHash::Identifier, &[kind, identifier.as_str().as_bytes()]);
        let account = find_account_by_identifier(db, &lookup).await.expect("read").expect("there").id;
        let (party, bound) = (RelyingParty::of(&site).expect("a host"), Bound::to("bench", &[]));
        let mut key = SoftwareAuthenticator::new(&origin);
        let handle = account.as_uuid();
        let newcomer = Newcomer { handle: handle.as_bytes(), name: "bench" };
        let none = AttestationPolicy::None;
        let begun = party.begin_registration(&keys(), &SystemRandom, &bound, newcomer, &[], none, now());
        let sent = key.register(&begun.options, &begun.state);
        let (made, _) = party.finish_registration(&keys(), &bound, &sent, none, now()).expect("a key");
        db.write::<_, StoreFault, _>("adding a passkey of the bench", move |tx| {
            Box::pin(async move {
                let id = PasskeyId::from_parts(now(), made.id[..16].try_into().expect("a long id"));
                let new = NewPasskey {
                    id,
                    account_id: account,
                    credential_id: &made.id,
                    sealed: &keys().seal(Sealed::Passkey, id.as_uuid().as_bytes(), &made.stored),
                    name: "bench",
                    aaguid: made.aaguid,
                    rp_id: HOST,
                    backup_eligible: made.backup_eligible,
                    backup_state: made.backup_state,
                    counter: made.counter,
                };
                record_passkey(tx, &new, 20, now()).await
            })
        })
        .await
        .expect("written");
        keyed.push((customer.clone(), Mutex::new(key)));
    }
    Keyed(keyed)
}

/// `passkey_signin_ms`: the server's CPU time of a whole sign-in by passkey, page, options, answer, last page and button.
pub async fn figures(server: &Server, keyed: &Keyed, rounds: usize) {
    let mut taken = Vec::new();
    // The first round warms caches up and is not counted.
    for round in 0..=rounds {
        let cpu = server.cpu_seconds();
        for (number, (customer, key)) in keyed.0.iter().enumerate() {
            // Networks of their own: those of the sign-ins before have used up their starts.
            let from = 100_000 + round * PER_ROUND + number;
            let mut browser = browser::open(&server.address, from, customer).await.expect("a connection");
            let sign = |options: &str, state: &str| key.lock().expect("one at a time").assert(options, state);
            if let Err(stopped) = browser::sign_in_by_passkey(&mut browser, sign).await {
                panic!("a sign-in by passkey stopped: {stopped:?}");
            }
        }
        if round > 0 {
            taken.push((server.cpu_seconds() - cpu) * 1_000.0 / keyed.0.len() as f64);
        }
    }
    remark(
        "sign-ins by passkey: the whole way over HTTP on a known device, one browser after the other, SQLite, server's CPU time",
    );
    print("passkey_signin_ms", median(&taken), "ms_cpu");
}
