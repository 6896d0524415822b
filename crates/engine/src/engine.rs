//! The state, and what each command does to it.

use std::collections::BTreeMap;

use doorward_domain::market::command::{ClientOrderId, Command, HoldId, Record, Restriction};
use doorward_domain::market::event::{Answer, Event};
use doorward_domain::market::instrument::{
    AssetId, AssetSpec, Market, MarketId, MarketSpec, OrderId, OwnerId,
};
use doorward_domain::market::ledger::{Bucket, LedgerAccount};
use doorward_domain::market::order::{CancelReason, CommandRefused, SelfTradePrevention, Side};
use doorward_domain::time::Timestamp;

use crate::balance::{Balance, House};
use crate::identity::{Identities, Kept, fingerprint};
use crate::shared::{Shared, Trading};

/// Most markets; every owner has a place for each.
const MAX_MARKETS: usize = 1_024;
/// The newest set of rules that this engine knows. It knows all before it, too.
pub const LATEST_RULES: u16 = 1;

/// Units held for something outside the market.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hold {
    pub(crate) owner: OwnerId,
    pub(crate) asset: AssetId,
    pub(crate) amount: i64,
}

/// An open order as others see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenOrder {
    /// Its id.
    pub id: OrderId,
    /// Whose.
    pub owner: OwnerId,
    /// Where.
    pub market: MarketId,
    /// Which way.
    pub side: Side,
    /// Price.
    pub ticks: u32,
    /// Size when it came to rest, less what was taken off since.
    pub lots: i64,
    /// What is not filled of it.
    pub lots_left: i64,
    /// Units held: quote of a buyer, fee included; base of a seller.
    pub held: i64,
    /// The client's own id.
    pub client_id: Option<ClientOrderId>,
    /// When it ends by itself.
    pub deadline: Option<Timestamp>,
    /// Whether it must not take when it is placed anew.
    pub post_only: bool,
    /// What happens when it meets another order of its owner.
    pub self_trade: Option<SelfTradePrevention>,
}

/// The market: assets, ledger accounts, books and open orders.
pub struct Engine {
    pub(crate) rules: u16,
    pub(crate) sequence: u64,
    pub(crate) assets: Vec<AssetSpec>,
    pub(crate) markets: Vec<Trading>,
    pub(crate) shared: Shared,
    pub(crate) restrictions: Vec<Restriction>,
    pub(crate) holds: BTreeMap<HoldId, Hold>,
    pub(crate) identities: Identities,
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine {
    /// A market without assets, owners or orders, under the first set of rules.
    pub fn new() -> Self {
        Self {
            rules: 1,
            sequence: 0,
            assets: Vec::new(),
            markets: Vec::new(),
            shared: Shared::new(),
            restrictions: Vec::new(),
            holds: BTreeMap::new(),
            identities: Identities::default(),
        }
    }

    /// Carries out the record behind the last one and appends what happened to `events`.
    ///
    /// First end the orders whose deadline has come; then the command is carried out. A refused one changes nothing, and one
    /// whose identity was answered before gets that answer again.
    pub fn apply(&mut self, record: &Record, events: &mut Vec<Event>) -> Answer {
        if record.sequence != self.sequence + 1 {
            return Answer::Refused(CommandRefused::Sequence);
        }
        self.sequence = record.sequence;
        self.shared.now = self.shared.now.max(record.at);
        self.shared.forget_client_ids();
        self.identities.forget(self.shared.now);
        self.expire(events);
        let identity = record.id.map(|id| (id, fingerprint(&record.command)));
        if let Some((id, fingerprint)) = identity
            && let Some(kept) = self.identities.find(id)
        {
            let is_retry = kept.fingerprint == fingerprint;
            let reused = Answer::Refused(CommandRefused::DuplicateCommandId);
            return if is_retry { kept.answer } else { reused };
        }
        let answer = self.carry_out(&record.command, events);
        if let Some((id, fingerprint)) = identity {
            self.identities.keep(Kept { id, fingerprint, answer, at: self.shared.now });
        }
        answer
    }

    #[inline(always)]
    fn carry_out(&mut self, command: &Command, events: &mut Vec<Event>) -> Answer {
        let done = match command {
            Command::Place(order) => self.place(order, events),
            Command::Cancel { owner, order } => self.cancel(*owner, *order, events),
            Command::CancelAll { owner, market } => self.cancel_all(*owner, *market, events),
            Command::Amend(amend) => self.amend(amend, events),
            Command::ListAsset(spec) => self.list_asset(*spec, events),
            Command::ListMarket(spec) => self.list_market(*spec, events),
            Command::OpenOwner => self.open_owner(events),
            Command::Halt(market) => self.set_halted(*market, true, events),
            Command::Resume(market) => self.set_halted(*market, false, events),
            Command::Restrict { owner, restriction } => self.restrict(*owner, *restriction, events),
            Command::Tick => Ok(Answer::Done),
            Command::ActivateRules(rules) => self.activate_rules(*rules, events),
            Command::Deposit { .. }
            | Command::Transfer { .. }
            | Command::Pay { .. }
            | Command::Hold { .. }
            | Command::Release(_)
            | Command::Settle(_) => self.move_money(command, events).map(|()| Answer::Done),
        };
        done.unwrap_or_else(Answer::Refused)
    }

    /// Number of the last record.
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The time of the last record; the beginning of time before the first.
    pub const fn now(&self) -> Timestamp {
        self.shared.now
    }

    /// The set of rules in force.
    pub const fn rules(&self) -> u16 {
        self.rules
    }

    /// When the next order ends by itself: the sequencer sends a tick then, if nothing else comes.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.shared.deadlines.first().map(|(deadline, _)| deadline)
    }

