//! How a rendered message leaves the house: SMTP, an HTTP SMS gateway, or the local mailbox folder.
//!
//! A sender takes one finished message and says whether it went out. It knows neither accounts nor the outbox,
//! and the reason it gives for a failure never repeats what the other side answered: servers like to echo the
//! recipient, and the reason is stored where operators read it.

pub mod folder;
pub mod sms;
pub mod smtp;

use std::net::IpAddr;

use doorward_domain::time::Timestamp;

pub use folder::MailboxFolder;
pub use sms::{SmsGateway, SmsGatewayConfig};
pub use smtp::{SmtpConfig, SmtpSecurity, SmtpSender};

/// A mail ready to be sent: one recipient, a text and an HTML body.
pub struct Letter {
    /// Stable across retries, so that a mail delivered twice after a crash carries one Message-ID.
    pub id: String,
    /// When the message was put into the outbox.
    pub written_at: Timestamp,
    /// The recipient's address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The plain-text body.
    pub text: String,
    /// The HTML body.
    pub html: String,
}

/// An SMS ready to be sent.
pub struct ShortMessage {
    /// Stable across retries: the gateway's idempotency key.
    pub id: String,
    /// When the message was put into the outbox.
    pub written_at: Timestamp,
    /// E.164, with its plus sign.
    pub to: String,
    /// The whole text.
    pub text: String,
}

/// Why a message did not leave, without anything the other side said about the recipient.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryFault {
    /// Worth another try: the other side is away, busy, or answered with a temporary code.
    #[error("{0}")]
    Later(String),
    /// No try will help: the other side refused this message for good.
    #[error("{0}")]
    Never(String),
}

/// A sender that cannot be built from its configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SenderRefused(pub String);

/// Where mails go.
pub enum MailSender {
    /// To the operator's mail server.
    Smtp(SmtpSender),
    /// Into the folder that `/mailbox` shows.
    Folder(MailboxFolder),
}

impl MailSender {
    /// Hands one mail over.
    ///
    /// # Errors
    /// The mail did not leave, now or ever.
    pub async fn send(&self, letter: &Letter) -> Result<(), DeliveryFault> {
        match self {
            Self::Smtp(smtp) => smtp.send(letter).await,
            Self::Folder(folder) => folder.keep_letter(letter).await,
        }
    }
}

/// Where SMS go.
pub enum SmsSender {
    /// To the operator's gateway.
    Gateway(SmsGateway),
    /// Into the folder that `/mailbox` shows.
    Folder(MailboxFolder),
    /// Nowhere: this installation sends no SMS.
    Off,
}

impl SmsSender {
    /// Hands one SMS over; `now` is what the request to a gateway is signed with.
    ///
    /// # Errors
    /// The SMS did not leave, now or ever.
    pub async fn send(&self, message: &ShortMessage, now: Timestamp) -> Result<(), DeliveryFault> {
        match self {
            Self::Gateway(gateway) => gateway.send(message, now).await,
            Self::Folder(folder) => folder.keep_sms(message).await,
            Self::Off => Err(DeliveryFault::Never("no SMS gateway is configured".to_owned())),
        }
    }
}

/// Whether `host` can only mean this machine. A name other than `localhost` could be pointed elsewhere.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_this_machine_is_loopback() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.1", "::1", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example.org", "127.0.0.1.nip.io", "10.0.0.1", "", "0.0.0.0", "::"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
