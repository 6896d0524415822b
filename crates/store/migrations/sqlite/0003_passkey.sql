-- WebAuthn credentials of customers. The key itself is sealed; rp_id is the host that it was made for.
CREATE TABLE passkey (
    id BLOB PRIMARY KEY NOT NULL,
    account_id BLOB NOT NULL REFERENCES account (id),
    credential_id BLOB NOT NULL,
    sealed BLOB NOT NULL,
    name TEXT NOT NULL,
    aaguid BLOB NOT NULL,
    rp_id TEXT NOT NULL,
    backup_eligible INTEGER NOT NULL,
    backup_state INTEGER NOT NULL,
    counter INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    disabled_at INTEGER,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    removed_at INTEGER
) STRICT, WITHOUT ROWID;
-- A removed key keeps its id: it never comes back under another name.
CREATE UNIQUE INDEX passkey_credential ON passkey (credential_id);
CREATE INDEX passkey_account ON passkey (account_id) WHERE removed_at IS NULL;

-- Challenges that were answered, remembered until they would have expired.
CREATE TABLE spent_challenge (
    hash BLOB PRIMARY KEY NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_challenge_expiry ON spent_challenge (expires_at);

-- Since when the customer enters by passkeys only, if so chosen.
ALTER TABLE account ADD COLUMN passkeys_only_at INTEGER;

-- Actions that would move assets, waiting for the proof that their owner means just this.
CREATE TABLE money_action (
    id BLOB PRIMARY KEY NOT NULL,
    account_id BLOB NOT NULL REFERENCES account (id),
    session_id BLOB NOT NULL,
    digest BLOB NOT NULL,
    sealed BLOB NOT NULL,
    credential_version INTEGER NOT NULL,
    needs_mailed_code INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    confirmed_at INTEGER,
    confirmed_by TEXT,
    ended_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX money_action_digest ON money_action (digest);
CREATE INDEX money_action_account ON money_action (account_id, created_at);
