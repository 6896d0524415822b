//! The memory-hard proof: a currency in which a graphics card or native code gains little over a browser.
//!
//! With `salt = SHA-256("memory:" ‖ token as ASCII)[0..16]`, proof `i` is a counter for which the first four bytes, big-endian, of
//! `Argon2id(password = i as u32 big-endian ‖ counter as u32 big-endian, salt, kib, passes, one lane, 32 bytes)` are under `2³² / tries`.
//! `tries` is therefore the mean number of hashes a proof costs. Checking costs one hash a proof and stops at the first wrong one.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use sha2::{Digest, Sha256};

use crate::work::parse_counters;

/// How much memory and how many tries are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Memory of one hash in KiB.
    pub kib: u32,
    /// Passes over that memory.
    pub passes: u8,
    /// How many counters are asked; several vary less than one.
    pub proofs: u8,
    /// Hashes that one counter costs on average.
    pub tries: u16,
}

/// A memory-hard proof that came with an otherwise right answer, still to be verified. Verifying costs up to `proofs` hashes of `kib` each, so it
/// belongs on the caller's hash pool.
#[derive(Clone, Debug)]
pub struct MemoryHard {
    memory: Memory,
    salt: [u8; 16],
    counters: Vec<u32>,
}

impl MemoryHard {
    pub(crate) fn of(memory: Memory, token: &str, field: &str) -> Option<Self> {
        let counters = parse_counters(field, memory.proofs)?;
        Some(Self { memory, salt: salt_of(token), counters })
    }

    /// Memory of one hash in KiB, for the caller's pool.
    pub fn kib(&self) -> u32 {
        self.memory.kib
    }

    /// Whether every counter proves its tries. Blocks for up to `proofs` hashes.
    pub fn verify(&self) -> bool {
        let Some(mut hash) = Hash::new(self.memory) else { return false };
        !self.counters.is_empty()
            && (0_u32..)
                .zip(&self.counters)
                .all(|(proof, counter)| hash.proves(&self.salt, proof, *counter) == Some(true))
    }
}

pub(crate) fn salt_of(token: &str) -> [u8; 16] {
    let digest = Sha256::new().chain_update(b"memory:").chain_update(token.as_bytes()).finalize();
    let mut salt = [0; 16];
    salt.copy_from_slice(&digest[..16]);
    salt
}

/// One hash with its memory kept between tries.
pub(crate) struct Hash {
    argon2: Argon2<'static>,
    blocks: Vec<Block>,
    limit: u64,
}

impl Hash {
    /// `None` when Argon2 does not accept the parameters.
    pub(crate) fn new(memory: Memory) -> Option<Self> {
        let params = Params::new(memory.kib, u32::from(memory.passes), 1, Some(32)).ok()?;
        let blocks = vec![Block::new(); params.block_count()];
        let limit = (1_u64 << 32) / u64::from(memory.tries.max(1));
        Some(Self { argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params), blocks, limit })
    }

    pub(crate) fn proves(&mut self, salt: &[u8; 16], proof: u32, counter: u32) -> Option<bool> {
        let mut password = [0_u8; 8];
        password[..4].copy_from_slice(&proof.to_be_bytes());
        password[4..].copy_from_slice(&counter.to_be_bytes());
        let mut out = [0_u8; 32];
        self.argon2
            .hash_password_into_with_memory(&password, salt, &mut out, self.blocks.as_mut_slice())
            .ok()?;
        Some(u64::from(u32::from_be_bytes([out[0], out[1], out[2], out[3]])) < self.limit)
    }
}
