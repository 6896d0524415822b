-- Choices of the customer beside the factors. settings_lock_days is NULL while the lock is off.
ALTER TABLE account ADD COLUMN settings_lock_days BIGINT;
ALTER TABLE account ADD COLUMN tells_every_entry BIGINT NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN binds_network BIGINT NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN address_book_off BIGINT NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN phrases BYTEA;

-- The withdrawal address or the API key that a hold closes; NULL closes the account.
ALTER TABLE security_event ADD COLUMN subject UUID;
CREATE INDEX security_event_hold ON security_event (account_id, hold_until) WHERE hold_until IS NOT NULL;

CREATE TABLE trading_password (
    account_id UUID PRIMARY KEY NOT NULL REFERENCES account (id),
    sealed BYTEA NOT NULL,
    params TEXT NOT NULL,
    failures BIGINT NOT NULL DEFAULT 0,
    locked_until BIGINT,
    disabled_at BIGINT,
    changed_at BIGINT NOT NULL
);

-- Changes that wait: announced, cancelled by a link or behind the door, carried out by a worker when they are due.
CREATE TABLE delayed_change (
    id UUID PRIMARY KEY NOT NULL,
    account_id UUID NOT NULL REFERENCES account (id),
    kind TEXT NOT NULL,
    credential_version BIGINT NOT NULL,
    cancel_hash BYTEA NOT NULL,
    sealed BYTEA,
    asked_at BIGINT NOT NULL,
    takes_effect_at BIGINT NOT NULL,
    ended_at BIGINT,
    end_reason TEXT
);
CREATE UNIQUE INDEX delayed_change_waiting ON delayed_change (account_id, kind) WHERE ended_at IS NULL;
CREATE INDEX delayed_change_due ON delayed_change (takes_effect_at) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX delayed_change_cancel ON delayed_change (cancel_hash);

-- A freeze by staff is lifted when two of them agree; one row for each who does, until it is lifted.
CREATE TABLE unfreeze_approval (
    account_id UUID NOT NULL REFERENCES account (id),
    staff_id UUID NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (account_id, staff_id)
);
