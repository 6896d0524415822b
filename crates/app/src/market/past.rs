//! What a customer did in the markets and what moved in the wallets: from history, newest first.

use std::str::FromStr as _;

use doorward_domain::market::amount::print_units;
use doorward_domain::market::instrument::{AssetId, MarketId};
use doorward_domain::market::ledger::{Bucket, Cause};
use doorward_domain::market::order::{OrderKind, Side};
use doorward_domain::market::refused::MarketRefused;
use doorward_domain::time::Timestamp;

use super::{Asset, MarketShape};
use crate::app::App;
use crate::failure::Failure;
use crate::history::{
    Fill, FillFilter, Found, LedgerEntry, LedgerFilter, OrderFilter, OrderState, PlacedOrder, Spot, Window,
};
use crate::session_cache::Customer;

/// Lines of one page.
const LINES: usize = 50;

/// What a page of the past is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PastOf {
    /// Orders, open ones as well, by when they were placed.
    Orders,
    /// What orders were filled with.
    Fills,
    /// What came to and went from a wallet.
    Wallets,
}

impl PastOf {
    /// Each with the name that addresses use.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Orders, "orders"), (Self::Fills, "fills"), (Self::Wallets, "wallets")];

    /// The name that addresses use.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(one, _)| *one == self).map_or("", |(_, name)| name)
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, one)| *one == name).map(|(one, _)| *one)
    }
}

/// A page of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Newest first.
    pub lines: Vec<PastLine>,
    /// Where the next page begins; nothing behind the oldest line.
    pub older: Option<String>,
    /// Everything is there that this customer was answered before; otherwise history is behind, half a second at least.
    pub is_whole: bool,
}

/// One line, every amount written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PastLine {
    /// An order.
    Order(PastOrder),
    /// A fill.
    Fill(PastFill),
    /// A movement.
    Movement(Movement),
}

/// An order that was accepted once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastOrder {
    /// When it was placed.
    pub at: Timestamp,
    /// As in `BTC-EUR`.
    pub market: String,
    /// Which way.
    pub side: Side,
    /// The limit, in quote; none of a market order.
    pub price: Option<String>,
    /// Its size with its unit: of the base, or of the quote for an order by funds.
    pub size: String,
    /// What was filled of it, in base.
    pub filled: String,
    /// What was paid besides, in quote.
    pub fee: String,
    /// What became of it.
    pub state: OrderState,
}

/// What an order was filled with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastFill {
    /// When.
    pub at: Timestamp,
    /// As in `BTC-EUR`.
    pub market: String,
    /// Which way.
    pub side: Side,
    /// The price, in quote.
    pub price: String,
    /// How much, in base.
    pub size: String,
    /// Price times size, in quote.
    pub total: String,
    /// What was paid besides, in quote.
    pub fee: String,
    /// The order waited in the book; otherwise it came.
    pub is_maker: bool,
}

/// What came to or went from a wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// When.
    pub at: Timestamp,
    /// As in `BTC`.
    pub asset: String,
    /// Which part of which wallet.
    pub bucket: Bucket,
    /// How much, signed.
    pub amount: String,
    /// What was there then.
    pub balance: String,
    /// Why.
    pub cause: Cause,
}

/// What ids stand for.
struct Shapes {
    markets: Vec<MarketShape>,
    assets: Vec<Asset>,
}

impl App {
    /// A page of a customer's past, from a place that [`Past::older`] named, or else the newest. Waits half a second at most
    /// for what the customer was answered last.
    ///
    /// # Errors
    /// This node has no engine; or the database does not answer.
    pub async fn list_past(
        &self,
        customer: &Customer,
        of: PastOf,
        before: Option<&str>,
    ) -> Result<Past, Failure<MarketRefused>> {
        let matching = self.engine().map_err(Failure::Refused)?;
        let history = self.history().ok_or(Failure::Refused(MarketRefused::NoEngine))?;
        let Some(owner) = self.owner_if_any(customer).await? else {
            return Ok(Past { lines: Vec::new(), older: None, is_whole: true });
        };
        let shapes = Shapes { markets: self.markets_of(matching), assets: self.assets_of(matching) };
        // One more, to know whether there is another page.
        let most = u32::try_from(LINES + 1).unwrap_or(u32::MAX);
        let window = Window { before: before.and_then(spot_of).unwrap_or(Spot::END), ..Window::newest(most) };
        Ok(match of {
            PastOf::Orders => {
                let found = history.list_orders(owner, OrderFilter::default(), window).await?;
                let spot = |order: &PlacedOrder| Spot { at: order.placed_at, seq: order.placed_seq, line: 0 };
                page(&found, spot, |order| shapes.order(order).map(PastLine::Order))
            }
            PastOf::Fills => {
                let found = history.list_fills(owner, FillFilter::default(), window).await?;
                page(&found, |fill| fill.spot, |fill| shapes.fill(fill).map(PastLine::Fill))
            }
            PastOf::Wallets => {
                let filter = LedgerFilter { without_holds: true, ..LedgerFilter::default() };
                let found = history.list_ledger(owner, filter, window).await?;
                page(&found, |entry| entry.spot, |entry| shapes.movement(entry).map(PastLine::Movement))
            }
        })
    }
}