    /// What an owner has of an asset; nothing for unknown ones.
    pub fn balance(&self, owner: OwnerId, asset: AssetId) -> Balance {
        match self.owner_and_asset(owner, asset) {
            Ok(()) => *self.shared.balances.of(owner, asset),
            Err(_) => Balance::default(),
        }
    }

    /// What the house has of an asset; nothing for an unknown one.
    pub fn house(&self, asset: AssetId) -> House {
        self.assets
            .get(usize::from(asset.0))
            .map_or_else(House::default, |_| *self.shared.balances.house(asset))
    }

    /// What an account of the ledger has; zero for one that is not there.
    pub fn ledger_balance(&self, account: LedgerAccount) -> i64 {
        let own = account.owner.map(|owner| self.balance(owner, account.asset)).unwrap_or_default();
        match account.bucket {
            Bucket::Main => own.main,
            Bucket::MainHeld => own.main_held,
            Bucket::Trade => own.trade,
            Bucket::TradeHeld => own.held,
            Bucket::Fees => self.house(account.asset).fees,
            Bucket::Custody => self.house(account.asset).custody,
        }
    }

    /// The sum over all ledger accounts of an asset, the house's included: zero, always.
    pub fn sum(&self, asset: AssetId) -> i128 {
        self.assets.get(usize::from(asset.0)).map_or(0, |_| self.shared.balances.sum(asset))
    }

    /// A market's facts.
    pub fn market(&self, market: MarketId) -> Option<&Market> {
        self.markets.get(usize::from(market.0)).map(|trading| &trading.market)
    }

    /// The facts of all assets, each at the place of its number.
    pub fn assets(&self) -> &[AssetSpec] {
        &self.assets
    }

    /// How many markets are listed; their numbers are those below.
    pub fn markets(&self) -> u16 {
        u16::try_from(self.markets.len()).unwrap_or(u16::MAX)
    }

    /// How many owners there are; their numbers are those below.
    pub const fn owners(&self) -> u32 {
        self.shared.balances.owners()
    }

    /// Whether a market takes no orders now.
    pub fn is_halted(&self, market: MarketId) -> bool {
        self.markets.get(usize::from(market.0)).is_some_and(|trading| trading.halted)
    }

    /// What an owner may not do now; `None` for an unknown one.
    pub fn restriction(&self, owner: OwnerId) -> Option<Restriction> {
        self.restrictions.get(owner.0 as usize).copied()
    }

    /// The book of one side, best price first: price in ticks and lots.
    pub fn levels(&self, market: MarketId, side: Side) -> Vec<(u32, i64)> {
        let Some(trading) = self.markets.get(usize::from(market.0)) else { return Vec::new() };
        trading.ladder.prices(side).map(|ticks| (ticks, trading.ladder.level(ticks).lots)).collect()
    }

    /// Number of the last level change of a market.
    pub fn level_sequence(&self, market: MarketId) -> u64 {
        self.markets.get(usize::from(market.0)).map_or(0, |trading| trading.sequence)
    }

    /// An open order.
    pub fn find_order(&self, order: OrderId) -> Option<OpenOrder> {
        self.shared.orders.find(order).map(|place| self.open_order(place))
    }

    /// Every open order, in an order that is the same for equal states.
    pub fn open_orders(&self) -> impl Iterator<Item = OpenOrder> {
        self.shared.orders.open_places().map(|place| self.open_order(place))
    }

