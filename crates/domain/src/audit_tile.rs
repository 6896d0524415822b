//! How the tree is kept: tiles of 256 hashes. The tiles of level 0 hold the hashes of the leaves, those of level 1 the
//! roots of whole tiles of level 0, and so on, after the C2SP document *tlog-tiles*. A proof needs few of them, and an
//! append rewrites only the last one of each level.

use std::collections::BTreeMap;

use crate::merkle::{self, Frontier, Hash, node_hash};

/// Hashes in a whole tile.
pub const TILE_HASHES: u64 = 256;
const TILE_LEVELS: u32 = 8;
const HASH_BYTES: usize = 32;

/// Which tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TileKey {
    /// 0 for leaves.
    pub level: u32,
    /// Position among the tiles of its level.
    pub number: u64,
}

/// The hashes of stored bytes; `None` when they are not whole.
pub fn hashes_of(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
    rest.is_empty().then(|| hashes.to_vec())
}

/// The root over hashes whose number is a power of two.
fn complete_root(hashes: &[Hash]) -> Hash {
    match hashes {
        [hash] => *hash,
        [] => merkle::empty_root(),
        _ => {
            let (left, right) = hashes.split_at(hashes.len() / 2);
            node_hash(&complete_root(left), &complete_root(right))
        }
    }
}

/// The last tile of each level: all that an append needs to know.
#[derive(Debug, Clone, Default)]
pub struct TileEdge {
    size: u64,
    /// By level; each begins at a multiple of 256 and is not whole.
    last: Vec<Vec<Hash>>,
    /// Tiles that appends have touched.
    changed: BTreeMap<TileKey, Vec<Hash>>,
}

impl TileEdge {
    /// The tiles that stand at the edge of a tree of this size and are not whole.
    pub fn keys(size: u64) -> Vec<TileKey> {
        let mut keys = Vec::new();
        let (mut level, mut hashes) = (0, size);
        while hashes > 0 {
            if hashes % TILE_HASHES > 0 {
                keys.push(TileKey { level, number: hashes / TILE_HASHES });
            }
            hashes /= TILE_HASHES;
            level += 1;
        }
        keys
    }

    /// The edge of a tree of this size, from the tiles that [`TileEdge::keys`] names. `None` when one is missing or
    /// holds less than it must; what it holds beyond that is of a later size and is left out.
    pub fn restore(size: u64, mut tiles: BTreeMap<TileKey, Vec<Hash>>) -> Option<Self> {
        let mut last = Vec::new();
        let (mut level, mut hashes) = (0, size);
        while hashes > 0 {
            let held = usize::try_from(hashes % TILE_HASHES).ok()?;
            let mut tile = match held {
                0 => Vec::new(),
                _ => tiles.remove(&TileKey { level, number: hashes / TILE_HASHES })?,
            };
            if tile.len() < held {
                return None;
            }
            tile.truncate(held);
            last.push(tile);
            hashes /= TILE_HASHES;
            level += 1;
        }
        Some(Self { size, last, changed: BTreeMap::new() })
    }

    /// Leaves so far.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends the hash of a leaf.
    pub fn append(&mut self, leaf: Hash) {
        let (mut hash, mut index) = (leaf, self.size);
        for level in 0_u32.. {
            let at = usize::try_from(level).unwrap_or(usize::MAX);
            if self.last.len() <= at {
                self.last.push(Vec::new());
            }
            let tile = &mut self.last[at];
            tile.push(hash);
            let key = TileKey { level, number: index / TILE_HASHES };
            if (tile.len() as u64) < TILE_HASHES {
                break;
            }
            hash = complete_root(tile);
            self.changed.insert(key, std::mem::take(tile));
            index /= TILE_HASHES;
        }
        self.size += 1;
    }

    /// Every tile that changed since it was restored, as bytes to store.
    pub fn changed(mut self) -> Vec<(TileKey, Vec<u8>)> {
        for key in Self::keys(self.size) {
            let at = usize::try_from(key.level).unwrap_or(usize::MAX);
            if let Some(tile) = self.last.get_mut(at) {
                self.changed.insert(key, std::mem::take(tile));
            }
        }
        self.changed.into_iter().map(|(key, hashes)| (key, hashes.concat())).collect()
    }
}

/// Tiles at hand. What is missing is named, read by whoever can, and asked again.
#[derive(Debug, Default)]
pub struct Tiles(BTreeMap<TileKey, Vec<Hash>>);

impl Tiles {
    /// Tiles at once.
    pub fn insert(&mut self, key: TileKey, hashes: Vec<Hash>) {
        self.0.insert(key, hashes);
    }

    /// All that are at hand.
    pub fn into_tiles(self) -> BTreeMap<TileKey, Vec<Hash>> {
        self.0
    }

