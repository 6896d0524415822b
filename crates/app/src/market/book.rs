//! A book of one's own, kept from level changes.

use std::collections::BTreeMap;

use doorward_domain::market::order::Side;

/// Lots at each price, both sides, as of one level change.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Book {
    bids: BTreeMap<u32, i64>,
    asks: BTreeMap<u32, i64>,
    sequence: u64,
}

/// What a level change did to the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// It was the next one.
    Made,
    /// The book had it already.
    Known,
    /// Changes before it are missing: the book is good for nothing until it is taken anew.
    Gap,
}

impl Book {
    /// The book as it stood after a change: prices in ticks with their lots.
    pub(crate) fn of(sequence: u64, bids: &[(u32, i64)], asks: &[(u32, i64)]) -> Self {
        Self { bids: bids.iter().copied().collect(), asks: asks.iter().copied().collect(), sequence }
    }

    /// Takes a change over.
    pub(crate) fn change(&mut self, side: Side, ticks: u32, lots: i64, sequence: u64) -> Change {
        if sequence <= self.sequence {
            return Change::Known;
        }
        if sequence != self.sequence + 1 {
            return Change::Gap;
        }
        self.sequence = sequence;
        let levels = match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        };
        if lots == 0 {
            levels.remove(&ticks);
        } else {
            levels.insert(ticks, lots);
        }
        Change::Made
    }

    /// So many levels of a side, best first.
    pub(crate) fn best(&self, side: Side, at_most: usize) -> Vec<(u32, i64)> {
        let copy = |(ticks, lots): (&u32, &i64)| (*ticks, *lots);
        match side {
            Side::Buy => self.bids.iter().rev().take(at_most).map(copy).collect(),
            Side::Sell => self.asks.iter().take(at_most).map(copy).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_taken_once_and_in_their_order() {
        let mut book = Book::of(7, &[(100, 5), (99, 1)], &[(102, 2)]);
        assert_eq!(book.change(Side::Buy, 100, 9, 7), Change::Known, "the snapshot has it");
        assert_eq!(book.change(Side::Buy, 101, 3, 8), Change::Made);
        assert_eq!(book.change(Side::Sell, 102, 0, 9), Change::Made);
        assert_eq!(book.change(Side::Sell, 103, 4, 11), Change::Gap);
        assert_eq!(book.best(Side::Buy, 2), [(101, 3), (100, 5)]);
        assert_eq!(book.best(Side::Sell, 2), []);
    }
}
