//! `doorward check`: everything that is wrong, before anything starts. Changes nothing.

use std::net::IpAddr;

use doorward_app::Site;
use doorward_app::audit::CheckpointPlace;
use doorward_app::webauthn::RelyingParty;
use doorward_domain::staff::{APPROVERS_NEEDED, Role};
use doorward_store::Db;
use doorward_store::passkey::count_foreign_passkeys;
use doorward_store::staff::list_staff;
use doorward_web::PublicUrl;

use crate::arguments::SettingsArguments;
use crate::commands::serve::runtime;
use crate::configuration::listen::is_loopback_host;
use crate::configuration::{self, Configuration};
use crate::folder::{self, Folder};
use crate::foundation;
use crate::listener::tls::Certificate;
use crate::logging;
use crate::master_key::Held;
use crate::outcome::{Exit, Stopped};
use crate::{policy_file, say, wiring};

/// Looks at the configuration, then at the files it names, then at the key and the database.
pub(crate) fn run(settings: &SettingsArguments) -> Result<(), Stopped> {
    let configuration = configuration::load(settings)?;
    let mut wrong = Stopped { exit: Exit::Configuration, lines: file_problems(&configuration) };
    let mut fine = vec!["the configuration is fine".to_owned()];
    if let Err(more) = runtime()?.block_on(look_deeper(&configuration, &mut fine)) {
        if wrong.lines.is_empty() {
            wrong.exit = more.exit;
        }
        wrong.lines.extend(more.lines);
    }
    if !wrong.lines.is_empty() {
        return Err(wrong);
    }
    fine.extend(unnamed_proxy(&configuration));
    for line in fine {
        say(&line);
    }
    Ok(())
}

/// A proxy that seems to be there and has no name: whoever comes through it would be judged by its address, by every
/// throttle and by the rules of countries. A site that others reach while this program listens where only neighbours do,
/// or at another port, has something in front.
fn unnamed_proxy(configuration: &Configuration) -> Option<String> {
    let listen = &configuration.listen;
    let url = PublicUrl::parse(configuration.site.public_url.as_deref()?).ok()?;
    if !listen.proxies.is_empty() || is_loopback_host(url.host()) {
        return None;
    }
    let socket = *listen.address.sockets().first()?;
    let port = url.origin().rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(443);
    let among_neighbours = match socket.ip().to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    };
    (among_neighbours || socket.port() != port).then(|| {
        format!(
            "WARNING: visitors come to {}, and this program listens at {}: if what stands in front is a proxy, name it in \
             listen.proxies, or every visitor is judged by its address. A router that keeps the visitors' addresses \
             needs no name",
            url.origin(),
            listen.address
        )
    })
}

/// What is wrong with the files that the configuration names, one line each.
pub(crate) fn file_problems(configuration: &Configuration) -> Vec<String> {
    let mut wrong = Vec::new();
    if let (Some(chain), Some(key)) = (&configuration.listen.certificate, &configuration.listen.private_key) {
        wrong.extend(Certificate::read(chain, key).err());
    }
    let secrets = [
        ("database.url_file", &configuration.database.url_file),
        ("mail.smtp_password_file", &configuration.mail.smtp_password_file),
        ("sms.secret_file", &configuration.sms.secret_file),
    ];
    for (setting, path) in secrets {
        if let Some(path) = path {
            wrong.extend(folder::read_secret(setting, path).err());
        }
    }
    if let Some(path) = &configuration.password_blocklist
        && let Err(error) = std::fs::File::open(path)
    {
        wrong.push(format!("password.blocklist: {} cannot be read: {error}", path.display()));
    }
    // A folder is made and tried at start; a URL can be judged now.
    if let Some(place) = configuration.audit_checkpoints.as_deref().filter(|place| place.contains("://")) {
        wrong.extend(CheckpointPlace::named(place).err().map(|why| format!("audit.checkpoints: {why}")));
    }
    wrong.extend(wiring::places(configuration).err().into_iter().flat_map(|stopped| stopped.lines));
    if let Some(path) = &configuration.jurisdiction_policy {
        wrong.extend(policy_file::read(path).err().map(wiring::policy_lines).unwrap_or_default());
    }
    wrong.extend(wiring::authenticators(configuration).err());
    wrong.extend(logging::problem(&configuration.log));
    wrong
}

