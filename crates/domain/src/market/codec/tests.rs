use super::*;
use proptest::prelude::*;

fn hold(number: u128) -> HoldId {
    HoldId(NonZeroU128::new(number).expect("not zero"))
}

fn every_kind() -> Vec<Command> {
    let (owner, asset, market) = (OwnerId(7), AssetId(2), MarketId(3));
    let spec = MarketSpec {
        base: AssetId(0),
        quote: AssetId(1),
        tick_units: 100,
        lot_units: 1_000_000,
        min_lots: 1,
        max_lots: 9,
        min_notional: 4,
        taker_ppm: 1_000,
        maker_ppm: 800,
        band_ppm: 50_000,
        max_open_orders: 200,
    };
    let restriction = Restriction { no_selling: true, ..Restriction::default() };
    let mut commands = vec![
        Command::ListAsset(AssetSpec { scale: 8, max_issued: 5 }),
        Command::ListMarket(spec),
        Command::OpenOwner,
        Command::Deposit { owner, asset, amount: 6 },
        Command::Transfer { owner, asset, amount: 7, from: Wallet::Trade },
        Command::Pay { owner, to: OwnerId(8), asset, amount: -7, wallet: Wallet::Main },
        Command::Hold { hold: hold(u128::MAX), owner, asset, amount: i64::MIN },
        Command::Release(hold(1)),
        Command::Settle(hold(2)),
        Command::Cancel { owner, order: OrderId(u64::MAX) },
        Command::CancelAll { owner, market: None },
        Command::CancelAll { owner, market: Some(market) },
        Command::Amend(AmendOrder { owner, order: OrderId(4), ticks: 5, lots: 6 }),
        Command::Halt(market),
        Command::Resume(market),
        Command::Restrict { owner, restriction },
        Command::Tick,
        Command::ActivateRules(2),
    ];
    let forces = [
        TimeInForce::GoodTillCancelled,
        TimeInForce::ImmediateOrCancel,
        TimeInForce::FillOrKill,
        TimeInForce::GoodTillTime(Timestamp::from_micros(-5)),
    ];
    let limits = forces.into_iter().flat_map(|time_in_force| {
        [false, true].map(|post_only| OrderKind::Limit { ticks: 101, lots: -3, time_in_force, post_only })
    });
    let markets = [OrderKind::MarketBySize { lots: 5 }, OrderKind::MarketByFunds { funds: 6 }];
    for kind in limits.chain(markets) {
        for number in 0..=4 {
            let self_trade = self_trade_of(number).expect("a number");
            let client_id = NonZeroU128::new(u128::from(number)).map(ClientOrderId);
            let place = PlaceOrder { owner, market, side: Side::Sell, kind, self_trade, client_id };
            commands.push(Command::Place(place));
            commands.push(Command::Place(PlaceOrder { side: Side::Buy, ..place }));
        }
    }
    commands
}

fn bytes_of(record: &Record) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_record(record, &mut bytes);
    bytes
}

#[test]
fn every_command_is_read_as_it_was_written() {
    for (sequence, command) in (1..).zip(every_kind()) {
        let id = NonZeroU128::new(u128::from(sequence % 2)).map(CommandId);
        let record = Record { sequence, at: Timestamp::from_micros(-1), id, command };
        let bytes = bytes_of(&record);
        assert!(bytes.len() <= MAX_RECORD_BYTES, "{command:?}: {} bytes", bytes.len());
        assert_eq!(read_record(sequence, &bytes), Ok(record));
        for cut in 0..bytes.len() {
            assert_eq!(read_record(sequence, &bytes[..cut]), Err(Malformed), "{command:?} cut at {cut}");
        }
        let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
        assert_eq!(read_record(sequence, &longer), Err(Malformed));
    }
}

proptest! {
    #[test]
    fn whatever_is_read_is_written_the_same_again(at in 0_usize..100, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6)) {
        let commands = every_kind();
        let record = Record { sequence: 9, at: Timestamp::from_micros(3), id: None, command: commands[at % commands.len()] };
        let mut bytes = bytes_of(&record);
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(record) = read_record(9, &bytes) {
            prop_assert_eq!(bytes_of(&record), bytes);
        }
    }
}
