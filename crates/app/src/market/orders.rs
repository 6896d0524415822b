//! Placing and cancelling orders from what a person typed.

use doorward_domain::action::Action;
use doorward_domain::market::command::{ClientOrderId, Command, PlaceOrder};
use doorward_domain::market::event::Answer;
use doorward_domain::market::instrument::{MAX_TICKS, OrderId};
use doorward_domain::market::order::{CommandRefused, OrderKind, SelfTradePrevention, Side, TimeInForce};
use doorward_domain::market::refused::{AmountField, MarketRefused, Step, steps_of};

use super::{MarketShape, amount, carried_out};
use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::matching::{OrderState, ViewOrder};
use crate::session_cache::Customer;
use crate::visit::Visit;

/// How long a limit order lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasts {
    /// Until it is filled or cancelled.
    UntilCancelled,
    /// What is not filled at once ends.
    AtOnce,
    /// Filled whole at once, or not at all.
    Whole,
    /// Only if it rests: one that would trade at once ends instead.
    IfItRests,
}

impl Lasts {
    /// Each with the name that forms use.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::UntilCancelled, "until-cancelled"),
        (Self::AtOnce, "at-once"),
        (Self::Whole, "whole"),
        (Self::IfItRests, "if-it-rests"),
    ];

    /// The name that forms use.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(one, _)| *one == self).map_or("", |(_, name)| name)
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, one)| *one == name).map(|(one, _)| *one)
    }
}

/// An order as a form has it.
#[derive(Debug, Clone, Copy)]
pub struct OrderWish<'a> {
    /// Which way.
    pub side: Side,
    /// At any price within the market's band; otherwise at this limit.
    pub at_market: bool,
    /// The limit, in quote; nothing of a market order.
    pub price: &'a str,
    /// How much, in base.
    pub size: &'a str,
    /// How long a limit order lasts.
    pub lasts: Lasts,
    /// See [`App::new_form_mark`].
    pub mark: &'a str,
}

/// What came of an order that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    /// It stands in the book, perhaps filled in part.
    Rests,
    /// It was filled whole.
    Filled,
    /// It was filled in part, and the rest of it ended.
    FilledInPart,
    /// It ended so long ago that only history says how: its form was sent before.
    Ended,
}

/// One of a customer's open orders, written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnOrder {
    /// Its id.
    pub id: OrderId,
    /// Which way.
    pub side: Side,
    /// The limit, in quote.
    pub price: String,
    /// Its size, in base.
    pub size: String,
    /// What is filled of it, in base.
    pub filled: String,
}

/// What an order needs before the engine is asked.
fn kind_of(shape: &MarketShape, wish: &OrderWish<'_>) -> Result<OrderKind, MarketRefused> {
    let spec = &shape.market.spec;
    let size = Step { units: spec.lot_units, scale: shape.base.scale };
    let lots = steps_of(amount(wish.size, size.scale, AmountField::Size)?, size, AmountField::Size)?;
    if wish.at_market {
        if !wish.price.trim().is_empty() {
            return Err(MarketRefused::PriceOfMarketOrder);
        }
        return Ok(OrderKind::MarketBySize { lots });
    }
    let step = Step { units: spec.tick_units, scale: shape.quote.scale };
    let ticks = steps_of(amount(wish.price, step.scale, AmountField::Price)?, step, AmountField::Price)?;
    let ticks = u32::try_from(ticks).ok().filter(|ticks| *ticks <= MAX_TICKS);
    let ticks = ticks.ok_or(MarketRefused::Engine(CommandRefused::Price))?;
    let time_in_force = match wish.lasts {
        Lasts::UntilCancelled | Lasts::IfItRests => TimeInForce::GoodTillCancelled,
        Lasts::AtOnce => TimeInForce::ImmediateOrCancel,
        Lasts::Whole => TimeInForce::FillOrKill,
    };
    Ok(OrderKind::Limit { ticks, lots, time_in_force, post_only: wish.lasts == Lasts::IfItRests })
}

