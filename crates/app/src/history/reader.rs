//! Reading one's own history: not before it has come to what its owner was told last (market rules 4).

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use doorward_domain::market::command::ClientOrderId;
use doorward_domain::market::instrument::{AssetId, MarketId, OrderId, OwnerId};
use doorward_domain::market::ledger::{Bucket, LedgerAccount};
use doorward_domain::market::order::Side;
use doorward_domain::time::Timestamp;
use doorward_engine::Engine;
use doorward_store::StoreFault;
use doorward_store::history::{
    Candle, CandleLength, Fill, FillFilter, History, LastBalance, LedgerEntry, LedgerFilter, OrderFilter,
    PlacedOrder, Reach, Traded, Window,
};
use tokio::runtime::Handle;

use super::projector::Progress;
use crate::app::App;
use crate::failure::Fault;
use crate::matching::Matching;
use crate::matching::reconcile::{Besides, Finding};

/// How long a read waits for history.
pub const PATIENCE: Duration = Duration::from_millis(500);
/// Owners whose last balances are read in one statement.
const OWNERS_AT_ONCE: u32 = 256;
/// Open orders that are read in one statement.
const ORDERS_AT_ONCE: u32 = 10_000;

/// Whose an order is, where, and which way it goes.
type Standing = (OwnerId, MarketId, Side);

/// History as this node's pages and commands read it.
#[derive(Clone)]
pub struct MarketHistory {
    history: History,
    progress: Progress,
    matching: Matching,
}

/// What a read of one's own found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// What history has.
    pub what: T,
    /// Everything is in it that its owner was told before the read; otherwise history is behind, and the same read
    /// finds more a little later.
    pub is_whole: bool,
}

impl MarketHistory {
    /// History behind this engine, as far as the projector says that it has come.
    pub const fn new(history: History, progress: Progress, matching: Matching) -> Self {
        Self { history, progress, matching }
    }

    /// Waits until everything up to this record is in history, half a second at most; says whether it is.
    pub async fn wait_for(&self, sequence: u64) -> bool {
        let has_come = self.progress.wait_for(sequence, PATIENCE).await;
        if !has_come {
            metrics::counter!("doorward_history_late_reads_total").increment(1);
        }
        has_come
    }

    /// The last record of which everything is there.
    pub fn reached(&self) -> u64 {
        self.progress.reached()
    }

    /// Lets the projector give up waiting for a database that does not answer: the next start goes on from there.
    pub fn stop_waiting(&self) {
        self.progress.stop();
    }

    /// Copies it into a new file for a backup; `false` where the database's own tools copy it.
    pub(crate) async fn copy_into(&self, target: &Path) -> Result<bool, Fault> {
        Ok(self.history.copy_into(target).await?)
    }

    /// Waits until every connection of it is closed.
    pub async fn close(&self) {
        self.history.close().await;
    }

