//! A market with its book, and what all markets share: balances, open orders, their names and their ends.
//!
//! Apart from each other, so that a command looks its market up once and works on both.

use std::collections::VecDeque;
use std::time::Duration;

use doorward_domain::market::command::ClientOrderId;
use doorward_domain::market::event::Event;
use doorward_domain::market::instrument::{Market, MarketId};
use doorward_domain::market::order::Side;
use doorward_domain::time::Timestamp;

use crate::balance::Balances;
use crate::deadlines::Deadlines;
use crate::ladder::Ladder;
use crate::orders::Orders;
use crate::own_orders::OwnOrders;
use crate::table::Table;

/// How long the id of a client's closed order stays taken (market rules 2).
const CLIENT_ID_KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// A market with its book.
pub(crate) struct Trading {
    pub(crate) id: MarketId,
    pub(crate) market: Market,
    pub(crate) ladder: Ladder,
    /// Price of the last trade in ticks; zero before the first.
    pub(crate) last_ticks: u32,
    /// Level changes so far.
    pub(crate) sequence: u64,
    /// Trades so far.
    pub(crate) trades: u64,
    pub(crate) halted: bool,
}

impl Trading {
    pub(crate) fn new(id: MarketId, market: Market) -> Self {
        let ladder = Ladder::new();
        Self { id, market, ladder, last_ticks: 0, sequence: 0, trades: 0, halted: false }
    }

    /// Says how many lots stand at a price now.
    #[inline]
    pub(crate) fn level_changed(&mut self, side: Side, ticks: u32, events: &mut Vec<Event>) {
        let lots = self.ladder.level(ticks).lots;
        self.tell_level(side, ticks, lots, events);
    }

    /// Says that so many lots stand at a price now.
    #[inline]
    pub(crate) fn tell_level(&mut self, side: Side, ticks: u32, lots: i64, events: &mut Vec<Event>) {
        self.sequence += 1;
        events.push(Event::LevelChanged { market: self.id, side, ticks, lots, sequence: self.sequence });
    }
}

/// What all markets share.
pub(crate) struct Shared {
    pub(crate) now: Timestamp,
    pub(crate) balances: Balances,
    pub(crate) orders: Orders,
    pub(crate) own_orders: OwnOrders,
    pub(crate) client_ids: Table,
    /// Ids of closed orders, oldest first.
    pub(crate) closed_client_ids: VecDeque<(Timestamp, ClientOrderId)>,
    pub(crate) deadlines: Deadlines,
}

impl Shared {
    pub(crate) fn new() -> Self {
        Self {
            now: Timestamp::from_micros(i64::MIN),
            balances: Balances::default(),
            orders: Orders::default(),
            own_orders: OwnOrders::default(),
            client_ids: Table::default(),
            closed_client_ids: VecDeque::new(),
            deadlines: Deadlines::default(),
        }
    }

    /// Lets go of the ids of orders that closed more than a day ago.
    #[inline]
    pub(crate) fn forget_client_ids(&mut self) {
        while let Some((closed_at, client_id)) = self.closed_client_ids.front() {
            if self.now < closed_at.plus(CLIENT_ID_KEPT_FOR) {
                return;
            }
            self.client_ids.remove(client_id.0.get());
            self.closed_client_ids.pop_front();
        }
    }

    /// The last day of a client's id begins, because its order is over.
    #[inline]
    pub(crate) fn retire_client_id(&mut self, client_id: Option<ClientOrderId>) {
        if let Some(client_id) = client_id {
            self.closed_client_ids.push_back((self.now, client_id));
        }
    }
}
