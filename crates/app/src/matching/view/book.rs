//! The levels of each market's book, for whoever begins to follow it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use doorward_domain::market::instrument::MarketId;
use doorward_domain::market::order::Side;

/// A book at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    /// Number of the last level change that is in it: whoever follows goes on with the next.
    pub sequence: u64,
    /// Price in ticks and lots of those who buy, the best price first.
    pub bids: Vec<(u32, i64)>,
    /// The same of those who sell.
    pub asks: Vec<(u32, i64)>,
}

#[derive(Default)]
struct Levels {
    sequence: u64,
    bids: BTreeMap<u32, i64>,
    asks: BTreeMap<u32, i64>,
}

#[derive(Default)]
pub(super) struct Books(RwLock<Vec<Mutex<Levels>>>);

fn lock(levels: &Mutex<Levels>) -> MutexGuard<'_, Levels> {
    levels.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Books {
    pub(super) fn of(&self, market: MarketId) -> Option<Book> {
        let books = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let levels = lock(books.get(usize::from(market.0))?);
        let pair = |(ticks, lots): (&u32, &i64)| (*ticks, *lots);
        Some(Book {
            sequence: levels.sequence,
            bids: levels.bids.iter().rev().map(pair).collect(),
            asks: levels.asks.iter().map(pair).collect(),
        })
    }

    pub(super) fn fill(&self, market: MarketId, sequence: u64, bids: Vec<(u32, i64)>, asks: Vec<(u32, i64)>) {
        self.with(market, |levels| {
            *levels = Levels { sequence, bids: bids.into_iter().collect(), asks: asks.into_iter().collect() };
        });
    }

    /// The lots at a price changed.
    pub(super) fn change(&self, market: MarketId, side: Side, ticks: u32, lots: i64, sequence: u64) {
        self.with(market, |levels| {
            let prices = match side {
                Side::Buy => &mut levels.bids,
                Side::Sell => &mut levels.asks,
            };
            if lots == 0 {
                prices.remove(&ticks);
            } else {
                prices.insert(ticks, lots);
            }
            levels.sequence = sequence;
        });
    }

    /// A market's levels, made where there are none yet.
    fn with(&self, market: MarketId, change: impl FnOnce(&mut Levels)) {
        let at = usize::from(market.0);
        {
            let books = self.0.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(levels) = books.get(at) {
                change(&mut lock(levels));
                return;
            }
        }
        let mut books = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if books.len() <= at {
            books.resize_with(at + 1, Mutex::default);
        }
        change(&mut lock(&books[at]));
    }
}
