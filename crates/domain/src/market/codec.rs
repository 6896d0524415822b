//! Commands as bytes: what the journal keeps (market rules 3).
//!
//! A record is `version u8 · time i64 · identity u128 (zero for none) · kind u8 · fields`, little-endian, without padding. Its
//! sequence follows from its place in its group. One record has one spelling: whatever is read is written the same again.

use std::num::NonZeroU128;

use crate::time::Timestamp;

use super::bytes::{Malformed, Reader, Sink};
use super::command::{
    AmendOrder, ClientOrderId, Command, CommandId, HoldId, PlaceOrder, Record, Restriction, Wallet,
};
use super::instrument::{AssetId, AssetSpec, MarketId, MarketSpec, OrderId, OwnerId};
use super::order::{OrderKind, SelfTradePrevention, Side, TimeInForce};

/// Version of the records that are written. Every version that was ever written is read.
pub const RECORD_VERSION: u8 = 1;
/// No record is longer.
pub const MAX_RECORD_BYTES: usize = 160;

/// Appends a record.
pub fn write_record(record: &Record, sink: &mut impl Sink) {
    sink.put_u8(RECORD_VERSION);
    sink.put_i64(record.at.as_micros());
    sink.put_u128(record.id.map_or(0, |id| id.0.get()));
    write_command(&record.command, sink);
}

/// Reads the record that stands at this place of the journal.
pub fn read_record(sequence: u64, bytes: &[u8]) -> Result<Record, Malformed> {
    let mut reader = Reader::new(bytes);
    if reader.u8()? != RECORD_VERSION {
        return Err(Malformed);
    }
    let at = Timestamp::from_micros(reader.i64()?);
    let id = NonZeroU128::new(reader.u128()?).map(CommandId);
    let command = read_command(&mut reader)?;
    reader.end()?;
    Ok(Record { sequence, at, id, command })
}

/// Appends a command. The engine knows a repeated one by these bytes.
#[inline]
pub fn write_command(command: &Command, sink: &mut impl Sink) {
    match command {
        Command::Place(order) => write_place(order, sink),
        Command::Cancel { owner, order } => {
            sink.put_u8(2);
            sink.put_u32(owner.0);
            sink.put_u64(order.0);
        }
        Command::Amend(amend) => {
            sink.put_u8(3);
            sink.put_u32(amend.owner.0);
            sink.put_u64(amend.order.0);
            sink.put_u32(amend.ticks);
            sink.put_i64(amend.lots);
        }
        Command::CancelAll { owner, market } => {
            sink.put_u8(if market.is_some() { 4 } else { 5 });
            sink.put_u32(owner.0);
            if let Some(market) = market {
                sink.put_u16(market.0);
            }
        }
        Command::Tick => sink.put_u8(6),
        other => write_rare(other, sink),
    }
}

fn write_place(order: &PlaceOrder, sink: &mut impl Sink) {
    sink.put_u8(1);
    sink.put_u32(order.owner.0);
    sink.put_u16(order.market.0);
    sink.put_u8(side_number(order.side) | self_trade_number(order.self_trade) << 1);
    match order.kind {
        OrderKind::Limit { ticks, lots, time_in_force, post_only } => {
            let number = match time_in_force {
                TimeInForce::GoodTillCancelled => 0,
                TimeInForce::ImmediateOrCancel => 1,
                TimeInForce::FillOrKill => 2,
                TimeInForce::GoodTillTime(_) => 3,
            };
            sink.put_u8(number << 1 | u8::from(post_only));
            sink.put_u32(ticks);
            sink.put_i64(lots);
            if let Some(deadline) = time_in_force.deadline() {
                sink.put_i64(deadline.as_micros());
            }
        }
        OrderKind::MarketBySize { lots } => {
            sink.put_u8(8);
            sink.put_i64(lots);
        }
        OrderKind::MarketByFunds { funds } => {
            sink.put_u8(9);
            sink.put_i64(funds);
        }
    }
    sink.put_u128(order.client_id.map_or(0, |id| id.0.get()));
}

