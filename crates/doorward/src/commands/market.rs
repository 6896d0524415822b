//! `doorward asset …` and `doorward market …`: what is listed, through the running server or, when none runs, with the
//! folder's lock.

use doorward_app::app::App;
use doorward_app::failure::{Failure, Fault};
use doorward_app::market::{Asset, ListingRefused, MarketShape, NewMarket};
use doorward_domain::market::amount::{AmountRefused, print_units};
use doorward_domain::market::instrument::MarketUnsound;
use doorward_domain::market::order::CommandRefused;

use crate::admin::{Answer, Ask};
use crate::arguments::{AssetCommand, MarketCommand, SettingsArguments};
use crate::commands::account::ask_or_do;
use crate::outcome::{Stopped, chain};

/// `doorward asset …`.
pub(crate) fn run_asset(settings: &SettingsArguments, command: AssetCommand) -> Result<(), Stopped> {
    ask_or_do(
        settings,
        match command {
            AssetCommand::List => Ask::AssetList,
            AssetCommand::Add { symbol, name, scale, max_issued } => {
                Ask::AssetAdd { symbol, name, scale, max_issued }
            }
        },
    )
}

/// `doorward market …`.
pub(crate) fn run_market(settings: &SettingsArguments, command: MarketCommand) -> Result<(), Stopped> {
    ask_or_do(
        settings,
        match command {
            MarketCommand::List => Ask::MarketList,
            MarketCommand::Open { base, quote, terms } => Ask::MarketOpen { base, quote, terms },
            MarketCommand::Halt { market } => Ask::MarketHalt { market },
            MarketCommand::Resume { market } => Ask::MarketResume { market },
        },
    )
}

/// Does what is asked of the market; gives back what is not about it.
pub(crate) async fn perform(app: &App, ask: Ask) -> Result<Answer, Ask> {
    if !ask.is_listing() {
        return Err(ask);
    }
    // A server has read them at its start; an engine that is open for one command alone has not.
    if let Err(fault) = app.load_asset_names().await {
        return Ok(failed(&fault));
    }
    let done = match ask {
        Ask::AssetList => listed(app.list_assets().map(|assets| assets.iter().map(asset_line).collect())),
        Ask::AssetAdd { symbol, name, scale, max_issued } => {
            let added = app.list_asset(&symbol, &name, scale, max_issued.as_deref()).await;
            added.map(|asset| vec![asset_line(&asset)])
        }
        Ask::MarketList => {
            listed(app.list_markets().map(|markets| markets.iter().map(market_line).collect()))
        }
        Ask::MarketOpen { base, quote, terms } => {
            let new = NewMarket {
                base,
                quote,
                tick: terms.tick,
                lot: terms.lot,
                min_size: terms.min_size,
                max_size: terms.max_size,
                min_notional: terms.min_notional,
                taker_ppm: terms.taker_ppm,
                maker_ppm: terms.maker_ppm,
                band_ppm: terms.band_ppm,
                max_open_orders: terms.max_open_orders,
            };
            app.open_new_market(&new).await.map(|market| vec![market_line(&market)])
        }
        Ask::MarketHalt { market } => {
            let halted = app.set_market_halted(&market, true).await;
            halted.map(|()| vec![format!("{market} takes no new orders; cancels work")])
        }
        Ask::MarketResume { market } => {
            let resumed = app.set_market_halted(&market, false).await;
            resumed.map(|()| vec![format!("{market} takes orders again")])
        }
        other => return Err(other),
    };
    Ok(match done {
        Ok(lines) => Answer::Done { lines },
        Err(Failure::Refused(refused)) => Answer::Refused { why: words(refused) },
        Err(Failure::Fault(fault)) => failed(&fault),
    })
}

fn failed(fault: &Fault) -> Answer {
    tracing::error!(what = %fault.what, source = ?fault.source, "an operator's command failed");
    Answer::Fault { what: chain(fault) }
}

fn listed(
    lines: Result<Vec<String>, doorward_domain::market::refused::MarketRefused>,
) -> Result<Vec<String>, Failure<ListingRefused>> {
    lines.map_err(|refused| Failure::Refused(refused.into()))
}

