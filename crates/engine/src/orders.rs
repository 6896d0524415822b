//! Open orders: a slab whose places are used again, each with two intrusive lists through it.

use doorward_domain::market::command::ClientOrderId;
use doorward_domain::market::instrument::{MarketId, OrderId, OwnerId};
use doorward_domain::market::order::Side;

/// No place.
pub(crate) const NONE: u32 = u32::MAX;

/// An open order; 80 bytes.
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
    is_open: bool,
    pub(crate) lots_left: i64,
    /// Units held: quote of a buyer, fee included; base of a seller.
    pub(crate) held: i64,
    /// Quote units traded as maker so far; the fee charged so far follows from it.
    pub(crate) maker_notional: i64,
    /// The client's own id in two halves, so that it needs no more than eight-byte alignment; zero for none.
    client_id: [u64; 2],
}

const fn halves(client_id: Option<ClientOrderId>) -> [u64; 2] {
    match client_id {
        Some(ClientOrderId(id)) => [(id >> 64) as u64, id as u64],
        None => [0, 0],
    }
}

impl Order {
    /// The client's own id.
    #[inline]
    pub(crate) fn client_id(&self) -> Option<ClientOrderId> {
        let [high, low] = self.client_id;
        let id = (u128::from(high) << 64) | u128::from(low);
        (id != 0).then_some(ClientOrderId(id))
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
    /// Chooses the place and id of the next order. Whoever reserves either uses or gives back.
    #[inline]
    pub(crate) fn reserve(&mut self) -> Reserved {
        if let Some(place) = self.free.pop() {
            let generation = self.places[place as usize].generation + 1;
            self.places[place as usize].generation = generation;
            return Reserved { place, generation };
        }
        let place = u32::try_from(self.places.len()).unwrap_or(NONE);
        self.places.push(Order {
            before: NONE,
            behind: NONE,
            owner_before: NONE,
            owner_behind: NONE,
            generation: 0,
            owner: OwnerId(0),
            ticks: 0,
            market: MarketId(0),
            side: Side::Buy,
            is_open: false,
            lots_left: 0,
            held: 0,
            maker_notional: 0,
            client_id: [0, 0],
        });
        Reserved { place, generation: 0 }
    }

    #[inline]
    pub(crate) fn give_back(&mut self, reserved: Reserved) {
        self.free.push(reserved.place);
    }

    #[inline]
    pub(crate) fn open(&mut self, reserved: Reserved, order: NewOrder) -> u32 {
        self.places[reserved.place as usize] = Order {
            before: NONE,
            behind: NONE,
            owner_before: NONE,
            owner_behind: NONE,
            generation: reserved.generation,
            owner: order.owner,
            ticks: order.ticks,
            market: order.market,
            side: order.side,
            is_open: true,
            lots_left: order.lots,
            held: order.held,
            maker_notional: 0,
            client_id: halves(order.client_id),
        };
        reserved.place
    }

    #[inline]
    pub(crate) fn close(&mut self, place: u32) {
        self.places[place as usize].is_open = false;
        self.free.push(place);
    }

    /// The place of an open order.
    #[inline]
    pub(crate) fn find(&self, order: OrderId) -> Option<u32> {
        let place = (order.0 & u64::from(u32::MAX)) as u32;
        let found = self.places.get(place as usize)?;
        (found.is_open && found.generation == (order.0 >> 32) as u32).then_some(place)
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

    /// Open orders, in the order of their places.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (OrderId, &Order)> {
        let numbered = (0_u32..).zip(&self.places);
        numbered.filter(|(_, order)| order.is_open).map(|(place, order)| (id(place, order.generation), order))
    }
}

/// What an order begins with.
pub(crate) struct NewOrder {
    pub(crate) owner: OwnerId,
    pub(crate) market: MarketId,
    pub(crate) side: Side,
    pub(crate) ticks: u32,
    pub(crate) lots: i64,
    pub(crate) held: i64,
    pub(crate) client_id: Option<ClientOrderId>,
}
