//! The Merkle tree over the audit log (entry rules 9): hashing, proofs and their verification after RFC 6962, 2.1.
//!
//! Deliberately absent: storage. Whoever stores the tree gives hashes of complete subtrees by (level, index); a
//! subtree of level `l` and index `i` covers the leaves `i << l` to `(i + 1) << l`.

use sha2::{Digest, Sha256};

/// A SHA-256 hash of a leaf or of a subtree.
pub type Hash = [u8; 32];

/// The hash of a tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The hash of one entry. The prefix keeps a leaf from passing for a node (RFC 6962, 2.1).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

/// The hash of two subtrees beside each other.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The right edge of a tree: all that is needed to append, 32 bytes for each set bit of its size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Roots of the complete subtrees, from the largest to the smallest.
    peaks: Vec<Hash>,
}

/// A complete subtree that an append finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subtree {
    /// Zero for a leaf.
    pub level: u32,
    /// Position among the subtrees of its level.
    pub index: u64,
    /// Its root.
    pub hash: Hash,
}

impl Frontier {
    /// A tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// The frontier of `size` leaves, from its stored peaks, largest first. `None` when their number does not fit.
    pub fn restore(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// Leaves so far.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the complete subtrees, from the largest to the smallest.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Appends a leaf and hands every subtree that it completes to `completed`, the leaf itself first.
    pub fn append(&mut self, leaf: Hash, mut completed: impl FnMut(Subtree)) {
        let (mut hash, mut index) = (leaf, self.size);
        completed(Subtree { level: 0, index, hash });
        for level in 0..self.size.trailing_ones() {
            let Some(left) = self.peaks.pop() else { break };
            hash = node_hash(&left, &hash);
            index >>= 1;
            completed(Subtree { level: level + 1, index, hash });
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root hash of the whole tree.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(smallest) = peaks.next() else { return empty_root() };
        peaks.fold(*smallest, |right, left| node_hash(left, &right))
    }
}

/// A part of the tree that a proof names: leaves `begin` to `end`.
#[derive(Debug, Clone, Copy)]
struct Span {
    begin: u64,
    end: u64,
}

impl Span {
    const fn size(self) -> u64 {
        self.end - self.begin
    }

    /// The two halves: the left one is the largest complete subtree smaller than the whole.
    const fn halves(self) -> (Self, Self) {
        let left = 1_u64 << (63 - (self.size() - 1).leading_zeros());
        let middle = self.begin + left;
        (Self { begin: self.begin, end: middle }, Self { begin: middle, end: self.end })
    }

    /// The root of this part, from complete subtrees.
    fn root<E>(self, fetch: &mut impl FnMut(u32, u64) -> Result<Hash, E>) -> Result<Hash, E> {
        if self.size().is_power_of_two() {
            let level = self.size().trailing_zeros();
            return fetch(level, self.begin >> level);
        }
        let (left, right) = self.halves();
        Ok(node_hash(&left.root(fetch)?, &right.root(fetch)?))
    }
}

/// The audit path of leaf `index` in the tree of `size` leaves (RFC 6962, 2.1.1). `None` when there is no such leaf.
///
/// # Errors
/// Whatever `fetch` fails with.
pub fn inclusion_proof<E>(
    index: u64,
    size: u64,
    mut fetch: impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Option<Vec<Hash>>, E> {
    if index >= size {
        return Ok(None);
    }
    let (mut path, mut span) = (Vec::new(), Span { begin: 0, end: size });
    while span.size() > 1 {
        let (left, right) = span.halves();
        let (next, sibling) = if index < left.end { (left, right) } else { (right, left) };
        path.push(sibling.root(&mut fetch)?);
        span = next;
    }
    path.reverse();
    Ok(Some(path))
}

/// Whether `path` proves that `leaf` stands at `index` in the tree of `size` leaves with this root.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// The proof that the tree of `new_size` leaves begins with the tree of `old_size` (RFC 6962, 2.1.2). `None` when the
/// sizes are the wrong way round or the older tree is empty, of which there is nothing to prove.
///
/// # Errors
/// Whatever `fetch` fails with.
pub fn consistency_proof<E>(
    old_size: u64,
    new_size: u64,
    mut fetch: impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Option<Vec<Hash>>, E> {
    if old_size == 0 || old_size > new_size {
        return Ok(None);
    }
    let (mut path, mut span) = (Vec::new(), Span { begin: 0, end: new_size });
    // Whether the part of the old tree within `span` is the old tree whole, whose root the verifier has already.
    let mut is_old_tree = true;
    while span.end != old_size {
        let (left, right) = span.halves();
        if old_size <= left.end {
            path.push(right.root(&mut fetch)?);
            span = left;
        } else {
            path.push(left.root(&mut fetch)?);
            span = right;
            is_old_tree = false;
        }
    }
    if !is_old_tree {
        path.push(span.root(&mut fetch)?);
    }
    path.reverse();
    Ok(Some(path))
}

/// Whether `path` proves that the newer tree begins with the older one.
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    path: &[Hash],
) -> bool {
    if old_size == 0 || old_size > new_size {
        return false;
    }
    if old_size == new_size {
        return path.is_empty() && old_root == new_root;
    }
    let (mut node, mut last) = (old_size - 1, new_size - 1);
    let complete_levels = node.trailing_ones();
    node >>= complete_levels;
    last >>= complete_levels;
    let mut path = path.iter();
    // A complete old tree is itself the first hash of the path.
    let seed = if node == 0 { Some(old_root) } else { path.next() };
    let Some(seed) = seed else { return false };
    let (mut old_hash, mut new_hash) = (*seed, *seed);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == *old_root && new_hash == *new_root
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    /// The entries and roots that implementations of Certificate Transparency share as their test data.
    const ENTRIES: [&str; 8] =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    struct Tree {
        frontier: Frontier,
        nodes: BTreeMap<(u32, u64), Hash>,
        roots: Vec<Hash>,
    }

    impl Tree {
        fn of(entries: impl IntoIterator<Item = Vec<u8>>) -> Self {
            let mut tree =
                Self { frontier: Frontier::new(), nodes: BTreeMap::new(), roots: vec![empty_root()] };
            for entry in entries {
                let nodes = &mut tree.nodes;
                tree.frontier.append(leaf_hash(&entry), |subtree| {
                    nodes.insert((subtree.level, subtree.index), subtree.hash);
                });
                tree.roots.push(tree.frontier.root());
            }
            tree
        }

        fn counted(size: u64) -> Self {
            Self::of((0..size).map(|entry| entry.to_be_bytes().to_vec()))
        }

        fn fetch(&self) -> impl FnMut(u32, u64) -> Result<Hash, Infallible> + '_ {
            |level, index| Ok(self.nodes[&(level, index)])
        }
    }

    /// The definition of RFC 6962, word by word.
    fn naive_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [leaf] => *leaf,
            _ => {
                let mut left = 1;
                while left * 2 < leaves.len() {
                    left *= 2;
                }
                node_hash(&naive_root(&leaves[..left]), &naive_root(&leaves[left..]))
            }
        }
    }

