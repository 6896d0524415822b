//! A set of small numbers in which the nearest member on either side is found in a few steps.

/// Members 0 to 65,535, in words of 64 with one summary above them.
pub(crate) struct Bits {
    words: Box<[u64; Bits::WORDS]>,
    summary: [u64; Bits::WORDS / 64],
}

impl Bits {
    const WORDS: usize = 1024;
    /// Numbers that may be members.
    pub(crate) const LEN: usize = Self::WORDS * 64;

    pub(crate) fn new() -> Self {
        Self { words: Box::new([0; Self::WORDS]), summary: [0; Self::WORDS / 64] }
    }

    #[inline]
    pub(crate) fn insert(&mut self, at: usize) {
        let word = at >> 6;
        self.words[word] |= 1 << (at & 63);
        self.summary[word >> 6] |= 1 << (word & 63);
    }

    #[inline]
    pub(crate) fn remove(&mut self, at: usize) {
        let word = at >> 6;
        self.words[word] &= !(1 << (at & 63));
        if self.words[word] == 0 {
            self.summary[word >> 6] &= !(1 << (word & 63));
        }
    }

    /// The smallest member from `at` on.
    #[inline]
    pub(crate) fn from(&self, at: usize) -> Option<usize> {
        if at >= Self::LEN {
            return None;
        }
        let word = at >> 6;
        let here = self.words[word] & (u64::MAX << (at & 63));
        if here != 0 {
            return Some((word << 6) + here.trailing_zeros() as usize);
        }
        let next = word + 1;
        let mut group = next >> 6;
        let mut mask = u64::MAX << (next & 63);
        while group < self.summary.len() {
            let groups = self.summary[group] & mask;
            if groups != 0 {
                let word = (group << 6) + groups.trailing_zeros() as usize;
                return Some((word << 6) + self.words[word].trailing_zeros() as usize);
            }
            group += 1;
            mask = u64::MAX;
        }
        None
    }

    /// The largest member up to `at`.
    #[inline]
    pub(crate) fn up_to(&self, at: usize) -> Option<usize> {
        let at = at.min(Self::LEN - 1);
        let word = at >> 6;
        let here = self.words[word] & (u64::MAX >> (63 - (at & 63)));
        if here != 0 {
            return Some((word << 6) + 63 - here.leading_zeros() as usize);
        }
        let previous = word.checked_sub(1)?;
        let mut group = previous >> 6;
        let mut mask = u64::MAX >> (63 - (previous & 63));
        loop {
            let groups = self.summary[group] & mask;
            if groups != 0 {
                let word = (group << 6) + 63 - groups.leading_zeros() as usize;
                return Some((word << 6) + 63 - self.words[word].leading_zeros() as usize);
            }
            group = group.checked_sub(1)?;
            mask = u64::MAX;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn neighbours_are_those_of_an_ordered_set(
            changes in prop::collection::vec((0_usize..Bits::LEN, any::<bool>()), 0..200),
            asked in prop::collection::vec(0_usize..Bits::LEN, 1..50),
        ) {
            let (mut bits, mut set) = (Bits::new(), BTreeSet::new());
            for (at, inserts) in changes {
                if inserts {
                    bits.insert(at);
                    set.insert(at);
                } else {
                    bits.remove(at);
                    set.remove(&at);
                }
            }
            for at in asked.into_iter().chain([0, Bits::LEN - 1]) {
                prop_assert_eq!(bits.from(at), set.range(at..).next().copied());
                prop_assert_eq!(bits.up_to(at), set.range(..=at).next_back().copied());
            }
        }
    }
}
