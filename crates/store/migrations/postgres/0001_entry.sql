-- What this installation knows about itself: the check value of its master key and the like.
CREATE TABLE installation (
    name TEXT PRIMARY KEY NOT NULL,
    value BYTEA NOT NULL
);

CREATE TABLE account (
    id UUID PRIMARY KEY NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'frozen')),
    language TEXT NOT NULL,
    credential_version BIGINT NOT NULL,
    held_assets BIGINT NOT NULL DEFAULT 0,
    entries BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    frozen_at BIGINT,
    frozen_by TEXT,
    reviewed_at BIGINT
);

-- The operator counts them; almost none are.
CREATE INDEX account_frozen ON account (frozen_at) WHERE frozen_at IS NOT NULL;

CREATE TABLE identifier (
    id UUID PRIMARY KEY NOT NULL,
    account_id UUID NOT NULL REFERENCES account (id),
    kind TEXT NOT NULL,
    lookup BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    verified_at BIGINT
);
-- Only a verified identifier is taken; any number of unverified ones may stand beside it.
CREATE UNIQUE INDEX identifier_taken ON identifier (lookup) WHERE verified_at IS NOT NULL;
CREATE INDEX identifier_account ON identifier (account_id);

CREATE TABLE password (
    account_id UUID PRIMARY KEY NOT NULL REFERENCES account (id),
    sealed BYTEA NOT NULL,
    params TEXT NOT NULL,
    failures BIGINT NOT NULL DEFAULT 0,
    disabled_at BIGINT,
    changed_at BIGINT NOT NULL
);
CREATE INDEX password_params ON password (params);

CREATE TABLE totp (
    id UUID PRIMARY KEY NOT NULL,
    account_id UUID NOT NULL REFERENCES account (id),
    sealed BYTEA NOT NULL,
    last_step BIGINT NOT NULL,
    failures BIGINT NOT NULL DEFAULT 0,
    locked_until BIGINT,
    disabled_at BIGINT,
    created_at BIGINT NOT NULL,
    replaced_at BIGINT
);
CREATE UNIQUE INDEX totp_in_use ON totp (account_id) WHERE replaced_at IS NULL;

-- Steps whose code was typed at the wrong time: known to somebody, so no longer good when their time comes.
CREATE TABLE totp_seen_step (
    totp_id UUID NOT NULL REFERENCES totp (id),
    step BIGINT NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (totp_id, step)
);
CREATE INDEX totp_seen_step_until ON totp_seen_step (until);

-- One set of recovery codes an account; wrong tries count for the set, since a wrong code belongs to no row.
CREATE TABLE recovery_batch (
    account_id UUID PRIMARY KEY NOT NULL REFERENCES account (id),
    batch BIGINT NOT NULL,
    failures BIGINT NOT NULL DEFAULT 0,
    locked_until BIGINT,
    disabled_at BIGINT,
    created_at BIGINT NOT NULL
);