    #[test]
    fn roots_are_those_of_the_shared_test_data() {
        let tree = Tree::of(ENTRIES.map(|entry| HEXLOWER.decode(entry.as_bytes()).expect("hex")));
        for (size, root) in ROOTS.iter().enumerate() {
            assert_eq!(HEXLOWER.encode(&tree.roots[size + 1]), *root, "{} entries", size + 1);
        }
        assert_eq!(
            HEXLOWER.encode(&tree.roots[0]),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn every_leaf_of_every_small_tree_is_proved_and_no_other() {
        let tree = Tree::counted(33);
        for size in 1..=33_u64 {
            let root = tree.roots[usize::try_from(size).expect("small")];
            for index in 0..size {
                let path = inclusion_proof(index, size, tree.fetch()).expect("infallible").expect("a leaf");
                let leaf = tree.nodes[&(0, index)];
                assert!(verify_inclusion(&leaf, index, size, &path, &root), "{index} in {size}");
                for other in (0..size).filter(|other| *other != index) {
                    assert!(!verify_inclusion(&leaf, other, size, &path, &root));
                }
                assert!(!verify_inclusion(&leaf_hash(b"other"), index, size, &path, &root));
            }
            assert_eq!(inclusion_proof(size, size, tree.fetch()).expect("infallible"), None);
        }
    }

    #[test]
    fn every_small_tree_is_proved_to_begin_with_every_smaller_one() {
        let tree = Tree::counted(33);
        for new in 1..=33_usize {
            for old in 1..=new {
                let sizes = (old as u64, new as u64);
                let path =
                    consistency_proof(sizes.0, sizes.1, tree.fetch()).expect("infallible").expect("fits");
                let (old_root, new_root) = (&tree.roots[old], &tree.roots[new]);
                assert!(verify_consistency(sizes.0, old_root, sizes.1, new_root, &path), "{old} in {new}");
                if old != new {
                    let forked = leaf_hash(b"fork");
                    assert!(!verify_consistency(sizes.0, &forked, sizes.1, new_root, &path));
                    assert!(!verify_consistency(sizes.0, old_root, sizes.1, &forked, &path));
                    assert!(!verify_consistency(sizes.0, old_root, sizes.1 + 64, new_root, &path));
                }
            }
        }
    }

    #[test]
    fn a_frontier_is_restored_only_with_as_many_peaks_as_its_size_has_bits() {
        let tree = Tree::counted(13);
        let restored = Frontier::restore(13, tree.frontier.peaks().to_vec()).expect("fits");
        assert_eq!(restored.root(), tree.frontier.root());
        assert_eq!(Frontier::restore(12, tree.frontier.peaks().to_vec()), None);
    }

    proptest! {
        #[test]
        fn appending_one_by_one_gives_the_root_of_the_definition(size in 0_u64..200) {
            let leaves: Vec<Hash> = (0..size).map(|entry| leaf_hash(&entry.to_be_bytes())).collect();
            prop_assert_eq!(Tree::counted(size).frontier.root(), naive_root(&leaves));
        }

        #[test]
        fn any_flipped_bit_of_a_proof_is_noticed(
            size in 2_u64..200, at in any::<prop::sample::Index>(), hash in any::<prop::sample::Index>(), bit in 0_usize..256,
        ) {
            let tree = Tree::counted(size);
            let index = at.index(usize::try_from(size).expect("small")) as u64;
            let mut path = inclusion_proof(index, size, tree.fetch()).expect("infallible").expect("a leaf");
            let hash = hash.index(path.len());
            path[hash][bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!verify_inclusion(&tree.nodes[&(0, index)], index, size, &path, &tree.frontier.root()));
        }
    }
}
