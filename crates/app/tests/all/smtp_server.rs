//! A small real mail server on loopback: plain, STARTTLS or TLS from the first byte.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// What the server does with the next mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Take,
    /// 451, naming the recipient as real servers do.
    Later,
    /// 550, naming the recipient as real servers do.
    Never,
    HangUp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    None,
    StartTls,
    Tls,
}

pub(crate) struct SmtpServer {
    pub(crate) port: u16,
    /// PEM of the certificate, for the sender to trust.
    pub(crate) certificate: Vec<u8>,
    letters: Arc<Mutex<Vec<String>>>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl SmtpServer {
    pub(crate) async fn start(protection: Protection) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("protocol versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a key that fits");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let letters = Arc::new(Mutex::new(Vec::new()));
        let answers = Arc::new(Mutex::new(VecDeque::new()));
        let talk = Talk { letters: Arc::clone(&letters), answers: Arc::clone(&answers) };
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (talk, acceptor) = (talk.clone(), acceptor.clone());
                tokio::spawn(async move { talk.serve(stream, acceptor, protection).await });
            }
        });
        Self { port, certificate: made.cert.pem().into_bytes(), letters, answers, task }
    }

    /// The answers to the next mails; afterwards everything is taken.
    pub(crate) fn will(&self, answers: &[Answer]) {
        self.answers.lock().expect("no panic").extend(answers);
    }

    pub(crate) fn letters(&self) -> Vec<String> {
        self.letters.lock().expect("no panic").clone()
    }
}

#[derive(Clone)]
struct Talk {
    letters: Arc<Mutex<Vec<String>>>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
}

impl Talk {
    async fn serve(&self, mut stream: TcpStream, acceptor: TlsAcceptor, protection: Protection) {
        match protection {
            Protection::Tls => {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                self.session(stream, true, false).await;
            }
            Protection::None => {
                self.session(stream, true, false).await;
            }
            Protection::StartTls => {
                if self.session(&mut stream, true, true).await {
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    self.session(stream, false, false).await;
                }
            }
        }
    }

    /// Answers `true` when the client asked for STARTTLS.
    async fn session<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        greet: bool,
        offers_tls: bool,
    ) -> bool {
        let mut stream = BufReader::new(stream);
        if greet && stream.write_all(b"220 localhost ESMTP\r\n").await.is_err() {
            return false;
        }
        let mut recipient = String::new();
        loop {
            let mut line = String::new();
            if !matches!(stream.read_line(&mut line).await, Ok(read) if read > 0) {
                return false;
            }
            let command = line.trim_end().to_owned();
            let reply = match command.split([' ', ':']).next().unwrap_or_default().to_uppercase().as_str() {
                "EHLO" if offers_tls => "250-localhost\r\n250 STARTTLS\r\n".to_owned(),
                "EHLO" => "250-localhost\r\n250 8BITMIME\r\n".to_owned(),
                "STARTTLS" => {
                    let _ = stream.write_all(b"220 go ahead\r\n").await;
                    return true;
                }
                "RCPT" => {
                    recipient.clone_from(&command);
                    "250 ok\r\n".to_owned()
                }
                "DATA" => {
                    if stream.write_all(b"354 end with a dot\r\n").await.is_err() {
                        return false;
                    }
                    let letter = read_letter(&mut stream).await;
                    match self.answers.lock().expect("no panic").pop_front().unwrap_or(Answer::Take) {
                        Answer::Take => {
                            self.letters.lock().expect("no panic").push(letter);
                            "250 taken\r\n".to_owned()
                        }
                        Answer::Later => format!("451 {recipient} is busy\r\n"),
                        Answer::Never => format!("550 {recipient} is unknown here\r\n"),
                        Answer::HangUp => return false,
                    }
                }
                "QUIT" => "221 bye\r\n".to_owned(),
                _ => "250 ok\r\n".to_owned(),
            };
            if stream.write_all(reply.as_bytes()).await.is_err() || command == "QUIT" {
                return false;
            }
        }
    }
}

async fn read_letter<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>) -> String {
    let mut letter = String::new();
    loop {
        let mut line = String::new();
        if !matches!(stream.read_line(&mut line).await, Ok(read) if read > 0) || line == ".\r\n" {
            return letter;
        }
        letter.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
