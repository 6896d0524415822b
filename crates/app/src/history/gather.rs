//! What records did, gathered into the rows of one transaction.

use std::collections::HashMap;

use doorward_domain::market::command::{Command, Record};
use doorward_domain::market::event::Event;
use doorward_domain::market::instrument::{MarketId, OrderId};
use doorward_domain::market::ledger::{LedgerAccount, Leg, legs_of};
use doorward_domain::market::order::{OrderKind, TimeInForce};
use doorward_domain::time::Timestamp;
use doorward_engine::{Engine, OpenOrder};
use doorward_store::history::{
    Batch, Candle, Fill, NewEntry, NewOrder, OrderChange, OrderState, Spot, Terms,
};

/// Gathers what records did.
#[derive(Default)]
pub(super) struct Gatherer {
    batch: Batch,
    /// Where an order that came within the batch stands in it, and one that came before.
    new_orders: HashMap<OrderId, usize>,
    changes: HashMap<OrderId, usize>,
    candles: HashMap<(MarketId, Timestamp), usize>,
    /// Events that are gathered.
    events: usize,
    /// The order that the next record amends, as it is before.
    amended: Option<OpenOrder>,
    legs: Vec<Leg>,
    /// What accounts have while a record's entries are looked at, the last one first.
    balances: HashMap<LedgerAccount, i64>,
}

/// Whose fill it is: the one who came, or the one who was there.
struct Party {
    is_maker: bool,
    line: i64,
}

impl Gatherer {
    /// How many events are gathered.
    pub(super) const fn events(&self) -> usize {
        self.events
    }

    /// What was gathered; the next batch begins.
    pub(super) fn take(&mut self) -> Batch {
        self.new_orders.clear();
        self.changes.clear();
        self.candles.clear();
        self.events = 0;
        std::mem::take(&mut self.batch)
    }

    /// Looks at what the next record needs to be known of before it is applied.
    pub(super) fn before(&mut self, record: &Record, engine: &Engine) {
        self.amended = match record.command {
            Command::Amend(amend) => engine.find_order(amend.order),
            _ => None,
        };
    }

    /// Adds what a record did; `engine` is the state right behind it.
    pub(super) fn add(&mut self, record: &Record, events: &[Event], engine: &Engine) {
        self.events += events.len();
        let first_entry = self.batch.entries.len();
        let (mut taker, mut line) = (None, 0);
        for event in events {
            self.enter(record, event, engine, first_entry);
            match *event {
                Event::Accepted { order, .. } => {
                    self.accept(record, event);
                    taker = Some(order);
                }
                Event::Rested { order, lots, .. } => {
                    self.change(order).lots_left = lots;
                    taker = None;
                }
                Event::Traded { .. } => {
                    self.fill(record, event, line);
                    line += 2;
                }
                Event::Decreased { order, lots_left, .. } => self.decrease(record, order, lots_left),
                Event::Cancelled { order, reason, .. } => {
                    self.close(record, order, OrderState::Cancelled(reason));
                    taker = taker.filter(|taker| *taker != order);
                }
                _ => {}
            }
        }
        // What neither rests nor is cancelled has got all that it wanted.
        if let Some(taker) = taker {
            self.close(record, taker, OrderState::Filled);
        }
        self.balance(engine, first_entry);
    }

    /// What happened to an order within this batch so far.
    fn change(&mut self, order: OrderId) -> &mut OrderChange {
        if let Some(at) = self.new_orders.get(&order) {
            return &mut self.batch.orders[*at].change;
        }
        let changes = &mut self.batch.changes;
        let at = *self.changes.entry(order).or_insert_with(|| {
            changes.push(unchanged(order));
            changes.len() - 1
        });
        &mut changes[at]
    }

    fn accept(&mut self, record: &Record, event: &Event) {
        let Event::Accepted { order, owner, market, side, client_id } = *event else { return };
        let (terms, replaces) = match (&record.command, self.amended) {
            (Command::Amend(amend), Some(old)) => {
                let time_in_force =
                    old.deadline.map_or(TimeInForce::GoodTillCancelled, TimeInForce::GoodTillTime);
                let kind = OrderKind::Limit {
                    ticks: amend.ticks,
                    lots: amend.lots - (old.lots - old.lots_left),
                    time_in_force,
                    post_only: old.post_only,
                };
                (Terms { kind, self_trade: old.self_trade }, Some(amend.order))
            }
            (Command::Place(place), _) => (Terms { kind: place.kind, self_trade: place.self_trade }, None),
            // Nothing else accepts an order.
            _ => return,
        };
        self.new_orders.insert(order, self.batch.orders.len());
        self.batch.orders.push(NewOrder {
            owner,
            market,
            placed_seq: record.sequence,
            placed_at: record.at,
            side,
            terms,
            client_id,
            replaces,
            change: unchanged(order),
        });
    }

