-- The last trades of a market, which are everybody's: each by its taker's fill.
CREATE INDEX fill_trade ON fill (market, trade) WHERE is_maker = 0;
