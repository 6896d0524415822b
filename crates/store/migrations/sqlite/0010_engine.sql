-- Which engine this database belongs to: one journal, one folder, one leader epoch. One row.
CREATE TABLE engine_lease (
    only_one INTEGER PRIMARY KEY NOT NULL,
    journal_id BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    -- The folder that holds the journal, and when its engine was last seen; NULL when it has ended in order.
    holder BLOB NOT NULL,
    seen_at INTEGER,
    -- The highest sequence that this database knows to be durable.
    known INTEGER NOT NULL
) STRICT;

-- An account's ledger accounts in the engine, and what the engine was last told that their owner may not do.
CREATE TABLE ledger_owner (
    account_id BLOB PRIMARY KEY NOT NULL REFERENCES account (id),
    owner INTEGER NOT NULL,
    restriction INTEGER NOT NULL,
    opened_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX ledger_owner_owner ON ledger_owner (owner);

-- A command for the engine that was decided in a transaction here. Sent until the engine has answered.
CREATE TABLE engine_intent (
    command_id BLOB PRIMARY KEY NOT NULL,
    account_id BLOB NOT NULL REFERENCES account (id),
    -- Those of one account are sent in this order.
    number INTEGER NOT NULL,
    command BLOB NOT NULL,
    -- The journal cannot hold it up to this sequence.
    after_sequence INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    answered_at INTEGER,
    sequence INTEGER,
    answer BLOB
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX engine_intent_account ON engine_intent (account_id, number);
CREATE INDEX engine_intent_open ON engine_intent (number, made_at) WHERE answered_at IS NULL;
CREATE INDEX engine_intent_answered ON engine_intent (answered_at) WHERE answered_at IS NOT NULL;