impl App {
    /// Places an order. The same form again is the same order: by the command's identity for ten minutes, and then by the
    /// client's id, which the engine knows for a day after the order has ended (market rules 2). No form is older: its
    /// token is good for one session, and a session for a day.
    ///
    /// # Errors
    /// Refused by the guard, for its numbers, or by the engine: nothing was traded then. With
    /// [`MarketRefused::NotKnown`] it may have been.
    pub async fn place_order(
        &self,
        visit: &Visit,
        customer: &Customer,
        market: &str,
        wish: OrderWish<'_>,
    ) -> Result<Placed, Failure<MarketRefused>> {
        let action = match wish.side {
            Side::Buy => Action::Buy,
            Side::Sell => Action::Sell,
        };
        self.may(visit, customer, action).await.map_err(|it| it.map_refused(MarketRefused::NotNow))?;
        let matching = self.engine().map_err(Failure::Refused)?;
        let shape = self.find_market(market).map_err(Failure::Refused)?;
        let kind = kind_of(&shape, &wish).map_err(Failure::Refused)?;
        let owner = self.owner_for(customer).await?;
        let id = self.command_of_form(customer, wish.mark);
        let order = PlaceOrder {
            owner,
            market: shape.id,
            side: wish.side,
            kind,
            // Nobody means to trade with themselves; what already waits in the book keeps its place.
            self_trade: Some(SelfTradePrevention::CancelNewest),
            client_id: Some(ClientOrderId(id.0)),
        };
        let answer = carried_out(matching.send(Some(id), Command::Place(order)).await);
        let Answer::Order(order) = answer.map_err(Failure::Refused)? else {
            return Err(Fault::internal("placing an order was answered by something else").into());
        };
        // Fed before the answer, so an order that is not there has ended a while ago: filled or not, the view does not know.
        match matching.view().find_order(owner, order) {
            Some(order) => came_of(&order).map_err(Failure::Refused),
            None => Ok(Placed::Ended),
        }
    }

    /// Cancels one of the customer's open orders.
    ///
    /// # Errors
    /// Refused by the guard; or there is no such open order of theirs.
    pub async fn cancel_order(
        &self,
        visit: &Visit,
        customer: &Customer,
        order: &str,
    ) -> Result<(), Failure<MarketRefused>> {
        self.may_cancel(visit, customer).await?;
        let unknown = || Failure::Refused(MarketRefused::Engine(CommandRefused::UnknownOrder));
        let order = order.parse().map(OrderId).map_err(|_| unknown())?;
        let owner = self.owner_if_any(customer).await?.ok_or_else(unknown)?;
        let matching = self.engine().map_err(Failure::Refused)?;
        let answered = matching.send(None, Command::Cancel { owner, order }).await;
        carried_out(answered).map(drop).map_err(Failure::Refused)
    }

    /// Cancels all of the customer's open orders in a market.
    ///
    /// # Errors
    /// Refused by the guard; or there is no such market.
    pub async fn cancel_all_orders(
        &self,
        visit: &Visit,
        customer: &Customer,
        market: &str,
    ) -> Result<(), Failure<MarketRefused>> {
        self.may_cancel(visit, customer).await?;
        let shape = self.find_market(market).map_err(Failure::Refused)?;
        let Some(owner) = self.owner_if_any(customer).await? else { return Ok(()) };
        let matching = self.engine().map_err(Failure::Refused)?;
        let answered = matching.send(None, Command::CancelAll { owner, market: Some(shape.id) }).await;
        carried_out(answered).map(drop).map_err(Failure::Refused)
    }

    /// The customer's open orders in a market, newest first.
    ///
    /// # Errors
    /// This node has no engine; or the database does not answer.
    pub async fn list_own_orders(
        &self,
        customer: &Customer,
        shape: &MarketShape,
    ) -> Result<Vec<OwnOrder>, Failure<MarketRefused>> {
        let matching = self.engine().map_err(Failure::Refused)?;
        let Some(owner) = self.owner_if_any(customer).await? else { return Ok(Vec::new()) };
        let orders = matching.view().open_orders(owner, Some(shape.id));
        Ok(orders.iter().map(|order| own_order(shape, order)).collect())
    }

