//! A map from ids that are hashes already to numbers. The same inserts and removes give the same table everywhere.

#[derive(Debug, Clone, Copy)]
struct Slot {
    /// The id in two halves; both zero when the slot is free.
    key: [u64; 2],
    value: u64,
}

const FREE: Slot = Slot { key: [0, 0], value: 0 };

const fn halves(key: u128) -> [u64; 2] {
    [key as u64, (key >> 64) as u64]
}

/// Open addressing, each id as near behind its home as possible. Never walked: its order is nobody's business.
#[derive(Default)]
pub(crate) struct Table {
    /// A power of two of them, or none.
    slots: Vec<Slot>,
    len: usize,
}

impl Table {
    #[inline]
    fn home(&self, key: [u64; 2]) -> usize {
        key[0] as usize & (self.slots.len() - 1)
    }

    #[inline]
    fn behind(&self, at: usize) -> usize {
        (at + 1) & (self.slots.len() - 1)
    }

    /// Where the id is, or the free slot where it would be; there is one, since the table is never full.
    #[inline]
    fn seek(&self, key: [u64; 2]) -> usize {
        let mut at = self.home(key);
        while self.slots[at].key != key && self.slots[at].key != FREE.key {
            at = self.behind(at);
        }
        at
    }

    #[inline]
    pub(crate) fn get(&self, key: u128) -> Option<u64> {
        if self.slots.is_empty() {
            return None;
        }
        let slot = &self.slots[self.seek(halves(key))];
        (slot.key != FREE.key).then_some(slot.value)
    }

    /// Puts a value under an id that is not zero, in place of the one that may be there.
    #[inline]
    pub(crate) fn insert(&mut self, key: u128, value: u64) {
        if (self.len + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        let key = halves(key);
        let at = self.seek(key);
        self.len += usize::from(self.slots[at].key == FREE.key);
        self.slots[at] = Slot { key, value };
    }

    #[cold]
    fn grow(&mut self) {
        let wider = vec![FREE; (self.slots.len() * 2).max(16)];
        let slots = std::mem::replace(&mut self.slots, wider);
        for slot in slots.into_iter().filter(|slot| slot.key != FREE.key) {
            let at = self.seek(slot.key);
            self.slots[at] = slot;
        }
    }

    pub(crate) fn remove(&mut self, key: u128) {
        if self.slots.is_empty() {
            return;
        }
        let mut hole = self.seek(halves(key));
        if self.slots[hole].key == FREE.key {
            return;
        }
        self.len -= 1;
        // Whoever stands behind the hole and may stand in it moves up, so that no search ends too early.
        let mut at = self.behind(hole);
        while self.slots[at].key != FREE.key {
            let home = self.home(self.slots[at].key);
            let mask = self.slots.len() - 1;
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(hole) & mask) {
                self.slots[hole] = self.slots[at];
                hole = at;
            }
            at = self.behind(at);
        }
        self.slots[hole] = FREE;
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        // Few homes, so that ids crowd and wrap around the end.
        #[test]
        fn it_is_a_map(changes in prop::collection::vec((1_u128..40, any::<Option<u64>>()), 0..300)) {
            let (mut table, mut map) = (Table::default(), BTreeMap::new());
            for (key, value) in changes {
                let key = key << 62 | 13;
                match value {
                    Some(value) => {
                        table.insert(key, value);
                        map.insert(key, value);
                    }
                    None => {
                        table.remove(key);
                        map.remove(&key);
                    }
                }
                prop_assert_eq!(table.len(), map.len());
                for key in (1_u128..40).map(|key| key << 62 | 13) {
                    prop_assert_eq!(table.get(key), map.get(&key).copied());
                }
            }
        }
    }
}
