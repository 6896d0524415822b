//! Two makers that keep a demo's market alive: one quotes a ladder around a price that wanders, the other takes from it.
//!
//! What they do next follows from a seed and from what the market looks like; nothing here asks for time or chance.

use doorward_domain::market::command::{Command, PlaceOrder};
use doorward_domain::market::instrument::{MarketId, OrderId, OwnerId};
use doorward_domain::market::order::{OrderKind, Side, TimeInForce};

/// Prices quoted on each side.
const LEVELS: i64 = 12;
/// How far from where it began the price may wander, in hundredths.
const FARTHEST_PERCENT: i64 = 4;

/// A sequence of numbers that follows from its seed (SplitMix64).
#[derive(Debug, Clone)]
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) const fn of_seed(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `least` to `most`.
    fn between(&mut self, least: i64, most: i64) -> i64 {
        let span = u64::try_from(most - least + 1).unwrap_or(1);
        least + i64::try_from(self.next() % span).unwrap_or(0)
    }
}

/// One open order of the maker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quote {
    pub(crate) id: OrderId,
    pub(crate) side: Side,
    pub(crate) ticks: u32,
}

/// What a market is like for its makers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terrain {
    pub(crate) market: MarketId,
    /// Where the price begins, in ticks.
    pub(crate) begins: i64,
    /// Distance of two prices that are quoted, in ticks.
    pub(crate) gap: i64,
    /// Largest size of one quote, in lots.
    pub(crate) lots: i64,
}

/// The makers of one market.
#[derive(Debug, Clone)]
pub(crate) struct Maker {
    terrain: Terrain,
    quotes: OwnerId,
    takes: OwnerId,
    price: i64,
    numbers: Numbers,
}

impl Maker {
    pub(crate) fn new(terrain: Terrain, quotes: OwnerId, takes: OwnerId, numbers: Numbers) -> Self {
        Self { terrain, quotes, takes, price: terrain.begins, numbers }
    }

    /// Who quotes.
    pub(crate) const fn quotes(&self) -> OwnerId {
        self.quotes
    }

    pub(crate) const fn market(&self) -> MarketId {
        self.terrain.market
    }

    /// What to send next, given what the quoting maker has open: cancels, new quotes, now and then a taker.
    pub(crate) fn next(&mut self, open: &[Quote]) -> Vec<Command> {
        self.wander();
        let wanted = self.wanted();
        let is_wanted = |quote: &&Quote| wanted.contains(&(quote.side, quote.ticks));
        let cancels = open.iter().filter(|quote| !is_wanted(quote));
        let owner = self.quotes;
        let mut commands: Vec<Command> =
            cancels.map(|quote| Command::Cancel { owner, order: quote.id }).collect();
        for (side, ticks) in wanted {
            if !open.iter().any(|quote| (quote.side, quote.ticks) == (side, ticks)) {
                let lots = self.numbers.between(self.terrain.lots / 20 + 1, self.terrain.lots);
                commands.push(self.order(owner, side, ticks, lots, TimeInForce::GoodTillCancelled));
            }
        }
        if self.numbers.between(0, 9) < 6 {
            commands.push(self.take());
        }
        commands
    }

    /// A step of chance, and a pull back that grows with the distance.
    fn wander(&mut self) {
        let Terrain { begins, gap, .. } = self.terrain;
        let farthest = (begins * FARTHEST_PERCENT / 100).max(1);
        let pull = (begins - self.price) * gap / farthest;
        let stride = self.numbers.between(-gap, gap);
        self.price = (self.price + stride + pull).clamp(begins - farthest, begins + farthest);
    }

    /// The ladder around the price: whole gaps, the price itself left out.
    fn wanted(&self) -> Vec<(Side, u32)> {
        let gap = self.terrain.gap;
        let below = self.price.div_euclid(gap) * gap;
        let ladder = (0..LEVELS).flat_map(|level| {
            let distance = level * gap;
            [(Side::Buy, below - distance), (Side::Sell, below + 2 * gap + distance)]
        });
        let sound =
            |(side, ticks): (Side, i64)| Some((side, u32::try_from(ticks).ok().filter(|it| *it > 0)?));
        ladder.filter_map(sound).collect()
    }

    /// Somebody takes from the ladder, at most three prices deep.
    fn take(&mut self) -> Command {
        let side = if self.numbers.between(0, 1) == 0 { Side::Buy } else { Side::Sell };
        let deep = 4 * self.terrain.gap;
        let limit = match side {
            Side::Buy => self.price + deep,
            Side::Sell => self.price - deep,
        };
        let lots = self.numbers.between(1, self.terrain.lots / 2 + 1);
        let ticks = u32::try_from(limit.max(1)).unwrap_or(1);
        self.order(self.takes, side, ticks, lots, TimeInForce::ImmediateOrCancel)
    }

    fn order(
        &self,
        owner: OwnerId,
        side: Side,
        ticks: u32,
        lots: i64,
        time_in_force: TimeInForce,
    ) -> Command {
        Command::Place(PlaceOrder {
            owner,
            market: self.terrain.market,
            side,
            kind: OrderKind::Limit { ticks, lots, time_in_force, post_only: false },
            self_trade: None,
            client_id: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maker(seed: u64) -> Maker {
        let terrain = Terrain { market: MarketId(0), begins: 6_000_000, gap: 500, lots: 4_000 };
        Maker::new(terrain, OwnerId(1), OwnerId(2), Numbers::of_seed(seed))
    }

    /// The quotes that stand after these commands, as if nobody took any.
    fn follow(open: &mut Vec<Quote>, commands: &[Command], next_id: &mut u64) {
        for command in commands {
            match *command {
                Command::Cancel { order, .. } => open.retain(|quote| quote.id != order),
                Command::Place(PlaceOrder {
                    owner: OwnerId(1),
                    side,
                    kind: OrderKind::Limit { ticks, .. },
                    ..
                }) => {
                    *next_id += 1;
                    open.push(Quote { id: OrderId(*next_id), side, ticks });
                }
                _ => {}
            }
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_market() {
        let run = |seed| {
            let (mut maker, mut open, mut id) = (maker(seed), Vec::new(), 0);
            (0..50)
                .flat_map(|_| {
                    let commands = maker.next(&open);
                    follow(&mut open, &commands, &mut id);
                    commands
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
    }

    #[test]
    fn the_ladder_stays_whole_uncrossed_and_within_reach() {
        let (mut maker, mut open, mut id) = (maker(3), Vec::new(), 0);
        let mut prices = std::collections::BTreeSet::new();
        for _ in 0..5_000 {
            let commands = maker.next(&open);
            follow(&mut open, &commands, &mut id);
            let side = |side| open.iter().filter(move |quote| quote.side == side).map(|quote| quote.ticks);
            let (best_bid, best_ask) = (side(Side::Buy).max(), side(Side::Sell).min());
            assert!(best_bid < best_ask, "{best_bid:?} {best_ask:?}");
            assert_eq!(open.len(), 2 * usize::try_from(LEVELS).expect("few"));
            assert!((5_700_000..6_300_000).contains(&maker.price), "{}", maker.price);
            prices.insert(best_bid);
        }
        assert!(prices.len() > 10, "the price moves");
    }
}
