//! No statement reads a table from end to end unless it is listed here: the cost of a sign-in must not grow with the
//! number of accounts.

use std::collections::BTreeMap;
use std::path::Path;

use doorward_store::Db;
use doorward_store::testing::{Fresh, sqlite_plan};
use sqlx::{AssertSqlSafe, Executor as _, Row as _};

/// Statements of workers and operators that read a whole table or index, and why that is right.
const WHOLE_READS: &[(&str, &str)] = &[
    ("LIST_PARAMS_IN_USE", "a worker refreshes the mix of hash parameters now and then"),
    ("COUNT_ACCOUNTS", "a gauge, once a minute"),
    ("COUNT_FROZEN", "a gauge over an index that holds frozen accounts only"),
    ("COUNT_FOREIGN_PASSKEYS", "the operator's check, now and then"),
    ("COUNT_SESSIONS", "a gauge, over the sessions of the last hours"),
    ("END_ALL_SESSIONS", "after a restore"),
    ("END_ALL_DEVICES", "after a restore"),
    ("END_ALL_SIGN_INS", "after a restore"),
    ("END_ALL_SIGN_UPS", "after a restore"),
    ("END_ALL_RESETS", "after a restore"),
    ("END_ALL_CHANGES", "after a restore"),
    ("END_ALL_IDENTIFIER_CHANGES", "after a restore"),
    ("END_ALL_CASES", "after a restore"),
    ("TELL_ALL", "after a restore"),
    ("END_ALL_STAFF_SESSIONS", "after a restore"),
    ("END_ALL_STAFF_INVITATIONS", "after a restore"),
    ("LIST_STAFF", "staff are few"),
    ("LIST_NAMES", "assets are few, at start and after a listing"),
    ("LIST_APPROVALS", "countries are few, for the operator"),
    ("LIFT_COVERED", "countries are few, when the block of the default is lifted"),
    ("LIST_BLOCKS", "countries are few, when a policy is read"),
    ("LIST_LIFTED", "accounts lifted out of a block are few, when a policy is read"),
    ("LIST_REQUESTS", "over an index that holds what waits for a second colleague only"),
    ("OUTCOMES", "a few hundred rows, once an hour"),
    ("SMS_DAYS", "a few hundred rows, once an hour"),
    ("FIND_NEXT_ATTEMPT", "the first row of an index that holds unsent messages only"),
    ("LIST_OPEN_INTENTS", "over an index that holds the commands without an answer only"),
    ("LIST_SMS_DAY", "a few hundred rows, for the operator"),
    ("LEDGER_EXISTS_SQLITE", "the catalogue, at start"),
    ("LEDGER_EXISTS_POSTGRES", "the catalogue, at start"),
    ("NEWEST", "a handful of rows, at start"),
    ("NEXT_SCOPE", "the first entry of an index"),
    ("COUNT_WAITING", "a worker, over an index that holds the entries of the last second only"),
    ("LIST_UNBOUND", "a worker, over the same index"),
    ("FORGET_ACCOUNT", "an erasure: the references of every table to the account are looked at"),
    ("GIVE_PLACES", "a worker, over an index that holds the entries of the last second only"),
    ("COPY_SESSION", "a copy of one's own data, now and then"),
    ("COPY_DEVICE", "a copy of one's own data, now and then"),
    ("COPY_TOTP", "a copy of one's own data, now and then"),
    ("COPY_PASSKEY", "a copy of one's own data, now and then"),
    ("COPY_SIGN_IN", "a copy of one's own data, now and then"),
    ("COPY_RESET", "a copy of one's own data, now and then"),
    ("COPY_CHANGE", "a copy of one's own data, now and then"),
    ("COPY_FREEZE_LINK", "a copy of one's own data, now and then"),
    ("COPY_OUTBOX", "a copy of one's own data, now and then"),
    ("COPY_DELAYED_CHANGE", "a copy of one's own data, now and then"),
    ("FORGET_STOP_LINKS", "an erasure"),
    ("FORGET_IDENTIFIER_CHANGES", "an erasure"),
    ("COPY_IDENTIFIER_CHANGE", "a copy of one's own data, now and then"),
    ("FORGET_CODES", "an erasure, over the flows of the last days"),
    ("FORGET_SIGN_INS", "an erasure, over the flows of the last days"),
    ("FORGET_RESETS", "an erasure, over the flows of the last days"),
    ("FORGET_CHANGES", "an erasure, over the flows of the last days"),
    ("FORGET_PASSKEYS", "an erasure"),
    ("FORGET_DELAYED_CHANGES", "an erasure"),
    ("FORGET_SESSIONS", "an erasure"),
    ("FORGET_DEVICES", "an erasure"),
    ("FORGET_TOTP", "an erasure"),
    ("FORGET_SEEN_STEPS", "an erasure"),
    ("FORGET_FREEZE_LINKS", "an erasure"),
    ("FORGET_MESSAGES", "an erasure"),
    ("FORGET_STAFF_REQUESTS", "an erasure"),
    ("TAKE_FINISHED", "a worker, over a table that holds the sign-ins of the last minutes only"),
];

