//! Reading a state. Whatever the bytes say, the result is a state that the engine could be in, or a refusal.

use std::num::NonZeroU128;

use doorward_domain::market::bytes::Reader;
use doorward_domain::market::codec::{read_asset, read_market, read_restriction, self_trade_of, side_of};
use doorward_domain::market::command::{ClientOrderId, CommandId, HoldId};
use doorward_domain::market::event::Answer;
use doorward_domain::market::instrument::{AssetId, MAX_TICKS, MarketId, OrderId, OwnerId};
use doorward_domain::market::order::{CommandRefused, Side};
use doorward_domain::time::Timestamp;

use super::{FORMAT, MAGIC, SnapshotRefused};
use crate::balance::{Balance, House};
use crate::engine::{Engine, Hold, LATEST_RULES};
use crate::identity::{Kept, MOST_KEPT};
use crate::orders::{NONE, NewOrder, Orders};
use crate::settle::hold_of;

type Read<T> = Result<T, SnapshotRefused>;

const IMPOSSIBLE: SnapshotRefused = SnapshotRefused::Impossible;

pub(super) fn engine(body: &[u8]) -> Read<Engine> {
    let mut reader = Reader::new(body);
    if reader.array()? != MAGIC || reader.u16()? != FORMAT {
        return Err(SnapshotRefused::Malformed);
    }
    let mut engine = Engine::new();
    engine.rules = reader.u16()?;
    if engine.rules == 0 || engine.rules > LATEST_RULES {
        return Err(SnapshotRefused::UnknownRules);
    }
    engine.sequence = reader.u64()?;
    engine.shared.now = Timestamp::from_micros(reader.i64()?);
    ledger(&mut engine, &mut reader)?;
    markets(&mut engine, &mut reader)?;
    places(&mut engine, &mut reader)?;
    let mut own_counts = vec![0; engine.shared.balances.owners() as usize];
    for market in (0..).map(MarketId).take(engine.markets.len()) {
        book(&mut engine, market, Side::Buy, &mut own_counts, &mut reader)?;
        book(&mut engine, market, Side::Sell, &mut own_counts, &mut reader)?;
    }
    free_places_are_free(&engine)?;
    own_orders(&mut engine, &own_counts, &mut reader)?;
    ids(&mut engine, &mut reader)?;
    if reader.count(1)? != 0 || reader.count(1)? != 0 {
        return Err(SnapshotRefused::UnknownRules);
    }
    reader.end()?;
    engine.audit().map_err(|_| IMPOSSIBLE)?;
    Ok(engine)
}

fn ledger(engine: &mut Engine, reader: &mut Reader<'_>) -> Read<()> {
    let mut events = Vec::new();
    for asset in (0..).map(AssetId).take(reader.count(33)?) {
        engine.list_asset(read_asset(reader)?, &mut events).map_err(|_| IMPOSSIBLE)?;
        *engine.shared.balances.house_mut(asset) =
            House { fees: reader.i64()?, custody: reader.i64()?, suspense: reader.i64()? };
    }
    let owners = reader.count(1 + 32 * engine.assets.len())?;
    for owner in (0..).map(OwnerId).take(owners) {
        engine.open_owner(&mut events).map_err(|_| IMPOSSIBLE)?;
        engine.restrictions[owner.0 as usize] = read_restriction(reader)?;
        for asset in (0..).map(AssetId).take(engine.assets.len()) {
            *engine.shared.balances.of_mut(owner, asset) = Balance {
                main: reader.i64()?,
                main_held: reader.i64()?,
                trade: reader.i64()?,
                held: reader.i64()?,
            };
        }
    }
    let mut last = 0;
    for _ in 0..reader.count(30)? {
        let id = reader.u128()?;
        let (owner, asset) = (OwnerId(reader.u32()?), AssetId(reader.u16()?));
        let amount = reader.i64()?;
        let known = engine.owner_and_asset(owner, asset).is_ok();
        // Ascending, so that one set of holds has one spelling; zero is no name and never comes after another.
        let name = NonZeroU128::new(id).filter(|_| id > last && known && amount > 0).ok_or(IMPOSSIBLE)?;
        last = id;
        engine.holds.insert(HoldId(name), Hold { owner, asset, amount });
    }
    Ok(())
}