/// One asset in one line, with fixed places for scripts: number, symbol, digits, most that may exist, name.
fn asset_line(asset: &Asset) -> String {
    let most = print_units(asset.max_issued, asset.scale);
    format!("{}\t{}\t{} digits\tat most {most}\t{}", asset.id, asset.symbol, asset.scale, asset.name)
}

/// One market in one line, with fixed places for scripts: number, symbol, state, steps, fees.
fn market_line(market: &MarketShape) -> String {
    let spec = &market.market.spec;
    let state = if market.halted { "halted" } else { "open" };
    format!(
        "{}\t{}\t{state}\ttick {}\tlot {}\ttaker {} ppm\tmaker {} ppm",
        market.id,
        market.symbol,
        market.price_step_text(),
        market.size_step_text(),
        spec.taker_ppm,
        spec.maker_ppm,
    )
}

fn words(refused: ListingRefused) -> String {
    let text = match refused {
        ListingRefused::NoEngine => {
            "this node has no engine for the market (`market.engine`), or it still replays its journal (/readyz)"
        }
        ListingRefused::Busy => "the engine has as much to do as it takes; try again",
        ListingRefused::NotKnown => {
            "the engine stopped before it answered, so it is not known whether this was done: look with `doorward asset list` \
             or `doorward market list` before you try again"
        }
        ListingRefused::Symbol => {
            "a symbol is 2 to 10 capital letters and digits, a letter first, such as BTC"
        }
        ListingRefused::Name => "a name is 1 to 60 characters",
        ListingRefused::SymbolTaken => "another asset has this symbol",
        ListingRefused::Scale => "an asset has at most 8 digits after the point",
        ListingRefused::MaxIssued(why) => return format!("--max-issued: {}", amount_words(why)),
        ListingRefused::UnknownAsset => "no asset has this symbol: list it first with `doorward asset add`",
        ListingRefused::MarketThere => "there is a market of these two already",
        ListingRefused::UnknownMarket => "there is no such market: `doorward market list` names them",
        ListingRefused::Number { which, why } => return format!("{which}: {}", amount_words(why)),
        ListingRefused::OffLot { which } => {
            return format!("{which} is no whole number of lots: choose a multiple of --lot");
        }
        ListingRefused::Unsound(why) => unsound_words(why),
        ListingRefused::Engine(why) => return engine_words(why).to_owned(),
    };
    text.to_owned()
}

const fn amount_words(why: AmountRefused) -> &'static str {
    match why {
        AmountRefused::NotANumber => "not a number with a decimal point, such as 0.01",
        AmountRefused::Negative => "below zero",
        AmountRefused::TooManyDigits => "more digits after the point than the asset has",
        AmountRefused::TooLarge => "more than any asset can have: 2^62 units",
    }
}

const fn unsound_words(why: MarketUnsound) -> &'static str {
    match why {
        MarketUnsound::Assets => "base and quote are the same asset",
        MarketUnsound::Limits => {
            "a step or a limit is zero, or the smallest size is above the largest: look at --tick, --lot, --min-size, \
             --max-size and --max-open-orders"
        }
        MarketUnsound::Fraction => {
            "--tick times --lot is no whole number of units of the quote asset: choose a coarser --tick or --lot, or a quote \
             asset with more digits"
        }
        MarketUnsound::Fees => "a fee of 1,000,000 millionths or more takes everything",
        MarketUnsound::Overflow => {
            "the largest order would not fit: choose a smaller --max-size, --tick or --lot"
        }
    }
}

const fn engine_words(why: CommandRefused) -> &'static str {
    match why {
        CommandRefused::Full => "there are as many as there may be",
        CommandRefused::Unsound => "the description does not hold: at least one unit must be able to exist",
        _ => "the engine refused it; nothing has changed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unsound_description_says_what_to_change() {
        let told = words(ListingRefused::Unsound(MarketUnsound::Fraction));
        assert!(told.contains("--tick times --lot"), "{told}");
        let told = words(ListingRefused::OffLot { which: "--max-size" });
        assert!(told.starts_with("--max-size"), "{told}");
        let told = words(ListingRefused::NoEngine);
        assert!(told.contains("market.engine"), "{told}");
    }
}
