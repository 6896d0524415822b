//! Orders that end by themselves, in the order in which they do.

use std::collections::{BTreeMap, BTreeSet};

use doorward_domain::market::instrument::OrderId;
use doorward_domain::time::Timestamp;

/// By deadline and then by order id.
#[derive(Default)]
pub(crate) struct Deadlines {
    queue: BTreeSet<(Timestamp, OrderId)>,
    of: BTreeMap<OrderId, Timestamp>,
}

impl Deadlines {
    pub(crate) fn insert(&mut self, order: OrderId, deadline: Timestamp) {
        self.queue.insert((deadline, order));
        self.of.insert(order, deadline);
    }

    pub(crate) fn remove(&mut self, order: OrderId) {
        if let Some(deadline) = self.of.remove(&order) {
            self.queue.remove(&(deadline, order));
        }
    }

    pub(crate) fn of(&self, order: OrderId) -> Option<Timestamp> {
        self.of.get(&order).copied()
    }

    #[inline]
    pub(crate) fn first(&self) -> Option<(Timestamp, OrderId)> {
        self.queue.first().copied()
    }
}
