//! `doorward restore`: a backup into the empty data folder of a server that does not run.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use doorward_app::backup::{Manifest, RestoreRefused, restore};
use doorward_app::failure::Failure;
use doorward_store::StoreFault;
use doorward_store::engine::{find_lease, release_lease};

use crate::arguments::SettingsArguments;
use crate::commands::serve::{prepare, runtime};
use crate::configuration::{self, Configuration};
use crate::folder::Folder;
use crate::foundation;
use crate::master_key::Held;
use crate::outcome::{Exit, Stopped};
use crate::say;

/// Holds the folder, checks every sum, copies, and says what is left to do.
pub(crate) fn run(settings: &SettingsArguments, backup: &Path) -> Result<(), Stopped> {
    let configuration = configuration::load(settings)?;
    prepare(&configuration)?;
    let folder = Folder::hold(&configuration.data.folder)?;
    let key_path = foundation::key_path(&configuration);
    let held = Held::find(&key_path, &configuration.data.former_master_key_files)?;
    let keys = held.keys();
    let lock = folder.path().join("lock");
    let mut keeps = vec![lock.as_path(), key_path.as_path()];
    keeps.extend(configuration.data.former_master_key_files.iter().map(std::path::PathBuf::as_path));
    let database = if foundation::sqlite_path(&configuration).is_some() { "sqlite" } else { "postgres" };
    let restored = restore(backup, folder.path(), &keeps, database, keys.as_ref()).map_err(stopped)?;
    if database == "sqlite" {
        runtime()?.block_on(release_restored_lease(&configuration))?;
    }
    let manifest = &restored.manifest;
    say(&format!(
        "{} files, {} bytes are back in {}",
        manifest.files.len(),
        manifest.bytes(),
        folder.path().display()
    ));
    if let Some((files, owner)) = other_owner(folder.path(), manifest) {
        say(&format!(
            "they belong to user {files}, and the folder to user {owner}: chown them to whoever runs the server"
        ));
    }
    if database == "postgres" {
        say(
            "restore the database from the dump that was made before this backup, too, before anything starts",
        );
    }
    if !restored.has_key {
        say(&format!(
            "put the master key {} at {} with mode 0600 before anything starts",
            manifest.key_id,
            key_path.display()
        ));
    }
    say("then: doorward check, doorward serve, doorward account end-sessions --all, doorward reconcile");
    Ok(())
}

/// Whose the restored files are and whose the folder, where root restored into somebody else's: that user's server could not
/// open them.
fn other_owner(folder: &Path, manifest: &Manifest) -> Option<(u32, u32)> {
    let owner_of = |path: &Path| std::fs::metadata(path).map(|facts| facts.uid()).ok();
    let files = owner_of(&folder.join(&manifest.files.first()?.path))?;
    let owner = owner_of(folder)?;
    (files != owner).then_some((files, owner))
}

/// The copy was made while an engine held its lease. Nobody else can have this file, so that the next start need not wait
/// until that engine counts as silent.
async fn release_restored_lease(configuration: &Configuration) -> Result<(), Stopped> {
    let db = foundation::open(configuration).await?;
    let fault = |fault: StoreFault| Stopped::fault("looking at the restored database", &fault);
    let schema = db.schema().await.map_err(fault)?;
    // Tables of another version are brought up to date at the next start, which then waits for some seconds.
    if schema.found == schema.known
        && let Some(lease) = find_lease(&db).await.map_err(fault)?
    {
        release_lease(&db, lease, lease.known).await.map_err(fault)?;
    }
    db.close().await;
    Ok(())
}

fn stopped(failure: Failure<RestoreRefused>) -> Stopped {
    match failure {
        Failure::Refused(
            why @ (RestoreRefused::Unfinished | RestoreRefused::NotEmpty(_) | RestoreRefused::StrangeKey(_)),
        ) => Stopped::new(Exit::Folder, why.to_string()),
        Failure::Refused(why) => Stopped::new(Exit::Refused, why.to_string()),
        Failure::Fault(fault) => Stopped::fault("restoring", &fault),
    }
}
