//! Puts the parts of the application together from the configuration.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use doorward_app::app::{App, Parts, Site};
use doorward_app::audit::CheckpointPlace;
use doorward_app::clock::SystemClock;
use doorward_app::country::{Attribution, Mmdb, Places};
use doorward_app::deliver::{
    MailSender, MailboxFolder, SmsGateway, SmsGatewayConfig, SmsSender, SmtpConfig, SmtpSecurity, SmtpSender,
};
use doorward_app::hash_pool::{HashPool, HashPoolSize};
use doorward_app::jurisdiction::Jurisdictions;
use doorward_app::keys::Keys;
use doorward_app::matching::Matching;
use doorward_app::outbox::Outbox;
use doorward_app::outcomes::Outcomes;
use doorward_app::passwords::CostMix;
use doorward_app::random::SystemRandom;
use doorward_app::session_cache::SessionCache;
use doorward_app::staff::DeskSetup;
use doorward_app::webauthn::TrustedModels;
use doorward_captcha::{HumanChecks, Settings};
use doorward_domain::password::Blocklist;
use doorward_domain::policy::Policy;
use doorward_store::Db;

use secrecy::SecretString;

use crate::configuration::{Configuration, MailWay, SmsWay, SmtpTls};
use crate::folder;
use crate::outcome::{Exit, Stopped};
use crate::policy_file;

/// Sessions that a node keeps in memory at most; the rest is asked from the database.
const SESSIONS_IN_MEMORY_MAX: usize = 200_000;

/// The application over a foundation. `public_url` is what customers type.
pub(crate) fn app(
    configuration: &Configuration,
    db: Db,
    keys: Keys,
    public_url: &str,
    matching: Option<Matching>,
) -> Result<App, Stopped> {
    let policy = configuration.policy.clone();
    let hash_pool = HashPool::start(pool_size(configuration))
        .map_err(|fault| Stopped::fault("starting the hash pool", &fault))?;
    let human_checks = HumanChecks::new(keys.human_checks(), check_settings(&policy));
    let (mail, sms) = senders(configuration).map_err(|why| Stopped::new(Exit::Configuration, why))?;
    let parts = Parts {
        db,
        outbox: Outbox::new(mail, sms),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        hash_pool,
        cost_mix: CostMix::default(),
        human_checks,
        outcomes: Outcomes::default(),
        sessions: SessionCache::new(policy.session.clone(), SESSIONS_IN_MEMORY_MAX),
        blocklist: blocklist(configuration)?,
        site: Site { name: configuration.site.name.clone(), public_url: public_url.to_owned() },
        desk: DeskSetup {
            authenticators: authenticators(configuration)
                .map_err(|why| Stopped::new(Exit::Configuration, why))?,
            url: configuration.support.public_url.clone(),
        },
        places: places(configuration)?,
        jurisdictions: jurisdictions(configuration)?,
        keys,
        policy,
        matching,
    };
    Ok(App::new(parts))
}

/// The authenticators that staff may enrol, when the configuration names some.
pub(crate) fn authenticators(configuration: &Configuration) -> Result<Option<TrustedModels>, String> {
    let staff = &configuration.staff;
    let Some(path) = &staff.authenticators else { return Ok(None) };
    let refused = |why: String| format!("staff.authenticators: {}: {why}", path.display());
    let anchors = std::fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
    TrustedModels::new(&staff.models, &anchors).map(Some).map_err(|why| refused(why.to_string()))
}

fn pool_size(configuration: &Configuration) -> HashPoolSize {
    let mut size = HashPoolSize::of_machine();
    if configuration.hash_lanes > 0 {
        size.threads = usize::try_from(configuration.hash_lanes).unwrap_or(size.threads);
    }
    let per_place = usize::try_from(configuration.policy.password.queue_per_place).unwrap_or(1);
    size.queue = size.threads.saturating_mul(per_place);
    size
}

fn check_settings(policy: &Policy) -> Settings {
    let micros = |length: Duration| i64::try_from(length.as_micros()).unwrap_or(i64::MAX);
    let check = &policy.human_check;
    Settings {
        valid_micros: micros(check.challenge_valid_for),
        earliest_micros: micros(check.fastest_answer),
        pass_valid_micros: micros(check.pass_valid_for),
        ..Settings::default()
    }
}

/// Where addresses stand: a file that the operator names must be there and whole, or nothing starts.
pub(crate) fn places(configuration: &Configuration) -> Result<Places, Stopped> {
    let Some(path) = &configuration.geoip.database else { return Ok(Places::compiled_in()) };
    let attribution = configuration.geoip.attribution.as_deref().map(Attribution::parse);
    match Mmdb::read(path) {
        Ok(file) => Ok(Places::of_file(file, attribution)),
        Err(fault) => {
            Err(Stopped::new(Exit::Configuration, format!("geoip.database: {} {fault}", path.display())))
        }
    }
}

/// What is open in which country.
fn jurisdictions(configuration: &Configuration) -> Result<Jurisdictions, Stopped> {
    match &configuration.jurisdiction_policy {
        None => Ok(Jurisdictions::open()),
        Some(path) => policy_file::read(path)
            .map(Jurisdictions::of)
            .map_err(|lines| Stopped { exit: Exit::Configuration, lines: policy_lines(lines) }),
    }
}

