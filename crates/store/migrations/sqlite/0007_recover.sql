-- A retired identifier is still its account's, so that nobody else takes it while its change can be undone.
ALTER TABLE identifier ADD COLUMN proved_at INTEGER;
ALTER TABLE identifier ADD COLUMN reassigned_at INTEGER;
ALTER TABLE identifier ADD COLUMN retired_at INTEGER;
UPDATE identifier SET proved_at = verified_at WHERE verified_at IS NOT NULL;
CREATE INDEX identifier_retired ON identifier (retired_at) WHERE retired_at IS NOT NULL;

-- Since when API keys rest until their owner wakes each of them again: after a case.
ALTER TABLE account ADD COLUMN api_keys_suspended_at INTEGER;

CREATE TABLE identity (
    account_id BLOB PRIMARY KEY NOT NULL REFERENCES account (id),
    sealed_name BLOB NOT NULL,
    sealed_birth_date BLOB NOT NULL,
    document_hash BLOB NOT NULL,
    residence TEXT NOT NULL,
    level TEXT NOT NULL,
    source TEXT NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Who is told when the rules of a country change.
CREATE INDEX identity_residence ON identity (residence);

CREATE TABLE identifier_change (
    id BLOB PRIMARY KEY NOT NULL,
    token_hash BLOB NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    account_id BLOB NOT NULL REFERENCES account (id),
    session_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    step TEXT NOT NULL,
    taken INTEGER NOT NULL,
    credential_version INTEGER NOT NULL,
    old_identifier_id BLOB,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER,
    undone_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX identifier_change_token ON identifier_change (token_hash);
CREATE INDEX identifier_change_account ON identifier_change (account_id);

-- due_at: when the house looks at the case by itself, at its end or to execute it.
CREATE TABLE support_case (
    id BLOB PRIMARY KEY NOT NULL,
    token_hash BLOB NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    lookup BLOB NOT NULL,
    account_id BLOB REFERENCES account (id),
    step TEXT NOT NULL,
    end_reason TEXT,
    opened_by TEXT NOT NULL,
    has_record INTEGER NOT NULL,
    trading_password_lost INTEGER NOT NULL,
    credential_version INTEGER NOT NULL,
    factor_failures INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    effective_at INTEGER,
    due_at INTEGER NOT NULL,
    proved_at INTEGER,
    sent_at INTEGER,
    decided_at INTEGER,
    ended_at INTEGER,
    evidence_until INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX support_case_token ON support_case (token_hash);
-- One case of an account at a time.
CREATE UNIQUE INDEX support_case_open ON support_case (account_id) WHERE proved_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX support_case_account ON support_case (account_id, id);
-- Unproved ones are swept.
CREATE INDEX support_case_unproved ON support_case (id) WHERE proved_at IS NULL;
CREATE INDEX support_case_due ON support_case (due_at) WHERE proved_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX support_case_queue ON support_case (sent_at) WHERE sent_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX support_case_closed ON support_case (ended_at) WHERE sent_at IS NOT NULL AND ended_at IS NOT NULL;
CREATE INDEX support_case_evidence ON support_case (evidence_until) WHERE evidence_until IS NOT NULL;

CREATE TABLE case_vote (
    case_id BLOB NOT NULL REFERENCES support_case (id),
    staff_id BLOB NOT NULL,
    vote TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (case_id, staff_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE case_evidence (
    id BLOB PRIMARY KEY NOT NULL,
    case_id BLOB NOT NULL REFERENCES support_case (id),
    kind TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    code_of_the_day TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX case_evidence_kind ON case_evidence (case_id, kind);

-- What stops a case or undoes a changed identifier: the hash of a link's token, or of a code to type.
CREATE TABLE stop_link (
    hash BLOB PRIMARY KEY NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('case', 'identifier')),
    subject_id BLOB NOT NULL,
    account_id BLOB NOT NULL REFERENCES account (id),
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX stop_link_expiry ON stop_link (expires_at);
CREATE INDEX stop_link_account ON stop_link (account_id);