/// The lines of what was found, and where the next page begins.
fn page<T>(found: &Found<Vec<T>>, spot: impl Fn(&T) -> Spot, line: impl Fn(&T) -> Option<PastLine>) -> Past {
    let shown = &found.what[..found.what.len().min(LINES)];
    let older = shown.last().filter(|_| found.what.len() > LINES);
    Past {
        lines: shown.iter().filter_map(line).collect(),
        older: older.map(|last| name_of(spot(last))),
        is_whole: found.is_whole,
    }
}

/// A place in history as addresses name it.
fn name_of(spot: Spot) -> String {
    format!("{}-{}-{}", spot.at.as_micros(), spot.seq, spot.line)
}

fn spot_of(name: &str) -> Option<Spot> {
    let mut parts = name.splitn(3, '-');
    let at = i64::from_str(parts.next()?).ok()?;
    let seq = i64::from_str(parts.next()?).ok()?;
    let line = i64::from_str(parts.next()?).ok()?;
    let seq = u64::try_from(seq).ok()?;
    Some(Spot { at: Timestamp::from_micros(at), seq, line })
}

impl Shapes {
    /// Every market that has a past is listed, because none is ever taken off the list.
    fn market(&self, id: MarketId) -> Option<&MarketShape> {
        self.markets.get(usize::from(id.0))
    }

    fn asset(&self, id: AssetId) -> Option<&Asset> {
        self.assets.get(usize::from(id.0))
    }

    fn order(&self, order: &PlacedOrder) -> Option<PastOrder> {
        let market = self.market(order.market)?;
        let base = |lots| format!("{} {}", market.size_text(lots), market.base.symbol);
        let (price, size) = match order.terms.kind {
            OrderKind::Limit { ticks, lots, .. } => (Some(market.price_text(ticks)), base(lots)),
            OrderKind::MarketBySize { lots } => (None, base(lots)),
            OrderKind::MarketByFunds { funds } => {
                (None, format!("{} {}", print_units(funds, market.quote.scale), market.quote.symbol))
            }
        };
        Some(PastOrder {
            at: order.placed_at,
            market: market.symbol.clone(),
            side: order.side,
            price,
            size,
            filled: market.size_text(order.filled_lots),
            fee: print_units(order.fee, market.quote.scale),
            state: order.state,
        })
    }

    fn fill(&self, fill: &Fill) -> Option<PastFill> {
        let market = self.market(fill.market)?;
        Some(PastFill {
            at: fill.spot.at,
            market: market.symbol.clone(),
            side: fill.side,
            price: market.price_text(fill.ticks),
            size: market.size_text(fill.lots),
            total: print_units(fill.notional, market.quote.scale),
            fee: print_units(fill.fee, market.quote.scale),
            is_maker: fill.is_maker,
        })
    }

    fn movement(&self, entry: &LedgerEntry) -> Option<Movement> {
        let asset = self.asset(entry.account.asset)?;
        let sign = if entry.amount > 0 { "+" } else { "" };
        Some(Movement {
            at: entry.spot.at,
            asset: asset.symbol.clone(),
            bucket: entry.account.bucket,
            amount: format!("{sign}{}", print_units(entry.amount, asset.scale)),
            balance: print_units(entry.balance, asset.scale),
            cause: entry.cause,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_history_has_one_name_and_whatever_else_is_typed_has_none() {
        let spot = Spot { at: Timestamp::from_seconds(1_800_000_000), seq: 7, line: 2 };
        assert_eq!(spot_of(&name_of(spot)), Some(spot));
        for name in [
            "",
            "1",
            "1-2",
            "1-2-x",
            "-1-2-3",
            "1--2-3",
            "9223372036854775808-1-1",
            "1-18446744073709551615-0",
        ] {
            assert_eq!(spot_of(name), None, "{name}");
        }
        for (of, name) in PastOf::ALL {
            assert_eq!((PastOf::from_name(name), of.name()), (Some(of), name));
        }
    }
}
