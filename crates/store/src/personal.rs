//! Everything that the tables hold of one account, for the copy that its owner may ask for. Read as names and values,
//! so that a new table is one line here; what is sealed is opened in `app`, and secrets are not read at all.

use doorward_domain::id::AccountId;
use uuid::Uuid;

use crate::db::{self, Db};
use crate::fault::StoreFault;
use crate::row::{Record, Row, unreadable, values};

/// Rows of one table that a copy holds at most.
const ROWS: i64 = 10_000;

/// One value of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// Nothing.
    Absent,
    /// A number; of a column that is a time, microseconds since 1970.
    Number(i64),
    /// A text.
    Text(String),
    /// An id.
    Id(Uuid),
}

/// One row of a copy: names and values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalRow(pub Vec<(String, Field)>);

impl Record for PersonalRow {
    fn read(row: &Row<'_>) -> Result<Self, sqlx::Error> {
        let field = |name: &str| {
            // SQLite gives each value the type that it has, PostgreSQL the type of its column.
            if let Ok(number) = row.get::<Option<i64>>(name) {
                return Ok(number.map_or(Field::Absent, Field::Number));
            }
            if let Ok(text) = row.get::<Option<String>>(name) {
                return Ok(text.map_or(Field::Absent, Field::Text));
            }
            row.get::<Option<Uuid>>(name)
                .map(|id| id.map_or(Field::Absent, Field::Id))
                .map_err(|_| unreadable("a value that a copy cannot hold"))
        };
        let names = (0..).map_while(|index| row.name(index));
        names.map(|name| Ok((name.to_owned(), field(name)?))).collect::<Result<_, _>>().map(Self)
    }
}

const COPY_ACCOUNT: &str = "SELECT id, status, language, created_at, entries, held_assets, frozen_at, frozen_by, \
    reviewed_at, passkeys_only_at, settings_lock_days, tells_every_entry, binds_network, address_book_off, \
    api_keys_suspended_at FROM account WHERE id = $1 LIMIT $2";
const COPY_PASSWORD: &str =
    "SELECT params, failures, disabled_at, changed_at FROM password WHERE account_id = $1 LIMIT $2";
const COPY_TOTP: &str = "SELECT id, failures, locked_until, disabled_at, created_at, replaced_at FROM totp \
    WHERE account_id = $1 LIMIT $2";
const COPY_RECOVERY_BATCH: &str = "SELECT batch, failures, locked_until, disabled_at, created_at FROM recovery_batch \
    WHERE account_id = $1 LIMIT $2";
const COPY_RECOVERY_CODE: &str = "SELECT batch, used_at FROM recovery_code WHERE account_id = $1 LIMIT $2";
const COPY_PASSKEY: &str = "SELECT id, name, aaguid, rp_id, backup_eligible, backup_state, counter, failures, disabled_at, \
    created_at, last_used_at, removed_at FROM passkey WHERE account_id = $1 LIMIT $2";
const COPY_DEVICE: &str = "SELECT id, network, user_agent, created_at, last_seen_at, trusted_until, ended_at, end_reason \
    FROM device WHERE account_id = $1 LIMIT $2";
const COPY_SESSION: &str = "SELECT id, device_id, second_factor, network, user_agent, created_at, last_seen_at, reviewed_at, \
    ended_at, end_reason FROM session WHERE account_id = $1 LIMIT $2";
const COPY_SIGN_IN: &str = "SELECT id, step, device_id, known_device, factor, started_at, expires_at, ended_at, end_reason \
    FROM sign_in WHERE account_id = $1 LIMIT $2";
const COPY_RESET: &str = "SELECT id, step, factor, created_at, expires_at, ended_at, end_reason FROM reset \
    WHERE account_id = $1 LIMIT $2";
const COPY_CHANGE: &str = "SELECT id, purpose, step, authorised_by, created_at, expires_at, ended_at, end_reason \
    FROM change WHERE account_id = $1 LIMIT $2";
const COPY_FREEZE_LINK: &str = "SELECT expires_at, used_at FROM freeze_link WHERE account_id = $1 LIMIT $2";
const COPY_OUTBOX: &str = "SELECT id, kind, channel, language, state, created_at, delivered_at FROM outbox \
    WHERE account_id = $1 LIMIT $2";
