//! Proofs that an entry stands in the log, and that a longer log begins with a shorter one.

use doorward_domain::audit_leaf::Leaf;
use doorward_domain::audit_tile::Tiles;
use doorward_domain::merkle::{self, Hash};
use doorward_store::Db;
use doorward_store::audit::{ProvableEntry, find_provable};
use doorward_store::audit_tree::{find_tree, from_tiles};

use crate::failure::{Failure, Fault};

/// Why there is no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofRefused {
    /// No entry has this number.
    #[error("no entry has this number")]
    NoEntry,
    /// The entry was written a moment ago and has no place yet.
    #[error("the entry has no place in the tree yet: the server gives it one within a second")]
    NoPlaceYet,
    /// The tree never had this size, or not before the entry.
    #[error("the entry is not among so many, or the log has fewer")]
    Size,
    /// Sizes the wrong way round, or nothing to prove.
    #[error("give an older size from 1 on and a newer one that the log has reached")]
    Sizes,
}

/// The proof that an entry stands at its place.
#[derive(Debug, Clone)]
pub struct InclusionProof {
    /// The entry.
    pub entry: ProvableEntry,
    /// Its place.
    pub leaf: u64,
    /// Entries of the tree that this is proved of.
    pub size: u64,
    /// Its root.
    pub root: Hash,
    /// The audit path, from the leaf up.
    pub path: Vec<Hash>,
}

/// The proof that a tree begins with a smaller one.
#[derive(Debug, Clone)]
pub struct ConsistencyProof {
    /// Entries of the smaller one.
    pub old_size: u64,
    /// Its root.
    pub old_root: Hash,
    /// Entries of the larger one.
    pub new_size: u64,
    /// Its root.
    pub new_root: Hash,
    /// The proof.
    pub path: Vec<Hash>,
}

/// The hash of an entry as its row says it; `None` when nothing binds it.
pub fn leaf_hash_of(entry: &ProvableEntry) -> Option<Hash> {
    let commitment = entry.commitment.as_ref()?;
    let stated = entry.stated.as_deref().unwrap_or_default();
    Some(Leaf { seq: entry.seq, at: entry.at, kind: &entry.kind, stated, commitment }.hash())
}

async fn reached(db: &Db) -> Result<u64, Fault> {
    Ok(find_tree(db).await?.size.unsigned_abs())
}

/// Proves the entry with this number in the tree of `size` entries, or of all when none is given.
///
/// # Errors
/// Refused when there is no such entry, or not within that size.
pub async fn prove_entry(
    db: &Db,
    seq: i64,
    size: Option<u64>,
) -> Result<InclusionProof, Failure<ProofRefused>> {
    let reached = reached(db).await?;
    let entry = find_provable(db, seq).await?.ok_or(Failure::Refused(ProofRefused::NoEntry))?;
    let size = size.unwrap_or(reached);
    if size > reached {
        return Err(Failure::Refused(ProofRefused::Size));
    }
    prove_placed(db, &mut Tiles::default(), entry, size).await
}

/// The same of an entry that was read, with tiles that are used again.
pub(crate) async fn prove_placed(
    db: &Db,
    tiles: &mut Tiles,
    entry: ProvableEntry,
    size: u64,
) -> Result<InclusionProof, Failure<ProofRefused>> {
    let leaf = entry.leaf.ok_or(Failure::Refused(ProofRefused::NoPlaceYet))?.unsigned_abs();
    let work = |tiles: &Tiles| {
        let path = merkle::inclusion_proof(leaf, size, |level, index| tiles.subtree(level, index))?;
        path.map(|path| Ok((path, tiles.root(size)?))).transpose()
    };
    let (path, root) = from_tiles(db, tiles, work).await?.ok_or(Failure::Refused(ProofRefused::Size))?;
    Ok(InclusionProof { entry, leaf, size, root, path })
}

/// Proves that the log at the newer size (all of it when none is given) begins with the log at the older one.
///
/// # Errors
/// Refused when the sizes are the wrong way round or not reached.
pub async fn prove_consistency(
    db: &Db,
    old_size: u64,
    new_size: Option<u64>,
) -> Result<ConsistencyProof, Failure<ProofRefused>> {
    let reached = reached(db).await?;
    let new_size = new_size.unwrap_or(reached);
    if new_size > reached {
        return Err(Failure::Refused(ProofRefused::Sizes));
    }
    let work = |tiles: &Tiles| {
        let path = merkle::consistency_proof(old_size, new_size, |level, index| tiles.subtree(level, index))?;
        path.map(|path| Ok((path, tiles.root(old_size)?, tiles.root(new_size)?))).transpose()
    };
    let proved = from_tiles(db, &mut Tiles::default(), work).await?;
    let (path, old_root, new_root) = proved.ok_or(Failure::Refused(ProofRefused::Sizes))?;
    Ok(ConsistencyProof { old_size, old_root, new_size, new_root, path })
}