fn markets(engine: &mut Engine, reader: &mut Reader<'_>) -> Read<()> {
    let mut events = Vec::new();
    for _ in 0..reader.count(79)? {
        engine.list_market(read_market(reader)?, &mut events).map_err(|_| IMPOSSIBLE)?;
        let trading = engine.markets.last_mut().ok_or(IMPOSSIBLE)?;
        trading.last_ticks = reader.u32()?;
        trading.sequence = reader.u64()?;
        trading.trades = reader.u64()?;
        trading.halted = match reader.u8()? {
            0 => false,
            1 => true,
            _ => return Err(SnapshotRefused::Malformed),
        };
        if trading.last_ticks > MAX_TICKS {
            return Err(IMPOSSIBLE);
        }
    }
    Ok(())
}

fn places(engine: &mut Engine, reader: &mut Reader<'_>) -> Read<()> {
    let mut generations = Vec::new();
    for _ in 0..reader.count(4)? {
        generations.push(reader.u32()?);
    }
    let mut free = Vec::new();
    for _ in 0..reader.count(4)? {
        free.push(reader.u32()?);
    }
    if generations.len() > NONE as usize {
        return Err(IMPOSSIBLE);
    }
    engine.shared.orders = Orders::restored(generations, free);
    Ok(())
}

fn book(
    engine: &mut Engine,
    market_id: MarketId,
    side: Side,
    own_counts: &mut [u32],
    reader: &mut Reader<'_>,
) -> Read<()> {
    let market = engine.markets[usize::from(market_id.0)].market;
    let mut last_ticks = None;
    for _ in 0..reader.count(53)? {
        let (place, owner, ticks) = (reader.u32()?, OwnerId(reader.u32()?), reader.u32()?);
        let flags = reader.u8()?;
        let (lots, lots_left, maker_notional) = (reader.i64()?, reader.i64()?, reader.i64()?);
        let client_id = NonZeroU128::new(reader.u128()?).map(ClientOrderId);
        let deadline = match flags >> 5 {
            0 => None,
            1 => Some(Timestamp::from_micros(reader.i64()?)),
            _ => return Err(SnapshotRefused::Malformed),
        };
        let is_behind = last_ticks.is_none_or(|last| match side {
            Side::Buy => ticks <= last,
            Side::Sell => ticks >= last,
        });
        last_ticks = Some(ticks);
        let fits = side_of(flags & 1)? == side
            && is_behind
            && (1..=MAX_TICKS).contains(&ticks)
            && 0 < lots_left
            && lots_left <= lots
            && lots <= market.spec.max_lots
            && maker_notional >= 0
            && owner.0 < engine.shared.balances.owners();
        let whole = market.notional(ticks, lots).filter(|_| fits).ok_or(IMPOSSIBLE)?;
        if maker_notional > whole {
            return Err(IMPOSSIBLE);
        }
        let reserved = engine.shared.orders.place(place).ok_or(IMPOSSIBLE)?;
        let new = NewOrder {
            owner,
            market: market_id,
            side,
            ticks,
            self_trade: self_trade_of(flags >> 1 & 7)?,
            post_only: flags >> 4 & 1 == 1,
            timed: deadline.is_some(),
            lots_left,
            held: hold_of(&market, side, ticks, lots_left, maker_notional),
            filled: lots - lots_left,
            maker_notional,
            client_id,
        };
        if let Some(deadline) = deadline {
            engine.shared.deadlines.insert(reserved.id(), deadline);
        }
        take_client_id(engine, client_id, reserved.id())?;
        let place = engine.shared.orders.open(reserved, &new);
        engine.markets[usize::from(market_id.0)].ladder.join(
            &mut engine.shared.orders,
            place,
            (side, ticks, lots_left),
        );
        own_counts[owner.0 as usize] += 1;
    }
    Ok(())
}