const COPY_SECURITY_EVENT: &str =
    "SELECT kind, at, hold_until, subject FROM security_event WHERE account_id = $1 LIMIT $2";
const COPY_TRADING_PASSWORD: &str = "SELECT params, failures, locked_until, disabled_at, changed_at \
    FROM trading_password WHERE account_id = $1 LIMIT $2";
const COPY_DELAYED_CHANGE: &str = "SELECT id, kind, asked_at, takes_effect_at, ended_at, end_reason \
    FROM delayed_change WHERE account_id = $1 LIMIT $2";
const COPY_UNFREEZE_APPROVAL: &str = "SELECT at FROM unfreeze_approval WHERE account_id = $1 LIMIT $2";
const COPY_IDENTITY: &str =
    "SELECT residence, level, source, recorded_at FROM identity WHERE account_id = $1 LIMIT $2";
const COPY_IDENTIFIER_CHANGE: &str = "SELECT id, kind, step, created_at, expires_at, ended_at, undone_at \
    FROM identifier_change WHERE account_id = $1 LIMIT $2";
const COPY_SUPPORT_CASE: &str = "SELECT id, step, end_reason, opened_by, has_record, trading_password_lost, created_at, expires_at, effective_at, proved_at, \
    sent_at, decided_at, ended_at, evidence_until FROM support_case WHERE account_id = $1 LIMIT $2";
const COPY_CASE_EVIDENCE: &str = "SELECT case_evidence.id AS id, kind, width, height, case_evidence.created_at AS created_at \
    FROM case_evidence JOIN support_case ON support_case.id = case_evidence.case_id \
    WHERE support_case.account_id = $1 LIMIT $2";
const COPY_COUNTRIES: &str = "SELECT country, last_at FROM account_country WHERE account_id = $1 LIMIT $2";
const COPY_LIFTED: &str = "SELECT first_at, lifted_at FROM lifted_account WHERE account_id = $1 LIMIT $2";
const COPY_TOLD_MODE: &str = "SELECT mode, told_at FROM told_mode WHERE account_id = $1 LIMIT $2";
const COPY_TOLD_AHEAD: &str = "SELECT mode, from_at, told_at FROM told_ahead WHERE account_id = $1 LIMIT $2";
const COPY_ERASURE: &str = "SELECT asked_at, due_at FROM erasure WHERE account_id = $1 LIMIT $2";
const COPY_LEDGER_OWNER: &str =
    "SELECT owner, opened_at, restriction FROM ledger_owner WHERE account_id = $1 LIMIT $2";
const COPY_INTENT: &str =
    "SELECT number, made_at, answered_at FROM engine_intent WHERE account_id = $1 LIMIT $2";
const COPY_MONEY_ACTION: &str = "SELECT id, created_at, expires_at, confirmed_at, confirmed_by, ended_at \
    FROM money_action WHERE account_id = $1 LIMIT $2";

/// Every table whose rows stand in a copy, with what reads them. A test holds this against the tables that there are.
pub const COPIED: &[(&str, &str)] = &[
    ("account", COPY_ACCOUNT),
    ("password", COPY_PASSWORD),
    ("totp", COPY_TOTP),
    ("recovery_batch", COPY_RECOVERY_BATCH),
    ("recovery_code", COPY_RECOVERY_CODE),
    ("passkey", COPY_PASSKEY),
    ("device", COPY_DEVICE),
    ("session", COPY_SESSION),
    ("sign_in", COPY_SIGN_IN),
    ("reset", COPY_RESET),
    ("change", COPY_CHANGE),
    ("freeze_link", COPY_FREEZE_LINK),
    ("outbox", COPY_OUTBOX),
    ("security_event", COPY_SECURITY_EVENT),
    ("erasure", COPY_ERASURE),
    ("money_action", COPY_MONEY_ACTION),
    ("account_country", COPY_COUNTRIES),
    ("lifted_account", COPY_LIFTED),
    ("told_mode", COPY_TOLD_MODE),
    ("told_ahead", COPY_TOLD_AHEAD),
    ("identity", COPY_IDENTITY),
    ("identifier_change", COPY_IDENTIFIER_CHANGE),
    ("support_case", COPY_SUPPORT_CASE),
    ("case_evidence", COPY_CASE_EVIDENCE),
    ("trading_password", COPY_TRADING_PASSWORD),
    ("delayed_change", COPY_DELAYED_CHANGE),
    ("unfreeze_approval", COPY_UNFREEZE_APPROVAL),
    ("ledger_owner", COPY_LEDGER_OWNER),
    ("engine_intent", COPY_INTENT),
];

