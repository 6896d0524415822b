//! What a customer holds, and moving it between one's own wallets.

use doorward_domain::action::Action;
use doorward_domain::market::amount::print_units;
use doorward_domain::market::command::{Command, Wallet};
use doorward_domain::market::refused::{AmountField, MarketRefused};

use super::{Asset, amount, carried_out};
use crate::app::App;
use crate::failure::Failure;
use crate::session_cache::Customer;
use crate::visit::Visit;

/// What a customer holds of one asset, in units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Of what.
    pub asset: Asset,
    /// Main wallet, available.
    pub main: i64,
    /// Main wallet, on its way out.
    pub main_held: i64,
    /// Trade wallet, available.
    pub trade: i64,
    /// Trade wallet, in open orders.
    pub trade_held: i64,
}

impl Holding {
    /// Whether there is nothing of the asset.
    pub const fn is_nothing(&self) -> bool {
        self.main == 0 && self.main_held == 0 && self.trade == 0 && self.trade_held == 0
    }

    /// An amount of this asset, written out.
    pub fn text(&self, units: i64) -> String {
        print_units(units, self.asset.scale)
    }

    /// Everything together.
    pub fn whole(&self) -> i64 {
        // An asset's units are at most 2^62 over all accounts, so no sum of one account's leaves i64.
        self.main.saturating_add(self.main_held).saturating_add(self.trade).saturating_add(self.trade_held)
    }
}

impl App {
    /// Everything a customer holds, one line for each asset that is listed.
    ///
    /// # Errors
    /// This node has no engine; or the database does not answer.
    pub async fn list_holdings(&self, customer: &Customer) -> Result<Vec<Holding>, Failure<MarketRefused>> {
        let matching = self.engine().map_err(Failure::Refused)?;
        let owner = self.owner_if_any(customer).await?;
        let balances = owner.map(|owner| matching.view().balances(owner)).unwrap_or_default();
        let holding = |asset: Asset| {
            let found = balances.iter().find(|(id, _)| *id == asset.id);
            let balance = found.map(|(_, balance)| *balance).unwrap_or_default();
            Holding {
                asset,
                main: balance.main,
                main_held: balance.main_held,
                trade: balance.trade,
                trade_held: balance.held,
            }
        };
        Ok(self.assets_of(matching).into_iter().map(holding).collect())
    }

    /// Moves an amount from one of the customer's wallets to the other. It leaves no account, so it asks for no trading
    /// password and no hold stands in its way; towards the market it is open as long as selling is, and back as long as an
    /// order can be cancelled. The same form again is the same move, and a form that is too old to know that moves nothing.
    ///
    /// # Errors
    /// Refused by the guard, for its amount or age, or by the engine; nothing has moved by it then. With
    /// [`MarketRefused::NotKnown`] it may have.
    pub async fn move_between_wallets(
        &self,
        visit: &Visit,
        customer: &Customer,
        (asset, typed): (&str, &str),
        from: Wallet,
        mark: &str,
    ) -> Result<(), Failure<MarketRefused>> {
        let action = match from {
            Wallet::Main => Action::Sell,
            Wallet::Trade => Action::CancelOrder,
        };
        self.may(visit, customer, action).await.map_err(|it| it.map_refused(MarketRefused::NotNow))?;
        let matching = self.engine().map_err(Failure::Refused)?;
        let asset = self.find_asset(asset).map_err(Failure::Refused)?;
        let field = AmountField::Amount;
        let units = amount(typed, asset.scale, field).map_err(Failure::Refused)?;
        if units == 0 {
            return Err(Failure::Refused(MarketRefused::Zero { field }));
        }
        if !self.is_young_form(mark) {
            return Err(Failure::Refused(MarketRefused::FormTooOld));
        }
        let owner = self.owner_for(customer).await?;
        let command = Command::Transfer { owner, asset: asset.id, amount: units, from };
        let answered = matching.send(Some(self.command_of_form(customer, mark)), command).await;
        carried_out(answered).map(drop).map_err(Failure::Refused)
    }
}
