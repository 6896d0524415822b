//! Every setting of the program: its key, its default, what it is for, and how a written value becomes part of the
//! configuration. The numbers of the rules stand beside the rules and are joined in by `configuration::load`.

use std::path::PathBuf;
use std::time::Duration;

use super::text::Value;
use super::{Configuration, ListenAddress, LogForm, MailWay, MarketEngine, MetricsAddress, SmsWay, SmtpTls};

type Apply = fn(&mut Configuration, &Value) -> Result<(), String>;

/// One setting.
pub(crate) struct Setting {
    pub(crate) key: &'static str,
    /// As a person would write it; empty where there is none.
    pub(crate) default: &'static str,
    pub(crate) help: &'static str,
    pub(crate) apply: Apply,
}

const fn setting(key: &'static str, default: &'static str, help: &'static str, apply: Apply) -> Setting {
    Setting { key, default, help, apply }
}

/// All of them, in the order of the reference.
pub(crate) const SETTINGS: &[Setting] = &[
    setting("site.name", "Doorward", "The name on pages and in mails.", |c, v| {
        put(&mut c.site.name, line(v, 1, 60))
    }),
    setting(
        "site.public_url",
        "",
        "The address that customers type, such as https://example.com; without it, http://localhost and the port.",
        |c, v| put(&mut c.site.public_url, text(v).map(Some)),
    ),
    setting(
        "site.default_country",
        "",
        "Two letters: the country of phone numbers that are typed without a country code.",
        |c, v| put(&mut c.site.default_country, country(v).map(Some)),
    ),
    setting(
        "site.security_contact",
        "",
        "Where to report a weakness (for security.txt): a mailto: or https: address.",
        |c, v| put(&mut c.site.security_contact, contact(v).map(Some)),
    ),
    setting(
        "listen.address",
        "localhost:8080",
        "Where to listen: localhost:PORT for both loopback addresses, or IP:PORT.",
        |c, v| put(&mut c.listen.address, text(v).and_then(|t| t.parse::<ListenAddress>())),
    ),
    setting(
        "listen.certificate",
        "",
        "A PEM file with the certificate chain; read again on SIGHUP.",
        |c, v| put(&mut c.listen.certificate, path(v).map(Some)),
    ),
    setting(
        "listen.private_key",
        "",
        "A PEM file with the certificate's private key, readable by its owner alone.",
        |c, v| put(&mut c.listen.private_key, path(v).map(Some)),
    ),
    setting(
        "listen.proxies",
        "[]",
        "Networks of the proxies whose forwarded addresses are believed, such as [\"10.0.0.5/32\"].",
        |c, v| put(&mut c.listen.proxies, networks(v)),
    ),
    setting("listen.connections", "4096", "Open connections at most, all together.", |c, v| {
        put(&mut c.listen.connections, whole(v, 16, 1_000_000))
    }),
    setting(
        "listen.connections_per_network",
        "128",
        "Open connections at most from one network (IPv4 /32, IPv6 /64); proxies are not counted.",
        |c, v| put(&mut c.listen.connections_per_network, whole(v, 4, 1_000_000)),
    ),
    setting(
        "listen.header_seconds",
        "10",
        "How long a request's header may take, the wait for it on an open connection included.",
        |c, v| put(&mut c.listen.header_time, seconds(v, 1, 60)),
    ),
    setting("listen.body_seconds", "10", "How long a request's body may take.", |c, v| {
        put(&mut c.listen.body_time, seconds(v, 1, 60))
    }),
    setting("listen.handshake_seconds", "5", "How long a TLS handshake may take.", |c, v| {
        put(&mut c.listen.handshake_time, seconds(v, 1, 30))
    }),
    setting("listen.stall_seconds", "10", "How long a client may leave an answer unread.", |c, v| {
        put(&mut c.listen.stall_time, seconds(v, 1, 60))
    }),
    setting("listen.request_seconds", "60", "How long one request may take altogether.", |c, v| {
        put(&mut c.listen.request_time, seconds(v, 5, 300))
    }),
    setting(
        "listen.idle_seconds",
        "30",
        "How long a connection without a request stays open (HTTP/2).",
        |c, v| put(&mut c.listen.idle_time, seconds(v, 1, 300)),
    ),
    setting(
        "listen.drain_seconds",
        "20",
        "How long requests may finish after the signal to stop.",
        |c, v| put(&mut c.listen.drain_time, seconds(v, 0, 300)),
    ),
    setting(
        "data.folder",
        "data",
        "Where this node keeps what is its own: the database file, the lock, the admin socket, the mailbox.",
        |c, v| put(&mut c.data.folder, path(v)),
    ),
    setting(
        "data.master_key_file",
        "",
        "The file of the master key; without it, master.key in the data folder. Made on first start.",
        |c, v| put(&mut c.data.master_key_file, path(v).map(Some)),
    ),
    setting(
        "data.former_master_key_files",
        "[]",
        "Files of earlier master keys, the newest first: they open what they sealed, and nothing new is sealed under them.",
        |c, v| {
            put(
                &mut c.data.former_master_key_files,
                list(v).map(|files| files.iter().map(PathBuf::from).collect()),
            )
        },
    ),
    setting("database.url", "", "postgres://… ; without it, a SQLite file in the data folder.", |c, v| {
        put(&mut c.database.url, text(v).map(Some))
    }),
    setting(
        "database.url_file",
        "",
        "A file that holds database.url, readable by its owner alone.",
        |c, v| put(&mut c.database.url_file, path(v).map(Some)),
    ),
    setting("database.connections", "16", "Connections to the database at most.", |c, v| {
        put(&mut c.database.connections, whole(v, 2, 1000))
    }),
    setting("mail.way", "mailbox", "mailbox (a folder and a page, on loopback only) or smtp.", |c, v| {
        put(&mut c.mail.way, one_of(v, &[("mailbox", MailWay::Mailbox), ("smtp", MailWay::Smtp)]))
    }),
    setting("mail.from", "", "The sender of every mail, such as Doorward <door@example.com>.", |c, v| {
        put(&mut c.mail.from, line(v, 3, 320).map(Some))
    }),
    setting("mail.smtp_host", "", "The mail server's name, as in its certificate.", |c, v| {
        put(&mut c.mail.smtp_host, line(v, 1, 253).map(Some))
    }),
    setting(
        "mail.smtp_port",
        "",
        "The mail server's port; 465 for tls, 587 for starttls where none is given.",
        |c, v| put(&mut c.mail.smtp_port, whole(v, 1, 65_535).map(Some)),
    ),
    setting(
        "mail.smtp_tls",
        "tls",
        "tls, starttls (required, never optional), or none on loopback only.",
        |c, v| {
            put(
                &mut c.mail.smtp_tls,
                one_of(v, &[("tls", SmtpTls::Tls), ("starttls", SmtpTls::StartTls), ("none", SmtpTls::None)]),
            )
        },
    ),
    setting("mail.smtp_user", "", "The name to sign in to the mail server with.", |c, v| {
        put(&mut c.mail.smtp_user, line(v, 1, 320).map(Some))
    }),
    setting(
        "mail.smtp_password_file",
        "",
        "A file that holds the mail server's password, readable by its owner alone.",
        |c, v| put(&mut c.mail.smtp_password_file, path(v).map(Some)),
    ),
    setting("sms.way", "mailbox", "none, mailbox (as for mail), or gateway.", |c, v| {
        put(
            &mut c.sms.way,
            one_of(v, &[("none", SmsWay::None), ("mailbox", SmsWay::Mailbox), ("gateway", SmsWay::Gateway)]),
        )
    }),
    setting(
        "sms.gateway_url",
        "",
        "Where SMS are handed over by a signed POST of JSON; https, or http on loopback.",
        |c, v| put(&mut c.sms.gateway_url, text(v).map(Some)),
    ),
    setting(
        "sms.secret_file",
        "",
        "A file that holds the secret that signs the gateway's requests, readable by its owner alone.",
        |c, v| put(&mut c.sms.secret_file, path(v).map(Some)),
    ),
    setting(
        "staff.authenticators",
        "",
        "A PEM file with the makers' certificates of the authenticators that staff may enrol; with staff.models.",
        |c, v| put(&mut c.staff.authenticators, path(v).map(Some)),
    ),
    setting(
        "staff.models",
        "[]",
        "The models (AAGUIDs) that staff may enrol, such as [\"2fc0579f-8113-47ea-b116-bb5a8db9202a\"].",
        |c, v| put(&mut c.staff.models, models(v)),
    ),
    setting(
        "support.listen",
        "",
        "A listener for the support desk alone, as in listen.address; the public one then answers 404 for /support.",
        |c, v| put(&mut c.support.listen, text(v).and_then(|t| t.parse::<ListenAddress>()).map(Some)),
    ),
    setting(
        "support.public_url",
        "",
        "The address that staff type where the desk has a listener of its own, such as https://desk.example.com.",
        |c, v| put(&mut c.support.public_url, text(v).map(Some)),
    ),
    setting(
        "password.blocklist",
        "",
        "A file of passwords to refuse in place of the built-in list, one a line.",
        |c, v| put(&mut c.password_blocklist, path(v).map(Some)),
    ),
    setting(
        "geoip.database",
        "",
        "A file in the MaxMind DB format (GeoIP2 or flat) with better data about addresses than the built-in table; read again when it changes.",
        |c, v| put(&mut c.geoip.database, path(v).map(Some)),
    ),
    setting(
        "geoip.attribution",
        "",
        "What the file's maker demands to be said on pages: a text, and as its last word an https:// address. DB-IP's and GeoLite2's are known.",
        |c, v| put(&mut c.geoip.attribution, line(v, 1, 300).map(Some)),
    ),
    setting(
        "jurisdiction.policy",
        "",
        "The file that says what is open in which country from when; read again when it changes. Without it everything is open.",
        |c, v| put(&mut c.jurisdiction_policy, path(v).map(Some)),
    ),
    setting(
        "market.engine",
        "auto",
        "Whether this node runs the market's engine: on, off, or auto, which is on with SQLite. Of several nodes over one PostgreSQL database exactly one has it.",
        |c, v| {
            let choices =
                [("auto", MarketEngine::Auto), ("on", MarketEngine::On), ("off", MarketEngine::Off)];
            put(&mut c.market_engine, one_of(v, &choices))
        },
    ),
    setting(
        "hash.lanes",
        "0",
        "Password hashes at the same time, 19 MiB each; 0 for one per core.",
        |c, v| put(&mut c.hash_lanes, whole(v, 0, 256)),
    ),
    setting("log.form", "text", "text or json, on standard error.", |c, v| {
        put(&mut c.log.form, one_of(v, &[("text", LogForm::Text), ("json", LogForm::Json)]))
    }),
    setting(
        "log.level",
        "info",
        "error, warn, info, debug or trace; or a list such as info,doorward_app=debug.",
        |c, v| put(&mut c.log.level, line(v, 1, 500)),
    ),
    setting(
        "metrics.address",
        "localhost:9464",
        "Where Prometheus reads /metrics: localhost:PORT, IP:PORT, or off.",
        |c, v| put(&mut c.metrics, text(v).and_then(|t| t.parse::<MetricsAddress>())),
    ),
    setting(
        "audit.checkpoints",
        "",
        "Where signed checkpoints of the audit log go, at least hourly: a folder on another machine, or an https URL that takes a POST.",
        |c, v| put(&mut c.audit_checkpoints, line(v, 1, 1000).map(Some)),
    ),
];

