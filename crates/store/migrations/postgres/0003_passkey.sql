-- WebAuthn credentials of customers. The key itself is sealed; rp_id is the host that it was made for.
CREATE TABLE passkey (
    id UUID PRIMARY KEY NOT NULL,
    account_id UUID NOT NULL REFERENCES account (id),
    credential_id BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    name TEXT NOT NULL,
    aaguid UUID NOT NULL,
    rp_id TEXT NOT NULL,
    backup_eligible BIGINT NOT NULL,
    backup_state BIGINT NOT NULL,
    counter BIGINT NOT NULL,
    failures BIGINT NOT NULL DEFAULT 0,
    disabled_at BIGINT,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    removed_at BIGINT
);
-- A removed key keeps its id: it never comes back under another name.
CREATE UNIQUE INDEX passkey_credential ON passkey (credential_id);
CREATE INDEX passkey_account ON passkey (account_id) WHERE removed_at IS NULL;

-- Challenges that were answered, remembered until they would have expired.
CREATE TABLE spent_challenge (
    hash BYTEA PRIMARY KEY NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX spent_challenge_expiry ON spent_challenge (expires_at);

-- Since when the customer enters by passkeys only, if so chosen.
ALTER TABLE account ADD COLUMN passkeys_only_at BIGINT;

-- Actions that would move assets, waiting for the proof that their owner means just this.
CREATE TABLE money_action (
    id UUID PRIMARY KEY NOT NULL,
    account_id UUID NOT NULL REFERENCES account (id),
    session_id UUID NOT NULL,
    digest BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    credential_version BIGINT NOT NULL,
    needs_mailed_code BIGINT NOT NULL,
    failures BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    confirmed_by TEXT,
    ended_at BIGINT
);
CREATE UNIQUE INDEX money_action_digest ON money_action (digest);
CREATE INDEX money_action_account ON money_action (account_id, created_at);
