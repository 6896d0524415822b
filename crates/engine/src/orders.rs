//! Open orders: a slab whose places are used again, each with two intrusive lists through it.

use doorward_domain::market::command::ClientOrderId;
use doorward_domain::market::instrument::{MarketId, OrderId, OwnerId};
use doorward_domain::market::order::{SelfTradePrevention, Side};
use std::num::NonZeroU128;

/// No place.
pub(crate) const NONE: u32 = u32::MAX;

/// An open order; 96 bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    /// Neighbours in the queue of its price.
    pub(crate) before: u32,
    pub(crate) behind: u32,
    /// Neighbours among its owner's open orders in this market.
    pub(crate) owner_before: u32,
    pub(crate) owner_behind: u32,
    /// How often this place was used; part of the id, so that an id is never used again.
    generation: u32,
    pub(crate) owner: OwnerId,
    pub(crate) ticks: u32,
    pub(crate) market: MarketId,
    pub(crate) side: Side,
    /// [`OPEN`], [`POST_ONLY`] and [`TIMED`].
    flags: u8,
    pub(crate) self_trade: Option<SelfTradePrevention>,
    /// Its size when it came to rest, less what was taken off since.
    pub(crate) lots: i64,
    pub(crate) lots_left: i64,
    /// Units held: quote of a buyer, fee included; base of a seller.
    pub(crate) held: i64,
    /// Quote units traded as maker so far; the fee charged so far follows from it.
    pub(crate) maker_notional: i64,
    /// The client's own id in two halves, so that it needs no more than eight-byte alignment; zero for none.
    client_id: [u64; 2],
}

const OPEN: u8 = 1;
const POST_ONLY: u8 = 2;
const TIMED: u8 = 4;

const fn halves(client_id: Option<ClientOrderId>) -> [u64; 2] {
    match client_id {
        Some(ClientOrderId(id)) => [(id.get() >> 64) as u64, id.get() as u64],
        None => [0, 0],
    }
}

impl Order {
    /// The client's own id.
    #[inline]
    pub(crate) fn client_id(&self) -> Option<ClientOrderId> {
        let [high, low] = self.client_id;
        NonZeroU128::new((u128::from(high) << 64) | u128::from(low)).map(ClientOrderId)
    }

    const fn is_open(&self) -> bool {
        self.flags & OPEN != 0
    }

    /// Whether it must not take when it is placed anew.
    pub(crate) const fn is_post_only(&self) -> bool {
        self.flags & POST_ONLY != 0
    }

    /// Whether it stands in the queue of deadlines.
    pub(crate) const fn is_timed(&self) -> bool {
        self.flags & TIMED != 0
    }

    const fn unused(generation: u32) -> Self {
        Self {
            before: NONE,
            behind: NONE,
            owner_before: NONE,
            owner_behind: NONE,
            generation,
            owner: OwnerId(0),
            ticks: 0,
            market: MarketId(0),
            side: Side::Buy,
            flags: 0,
            self_trade: None,
            lots: 0,
            lots_left: 0,
            held: 0,
            maker_notional: 0,
            client_id: [0, 0],
        }
    }
}

/// The slab.
#[derive(Default)]
pub(crate) struct Orders {
    places: Vec<Order>,
    free: Vec<u32>,
}

/// A place that the next order will have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reserved {
    place: u32,
    generation: u32,
}

impl Reserved {
    pub(crate) const fn id(self) -> OrderId {
        id(self.place, self.generation)
    }
}

const fn id(place: u32, generation: u32) -> OrderId {
    OrderId(((generation as u64) << 32) | place as u64)
}