    fn open_order(&self, place: u32) -> OpenOrder {
        let (id, order) = (self.shared.orders.id_at(place), self.shared.orders.at(place));
        OpenOrder {
            id,
            owner: order.owner,
            market: order.market,
            side: order.side,
            ticks: order.ticks,
            lots: self.shared.orders.lots(place),
            lots_left: order.lots_left,
            held: order.held,
            client_id: self.shared.orders.client_id(place),
            deadline: self.shared.deadlines.of(id),
            post_only: order.is_post_only(),
            self_trade: order.self_trade(),
        }
    }

    pub(crate) fn list_asset(
        &mut self,
        spec: AssetSpec,
        events: &mut Vec<Event>,
    ) -> Result<Answer, CommandRefused> {
        let id = u16::try_from(self.assets.len()).map(AssetId).map_err(|_| CommandRefused::Full)?;
        if !spec.is_sound() {
            return Err(CommandRefused::Unsound);
        }
        self.assets.push(spec);
        self.shared.balances.add_asset();
        events.push(Event::AssetListed(id));
        Ok(Answer::Asset(id))
    }

    pub(crate) fn list_market(
        &mut self,
        spec: MarketSpec,
        events: &mut Vec<Event>,
    ) -> Result<Answer, CommandRefused> {
        let id = u16::try_from(self.markets.len()).map(MarketId).map_err(|_| CommandRefused::Full)?;
        if self.markets.len() == MAX_MARKETS {
            return Err(CommandRefused::Full);
        }
        let base = self.assets.get(usize::from(spec.base.0)).ok_or(CommandRefused::UnknownAsset)?;
        self.assets.get(usize::from(spec.quote.0)).ok_or(CommandRefused::UnknownAsset)?;
        let market = Market::new(spec, base.scale).map_err(|_| CommandRefused::Unsound)?;
        self.markets.push(Trading::new(id, market));
        self.shared.own_orders.add_market(self.markets.len());
        events.push(Event::MarketListed(id));
        Ok(Answer::Market(id))
    }

    pub(crate) fn open_owner(&mut self, events: &mut Vec<Event>) -> Result<Answer, CommandRefused> {
        if self.shared.balances.owners() == u32::MAX {
            return Err(CommandRefused::Full);
        }
        let owner = self.shared.balances.add_owner();
        self.restrictions.push(Restriction::default());
        self.shared.own_orders.add_owner();
        events.push(Event::OwnerOpened(owner));
        Ok(Answer::Owner(owner))
    }

    pub(crate) fn owner_and_asset(&self, owner: OwnerId, asset: AssetId) -> Result<(), CommandRefused> {
        if owner.0 >= self.shared.balances.owners() {
            return Err(CommandRefused::UnknownOwner);
        }
        self.assets.get(usize::from(asset.0)).map(|_| ()).ok_or(CommandRefused::UnknownAsset)
    }

    fn set_halted(
        &mut self,
        market: MarketId,
        halted: bool,
        events: &mut Vec<Event>,
    ) -> Result<Answer, CommandRefused> {
        let trading = self.markets.get_mut(usize::from(market.0)).ok_or(CommandRefused::UnknownMarket)?;
        trading.halted = halted;
        events.push(if halted { Event::Halted(market) } else { Event::Resumed(market) });
        Ok(Answer::Done)
    }

    fn restrict(
        &mut self,
        owner: OwnerId,
        restriction: Restriction,
        events: &mut Vec<Event>,
    ) -> Result<Answer, CommandRefused> {
        let place = self.restrictions.get_mut(owner.0 as usize).ok_or(CommandRefused::UnknownOwner)?;
        *place = restriction;
        events.push(Event::Restricted { owner, restriction });
        Ok(Answer::Done)
    }

    fn activate_rules(&mut self, rules: u16, events: &mut Vec<Event>) -> Result<Answer, CommandRefused> {
        if rules < self.rules || rules > LATEST_RULES {
            return Err(CommandRefused::UnknownRules);
        }
        self.rules = rules;
        events.push(Event::RulesActivated(rules));
        Ok(Answer::Done)
    }

    /// Ends the orders whose time has come, all of them: one that is over must not trade with this record's command.
    #[inline]
    fn expire(&mut self, events: &mut Vec<Event>) {
        while let Some((deadline, order)) = self.shared.deadlines.first() {
            if deadline > self.shared.now {
                return;
            }
            match self.shared.orders.find(order) {
                Some(place) => {
                    let market = self.shared.orders.at(place).market;
                    let trading = &mut self.markets[usize::from(market.0)];
                    self.shared.remove(trading, place, CancelReason::Expired, events);
                }
                None => self.shared.deadlines.remove(order),
            }
        }
    }
}
