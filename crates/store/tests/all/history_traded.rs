//! What history knows of a market that is everybody's.

use std::sync::Arc;

use doorward_domain::market::instrument::{MarketId, OrderId, OwnerId};
use doorward_domain::market::order::Side;
use doorward_domain::time::Timestamp;
use doorward_store::history::{Batch, Candle, Fill, Spot, Traded};
use doorward_store::testing::history_on_both;

use crate::history::{OURS, at};

/// A trade as its taker or its maker sees it: in one of two markets, two trades a record.
fn fill_of(number: u64, is_maker: bool) -> Fill {
    let seq = number.div_ceil(2);
    let (owner, side) = if is_maker { (1, Side::Sell) } else { (2, Side::Buy) };
    Fill {
        spot: Spot {
            at: at(i64::try_from(seq * 20).unwrap()),
            seq,
            line: i64::from(is_maker) + 2 * i64::from(number.is_multiple_of(2)),
        },
        owner: OwnerId(owner),
        market: MarketId(u16::try_from(number % 2).unwrap()),
        trade: seq,
        order: OrderId(number),
        other_order: OrderId(99),
        side,
        is_maker,
        ticks: u32::try_from(1_000 + number * 7 % 31).unwrap(),
        lots: i64::try_from(number).unwrap(),
        notional: 1,
        fee: 0,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_traded_up_to_a_record_is_read_with_that_record() {
    history_on_both(async |history, _| {
        let market = MarketId(1);
        assert_eq!(history.find_traded(market, at(0), 10, 10).await.unwrap(), None);
        history.take(OURS).await.unwrap();
        let nothing = Traded { last_seq: 0, minutes: Vec::new(), trades: Vec::new() };
        assert_eq!(history.find_traded(market, at(0), 10, 10).await.unwrap(), Some(nothing));

        let fills: Vec<Fill> =
            (1..=40).flat_map(|number| [fill_of(number, false), fill_of(number, true)]).collect();
        let mut candles: Vec<Candle> = Vec::new();
        for fill in fills.iter().filter(|fill| !fill.is_maker) {
            let one = Candle::of_trade(fill.market, fill.spot.at, fill.ticks, fill.lots, fill.notional);
            let same =
                |candle: &&mut Candle| (candle.market, candle.opened_at) == (one.market, one.opened_at);
            match candles.iter_mut().find(same) {
                Some(candle) => candle.add(&one),
                None => candles.push(one),
            }
        }
        let batch = Arc::new(Batch { fills: fills.clone(), candles: candles.clone(), ..Batch::default() });
        assert!(history.record_batch(OURS, 0, (25, at(400)), &batch).await.unwrap());

        let since = at(120);
        let of_market = |fill: &&Fill| fill.market == market && !fill.is_maker;
        let newest: Vec<(u64, u64, Side)> =
            fills.iter().rev().filter(of_market).map(|fill| (fill.spot.seq, fill.trade, fill.side)).collect();
        let mut minutes: Vec<(Timestamp, u32, u32, u32, i64)> = candles
            .iter()
            .filter(|candle| candle.market == market && candle.opened_at >= since)
            .map(|it| (it.opened_at, it.open_ticks, it.high_ticks, it.low_ticks, it.lots))
            .collect();
        minutes.sort_unstable();
        assert!(minutes.len() > 3, "{minutes:?}");
        for (most_minutes, most_trades) in [(100, 100), (2, 3), (1, 0)] {
            let found = history.find_traded(market, since, most_minutes, most_trades).await.unwrap().unwrap();
            assert_eq!(found.last_seq, 25);
            let told = found.minutes.iter();
            let told = told.map(|it| (it.opened_at, it.open_ticks, it.high_ticks, it.low_ticks, it.lots));
            let kept = minutes.len().saturating_sub(most_minutes as usize);
            assert_eq!(told.collect::<Vec<_>>(), minutes[kept..], "the newest, oldest first");
            let told = found.trades.iter().map(|trade| (trade.seq, trade.number, trade.taker_side));
            assert_eq!(told.collect::<Vec<_>>(), newest[..newest.len().min(most_trades as usize)]);
        }
        // Old trades are shown, and no minute of theirs.
        let found = history.find_traded(market, at(1_000), 10, 1).await.unwrap().unwrap();
        assert_eq!((found.last_seq, found.minutes.len(), found.trades.len()), (25, 0, 1));
    })
    .await;
}
