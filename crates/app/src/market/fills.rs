//! A customer's last fills in a market, from history.

use doorward_domain::market::amount::print_units;
use doorward_domain::market::order::Side;
use doorward_domain::time::Timestamp;

use super::MarketShape;
use crate::app::App;
use crate::failure::Fault;
use crate::history::{Fill, FillFilter, Found, Window};
use crate::matching::Matching;
use crate::session_cache::Customer;

/// Fills that are shown.
const FILLS_SHOWN: u32 = 10;

/// One fill of a customer's, written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnFill {
    /// When.
    pub at: Timestamp,
    /// Which way.
    pub side: Side,
    /// The price, in quote.
    pub price: String,
    /// How much, in base.
    pub size: String,
    /// What it cost, in quote.
    pub fee: String,
}

impl App {
    /// The customer's last fills in a market, newest first. History is waited for until it has what everybody did up to now:
    /// somebody else may have filled an order of theirs. `None` where this node keeps no history.
    ///
    /// # Errors
    /// A database does not answer.
    pub async fn list_own_fills(
        &self,
        customer: &Customer,
        shape: &MarketShape,
    ) -> Result<Option<Found<Vec<OwnFill>>>, Fault> {
        let Some(history) = self.history() else { return Ok(None) };
        let Some(owner) = self.owner_if_any(customer).await? else {
            return Ok(Some(Found { what: Vec::new(), is_whole: true }));
        };
        let now = self.matching.as_ref().map_or(0, Matching::sequence);
        let is_whole = history.wait_for(now).await;
        let filter = FillFilter { market: Some(shape.id), order: None };
        let found = history.list_fills(owner, filter, Window::newest(FILLS_SHOWN)).await?;
        let what = found.what.iter().map(|fill| own_fill(shape, fill)).collect();
        Ok(Some(Found { what, is_whole: is_whole && found.is_whole }))
    }
}

fn own_fill(shape: &MarketShape, fill: &Fill) -> OwnFill {
    OwnFill {
        at: fill.spot.at,
        side: fill.side,
        price: shape.price_text(fill.ticks),
        size: shape.size_text(fill.lots),
        fee: print_units(fill.fee, shape.quote.scale),
    }
}
