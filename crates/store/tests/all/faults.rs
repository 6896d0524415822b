use std::cell::Cell;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use doorward_store::testing::{Fresh, fill_disk, on_both};
use doorward_store::{Db, DbConfig, FaultKind, StoreFault, account, installation, ping};

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_write_leaves_no_trace() {
    #[derive(Debug, PartialEq)]
    enum Refused {
        OnPurpose,
        Fault,
    }
    impl From<StoreFault> for Refused {
        fn from(_: StoreFault) -> Self {
            Self::Fault
        }
    }
    on_both(async |db| {
        let answer: Result<(), Refused> = db
            .write("testing", |tx| {
                Box::pin(async move {
                    installation::record_fact(tx, "fact", b"1").await?;
                    Err(Refused::OnPurpose)
                })
            })
            .await;
        assert_eq!(answer, Err(Refused::OnPurpose));
        assert_eq!(installation::find_fact(&db, "fact").await.unwrap(), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_statement_that_is_passed_over_fails_the_whole_write() {
    on_both(async |db| {
        let id = open_account(&db, 1).await;
        let answer = in_write!(db, |tx| async move {
            installation::record_fact(tx, "fact", b"1").await?;
            // The same account again breaks its primary key; a caller must not go on as if nothing had happened.
            let _ = account::record_account(tx, id, doorward_domain::language::Language::English, NOW).await;
            Ok(())
        });
        assert_eq!(answer.unwrap_err().kind(), FaultKind::Internal);
        assert_eq!(installation::find_fact(&db, "fact").await.unwrap(), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_stops_no_write_half_way() {
    on_both(async |db| {
        for number in 0..20_u8 {
            let writing = db.clone();
            let caller = tokio::spawn(async move {
                in_write!(writing, |tx| async move {
                    installation::record_fact(tx, &format!("first {number}"), b"1").await?;
                    tokio::task::yield_now().await;
                    installation::record_fact(tx, &format!("second {number}"), b"1").await
                })
            });
            for _ in 0..number {
                tokio::task::yield_now().await;
            }
            caller.abort();
            let _ = caller.await;
        }
        // One write more than there are connections: none is left inside a transaction.
        for number in 0..20_u8 {
            in_write!(db, |tx| async move { installation::replace_fact(tx, "last", &[number]).await })
                .unwrap();
        }
        for number in 0..20_u8 {
            let first = installation::find_fact(&db, &format!("first {number}")).await.unwrap();
            let second = installation::find_fact(&db, &format!("second {number}")).await.unwrap();
            assert_eq!(first, second, "both or neither");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_that_wait_for_each_other_in_a_circle_both_come_through() {
    on_both(async |db| {
        in_write!(db, |tx| async move {
            installation::replace_fact(tx, "one", b"0").await?;
            installation::replace_fact(tx, "two", b"0").await
        })
        .unwrap();
        let runs = Arc::new(AtomicU32::new(0));
        let tasks: Vec<_> = [["one", "two"], ["two", "one"]]
            .into_iter()
            .map(|order| {
                let (db, runs) = (db.clone(), Arc::clone(&runs));
                tokio::spawn(async move {
                    db.write_again::<_, StoreFault, _>("testing", move |tx| {
                        let runs = Arc::clone(&runs);
                        Box::pin(async move {
                            installation::replace_fact(tx, order[0], b"1").await?;
                            // Both hold their first row before either asks for its second. SQLite has one writer, so
                            // there the other one never comes and the wait ends by itself.
                            runs.fetch_add(1, Ordering::SeqCst);
                            for _ in 0..200 {
                                if runs.load(Ordering::SeqCst) >= 2 {
                                    break;
                                }
                                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                            }
                            installation::replace_fact(tx, order[1], b"1").await
                        })
                    })
                    .await
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        let expected = if db.name() == "postgres" { 3 } else { 2 };
        assert_eq!(runs.load(Ordering::SeqCst), expected, "the one that lost was run again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_unavailable_and_says_so_and_what_was_written_stays() {
    let fresh = Fresh::sqlite().await;
    let db = &fresh.db;
    in_write!(db, |tx| installation::replace_fact(tx, "kept", b"1")).unwrap();
    fill_disk(db).await;
    let big = vec![7; 4_000_000];
    let fault =
        in_write!(db, |tx| async move { installation::replace_fact(tx, "big", &big).await }).unwrap_err();
    assert!(fault.is_unavailable(), "{fault}");
    assert!(fault.to_string().contains("the disk is full"), "{fault}");
    assert_eq!(installation::find_fact(db, "kept").await.unwrap().as_deref(), Some(&b"1"[..]));
    assert_eq!(installation::find_fact(db, "big").await.unwrap(), None);
    fresh.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_not_there_is_unavailable() {
    let mut nowhere = DbConfig::postgres("postgres://doorward@127.0.0.1:9/doorward");
    nowhere.patience = seconds(1);
    let fault = Db::open(&nowhere).await.unwrap_err();
    assert!(fault.is_unavailable(), "{fault}");
    let fault = Db::open(&DbConfig::sqlite("/nonexistent/folder/doorward.db")).await.unwrap_err();
    assert!(fault.is_unavailable(), "{fault}");
}

#[test]
fn a_url_with_its_password_is_never_shown() {
    let config = DbConfig::postgres("postgres://doorward:secret@db.example/doorward");
    assert!(!format!("{config:?}").contains("secret"));
}

/// A server of this test's own, because it is stopped half way.
struct OwnServer {
    programs: String,
    folder: tempfile::TempDir,
    running: Cell<bool>,
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        if self.running.get() {
            self.stop();
        }
    }
}

impl OwnServer {
    /// Runs one of the server's programs as somebody who is not root.
    fn run(&self, program: &str, arguments: &[&str]) {
        let path = format!("{}/{program}", self.programs);
        let data = self.folder.path().join("data");
        let mut command = match unprivileged() {
            Some((user, group)) => {
                let mut command = Command::new("setpriv");
                command.args([format!("--reuid={user}"), format!("--regid={group}")]).args([
                    "--clear-groups",
                    "--",
                    &path,
                ]);
                command
            }
            None => Command::new(&path),
        };
        let log = std::fs::File::create(self.folder.path().join(format!("{program}.log"))).unwrap();
        let status = command
            .arg("-D")
            .arg(&data)
            .args(arguments)
            .current_dir(self.folder.path())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .status()
            .unwrap();
        assert!(status.success(), "{program} {arguments:?}: {status}");
        self.running.set(arguments.last() == Some(&"start"));
    }

    fn start(&self) {
        let options = format!("-k {} -c listen_addresses=''", self.folder.path().display());
        let log = self.folder.path().join("data/server.log");
        self.run("pg_ctl", &["-l", log.to_str().unwrap(), "-w", "-s", "-o", &options, "start"]);
    }

    fn stop(&self) {
        self.run("pg_ctl", &["-w", "-s", "-m", "immediate", "stop"]);
    }
}

/// The user and group under which a root user's server runs.
fn unprivileged() -> Option<(String, String)> {
    let id = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
    };
    if id(&["-u"])? != "0" {
        return None;
    }
    let user = if id(&["-u", "postgres"]).is_some() { "postgres" } else { "nobody" };
    Some((id(&["-u", user])?, id(&["-g", user])?))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_server_is_unavailable_and_what_was_acknowledged_is_there_after_its_restart() {
    let programs =
        std::env::var("DOORWARD_POSTGRES_BIN").expect("scripts/with-postgres says where the programs are");
    let server = OwnServer { programs, folder: tempfile::tempdir().unwrap(), running: Cell::new(false) };
    if let Some((user, group)) = unprivileged() {
        let status =
            Command::new("chown").arg(format!("{user}:{group}")).arg(server.folder.path()).status().unwrap();
        assert!(status.success());
    }
    server.run("initdb", &["-U", "doorward", "-A", "trust", "-E", "UTF8", "--no-locale"]);
    server.start();
    let url = format!("postgres://doorward@localhost/postgres?host={}", server.folder.path().display());
    let mut config = DbConfig::postgres(url);
    config.patience = seconds(2);
    let db = Db::open(&config).await.unwrap();
    db.migrate().await.unwrap();
    in_write!(db, |tx| installation::replace_fact(tx, "acknowledged", b"1")).unwrap();
    server.stop();
    for _ in 0..2 {
        let fault = in_write!(db, |tx| installation::replace_fact(tx, "lost", b"1")).unwrap_err();
        assert!(fault.is_unavailable(), "{fault}");
        let fault = installation::find_fact(&db, "acknowledged").await.unwrap_err();
        assert!(fault.is_unavailable(), "{fault}");
    }
    assert!(ping(&db).await.unwrap_err().is_unavailable());
    server.start();
    let mut found = installation::find_fact(&db, "acknowledged").await;
    for _ in 0..16 {
        // Connections that died with the server are found out one by one.
        if found.is_ok() {
            break;
        }
        found = installation::find_fact(&db, "acknowledged").await;
    }
    assert_eq!(found.unwrap().as_deref(), Some(&b"1"[..]));
    assert_eq!(installation::find_fact(&db, "lost").await.unwrap(), None);
    db.close().await;
}
