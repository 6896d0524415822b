-- Choices of the customer beside the factors. settings_lock_days is NULL while the lock is off.
ALTER TABLE account ADD COLUMN settings_lock_days INTEGER;
ALTER TABLE account ADD COLUMN tells_every_entry INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN binds_network INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN address_book_off INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN phrases BLOB;

-- The withdrawal address or the API key that a hold closes; NULL closes the account.
ALTER TABLE security_event ADD COLUMN subject BLOB;
CREATE INDEX security_event_hold ON security_event (account_id, hold_until) WHERE hold_until IS NOT NULL;

CREATE TABLE trading_password (
    account_id BLOB PRIMARY KEY NOT NULL REFERENCES account (id),
    sealed BLOB NOT NULL,
    params TEXT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    locked_until INTEGER,
    disabled_at INTEGER,
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Changes that wait: announced, cancelled by a link or behind the door, carried out by a worker when they are due.
CREATE TABLE delayed_change (
    id BLOB PRIMARY KEY NOT NULL,
    account_id BLOB NOT NULL REFERENCES account (id),
    kind TEXT NOT NULL,
    credential_version INTEGER NOT NULL,
    cancel_hash BLOB NOT NULL,
    sealed BLOB,
    asked_at INTEGER NOT NULL,
    takes_effect_at INTEGER NOT NULL,
    ended_at INTEGER,
    end_reason TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX delayed_change_waiting ON delayed_change (account_id, kind) WHERE ended_at IS NULL;
CREATE INDEX delayed_change_due ON delayed_change (takes_effect_at) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX delayed_change_cancel ON delayed_change (cancel_hash);

-- A freeze by staff is lifted when two of them agree; one row for each who does, until it is lifted.
CREATE TABLE unfreeze_approval (
    account_id BLOB NOT NULL REFERENCES account (id),
    staff_id BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (account_id, staff_id)
) STRICT, WITHOUT ROWID;
