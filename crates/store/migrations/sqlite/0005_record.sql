-- Every entry becomes a leaf of a Merkle tree. The salt binds what can be erased to the commitment, which cannot.
ALTER TABLE audit ADD COLUMN stated TEXT;
ALTER TABLE audit ADD COLUMN salt BLOB;
ALTER TABLE audit ADD COLUMN commitment BLOB;
ALTER TABLE audit ADD COLUMN leaf INTEGER;
ALTER TABLE audit ADD COLUMN erased_by INTEGER;
CREATE UNIQUE INDEX audit_leaf ON audit (leaf) WHERE leaf IS NOT NULL;
-- What was written and has no place in the tree yet: the entries of the last second.
CREATE INDEX audit_waiting ON audit (seq) WHERE leaf IS NULL;

CREATE TABLE audit_tile (
    level INTEGER NOT NULL,
    number INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (level, number)
) STRICT;

-- One row: the size of the tree, and when the next checkpoint is to leave.
CREATE TABLE audit_tree (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    size INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    delivered_at INTEGER,
    delivered_size INTEGER
) STRICT;
INSERT INTO audit_tree (id, size, due_at) VALUES (1, 0, 0);

-- An erasure that was asked for, until it is done or called off.
CREATE TABLE erasure (
    account_id BLOB PRIMARY KEY NOT NULL REFERENCES account (id),
    asked_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    next_try_at INTEGER NOT NULL,
    cancel_hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX erasure_cancel ON erasure (cancel_hash);
CREATE INDEX erasure_due ON erasure (next_try_at);

-- What the law makes one keep of an account that was erased, sealed, until its time is over.
CREATE TABLE retained (
    id BLOB PRIMARY KEY NOT NULL,
    sealed BLOB NOT NULL,
    kept_since INTEGER NOT NULL,
    keep_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX retained_until ON retained (keep_until);