fn put<T>(place: &mut T, value: Result<T, String>) -> Result<(), String> {
    value.map(|value| *place = value)
}

fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::Text(text) if !text.contains('\0') => Ok(text.clone()),
        _ => Err("takes a text in quotes".to_owned()),
    }
}

fn line(value: &Value, least: usize, most: usize) -> Result<String, String> {
    let text = text(value)?;
    let length = text.chars().count();
    if text.chars().any(char::is_control) || !(least..=most).contains(&length) {
        return Err(format!("takes {least} to {most} characters on one line"));
    }
    Ok(text)
}

fn path(value: &Value) -> Result<PathBuf, String> {
    let text = text(value)?;
    if text.is_empty() {
        Err("takes the name of a file or folder".to_owned())
    } else {
        Ok(PathBuf::from(text))
    }
}

fn whole<T: TryFrom<i64>>(value: &Value, least: i64, most: i64) -> Result<T, String> {
    let wrong = || format!("takes a whole number from {least} to {most}");
    match value {
        Value::Whole(number) if (least..=most).contains(number) => T::try_from(*number).map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

fn seconds(value: &Value, least: i64, most: i64) -> Result<Duration, String> {
    whole::<u64>(value, least, most).map(Duration::from_secs)
}

fn one_of<T: Copy>(value: &Value, choices: &[(&str, T)]) -> Result<T, String> {
    let given = text(value)?;
    choices.iter().find(|(name, _)| *name == given).map(|(_, choice)| *choice).ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        format!("takes one of {}", names.join(", "))
    })
}

