//! Sessions in memory: a check costs no database, and a revocation still takes effect at the next request.
//!
//! The database alone decides. An entry is only believed while word from the database is younger than a second
//! (entry rules 3), and [`SessionCache::forget`] takes it away the moment this node ends a session; every other node
//! reads the invalidation table in its heartbeat.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use doorward_domain::country::Country;
use doorward_domain::id::{AccountId, DeviceId, SessionId};
use doorward_domain::language::Language;
use doorward_domain::policy::SessionPolicy;
use doorward_domain::step_up::Factor;
use doorward_domain::throttle::NetworkKey;
use doorward_domain::time::Timestamp;
use doorward_domain::token::TokenHash;

/// Shards keep the time that one lock is held, or one table grows, short.
const SHARDS: usize = 32;

/// A customer behind the door: an authenticated session, as every use case that needs one takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Customer {
    /// Whose session it is.
    pub account: AccountId,
    /// Which one.
    pub session: SessionId,
    /// The browser in which the account was entered.
    pub device: DeviceId,
    /// The language of the account's mails.
    pub language: Language,
    /// The second factor with which it was entered.
    pub entered_by: Factor,
    /// When the session began.
    pub entered_at: Timestamp,
    /// Whether the review of this entry was confirmed.
    pub is_reviewed: bool,
    /// The verified country of residence.
    pub residence: Option<Country>,
}

/// What the cache keeps of one session.
#[derive(Debug, Clone, Copy)]
pub struct CachedSession {
    /// Whose.
    pub customer: Customer,
    /// The last request that is known.
    pub last_seen_at: Timestamp,
    /// The last request that is written down.
    pub written_at: Timestamp,
    /// What the guard says of its account to who only looks.
    pub glance: Glance,
}

/// What a session in memory knows of its account's holds and of the network that it is bound to, in sixteen bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glance {
    hold_until_us: i64,
    bound_to: [u8; NETWORK_BYTES],
}

/// Family and bits of a /24 or a /48; zero for a session that is bound to none.
const NETWORK_BYTES: usize = 7;

impl Glance {
    /// From the end of the hold that runs, and the address that the session is bound to.
    pub fn new(hold_until: Option<Timestamp>, bound_to: Option<IpAddr>) -> Self {
        Self {
            hold_until_us: hold_until.map_or(i64::MIN, Timestamp::as_micros),
            bound_to: bound_to.map_or([0; NETWORK_BYTES], network_of),
        }
    }

    /// Until when nothing leaves the account, as far as this memory knows; it may have passed.
    pub fn hold_until(&self) -> Option<Timestamp> {
        (self.hold_until_us != i64::MIN).then(|| Timestamp::from_micros(self.hold_until_us))
    }

    /// Whether a request from here may use the session: it is bound to no network, or to this one.
    pub fn is_at_home(&self, network: IpAddr) -> bool {
        self.bound_to == [0; NETWORK_BYTES] || self.bound_to == network_of(network)
    }
}

/// The /24 or /48 around an address; its first byte is never zero.
fn network_of(address: IpAddr) -> [u8; NETWORK_BYTES] {
    let mut bytes = [0; NETWORK_BYTES];
    bytes.copy_from_slice(&NetworkKey::wide_of(address).as_bytes()[..NETWORK_BYTES]);
    bytes
}

/// Sessions that one node keeps in memory at most: about 300 bytes each.
pub const SESSIONS_KEPT: usize = 1_000_000;

/// What was ended, as the invalidation table says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// One session, found by the hash of its token.
    Session(TokenHash),
    /// Every session of an account.
    Account(AccountId),
}

// Keys are SHA-256 hashes of valid tokens: their first bytes are as good a hash as any.
#[derive(Default)]
struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk::<8>() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    // The length prefix of a slice says nothing.
    fn write_usize(&mut self, _: usize) {}
}

type Shard = HashMap<[u8; 32], CachedSession, BuildHasherDefault<FirstBytes>>;

