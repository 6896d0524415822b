//! What the operator decides. `load` reads the file and the command line, names everything that is wrong at once, and
//! either gives a whole configuration or none.

pub(crate) mod listen;
mod nearest;
pub(crate) mod numbers;
pub(crate) mod reference;
pub(crate) mod settings;
mod text;

use std::path::{Path, PathBuf};
use std::time::Duration;

use doorward_domain::policy::Policy;

pub(crate) use listen::{ListenAddress, MetricsAddress};
use numbers::NUMBERS;
use settings::SETTINGS;
use text::Entry;

use crate::arguments::SettingsArguments;
use crate::outcome::{Exit, Stopped};

/// The file that is read when none is named.
const USUAL_FILE: &str = "doorward.toml";

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Configuration {
    pub(crate) site: Site,
    pub(crate) listen: Listen,
    pub(crate) data: Data,
    pub(crate) database: Database,
    pub(crate) mail: Mail,
    pub(crate) sms: Sms,
    pub(crate) password_blocklist: Option<PathBuf>,
    pub(crate) geoip: GeoIp,
    pub(crate) jurisdiction_policy: Option<PathBuf>,
    pub(crate) market_engine: MarketEngine,
    pub(crate) staff: Staff,
    pub(crate) support: Support,
    /// 0: one per core.
    pub(crate) hash_lanes: u32,
    pub(crate) log: Log,
    pub(crate) metrics: MetricsAddress,
    /// Where checkpoints of the audit log go: a folder or a URL.
    pub(crate) audit_checkpoints: Option<String>,
    /// The numbers of the rules.
    pub(crate) policy: Policy,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Site {
    pub(crate) name: String,
    pub(crate) public_url: Option<String>,
    pub(crate) default_country: Option<String>,
    pub(crate) security_contact: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Listen {
    pub(crate) address: ListenAddress,
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) private_key: Option<PathBuf>,
    pub(crate) proxies: Vec<ipnet::IpNet>,
    pub(crate) connections: usize,
    pub(crate) connections_per_network: usize,
    pub(crate) header_time: Duration,
    pub(crate) body_time: Duration,
    pub(crate) handshake_time: Duration,
    pub(crate) stall_time: Duration,
    pub(crate) request_time: Duration,
    pub(crate) idle_time: Duration,
    pub(crate) drain_time: Duration,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Data {
    pub(crate) folder: PathBuf,
    pub(crate) master_key_file: Option<PathBuf>,
    pub(crate) former_master_key_files: Vec<PathBuf>,
}

#[derive(Clone, PartialEq)]
pub(crate) struct Database {
    pub(crate) url: Option<String>,
    pub(crate) url_file: Option<PathBuf>,
    pub(crate) connections: u32,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may hold a password.
        f.debug_struct("Database").field("url", &self.url.as_ref().map(|_| "…")).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MailWay {
    Mailbox,
    Smtp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SmtpTls {
    Tls,
    StartTls,
    None,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mail {
    pub(crate) way: MailWay,
    pub(crate) from: Option<String>,
    pub(crate) smtp_host: Option<String>,
    pub(crate) smtp_port: Option<u16>,
    pub(crate) smtp_tls: SmtpTls,
    pub(crate) smtp_user: Option<String>,
    pub(crate) smtp_password_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SmsWay {
    None,
    Mailbox,
    Gateway,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sms {
    pub(crate) way: SmsWay,
    pub(crate) gateway_url: Option<String>,
    pub(crate) secret_file: Option<PathBuf>,
}

/// Where addresses stand, besides the table that is compiled in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GeoIp {
    pub(crate) database: Option<PathBuf>,
    pub(crate) attribution: Option<String>,
}

/// The authenticators that staff may enrol.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Staff {
    /// Makers' certificates, PEM.
    pub(crate) authenticators: Option<PathBuf>,
    /// Models.
    pub(crate) models: Vec<uuid::Uuid>,
}

/// The support desk's own listener, where it has one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Support {
    pub(crate) listen: Option<ListenAddress>,
    pub(crate) public_url: Option<String>,
}

/// Whether this node runs the market's engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MarketEngine {
    /// With SQLite, which has one node.
    Auto,
    On,
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogForm {
    Text,
    Json,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Log {
    pub(crate) form: LogForm,
    pub(crate) level: String,
}

impl Default for Configuration {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            site: Site {
                name: "Doorward".to_owned(),
                public_url: None,
                default_country: None,
                security_contact: None,
            },
            listen: Listen {
                address: ListenAddress::Localhost(8080),
                certificate: None,
                private_key: None,
                proxies: Vec::new(),
                connections: 4096,
                connections_per_network: 128,
                header_time: seconds(10),
                body_time: seconds(10),
                handshake_time: seconds(5),
                stall_time: seconds(10),
                request_time: seconds(60),
                idle_time: seconds(30),
                drain_time: seconds(20),
            },
            data: Data {
                folder: PathBuf::from("data"),
                master_key_file: None,
                former_master_key_files: Vec::new(),
            },
            database: Database { url: None, url_file: None, connections: 16 },
            mail: Mail {
                way: MailWay::Mailbox,
                from: None,
                smtp_host: None,
                smtp_port: None,
                smtp_tls: SmtpTls::Tls,
                smtp_user: None,
                smtp_password_file: None,
            },
            sms: Sms { way: SmsWay::Mailbox, gateway_url: None, secret_file: None },
            password_blocklist: None,
            geoip: GeoIp { database: None, attribution: None },
            jurisdiction_policy: None,
            market_engine: MarketEngine::Auto,
            staff: Staff::default(),
            support: Support::default(),
            hash_lanes: 0,
            log: Log { form: LogForm::Text, level: "info".to_owned() },
            metrics: MetricsAddress::At(ListenAddress::Localhost(9464)),
            audit_checkpoints: None,
            policy: Policy::default(),
        }
    }
}

/// Reads the file and the command line. What is wrong is named all at once; nothing has been touched.
pub(crate) fn load(given: &SettingsArguments) -> Result<Configuration, Stopped> {
    let mut wrong = Vec::new();
    let mut entries = match read_file(given.config.as_deref()) {
        Ok(entries) => entries,
        Err(lines) => {
            wrong.extend(lines);
            Vec::new()
        }
    };
    for argument in &given.set {
        match text::read_argument(argument) {
            Ok(entry) => entries.push(entry),
            Err(why) => wrong.push(why),
        }
    }
    let mut configuration = Configuration::default();
    for entry in &entries {
        if let Err(why) = apply(&mut configuration, entry) {
            wrong.push(format!("{}: {why}", entry.place));
        }
    }
    wrong.extend(listen::problems(&configuration));
    wrong.extend(ways_problems(&configuration));
    wrong.extend(numbers::violations(&configuration.policy));
    if wrong.is_empty() {
        Ok(configuration)
    } else {
        Err(Stopped { exit: Exit::Configuration, lines: wrong })
    }
}

fn read_file(named: Option<&Path>) -> Result<Vec<Entry>, Vec<String>> {
    let path = named.unwrap_or(Path::new(USUAL_FILE));
    match std::fs::read_to_string(path) {
        Ok(text) => text::read(&text, &path.display().to_string()),
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(vec![format!("the configuration file {} cannot be read: {error}", path.display())]),
    }
}

fn apply(configuration: &mut Configuration, entry: &Entry) -> Result<(), String> {
    let applied = if let Some(setting) = SETTINGS.iter().find(|setting| setting.key == entry.key) {
        (setting.apply)(configuration, &entry.value)
    } else if let Some(number) = NUMBERS.iter().find(|number| number.key == entry.key) {
        (number.apply)(&mut configuration.policy, &entry.value)
    } else {
        return Err(unknown(&entry.key));
    };
    applied.map_err(|why| format!("{} {why}", entry.key))
}

fn unknown(key: &str) -> String {
    let known = SETTINGS.iter().map(|setting| setting.key).chain(NUMBERS.iter().map(|number| number.key));
    match nearest::nearest(key, known) {
        Some(meant) => format!("{key} is no setting; the nearest is {meant}"),
        None => format!("{key} is no setting"),
    }
}

/// What the ways of mail and SMS need beyond their own values.
fn ways_problems(configuration: &Configuration) -> Vec<String> {
    let mut wrong = Vec::new();
    let Configuration { mail, sms, database, .. } = configuration;
    if mail.way == MailWay::Smtp {
        if mail.smtp_host.is_none() {
            wrong.push("mail.way is smtp, so mail.smtp_host must be given".to_owned());
        }
        if mail.from.is_none() {
            wrong.push("mail.way is smtp, so mail.from must be given".to_owned());
        }
        let loopback = mail.smtp_host.as_deref().is_some_and(listen::is_loopback_host);
        if mail.smtp_tls == SmtpTls::None && !loopback {
            wrong.push("mail.smtp_tls none is for a mail server on loopback only".to_owned());
        }
        if mail.smtp_user.is_some() != mail.smtp_password_file.is_some() {
            wrong.push("mail.smtp_user and mail.smtp_password_file go together".to_owned());
        }
    }
    if sms.way == SmsWay::Gateway {
        match sms.gateway_url.as_deref().map(listen::gateway_problem) {
            None => wrong.push("sms.way is gateway, so sms.gateway_url must be given".to_owned()),
            Some(Some(why)) => wrong.push(format!("sms.gateway_url {why}")),
            Some(None) => {}
        }
        if sms.secret_file.is_none() {
            wrong.push("sms.way is gateway, so sms.secret_file must be given".to_owned());
        }
    }
    let staff = &configuration.staff;
    if staff.authenticators.is_some() == staff.models.is_empty() {
        wrong.push("staff.authenticators and staff.models go together".to_owned());
    }
    if database.url.is_some() && database.url_file.is_some() {
        wrong.push("database.url and database.url_file exclude each other".to_owned());
    }
    if let Some(url) = &database.url
        && !(url.starts_with("postgres://") || url.starts_with("postgresql://"))
    {
        wrong.push("database.url must begin with postgres://; leave it out for SQLite".to_owned());
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(set: &[&str]) -> Result<Configuration, Vec<String>> {
        let given = SettingsArguments { config: None, set: set.iter().map(ToString::to_string).collect() };
        load(&given).map_err(|stopped| stopped.lines)
    }

    #[test]
    fn without_a_file_the_defaults_hold() {
        assert_eq!(with(&[]).expect("loads"), Configuration::default());
    }

    #[test]
    fn each_wrong_configuration_is_told_in_one_line() {
        for (set, told) in [
            (
                &["listen.adress=localhost:1"][..],
                "--set: listen.adress is no setting; the nearest is listen.address",
            ),
            (&["weather=fine"], "--set: weather is no setting"),
            (&["listen.connections=3"], "--set: listen.connections takes a whole number from 16 to 1000000"),
            (&["log.form=xml"], "--set: log.form takes one of text, json"),
            (
                &["site.default_country=Germany"],
                "--set: site.default_country takes a country's two capital letters, such as DE",
            ),
            (
                &["mail.way=smtp", "mail.from=a@b.example"],
                "mail.way is smtp, so mail.smtp_host must be given",
            ),
            (
                &["database.url=mysql://x"],
                "database.url must begin with postgres://; leave it out for SQLite",
            ),
            (
                &["sms.way=gateway", "sms.secret_file=x", "sms.gateway_url=http://gate.example/"],
                "sms.gateway_url must be https, or http on loopback",
            ),
            (
                &[
                    "listen.address=0.0.0.0:80",
                    "site.public_url=https://a.example",
                    "mail.way=smtp",
                    "mail.from=a@b.example",
                    "mail.smtp_host=m.example",
                    "sms.way=none",
                ],
                "listen.address 0.0.0.0:80 is not loopback: give listen.certificate and listen.private_key, or name the proxy in front in listen.proxies",
            ),
            (
                &[
                    "listen.address=10.0.0.1:443",
                    "listen.certificate=c.pem",
                    "listen.private_key=k.pem",
                    "site.public_url=https://a.example",
                ],
                "mail.way mailbox is for a listener on loopback without proxies, at a site.public_url whose host is localhost; here choose smtp",
            ),
        ] {
            let lines = with(set).expect_err("refused");
            assert!(lines.iter().any(|line| line == told), "{set:?} told {lines:#?}");
        }
    }

    #[test]
    fn a_number_of_the_rules_moves_inside_its_safe_range_only() {
        let configuration = with(&["session.idle_for=5m", "throttle.sign_ups=10 in 1h"]).expect("loads");
        assert_eq!(configuration.policy.session.idle_for, Duration::from_secs(300));
        let lines = with(&["password.hash_memory_kib=8", "password.min_charakters=9"]).expect_err("refused");
        assert!(
            lines
                .iter()
                .any(|line| line.starts_with("password.hash_memory_kib is 8, but its safe range is 19456"))
        );
        assert!(
            lines.iter().any(|line| line.ends_with("the nearest is password.min_characters")),
            "{lines:?}"
        );
    }

    #[test]
    fn the_reference_of_all_settings_is_up_to_date() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/configuration.md");
        if std::env::var_os("DOORWARD_WRITE_REFERENCE").is_some() {
            std::fs::write(&file, reference::text()).expect("writes");
        }
        let written = std::fs::read_to_string(&file).expect("the reference");
        assert!(written == reference::text(), "run the test with DOORWARD_WRITE_REFERENCE=1 and commit");
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let lines = with(&["a=1", "b=2", "log.form=xml"]).expect_err("refused");
        assert_eq!(lines.len(), 3, "{lines:?}");
    }
}
