-- Who works at the support desk. A removed member stays, so that what they did keeps its name.
CREATE TABLE staff (
    id BLOB PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    lookup BLOB NOT NULL,
    sealed BLOB NOT NULL,
    role TEXT NOT NULL,
    language TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    enrolled_at INTEGER,
    removed_at INTEGER
) STRICT, WITHOUT ROWID;
-- A name is never given to a second person, and an address belongs to one who is there.
CREATE UNIQUE INDEX staff_name ON staff (name);
CREATE UNIQUE INDEX staff_mail ON staff (lookup) WHERE removed_at IS NULL;

-- The link by which a member of staff enrols both passkeys.
CREATE TABLE staff_invitation (
    token_hash BLOB PRIMARY KEY NOT NULL,
    staff_id BLOB NOT NULL REFERENCES staff (id),
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX staff_invitation_open ON staff_invitation (staff_id) WHERE used_at IS NULL;

CREATE TABLE staff_passkey (
    id BLOB PRIMARY KEY NOT NULL,
    staff_id BLOB NOT NULL REFERENCES staff (id),
    credential_id BLOB NOT NULL,
    sealed BLOB NOT NULL,
    aaguid BLOB NOT NULL,
    counter INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    removed_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX staff_passkey_credential ON staff_passkey (credential_id);
CREATE INDEX staff_passkey_staff ON staff_passkey (staff_id) WHERE removed_at IS NULL;

CREATE TABLE staff_session (
    id BLOB PRIMARY KEY NOT NULL,
    staff_id BLOB NOT NULL REFERENCES staff (id),
    token_hash BLOB NOT NULL,
    network TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    ended_at INTEGER,
    end_reason TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX staff_session_token ON staff_session (token_hash);
CREATE INDEX staff_session_live ON staff_session (staff_id) WHERE ended_at IS NULL;

-- What staff wrote beside an account; sealed, because it may tell of a person.
CREATE TABLE staff_note (
    id BLOB PRIMARY KEY NOT NULL,
    account_id BLOB NOT NULL REFERENCES account (id),
    staff_id BLOB NOT NULL REFERENCES staff (id),
    sealed BLOB NOT NULL,
    written_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX staff_note_account ON staff_note (account_id, id);

-- What two members of staff do together: one has asked, another agrees or declines.
CREATE TABLE staff_request (
    id BLOB PRIMARY KEY NOT NULL,
    account_id BLOB NOT NULL REFERENCES account (id),
    act TEXT NOT NULL,
    asked_by BLOB NOT NULL REFERENCES staff (id),
    asked_as TEXT NOT NULL,
    sealed BLOB NOT NULL,
    asked_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    settled_at INTEGER,
    settled_by BLOB REFERENCES staff (id),
    agreed INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX staff_request_waiting ON staff_request (account_id, act) WHERE settled_at IS NULL;
CREATE INDEX staff_request_open ON staff_request (asked_at) WHERE settled_at IS NULL;
