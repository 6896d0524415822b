-- Which engine this database belongs to: one journal, one folder, one leader epoch. One row.
CREATE TABLE engine_lease (
    only_one BIGINT PRIMARY KEY NOT NULL,
    journal_id BYTEA NOT NULL,
    epoch BIGINT NOT NULL,
    -- The folder that holds the journal, and when its engine was last seen; NULL when it has ended in order.
    holder BYTEA NOT NULL,
    seen_at BIGINT,
    -- The highest sequence that this database knows to be durable.
    known BIGINT NOT NULL
);

-- An account's ledger accounts in the engine, and what the engine was last told that their owner may not do.
CREATE TABLE ledger_owner (
    account_id UUID PRIMARY KEY NOT NULL REFERENCES account (id),
    owner BIGINT NOT NULL,
    restriction BIGINT NOT NULL,
    opened_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX ledger_owner_owner ON ledger_owner (owner);

-- A command for the engine that was decided in a transaction here. Sent until the engine has answered.
CREATE TABLE engine_intent (
    command_id BYTEA PRIMARY KEY NOT NULL,
    account_id UUID NOT NULL REFERENCES account (id),
    -- Those of one account are sent in this order.
    number BIGINT NOT NULL,
    command BYTEA NOT NULL,
    -- The journal cannot hold it up to this sequence.
    after_sequence BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    answered_at BIGINT,
    sequence BIGINT,
    answer BYTEA
);
CREATE UNIQUE INDEX engine_intent_account ON engine_intent (account_id, number);
CREATE INDEX engine_intent_open ON engine_intent (number, made_at) WHERE answered_at IS NULL;
CREATE INDEX engine_intent_answered ON engine_intent (answered_at) WHERE answered_at IS NOT NULL;
