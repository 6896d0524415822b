//! A server under measurement: started on a free loopback port in a temporary folder, watched through /proc, stopped by its id.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running `doorward serve`.
pub struct Server {
    child: Child,
    /// Host and port it answers on.
    pub address: String,
}

/// CPU seconds, user and system, that a process has used so far (`/proc/<pid>/stat`, in ticks of 10 ms).
pub fn cpu_seconds_of(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process runs");
    let fields: Vec<&str> = stat.rsplit(") ").next().expect("a name in brackets").split(' ').collect();
    let ticks = |at: usize| fields[at].parse::<f64>().expect("a number");
    (ticks(11) + ticks(12)) / 100.0
}

/// What the threads of one name have used so far.
#[derive(Debug, Clone, Default)]
pub struct Share {
    /// The threads' name, its number left out.
    pub name: String,
    /// Time on a core in milliseconds (`schedstat`).
    pub cpu_ms: f64,
    /// Times that a thread gave its core away to wait for something.
    pub waits: f64,
    /// Times that its core was taken from it.
    pub lost: f64,
    /// Pages that were mapped at their first touch.
    pub faults: f64,
}

/// What a process has used so far, by the names of its threads.
pub fn shares_of(pid: u32) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).expect("the process runs");
    for thread in threads.flatten() {
        let read = |name: &str| std::fs::read_to_string(thread.path().join(name)).unwrap_or_default();
        let status = read("status");
        let number = |key: &str| -> f64 {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            line.and_then(|rest| rest.trim().parse().ok()).unwrap_or_default()
        };
        let name =
            read("comm").trim().trim_end_matches(|end: char| end.is_ascii_digit() || end == '-').to_owned();
        let at = shares.iter().position(|share| share.name == name).unwrap_or_else(|| {
            shares.push(Share { name, ..Share::default() });
            shares.len() - 1
        });
        let share = &mut shares[at];
        let nanos = read("schedstat").split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok());
        share.cpu_ms += nanos.unwrap_or_default() / 1e6;
        share.waits += number("voluntary_ctxt_switches:");
        share.lost += number("nonvoluntary_ctxt_switches:");
        let stat = read("stat");
        let faults =
            stat.rsplit(") ").next().and_then(|fields| fields.split(' ').nth(7)?.parse::<f64>().ok());
        share.faults += faults.unwrap_or_default();
    }
    shares
}

/// Resident memory in MiB (`VmRSS`).
pub fn rss_mib_of(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process runs");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a VmRSS line");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).expect("a number") / 1024.0
}

/// A port that nobody listens on at this moment.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port()
}

impl Server {
    /// Starts the release binary with `config` (TOML) and waits for its first answer. Gives the server and the milliseconds until that answer.
    pub fn start(binary: &Path, data: &Path, port: u16, config: &str, log: &Path) -> (Server, f64) {
        let config_file = data.join("bench.toml");
        std::fs::write(&config_file, config).expect("the configuration can be written");
        let log = std::fs::File::create(log).expect("the log can be written");
        let begun = Instant::now();
        let child = Command::new(binary)
            .args(["--config".as_ref(), config_file.as_os_str(), "serve".as_ref()])
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .spawn()
            .expect("the release binary exists; run `cargo build --release` first");
        let mut server = Server { child, address: format!("127.0.0.1:{port}") };
        while !server.answers() {
            if let Ok(Some(status)) = server.child.try_wait() {
                panic!("the server ended with {status} before its first answer");
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "the server did not answer within a minute");
            std::thread::sleep(Duration::from_micros(300));
        }
        (server, begun.elapsed().as_secs_f64() * 1_000.0)
    }

    fn answers(&self) -> bool {
        let Ok(mut stream) = std::net::TcpStream::connect(&self.address) else { return false };
        let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        if std::io::Write::write_all(&mut stream, request.as_bytes()).is_err() {
            return false;
        }
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).is_ok() && line.starts_with("HTTP/1.1 200")
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// CPU seconds used so far.
    pub fn cpu_seconds(&self) -> f64 {
        cpu_seconds_of(self.pid())
    }

    /// Resident memory in MiB.
    pub fn rss_mib(&self) -> f64 {
        rss_mib_of(self.pid())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