    async fn may_cancel(&self, visit: &Visit, customer: &Customer) -> Result<(), Failure<MarketRefused>> {
        let may = self.may(visit, customer, Action::CancelOrder).await;
        may.map_err(|failure| failure.map_refused(MarketRefused::NotNow))
    }
}

/// What an order that was taken came to, by what the view says of it.
fn came_of(order: &ViewOrder) -> Result<Placed, MarketRefused> {
    match order.state {
        OrderState::Open => Ok(Placed::Rests),
        OrderState::Filled { .. } => Ok(Placed::Filled),
        OrderState::Cancelled { .. } if order.filled_lots > 0 => Ok(Placed::FilledInPart),
        OrderState::Cancelled { reason, .. } => Err(MarketRefused::EndedAtOnce(reason)),
    }
}

fn own_order(shape: &MarketShape, order: &ViewOrder) -> OwnOrder {
    OwnOrder {
        id: order.id,
        side: order.side,
        price: order.ticks().map(|ticks| shape.price_text(ticks)).unwrap_or_default(),
        size: shape.size_text(order.filled_lots.saturating_add(order.lots_left)),
        filled: shape.size_text(order.filled_lots),
    }
}

#[cfg(test)]
mod tests {
    use doorward_domain::market::amount::AmountRefused;

    use super::super::data::tests::shape;
    use super::*;

    fn wish<'a>(price: &'a str, size: &'a str) -> OrderWish<'a> {
        let (side, lasts) = (Side::Buy, Lasts::UntilCancelled);
        OrderWish { side, at_market: false, price, size, lasts, mark: "" }
    }

    #[test]
    fn typed_numbers_become_whole_ticks_and_lots_or_say_what_is_wrong() {
        let kind = |price, size| kind_of(&shape(), &wish(price, size));
        let limit = OrderKind::Limit {
            ticks: 6_125_050,
            lots: 5_000,
            time_in_force: TimeInForce::GoodTillCancelled,
            post_only: false,
        };
        assert_eq!(kind("61250.50", "0.5"), Ok(limit));
        assert_eq!(kind(" 61250.5 ", "5e-1"), Ok(limit));
        let price = AmountField::Price;
        let step = Step { units: 10_000, scale: 6 };
        assert_eq!(kind("61250.505", "0.5"), Err(MarketRefused::OffStep { field: price, step }));
        assert_eq!(kind("0", "0.5"), Err(MarketRefused::Zero { field: price }));
        let why = AmountRefused::NotANumber;
        assert_eq!(kind("61.250,50", "0.5"), Err(MarketRefused::Amount { field: price, why, scale: 6 }));
        let why = AmountRefused::TooManyDigits;
        let size = AmountField::Size;
        assert_eq!(kind("1", "0.000000001"), Err(MarketRefused::Amount { field: size, why, scale: 8 }));
        let step = Step { units: 10_000, scale: 8 };
        assert_eq!(kind("1", "0.00001"), Err(MarketRefused::OffStep { field: size, step }));
        assert_eq!(kind("99999999999", "1"), Err(MarketRefused::Engine(CommandRefused::Price)));
    }

    #[test]
    fn a_market_order_has_no_price() {
        let wish = |price| OrderWish { at_market: true, ..wish(price, "0.5") };
        assert_eq!(kind_of(&shape(), &wish("  ")), Ok(OrderKind::MarketBySize { lots: 5_000 }));
        assert_eq!(kind_of(&shape(), &wish("61250")), Err(MarketRefused::PriceOfMarketOrder));
    }

    #[test]
    fn how_long_an_order_lasts_has_one_name_each() {
        for (lasts, name) in Lasts::ALL {
            assert_eq!((Lasts::from_name(name), lasts.name()), (Some(lasts), name));
        }
        assert_eq!(Lasts::from_name("forever"), None);
    }
}
