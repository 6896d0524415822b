//! What everything stands on: the folder that this process holds, the database at this version's tables, and the keys
//! that open what is stored in it. Laid in an order in which a refusal has touched nothing.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use doorward_app::data_folder::{DATABASE_FILE, HISTORY_FILE, UNFINISHED_RESTORE};
use doorward_app::keys::{Keys, Sealed};
use doorward_app::random::{Random, SystemRandom};
use doorward_store::history::History;
use doorward_store::{Db, DbConfig, MigrateFault, StoreFault, installation};
use zeroize::Zeroizing;

use crate::configuration::Configuration;
use crate::folder::{self, Folder};
use crate::master_key::{self, Held};
use crate::outcome::{Exit, Stopped, chain};

/// The fact under which the proof of the master key is kept, which is also the row it is sealed for.
const PROOF: &str = "master-key-proof";
const PROOF_TEXT: &[u8] = b"this installation's master key";

/// One writes history; the others read it for pages, beside the connections of the database itself.
const HISTORY_CONNECTIONS: u32 = 4;

/// Held for as long as anything runs.
pub(crate) struct Foundation {
    /// Whoever takes the foundation apart keeps the folder until the database is closed.
    pub(crate) folder: Folder,
    pub(crate) db: Db,
    pub(crate) keys: Keys,
}

/// Holds the folder, brings the tables up to date, and finds or makes the master key.
pub(crate) async fn lay(configuration: &Configuration) -> Result<Foundation, Stopped> {
    let folder = Folder::hold(&configuration.data.folder)?;
    refuse_unfinished(folder.path())?;
    let key_path = key_path(configuration);
    let mut held = Held::find(&key_path, &configuration.data.former_master_key_files)?;
    if let Some(file) = sqlite_path(configuration) {
        make_private(&file)?;
    }
    let db = open(configuration).await?;
    refuse_newer(&db).await?;
    refuse_strange_key(&db, &held, configuration).await?;
    db.migrate().await.map_err(|fault| match fault {
        MigrateFault::Newer { .. } => Stopped::new(Exit::Database, fault.to_string()),
        MigrateFault::Store(fault) => unusable(&fault),
    })?;
    if held.current.is_none() {
        let mut master = Zeroizing::new([0; 32]);
        SystemRandom.fill(&mut *master);
        master_key::make(&key_path, &master)?;
        tracing::info!(file = %key_path.display(), "made the master key: keep a copy apart from backups of the database");
        held.current = Some(master);
    }
    let keys = held.keys().ok_or_else(|| Stopped::new(Exit::Folder, "there is no master key"))?;
    prove(&db, &keys).await?;
    Ok(Foundation { folder, db, keys })
}

/// Refuses a folder into which a restore copied a part.
pub(crate) fn refuse_unfinished(folder: &Path) -> Result<(), Stopped> {
    if !folder.join(UNFINISHED_RESTORE).exists() {
        return Ok(());
    }
    Err(Stopped::new(
        Exit::Folder,
        format!(
            "a restore into {} did not finish: empty it but for the master key, and restore again",
            folder.display()
        ),
    ))
}

/// Where the master key lies.
pub(crate) fn key_path(configuration: &Configuration) -> PathBuf {
    let data = &configuration.data;
    data.master_key_file.clone().unwrap_or_else(|| data.folder.join("master.key"))
}

/// The SQLite file, where there is one.
pub(crate) fn sqlite_path(configuration: &Configuration) -> Option<PathBuf> {
    let database = &configuration.database;
    (database.url.is_none() && database.url_file.is_none())
        .then(|| configuration.data.folder.join(DATABASE_FILE))
}

/// An empty database file of its owner alone; SQLite gives its other files the same mode.
fn make_private(file: &Path) -> Result<(), Stopped> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(Stopped::new(
            Exit::Folder,
            format!("the database file {} cannot be made: {error}", file.display()),
        )),
        _ => Ok(()),
    }
}

