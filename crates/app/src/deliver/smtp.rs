//! Mail by SMTP. TLS is required: a server that offers none gets no mail and no credentials.

use std::time::{Duration, SystemTime};

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};

use super::{DeliveryFault, Letter, SenderRefused, is_loopback};

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte (port 465).
    Tls,
    /// STARTTLS, required (port 587).
    StartTls,
    /// No protection; only to this machine, for tests.
    PlainToLoopback,
}

/// What the operator says about the mail server.
pub struct SmtpConfig {
    /// Name or address of the server.
    pub host: String,
    /// The port, where it is not the usual one of the chosen protection.
    pub port: Option<u16>,
    /// TLS, STARTTLS, or none to loopback.
    pub security: SmtpSecurity,
    /// User name and password, where the server asks for them.
    pub credentials: Option<(String, SecretString)>,
    /// The sender of every mail: `Doorward <noreply@example.org>`.
    pub from: String,
    /// PEM of a certificate authority beside those of the system.
    pub certificate_authority: Option<Vec<u8>>,
    /// Longest wait for one answer of the server.
    pub timeout: Duration,
}

/// Sends mails to one server.
pub struct SmtpSender {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpSender {
    /// Prepares the sender; connects to nothing yet.
    ///
    /// # Errors
    /// The configuration is impossible: plain SMTP beyond loopback, a bad certificate, a bad sender address.
    pub fn new(config: &SmtpConfig) -> Result<Self, SenderRefused> {
        let tls = match config.security {
            SmtpSecurity::Tls => Tls::Wrapper(tls_parameters(config)?),
            SmtpSecurity::StartTls => Tls::Required(tls_parameters(config)?),
            SmtpSecurity::PlainToLoopback if is_loopback(&config.host) => Tls::None,
            SmtpSecurity::PlainToLoopback => {
                return Err(SenderRefused("mail without TLS is sent to this machine only".to_owned()));
            }
        };
        let usual_port = match config.security {
            SmtpSecurity::Tls => 465,
            SmtpSecurity::StartTls => 587,
            SmtpSecurity::PlainToLoopback => 25,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(config.host.as_str())
            .port(config.port.unwrap_or(usual_port))
            .tls(tls)
            .timeout(Some(config.timeout));
        if let Some((user, password)) = &config.credentials {
            builder =
                builder.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
        }
        Ok(Self { transport: builder.build(), from: mailbox(&config.from)? })
    }

    pub(super) async fn send(&self, letter: &Letter) -> Result<(), DeliveryFault> {
        let message = message(letter, &self.from)?;
        self.transport.send(message).await.map(|_| ()).map_err(|error| fault_of(&error))
    }
}

fn tls_parameters(config: &SmtpConfig) -> Result<TlsParameters, SenderRefused> {
    let mut builder = TlsParameters::builder(config.host.clone());
    if let Some(pem) = &config.certificate_authority {
        let certificate = Certificate::from_pem(pem)
            .map_err(|_| SenderRefused("the mail server's certificate authority is no PEM".to_owned()))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build_rustls().map_err(|error| SenderRefused(format!("TLS to the mail server: {error}")))
}

/// A sender address from the configuration.
pub(super) fn mailbox(text: &str) -> Result<Mailbox, SenderRefused> {
    text.parse().map_err(|_| SenderRefused("the sender's mail address cannot be read".to_owned()))
}

/// The Internet message of a letter: text and HTML as alternatives.
pub(super) fn message(letter: &Letter, from: &Mailbox) -> Result<Message, DeliveryFault> {
    let to = letter
        .to
        .parse::<lettre::Address>()
        .map_err(|_| DeliveryFault::Never("the address cannot be written in a mail".to_owned()))?;
    let micros = u64::try_from(letter.written_at.as_micros()).unwrap_or(0);
    // Answering machines leave automatic mail alone (RFC 3834).
    let automatic =
        HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
    Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .date(SystemTime::UNIX_EPOCH + Duration::from_micros(micros))
        .message_id(Some(format!("<{}@{}>", letter.id, from.email.domain())))
        .raw_header(automatic)
        .subject(letter.subject.clone())
        .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
        .map_err(|_| DeliveryFault::Never("the mail cannot be put together".to_owned()))
}

/// Keeps the status code and leaves the server's words out, because they often repeat the address.
fn fault_of(error: &lettre::transport::smtp::Error) -> DeliveryFault {
    if let Some(code) = error.status() {
        let reason = format!("the mail server answered {code}");
        return if error.is_permanent() {
            DeliveryFault::Never(reason)
        } else {
            DeliveryFault::Later(reason)
        };
    }
    let what = if error.is_tls() {
        "TLS to the mail server failed"
    } else if error.is_timeout() {
        "the mail server did not answer in time"
    } else if error.is_client() {
        "the mail server does not offer what is needed"
    } else if error.is_response() {
        "the mail server's answer cannot be read"
    } else {
        "the mail server cannot be reached"
    };
    DeliveryFault::Later(what.to_owned())
}