/// Every `const NAME: &str = "…"` of the crate whose text reads or changes a table.
fn statements() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "rs") || path.ends_with("filler.rs") {
            continue;
        }
        let module = path.file_stem().unwrap().to_string_lossy().into_owned();
        let source = std::fs::read_to_string(&path).unwrap();
        for part in source.split("const ").skip(1) {
            let Some((name, rest)) = part.split_once(": &str =") else { continue };
            let Some(text) = rest.trim_start().strip_prefix('"') else { continue };
            let text = text.split_once('"').unwrap().0;
            let joined: Vec<&str> = text.split("\\\n").map(str::trim).collect();
            let sql = joined.join(" ");
            if ["SELECT ", "UPDATE ", "DELETE "].iter().any(|verb| sql.starts_with(verb)) {
                found.insert(format!("{module}::{name}"), sql);
            }
        }
    }
    found
}

fn is_listed(name: &str) -> bool {
    WHOLE_READS.iter().any(|(listed, _)| name.ends_with(&format!("::{listed}")))
}

/// Values for a plan: NULL for each `$n`, from the last to the first so that `$1` leaves `$10` alone.
fn without_values(sql: &str) -> (String, usize) {
    let most = (1..30).rev().find(|number| sql.contains(&format!("${number}"))).unwrap_or(0);
    let sql = (1..=most).rev().fold(sql.to_owned(), |sql, number| sql.replace(&format!("${number}"), "NULL"));
    (sql, most)
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_searches_an_index_for_every_statement_of_a_request() {
    let fresh = Fresh::sqlite().await;
    let statements = statements();
    assert!(statements.len() > 60, "the statements were found: {}", statements.len());
    let mut offending = Vec::new();
    for (name, sql) in &statements {
        if name.ends_with("_POSTGRES") || name == "migration::LOCK" || is_listed(name) {
            continue;
        }
        for step in sqlite_plan(&fresh.db, sql).await {
            let subquery =
                ["SCAN tried", "SCAN counted", "SCAN CONSTANT ROW"].iter().any(|part| step.starts_with(part));
            if step.starts_with("SCAN ") && !subquery {
                offending.push(format!("{name}: {step}\n    {sql}"));
            }
        }
    }
    assert!(offending.is_empty(), "these read a whole table:\n{}", offending.join("\n"));
    fresh.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_can_use_an_index_for_every_statement_of_a_request() {
    let fresh = Fresh::postgres().await;
    let Db::Postgres(pool) = &fresh.db else { unreachable!("it is PostgreSQL") };
    let mut connection = pool.acquire().await.unwrap();
    // With sequential reads forbidden, one that remains has no index to take its place, however large the table.
    connection.execute("SET enable_seqscan = off").await.unwrap();
    connection.execute("SET plan_cache_mode = force_generic_plan").await.unwrap();
    let mut offending = Vec::new();
    for (number, (name, sql)) in statements().into_iter().enumerate() {
        if name.ends_with("_SQLITE") || name == "migration::LOCK" || is_listed(&name) {
            continue;
        }
        let (_, values) = without_values(&sql);
        let prepare = AssertSqlSafe(format!("PREPARE plan{number} AS {sql}"));
        connection.execute(sqlx::raw_sql(prepare)).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let nulls = vec!["NULL"; values].join(", ");
        let call = if values == 0 { String::new() } else { format!("({nulls})") };
        let explain = AssertSqlSafe(format!("EXPLAIN EXECUTE plan{number}{call}"));
        let rows = sqlx::raw_sql(explain)
            .fetch_all(&mut *connection)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        for row in rows {
            let step: String = row.get(0);
            if step.contains("Seq Scan") {
                offending.push(format!("{name}: {step}\n    {sql}"));
            }
        }
    }
    assert!(offending.is_empty(), "these read a whole table:\n{}", offending.join("\n"));
    drop(connection);
    fresh.end().await;
}