fn country(value: &Value) -> Result<String, String> {
    let text = text(value)?;
    if text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase()) {
        Ok(text)
    } else {
        Err("takes a country's two capital letters, such as DE".to_owned())
    }
}

fn contact(value: &Value) -> Result<String, String> {
    let text = line(value, 9, 300)?;
    if text.starts_with("mailto:") || text.starts_with("https://") {
        Ok(text)
    } else {
        Err("takes a mailto: or https: address".to_owned())
    }
}

fn list(value: &Value) -> Result<&[String], String> {
    match value {
        Value::List(items) => Ok(items),
        _ => Err("takes a list of texts, such as [\"one\", \"two\"]".to_owned()),
    }
}

fn models(value: &Value) -> Result<Vec<uuid::Uuid>, String> {
    let read = |item: &String| {
        uuid::Uuid::try_parse(item)
            .map_err(|_| format!("\"{item}\" is no AAGUID: 32 hexadecimal digits in five groups"))
    };
    list(value)?.iter().map(read).collect()
}

fn networks(value: &Value) -> Result<Vec<ipnet::IpNet>, String> {
    list(value)?
        .iter()
        .map(|item| {
            item.parse::<ipnet::IpNet>()
                .or_else(|_| item.parse::<std::net::IpAddr>().map(ipnet::IpNet::from))
                .map_err(|_| format!("\"{item}\" is no address or network, such as 10.0.0.5 or 10.0.0.0/24"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::text::read_argument;

    #[test]
    fn each_default_is_what_the_configuration_begins_with() {
        for setting in SETTINGS.iter().filter(|setting| !setting.default.is_empty()) {
            let entry = read_argument(&format!("{}={}", setting.key, setting.default)).expect("reads");
            let mut configuration = Configuration::default();
            (setting.apply)(&mut configuration, &entry.value)
                .unwrap_or_else(|why| panic!("{}: {why}", setting.key));
            assert_eq!(configuration, Configuration::default(), "{}", setting.key);
        }
    }

    #[test]
    fn no_key_stands_twice() {
        let mut keys: Vec<_> = SETTINGS.iter().map(|setting| setting.key).collect();
        keys.sort_unstable();
        assert!(keys.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
