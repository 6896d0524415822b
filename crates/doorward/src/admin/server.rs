//! Answers the operator, who is whoever may open a socket of mode 0600 in the data folder.

use std::future::Future;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Answer, Ask, LINE_BYTES_MAX, socket_path};
use crate::folder::Folder;
use crate::outcome::{Exit, Stopped};

/// How long an operator's question may take to arrive.
const PATIENCE: Duration = Duration::from_secs(5);

/// The socket, removed when dropped.
pub(crate) struct AdminSocket {
    listener: UnixListener,
    path: std::path::PathBuf,
    owner: u32,
}

impl AdminSocket {
    /// Opens the socket in a folder that is held: whatever lies at its place is a leftover.
    pub(crate) fn open(folder: &Folder) -> Result<Self, Stopped> {
        let path = socket_path(folder.path());
        let opened = (|| {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let listener = UnixListener::bind(&path)?;
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600))?;
            Ok(listener)
        })();
        match opened {
            Ok(listener) => Ok(Self { listener, path, owner: folder.owner() }),
            Err(error) => {
                Err(Stopped::new(Exit::Folder, format!("the admin socket {}: {error}", path.display())))
            }
        }
    }

    /// Answers until `stopping` says so; questions under way are finished.
    pub(crate) fn answer<F, A>(self, tasks: &TaskTracker, stopping: CancellationToken, perform: F)
    where
        F: Fn(Ask) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Answer> + Send + 'static,
    {
        let tracker = tasks.clone();
        tasks.spawn(async move {
            loop {
                tokio::select! {
                    accepted = self.listener.accept() => {
                        let Ok((stream, _)) = accepted else {
                            tokio::time::sleep(Duration::from_millis(50)).await;
                            continue;
                        };
                        // The mode of the socket says the same; a folder on a strange file system may not.
                        let asker = stream.peer_cred().map(|credentials| credentials.uid());
                        if asker.is_ok_and(|user| user == self.owner || user == 0) {
                            tracker.spawn(attend(stream, perform.clone()));
                        } else {
                            tracing::warn!("a stranger knocked at the admin socket");
                        }
                    }
                    () = stopping.cancelled() => return,
                }
            }
        });
    }
}

impl Drop for AdminSocket {
    fn drop(&mut self) {
        // A leftover is removed by the next start as well.
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn attend<F, A>(mut stream: UnixStream, perform: F)
where
    F: Fn(Ask) -> A,
    A: Future<Output = Answer>,
{
    let (read, mut write) = stream.split();
    let mut line = String::new();
    let mut reader = BufReader::new(read.take(LINE_BYTES_MAX));
    let answer = match tokio::time::timeout(PATIENCE, reader.read_line(&mut line))
        .await
        .map(|_| serde_json::from_str(&line))
    {
        Ok(Ok(ask)) => perform(ask).await,
        Ok(Err(error)) => Answer::Refused { why: format!("not understood: {error}") },
        Err(_) => Answer::Refused { why: "the question did not arrive in time".to_owned() },
    };
    if let Ok(mut text) = serde_json::to_vec(&answer) {
        text.push(b'\n');
        // An operator who has gone needs no answer; what was asked is done and in the audit.
        let _ = write.write_all(&text).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::client;

    #[tokio::test]
    async fn a_question_through_the_socket_gets_its_answer_and_nonsense_a_refusal() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = Folder::hold(place.path()).expect("holds");
        let socket = AdminSocket::open(&folder).expect("opens");
        let mode = std::fs::metadata(socket_path(place.path())).expect("facts").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let stopping = CancellationToken::new();
        let tasks = TaskTracker::new();
        socket.answer(&tasks, stopping.clone(), |ask| async move {
            Answer::Done { lines: vec![format!("{ask:?}")] }
        });
        let asked = Ask::Freeze { account: "x".into() };
        let answer = client::ask(place.path(), &asked).await.expect("an answer");
        assert_eq!(answer, Answer::Done { lines: vec![format!("{asked:?}")] });

        let mut stream = UnixStream::connect(socket_path(place.path())).await.expect("connects");
        stream.write_all(b"open sesame\n").await.expect("writes");
        let mut told = String::new();
        stream.read_to_string(&mut told).await.expect("reads");
        assert!(told.contains("not understood"), "{told}");

        stopping.cancel();
        tasks.close();
        tasks.wait().await;
        assert!(!socket_path(place.path()).exists());
    }
}