    /// A page of an owner's orders, newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn list_orders(
        &self,
        owner: OwnerId,
        filter: OrderFilter,
        window: Window,
    ) -> Result<Found<Vec<PlacedOrder>>, Fault> {
        self.when_caught_up(owner, self.history.list_orders(owner, filter, window)).await
    }

    /// A page of an owner's fills, newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn list_fills(
        &self,
        owner: OwnerId,
        filter: FillFilter,
        window: Window,
    ) -> Result<Found<Vec<Fill>>, Fault> {
        self.when_caught_up(owner, self.history.list_fills(owner, filter, window)).await
    }

    /// A page of an owner's ledger entries, newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn list_ledger(
        &self,
        owner: OwnerId,
        filter: LedgerFilter,
        window: Window,
    ) -> Result<Found<Vec<LedgerEntry>>, Fault> {
        self.when_caught_up(owner, self.history.list_ledger(Some(owner), filter, window)).await
    }

    /// One of an owner's orders, however long ago it ended.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn find_order(
        &self,
        owner: OwnerId,
        order: OrderId,
    ) -> Result<Found<Option<PlacedOrder>>, Fault> {
        self.when_caught_up(owner, self.history.find_order(owner, order)).await
    }

    /// The newest of an owner's orders with this id of the client's own.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn find_client_order(
        &self,
        owner: OwnerId,
        client_id: ClientOrderId,
    ) -> Result<Found<Option<PlacedOrder>>, Fault> {
        self.when_caught_up(owner, self.history.find_client_order(owner, client_id)).await
    }

    /// Candles of a market, newest first. They are everybody's, so that nobody waits for them.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn list_candles(
        &self,
        market: MarketId,
        length: CandleLength,
        since: Timestamp,
        until: Timestamp,
        most: usize,
    ) -> Result<Vec<Candle>, Fault> {
        Ok(self.history.list_candles(market, length, since, until, most).await?)
    }

    /// What was traded in a market, up to this record at least, which is waited for however long that takes; see
    /// [`History::find_traded`]. `None` when the database has lost what it said it has: it will come again.
    ///
    /// # Errors
    /// The database does not answer.
    pub(crate) async fn find_traded(
        &self,
        behind: u64,
        market: MarketId,
        since: Timestamp,
        (most_minutes, most_trades): (u32, u32),
    ) -> Result<Option<Traded>, Fault> {
        self.progress.come_to(behind).await;
        let found = self.history.find_traded(market, since, most_minutes, most_trades).await?;
        Ok(found.filter(|traded| traded.last_seq >= behind))
    }

    /// Reads what is an owner's own, behind what its owner was told last; after a restart, before which nobody remembers,
    /// behind where the journal ended then.
    async fn when_caught_up<T>(
        &self,
        owner: OwnerId,
        read: impl Future<Output = Result<T, StoreFault>>,
    ) -> Result<Found<T>, Fault> {
        let told = self.matching.view().acknowledged(owner).max(self.matching.began());
        let is_whole = self.wait_for(told).await;
        Ok(Found { what: read.await?, is_whole })
    }

    /// What history says of every account and of what is open, to be held against the engine as it was at the same record;
    /// `None` before the first one. Takes time in the number of entries.
    ///
    /// # Errors
    /// The database does not answer, or the engine has stopped.
    pub async fn besides(&self) -> Result<Option<Besides>, Fault> {
        let Some(Reach { last_seq: at, .. }) = self.history.find_reach().await? else { return Ok(None) };
        let owners = self.matching.look(Engine::owners).await;
        let owners = owners.map_err(|why| Fault::unavailable("asking the engine").caused_by(why))?;
        let mut found = self.history.list_last_balances(None, 0, at).await?;
        for first in (0..owners).step_by(OWNERS_AT_ONCE as usize).map(OwnerId) {
            found.extend(self.history.list_last_balances(Some(first), OWNERS_AT_ONCE, at).await?);
        }
        let open = self.open_orders(at).await?;
        let (history, runtime) = (self.history.clone(), Handle::current());
        let compare = move |engine: &Engine| {
            let mut findings = differences(engine, &found);
            // An order that was open at that record, and no more when history was read.
            let has_ended_since = |owner, order| {
                let found = runtime.block_on(history.find_order(owner, order))?;
                let closed = found.and_then(|order| order.closed);
                Ok(closed.is_some_and(|(sequence, _)| sequence > at))
            };
            findings.extend(open_differences(engine, open, has_ended_since)?);
            Ok(findings)
        };
        Ok(Some(Besides { at, compare: Box::new(compare) }))
    }

    /// Of the orders that were accepted up to this record, those that are open now.
    async fn open_orders(&self, at: u64) -> Result<BTreeMap<OrderId, Standing>, Fault> {
        let (mut open, mut after) = (BTreeMap::new(), None);
        loop {
            let page = self.history.list_open_orders(after, ORDERS_AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok(open) };
            after = Some(last.order);
            let old = page.iter().filter(|order| order.placed_seq <= at);
            open.extend(old.map(|order| (order.order, (order.owner, order.market, order.side))));
        }
    }
}

/// Orders that history and the engine do not agree on. Their sizes show in what is held for them.
fn open_differences(
    engine: &Engine,
    mut open: BTreeMap<OrderId, Standing>,
    has_ended_since: impl Fn(OwnerId, OrderId) -> Result<bool, Fault>,
) -> Result<Vec<Finding>, Fault> {
    let mut findings = Vec::new();
    for order in engine.open_orders() {
        let expected = (order.owner, order.market, order.side);
        let found = open.remove(&order.id);
        if found != Some(expected) && (found.is_some() || !has_ended_since(order.owner, order.id)?) {
            findings.push(Finding::Order(order.id));
        }
    }
    // What the engine does not have.
    findings.extend(open.into_keys().map(Finding::Order));
    Ok(findings)
}

/// Accounts that history and the engine do not agree on.
fn differences(engine: &Engine, found: &[LastBalance]) -> Vec<Finding> {
    let mut found: BTreeMap<LedgerAccount, i64> =
        found.iter().map(|last| (last.account, last.balance)).collect();
    let owners = std::iter::once(None).chain((0..engine.owners()).map(|owner| Some(OwnerId(owner))));
    let mut findings = Vec::new();
    for owner in owners {
        for (asset, _) in (0..).map(AssetId).zip(engine.assets()) {
            for bucket in Bucket::ALL.into_iter().filter(|bucket| bucket.is_of_owner() == owner.is_some()) {
                let account = LedgerAccount { owner, asset, bucket };
                let expected = engine.ledger_balance(account);
                let found = found.remove(&account).unwrap_or(0);
                if found != expected {
                    findings.push(Finding::History { account: account.to_string(), found, expected });
                }
            }
        }
    }
    // What the engine has never heard of.
    findings.extend(found.into_iter().map(|(account, found)| Finding::History {
        account: account.to_string(),
        found,
        expected: 0,
    }));
    findings
}

impl App {
    /// History, on the node that has the market's engine.
    pub fn history(&self) -> Option<&MarketHistory> {
        self.history_place().get()
    }

    /// From now on pages read this history. Once in the life of a program, before market data is followed.
    pub fn begin_history(&self, history: MarketHistory) {
        // A second one is of the same engine.
        let _ = self.history_place().set(history);
    }
}
