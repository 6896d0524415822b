//! `doorward audit …`: signs through the running server; proves and verifies straight from the database, so that it
//! does the same beside a server and without one.

use std::path::Path;

use data_encoding::BASE64;
use doorward_app::audit::checkpoint::{open_checkpoint, verifier_key};
use doorward_app::audit::prove::{ProofRefused, prove_consistency, prove_entry};
use doorward_app::audit::verify::{AuditReport, verify_audit};
use doorward_app::audit::{consistency_json, entry_json, inclusion_json};
use doorward_app::failure::{Failure, Fault};
use doorward_app::keys::Keys;
use doorward_domain::audit_check::Finding;
use doorward_domain::checkpoint::{Checkpoint, VerifierKey};
use doorward_store::Db;
use doorward_store::audit::list_provable;
use doorward_store::audit_tree::find_tree;

use crate::admin::Ask;
use crate::arguments::{AuditCommand, SettingsArguments};
use crate::commands::account::ask_or_do;
use crate::commands::serve::{prepare, runtime};
use crate::configuration::{self, Configuration};
use crate::master_key::Held;
use crate::outcome::{Exit, Stopped, chain};
use crate::{foundation, say};

/// Entries that an export reads at once.
const PAGE: i64 = 1_000;

/// Does it, and prints what came of it.
pub(crate) fn run(settings: &SettingsArguments, command: AuditCommand) -> Result<(), Stopped> {
    if matches!(command, AuditCommand::Checkpoint) {
        return ask_or_do(settings, Ask::AuditCheckpoint);
    }
    let configuration = configuration::load(settings)?;
    prepare(&configuration)?;
    runtime()?.block_on(async {
        let (db, keys) = open_to_read(&configuration).await?;
        let done = perform(&db, &keys, command).await;
        db.close().await;
        done
    })
}

async fn perform(db: &Db, keys: &Keys, command: AuditCommand) -> Result<(), Stopped> {
    match command {
        AuditCommand::Checkpoint => Ok(()),
        AuditCommand::Key => {
            say(&key_of(db, keys).await?.to_string());
            Ok(())
        }
        AuditCommand::Verify { checkpoint } => verify(db, keys, checkpoint.as_deref()).await,
        AuditCommand::Prove { seq, size } => {
            let proof = prove_entry(db, seq, size).await.map_err(refused)?;
            say(&inclusion_json(&proof).to_string());
            Ok(())
        }
        AuditCommand::Consistency { old, new } => {
            let proof = prove_consistency(db, old, new).await.map_err(refused)?;
            say(&consistency_json(&proof).to_string());
            Ok(())
        }
        AuditCommand::Export => export(db).await,
    }
}

/// The database at this version's tables, and the keys; changes nothing and needs no lock.
async fn open_to_read(configuration: &Configuration) -> Result<(Db, Keys), Stopped> {
    if let Some(file) = foundation::sqlite_path(configuration)
        && !file.exists()
    {
        return Err(Stopped::new(Exit::Database, format!("there is no database {}", file.display())));
    }
    let path = foundation::key_path(configuration);
    let held = Held::find(&path, &configuration.data.former_master_key_files)?;
    let db = foundation::open(configuration).await?;
    foundation::refuse_newer(&db).await?;
    foundation::refuse_strange_key(&db, &held, configuration).await?;
    let schema = db.schema().await.map_err(|fault| Stopped::fault("reading the audit log", &fault))?;
    if schema.found < schema.known {
        let why = "the database is of an older version: run doorward migrate, or start the server once";
        return Err(Stopped::new(Exit::Database, why));
    }
    let missing = || Stopped::new(Exit::Folder, format!("the master key {} is missing", path.display()));
    Ok((db, held.keys().ok_or_else(missing)?))
}

async fn key_of(db: &Db, keys: &Keys) -> Result<VerifierKey, Stopped> {
    let key = verifier_key(db, keys).await.map_err(|fault| broken(&fault))?;
    let why = "the log has no name yet: sign a checkpoint with doorward audit checkpoint";
    key.ok_or_else(|| Stopped::new(Exit::Refused, why))
}

