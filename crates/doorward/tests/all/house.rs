//! A running program in a folder of its own, on free ports, stopped by its id.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Longer than anything here takes on a busy machine; a test that reaches it has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A place for data, keys and configuration, removed at the end.
pub(crate) struct Place(tempfile::TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>, mode: u32) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, text).expect("writes");
        set_mode(&path, mode);
        path
    }

    /// The program in this place, not yet started. Ports are any that are free.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_doorward"));
        command.current_dir(self.path()).args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        let Output { status, stdout, stderr } = self.command(arguments).output().expect("starts");
        Ended {
            code: status.code(),
            said: String::from_utf8(stdout).expect("text"),
            complained: String::from_utf8(stderr).expect("text"),
        }
    }

    pub(crate) fn serve(&self, set: &[&str]) -> Server {
        Server::start(self, set)
    }
}

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) said: String,
    pub(crate) complained: String,
}

/// A point in time, for measuring how long something took.
#[expect(clippy::disallowed_methods, reason = "these tests watch a real program in real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("sets the mode");
}

/// A running server. Dropping it kills it.
pub(crate) struct Server {
    child: Child,
    /// What it prints that customers type.
    pub(crate) url: String,
    /// The listener of the figures.
    pub(crate) figures: SocketAddr,
    log: mpsc::Receiver<String>,
    logged: Vec<String>,
}

impl Server {
    /// A demo in this place's data folder, with what it printed for scripts.
    pub(crate) fn demo(place: &Place) -> (Self, serde_json::Value) {
        let mut command = place.command(&["demo", "--json", "--port", "0", "--folder", "data"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
        let log = lines_of(child.stderr.take().expect("piped"));
        let said = lines_of(child.stdout.take().expect("piped"));
        let mut server = Self {
            child,
            url: String::new(),
            figures: SocketAddr::from(([127, 0, 0, 1], 0)),
            log,
            logged: Vec::new(),
        };
        let line = match said.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(why) => panic!("the demo did not start ({why}): {:#?}", server.log_so_far()),
        };
        let data: serde_json::Value = serde_json::from_str(&line).expect("one line of JSON");
        data["url"].as_str().expect("a url").clone_into(&mut server.url);
        (server, data)
    }

    fn start(place: &Place, set: &[&str]) -> Self {
        let mut command = place.command(&["serve", "--set", "metrics.address=127.0.0.1:0"]);
        if !set.iter().any(|setting| setting.starts_with("listen.address=")) {
            command.args(["--set", "listen.address=localhost:0"]);
        }
        for setting in set {
            command.args(["--set", setting]);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
        let log = lines_of(child.stderr.take().expect("piped"));
        let said = lines_of(child.stdout.take().expect("piped"));
        let mut server = Self {
            child,
            url: String::new(),
            figures: SocketAddr::from(([127, 0, 0, 1], 0)),
            log,
            logged: Vec::new(),
        };
        loop {
            match said.recv_timeout(PATIENCE) {
                Ok(line) => {
                    if let Some((_, url)) = line.split_once(" is open at ") {
                        url.clone_into(&mut server.url);
                    }
                    if let Some((_, figures)) = line.split_once("Prometheus: http://") {
                        let address = figures.strip_suffix("/metrics").expect("its path");
                        server.figures = address.parse().expect("an address");
                        return server;
                    }
                }
                Err(why) => panic!("the server did not start ({why}): {:#?}", server.log_so_far()),
            }
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.url.rsplit_once(':').expect("a port").1.parse().expect("a number")
    }

    pub(crate) fn host(&self) -> &str {
        self.url.split_once("//").expect("a scheme").1
    }

    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port()))
    }

    pub(crate) fn connect(&self) -> TcpStream {
        connect(self.address())
    }

    /// One request on a connection of its own, as its header lines; the answer as text.
    pub(crate) fn ask(&self, request: &str) -> String {
        exchange(self.connect(), request)
    }

    /// `GET` with the right host and some more header lines, each with its line end.
    pub(crate) fn get(&self, path: &str, more: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{more}Connection: close\r\n\r\n", self.host()))
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -{name} {}", self.child.id())])
            .status()
            .expect("a shell");
        assert!(sent.success());
    }

    /// Waits until the process has ended by itself.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let begun = now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "the server still runs: {:#?}", self.log_so_far());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn stop(mut self) -> Vec<String> {
        self.signal("TERM");
        assert_eq!(self.ended().code(), Some(0));
        self.whole_log()
    }

    pub(crate) fn log_so_far(&mut self) -> Vec<String> {
        self.logged.extend(self.log.try_iter());
        self.logged.clone()
    }

    /// The log of a server that has ended.
    fn whole_log(&mut self) -> Vec<String> {
        while let Ok(line) = self.log.recv_timeout(PATIENCE) {
            self.logged.push(line);
        }
        self.logged.clone()
    }

    /// Waits for a line of the log.
    pub(crate) fn wait_for_log(&mut self, part: &str) {
        while !self.logged.iter().any(|line| line.contains(part)) {
            match self.log.recv_timeout(PATIENCE) {
                Ok(line) => self.logged.push(line),
                Err(why) => panic!("no line with {part:?} ({why}): {:#?}", self.logged),
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines_of(pipe: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (give, take) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines() {
            let Ok(line) = line else { return };
            if give.send(line).is_err() {
                return;
            }
        }
    });
    take
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&address, PATIENCE).expect("connects");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
    stream.set_write_timeout(Some(PATIENCE)).expect("a time limit");
    stream
}

/// Writes all, then reads to the end. A connection that is cut off gives what came before.
pub(crate) fn exchange(mut stream: impl Read + Write, request: &str) -> String {
    // The server may answer and close before everything is written.
    let _ = stream.write_all(request.as_bytes());
    let _ = stream.flush();
    read_to_end(stream)
}

pub(crate) fn read_to_end(mut stream: impl Read) -> String {
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    loop {
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(length) => answer.extend_from_slice(&part[..length]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                panic!("no end within {PATIENCE:?}: {}", String::from_utf8_lossy(&answer));
            }
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// The status of an answer, 0 where there is none.
pub(crate) fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
}
