-- What this installation knows about itself: the check value of its master key and the like.
CREATE TABLE installation (
    name TEXT PRIMARY KEY NOT NULL,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    id BLOB PRIMARY KEY NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'frozen')),
    language TEXT NOT NULL,
    credential_version INTEGER NOT NULL,
    held_assets INTEGER NOT NULL DEFAULT 0,
    entries INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    frozen_at INTEGER,
    frozen_by TEXT,
    reviewed_at INTEGER
) STRICT, WITHOUT ROWID;

-- The operator counts them; almost none are.
CREATE INDEX account_frozen ON account (frozen_at) WHERE frozen_at IS NOT NULL;

CREATE TABLE identifier (
    id BLOB PRIMARY KEY NOT NULL,
    account_id BLOB NOT NULL REFERENCES account (id),
    kind TEXT NOT NULL,
    lookup BLOB NOT NULL,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    verified_at INTEGER
) STRICT, WITHOUT ROWID;
-- Only a verified identifier is taken; any number of unverified ones may stand beside it.
CREATE UNIQUE INDEX identifier_taken ON identifier (lookup) WHERE verified_at IS NOT NULL;
CREATE INDEX identifier_account ON identifier (account_id);

CREATE TABLE password (
    account_id BLOB PRIMARY KEY NOT NULL REFERENCES account (id),
    sealed BLOB NOT NULL,
    params TEXT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    disabled_at INTEGER,
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX password_params ON password (params);

CREATE TABLE totp (
    id BLOB PRIMARY KEY NOT NULL,
    account_id BLOB NOT NULL REFERENCES account (id),
    sealed BLOB NOT NULL,
    last_step INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    locked_until INTEGER,
    disabled_at INTEGER,
    created_at INTEGER NOT NULL,
    replaced_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX totp_in_use ON totp (account_id) WHERE replaced_at IS NULL;

-- Steps whose code was typed at the wrong time: known to somebody, so no longer good when their time comes.
CREATE TABLE totp_seen_step (
    totp_id BLOB NOT NULL REFERENCES totp (id),
    step INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (totp_id, step)
) STRICT, WITHOUT ROWID;
CREATE INDEX totp_seen_step_until ON totp_seen_step (until);

-- One set of recovery codes an account; wrong tries count for the set, since a wrong code belongs to no row.
CREATE TABLE recovery_batch (
    account_id BLOB PRIMARY KEY NOT NULL REFERENCES account (id),
    batch INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    locked_until INTEGER,
    disabled_at INTEGER,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_code (
    lookup BLOB PRIMARY KEY NOT NULL,
    account_id BLOB NOT NULL REFERENCES account (id),
    batch INTEGER NOT NULL,
    used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX recovery_code_account ON recovery_code (account_id);

CREATE TABLE failure_count (
    scope TEXT NOT NULL,
    key BLOB NOT NULL,
    failures INTEGER NOT NULL,
    locked_until INTEGER,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX failure_count_expiry ON failure_count (scope, expires_at);

-- GCRA: tat is the theoretical arrival time; once it has passed, the row says no more than its absence.
CREATE TABLE rate (
    scope TEXT NOT NULL,
    key BLOB NOT NULL,
    tat INTEGER NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX rate_tat ON rate (tat);

-- Which identifiers one network has tried in vain lately; target is a keyed hash, known identifier or not.
CREATE TABLE wrong_try (
    network BLOB NOT NULL,
    target BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (network, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX wrong_try_at ON wrong_try (at);

CREATE TABLE sign_in_outcome (
    hour INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    times INTEGER NOT NULL,
    PRIMARY KEY (outcome, hour)
) STRICT, WITHOUT ROWID;

CREATE TABLE human_check_nonce (
    nonce BLOB PRIMARY KEY NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX human_check_nonce_expiry ON human_check_nonce (expires_at);

CREATE TABLE device (
    id BLOB PRIMARY KEY NOT NULL,
    account_id BLOB NOT NULL REFERENCES account (id),
    token_hash BLOB NOT NULL,
    previous_token_hash BLOB,
    previous_until INTEGER,
    network TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    trusted_until INTEGER NOT NULL,
    ended_at INTEGER,
    end_reason TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX device_token ON device (token_hash);
CREATE INDEX device_previous_token ON device (previous_token_hash) WHERE previous_token_hash IS NOT NULL;
CREATE INDEX device_account ON device (account_id) WHERE ended_at IS NULL;

CREATE TABLE session (
    id BLOB PRIMARY KEY NOT NULL,
    account_id BLOB NOT NULL REFERENCES account (id),
    token_hash BLOB NOT NULL,
    device_id BLOB,
    second_factor TEXT NOT NULL,
    network TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    reviewed_at INTEGER,
    ended_at INTEGER,
    end_reason TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX session_token ON session (token_hash);
CREATE INDEX session_live ON session (account_id, created_at) WHERE ended_at IS NULL;

-- What other nodes must drop from their caches; each re-reads the last seconds, since commits may overtake ids.
CREATE TABLE invalidation (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at INTEGER NOT NULL,
    session_token_hash BLOB,
    account_id BLOB
) STRICT;
CREATE INDEX invalidation_at ON invalidation (at);

-- Flows: version rises with each change, so that of two requests that read the same state one changes it.
CREATE TABLE sign_in (
    id BLOB PRIMARY KEY NOT NULL,
    token_hash BLOB NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    lookup BLOB NOT NULL,
    account_id BLOB REFERENCES account (id),
    device_id BLOB,
    step TEXT NOT NULL,
    known_device INTEGER NOT NULL,
    channel_proved INTEGER NOT NULL,
    password_matched INTEGER NOT NULL,
    credential_version INTEGER NOT NULL,
    factor_failures INTEGER NOT NULL,
    factor TEXT,
    extended INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    started_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER,
    end_reason TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX sign_in_token ON sign_in (token_hash);
CREATE INDEX sign_in_open ON sign_in (account_id) WHERE ended_at IS NULL;

CREATE TABLE sign_up (
    id BLOB PRIMARY KEY NOT NULL,
    token_hash BLOB NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    lookup BLOB NOT NULL,
    step TEXT NOT NULL,
    taken INTEGER NOT NULL,
    factor_failures INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX sign_up_token ON sign_up (token_hash);

CREATE TABLE reset (
    id BLOB PRIMARY KEY NOT NULL,
    token_hash BLOB NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    lookup BLOB NOT NULL,
    account_id BLOB REFERENCES account (id),
    step TEXT NOT NULL,
    credential_version INTEGER NOT NULL,
    factor_failures INTEGER NOT NULL,
    factor TEXT,
    link_hash BLOB,
    link_expires_at INTEGER,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER,
    end_reason TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX reset_token ON reset (token_hash);
CREATE UNIQUE INDEX reset_link ON reset (link_hash) WHERE link_hash IS NOT NULL;
CREATE INDEX reset_open ON reset (account_id) WHERE ended_at IS NULL;

CREATE TABLE change (
    id BLOB PRIMARY KEY NOT NULL,
    token_hash BLOB NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    account_id BLOB NOT NULL REFERENCES account (id),
    session_id BLOB NOT NULL,
    purpose TEXT NOT NULL,
    step TEXT NOT NULL,
    credential_version INTEGER NOT NULL,
    factor_failures INTEGER NOT NULL,
    authorised_by TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER,
    end_reason TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX change_token ON change (token_hash);
CREATE INDEX change_open ON change (account_id) WHERE ended_at IS NULL;

CREATE TABLE one_time_code (
    flow_kind TEXT NOT NULL,
    flow_id BLOB NOT NULL,
    hash BLOB NOT NULL,
    tries INTEGER NOT NULL,
    sends INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    PRIMARY KEY (flow_kind, flow_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX one_time_code_expiry ON one_time_code (expires_at);

-- The link in each security mail by which its reader freezes the account.
CREATE TABLE freeze_link (
    token_hash BLOB PRIMARY KEY NOT NULL,
    account_id BLOB NOT NULL REFERENCES account (id),
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX freeze_link_expiry ON freeze_link (expires_at);

CREATE TABLE sms_day (
    prefix TEXT NOT NULL,
    day INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    entered INTEGER NOT NULL,
    PRIMARY KEY (prefix, day)
) STRICT, WITHOUT ROWID;

-- next_attempt_at is NULL once a message is sent or dead; sealed is NULL once it is sent.
CREATE TABLE outbox (
    id BLOB PRIMARY KEY NOT NULL,
    account_id BLOB,
    kind TEXT NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('mail', 'sms')),
    language TEXT NOT NULL,
    sealed BLOB,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'dead')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER,
    last_error TEXT,
    created_at INTEGER NOT NULL,
    delivered_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX outbox_state ON outbox (state, created_at);

CREATE TABLE security_event (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    account_id BLOB NOT NULL REFERENCES account (id),
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    hold_until INTEGER
) STRICT;
CREATE INDEX security_event_account ON security_event (account_id, at);

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at INTEGER NOT NULL,
    account_id BLOB REFERENCES account (id),
    kind TEXT NOT NULL,
    network TEXT,
    sealed BLOB
) STRICT;
CREATE INDEX audit_account ON audit (account_id, seq);
CREATE INDEX audit_account_kind ON audit (account_id, kind, at);
