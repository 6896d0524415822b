//! Figures of the door: sign-ins, session checks, floods, start and growth, measured on the release binary over HTTP.

mod flood;
mod growth;
mod passkeys;
mod sessions;
mod sign_ins;
mod start;

use std::path::Path;

pub use growth::new_database;

use doorward_app::hash_pool::HashCost;
use doorward_store::{Db, DbConfig};

use crate::figure::remark;
use crate::population::{self, Customer};
use crate::process::{Server, free_port};

/// How much time the figures may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Every figure in a few minutes, the crowd of the growth figure smaller.
    Quick,
    /// As the figures are defined.
    Full,
}

/// Prints all figures of the door.
pub fn figures(binary: &Path, length: Length) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let rounds = if length == Length::Full { 7 } else { 3 };
        let house = House::new(5_000).await;
        let customers = house.customers.clone();
        let db = house.database().await;
        let keyed = passkeys::add(&db, &customers).await;
        db.close().await;
        let capacity = {
            let server = house.open(binary);
            let capacity = sign_ins::figures(&server, &customers, rounds).await;
            sessions::figures(&server, &house, rounds).await;
            passkeys::figures(&server, &keyed, rounds).await;
            capacity
        };
        flood::figures(binary, capacity, rounds).await;
        start::figures(binary).await;
        growth::figures(binary, length).await;
    });
}

/// `signin_vs_hash` alone, for whoever works on it.
pub fn sign_ins_alone(binary: &Path, rounds: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let house = House::new(2_500).await;
        let server = house.open(binary);
        sign_ins::figures(&server, &house.customers, rounds).await;
    });
}

/// The figures of the flood alone, at four times this many sign-ins per second.
pub fn flood_alone(binary: &Path, capacity: f64) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(flood::figures(binary, capacity, 7));
}

/// `signin_growth` alone, with a million accounts.
pub fn growth_alone(binary: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(growth::figures(binary, Length::Full));
}

/// Argon2id's cost as the rules have it, named beside every figure that holds a hash.
pub const COST: HashCost = HashCost::DEFAULT;

/// A data folder with a database that customers stand in.
pub struct House {
    folder: tempfile::TempDir,
    /// Everybody who can sign in.
    pub customers: Vec<Customer>,
    database_url: Option<String>,
}

impl House {
    /// A SQLite database with so many customers.
    pub async fn new(customers: usize) -> Self {
        Self::over(None, customers, 0).await
    }

    /// A database with a crowd of accounts that nobody enters and customers among them.
    pub async fn over(database_url: Option<String>, customers: usize, crowd: i64) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        population::write_master_key(folder.path());
        let mut house = Self { folder, customers: Vec::new(), database_url };
        let db = house.database().await;
        db.migrate().await.expect("the tables can be made");
        if crowd > 0 {
            doorward_store::filler::fill(&db, crowd, population::now())
                .await
                .expect("the crowd can be written");
        }
        house.customers =
            population::add_customers(&db, customers, COST).await.expect("customers can be written");
        db.close().await;
        house
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    /// The house's database, beside its server.
    pub async fn database(&self) -> Db {
        let config = match &self.database_url {
            Some(url) => DbConfig::postgres(url),
            None => DbConfig::sqlite(self.folder.path().join("doorward.sqlite")),
        };
        Db::open(&config).await.expect("the database opens")
    }

    /// Starts the program over this folder.
    pub fn open(&self, binary: &Path) -> Server {
        self.open_timed(binary).0
    }

    /// The same, with the milliseconds until the first answer.
    pub fn open_timed(&self, binary: &Path) -> (Server, f64) {
        let data = self.folder.path();
        let port = free_port();
        let database = self.database_url.as_ref().map(|url| format!("[database]\nurl = \"{url}\"\n"));
        let config = format!(
            "[site]\npublic_url = \"https://{host}\"\n[listen]\naddress = \"127.0.0.1:{port}\"\nproxies = [\"127.0.0.1/32\"]\n\
             connections = 8192\n[data]\nfolder = \"{folder}\"\n[mail]\nway = \"smtp\"\nfrom = \"Bench <bench@door.example>\"\n\
             smtp_host = \"127.0.0.1\"\nsmtp_port = 9\nsmtp_tls = \"none\"\n[sms]\nway = \"none\"\n[metrics]\naddress = \"off\"\n\
             [log]\nlevel = \"error\"\n{database}",
            host = crate::browser::HOST,
            folder = data.display(),
            database = database.unwrap_or_default(),
        );
        Server::start(binary, data, port, &config, &data.join("server.log"))
    }
}

/// Prints what the figures below were measured with.
pub fn remark_machine() {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpu.lines().find_map(|line| line.strip_prefix("model name\t: ")).unwrap_or("unknown processor");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    remark(&format!("machine: {model}, {cores} cores; Argon2id {COST}"));
}
