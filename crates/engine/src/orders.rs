//! Open orders: a slab whose places are used again, with the queues of prices as lists through it.

use doorward_domain::market::codec::{self_trade_number, self_trade_of};
use doorward_domain::market::command::ClientOrderId;
use doorward_domain::market::instrument::{MarketId, OrderId, OwnerId};
use doorward_domain::market::order::{SelfTradePrevention, Side};
use std::num::NonZeroU128;

/// No place.
pub(crate) const NONE: u32 = u32::MAX;

/// What a cancel needs of an open order, in half a line of the processor's cache: it finds it wherever it is, and waits for it
/// longer than for anything else.
#[derive(Debug, Clone, Copy)]
#[repr(align(32))]
pub(crate) struct Order {
    generation: u32,
    pub(crate) owner: OwnerId,
    pub(crate) ticks: u32,
    pub(crate) market: MarketId,
    pub(crate) side: Side,
    /// [`OPEN`], [`POST_ONLY`], [`TIMED`], [`MORE`] and, between them, the number of its self-trade prevention.
    flags: u8,
    pub(crate) lots_left: i64,
    /// Units held: quote of a buyer, fee included; base of a seller.
    pub(crate) held: i64,
}

/// What only some orders have: those with a client's id, and those that traded. Nothing is written here for the others.
#[derive(Debug, Clone, Copy)]
struct More {
    /// Lots traded as maker since it came to rest.
    filled: i64,
    /// Quote units traded as maker so far; the fee charged so far follows from it.
    maker_notional: i64,
    /// The client's own id in two halves, so that all of this fits; zero for none.
    client_id: [u64; 2],
}

const NO_MORE: More = More { filled: 0, maker_notional: 0, client_id: [0, 0] };

/// Neighbours in the queue of a price. Apart from the orders, so that those of a whole book lie close together: who leaves
/// a queue ties the ends of two orders that nobody is looking at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Links {
    pub(crate) before: u32,
    pub(crate) behind: u32,
}

const UNLINKED: Links = Links { before: NONE, behind: NONE };

const fn halves(client_id: Option<ClientOrderId>) -> [u64; 2] {
    match client_id {
        Some(ClientOrderId(id)) => [(id.get() >> 64) as u64, id.get() as u64],
        None => [0, 0],
    }
}

const OPEN: u8 = 1;
const POST_ONLY: u8 = 2;
const TIMED: u8 = 4;
const SELF_TRADE_SHIFT: u8 = 3;
const SELF_TRADE: u8 = 7;
const MORE: u8 = 64;

impl Order {
    pub(crate) const fn is_open(&self) -> bool {
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

    /// What it was placed with.
    pub(crate) fn self_trade(&self) -> Option<SelfTradePrevention> {
        // Only what was a setting is ever written there.
        self_trade_of((self.flags >> SELF_TRADE_SHIFT) & SELF_TRADE).ok().flatten()
    }

    const UNUSED: Self = Self {
        generation: 0,
        owner: OwnerId(0),
        ticks: 0,
        market: MarketId(0),
        side: Side::Buy,
        flags: 0,
        lots_left: 0,
        held: 0,
    };
}

/// The slab.
#[derive(Default)]
pub(crate) struct Orders {
    places: Vec<Order>,
    /// As far as there was a place with any of it.
    more: Vec<More>,
    /// How many orders each place has had; part of the id, so that an id is never used again. Apart from the places, so that
    /// whoever only wants to know whether an order is over need not fetch it.
    generations: Vec<u32>,
    free: Vec<u32>,
    links: Vec<Links>,
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

    pub(crate) const fn place(self) -> u32 {
        self.place
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
            return Reserved { place, generation: self.generations[place as usize] };
        }
        let place = self.places.len() as u32;
        self.places.push(Order::UNUSED);
        self.links.push(UNLINKED);
        self.generations.push(0);
        Reserved { place, generation: 0 }
    }

    /// The id is over. A place whose numbers are used up stays empty.
    #[inline]
    pub(crate) fn give_back(&mut self, place: u32) {
        let generation = &mut self.generations[place as usize];
        *generation += 1;
        if *generation < u32::MAX {
            self.free.push(place);
        }
    }

    #[inline]
    pub(crate) fn open(&mut self, reserved: Reserved, order: &NewOrder) -> u32 {
        let post_only = if order.post_only { POST_ONLY } else { 0 };
        let timed = if order.timed { TIMED } else { 0 };
        let self_trade = self_trade_number(order.self_trade) << SELF_TRADE_SHIFT;
        self.places[reserved.place as usize] = Order {
            owner: order.owner,
            market: order.market,
            side: order.side,
            ticks: order.ticks,
            flags: OPEN | post_only | timed | self_trade,
            lots_left: order.lots_left,
            held: order.held,
            generation: reserved.generation,
        };
        if order.client_id.is_some() || order.filled != 0 || order.maker_notional != 0 {
            *self.more_mut(reserved.place) = More {
                filled: order.filled,
                maker_notional: order.maker_notional,
                client_id: halves(order.client_id),
            };
        }
        reserved.place
    }

