-- A retired identifier is still its account's, so that nobody else takes it while its change can be undone.
ALTER TABLE identifier ADD COLUMN proved_at BIGINT;
ALTER TABLE identifier ADD COLUMN reassigned_at BIGINT;
ALTER TABLE identifier ADD COLUMN retired_at BIGINT;
UPDATE identifier SET proved_at = verified_at WHERE verified_at IS NOT NULL;
CREATE INDEX identifier_retired ON identifier (retired_at) WHERE retired_at IS NOT NULL;

-- Since when API keys rest until their owner wakes each of them again: after a case.
ALTER TABLE account ADD COLUMN api_keys_suspended_at BIGINT;

CREATE TABLE identity (
    account_id UUID PRIMARY KEY NOT NULL REFERENCES account (id),
    sealed_name BYTEA NOT NULL,
    sealed_birth_date BYTEA NOT NULL,
    document_hash BYTEA NOT NULL,
    residence TEXT NOT NULL,
    level TEXT NOT NULL,
    source TEXT NOT NULL,
    recorded_at BIGINT NOT NULL
);
-- Who is told when the rules of a country change.
CREATE INDEX identity_residence ON identity (residence);

CREATE TABLE identifier_change (
    id UUID PRIMARY KEY NOT NULL,
    token_hash BYTEA NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    account_id UUID NOT NULL REFERENCES account (id),
    session_id UUID NOT NULL,
    kind TEXT NOT NULL,
    step TEXT NOT NULL,
    taken BIGINT NOT NULL,
    credential_version BIGINT NOT NULL,
    old_identifier_id UUID,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    undone_at BIGINT
);
CREATE UNIQUE INDEX identifier_change_token ON identifier_change (token_hash);
CREATE INDEX identifier_change_account ON identifier_change (account_id);

-- due_at: when the house looks at the case by itself, at its end or to execute it.
CREATE TABLE support_case (
    id UUID PRIMARY KEY NOT NULL,
    token_hash BYTEA NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    lookup BYTEA NOT NULL,
    account_id UUID REFERENCES account (id),
    step TEXT NOT NULL,
    end_reason TEXT,
    opened_by TEXT NOT NULL,
    has_record BIGINT NOT NULL,
    trading_password_lost BIGINT NOT NULL,
    credential_version BIGINT NOT NULL,
    factor_failures BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    effective_at BIGINT,
    due_at BIGINT NOT NULL,
    proved_at BIGINT,
    sent_at BIGINT,
    decided_at BIGINT,
    ended_at BIGINT,
    evidence_until BIGINT
);
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
    case_id UUID NOT NULL REFERENCES support_case (id),
    staff_id UUID NOT NULL,
    vote TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (case_id, staff_id)
);

CREATE TABLE case_evidence (
    id UUID PRIMARY KEY NOT NULL,
    case_id UUID NOT NULL REFERENCES support_case (id),
    kind TEXT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    code_of_the_day TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX case_evidence_kind ON case_evidence (case_id, kind);

-- What stops a case or undoes a changed identifier: the hash of a link's token, or of a code to type.
CREATE TABLE stop_link (
    hash BYTEA PRIMARY KEY NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('case', 'identifier')),
    subject_id UUID NOT NULL,
    account_id UUID NOT NULL REFERENCES account (id),
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX stop_link_expiry ON stop_link (expires_at);
CREATE INDEX stop_link_account ON stop_link (account_id);
