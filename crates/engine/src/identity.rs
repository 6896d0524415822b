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
    /// Where to look: a power of two of buckets, or none.
    buckets: Vec<Bucket>,
}

/// Where one identity is.
#[derive(Debug, Clone, Copy)]
struct Slot {
    /// The identity's lowest bits; with them its home is known and nearly every other identity told apart.
    tag: u32,
    /// Its number plus one; zero when the slot is free.
    number: u32,
}

const FREE: Slot = Slot { tag: 0, number: 0 };
const SLOTS: usize = 7;

/// One line of the processor's cache, and all of it looked at: whether an identity is new is then a question with nearly
/// always the same answer, which the processor need not wait for.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Bucket {
    slots: [Slot; SLOTS],
    /// How many identities found this bucket full and went on to the next.
    passed: u32,
}

const EMPTY: Bucket = Bucket { slots: [FREE; SLOTS], passed: 0 };

impl Bucket {
    /// The slots of which this holds, as bits.
    #[inline]
    fn which(&self, holds: impl Fn(&Slot) -> bool) -> u32 {
        (0..).zip(&self.slots).fold(0, |bits, (at, slot)| bits | u32::from(holds(slot)) << at)
    }
}

const fn tag(id: CommandId) -> u32 {
    id.0.get() as u32
}

impl Identities {
    #[inline]
    fn home(&self, tag: u32) -> usize {
        tag as usize & (self.buckets.len() - 1)
    }

    #[inline]
    fn behind(&self, at: usize) -> usize {
        (at + 1) & (self.buckets.len() - 1)
    }

    #[inline]
    pub(crate) fn find(&self, id: CommandId) -> Option<&Kept> {
        if self.buckets.is_empty() {
            return None;
        }
        let mut at = self.home(tag(id));
        loop {
            let bucket = &self.buckets[at];
            let mut alike = bucket.which(|slot| (slot.tag == tag(id)) & (slot.number != 0));
            while alike != 0 {
                let slot = bucket.slots[alike.trailing_zeros() as usize];
                let kept = self.kept.get(slot.number.wrapping_sub(1).wrapping_sub(self.forgotten) as usize);
                if let Some(kept) = kept.filter(|kept| kept.id == id) {
                    return Some(kept);
                }
                alike &= alike - 1;
            }
            if bucket.passed == 0 {
                return None;
            }
            at = self.behind(at);
        }
    }

    /// Keeps the answer to an identity that is not there.
    #[inline]
    pub(crate) fn keep(&mut self, kept: Kept) {
        if self.kept.len() == MOST_KEPT {
            self.forget_oldest();
        }
        let buckets_needed = (self.kept.len() + 1) * 5 / (3 * SLOTS) + 1;
        if buckets_needed > self.buckets.len() {
            self.buckets = vec![EMPTY; buckets_needed.next_power_of_two()];
            self.renumber();
        }
        // Zero says that a slot is free; the number before it is left out by starting over.
        if self.forgotten.wrapping_add(self.kept.len() as u32) == u32::MAX {
            self.renumber();
        }
        self.put(tag(kept.id), self.forgotten.wrapping_add(self.kept.len() as u32) + 1);
        self.kept.push_back(kept);
    }

    #[inline]
    fn put(&mut self, tag: u32, number: u32) {
        let mut at = self.home(tag);
        loop {
            let bucket = &mut self.buckets[at];
            let free = bucket.which(|slot| slot.number == 0);
            if free != 0 {
                bucket.slots[free.trailing_zeros() as usize] = Slot { tag, number };
                return;
            }
            bucket.passed += 1;
            at = self.behind(at);
        }
    }

    /// Fills the buckets anew, with numbers from one on.
    #[cold]
    fn renumber(&mut self) {
        self.buckets.fill(EMPTY);
        self.forgotten = 0;
        for number in 0..self.kept.len() {
            self.put(tag(self.kept[number].id), number as u32 + 1);
        }
    }

    #[inline]
    pub(crate) fn forget(&mut self, now: Timestamp) {
        while self.kept.front().is_some_and(|oldest| oldest.at.plus(KEPT_FOR) <= now) {
            self.forget_oldest();
        }
    }

    #[inline]
    fn forget_oldest(&mut self) {
        let Some(oldest) = self.kept.pop_front() else { return };
        let number = self.forgotten.wrapping_add(1);
        let mut at = self.home(tag(oldest.id));
        loop {
            let bucket = &mut self.buckets[at];
            let here = bucket.which(|slot| slot.number == number);
            if here != 0 {
                bucket.slots[here.trailing_zeros() as usize] = FREE;
                break;
            }
            bucket.passed -= 1;
            at = self.behind(at);
        }
        self.forgotten = number;
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