#[cold]
fn write_rare(command: &Command, sink: &mut impl Sink) {
    let mut units = |kind, owner: OwnerId, asset: AssetId, amount| {
        sink.put_u8(kind);
        sink.put_u32(owner.0);
        sink.put_u16(asset.0);
        sink.put_i64(amount);
    };
    match command {
        Command::Deposit { owner, asset, amount } => units(16, *owner, *asset, *amount),
        Command::Transfer { owner, asset, amount, from } => {
            units(17, *owner, *asset, *amount);
            sink.put_u8(wallet_number(*from));
        }
        Command::Pay { owner, to, asset, amount, wallet } => {
            units(18, *owner, *asset, *amount);
            sink.put_u32(to.0);
            sink.put_u8(wallet_number(*wallet));
        }
        Command::Hold { hold, owner, asset, amount } => {
            units(19, *owner, *asset, *amount);
            sink.put_u128(hold.0.get());
        }
        Command::Release(hold) => {
            sink.put_u8(20);
            sink.put_u128(hold.0.get());
        }
        Command::Settle(hold) => {
            sink.put_u8(21);
            sink.put_u128(hold.0.get());
        }
        Command::Restrict { owner, restriction } => {
            sink.put_u8(22);
            sink.put_u32(owner.0);
            sink.put_u8(restriction_number(*restriction));
        }
        Command::Halt(market) => {
            sink.put_u8(23);
            sink.put_u16(market.0);
        }
        Command::Resume(market) => {
            sink.put_u8(24);
            sink.put_u16(market.0);
        }
        Command::ListAsset(spec) => {
            sink.put_u8(25);
            write_asset(spec, sink);
        }
        Command::ListMarket(spec) => {
            sink.put_u8(26);
            write_market(spec, sink);
        }
        Command::OpenOwner => sink.put_u8(27),
        Command::ActivateRules(rules) => {
            sink.put_u8(28);
            sink.put_u16(*rules);
        }
        // The frequent ones are written before.
        Command::Place(_)
        | Command::Cancel { .. }
        | Command::Amend(_)
        | Command::CancelAll { .. }
        | Command::Tick => {}
    }
}

/// Reads a command; what follows it is left.
pub fn read_command(reader: &mut Reader<'_>) -> Result<Command, Malformed> {
    let kind = reader.u8()?;
    Ok(match kind {
        1 => Command::Place(read_place(reader)?),
        2 => Command::Cancel { owner: owner(reader)?, order: OrderId(reader.u64()?) },
        3 => Command::Amend(AmendOrder {
            owner: owner(reader)?,
            order: OrderId(reader.u64()?),
            ticks: reader.u32()?,
            lots: reader.i64()?,
        }),
        4 => Command::CancelAll { owner: owner(reader)?, market: Some(market(reader)?) },
        5 => Command::CancelAll { owner: owner(reader)?, market: None },
        6 => Command::Tick,
        16..=19 => read_units(kind, reader)?,
        20 => Command::Release(hold(reader)?),
        21 => Command::Settle(hold(reader)?),
        22 => Command::Restrict { owner: owner(reader)?, restriction: read_restriction(reader)? },
        23 => Command::Halt(market(reader)?),
        24 => Command::Resume(market(reader)?),
        25 => Command::ListAsset(read_asset(reader)?),
        26 => Command::ListMarket(read_market(reader)?),
        27 => Command::OpenOwner,
        28 => Command::ActivateRules(reader.u16()?),
        _ => return Err(Malformed),
    })
}

fn read_units(kind: u8, reader: &mut Reader<'_>) -> Result<Command, Malformed> {
    let (owner, asset, amount) = (owner(reader)?, AssetId(reader.u16()?), reader.i64()?);
    Ok(match kind {
        16 => Command::Deposit { owner, asset, amount },
        17 => Command::Transfer { owner, asset, amount, from: read_wallet(reader)? },
        18 => {
            let to = OwnerId(reader.u32()?);
            Command::Pay { owner, to, asset, amount, wallet: read_wallet(reader)? }
        }
        19 => Command::Hold { hold: hold(reader)?, owner, asset, amount },
        _ => return Err(Malformed),
    })
}

fn read_place(reader: &mut Reader<'_>) -> Result<PlaceOrder, Malformed> {
    let (owner, market, sides) = (owner(reader)?, market(reader)?, reader.u8()?);
    let kind = match reader.u8()? {
        8 => OrderKind::MarketBySize { lots: reader.i64()? },
        9 => OrderKind::MarketByFunds { funds: reader.i64()? },
        kind => {
            let (ticks, lots) = (reader.u32()?, reader.i64()?);
            let time_in_force = match kind >> 1 {
                0 => TimeInForce::GoodTillCancelled,
                1 => TimeInForce::ImmediateOrCancel,
                2 => TimeInForce::FillOrKill,
                3 => TimeInForce::GoodTillTime(Timestamp::from_micros(reader.i64()?)),
                _ => return Err(Malformed),
            };
            OrderKind::Limit { ticks, lots, time_in_force, post_only: kind & 1 == 1 }
        }
    };
    Ok(PlaceOrder {
        owner,
        market,
        side: side_of(sides & 1)?,
        kind,
        self_trade: self_trade_of(sides >> 1)?,
        client_id: NonZeroU128::new(reader.u128()?).map(ClientOrderId),
    })
}

