//! The market floor: what customers and operators do with the engine, and the market data that everybody sees.
//!
//! Every wish of a customer passes the guard before it becomes a command. What is shown of one's own comes from the
//! sequencer's view, which is fed before an answer is given; what is shown of a market comes from a book of the
//! market-data task's own (market rules 4).

mod book;
mod data;
mod feed;
mod fills;
mod joining;
mod listing;
mod live;
mod names;
mod orders;
mod past;
mod tape;
mod wallets;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use doorward_domain::id::AccountId;
use doorward_domain::market::amount::{digits_of_step, parse_units, print_aligned, print_units};
use doorward_domain::market::command::CommandId;
use doorward_domain::market::instrument::{AssetId, Market, MarketId, OwnerId};
use doorward_domain::market::refused::{AmountField, MarketRefused};
use doorward_domain::time::Timestamp;

pub use data::{Depth, Direction, Level, MarketNow, Ticker, TradeLine};
pub use feed::{Frames, NoStream};
pub use fills::OwnFill;
pub use listing::{ListingRefused, NewMarket};
pub use orders::{Lasts, OrderWish, OwnOrder, Placed};
pub use past::{Movement, Past, PastFill, PastLine, PastOf, PastOrder};
pub use wallets::Holding;

use live::Live;
use names::Names;

use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::keys::KeyedHash;
use crate::matching::{Answered, Matching, NotTaken};
use crate::session_cache::Customer;

/// How long a form does its work that nothing but its command's identity keeps from being done twice: less than the ten
/// minutes for which the engine knows that (market rules 2).
const FORM_GOOD_FOR: Duration = Duration::from_secs(9 * 60);

/// Owners that are kept in memory, about 4 MB of them; then they are asked for anew.
const OWNERS_KEPT: usize = 100_000;

/// What the floor keeps in memory.
#[derive(Default)]
pub(crate) struct Floor {
    names: RwLock<Arc<Names>>,
    /// Held while something is listed: numbers follow from the order of listing.
    listing: tokio::sync::Mutex<()>,
    pub(crate) live: Live,
    is_demo: AtomicBool,
    /// The owners of accounts that were asked for: an account's owner never changes.
    owners: Mutex<HashMap<AccountId, OwnerId>>,
}

/// An asset as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its number in the engine.
    pub id: AssetId,
    /// As in `BTC`.
    pub symbol: String,
    /// As in `Bitcoin`.
    pub name: String,
    /// Digits after the point.
    pub scale: u8,
    /// Most units that may exist.
    pub max_issued: i64,
}

/// A market as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarketShape {
    /// Its number in the engine.
    pub id: MarketId,
    /// As in `BTC-EUR`.
    pub symbol: String,
    /// What is bought and sold.
    pub base: Asset,
    /// What it is paid with.
    pub quote: Asset,
    /// The arithmetic.
    pub market: Market,
    /// It takes no orders.
    pub halted: bool,
}

impl MarketShape {
    /// A price with as many digits as every price of the market.
    pub fn price_text(&self, ticks: u32) -> String {
        let step = self.market.spec.tick_units;
        let units = i128::from(step) * i128::from(ticks);
        // A price that no order can have is shown as the highest one that fits.
        let units = i64::try_from(units).unwrap_or(i64::MAX);
        print_aligned(units, self.quote.scale, digits_of_step(step, self.quote.scale))
    }

    /// A size with as many digits as every size of the market.
    pub fn size_text(&self, lots: i64) -> String {
        let step = self.market.spec.lot_units;
        print_aligned(self.market.base_units(lots), self.base.scale, digits_of_step(step, self.base.scale))
    }

    /// The step of prices, written out.
    pub fn price_step_text(&self) -> String {
        print_units(self.market.spec.tick_units, self.quote.scale)
    }

    /// The step of sizes, written out.
    pub fn size_step_text(&self) -> String {
        print_units(self.market.spec.lot_units, self.base.scale)
    }

    /// The smallest and the largest size of an order, written out.
    pub fn size_limits_text(&self) -> (String, String) {
        let text = |lots| print_units(self.market.base_units(lots), self.base.scale);
        (text(self.market.spec.min_lots), text(self.market.spec.max_lots))
    }
}

