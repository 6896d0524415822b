//! Files of the operator that are read again when they change, without a restart: the data about addresses and the
//! policy of jurisdictions.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use doorward_app::App;
use tokio_util::sync::CancellationToken;

use crate::configuration::Configuration;
use crate::policy_file;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What a file looks like from outside; a change of any of it is a change of the file.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    changed_at: Option<SystemTime>,
    bytes: u64,
    number: u64,
}

impl Look {
    fn at(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let facts = std::fs::metadata(path).ok()?;
        Some(Self { changed_at: facts.modified().ok(), bytes: facts.len(), number: facts.ino() })
    }
}

/// One file and how it looked when it was last read.
struct Watched {
    path: PathBuf,
    read: Option<Look>,
    /// How it looked a moment ago: who copies a file over another leaves it half written for a while.
    seen: Option<Look>,
}

impl Watched {
    fn new(path: PathBuf) -> Self {
        let look = Look::at(&path);
        Self { path, read: look, seen: look }
    }

    /// Whether it has changed and rests again.
    fn has_changed(&mut self) -> bool {
        let look = Look::at(&self.path);
        let rests = look == self.seen;
        self.seen = look;
        let changed = rests && look != self.read;
        if changed {
            self.read = look;
        }
        changed
    }
}

/// The files of a running server.
pub(crate) struct Files {
    country_data: Option<Watched>,
    policy: Option<Watched>,
}

impl Files {
    pub(crate) fn of(configuration: &Configuration) -> Self {
        Self {
            country_data: configuration.geoip.database.clone().map(Watched::new),
            policy: configuration.jurisdiction_policy.clone().map(Watched::new),
        }
    }

    /// Looks at the files until `stop`.
    pub(crate) async fn watch(mut self, app: App, stop: CancellationToken) {
        if self.country_data.is_none() && self.policy.is_none() {
            return;
        }
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(looks.tick()).await.is_some() {
            if let Some(policy) = &mut self.policy
                && policy.has_changed()
            {
                read_policy(&app, &policy.path).await;
            }
            if let Some(data) = &mut self.country_data
                && data.has_changed()
            {
                let (app, path) = (app.clone(), data.path.clone());
                let read = tokio::task::spawn_blocking(move || app.read_country_data_again(&path));
                if read.await.is_err() {
                    tracing::error!("reading the country data did not end");
                }
            }
        }
    }
}

/// The policy that runs stays when the new one has an error, which is told by line.
async fn read_policy(app: &App, path: &Path) {
    match policy_file::read(path) {
        Ok(policy) => {
            if let Err(fault) = app.take_policy(policy).await {
                tracing::warn!(%fault, source = ?fault.source, "what the policy blocks is not written down yet");
            }
            tracing::info!(file = %path.display(), "read the policy of jurisdictions again");
        }
        Err(lines) => {
            for line in &lines {
                tracing::error!(
                    line,
                    "the policy of jurisdictions has an error; the one before stays in force"
                );
            }
            if let Err(fault) = app.refuse_policy(&lines).await {
                tracing::warn!(%fault, source = ?fault.source, "the record does not say it yet");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_changed_once_it_rests() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("file");
        std::fs::write(&path, "one").expect("writes");
        let mut file = Watched::new(path.clone());
        assert!(!file.has_changed());
        std::fs::write(&path, "longer").expect("writes");
        assert!(!file.has_changed(), "it may be half written");
        assert!(file.has_changed());
        assert!(!file.has_changed());
        std::fs::remove_file(&path).expect("removes");
        assert!(!file.has_changed());
        assert!(file.has_changed(), "a lost file is a change");
        std::fs::write(&path, "back").expect("writes");
        assert!(!file.has_changed());
        assert!(file.has_changed());
    }
}
