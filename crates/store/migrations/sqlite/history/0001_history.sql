-- History: what the journal's records did (market rules 4). All of it can be made anew from the journal. In a file of its own,
-- with its own writer. Amounts are units, prices ticks, sizes lots, times microseconds.

-- How far it reaches, and whose it is. Every transaction moves last_seq from where it began.
CREATE TABLE projection (
    one INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    journal_id BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT;

CREATE TABLE placed_order (
    order_id INTEGER PRIMARY KEY NOT NULL,
    owner INTEGER NOT NULL,
    market INTEGER NOT NULL,
    placed_seq INTEGER NOT NULL,
    placed_at INTEGER NOT NULL,
    side INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    ticks INTEGER,
    lots INTEGER,
    funds INTEGER,
    time_in_force INTEGER NOT NULL,
    deadline_at INTEGER,
    post_only INTEGER NOT NULL,
    self_trade INTEGER NOT NULL,
    client_id BLOB,
    replaces INTEGER,
    filled_lots INTEGER NOT NULL,
    filled_notional INTEGER NOT NULL,
    fee INTEGER NOT NULL,
    lots_left INTEGER NOT NULL,
    state INTEGER NOT NULL,
    closed_seq INTEGER,
    closed_at INTEGER,
    reason INTEGER
) STRICT;
CREATE INDEX placed_order_owner ON placed_order (owner, placed_at, placed_seq);
CREATE INDEX placed_order_client ON placed_order (client_id) WHERE client_id IS NOT NULL;
CREATE INDEX placed_order_open ON placed_order (order_id) WHERE state = 0;

-- Each trade twice: as its taker and as its maker sees it.
CREATE TABLE fill (
    owner INTEGER NOT NULL,
    at INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    line INTEGER NOT NULL,
    market INTEGER NOT NULL,
    trade INTEGER NOT NULL,
    order_id INTEGER NOT NULL,
    other_order_id INTEGER NOT NULL,
    side INTEGER NOT NULL,
    is_maker INTEGER NOT NULL,
    ticks INTEGER NOT NULL,
    lots INTEGER NOT NULL,
    notional INTEGER NOT NULL,
    fee INTEGER NOT NULL,
    PRIMARY KEY (owner, at, seq, line)
) STRICT, WITHOUT ROWID;

-- Double entry: the legs of an event sum to zero for each asset. The house's owner is -1.
CREATE TABLE ledger_entry (
    owner INTEGER NOT NULL,
    at INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    line INTEGER NOT NULL,
    asset INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    balance INTEGER NOT NULL,
    cause INTEGER NOT NULL,
    order_id INTEGER,
    PRIMARY KEY (owner, at, seq, line)
) STRICT, WITHOUT ROWID;

-- One minute each; longer ones are folded when they are read.
CREATE TABLE candle (
    market INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    open_ticks INTEGER NOT NULL,
    high_ticks INTEGER NOT NULL,
    low_ticks INTEGER NOT NULL,
    close_ticks INTEGER NOT NULL,
    lots INTEGER NOT NULL,
    notional INTEGER NOT NULL,
    trades INTEGER NOT NULL,
    PRIMARY KEY (market, opened_at)
) STRICT, WITHOUT ROWID;