    fn fill(&mut self, record: &Record, event: &Event, line: i64) {
        let Event::Traded { market, ticks, lots, notional, maker, maker_lots_left, .. } = *event else {
            return;
        };
        self.fill_of(record, event, &Party { is_maker: false, line });
        self.fill_of(record, event, &Party { is_maker: true, line: line + 1 });
        self.change(maker).lots_left = maker_lots_left;
        if maker_lots_left == 0 {
            self.close(record, maker, OrderState::Filled);
        }
        let trade = Candle::of_trade(market, record.at, ticks, lots, notional);
        let candles = &mut self.batch.candles;
        match self.candles.get(&(market, trade.opened_at)) {
            Some(at) => candles[*at].add(&trade),
            None => {
                self.candles.insert((market, trade.opened_at), candles.len());
                candles.push(trade);
            }
        }
    }

    fn fill_of(&mut self, record: &Record, event: &Event, party: &Party) {
        let Event::Traded {
            market,
            trade,
            taker,
            maker,
            taker_owner,
            maker_owner,
            taker_side,
            ticks,
            lots,
            notional,
            taker_fee,
            maker_fee,
            ..
        } = *event
        else {
            return;
        };
        let (owner, order, other_order, side, fee) = if party.is_maker {
            (maker_owner, maker, taker, taker_side.opposite(), maker_fee)
        } else {
            (taker_owner, taker, maker, taker_side, taker_fee)
        };
        let change = self.change(order);
        change.filled_lots += lots;
        change.filled_notional += notional;
        change.fee += fee;
        self.batch.fills.push(Fill {
            spot: Spot { at: record.at, seq: record.sequence, line: party.line },
            owner,
            market,
            trade,
            order,
            other_order,
            side,
            is_maker: party.is_maker,
            ticks,
            lots,
            notional,
            fee,
        });
    }

    fn decrease(&mut self, record: &Record, order: OrderId, lots_left: i64) {
        let is_amended = matches!(record.command, Command::Amend(amend) if amend.order == order);
        let change = self.change(order);
        change.lots_left = lots_left;
        if is_amended {
            change.new_lots = Some(change.filled_lots + lots_left);
        }
    }

    fn close(&mut self, record: &Record, order: OrderId, state: OrderState) {
        let change = self.change(order);
        change.lots_left = 0;
        change.state = state;
        change.closed = Some((record.sequence, record.at));
    }

    /// Adds the legs of an event.
    fn enter(&mut self, record: &Record, event: &Event, engine: &Engine, first_entry: usize) {
        self.legs.clear();
        let Some(cause) = legs_of(event, |market| engine.market(market), &mut self.legs) else { return };
        let before = self.batch.entries.len() - first_entry;
        let lines = i64::try_from(before).unwrap_or(i64::MAX)..;
        self.batch.entries.extend(lines.zip(&self.legs).map(|(line, leg)| NewEntry {
            at: record.at,
            seq: record.sequence,
            line,
            leg: *leg,
            balance: 0,
            cause,
        }));
    }

    /// Says what each account had after each of a record's entries: the engine knows what it has after the last.
    fn balance(&mut self, engine: &Engine, first_entry: usize) {
        self.balances.clear();
        for entry in self.batch.entries[first_entry..].iter_mut().rev() {
            let account = entry.leg.account;
            let balance = self.balances.entry(account).or_insert_with(|| engine.ledger_balance(account));
            entry.balance = *balance;
            *balance -= entry.leg.amount;
        }
    }
}

const fn unchanged(order: OrderId) -> OrderChange {
    OrderChange {
        order,
        filled_lots: 0,
        filled_notional: 0,
        fee: 0,
        lots_left: 0,
        new_lots: None,
        state: OrderState::Open,
        closed: None,
    }
}
