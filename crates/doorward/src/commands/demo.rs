//! `doorward demo`: the whole house in a throw-away folder, with one customer who is ready to sign in.

mod maker;
mod market;

use std::io::Write;
use std::path::{Path, PathBuf};

use data_encoding::BASE32_NOPAD;
use doorward_app::app::App;
use doorward_app::failure::Failure;
use doorward_app::random::{Random, SystemRandom};
use doorward_app::sign_up::ReadyAccount;
use doorward_domain::language::Language;
use secrecy::SecretString;
use serde::Serialize;

use crate::arguments::{DemoArguments, SettingsArguments};
use crate::commands::serve::{OpenDoor, prepare, runtime};
use crate::configuration;
use crate::outcome::{Exit, Stopped};
use crate::say;

/// Whom the demo belongs to. The domain can never receive mail (RFC 2606).
const CUSTOMER: &str = "alex@demo.example";

/// What a script needs to sign in.
#[derive(Serialize)]
struct SignInData<'a> {
    url: &'a str,
    identifier: &'a str,
    password: &'a str,
    totp_secret: &'a str,
    recovery_codes: Vec<&'a str>,
    mailbox: String,
}

/// Opens the demo and stays until it is told to stop; then the folder is gone, unless it was named.
pub(crate) fn run(settings: &SettingsArguments, demo: &DemoArguments) -> Result<(), Stopped> {
    let folder = DemoFolder::make(demo.folder.as_deref())?;
    let mut settings = settings.clone();
    // A configuration file lying about is for the real door.
    settings.config.get_or_insert_with(|| PathBuf::from("/dev/null"));
    let mut set = vec![
        format!("data.folder={}", folder.path.display()),
        format!("listen.address=localhost:{}", demo.port),
        "metrics.address=off".to_owned(),
        "log.level=warn".to_owned(),
    ];
    set.append(&mut settings.set);
    settings.set = set;
    let configuration = configuration::load(&settings)?;
    prepare(&configuration)?;
    runtime()?.block_on(async {
        let open = OpenDoor::open(configuration).await?;
        let password = new_password();
        let customer = make_customer(&open.app, &password).await?;
        let makers = market::open(&open.app, customer.account).await?;
        open.spawn(|stopping| market::run(open.app.clone(), makers, stopping));
        tell(&open, &password, &customer, demo.json)?;
        open.until_told_to_stop().await
    })
}

async fn make_customer(app: &App, password: &str) -> Result<ReadyAccount, Stopped> {
    let secret = SecretString::from(password);
    app.open_ready_account(CUSTOMER, &secret, Language::English).await.map_err(|failure| match failure {
        Failure::Refused(refused) => Stopped::new(Exit::Refused, format!("the demo's customer: {refused:?}")),
        Failure::Fault(fault) => Stopped::fault("making the demo's customer", &fault),
    })
}

/// Four groups of four letters: easy to type, impossible to guess.
fn new_password() -> String {
    let mut random = [0; 10];
    SystemRandom.fill(&mut random);
    let letters = BASE32_NOPAD.encode(&random).to_lowercase();
    let groups: Vec<&str> = (0..4).map(|group| &letters[group * 4..group * 4 + 4]).collect();
    groups.join("-")
}

fn tell(open: &OpenDoor, password: &str, customer: &ReadyAccount, json: bool) -> Result<(), Stopped> {
    let mailbox = open.mailbox.as_deref().unwrap_or(Path::new("")).display().to_string();
    let codes: Vec<&str> = customer.recovery_codes.iter().map(|code| code.as_str()).collect();
    let totp_secret = customer.totp_secret.as_str();
    if json {
        let data = SignInData {
            url: &open.url,
            identifier: CUSTOMER,
            password,
            totp_secret,
            recovery_codes: codes,
            mailbox,
        };
        let line = serde_json::to_string(&data)
            .map_err(|error| Stopped::fault("writing the sign-in data", &error))?;
        say(&line);
    } else {
        say(&format!("Doorward {} is open at {}", env!("CARGO_PKG_VERSION"), open.url));
        say("");
        say("  One customer is ready to sign in:");
        say(&format!("  identifier      {CUSTOMER}"));
        say(&format!("  password        {password}"));
        say(&format!("  authenticator   {totp_secret}   (type it into any authenticator app)"));
        say(&format!("  recovery codes  {}", codes.join("\n                  ")));
        say("");
        say(&format!("Mail stays on this machine: {mailbox} and {}/mailbox", open.url));
        say("Stop it with Ctrl-C; a folder that you did not name is removed then.");
    }
    std::io::stdout().flush().map_err(|error| Stopped::fault("writing the sign-in data", &error))
}

/// A folder for one demo, removed at its end unless somebody named it.
struct DemoFolder {
    path: PathBuf,
    is_kept: bool,
}

impl DemoFolder {
    fn make(named: Option<&Path>) -> Result<Self, Stopped> {
        let Some(path) = named else {
            let mut random = [0; 5];
            SystemRandom.fill(&mut random);
            let name = format!("doorward-demo-{}", BASE32_NOPAD.encode(&random).to_lowercase());
            return Ok(Self { path: std::env::temp_dir().join(name), is_kept: false });
        };
        let is_empty = match std::fs::read_dir(path) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        };
        if is_empty {
            Ok(Self { path: path.to_owned(), is_kept: true })
        } else {
            Err(Stopped::new(Exit::Folder, format!("{} is not an empty folder", path.display())))
        }
    }
}

impl Drop for DemoFolder {
    fn drop(&mut self) {
        if !self.is_kept {
            // What cannot be removed lies in the folder for temporary files, which the system empties.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