/// The sessions that this node has seen.
pub struct SessionCache {
    policy: SessionPolicy,
    at_most: usize,
    shards: Vec<Mutex<Shard>>,
    /// Last uses that are to be written down.
    seen: Mutex<Vec<(SessionId, Timestamp)>>,
    heard_at: AtomicI64,
    /// Rises with everything forgotten.
    generation: AtomicU64,
}

impl SessionCache {
    /// An empty cache that believes nothing until it has heard from the database.
    pub fn new(policy: SessionPolicy, at_most: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self {
            policy,
            at_most,
            shards,
            seen: Mutex::default(),
            heard_at: AtomicI64::new(i64::MIN),
            generation: AtomicU64::new(0),
        }
    }

    fn shard(&self, hash: &TokenHash) -> MutexGuard<'_, Shard> {
        // The last byte, because the table inside chooses its place by the first ones.
        let index = usize::from(hash.as_bytes()[31]) % SHARDS;
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether entries may be believed at this time.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        let heard_at = Timestamp::from_micros(self.heard_at.load(Ordering::Acquire));
        // A clock set back must not make an old word young.
        heard_at <= now.plus(self.policy.cache_for) && now.since(heard_at) < self.policy.cache_for
    }

    /// The customer of this session, when the cache knows; a request at `now` counts as use.
    ///
    /// `None` says nothing about the session: the database must be asked.
    pub fn find(&self, hash: &TokenHash, now: Timestamp) -> Option<Customer> {
        self.look(hash, now).map(|(customer, _)| customer)
    }

    /// The same with what the guard needs for who only looks.
    pub fn look(&self, hash: &TokenHash, now: Timestamp) -> Option<(Customer, Glance)> {
        if !self.is_fresh(now) {
            return None;
        }
        let mut shard = self.shard(hash);
        let entry = shard.get_mut(hash.as_bytes())?;
        let too_old = now.since(entry.customer.entered_at) >= self.policy.absolute_for;
        // Another node may have seen it later: only the database can say that it idled.
        if too_old || now.since(entry.last_seen_at) >= self.policy.idle_for {
            shard.remove(hash.as_bytes());
            return None;
        }
        entry.last_seen_at = entry.last_seen_at.max(now);
        let (customer, glance) = (entry.customer, entry.glance);
        let to_write = now.since(entry.written_at) >= self.policy.seen_every;
        if to_write {
            entry.written_at = now;
        }
        drop(shard);
        if to_write {
            self.note_seen(customer.session, now);
        }
        Some((customer, glance))
    }

    /// The same as [`SessionCache::look`] without counting as use: a page that stays open must not keep a session alive.
    pub fn peek(&self, hash: &TokenHash, now: Timestamp) -> Option<(Customer, Glance)> {
        if !self.is_fresh(now) {
            return None;
        }
        let shard = self.shard(hash);
        let is_young = |entry: &&CachedSession| {
            now.since(entry.customer.entered_at) < self.policy.absolute_for
                && now.since(entry.last_seen_at) < self.policy.idle_for
        };
        shard.get(hash.as_bytes()).filter(is_young).map(|entry| (entry.customer, entry.glance))
    }

    /// Whether this session is known to be open at `now`, without counting as use.
    pub fn is_known(&self, hash: &TokenHash, now: Timestamp) -> bool {
        self.peek(hash, now).is_some()
    }

    /// To be read before the database is asked, and given to [`SessionCache::keep`].
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    /// Keeps a session that the database has just vouched for, unless something has ended since it was asked: the
    /// answer may be older than the end.
    pub fn keep(&self, hash: &TokenHash, session: CachedSession, generation: u64) {
        let mut shard = self.shard(hash);
        if self.generation() != generation {
            return;
        }
        if shard.len() >= self.at_most / SHARDS && !shard.contains_key(hash.as_bytes()) {
            // Any one goes: it costs its owner one question to the database.
            let victim = shard.keys().next().copied();
            victim.and_then(|victim| shard.remove(&victim));
        }
        shard.insert(*hash.as_bytes(), session);
    }

    /// Notes a use that is to be written down with the next batch.
    pub fn note_seen(&self, session: SessionId, at: Timestamp) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push((session, at));
    }

    /// The uses to write down now; they are forgotten here.
    pub fn take_seen(&self) -> Vec<(SessionId, Timestamp)> {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes away what has ended. Saying it twice does no harm: whoever still lives is read again.
    pub fn forget(&self, ended: &[Ended]) {
        // Before the entries go: who keeps one under its shard's lock either sees this or is seen below.
        self.generation.fetch_add(1, Ordering::SeqCst);
        let mut accounts = HashSet::new();
        for ended in ended {
            match ended {
                Ended::Session(hash) => drop(self.shard(hash).remove(hash.as_bytes())),
                Ended::Account(account) => drop(accounts.insert(*account)),
            }
        }
        if !accounts.is_empty() {
            self.retain(|session| !accounts.contains(&session.customer.account));
        }
    }

    /// Word from the database: everything that had ended by `at` has been told to [`SessionCache::forget`].
    pub fn heard(&self, at: Timestamp) {
        self.heard_at.store(at.as_micros(), Ordering::Release);
    }

    /// Drops what could not be believed any more, so that memory follows the living.
    pub fn sweep(&self, now: Timestamp) {
        self.retain(|session| {
            now.since(session.last_seen_at) < self.policy.idle_for
                && now.since(session.customer.entered_at) < self.policy.absolute_for
        });
    }

    /// How many sessions are kept.
    pub fn len(&self) -> usize {
        let count = |shard: &Mutex<Shard>| shard.lock().unwrap_or_else(PoisonError::into_inner).len();
        self.shards.iter().map(count).sum()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn retain(&self, keep: impl Fn(&CachedSession) -> bool) {
        for shard in &self.shards {
            shard.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, session| keep(session));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_MOST: usize = 64;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_000_000 + seconds)
    }

    fn hash(number: u8) -> TokenHash {
        TokenHash::from_bytes([number; 32])
    }

    fn session(account: u8) -> CachedSession {
        let customer = Customer {
            account: AccountId::from_parts(at(0), [account; 16]),
            session: SessionId::from_parts(at(0), [account; 16]),
            device: DeviceId::from_parts(at(0), [account; 16]),
            language: Language::English,
            entered_by: Factor::Totp,
            entered_at: at(0),
            is_reviewed: true,
            residence: None,
        };
        CachedSession { customer, last_seen_at: at(0), written_at: at(0), glance: Glance::new(None, None) }
    }

    fn cache_with(accounts: &[u8]) -> SessionCache {
        let cache = SessionCache::new(SessionPolicy::default(), AT_MOST);
        for account in accounts {
            cache.keep(&hash(*account), session(*account), cache.generation());
        }
        cache.heard(at(0));
        cache
    }

    #[test]
    fn nothing_is_believed_without_word_from_the_database_for_a_second() {
        let cache = cache_with(&[1]);
        assert!(cache.find(&hash(1), at(0)).is_some());
        assert!(cache.find(&hash(1), at(1)).is_none());
        cache.heard(at(1));
        assert!(cache.find(&hash(1), at(1)).is_some());
        assert!(cache.find(&hash(1), at(-10)).is_none(), "a clock set back is no word either");
        assert!(!SessionCache::new(SessionPolicy::default(), AT_MOST).is_fresh(at(0)));
    }

    #[test]
    fn a_bound_session_is_at_home_in_its_24_or_48_alone() {
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        let bound = Glance::new(Some(at(7)), Some(address("203.0.113.24")));
        assert!(bound.is_at_home(address("203.0.113.99")) && bound.is_at_home(address("::ffff:203.0.113.1")));
        assert!(!bound.is_at_home(address("203.0.114.24")) && !bound.is_at_home(address("2001:db8::1")));
        assert_eq!(bound.hold_until(), Some(at(7)));
        let six = Glance::new(None, Some(address("2001:db8:1:2::3")));
        assert!(six.is_at_home(address("2001:db8:1:ffff::1")) && !six.is_at_home(address("2001:db8:2::1")));
        let free = Glance::new(None, None);
        assert!(free.is_at_home(address("198.51.100.1")) && free.hold_until().is_none());
    }

    #[test]
    fn an_ended_session_and_an_ended_account_are_gone_at_once() {
        let cache = cache_with(&[1, 2, 3]);
        cache.forget(&[Ended::Session(hash(1)), Ended::Account(session(2).customer.account)]);
        let found: Vec<bool> = [1, 2, 3].map(|number| cache.find(&hash(number), at(0)).is_some()).into();
        assert_eq!(found, [false, false, true]);
    }

    #[test]
    fn an_answer_older_than_an_end_is_not_kept() {
        let cache = cache_with(&[]);
        let generation = cache.generation();
        cache.forget(&[Ended::Session(hash(1))]);
        cache.keep(&hash(1), session(1), generation);
        assert!(cache.is_empty());
    }

    #[test]
    fn an_idle_or_an_old_session_is_for_the_database_to_judge() {
        let cache = cache_with(&[1]);
        cache.heard(at(1_799));
        assert!(cache.find(&hash(1), at(1_799)).is_some());
        cache.heard(at(3_599));
        assert!(cache.find(&hash(1), at(3_599)).is_none());
        let cache = cache_with(&[1]);
        for minute in 1..720 {
            cache.heard(at(minute * 60));
            assert!(cache.find(&hash(1), at(minute * 60)).is_some());
        }
        cache.heard(at(43_200));
        assert!(cache.find(&hash(1), at(43_200)).is_none());
    }

    #[test]
    fn to_be_known_is_no_use() {
        let cache = cache_with(&[1]);
        cache.heard(at(1_799));
        assert!(cache.is_known(&hash(1), at(1_799)) && !cache.is_known(&hash(2), at(1_799)));
        assert!(cache.peek(&hash(1), at(1_799)).is_some());
        cache.heard(at(1_800));
        assert!(!cache.is_known(&hash(1), at(1_800)), "it idled, whoever asked meanwhile");
        cache.forget(&[Ended::Session(hash(1))]);
        assert!(!cache.is_known(&hash(1), at(0)));
        assert!(cache.take_seen().is_empty());
    }

    #[test]
    fn a_use_is_written_down_once_a_minute() {
        let cache = cache_with(&[1]);
        for second in [1, 30, 59, 60, 61, 119, 120] {
            cache.heard(at(second));
            assert!(cache.find(&hash(1), at(second)).is_some());
        }
        let seen: Vec<Timestamp> = cache.take_seen().into_iter().map(|(_, seen)| seen).collect();
        assert_eq!(seen, [at(60), at(120)]);
        assert!(cache.take_seen().is_empty());
    }

    #[test]
    fn the_cache_never_grows_beyond_its_size_and_sheds_the_dead() {
        let cache = cache_with(&[]);
        for number in 0..=255 {
            let mut bytes = [number; 32];
            bytes[31] = 0;
            cache.keep(&TokenHash::from_bytes(bytes), session(number), cache.generation());
        }
        assert_eq!(cache.len(), AT_MOST / SHARDS);
        cache.sweep(at(1_800));
        assert!(cache.is_empty());
    }

    #[test]
    fn a_session_takes_at_most_300_bytes() {
        // A table is at least 7/16 full after it has grown, with one byte of its own for each place.
        let place = size_of::<[u8; 32]>() + size_of::<CachedSession>() + 1;
        assert!(place * 16 / 7 <= 300, "{place}");
        assert!(place * 8 / 7 <= 200, "{place}");
    }
}
