//! Where checkpoints go: a folder or a URL that the operator names, outside this house.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::deliver::is_loopback;

/// How long the other side may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Nothing that it answers beyond this is read.
const LONGEST_ANSWER_BYTES: usize = 64 * 1024;
/// The name under which a folder always holds the newest checkpoint.
const LATEST: &str = "latest.checkpoint";

/// Where checkpoints go.
pub enum CheckpointPlace {
    /// Nowhere: nothing outside can show that the log was changed.
    Nowhere,
    /// A folder: a file for each checkpoint, and the newest as `latest.checkpoint`.
    Folder(PathBuf),
    /// A URL that takes each checkpoint by POST as plain text; any 2xx means taken.
    Post(CheckpointPost),
}

impl fmt::Debug for CheckpointPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere => f.write_str("Nowhere"),
            Self::Folder(folder) => write!(f, "Folder({})", folder.display()),
            // The URL may hold a secret of the operator's.
            Self::Post(_) => f.write_str("Post(…)"),
        }
    }
}

/// Sends checkpoints by POST.
pub struct CheckpointPost {
    client: Box<Client<HttpsConnector<HttpConnector>, Full<Bytes>>>,
    url: Uri,
}

/// A place that cannot be used as it is named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PlaceRefused(String);

impl CheckpointPlace {
    /// The place that a setting names: an `https://` URL (`http://` to this machine only), or else a folder.
    ///
    /// # Errors
    /// A URL that is neither, a system without certificates, or a folder that cannot be written to.
    pub fn named(text: &str) -> Result<Self, PlaceRefused> {
        if text.contains("://") { CheckpointPost::new(text).map(Self::Post) } else { folder(Path::new(text)) }
    }

    /// Hands a checkpoint over. `name` is good for a file.
    ///
    /// # Errors
    /// Why it was not taken, in words for the operator.
    pub(super) async fn take(&self, name: &str, note: &str) -> Result<(), String> {
        match self {
            Self::Nowhere => Ok(()),
            Self::Folder(folder) => {
                let (folder, name, note) = (folder.clone(), name.to_owned(), note.to_owned());
                let written = tokio::task::spawn_blocking(move || put(&folder, &name, &note)).await;
                match written {
                    Ok(written) => written.map_err(|error| error.to_string()),
                    Err(error) => Err(error.to_string()),
                }
            }
            Self::Post(post) => post.send(note).await,
        }
    }
}

fn folder(path: &Path) -> Result<CheckpointPlace, PlaceRefused> {
    let refused = |error: std::io::Error| PlaceRefused(format!("{}: {error}", path.display()));
    std::fs::create_dir_all(path).map_err(refused)?;
    // A place that takes nothing is told at start, not after an hour.
    let probe = path.join(".doorward-probe");
    std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe)).map_err(refused)?;
    Ok(CheckpointPlace::Folder(path.to_owned()))
}

/// Writes two files, each whole or not at all.
fn put(folder: &Path, name: &str, note: &str) -> std::io::Result<()> {
    for (file, begun) in [(format!("{name}.checkpoint"), ".new"), (LATEST.to_owned(), ".newest")] {
        let begun = folder.join(begun);
        std::fs::write(&begun, note)?;
        std::fs::File::open(&begun)?.sync_all()?;
        std::fs::rename(&begun, folder.join(file))?;
    }
    std::fs::File::open(folder)?.sync_all()
}

impl CheckpointPost {
    fn new(text: &str) -> Result<Self, PlaceRefused> {
        let url: Uri = text.parse().map_err(|_| PlaceRefused("the URL cannot be read".to_owned()))?;
        match url.scheme_str() {
            Some("https") => {}
            Some("http") if is_loopback(url.host().unwrap_or_default()) => {}
            _ => return Err(PlaceRefused("the URL must be https, or http on loopback".to_owned())),
        }
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::aws_lc_rs::default_provider())
            .map_err(|error| PlaceRefused(format!("the system's certificates: {error}")))?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self { client: Box::new(Client::builder(TokioExecutor::new()).build(connector)), url })
    }

    async fn send(&self, note: &str) -> Result<(), String> {
        let request = Request::post(self.url.clone())
            .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
            .body(Full::new(Bytes::from(note.to_owned())))
            .map_err(|_| "the request cannot be put together".to_owned())?;
        let exchange = async {
            let answer = self.client.request(request).await.map_err(|_| "it cannot be reached".to_owned())?;
            let status = answer.status();
            let _ = Limited::new(answer.into_body(), LONGEST_ANSWER_BYTES).collect().await;
            if status.is_success() { Ok(()) } else { Err(format!("it answered {}", status.as_u16())) }
        };
        match tokio::time::timeout(PATIENCE, exchange).await {
            Ok(outcome) => outcome,
            Err(_) => Err("it did not answer in time".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_keeps_each_checkpoint_and_the_newest_under_one_name() {
        let place = tempfile::tempdir().expect("a folder");
        let named = place.path().join("kept/elsewhere");
        let folder = CheckpointPlace::named(&named.to_string_lossy()).expect("made");
        folder.take("1-1", "one").await.expect("taken");
        folder.take("2-2", "two").await.expect("taken");
        let read = |name: &str| std::fs::read_to_string(named.join(name)).expect("there");
        assert_eq!(
            (read("1-1.checkpoint"), read("2-2.checkpoint"), read(LATEST)),
            ("one".into(), "two".into(), "two".into())
        );
        std::fs::remove_dir_all(&named).expect("gone");
        assert!(folder.take("3-3", "three").await.is_err());
    }

    #[test]
    fn a_url_is_https_or_this_machine() {
        assert!(CheckpointPlace::named("https://keeper.example/in").is_ok());
        assert!(CheckpointPlace::named("http://127.0.0.1:9/in").is_ok());
        assert!(CheckpointPlace::named("http://keeper.example/in").is_err());
        assert!(CheckpointPlace::named("ftp://keeper.example/in").is_err());
        assert!(CheckpointPlace::named("/proc/nothing/here").is_err());
    }
}
