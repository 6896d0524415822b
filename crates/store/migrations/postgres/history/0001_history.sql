-- History: what the journal's records did (market rules 4). All of it can be made anew from the journal. In a schema of its own,
-- beside the tables of the door. Amounts are units, prices ticks, sizes lots, times microseconds.

-- How far it reaches, and whose it is. Every transaction moves last_seq from where it began.
CREATE TABLE projection (
    one BIGINT PRIMARY KEY NOT NULL CHECK (one = 1),
    journal_id BYTEA NOT NULL,
    epoch BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);

CREATE TABLE placed_order (
    order_id BIGINT PRIMARY KEY NOT NULL,
    owner BIGINT NOT NULL,
    market BIGINT NOT NULL,
    placed_seq BIGINT NOT NULL,
    placed_at BIGINT NOT NULL,
    side BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    ticks BIGINT,
    lots BIGINT,
    funds BIGINT,
    time_in_force BIGINT NOT NULL,
    deadline_at BIGINT,
    post_only BIGINT NOT NULL,
    self_trade BIGINT NOT NULL,
    client_id BYTEA,
    replaces BIGINT,
    filled_lots BIGINT NOT NULL,
    filled_notional BIGINT NOT NULL,
    fee BIGINT NOT NULL,
    lots_left BIGINT NOT NULL,
    state BIGINT NOT NULL,
    closed_seq BIGINT,
    closed_at BIGINT,
    reason BIGINT
);
CREATE INDEX placed_order_owner ON placed_order (owner, placed_at, placed_seq);
CREATE INDEX placed_order_client ON placed_order (client_id) WHERE client_id IS NOT NULL;
CREATE INDEX placed_order_open ON placed_order (order_id) WHERE state = 0;

-- Each trade twice: as its taker and as its maker sees it.
CREATE TABLE fill (
    owner BIGINT NOT NULL,
    at BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    line BIGINT NOT NULL,
    market BIGINT NOT NULL,
    trade BIGINT NOT NULL,
    order_id BIGINT NOT NULL,
    other_order_id BIGINT NOT NULL,
    side BIGINT NOT NULL,
    is_maker BIGINT NOT NULL,
    ticks BIGINT NOT NULL,
    lots BIGINT NOT NULL,
    notional BIGINT NOT NULL,
    fee BIGINT NOT NULL,
    PRIMARY KEY (owner, at, seq, line)
);

-- Double entry: the legs of an event sum to zero for each asset. The house's owner is -1.
CREATE TABLE ledger_entry (
    owner BIGINT NOT NULL,
    at BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    line BIGINT NOT NULL,
    asset BIGINT NOT NULL,
    bucket BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    balance BIGINT NOT NULL,
    cause BIGINT NOT NULL,
    order_id BIGINT,
    PRIMARY KEY (owner, at, seq, line)
);

-- One minute each; longer ones are folded when they are read.
CREATE TABLE candle (
    market BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    open_ticks BIGINT NOT NULL,
    high_ticks BIGINT NOT NULL,
    low_ticks BIGINT NOT NULL,
    close_ticks BIGINT NOT NULL,
    lots BIGINT NOT NULL,
    notional BIGINT NOT NULL,
    trades BIGINT NOT NULL,
    PRIMARY KEY (market, opened_at)
);
