-- Every entry becomes a leaf of a Merkle tree. The salt binds what can be erased to the commitment, which cannot.
ALTER TABLE audit ADD COLUMN stated TEXT;
ALTER TABLE audit ADD COLUMN salt BYTEA;
ALTER TABLE audit ADD COLUMN commitment BYTEA;
ALTER TABLE audit ADD COLUMN leaf BIGINT;
ALTER TABLE audit ADD COLUMN erased_by BIGINT;
CREATE UNIQUE INDEX audit_leaf ON audit (leaf) WHERE leaf IS NOT NULL;
-- What was written and has no place in the tree yet: the entries of the last second.
CREATE INDEX audit_waiting ON audit (seq) WHERE leaf IS NULL;

CREATE TABLE audit_tile (
    level BIGINT NOT NULL,
    number BIGINT NOT NULL,
    hashes BYTEA NOT NULL,
    PRIMARY KEY (level, number)
);

-- One row: the size of the tree, and when the next checkpoint is to leave.
CREATE TABLE audit_tree (
    id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    size BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    delivered_at BIGINT,
    delivered_size BIGINT
);
INSERT INTO audit_tree (id, size, due_at) VALUES (1, 0, 0);

-- An erasure that was asked for, until it is done or called off.
CREATE TABLE erasure (
    account_id UUID PRIMARY KEY NOT NULL REFERENCES account (id),
    asked_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    next_try_at BIGINT NOT NULL,
    cancel_hash BYTEA NOT NULL
);
CREATE UNIQUE INDEX erasure_cancel ON erasure (cancel_hash);
CREATE INDEX erasure_due ON erasure (next_try_at);

-- What the law makes one keep of an account that was erased, sealed, until its time is over.
CREATE TABLE retained (
    id UUID PRIMARY KEY NOT NULL,
    sealed BYTEA NOT NULL,
    kept_since BIGINT NOT NULL,
    keep_until BIGINT NOT NULL
);
CREATE INDEX retained_until ON retained (keep_until);