/// Opens the connections; makes an empty SQLite file where there is none.
pub(crate) async fn open(configuration: &Configuration) -> Result<Db, Stopped> {
    let config = place(configuration, DATABASE_FILE)?;
    Db::open(&config).await.map_err(|fault| unusable(&fault))
}

/// Opens the market's history beside the database, and brings its tables up to date.
pub(crate) async fn open_history(configuration: &Configuration) -> Result<History, Stopped> {
    if sqlite_path(configuration).is_some() {
        make_private(&configuration.data.folder.join(HISTORY_FILE))?;
    }
    let config = DbConfig { connections: HISTORY_CONNECTIONS, ..place(configuration, HISTORY_FILE)? };
    History::open(&config).await.map_err(|fault| {
        Stopped::new(Exit::Database, format!("the market's history cannot be used: {}", chain(&fault)))
    })
}

/// Where this file's contents are: in it, or in the PostgreSQL database.
fn place(configuration: &Configuration, file: &str) -> Result<DbConfig, Stopped> {
    let database = &configuration.database;
    Ok(match (&database.url, &database.url_file) {
        (Some(url), _) => DbConfig { connections: database.connections, ..DbConfig::postgres(url) },
        (None, Some(url_file)) => {
            let url = folder::read_secret("database.url_file", url_file)
                .map_err(|why| Stopped::new(Exit::Configuration, why))?;
            DbConfig { connections: database.connections, ..DbConfig::postgres(url) }
        }
        (None, None) => DbConfig::sqlite(configuration.data.folder.join(file)),
    })
}

/// A schema of a later version is left alone.
pub(crate) async fn refuse_newer(db: &Db) -> Result<(), Stopped> {
    let schema = db.schema().await.map_err(|fault| unusable(&fault))?;
    if schema.found > schema.known {
        let newer = MigrateFault::Newer { found: schema.found, known: schema.known };
        return Err(Stopped::new(Exit::Database, newer.to_string()));
    }
    Ok(())
}

/// Refuses a missing key where something is sealed already, and a key that does not open it.
pub(crate) async fn refuse_strange_key(
    db: &Db,
    held: &Held,
    configuration: &Configuration,
) -> Result<(), Stopped> {
    let schema = db.schema().await.map_err(|fault| unusable(&fault))?;
    if schema.found == 0 {
        return Ok(());
    }
    let Some(proof) = installation::find_fact(db, PROOF).await.map_err(|fault| unusable(&fault))? else {
        return Ok(());
    };
    let path = key_path(configuration);
    let Some(keys) = held.keys() else {
        return Err(Stopped::new(
            Exit::Folder,
            format!(
                "the master key {} is missing, and the database is sealed under it: put it back",
                path.display()
            ),
        ));
    };
    if opens(&keys, &proof) { Ok(()) } else { Err(strange_key()) }
}

/// Writes the proof of the master key once, and holds the key against what stands there: another node may have been
/// first, with another key.
async fn prove(db: &Db, keys: &Keys) -> Result<(), Stopped> {
    let stored = match installation::find_fact(db, PROOF).await.map_err(|fault| unusable(&fault))? {
        Some(stored) => stored,
        None => {
            let sealed = keys.seal(Sealed::Proof, PROOF.as_bytes(), PROOF_TEXT);
            db.write("proving the master key", move |tx| {
                Box::pin(async move {
                    installation::record_fact(tx, PROOF, &sealed).await?;
                    installation::find_fact(tx, PROOF).await
                })
            })
            .await
            .map_err(|fault: StoreFault| unusable(&fault))?
            .unwrap_or_default()
        }
    };
    if opens(keys, &stored) { Ok(()) } else { Err(strange_key()) }
}

fn opens(keys: &Keys, proof: &[u8]) -> bool {
    keys.open(Sealed::Proof, PROOF.as_bytes(), proof).is_some_and(|text| text.as_slice() == PROOF_TEXT)
}

fn strange_key() -> Stopped {
    Stopped::new(Exit::Database, "the database is sealed under another master key: nothing in it would open")
}

fn unusable(fault: &StoreFault) -> Stopped {
    Stopped::new(Exit::Database, format!("the database cannot be used: {}", chain(fault)))
}
