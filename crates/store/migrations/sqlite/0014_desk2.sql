-- A block that holds only because the policy's default was blocked: lifting the default lifts it too.
ALTER TABLE blocked_row ADD COLUMN by_default INTEGER NOT NULL DEFAULT 0;

-- What two members of staff do together concerns an account, or a row of the policy of countries.
CREATE TABLE staff_request_of_either (
    id BLOB PRIMARY KEY NOT NULL,
    account_id BLOB REFERENCES account (id),
    row_name TEXT,
    act TEXT NOT NULL,
    asked_by BLOB NOT NULL REFERENCES staff (id),
    asked_as TEXT NOT NULL,
    sealed BLOB NOT NULL,
    asked_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    settled_at INTEGER,
    settled_by BLOB REFERENCES staff (id),
    agreed INTEGER,
    CHECK ((account_id IS NULL) <> (row_name IS NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO staff_request_of_either (id, account_id, act, asked_by, asked_as, sealed, asked_at, expires_at,
    settled_at, settled_by, agreed)
    SELECT id, account_id, act, asked_by, asked_as, sealed, asked_at, expires_at, settled_at, settled_by, agreed
    FROM staff_request;
DROP TABLE staff_request;
ALTER TABLE staff_request_of_either RENAME TO staff_request;
CREATE UNIQUE INDEX staff_request_waiting ON staff_request (account_id, act) WHERE settled_at IS NULL;
CREATE UNIQUE INDEX staff_request_of_row ON staff_request (row_name, act)
    WHERE settled_at IS NULL AND row_name IS NOT NULL;
CREATE INDEX staff_request_open ON staff_request (asked_at) WHERE settled_at IS NULL;

-- Which announced change of its residence's rules an account was last told of before its date.
CREATE TABLE told_ahead (
    account_id BLOB PRIMARY KEY NOT NULL REFERENCES account (id),
    mode TEXT NOT NULL,
    from_at INTEGER NOT NULL,
    told_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
