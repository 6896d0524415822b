//! What was answered to which command, so that a retry is harmless (market rules 2).

use std::collections::VecDeque;
use std::time::Duration;

use doorward_domain::market::bytes::Sink;
use doorward_domain::market::codec::write_command;
use doorward_domain::market::command::{Command, CommandId};
use doorward_domain::market::event::Answer;
use doorward_domain::time::Timestamp;

use crate::table::Table;

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
    /// How many were forgotten: the number of the oldest one kept.
    forgotten: u64,
    /// From identity to number.
    numbers: Table,
}

impl Identities {
    #[inline]
    pub(crate) fn find(&self, id: CommandId) -> Option<&Kept> {
        let number = self.numbers.get(id.0.get())?;
        self.kept.get((number - self.forgotten) as usize)
    }

    #[inline]
    pub(crate) fn keep(&mut self, kept: Kept) {
        if self.kept.len() == MOST_KEPT {
            self.forget_oldest();
        }
        self.numbers.insert(kept.id.0.get(), self.forgotten + self.kept.len() as u64);
        self.kept.push_back(kept);
    }

    #[inline]
    pub(crate) fn forget(&mut self, now: Timestamp) {
        while self.kept.front().is_some_and(|oldest| oldest.at.plus(KEPT_FOR) <= now) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some(oldest) = self.kept.pop_front() {
            self.numbers.remove(oldest.id.0.get());
            self.forgotten += 1;
        }
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
