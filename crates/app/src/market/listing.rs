//! What an operator does on the market: listing assets and markets, halting and resuming.

use doorward_domain::market::amount::{AmountRefused, parse_units};
use doorward_domain::market::command::Command;
use doorward_domain::market::event::Answer;
use doorward_domain::market::instrument::{
    AssetSpec, MAX_ISSUED, MAX_SCALE, Market, MarketSpec, MarketUnsound,
};
use doorward_domain::market::name::{is_asset_name, is_asset_symbol};
use doorward_domain::market::order::CommandRefused;
use doorward_domain::market::refused::MarketRefused;
use doorward_store::StoreFault;
use doorward_store::asset_name::{AssetName, forget_asset_names, record_asset_name};

use super::{Asset, MarketShape, carried_out};
use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::matching::Matching;

/// A market as an operator describes it: amounts as text, of base or of quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMarket {
    /// Symbol of what is bought and sold.
    pub base: String,
    /// Symbol of what it is paid with.
    pub quote: String,
    /// Step of prices, in quote for one base.
    pub tick: String,
    /// Step of sizes, in base.
    pub lot: String,
    /// Smallest size of an order, in base; one lot where nothing is said.
    pub min_size: Option<String>,
    /// Largest size of an order, in base.
    pub max_size: String,
    /// Smallest price × size of an order, in quote.
    pub min_notional: String,
    /// Fee of whoever takes, in millionths.
    pub taker_ppm: u32,
    /// Fee of whoever makes, in millionths.
    pub maker_ppm: u32,
    /// How far from the last trade an order may be priced, in millionths; zero for no band.
    pub band_ppm: u32,
    /// Most open orders of one owner.
    pub max_open_orders: u16,
}

impl NewMarket {
    /// Terms that suit an asset like bitcoin in a currency like euros.
    pub fn usual(base: &str, quote: &str) -> Self {
        Self {
            base: base.to_owned(),
            quote: quote.to_owned(),
            tick: "0.01".to_owned(),
            lot: "0.0001".to_owned(),
            min_size: None,
            max_size: "100".to_owned(),
            min_notional: "1".to_owned(),
            taker_ppm: 1_000,
            maker_ppm: 500,
            band_ppm: 100_000,
            max_open_orders: 200,
        }
    }
}

/// Why nothing was listed, halted or resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListingRefused {
    /// This process has no engine.
    NoEngine,
    /// The engine has as much to do as it takes.
    Busy,
    /// The engine stopped before it answered: whether it was done is not known.
    NotKnown,
    /// A symbol is 2 to 10 capital letters and digits, a letter first.
    Symbol,
    /// A name is 1 to 60 characters without control characters.
    Name,
    /// Another asset has this symbol.
    SymbolTaken,
    /// More digits than an asset may have.
    Scale,
    /// The amount that may exist at most.
    MaxIssued(AmountRefused),
    /// No asset has the symbol of the base, or of the quote.
    UnknownAsset,
    /// There is a market of these two already.
    MarketThere,
    /// No market has this symbol.
    UnknownMarket,
    /// A number of the description.
    Number {
        /// Which one.
        which: &'static str,
        /// What is wrong with it.
        why: AmountRefused,
    },
    /// A size that is no whole number of lots.
    OffLot {
        /// Which one.
        which: &'static str,
    },
    /// The numbers do not fit each other.
    Unsound(MarketUnsound),
    /// The engine's own answer.
    Engine(CommandRefused),
}

impl From<MarketRefused> for ListingRefused {
    fn from(refused: MarketRefused) -> Self {
        match refused {
            MarketRefused::Busy => Self::Busy,
            MarketRefused::NotKnown => Self::NotKnown,
            MarketRefused::Engine(refused) => Self::Engine(refused),
            MarketRefused::UnknownMarket => Self::UnknownMarket,
            MarketRefused::UnknownAsset => Self::UnknownAsset,
            // What is left concerns customers, and no listing meets it.
            _ => Self::NoEngine,
        }
    }
}

fn refused(refused: impl Into<ListingRefused>) -> Failure<ListingRefused> {
    Failure::Refused(refused.into())
}

/// The description in units and steps.
fn spec_of(new: &NewMarket, base: &Asset, quote: &Asset) -> Result<MarketSpec, ListingRefused> {
    let number = |which, text: &str, scale| {
        parse_units(text, scale).map_err(|why| ListingRefused::Number { which, why })
    };
    let lot_units = number("--lot", &new.lot, base.scale)?;
    let lots = |which, text: &str| {
        let units = number(which, text, base.scale)?;
        match lot_units {
            1.. if units % lot_units == 0 => Ok(units / lot_units),
            1.. => Err(ListingRefused::OffLot { which }),
            _ => Err(ListingRefused::Unsound(MarketUnsound::Limits)),
        }
    };
    Ok(MarketSpec {
        base: base.id,
        quote: quote.id,
        tick_units: number("--tick", &new.tick, quote.scale)?,
        lot_units,
        min_lots: new.min_size.as_deref().map_or(Ok(1), |text| lots("--min-size", text))?,
        max_lots: lots("--max-size", &new.max_size)?,
        min_notional: number("--min-notional", &new.min_notional, quote.scale)?,
        taker_ppm: new.taker_ppm,
        maker_ppm: new.maker_ppm,
        band_ppm: new.band_ppm,
        max_open_orders: new.max_open_orders,
    })
}

