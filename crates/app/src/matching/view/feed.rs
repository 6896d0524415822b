//! From events to what is to be seen.

use doorward_domain::market::command::Command;
use doorward_domain::market::event::Event;
use doorward_domain::market::instrument::{AssetId, OrderId, OwnerId};
use doorward_domain::market::order::OrderKind;
use doorward_domain::time::Timestamp;
use doorward_engine::Engine;

use super::order::{OrderState, ViewOrder};
use super::{View, market_facts};
use crate::matching::ring::{Applied, Batch};

/// Shows a group that the engine has applied.
pub(super) fn feed(view: &View, engine: &Engine, batch: &Batch) {
    let mut feeding = Feeding { view, engine, touched: Vec::new(), arriving: None };
    for (applied, events) in batch.iter() {
        for event in events {
            feeding.event(applied, event);
        }
        feeding.settle(applied);
    }
    feeding.copy_balances(batch);
}

struct Feeding<'f> {
    view: &'f View,
    engine: &'f Engine,
    /// Owners of whom something changed, with the record.
    touched: Vec<(OwnerId, u64)>,
    /// An order that was accepted by this record and neither rests nor is over yet.
    arriving: Option<(OwnerId, OrderId)>,
}

impl Feeding<'_> {
    fn touch(&mut self, owner: OwnerId, applied: &Applied) {
        if self.touched.last() != Some(&(owner, applied.sequence)) {
            self.touched.push((owner, applied.sequence));
        }
    }

    fn event(&mut self, applied: &Applied, event: &Event) {
        match *event {
            Event::Accepted { order, owner, .. } => {
                self.touch(owner, applied);
                self.accepted(applied, event);
                self.arriving = Some((owner, order));
            }
            Event::Traded { .. } => self.traded(applied, event),
            Event::Rested { order, ticks, lots, .. } => self.rested(order, ticks, lots),
            Event::Cancelled { order, owner, lots_left, reason, .. } => {
                self.touch(owner, applied);
                if self.arriving == Some((owner, order)) {
                    self.arriving = None;
                }
                let state = OrderState::Cancelled { at: applied.at, reason };
                self.close(owner, order, lots_left, state, applied.at);
            }
            Event::Decreased { order, owner, lots_left, .. } => {
                self.touch(owner, applied);
                if let Some(order) = self.view.shard(owner).orders.get_mut(&order) {
                    order.lots_left = lots_left;
                    order.resize();
                }
            }
            Event::LevelChanged { market, side, ticks, lots, sequence } => {
                self.view.books.change(market, side, ticks, lots, sequence);
            }
            Event::Deposited { owner, .. }
            | Event::Transferred { owner, .. }
            | Event::Held { owner, .. }
            | Event::Released { owner, .. }
            | Event::Settled { owner, .. }
            | Event::OwnerOpened(owner)
            | Event::Restricted { owner, .. } => self.touch(owner, applied),
            Event::Paid { owner, to, .. } => {
                self.touch(owner, applied);
                self.touch(to, applied);
            }
            Event::AssetListed(asset) => {
                let spec = self.engine.assets().get(usize::from(asset.0)).copied();
                self.view.change_facts(|facts| facts.assets.extend(spec));
            }
            Event::MarketListed(market) => {
                let facts = market_facts(self.engine, market);
                self.view.books.fill(market, 0, Vec::new(), Vec::new());
                self.view.change_facts(|known| known.markets.extend(facts));
            }
            Event::Halted(market) | Event::Resumed(market) => {
                let halted = matches!(event, Event::Halted(_));
                self.view.change_facts(|facts| {
                    if let Some(market) = facts.markets.get_mut(usize::from(market.0)) {
                        market.halted = halted;
                    }
                });
            }
            Event::RulesActivated(_) => {}
        }
    }

    fn accepted(&self, applied: &Applied, event: &Event) {
        let Event::Accepted { order, owner, market, side, client_id } = *event else { return };
        let mut shard = self.view.shard(owner);
        let (kind, self_trade) = match &applied.command {
            Command::Place(place) => (place.kind, place.self_trade),
            Command::Amend(amend) => {
                let Some(old) = shard.orders.get(&amend.order) else { return };
                (at_price(old.kind, amend.ticks), old.self_trade)
            }
            _ => return,
        };
        let lots_left = match kind {
            OrderKind::Limit { lots, .. } | OrderKind::MarketBySize { lots } => lots,
            OrderKind::MarketByFunds { .. } => 0,
        };
        shard.open(ViewOrder {
            id: order,
            owner,
            market,
            side,
            kind,
            self_trade,
            client_id,
            state: OrderState::Open,
            lots_left,
            filled_lots: 0,
            filled_notional: 0,
            fee: 0,
            sequence: applied.sequence,
            placed_at: Some(applied.at),
        });
    }

    fn traded(&mut self, applied: &Applied, event: &Event) {
        let Event::Traded {
            taker,
            maker,
            taker_owner,
            maker_owner,
            lots,
            notional,
            taker_fee,
            maker_fee,
            maker_lots_left,
            ..
        } = *event
        else {
            return;
        };
        self.touch(maker_owner, applied);
        self.touch(taker_owner, applied);
        {
            let mut shard = self.view.shard(maker_owner);
            if let Some(order) = shard.orders.get_mut(&maker) {
                order.fill(lots, notional, maker_fee);
                order.lots_left = maker_lots_left;
                if maker_lots_left == 0 {
                    shard.close(maker, OrderState::Filled { at: applied.at }, applied.at);
                }
            }
        }
        if let Some(order) = self.view.shard(taker_owner).orders.get_mut(&taker) {
            order.fill(lots, notional, taker_fee);
            order.lots_left = (order.lots_left - lots).max(0);
        }
    }

    fn rested(&mut self, order: OrderId, ticks: u32, lots: i64) {
        let Some((owner, _)) = self.arriving.take() else { return };
        let mut shard = self.view.shard(owner);
        if let Some(order) = shard.orders.get_mut(&order) {
            order.lots_left = lots;
            order.kind = at_price(order.kind, ticks);
            order.resize();
        }
        shard.rest(owner, order);
    }

    fn close(&self, owner: OwnerId, order: OrderId, lots_left: i64, state: OrderState, at: Timestamp) {
        let mut shard = self.view.shard(owner);
        if let Some(order) = shard.orders.get_mut(&order) {
            order.lots_left = lots_left;
            order.resize();
        }
        shard.close(order, state, at);
        shard.forget(at);
    }

    /// An order that was accepted, and neither rests nor was cancelled, was filled whole.
    fn settle(&mut self, applied: &Applied) {
        let Some((owner, order)) = self.arriving.take() else { return };
        let mut shard = self.view.shard(owner);
        if let Some(order) = shard.orders.get_mut(&order) {
            order.lots_left = 0;
            order.resize();
        }
        shard.close(order, OrderState::Filled { at: applied.at }, applied.at);
        shard.forget(applied.at);
    }

    /// Copies what each owner has now, who was touched; the engine knows it after the whole group.
    fn copy_balances(mut self, batch: &Batch) {
        self.touched.sort_unstable();
        let assets = self.engine.assets().len();
        for (at, (owner, sequence)) in self.touched.iter().enumerate() {
            // The last entry of an owner has the highest sequence.
            if self.touched.get(at + 1).is_some_and(|(next, _)| next == owner) {
                continue;
            }
            debug_assert!((batch.first..=batch.last).contains(sequence));
            let mut shard = self.view.shard(*owner);
            let seen = shard.owners.entry(*owner).or_default();
            seen.acknowledged = *sequence;
            let balances = (0..).map(AssetId).take(assets);
            seen.balances.clear();
            seen.balances.extend(balances.map(|asset| self.engine.balance(*owner, asset)));
        }
    }
}

/// The same limit order at another price.
const fn at_price(kind: OrderKind, ticks: u32) -> OrderKind {
    match kind {
        OrderKind::Limit { lots, time_in_force, post_only, .. } => {
            OrderKind::Limit { ticks, lots, time_in_force, post_only }
        }
        other => other,
    }
}