async fn verify(db: &Db, keys: &Keys, file: Option<&Path>) -> Result<(), Stopped> {
    let checkpoint = match file {
        Some(file) => Some(read_checkpoint(file, &key_of(db, keys).await?)?),
        None => None,
    };
    let report = verify_audit(db, checkpoint.as_ref()).await.map_err(|fault| broken(&fault))?;
    say(&format!("{} entries, root {}", report.size, BASE64.encode(&report.root)));
    if report.erased > 0 {
        say(&format!(
            "{} of them were erased: what they were about stays, whose they were is gone",
            report.erased
        ));
    }
    if report.waiting > 0 {
        say(&format!("{} entries have no place in the tree yet and are not covered", report.waiting));
    }
    if report.findings.count > 0 {
        return Err(unverified(&report));
    }
    match checkpoint {
        Some(checkpoint) => say(&format!(
            "verified: the first {} entries are those that the checkpoint was signed over",
            checkpoint.size
        )),
        None => {
            say("the log agrees with itself");
            say(
                "No checkpoint was given, so this does not show that nothing was cut off or rewritten: whoever can write",
            );
            say(
                "the database can rewrite the log and its tree together. Give one that was kept elsewhere: --checkpoint FILE",
            );
        }
    }
    Ok(())
}

fn read_checkpoint(file: &Path, key: &VerifierKey) -> Result<Checkpoint, Stopped> {
    let note = std::fs::read_to_string(file).map_err(|error| {
        Stopped::new(Exit::Refused, format!("{} cannot be read: {error}", file.display()))
    })?;
    open_checkpoint(&note, key)
        .map_err(|why| Stopped::new(Exit::Refused, format!("the checkpoint {}: {why}", file.display())))
}

fn unverified(report: &AuditReport) -> Stopped {
    let mut lines: Vec<String> = report.findings.told.iter().map(words).collect();
    let more = report.findings.count - report.findings.told.len() as u64;
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.push(
        "the audit log does not verify: keep the database as it is and see docs/operating/audit.md"
            .to_owned(),
    );
    Stopped { exit: Exit::Unverified, lines }
}

fn words(finding: &Finding) -> String {
    match finding {
        Finding::Changed { leaf, seq } => {
            format!("leaf {leaf}: the entry there, number {seq}, is not the one that was appended")
        }
        Finding::Moved { leaf, from } => format!("leaf {leaf}: the entry there was appended at leaf {from}"),
        Finding::Missing { leaf } => format!("leaf {leaf}: its entry is gone"),
        Finding::Tree { leaf } => {
            format!("from leaf {leaf} on, a kept hash of the tree is gone or does not follow")
        }
        Finding::Erased { by, entries } => {
            format!("{entries} entries say that entry {by} records their erasure, and it does not")
        }
        Finding::Truncated { size, checkpoint } => {
            format!(
                "the log has {size} entries, and a checkpoint was signed over {checkpoint}: its end was cut off"
            )
        }
        Finding::Forked { checkpoint } => {
            format!("the first {checkpoint} entries are not those that the checkpoint was signed over")
        }
    }
}

/// One line of JSON for each entry, in the order of the tree.
async fn export(db: &Db) -> Result<(), Stopped> {
    let reading = |fault: doorward_store::StoreFault| broken(&Fault::from(fault));
    let size = find_tree(db).await.map_err(reading)?.size;
    let mut first = 0;
    while first < size {
        let end = (first + PAGE).min(size);
        for entry in list_provable(db, first, end).await.map_err(reading)? {
            say(&entry_json(&entry).to_string());
        }
        first = end;
    }
    Ok(())
}

fn refused(failure: Failure<ProofRefused>) -> Stopped {
    match failure {
        Failure::Refused(why) => Stopped::new(Exit::Refused, why.to_string()),
        Failure::Fault(fault) => broken(&fault),
    }
}

fn broken(fault: &Fault) -> Stopped {
    Stopped::new(Exit::Fault, format!("reading the audit log: {}", chain(fault)))
}
