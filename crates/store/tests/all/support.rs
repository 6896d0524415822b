//! What the tests share: a fixed present, short ids, an account to work with, and really parallel requests.

use std::sync::Arc;
use std::time::Duration;

use doorward_domain::id::{AccountId, DeviceId, SessionId, SignInId};
use doorward_domain::language::Language;
use doorward_domain::policy::Policy;
use doorward_domain::sign_in::{SignIn, SignInStep};
use doorward_domain::time::Timestamp;
use doorward_domain::token::TokenHash;
use doorward_store::sign_in::{StoredSignIn, find_sign_in, record_sign_in};
use doorward_store::{Db, StoreFault, account};

pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000 + seconds)
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn hash(number: u8) -> TokenHash {
    TokenHash::from_bytes([number; 32])
}

pub(crate) fn account_id(number: u8) -> AccountId {
    AccountId::from_parts(NOW, [number; 16])
}

pub(crate) fn device_id(number: u8) -> DeviceId {
    DeviceId::from_parts(NOW, [number; 16])
}

pub(crate) fn session_id(number: u8) -> SessionId {
    SessionId::from_parts(NOW, [number; 16])
}

pub(crate) fn sign_in_id(number: u8) -> SignInId {
    SignInId::from_parts(NOW, [number; 16])
}

/// Runs one store function in a write of its own.
macro_rules! in_write {
    ($db:expr, |$tx:ident| $body:expr) => {
        $db.write::<_, doorward_store::StoreFault, _>("testing", move |$tx| {
            Box::pin(async move { $body.await })
        })
        .await
    };
}
pub(crate) use in_write;

/// An open account.
pub(crate) async fn open_account(db: &Db, number: u8) -> AccountId {
    let id = account_id(number);
    in_write!(db, |tx| account::record_account(tx, id, Language::English, NOW)).expect("an account opens");
    id
}

/// A sign-in of this account that only lacks its last click.
pub(crate) async fn sign_in_at_access(db: &Db, account: AccountId, number: u8) -> StoredSignIn {
    let mut sign_in = SignIn::begin(&Policy::default(), Some(account), false, NOW);
    sign_in.step = SignInStep::Access;
    sign_in.credential_version = 1;
    in_write!(db, |tx| async move {
        record_sign_in(tx, sign_in_id(number), &hash(number), &[number; 32], None, &sign_in, b"sealed").await
    })
    .expect("a sign-in begins");
    find_sign_in(db, &hash(number)).await.expect("it is read").expect("it stands there")
}

/// Starts `count` requests at the same moment, each on a thread of its own as far as there are any, and collects what
/// they answer.
pub(crate) async fn race<T, F, W>(db: &Db, count: usize, request: F) -> Vec<T>
where
    T: Send + 'static,
    F: Fn(Db, usize) -> W,
    W: Future<Output = Result<T, StoreFault>> + Send + 'static,
{
    let gate = Arc::new(tokio::sync::Barrier::new(count));
    let tasks: Vec<_> = (0..count)
        .map(|number| {
            let (work, gate) = (request(db.clone(), number), Arc::clone(&gate));
            tokio::spawn(async move {
                gate.wait().await;
                work.await
            })
        })
        .collect();
    let mut answers = Vec::with_capacity(count);
    for task in tasks {
        answers.push(task.await.expect("no request panics").expect("no request fails"));
    }
    answers
}

/// How many of them said so.
pub(crate) fn yes(answers: &[bool]) -> usize {
    answers.iter().filter(|answer| **answer).count()
}
