use doorward_store::account::list_accounts;
use doorward_store::filler::fill;
use doorward_store::maintenance::{Counts, count_all};
use doorward_store::recovery_code::find_recovery_codes;
use doorward_store::session::list_sessions;
use doorward_store::testing::on_both;
use doorward_store::totp::find_totp;

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_has_everything_that_an_account_has() {
    on_both(async |db| {
        fill(&db, 1_000, NOW).await.unwrap();
        let counts = count_all(&db, at(-400 * 86_400), at(-400 * 86_400)).await.unwrap();
        assert_eq!(counts, Counts { accounts: 1_000, frozen: 0, sessions: 0 });
        let page = list_accounts(&db, None, 2_000).await.unwrap();
        assert_eq!(page.len(), 1_000);
        let one = page[500].id;
        assert!(page.iter().all(|line| line.created_at < NOW && line.sealed_identifier.is_some()));
        assert_eq!(find_recovery_codes(&db, one).await.unwrap().unwrap().remaining, 10);
        assert!(find_totp(&db, one).await.unwrap().is_some());
        assert!(list_sessions(&db, one, at(-400 * 86_400), at(-400 * 86_400)).await.unwrap().is_empty());
        // A true account finds its place among them.
        open_account(&db, 1).await;
    })
    .await;
}