    /// How many are at hand.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The root of a complete subtree.
    ///
    /// # Errors
    /// The tile that holds it, when it is not at hand or too short.
    pub fn subtree(&self, level: u32, index: u64) -> Result<Hash, TileKey> {
        let within = level % TILE_LEVELS;
        let first = index << within;
        let key = TileKey { level: level / TILE_LEVELS, number: first / TILE_HASHES };
        let begin = usize::try_from(first % TILE_HASHES).unwrap_or(usize::MAX);
        let tile = self.0.get(&key).and_then(|tile| tile.get(begin..begin + (1 << within)));
        tile.map(complete_root).ok_or(key)
    }

    /// The root of the tree of the first `size` leaves.
    ///
    /// # Errors
    /// A tile that is not at hand.
    pub fn root(&self, size: u64) -> Result<Hash, TileKey> {
        let mut peaks = Vec::new();
        let mut begin = 0_u64;
        for level in (0..u64::BITS).rev().filter(|level| size >> level & 1 == 1) {
            peaks.push(self.subtree(level, begin >> level)?);
            begin += 1 << level;
        }
        Ok(Frontier::restore(size, peaks).map_or_else(merkle::empty_root, |frontier| frontier.root()))
    }
}

/// The root of a tree of whole tiles of leaves and a rest that is none.
pub fn root_of(tiles: &[Hash], rest: &[Hash]) -> Hash {
    let mut peaks = Vec::new();
    for hashes in [tiles, rest] {
        let mut frontier = Frontier::new();
        hashes.iter().for_each(|hash| frontier.append(*hash, |_| {}));
        peaks.extend_from_slice(frontier.peaks());
    }
    let size = tiles.len() as u64 * TILE_HASHES + rest.len() as u64;
    Frontier::restore(size, peaks).map_or_else(merkle::empty_root, |frontier| frontier.root())
}

/// The root of a whole tile of leaves.
pub fn tile_root(leaves: &[Hash]) -> Hash {
    complete_root(leaves)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::{
        consistency_proof, inclusion_proof, leaf_hash, verify_consistency, verify_inclusion,
    };
    use proptest::prelude::*;

    fn leaves(size: u64) -> Vec<Hash> {
        (0..size).map(|number| leaf_hash(&number.to_be_bytes())).collect()
    }

    /// Appends in two parts, with the edge restored between them from what was stored.
    fn stored(first: u64, second: u64) -> Tiles {
        let all = leaves(first + second);
        let mut kept: BTreeMap<TileKey, Vec<Hash>> = BTreeMap::new();
        for (from, to) in [(0, first), (first, first + second)] {
            let tiles = TileEdge::keys(from).iter().map(|key| (*key, kept[key].clone())).collect();
            let mut edge = TileEdge::restore(from, tiles).expect("whole");
            (from..to).for_each(|at| edge.append(all[usize::try_from(at).expect("small")]));
            for (key, bytes) in edge.changed() {
                kept.insert(key, hashes_of(&bytes).expect("whole"));
            }
        }
        Tiles(kept)
    }

    fn root(size: u64) -> Hash {
        let mut frontier = Frontier::new();
        leaves(size).into_iter().for_each(|leaf| frontier.append(leaf, |_| {}));
        frontier.root()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn roots_and_proofs_from_tiles_are_those_of_the_tree(
            first in 1_u64..900, second in 1_u64..900, at in any::<prop::sample::Index>(), old in any::<prop::sample::Index>(),
        ) {
            let (size, tiles) = (first + second, stored(first, second));
            prop_assert_eq!(tiles.root(size), Ok(root(size)));
            prop_assert_eq!(tiles.root(first), Ok(root(first)));
            let all = leaves(size);
            let whole = usize::try_from(size / TILE_HASHES).expect("small");
            let roots: Vec<Hash> = all.chunks_exact(256).map(tile_root).collect();
            prop_assert_eq!(root_of(&roots, &all[whole * 256..]), root(size));
            let index = at.index(all.len());
            let path = inclusion_proof(index as u64, size, |level, index| tiles.subtree(level, index));
            let path = path.expect("at hand").expect("a leaf");
            prop_assert!(verify_inclusion(&all[index], index as u64, size, &path, &root(size)));
            let old = old.index(all.len()) as u64 + 1;
            let path = consistency_proof(old, size, |level, index| tiles.subtree(level, index));
            let path = path.expect("at hand").expect("fits");
            prop_assert!(verify_consistency(old, &root(old), size, &root(size), &path));
        }
    }

    #[test]
    fn a_missing_tile_is_named() {
        let tiles = Tiles::default();
        assert_eq!(tiles.subtree(3, 40), Err(TileKey { level: 0, number: 1 }));
        assert_eq!(tiles.subtree(9, 3), Err(TileKey { level: 1, number: 0 }));
        assert_eq!(tiles.root(0), Ok(merkle::empty_root()));
        assert!(TileEdge::restore(5, BTreeMap::new()).is_none());
    }
}