fn owner(reader: &mut Reader<'_>) -> Result<OwnerId, Malformed> {
    reader.u32().map(OwnerId)
}

fn market(reader: &mut Reader<'_>) -> Result<MarketId, Malformed> {
    reader.u16().map(MarketId)
}

fn hold(reader: &mut Reader<'_>) -> Result<HoldId, Malformed> {
    NonZeroU128::new(reader.u128()?).map(HoldId).ok_or(Malformed)
}

/// The number of a side.
pub const fn side_number(side: Side) -> u8 {
    match side {
        Side::Buy => 0,
        Side::Sell => 1,
    }
}

/// The side of a number.
pub const fn side_of(number: u8) -> Result<Side, Malformed> {
    match number {
        0 => Ok(Side::Buy),
        1 => Ok(Side::Sell),
        _ => Err(Malformed),
    }
}

/// The number of a setting of self-trade prevention; zero for none.
pub const fn self_trade_number(prevention: Option<SelfTradePrevention>) -> u8 {
    match prevention {
        None => 0,
        Some(SelfTradePrevention::CancelNewest) => 1,
        Some(SelfTradePrevention::CancelOldest) => 2,
        Some(SelfTradePrevention::CancelBoth) => 3,
        Some(SelfTradePrevention::DecreaseAndCancel) => 4,
    }
}

/// The setting of a number.
pub const fn self_trade_of(number: u8) -> Result<Option<SelfTradePrevention>, Malformed> {
    Ok(match number {
        0 => None,
        1 => Some(SelfTradePrevention::CancelNewest),
        2 => Some(SelfTradePrevention::CancelOldest),
        3 => Some(SelfTradePrevention::CancelBoth),
        4 => Some(SelfTradePrevention::DecreaseAndCancel),
        _ => return Err(Malformed),
    })
}

const fn wallet_number(wallet: Wallet) -> u8 {
    match wallet {
        Wallet::Main => 0,
        Wallet::Trade => 1,
    }
}

fn read_wallet(reader: &mut Reader<'_>) -> Result<Wallet, Malformed> {
    match reader.u8()? {
        0 => Ok(Wallet::Main),
        1 => Ok(Wallet::Trade),
        _ => Err(Malformed),
    }
}

/// The number of what an owner may not do.
pub const fn restriction_number(restriction: Restriction) -> u8 {
    let Restriction { no_buying, no_selling, no_leaving } = restriction;
    no_buying as u8 | (no_selling as u8) << 1 | (no_leaving as u8) << 2
}

/// Reads what an owner may not do.
pub fn read_restriction(reader: &mut Reader<'_>) -> Result<Restriction, Malformed> {
    let number = reader.u8()?;
    if number > 7 {
        return Err(Malformed);
    }
    Ok(Restriction { no_buying: number & 1 != 0, no_selling: number & 2 != 0, no_leaving: number & 4 != 0 })
}

/// Appends an asset's facts.
pub fn write_asset(spec: &AssetSpec, sink: &mut impl Sink) {
    sink.put_u8(spec.scale);
    sink.put_i64(spec.max_issued);
}

/// Reads an asset's facts, sound or not.
pub fn read_asset(reader: &mut Reader<'_>) -> Result<AssetSpec, Malformed> {
    Ok(AssetSpec { scale: reader.u8()?, max_issued: reader.i64()? })
}

/// Appends a market's description.
pub fn write_market(spec: &MarketSpec, sink: &mut impl Sink) {
    sink.put_u16(spec.base.0);
    sink.put_u16(spec.quote.0);
    for number in [spec.tick_units, spec.lot_units, spec.min_lots, spec.max_lots, spec.min_notional] {
        sink.put_i64(number);
    }
    for number in [spec.taker_ppm, spec.maker_ppm, spec.band_ppm] {
        sink.put_u32(number);
    }
    sink.put_u16(spec.max_open_orders);
}

/// Reads a market's description, sound or not.
pub fn read_market(reader: &mut Reader<'_>) -> Result<MarketSpec, Malformed> {
    Ok(MarketSpec {
        base: AssetId(reader.u16()?),
        quote: AssetId(reader.u16()?),
        tick_units: reader.i64()?,
        lot_units: reader.i64()?,
        min_lots: reader.i64()?,
        max_lots: reader.i64()?,
        min_notional: reader.i64()?,
        taker_ppm: reader.u32()?,
        maker_ppm: reader.u32()?,
        band_ppm: reader.u32()?,
        max_open_orders: reader.u16()?,
    })
}

#[cfg(test)]
mod tests;
