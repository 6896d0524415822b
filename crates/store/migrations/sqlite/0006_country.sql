-- The countries that an account was entered from; the last one tells where it was last.
CREATE TABLE account_country (
    account_id BLOB NOT NULL REFERENCES account (id),
    country TEXT NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, country)
) STRICT, WITHOUT ROWID;

-- Rows of the policy that were blocked once. A policy file that merely drops one lifts nothing: two members of staff do.
CREATE TABLE blocked_row (
    name TEXT PRIMARY KEY NOT NULL,
    since INTEGER NOT NULL,
    first_by BLOB,
    first_at INTEGER,
    second_by BLOB,
    lifted_at INTEGER
) STRICT, WITHOUT ROWID;

-- Accounts whose block two members of staff have lifted, or one has approved to lift.
CREATE TABLE lifted_account (
    account_id BLOB PRIMARY KEY NOT NULL REFERENCES account (id),
    first_by BLOB NOT NULL,
    first_at INTEGER NOT NULL,
    second_by BLOB,
    lifted_at INTEGER
) STRICT, WITHOUT ROWID;

-- Which mode of its residence an account was last told of; without a row it is open.
CREATE TABLE told_mode (
    account_id BLOB PRIMARY KEY NOT NULL REFERENCES account (id),
    mode TEXT NOT NULL,
    told_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
