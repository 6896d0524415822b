//! A road to PostgreSQL that breaks at a word: the server's own answer is lost behind it, or the question before it.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use doorward_store::DbConfig;
use doorward_store::Place;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

const SOCKET: &str = ".s.PGSQL.5432";

/// Where it breaks. Every connection goes with it, and new ones may be made.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Break {
    /// The server has done what this word asked, and its answer is lost.
    BehindTheAnswerTo(&'static str),
    /// The server never hears of it.
    Before(&'static str),
}

/// A road of one's own to the cluster of the tests.
pub(crate) struct Road {
    folder: tempfile::TempDir,
    carrier: Arc<Carrier>,
}

struct Carrier {
    server: PathBuf,
    breaks: Mutex<VecDeque<Break>>,
    /// How often it broke.
    broken: watch::Sender<u64>,
}

impl Road {
    /// To where this leads, which is a socket in a folder.
    pub(crate) fn to(config: &DbConfig) -> (Self, DbConfig) {
        let Place::Postgres(url) = &config.place else { panic!("a road to PostgreSQL") };
        let (before, server) = url.split_once("host=/").expect("the cluster of the tests has a socket");
        let (server, more) = server.split_once('&').unwrap_or((server, ""));
        let folder = tempfile::tempdir().expect("a folder");
        let carrier = Arc::new(Carrier {
            server: Path::new("/").join(server).join(SOCKET),
            breaks: Mutex::default(),
            broken: watch::Sender::new(0),
        });
        let socket = UnixListener::bind(folder.path().join(SOCKET)).expect("a socket");
        let carrying = Arc::clone(&carrier);
        tokio::spawn(async move {
            while let Ok((client, _)) = socket.accept().await {
                tokio::spawn(Arc::clone(&carrying).carry(client));
            }
        });
        let url = format!("{before}host={}&{more}", folder.path().display());
        let config = DbConfig { place: Place::Postgres(url), ..config.clone() };
        (Self { folder, carrier }, config)
    }

    pub(crate) fn breaks_at(&self, breaks: impl IntoIterator<Item = Break>) {
        self.carrier.breaks.lock().expect("whole").extend(breaks);
    }

    /// It broke so often, and is to break no more.
    pub(crate) fn has_broken(&self) -> u64 {
        assert!(self.folder.path().exists());
        assert_eq!(self.carrier.breaks.lock().expect("whole").len(), 0, "it is to break again");
        *self.carrier.broken.borrow()
    }
}

impl Carrier {
    async fn carry(self: Arc<Self>, mut client: UnixStream) {
        let mut broken = self.broken.subscribe();
        let mut server = UnixStream::connect(&self.server).await.expect("the cluster answers");
        let (mut asked, mut told) = (vec![0; 1 << 20], vec![0; 1 << 20]);
        loop {
            let told = tokio::select! {
                read = client.read(&mut asked) => {
                    let Ok(length @ 1..) = read else { return };
                    match self.meets(&asked[..length]) {
                        None => server.write_all(&asked[..length]).await,
                        Some(end) => {
                            if matches!(end, Break::BehindTheAnswerTo(_)) {
                                server.write_all(&asked[..length]).await.expect("the cluster listens");
                                assert!(server.read(&mut told).await.expect("the cluster answers") > 0);
                            }
                            self.broken.send_modify(|times| *times += 1);
                            return;
                        }
                    }
                }
                read = server.read(&mut told) => {
                    let Ok(length @ 1..) = read else { return };
                    client.write_all(&told[..length]).await
                }
                _ = broken.changed() => return,
            };
            if told.is_err() {
                return;
            }
        }
    }

    /// Whether it breaks at what is carried.
    fn meets(&self, bytes: &[u8]) -> Option<Break> {
        let mut breaks = self.breaks.lock().expect("whole");
        let (Break::BehindTheAnswerTo(word) | Break::Before(word)) = *breaks.front()?;
        let is_there = bytes.windows(word.len()).any(|part| part == word.as_bytes());
        if is_there { breaks.pop_front() } else { None }
    }
}