/// The key and the database, as they are; nothing is made that is not there.
async fn look_deeper(configuration: &Configuration, fine: &mut Vec<String>) -> Result<(), Stopped> {
    foundation::refuse_unfinished(&configuration.data.folder)?;
    let mut lines = wiring::sender_problems(configuration);
    let mut exit = Exit::Configuration;
    let mut worse = |stopped: Stopped| {
        if lines.is_empty() {
            exit = stopped.exit;
        }
        lines.extend(stopped.lines);
    };
    let folder = &configuration.data.folder;
    if Folder::is_held(folder) {
        fine.push(format!("a server is running in {}", folder.display()));
    }
    let key_path = foundation::key_path(configuration);
    let (keys, key_is_known) = match Held::find(&key_path, &configuration.data.former_master_key_files) {
        Ok(held) => (held, true),
        Err(stopped) => {
            worse(stopped);
            (Held::default(), false)
        }
    };
    match foundation::sqlite_path(configuration) {
        Some(path) if !path.exists() => {
            fine.push(format!("{} will be made at the first start", path.display()));
        }
        // A key that cannot be read is told already, and nothing more can be said of what it would open.
        _ if !key_is_known => {}
        _ => match look_at_database(configuration, &keys, fine).await {
            Ok(orphans) => {
                fine.push("the database opens, and the master key opens what is stored in it".to_owned());
                if orphans > 0 {
                    fine.push(format!(
                        "WARNING: {orphans} passkeys were made for another host than that of site.public_url and open nothing here"
                    ));
                }
            }
            Err(stopped) => worse(stopped),
        },
    }
    if lines.is_empty() { Ok(()) } else { Err(Stopped { exit, lines }) }
}

/// Whether there are staff to decide cases; a database that was not brought up to date yet says nothing.
async fn look_at_staff(db: &Db) -> Result<Option<String>, Stopped> {
    let fault = |error| Stopped::fault("looking at the staff", &error);
    let schema = db.schema().await.map_err(fault)?;
    if schema.found < schema.known {
        return Ok(None);
    }
    let staff = list_staff(db).await.map_err(fault)?;
    let approvers =
        staff.iter().filter(|one| one.role == Role::Approver && one.enrolled_at.is_some()).count();
    Ok((approvers < APPROVERS_NEEDED).then(|| {
        format!("cases stay closed: they take two enrolled approvers, and there are {approvers} (doorward staff add)")
    }))
}

/// Gives how many passkeys were made for another host.
async fn look_at_database(
    configuration: &Configuration,
    held: &Held,
    fine: &mut Vec<String>,
) -> Result<i64, Stopped> {
    let db = foundation::open(configuration).await?;
    let looked = async {
        foundation::refuse_newer(&db).await?;
        foundation::refuse_strange_key(&db, held, configuration).await?;
        Ok::<_, Stopped>((look_at_staff(&db).await?, orphaned_passkeys(&db, configuration).await))
    }
    .await;
    db.close().await;
    let (staff, orphans) = looked?;
    fine.extend(staff);
    Ok(orphans)
}

/// How many passkeys open nothing under the public URL; none where there is no such URL, or no table yet.
async fn orphaned_passkeys(db: &Db, configuration: &Configuration) -> i64 {
    let Some(public_url) = configuration.site.public_url.clone() else { return 0 };
    let site = Site { name: configuration.site.name.clone(), public_url };
    let host = RelyingParty::of(&site).map_or_else(String::new, |party| party.id().to_owned());
    let is_current = db.schema().await.is_ok_and(|schema| schema.found == schema.known);
    if is_current { count_foreign_passkeys(db, &host).await.unwrap_or(0) } else { 0 }
}
