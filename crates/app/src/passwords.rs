//! Hashing and comparing passwords, for accounts that exist and for those that do not (entry rules 2 and 3).

use std::sync::{Mutex, PoisonError};

use doorward_domain::id::AccountId;
use doorward_domain::password::Normalized;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::app::App;
use crate::failure::Fault;
use crate::hash_pool::{HASH_BYTES, HashCost, Lane, Reserved};
use crate::keys::{KeyedHash, Sealed};

const SALT_BYTES: usize = 16;

/// A password as it is stored: salt and Argon2id output under the pepper, and what the hash cost.
#[derive(Clone)]
pub struct StoredPassword {
    /// Salt and hash, sealed for the account.
    pub sealed: Vec<u8>,
    /// What the hash cost.
    pub cost: HashCost,
}

/// What came of comparing a typed password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// It is not the account's password, or there is no account.
    Wrong,
    /// It is.
    Right {
        /// It was hashed below today's cost or sealed under a former key, and should be written anew.
        outdated: bool,
    },
}

/// How many accounts have which cost. Unknown identifiers take theirs from this mix, so that raising the cost does
/// not tell, by time, which identifiers were there before.
#[derive(Debug, Default)]
pub struct CostMix(Mutex<Vec<(HashCost, u64)>>);

impl CostMix {
    /// Puts the counts read from the database in place of the former ones.
    pub fn replace(&self, counts: Vec<(HashCost, u64)>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = counts;
    }

    /// The cost that an unknown identifier with this keyed hash seems to have; always the same one for it.
    fn pick(&self, keyed_hash: &[u8; 32], otherwise: HashCost) -> HashCost {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let total: u64 = counts.iter().map(|(_, count)| count).sum();
        if total == 0 {
            return otherwise;
        }
        let (head, _) = keyed_hash.split_first_chunk::<8>().expect("32 bytes hold 8");
        let mut place = u64::from_le_bytes(*head) % total;
        for (cost, count) in counts.iter() {
            if place < *count {
                return *cost;
            }
            place -= count;
        }
        otherwise
    }
}

impl App {
    /// What a new hash costs.
    pub fn hash_cost(&self) -> HashCost {
        let policy = &self.policy.password;
        HashCost {
            memory_kib: policy.hash_memory_kib,
            passes: policy.hash_iterations,
            lanes: policy.hash_parallelism,
        }
    }

    /// Hashes a new password of this account at today's cost.
    ///
    /// # Errors
    /// Busy when the hash queue is full.
    pub async fn hash_password(
        &self,
        lane: Lane,
        account: AccountId,
        password: &Normalized,
    ) -> Result<StoredPassword, Fault> {
        let cost = self.hash_cost();
        let salt: [u8; SALT_BYTES] = self.random.bytes();
        let typed = Zeroizing::new(password.as_str().as_bytes().to_vec());
        let hash = self.hash_pool.hash(lane, cost, typed, salt).await?;
        Ok(StoredPassword { sealed: self.seal_hash(account, &salt, &hash), cost })
    }

    /// Compares a typed password with the account's. Without an account, and with a text that can be nobody's
    /// password, the same work is done for nothing: the clock must not tell which identifiers exist.
    ///
    /// # Errors
    /// Internal when a stored password does not open.
    pub async fn compare_password(
        &self,
        room: Reserved,
        identifier_lookup: &[u8; 32],
        stored: Option<(AccountId, &StoredPassword)>,
        typed: Option<&Normalized>,
    ) -> Result<Comparison, Fault> {
        let decoy = self.keys.hash(KeyedHash::Decoy, &[identifier_lookup]);
        let (salt, expected, cost) = match stored {
            Some((account, stored)) => {
                let opened = self.keys.open(Sealed::Password, account.as_uuid().as_bytes(), &stored.sealed);
                let (salt, hash) = opened
                    .as_deref()
                    .and_then(|plain| plain.split_first_chunk::<SALT_BYTES>())
                    .filter(|(_, hash)| hash.len() == HASH_BYTES)
                    .ok_or_else(|| Fault::internal("opening a stored password"))?;
                (*salt, Zeroizing::new(hash.to_vec()), stored.cost)
            }
            None => {
                let (salt, rest) = decoy.split_first_chunk::<SALT_BYTES>().expect("32 bytes hold a salt");
                (*salt, Zeroizing::new(rest.to_vec()), self.cost_mix.pick(&decoy, self.hash_cost()))
            }
        };
        let bytes = typed.map_or_else(Vec::new, |typed| typed.as_str().as_bytes().to_vec());
        let hash = self.hash_pool.hash_at(room, cost, Zeroizing::new(bytes), salt).await?;
        let equal = bool::from(hash.as_slice().ct_eq(&expected)) && typed.is_some();
        Ok(match stored {
            Some((_, stored)) if equal => Comparison::Right {
                outdated: stored.cost != self.hash_cost() || !self.keys.is_current(&stored.sealed),
            },
            _ => Comparison::Wrong,
        })
    }

    fn seal_hash(&self, account: AccountId, salt: &[u8; SALT_BYTES], hash: &[u8; HASH_BYTES]) -> Vec<u8> {
        let plain = Zeroizing::new([&salt[..], &hash[..]].concat());
        self.keys.seal(Sealed::Password, account.as_uuid().as_bytes(), &plain)
    }
}