/// What is wrong with a policy, as the setting's trouble.
pub(crate) fn policy_lines(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().map(|line| format!("jurisdiction.policy: {line}")).collect()
}

fn blocklist(configuration: &Configuration) -> Result<Blocklist, Stopped> {
    let Some(path) = &configuration.password_blocklist else { return Ok(Blocklist::shipped()) };
    let refused = |why: String| {
        Stopped::new(Exit::Configuration, format!("password.blocklist: {}: {why}", path.display()))
    };
    let text = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
    let mut entries: Vec<_> = text
        .split(|byte| *byte == b'\n')
        .map(|line| String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned())
        .filter(|line| !line.is_empty())
        .map(|line| Blocklist::entry(&line))
        .collect();
    entries.sort_unstable();
    entries.dedup();
    let bytes: Vec<u8> = entries.into_iter().flat_map(u64::to_be_bytes).collect();
    // One list for the life of the process.
    Blocklist::from_bytes(Vec::leak(bytes)).map_err(|error| refused(error.to_string()))
}

/// The local mailbox, in the data folder.
const MAILBOX_FOLDER: &str = "mailbox";

/// How long the mail server or the SMS gateway may take for one answer.
const SENDING_PATIENCE: Duration = Duration::from_secs(20);

/// The local mailbox, where mail or SMS stay here. The configuration has made sure that only loopback can reach it.
pub(crate) fn mailbox(configuration: &Configuration) -> Option<PathBuf> {
    let stays = configuration.mail.way == MailWay::Mailbox || configuration.sms.way == SmsWay::Mailbox;
    stays.then(|| configuration.data.folder.join(MAILBOX_FOLDER))
}

/// Where checkpoints of the audit log go.
pub(crate) fn checkpoint_place(configuration: &Configuration) -> Result<CheckpointPlace, Stopped> {
    let Some(named) = &configuration.audit_checkpoints else { return Ok(CheckpointPlace::Nowhere) };
    CheckpointPlace::named(named)
        .map_err(|why| Stopped::new(Exit::Configuration, format!("audit.checkpoints: {why}")))
}

/// What is wrong with the ways of mail and SMS, beyond the form of their settings. Makes nothing.
pub(crate) fn sender_problems(configuration: &Configuration) -> Vec<String> {
    let mut wrong = Vec::new();
    if configuration.mail.way == MailWay::Smtp {
        wrong.extend(mail_sender(configuration).err());
    }
    if configuration.sms.way == SmsWay::Gateway {
        wrong.extend(sms_sender(configuration).err());
    }
    wrong
}

fn senders(configuration: &Configuration) -> Result<(MailSender, SmsSender), String> {
    Ok((mail_sender(configuration)?, sms_sender(configuration)?))
}

fn mail_sender(configuration: &Configuration) -> Result<MailSender, String> {
    let mail = &configuration.mail;
    let from = mail.from.clone().unwrap_or_else(|| format!("{} <door@localhost>", configuration.site.name));
    if mail.way == MailWay::Mailbox {
        let folder = configuration.data.folder.join(MAILBOX_FOLDER);
        return MailboxFolder::open(&folder, &from).map(MailSender::Folder).map_err(|why| why.to_string());
    }
    let credentials = match (&mail.smtp_user, &mail.smtp_password_file) {
        (Some(user), Some(file)) => {
            Some((user.clone(), SecretString::from(folder::read_secret("mail.smtp_password_file", file)?)))
        }
        _ => None,
    };
    let config = SmtpConfig {
        host: mail.smtp_host.clone().unwrap_or_default(),
        port: mail.smtp_port,
        security: match mail.smtp_tls {
            SmtpTls::Tls => SmtpSecurity::Tls,
            SmtpTls::StartTls => SmtpSecurity::StartTls,
            SmtpTls::None => SmtpSecurity::PlainToLoopback,
        },
        credentials,
        from,
        certificate_authority: None,
        timeout: SENDING_PATIENCE,
    };
    SmtpSender::new(&config).map(MailSender::Smtp).map_err(|why| format!("mail: {why}"))
}

fn sms_sender(configuration: &Configuration) -> Result<SmsSender, String> {
    let sms = &configuration.sms;
    match sms.way {
        SmsWay::None => Ok(SmsSender::Off),
        SmsWay::Mailbox => {
            let folder = configuration.data.folder.join(MAILBOX_FOLDER);
            let from = format!("{} <sms@localhost>", configuration.site.name);
            MailboxFolder::open(&folder, &from).map(SmsSender::Folder).map_err(|why| why.to_string())
        }
        SmsWay::Gateway => {
            let file = sms.secret_file.as_deref().unwrap_or(Path::new(""));
            let config = SmsGatewayConfig {
                url: sms.gateway_url.clone().unwrap_or_default(),
                secret: SecretString::from(folder::read_secret("sms.secret_file", file)?),
                timeout: SENDING_PATIENCE,
            };
            SmsGateway::new(&config).map(SmsSender::Gateway).map_err(|why| format!("sms: {why}"))
        }
    }
}
