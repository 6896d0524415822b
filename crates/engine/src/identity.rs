//! What was answered to which command, so that a retry is harmless (market rules 2).

use std::collections::VecDeque;
use std::time::Duration;

use doorward_domain::market::bytes::Sink;
use doorward_domain::market::codec::write_command;
use doorward_domain::market::command::{Command, CommandId};
use doorward_domain::market::event::Answer;
use doorward_domain::time::Timestamp;

/// Answers kept at most.
pub(crate) const MOST_KEPT: usize = 1 << 20;
/// How long an answer is kept.
const KEPT_FOR: Duration = Duration::from_secs(10 * 60);

#[derive(Debug, Clone, Copy)]
pub(crate) struct Kept {
    pub(crate) id: CommandId,
    pub(crate) fingerprint: u64,
    pub(crate) answer: Answer,
    pub(crate) at: Timestamp,
}

/// The answers of late, oldest first.
#[derive(Default)]
pub(crate) struct Identities {
    kept: VecDeque<Kept>,
    /// How many were forgotten: the number of the oldest one kept. Numbers go round; there are never 2^32 of them.
    forgotten: u32,
    /// Where to look: numbers, each as near behind its home as possible, in a power of two of slots or none.
    slots: Vec<Slot>,
}

/// Small, since one is looked at for every command, wherever it is.
#[derive(Debug, Clone, Copy)]
struct Slot {
    /// The identity's lowest bits; with them its home is known and nearly every other identity told apart.
    tag: u32,
    /// Its number plus one; zero when the slot is free.
    number: u32,
}

const FREE: Slot = Slot { tag: 0, number: 0 };

const fn tag(id: CommandId) -> u32 {
    id.0.get() as u32
}

impl Identities {
    #[inline]
    fn behind(&self, at: usize) -> usize {
        (at + 1) & (self.slots.len() - 1)
    }

    #[inline]
    fn home(&self, tag: u32) -> usize {
        tag as usize & (self.slots.len() - 1)
    }

    #[inline]
    fn of(&self, slot: Slot) -> Option<&Kept> {
        self.kept.get(slot.number.wrapping_sub(1).wrapping_sub(self.forgotten) as usize)
    }

    /// Where the identity is, or the free slot where it would be.
    #[inline]
    fn seek(&self, id: CommandId) -> usize {
        let mut at = self.home(tag(id));
        loop {
            let slot = self.slots[at];
            if slot.number == 0 || slot.tag == tag(id) && self.of(slot).is_some_and(|kept| kept.id == id) {
                return at;
            }
            at = self.behind(at);
        }
    }

    #[inline]
    pub(crate) fn find(&self, id: CommandId) -> Option<&Kept> {
        if self.slots.is_empty() {
            return None;
        }
        let slot = self.slots[self.seek(id)];
        if slot.number == 0 { None } else { self.of(slot) }
    }

    /// Keeps the answer to an identity that is not there.
    #[inline]
    pub(crate) fn keep(&mut self, kept: Kept) {
        if self.kept.len() == MOST_KEPT {
            self.forget_oldest();
        }
        if (self.kept.len() + 1) * 3 > self.slots.len() * 2 {
            self.grow();
        }
        let number = self.forgotten.wrapping_add(self.kept.len() as u32);
        // Zero says that a slot is free; the number before it is left out by starting over.
        if number == u32::MAX {
            self.renumber();
        }
        let number = self.forgotten.wrapping_add(self.kept.len() as u32);
        let at = self.seek(kept.id);
        self.slots[at] = Slot { tag: tag(kept.id), number: number + 1 };
        self.kept.push_back(kept);
    }

    #[cold]
    fn grow(&mut self) {
        self.slots = vec![FREE; (self.slots.len() * 2).max(16)];
        self.renumber();
    }

    /// Fills the slots anew, with numbers from one on.
    #[cold]
    fn renumber(&mut self) {
        self.slots.fill(FREE);
        self.forgotten = 0;
        for number in 0..self.kept.len() {
            let tag = tag(self.kept[number].id);
            let mut at = self.home(tag);
            while self.slots[at].number != 0 {
                at = self.behind(at);
            }
            self.slots[at] = Slot { tag, number: number as u32 + 1 };
        }
    }

    #[inline]
    pub(crate) fn forget(&mut self, now: Timestamp) {
        while self.kept.front().is_some_and(|oldest| oldest.at.plus(KEPT_FOR) <= now) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some(oldest) = self.kept.front() else { return };
        let mut hole = self.seek(oldest.id);
        // Whoever stands behind the hole and may stand in it moves up, so that no search ends too early.
        let mask = self.slots.len() - 1;
        let mut at = self.behind(hole);
        while self.slots[at].number != 0 {
            let home = self.home(self.slots[at].tag);
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(hole) & mask) {
                self.slots[hole] = self.slots[at];
                hole = at;
            }
            at = self.behind(at);
        }
        self.slots[hole] = FREE;
        self.kept.pop_front();
        self.forgotten = self.forgotten.wrapping_add(1);
    }

    /// Oldest first.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &Kept> {
        self.kept.iter()
    }
}

/// Tells two commands apart, the same way in every release, since it is part of the state. Not against somebody who wants
/// two commands to look alike: the identity is the house's own.
#[inline]
pub(crate) fn fingerprint(command: &Command) -> u64 {
    let mut folded = Folded(0);
    write_command(command, &mut folded);
    folded.0 ^ folded.0 >> 32
}

struct Folded(u64);

impl Folded {
    #[inline]
    fn fold(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(23) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Sink for Folded {
    fn put(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.fold(u64::from(*byte));
        }
    }

    #[inline]
    fn put_u8(&mut self, number: u8) {
        self.fold(u64::from(number));
    }

    #[inline]
    fn put_u16(&mut self, number: u16) {
        self.fold(u64::from(number));
    }

    #[inline]
    fn put_u32(&mut self, number: u32) {
        self.fold(u64::from(number));
    }

    #[inline]
    fn put_u64(&mut self, number: u64) {
        self.fold(number);
    }

    #[inline]
    fn put_i64(&mut self, number: i64) {
        self.fold(number as u64);
    }

    #[inline]
    fn put_u128(&mut self, number: u128) {
        self.fold(number as u64);
        self.fold((number >> 64) as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::num::NonZeroU128;

    proptest! {
        // Few homes, so that identities crowd; numbers from just below their end, so that they start over.
        #[test]
        fn what_was_kept_is_found_until_it_is_forgotten(
            below in 0_u32..40,
            steps in prop::collection::vec((1_u128..60, 0_i64..400), 0..200),
        ) {
            let mut identities = Identities { forgotten: u32::MAX - below, ..Identities::default() };
            let (mut kept, mut at) = (Vec::<Kept>::new(), 0);
            for (id, seconds) in steps {
                at += seconds / 100;
                let now = Timestamp::from_seconds(at * 100);
                identities.forget(now);
                kept.retain(|kept| kept.at.plus(KEPT_FOR) > now);
                let id = CommandId(NonZeroU128::new(id << 70 | id & 3 | 4).expect("not zero"));
                if identities.find(id).is_none() {
                    let new = Kept { id, fingerprint: seconds as u64, answer: Answer::Done, at: now };
                    identities.keep(new);
                    kept.push(new);
                }
                prop_assert_eq!(identities.iter().len(), kept.len());
                for kept in &kept {
                    let found = identities.find(kept.id).map(|found| found.at);
                    prop_assert_eq!(found, Some(kept.at));
                }
            }
        }
    }
}