/// Tables that name an account and are not in [`COPIED`], and why.
pub const NOT_COPIED: &[(&str, &str)] = &[
    ("identifier", "opened and copied apart"),
    ("audit", "opened and copied apart"),
    ("invalidation", "tells other nodes what ended, gone after an hour"),
    ("totp_seen_step", "steps of a secret"),
    ("stop_link", "hashes of links and codes that call something off"),
    ("staff_note", "kept for staff; the operator adds it to an answer where the law asks for it"),
    ("staff_request", "what two members of staff agreed on stands in the record"),
    ("case_vote", "what two members of staff decided stands in the case"),
    ("one_time_code", "codes that are good for minutes"),
];

/// Columns of the tables in [`COPIED`] that a copy leaves out, and why. A test holds this against the columns that there
/// are.
pub const LEFT_OUT: &[(&str, &str)] = &[
    ("account_id", "whose copy it is"),
    (
        "sealed",
        "secrets and what was typed on the way to them; what is told of it is opened and copied apart",
    ),
    ("sealed_name", "opened and copied apart"),
    ("sealed_birth_date", "opened and copied apart"),
    ("phrases", "by them mails and pages are told from forged ones: shown on their page alone"),
    ("document_hash", "can be compared and not read"),
    ("lookup", "keyed hashes, by which rows are found"),
    ("digest", "a hash of what is sealed"),
    ("token_hash", "hashes of secrets"),
    ("previous_token_hash", "hashes of secrets"),
    ("previous_until", "how long the token before is taken"),
    ("link_hash", "hashes of secrets"),
    ("link_expires_at", "how long a link opens"),
    ("cancel_hash", "hashes of secrets"),
    ("credential_id", "by which a passkey is found at its owner's"),
    ("last_step", "steps of a secret"),
    ("password_matched", "a sign-in tells nobody whether its password was right"),
    ("channel_proved", "how far a sign-in is"),
    ("extended", "how far a sign-in is"),
    ("taken", "tells of another account"),
    ("needs_mailed_code", "how an action is confirmed"),
    ("failures", "of a money action alone: wrong codes so far"),
    ("factor_failures", "wrong codes so far"),
    ("version", "counts changes"),
    ("credential_version", "counts changes"),
    ("id", "of an event that has no name of its own"),
    ("case_id", "whose picture it is"),
    ("code_of_the_day", "what the note in the picture says"),
    ("old_identifier_id", "the identifiers themselves are copied apart"),
    ("session_id", "where a change was begun; sessions are copied apart"),
    ("staff_id", "who of the staff; their names stand in the record"),
    ("first_by", "who of the staff; their names stand in the record"),
    ("second_by", "who of the staff; their names stand in the record"),
    ("attempts", "how a message is delivered"),
    ("next_attempt_at", "how a message is delivered"),
    ("last_error", "how a message is delivered"),
    ("due_at", "when the house looks at a case by itself"),
    ("next_try_at", "when the house looks at an erasure again"),
    ("sequence", "a place in the market's record"),
    ("after_sequence", "a place in the market's record"),
    ("command", "bytes for the market's engine"),
    ("command_id", "bytes for the market's engine"),
    ("answer", "bytes from the market's engine"),
];

/// The rows of every table in [`COPIED`] of one account, at most ten thousand of each.
pub async fn list_personal_rows(
    db: &Db,
    account: AccountId,
) -> Result<Vec<(&'static str, Vec<PersonalRow>)>, StoreFault> {
    let mut tables = Vec::with_capacity(COPIED.len());
    for (table, sql) in COPIED {
        let rows =
            db::list(db.into(), "copying what is held of an account", sql, values![account, ROWS]).await?;
        tables.push((*table, rows));
    }
    Ok(tables)
}