impl App {
    pub(crate) fn names(&self) -> Arc<Names> {
        Arc::clone(&self.floor().names.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set_names(&self, names: Names) {
        *self.floor().names.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(names);
    }

    /// From now on pages say that the markets are moved by the house itself.
    pub fn begin_demo(&self) {
        self.floor().is_demo.store(true, Ordering::Relaxed);
    }

    /// Whether the markets are moved by the house itself, for show.
    pub fn is_demo(&self) -> bool {
        self.floor().is_demo.load(Ordering::Relaxed)
    }

    /// Every asset that is listed, in the order of listing.
    ///
    /// # Errors
    /// This node has no engine.
    pub fn list_assets(&self) -> Result<Vec<Asset>, MarketRefused> {
        Ok(self.assets_of(self.engine()?))
    }

    /// Every market that is listed, in the order of listing.
    ///
    /// # Errors
    /// This node has no engine.
    pub fn list_markets(&self) -> Result<Vec<MarketShape>, MarketRefused> {
        Ok(self.markets_of(self.engine()?))
    }

    /// The market with this symbol.
    ///
    /// # Errors
    /// There is none, or no engine.
    pub fn find_market(&self, symbol: &str) -> Result<MarketShape, MarketRefused> {
        let found = self.list_markets()?.into_iter().find(|market| market.symbol == symbol);
        found.ok_or(MarketRefused::UnknownMarket)
    }

    pub(crate) fn find_asset(&self, symbol: &str) -> Result<Asset, MarketRefused> {
        let found = self.list_assets()?.into_iter().find(|asset| asset.symbol == symbol);
        found.ok_or(MarketRefused::UnknownAsset)
    }

    pub(crate) fn assets_of(&self, matching: &Matching) -> Vec<Asset> {
        let names = self.names();
        let asset = |(id, spec): (AssetId, doorward_domain::market::instrument::AssetSpec)| Asset {
            id,
            symbol: names.symbol(id),
            name: names.name(id),
            scale: spec.scale,
            max_issued: spec.max_issued,
        };
        matching.view().assets().into_iter().map(asset).collect()
    }

    pub(crate) fn markets_of(&self, matching: &Matching) -> Vec<MarketShape> {
        let assets = self.assets_of(matching);
        let find = |id: AssetId| assets.get(usize::from(id.0)).cloned();
        let shape = |facts: crate::matching::MarketFacts| {
            let (base, quote) = (find(facts.spec.base)?, find(facts.spec.quote)?);
            // The engine listed it, so it is sound.
            let market = Market::new(facts.spec, base.scale).ok()?;
            let symbol = format!("{}-{}", base.symbol, quote.symbol);
            Some(MarketShape { id: facts.id, symbol, base, quote, market, halted: facts.halted })
        };
        matching.view().markets().into_iter().filter_map(shape).collect()
    }

    /// The engine, where it takes commands.
    pub(crate) fn engine(&self) -> Result<&Matching, MarketRefused> {
        self.market().map_err(not_taken)
    }

    /// The owner of a customer's ledger accounts, if they were opened.
    pub(crate) async fn owner_if_any(&self, customer: &Customer) -> Result<Option<OwnerId>, Fault> {
        let account = customer.account;
        if let Some(owner) = self.owners().get(&account) {
            return Ok(Some(*owner));
        }
        let found = self.owner_of(account).await?;
        if let Some(owner) = found {
            let mut owners = self.owners();
            if owners.len() >= OWNERS_KEPT {
                owners.clear();
            }
            owners.insert(account, owner);
        }
        Ok(found)
    }

    fn owners(&self) -> MutexGuard<'_, HashMap<AccountId, OwnerId>> {
        self.floor().owners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, opened at first use.
    pub(crate) async fn owner_for(&self, customer: &Customer) -> Result<OwnerId, Failure<MarketRefused>> {
        match self.owner_if_any(customer).await? {
            Some(owner) => Ok(owner),
            None => self.open_owner(customer.account).await.map_err(|it| it.map_refused(not_taken)),
        }
    }

    /// What a form carries so that sending it twice does its work once: when it was made, and something nobody guesses.
    pub fn new_form_mark(&self) -> String {
        format!("{}-{}", self.now().as_seconds(), self.random.token().encode())
    }

    /// Whether a form is so young that the engine still knows whether it was sent before. A mark that is not ours is not.
    pub(crate) fn is_young_form(&self, mark: &str) -> bool {
        let made_at = mark.split_once('-').and_then(|(seconds, _)| seconds.parse().ok());
        made_at.is_some_and(|made_at| self.now().since(Timestamp::from_seconds(made_at)) < FORM_GOOD_FOR)
    }

    /// The identity of what a form asks for: the same form again is the same command.
    pub(crate) fn command_of_form(&self, customer: &Customer, mark: &str) -> CommandId {
        let account = customer.account.as_uuid();
        let hash = self.keys.hash(KeyedHash::MarketCommand, &[account.as_bytes(), mark.as_bytes()]);
        let mut number = [0; 16];
        number.copy_from_slice(&hash[..16]);
        let number = u128::from_le_bytes(number);
        CommandId(std::num::NonZeroU128::new(number).unwrap_or(std::num::NonZeroU128::MIN))
    }
}

/// Why nothing can be sent, as whoever would is told: nothing was done.
pub(crate) fn not_taken(why: NotTaken) -> MarketRefused {
    match why {
        NotTaken::Full | NotTaken::Behind => MarketRefused::Busy,
        NotTaken::Starting | NotTaken::Suspended | NotTaken::Stopped | NotTaken::Absent => {
            MarketRefused::NoEngine
        }
    }
}

/// The engine's answer, or its refusal.
pub(crate) fn carried_out(
    answered: Result<Answered, NotTaken>,
) -> Result<doorward_domain::market::event::Answer, MarketRefused> {
    use doorward_domain::market::event::Answer;
    let answered = answered.map_err(|why| match why {
        // It may have been written down before the end.
        NotTaken::Stopped => MarketRefused::NotKnown,
        why => not_taken(why),
    });
    match answered?.answer {
        Answer::Refused(refused) => Err(MarketRefused::Engine(refused)),
        answer => Ok(answer),
    }
}

/// An amount as a person types it; spaces around it are no part of it.
pub(crate) fn amount(text: &str, scale: u8, field: AmountField) -> Result<i64, MarketRefused> {
    parse_units(text.trim(), scale).map_err(|why| MarketRefused::Amount { field, why, scale })
}