impl Orders {
    /// Whether there is no place for another order.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.free.is_empty() && self.places.len() == NONE as usize
    }

    /// Chooses the place and id of the next order. Whoever reserves either uses or gives back.
    #[inline]
    pub(crate) fn reserve(&mut self) -> Reserved {
        if let Some(place) = self.free.pop() {
            let generation = self.places[place as usize].generation + 1;
            self.places[place as usize].generation = generation;
            return Reserved { place, generation };
        }
        let place = self.places.len() as u32;
        self.places.push(Order::unused(0));
        Reserved { place, generation: 0 }
    }

    /// A place whose numbers are used up stays empty.
    #[inline]
    pub(crate) fn give_back(&mut self, reserved: Reserved) {
        if reserved.generation < u32::MAX {
            self.free.push(reserved.place);
        }
    }

    #[inline]
    pub(crate) fn open(&mut self, reserved: Reserved, order: &NewOrder) -> u32 {
        let post_only = if order.post_only { POST_ONLY } else { 0 };
        let timed = if order.timed { TIMED } else { 0 };
        self.places[reserved.place as usize] = Order {
            owner: order.owner,
            market: order.market,
            side: order.side,
            ticks: order.ticks,
            flags: OPEN | post_only | timed,
            self_trade: order.self_trade,
            lots: order.lots,
            lots_left: order.lots_left,
            held: order.held,
            maker_notional: order.maker_notional,
            client_id: halves(order.client_id),
            ..Order::unused(reserved.generation)
        };
        reserved.place
    }

    #[inline]
    pub(crate) fn close(&mut self, place: u32) {
        let order = &mut self.places[place as usize];
        order.flags = 0;
        let generation = order.generation;
        self.give_back(Reserved { place, generation });
    }

    /// The place of an open order.
    #[inline]
    pub(crate) fn find(&self, order: OrderId) -> Option<u32> {
        let place = (order.0 & u64::from(u32::MAX)) as u32;
        let found = self.places.get(place as usize)?;
        (found.is_open() && found.generation == (order.0 >> 32) as u32).then_some(place)
    }

    #[inline]
    pub(crate) fn at(&self, place: u32) -> &Order {
        &self.places[place as usize]
    }

    #[inline]
    pub(crate) fn at_mut(&mut self, place: u32) -> &mut Order {
        &mut self.places[place as usize]
    }

    #[inline]
    pub(crate) fn id_at(&self, place: u32) -> OrderId {
        id(place, self.places[place as usize].generation)
    }

    /// Places of open orders, ascending.
    pub(crate) fn open_places(&self) -> impl Iterator<Item = u32> {
        (0_u32..).zip(&self.places).filter(|(_, order)| order.is_open()).map(|(place, _)| place)
    }

    /// How often each place was used, ascending.
    pub(crate) fn generations(&self) -> impl ExactSizeIterator<Item = u32> {
        self.places.iter().map(|order| order.generation)
    }

    /// Free places; the last is used next.
    pub(crate) fn free(&self) -> &[u32] {
        &self.free
    }

    /// Empty places that were used so often, in the state in which a snapshot found them.
    pub(crate) fn restored(generations: &[u32], free: Vec<u32>) -> Self {
        Self { places: generations.iter().map(|generation| Order::unused(*generation)).collect(), free }
    }

    /// A place by its number, to open an order that a snapshot holds; `None` for one that is open or not there.
    pub(crate) fn place(&self, place: u32) -> Option<Reserved> {
        let found = self.places.get(place as usize)?;
        (!found.is_open()).then_some(Reserved { place, generation: found.generation })
    }
}

/// What an order begins with.
pub(crate) struct NewOrder {
    pub(crate) owner: OwnerId,
    pub(crate) market: MarketId,
    pub(crate) side: Side,
    pub(crate) ticks: u32,
    pub(crate) self_trade: Option<SelfTradePrevention>,
    pub(crate) post_only: bool,
    pub(crate) timed: bool,
    pub(crate) lots: i64,
    pub(crate) lots_left: i64,
    pub(crate) held: i64,
    pub(crate) maker_notional: i64,
    pub(crate) client_id: Option<ClientOrderId>,
}
