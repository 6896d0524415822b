//! Money outside the books: deposits, transfers, payments and holds.

use doorward_domain::market::command::{Command, HoldId, Wallet};
use doorward_domain::market::event::Event;
use doorward_domain::market::instrument::{AssetId, OwnerId};
use doorward_domain::market::order::CommandRefused;

use crate::balance::Balance;
use crate::engine::{Engine, Hold};

impl Engine {
    /// Carries out a command that only moves money.
    pub(crate) fn move_money(
        &mut self,
        command: &Command,
        events: &mut Vec<Event>,
    ) -> Result<(), CommandRefused> {
        let event = match *command {
            Command::Deposit { owner, asset, amount } => self.deposit(owner, asset, amount)?,
            Command::Transfer { owner, asset, amount, from } => {
                let balance = self.balance_for(owner, asset, amount)?;
                let (source, target) = match from {
                    Wallet::Main => (&mut balance.main, &mut balance.trade),
                    Wallet::Trade => (&mut balance.trade, &mut balance.main),
                };
                take(source, amount)?;
                *target += amount;
                Event::Transferred { owner, asset, amount, from }
            }
            Command::Pay { owner, to, asset, amount, wallet } => {
                self.owner_and_asset(to, asset)?;
                self.may_leave(owner)?;
                take(available(self.balance_for(owner, asset, amount)?, wallet), amount)?;
                *available(self.shared.balances.of_mut(to, asset), wallet) += amount;
                Event::Paid { owner, to, asset, amount, wallet }
            }
            Command::Hold { hold, owner, asset, amount } => {
                self.may_leave(owner)?;
                if self.holds.contains_key(&hold) {
                    return Err(CommandRefused::DuplicateHold);
                }
                let balance = self.balance_for(owner, asset, amount)?;
                take(&mut balance.main, amount)?;
                balance.main_held += amount;
                self.holds.insert(hold, Hold { owner, asset, amount });
                Event::Held { hold, owner, asset, amount }
            }
            Command::Release(hold) => {
                let Hold { owner, asset, amount } = self.end_hold(hold)?;
                self.shared.balances.of_mut(owner, asset).main += amount;
                Event::Released { hold, owner, asset, amount }
            }
            Command::Settle(hold) => {
                let Hold { owner, asset, amount } = self.end_hold(hold)?;
                self.shared.balances.house_mut(asset).custody += amount;
                Event::Settled { hold, owner, asset, amount }
            }
            _ => return Ok(()),
        };
        events.push(event);
        Ok(())
    }

    fn deposit(&mut self, owner: OwnerId, asset: AssetId, amount: i64) -> Result<Event, CommandRefused> {
        self.balance_for(owner, asset, amount)?;
        let most = self.assets[usize::from(asset.0)].max_issued;
        let house = self.shared.balances.house_mut(asset);
        // Custody counts downwards, so that everything together sums to zero.
        if most + house.custody < amount {
            return Err(CommandRefused::TooMuchIssued);
        }
        house.custody -= amount;
        self.shared.balances.of_mut(owner, asset).main += amount;
        Ok(Event::Deposited { owner, asset, amount })
    }

    /// The balance that an amount is taken from or given to.
    fn balance_for(
        &mut self,
        owner: OwnerId,
        asset: AssetId,
        amount: i64,
    ) -> Result<&mut Balance, CommandRefused> {
        self.owner_and_asset(owner, asset)?;
        if amount <= 0 {
            return Err(CommandRefused::Amount);
        }
        Ok(self.shared.balances.of_mut(owner, asset))
    }

    fn may_leave(&self, owner: OwnerId) -> Result<(), CommandRefused> {
        let restriction = self.restrictions.get(owner.0 as usize).ok_or(CommandRefused::UnknownOwner)?;
        if restriction.no_leaving { Err(CommandRefused::Restricted) } else { Ok(()) }
    }

    /// Takes a hold's units off what is held; whoever asks gives them to somebody.
    fn end_hold(&mut self, hold: HoldId) -> Result<Hold, CommandRefused> {
        let hold = self.holds.remove(&hold).ok_or(CommandRefused::UnknownHold)?;
        self.shared.balances.of_mut(hold.owner, hold.asset).main_held -= hold.amount;
        Ok(hold)
    }
}

fn available(balance: &mut Balance, wallet: Wallet) -> &mut i64 {
    match wallet {
        Wallet::Main => &mut balance.main,
        Wallet::Trade => &mut balance.trade,
    }
}

fn take(source: &mut i64, amount: i64) -> Result<(), CommandRefused> {
    if *source < amount {
        return Err(CommandRefused::InsufficientFunds);
    }
    *source -= amount;
    Ok(())
}