CREATE TABLE recovery_code (
    lookup BYTEA PRIMARY KEY NOT NULL,
    account_id UUID NOT NULL REFERENCES account (id),
    batch BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX recovery_code_account ON recovery_code (account_id);

CREATE TABLE failure_count (
    scope TEXT NOT NULL,
    key BYTEA NOT NULL,
    failures BIGINT NOT NULL,
    locked_until BIGINT,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX failure_count_expiry ON failure_count (scope, expires_at);

-- GCRA: tat is the theoretical arrival time; once it has passed, the row says no more than its absence.
CREATE TABLE rate (
    scope TEXT NOT NULL,
    key BYTEA NOT NULL,
    tat BIGINT NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX rate_tat ON rate (tat);

-- Which identifiers one network has tried in vain lately; target is a keyed hash, known identifier or not.
CREATE TABLE wrong_try (
    network BYTEA NOT NULL,
    target BYTEA NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (network, target)
);
CREATE INDEX wrong_try_at ON wrong_try (at);

CREATE TABLE sign_in_outcome (
    hour BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    times BIGINT NOT NULL,
    PRIMARY KEY (outcome, hour)
);

CREATE TABLE human_check_nonce (
    nonce BYTEA PRIMARY KEY NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX human_check_nonce_expiry ON human_check_nonce (expires_at);

CREATE TABLE device (
    id UUID PRIMARY KEY NOT NULL,
    account_id UUID NOT NULL REFERENCES account (id),
    token_hash BYTEA NOT NULL,
    previous_token_hash BYTEA,
    previous_until BIGINT,
    network TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    trusted_until BIGINT NOT NULL,
    ended_at BIGINT,
    end_reason TEXT
);
CREATE UNIQUE INDEX device_token ON device (token_hash);
CREATE INDEX device_previous_token ON device (previous_token_hash) WHERE previous_token_hash IS NOT NULL;
CREATE INDEX device_account ON device (account_id) WHERE ended_at IS NULL;

CREATE TABLE session (
    id UUID PRIMARY KEY NOT NULL,
    account_id UUID NOT NULL REFERENCES account (id),
    token_hash BYTEA NOT NULL,
    device_id UUID,
    second_factor TEXT NOT NULL,
    network TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    reviewed_at BIGINT,
    ended_at BIGINT,
    end_reason TEXT
);
CREATE UNIQUE INDEX session_token ON session (token_hash);
CREATE INDEX session_live ON session (account_id, created_at) WHERE ended_at IS NULL;

-- What other nodes must drop from their caches; each re-reads the last seconds, since commits may overtake ids.
CREATE TABLE invalidation (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    session_token_hash BYTEA,
    account_id UUID
);
CREATE INDEX invalidation_at ON invalidation (at);

-- Flows: version rises with each change, so that of two requests that read the same state one changes it.
CREATE TABLE sign_in (
    id UUID PRIMARY KEY NOT NULL,
    token_hash BYTEA NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    lookup BYTEA NOT NULL,
    account_id UUID REFERENCES account (id),
    device_id UUID,
    step TEXT NOT NULL,
    known_device BIGINT NOT NULL,
    channel_proved BIGINT NOT NULL,
    password_matched BIGINT NOT NULL,
    credential_version BIGINT NOT NULL,
    factor_failures BIGINT NOT NULL,
    factor TEXT,
    extended BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    started_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    end_reason TEXT
);
CREATE UNIQUE INDEX sign_in_token ON sign_in (token_hash);
CREATE INDEX sign_in_open ON sign_in (account_id) WHERE ended_at IS NULL;

CREATE TABLE sign_up (
    id UUID PRIMARY KEY NOT NULL,
    token_hash BYTEA NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    lookup BYTEA NOT NULL,
    step TEXT NOT NULL,
    taken BIGINT NOT NULL,
    factor_failures BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE UNIQUE INDEX sign_up_token ON sign_up (token_hash);

CREATE TABLE reset (
    id UUID PRIMARY KEY NOT NULL,
    token_hash BYTEA NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    lookup BYTEA NOT NULL,
    account_id UUID REFERENCES account (id),
    step TEXT NOT NULL,
    credential_version BIGINT NOT NULL,
    factor_failures BIGINT NOT NULL,
    factor TEXT,
    link_hash BYTEA,
    link_expires_at BIGINT,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    end_reason TEXT
);
CREATE UNIQUE INDEX reset_token ON reset (token_hash);
CREATE UNIQUE INDEX reset_link ON reset (link_hash) WHERE link_hash IS NOT NULL;
CREATE INDEX reset_open ON reset (account_id) WHERE ended_at IS NULL;

CREATE TABLE change (
    id UUID PRIMARY KEY NOT NULL,
    token_hash BYTEA NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    account_id UUID NOT NULL REFERENCES account (id),
    session_id UUID NOT NULL,
    purpose TEXT NOT NULL,
    step TEXT NOT NULL,
    credential_version BIGINT NOT NULL,
    factor_failures BIGINT NOT NULL,
    authorised_by TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    end_reason TEXT
);
CREATE UNIQUE INDEX change_token ON change (token_hash);
CREATE INDEX change_open ON change (account_id) WHERE ended_at IS NULL;

CREATE TABLE one_time_code (
    flow_kind TEXT NOT NULL,
    flow_id UUID NOT NULL,
    hash BYTEA NOT NULL,
    tries BIGINT NOT NULL,
    sends BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (flow_kind, flow_id)
);
CREATE INDEX one_time_code_expiry ON one_time_code (expires_at);

-- The link in each security mail by which its reader freezes the account.
CREATE TABLE freeze_link (
    token_hash BYTEA PRIMARY KEY NOT NULL,
    account_id UUID NOT NULL REFERENCES account (id),
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX freeze_link_expiry ON freeze_link (expires_at);

CREATE TABLE sms_day (
    prefix TEXT NOT NULL,
    day BIGINT NOT NULL,
    sent BIGINT NOT NULL,
    entered BIGINT NOT NULL,
    PRIMARY KEY (prefix, day)
);

-- next_attempt_at is NULL once a message is sent or dead; sealed is NULL once it is sent.
CREATE TABLE outbox (
    id UUID PRIMARY KEY NOT NULL,
    account_id UUID,
    kind TEXT NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('mail', 'sms')),
    language TEXT NOT NULL,
    sealed BYTEA,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'dead')),
    attempts BIGINT NOT NULL DEFAULT 0,
    next_attempt_at BIGINT,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    delivered_at BIGINT
);
CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX outbox_state ON outbox (state, created_at);

CREATE TABLE security_event (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    hold_until BIGINT
);
CREATE INDEX security_event_account ON security_event (account_id, at);

CREATE TABLE audit (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    account_id UUID REFERENCES account (id),
    kind TEXT NOT NULL,
    network TEXT,
    sealed BYTEA
);
CREATE INDEX audit_account ON audit (account_id, seq);
CREATE INDEX audit_account_kind ON audit (account_id, kind, at);