impl App {
    /// Lists an asset. Its name is written before the engine lists it, under the number that it will get; a listing that does
    /// not come about leaves nothing that counts.
    ///
    /// # Errors
    /// Refused for its description, or by the engine.
    pub async fn list_asset(
        &self,
        symbol: &str,
        name: &str,
        scale: u8,
        max_issued: Option<&str>,
    ) -> Result<Asset, Failure<ListingRefused>> {
        if !is_asset_symbol(symbol) {
            return Err(refused(ListingRefused::Symbol));
        }
        if !is_asset_name(name) {
            return Err(refused(ListingRefused::Name));
        }
        if scale > MAX_SCALE {
            return Err(refused(ListingRefused::Scale));
        }
        let max_issued = max_issued.map_or(Ok(MAX_ISSUED), |text| parse_units(text, scale));
        let max_issued = max_issued.map_err(|why| refused(ListingRefused::MaxIssued(why)))?;
        let spec = AssetSpec { scale, max_issued };
        if !spec.is_sound() {
            return Err(refused(ListingRefused::Engine(CommandRefused::Unsound)));
        }
        let _one_at_a_time = self.floor().listing.lock().await;
        let matching = self.engine().map_err(refused)?;
        let next = u16::try_from(matching.view().assets().len()).ok();
        let next = next.ok_or_else(|| refused(ListingRefused::Engine(CommandRefused::Full)))?;
        let asset = doorward_domain::market::instrument::AssetId(next);
        self.name_asset(AssetName { asset, symbol: symbol.to_owned(), name: name.to_owned() }).await?;
        let answer = carried_out(matching.send(None, Command::ListAsset(spec)).await);
        if answer != Ok(Answer::Asset(asset)) {
            let why = answer.err().map_or(ListingRefused::NoEngine, ListingRefused::from);
            if let ListingRefused::Engine(_) | ListingRefused::Busy = why {
                self.forget_names_from(asset).await?;
            }
            return Err(refused(why));
        }
        self.load_asset_names().await?;
        let (symbol, name) = (symbol.to_owned(), name.to_owned());
        Ok(Asset { id: asset, symbol, name, scale, max_issued })
    }

    async fn name_asset(&self, name: AssetName) -> Result<(), Failure<ListingRefused>> {
        let now = self.now();
        let recorded = self.db.write::<_, StoreFault, _>("naming an asset", move |tx| {
            Box::pin(async move { record_asset_name(tx, &name, now).await })
        });
        if recorded.await? { Ok(()) } else { Err(refused(ListingRefused::SymbolTaken)) }
    }

    async fn forget_names_from(
        &self,
        asset: doorward_domain::market::instrument::AssetId,
    ) -> Result<(), Fault> {
        let forgotten = self.db.write::<_, StoreFault, _>("forgetting the name of an asset", move |tx| {
            Box::pin(async move { forget_asset_names(tx, asset).await })
        });
        Ok(forgotten.await?)
    }

    /// Lists a market; it takes orders at once.
    ///
    /// # Errors
    /// Refused for its description, or by the engine.
    pub async fn open_new_market(&self, new: &NewMarket) -> Result<MarketShape, Failure<ListingRefused>> {
        let _one_at_a_time = self.floor().listing.lock().await;
        let matching = self.engine().map_err(refused)?;
        let (base, quote) =
            (self.find_asset(&new.base).map_err(refused)?, self.find_asset(&new.quote).map_err(refused)?);
        let symbol = format!("{}-{}", base.symbol, quote.symbol);
        if self.markets_of(matching).iter().any(|market| market.symbol == symbol) {
            return Err(refused(ListingRefused::MarketThere));
        }
        let spec = spec_of(new, &base, &quote).map_err(Failure::Refused)?;
        let market = Market::new(spec, base.scale).map_err(|why| refused(ListingRefused::Unsound(why)))?;
        let answer = carried_out(matching.send(None, Command::ListMarket(spec)).await).map_err(refused)?;
        let Answer::Market(id) = answer else {
            return Err(Fault::internal("listing a market was answered by something else").into());
        };
        Ok(MarketShape { id, symbol, base, quote, market, halted: false })
    }

    /// Lets a market take no more orders, or take them again. Cancels work throughout.
    ///
    /// # Errors
    /// There is no such market, or no engine.
    pub async fn set_market_halted(&self, symbol: &str, halted: bool) -> Result<(), Failure<ListingRefused>> {
        let shape = self.find_market(symbol).map_err(refused)?;
        let matching: &Matching = self.engine().map_err(refused)?;
        let command = if halted { Command::Halt(shape.id) } else { Command::Resume(shape.id) };
        carried_out(matching.send(None, command).await).map(drop).map_err(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::super::data::tests::shape;
    use super::*;

    fn new() -> NewMarket {
        NewMarket::usual("BTC", "EUR")
    }

    #[test]
    fn a_description_becomes_steps_and_units() {
        let shape = shape();
        let spec = spec_of(&new(), &shape.base, &shape.quote).expect("a description");
        assert_eq!((spec.tick_units, spec.lot_units), (10_000, 10_000));
        assert_eq!((spec.min_lots, spec.max_lots, spec.min_notional), (1, 1_000_000, 1_000_000));
    }

    #[test]
    fn a_number_that_does_not_fit_is_named() {
        let shape = shape();
        let of = |new: NewMarket| spec_of(&new, &shape.base, &shape.quote);
        let off = NewMarket { max_size: "0.00015".to_owned(), ..new() };
        assert_eq!(of(off), Err(ListingRefused::OffLot { which: "--max-size" }));
        let fine = NewMarket { tick: "0.0000001".to_owned(), ..new() };
        let why = AmountRefused::TooManyDigits;
        assert_eq!(of(fine), Err(ListingRefused::Number { which: "--tick", why }));
        let none = NewMarket { lot: "0".to_owned(), ..new() };
        assert_eq!(of(none), Err(ListingRefused::Unsound(MarketUnsound::Limits)));
    }
}
