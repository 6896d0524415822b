//! No statement of history reads a table from end to end unless it is listed here.

use std::path::Path;

use doorward_store::Db;
use doorward_store::history::History;
use doorward_store::testing::{Fresh, sqlite_plan};
use sqlx::{Executor as _, Row as _};

/// Statements that read a whole table, and why that is right.
const WHOLE_READS: [&str; 3] = ["COUNTS", "NEWEST", "LIST_LAST_BALANCES"];

/// Every statement of history that reads or changes rows, but for those above.
fn statements() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/history");
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for part in source.split("const ").skip(1) {
            let Some((name, rest)) = part.split_once(": &str =") else { continue };
            let Some(text) = rest.trim_start().strip_prefix('"') else { continue };
            let text = text.split_once('"').unwrap().0;
            let sql = text.split("\\\n").map(str::trim).collect::<Vec<_>>().join(" ");
            let is_meant = ["SELECT ", "UPDATE "].iter().any(|verb| sql.starts_with(verb));
            if is_meant && !WHOLE_READS.contains(&name) {
                found.push((name.to_owned(), sql));
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_finds_the_last_trades_and_minutes_of_a_market_by_an_index() {
    let fresh = Fresh::empty_postgres().await;
    let history = History::open(&fresh.config).await.unwrap();
    let Db::Postgres(pool) = history.db() else { unreachable!("it is PostgreSQL") };
    let mut connection = pool.acquire().await.unwrap();
    // With these forbidden, one that remains has no index to take its place, however large the table.
    connection.execute("SET enable_seqscan = off; SET enable_sort = off").await.unwrap();
    connection.execute("SET plan_cache_mode = force_generic_plan").await.unwrap();
    for (name, wanted) in [("LIST_TRADES", "fill_trade"), ("LIST_MINUTES", "candle_pkey")] {
        let (_, sql) = statements().into_iter().find(|(found, _)| found == name).unwrap();
        let prepare = sqlx::AssertSqlSafe(format!("PREPARE {name} AS {sql}"));
        connection.execute(sqlx::raw_sql(prepare)).await.unwrap();
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN EXECUTE {name}(NULL, NULL, NULL)"));
        let rows = sqlx::raw_sql(explain).fetch_all(&mut *connection).await.unwrap();
        let steps: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let plan = steps.join("\n");
        // A day's minutes may be sorted, a market's trades of all time not.
        let sorts = plan.contains("Sort") && name == "LIST_TRADES";
        assert!(plan.contains(wanted) && !plan.contains("Seq Scan") && !sorts, "{name}: {plan}");
    }
    drop(connection);
    history.close().await;
    fresh.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_searches_an_index_for_every_statement_of_history() {
    let fresh = Fresh::empty_sqlite().await;
    let history = History::open(&fresh.config).await.unwrap();
    let mut looked_at = 0;
    for (name, sql) in statements() {
        looked_at += 1;
        for step in sqlite_plan(history.db(), &sql).await {
            let whole = step.starts_with("SCAN ") && !step.starts_with("SCAN placed");
            // A client uses an id for few orders.
            let sorts = step.contains("USE TEMP B-TREE FOR ORDER BY") && name != "FIND_CLIENT_ORDER";
            assert!(!whole && !sorts, "{name}: {step}\n{sql}");
        }
    }
    assert!(looked_at > 8, "the statements were found: {looked_at}");
    // A change of many orders looks each of them up.
    let change = "UPDATE placed_order SET fee = fee + given.column2 FROM (VALUES ($1, $2), ($3, $4)) AS given \
        WHERE order_id = given.column1";
    let steps = sqlite_plan(history.db(), change).await;
    assert!(
        steps.iter().any(|step| step.contains("SEARCH placed_order USING INTEGER PRIMARY KEY")),
        "{steps:?}"
    );
    history.close().await;
    fresh.end().await;
}