    fn more(&self, place: u32) -> &More {
        let has_more = self.at(place).flags & MORE != 0;
        if has_more { &self.more[place as usize] } else { &NO_MORE }
    }

    /// What an order has besides, nothing at first.
    fn more_mut(&mut self, place: u32) -> &mut More {
        let at = place as usize;
        if self.places[at].flags & MORE == 0 {
            self.places[at].flags |= MORE;
            if self.more.len() <= at {
                self.more.resize(at + 1, NO_MORE);
            }
            self.more[at] = NO_MORE;
        }
        &mut self.more[at]
    }

    /// Lots that an open order traded as maker.
    pub(crate) fn filled(&self, place: u32) -> i64 {
        self.more(place).filled
    }

    /// Its size when it came to rest, less what was taken off since.
    pub(crate) fn lots(&self, place: u32) -> i64 {
        self.at(place).lots_left + self.filled(place)
    }

    /// Quote units that an open order traded as maker; the fee charged so far follows from it.
    #[inline]
    pub(crate) fn maker_notional(&self, place: u32) -> i64 {
        self.more(place).maker_notional
    }

    /// The client's own id.
    #[inline]
    pub(crate) fn client_id(&self, place: u32) -> Option<ClientOrderId> {
        let [high, low] = self.more(place).client_id;
        NonZeroU128::new((u128::from(high) << 64) | u128::from(low)).map(ClientOrderId)
    }

    /// Takes traded lots off an order that stays, and the units that they took.
    #[inline]
    pub(crate) fn fill(&mut self, place: u32, lots: i64, notional: i64, taken: i64) {
        let more = self.more_mut(place);
        more.filled += lots;
        more.maker_notional += notional;
        let order = self.at_mut(place);
        order.lots_left -= lots;
        order.held -= taken;
    }

    #[inline]
    pub(crate) fn close(&mut self, place: u32) {
        self.places[place as usize].flags = 0;
        self.give_back(place);
    }

    /// The place of an open order.
    #[inline]
    pub(crate) fn find(&self, order: OrderId) -> Option<u32> {
        let place = (order.0 & u64::from(u32::MAX)) as u32;
        let found = self.places.get(place as usize)?;
        (found.is_open() && found.generation == (order.0 >> 32) as u32).then_some(place)
    }

    /// Whether an order that was opened once is not over.
    #[inline]
    pub(crate) fn is_latest(&self, order: OrderId) -> bool {
        let place = (order.0 & u64::from(u32::MAX)) as usize;
        self.generations.get(place).is_some_and(|generation| *generation == (order.0 >> 32) as u32)
    }

    #[inline]
    pub(crate) fn at(&self, place: u32) -> &Order {
        &self.places[place as usize]
    }

    #[inline]
    pub(crate) fn at_mut(&mut self, place: u32) -> &mut Order {
        &mut self.places[place as usize]
    }

    /// Neighbours of an order in its queue.
    #[inline]
    pub(crate) fn links(&self, place: u32) -> Links {
        self.links[place as usize]
    }

    #[inline]
    pub(crate) fn links_mut(&mut self, place: u32) -> &mut Links {
        &mut self.links[place as usize]
    }

    #[inline]
    pub(crate) fn id_at(&self, place: u32) -> OrderId {
        id(place, self.at(place).generation)
    }

    /// Whether an order is open at a place that is there.
    pub(crate) fn is_open(&self, place: u32) -> bool {
        self.at(place).is_open()
    }

    /// Places of open orders, ascending.
    pub(crate) fn open_places(&self) -> impl Iterator<Item = u32> {
        (0_u32..).zip(&self.places).filter(|(_, order)| order.is_open()).map(|(place, _)| place)
    }

    /// How many orders each place has had, ascending.
    pub(crate) fn generations(&self) -> &[u32] {
        &self.generations
    }

    /// Free places; the last is used next.
    pub(crate) fn free(&self) -> &[u32] {
        &self.free
    }

    /// Empty places that have had so many orders, in the state in which a snapshot found them.
    pub(crate) fn restored(generations: Vec<u32>, free: Vec<u32>) -> Self {
        let places = vec![Order::UNUSED; generations.len()];
        let links = vec![UNLINKED; generations.len()];
        Self { places, more: Vec::new(), generations, free, links }
    }

    /// A place by its number, to open an order that a snapshot holds; `None` for one that is open, used up or not there.
    pub(crate) fn place(&self, place: u32) -> Option<Reserved> {
        let found = self.places.get(place as usize)?;
        let generation = *self.generations.get(place as usize)?;
        (!found.is_open() && generation < u32::MAX).then_some(Reserved { place, generation })
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
    pub(crate) lots_left: i64,
    pub(crate) held: i64,
    /// What it traded as maker before: lots, and quote units.
    pub(crate) filled: i64,
    pub(crate) maker_notional: i64,
    pub(crate) client_id: Option<ClientOrderId>,
}