fn take_client_id(engine: &mut Engine, client_id: Option<ClientOrderId>, order: OrderId) -> Read<()> {
    let Some(ClientOrderId(id)) = client_id else { return Ok(()) };
    if engine.shared.client_ids.get(id.get()).is_some() {
        return Err(IMPOSSIBLE);
    }
    engine.shared.client_ids.insert(id.get(), order.0);
    Ok(())
}

/// Every place is open, free once, or used up.
fn free_places_are_free(engine: &Engine) -> Read<()> {
    let generations = engine.shared.orders.generations();
    let mut is_free = vec![false; generations.len()];
    for place in engine.shared.orders.free() {
        engine.shared.orders.place(*place).ok_or(IMPOSSIBLE)?;
        let seen = is_free.get_mut(*place as usize).ok_or(IMPOSSIBLE)?;
        if std::mem::replace(seen, true) {
            return Err(IMPOSSIBLE);
        }
    }
    for (place, is_free) in (0..).zip(is_free) {
        // A place that is neither free nor could be is open or used up.
        if !is_free && engine.shared.orders.place(place).is_some() {
            return Err(IMPOSSIBLE);
        }
    }
    Ok(())
}

/// Reads each owner's list, newest first, and fills it from its end, as it grew.
fn own_orders(engine: &mut Engine, counts: &[u32], reader: &mut Reader<'_>) -> Read<()> {
    let mut places = Vec::new();
    let mut is_listed = vec![false; engine.shared.orders.generations().len()];
    for (owner, count) in (0..).map(OwnerId).zip(counts) {
        places.clear();
        for _ in 0..*count {
            places.push(reader.u32()?);
        }
        for place in places.iter().rev() {
            let listed = is_listed.get_mut(*place as usize).ok_or(IMPOSSIBLE)?;
            let order = engine.shared.orders.at(*place);
            let is_open = engine.shared.orders.is_open(*place);
            if *listed || !is_open || order.owner != owner {
                return Err(IMPOSSIBLE);
            }
            *listed = true;
            let (market, id) = (order.market, engine.shared.orders.id_at(*place));
            engine.shared.own_orders.open(owner, market, id, &engine.shared.orders);
        }
    }
    Ok(())
}

fn ids(engine: &mut Engine, reader: &mut Reader<'_>) -> Read<()> {
    let mut last = Timestamp::from_micros(i64::MIN);
    for _ in 0..reader.count(32)? {
        let closed_at = Timestamp::from_micros(reader.i64()?);
        let id = NonZeroU128::new(reader.u128()?).map(ClientOrderId).ok_or(IMPOSSIBLE)?;
        take_client_id(engine, Some(id), OrderId(reader.u64()?))?;
        if closed_at < last || closed_at > engine.shared.now {
            return Err(IMPOSSIBLE);
        }
        last = closed_at;
        engine.shared.closed_client_ids.push_back((closed_at, id));
    }
    let kept = reader.count(41)?;
    let mut last = Timestamp::from_micros(i64::MIN);
    for _ in 0..kept {
        let id = NonZeroU128::new(reader.u128()?).map(CommandId).ok_or(IMPOSSIBLE)?;
        let (fingerprint, at) = (reader.u64()?, Timestamp::from_micros(reader.i64()?));
        let answer = answer(reader.u8()?, reader.u64()?)?;
        if engine.identities.find(id).is_some() || at < last || at > engine.shared.now || kept > MOST_KEPT {
            return Err(IMPOSSIBLE);
        }
        last = at;
        engine.identities.keep(Kept { id, fingerprint, answer, at });
    }
    Ok(())
}

fn answer(kind: u8, number: u64) -> Read<Answer> {
    let malformed = SnapshotRefused::Malformed;
    let small = || u16::try_from(number).map_err(|_| malformed);
    Ok(match kind {
        0 if number == 0 => Answer::Done,
        1 => Answer::Asset(AssetId(small()?)),
        2 => Answer::Market(MarketId(small()?)),
        3 => Answer::Owner(OwnerId(u32::try_from(number).map_err(|_| malformed)?)),
        4 => Answer::Order(OrderId(number)),
        5 => {
            let refused = u8::try_from(number).ok().and_then(CommandRefused::of_number);
            Answer::Refused(refused.ok_or(malformed)?)
        }
        _ => return Err(malformed),
    })
}
