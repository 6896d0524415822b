//! SMS by an HTTP gateway: one JSON POST a message, signed so that the gateway can refuse forged ones.
//!
//! ```text
//! POST <url>
//! Content-Type: application/json
//! Idempotency-Key: <message id>
//! Doorward-Timestamp: <seconds since 1970>
//! Doorward-Signature: v1=<hex HMAC-SHA256(secret, timestamp "." body)>
//!
//! {"id":"…","to":"+49…","text":"…"}
//! ```
//! Any 2xx means taken. 4xx means never, except 408, 425 and 429; everything else is tried again.

use std::time::Duration;

use aws_lc_rs::hmac;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use secrecy::{ExposeSecret, SecretString};

use doorward_domain::time::Timestamp;

use super::{DeliveryFault, SenderRefused, ShortMessage, is_loopback};

/// Nothing a gateway answers beyond this is read.
const LONGEST_ANSWER_BYTES: usize = 64 * 1024;

/// A shorter secret would make the signature guessable.
const SHORTEST_SECRET_BYTES: usize = 16;

/// What the operator says about the gateway.
pub struct SmsGatewayConfig {
    /// `https://…`; plain `http://` only to this machine.
    pub url: String,
    /// The key of the signature, shared with the gateway; at least 16 bytes.
    pub secret: SecretString,
    /// Longest time for one message.
    pub timeout: Duration,
}

/// Sends SMS through one gateway.
pub struct SmsGateway {
    client: Box<Client<HttpsConnector<HttpConnector>, Full<Bytes>>>,
    url: Uri,
    key: Box<hmac::Key>,
    timeout: Duration,
}

impl SmsGateway {
    /// Prepares the sender; connects to nothing yet.
    ///
    /// # Errors
    /// The URL is no HTTPS URL (or HTTP to loopback), the secret is short, or the system has no certificates.
    pub fn new(config: &SmsGatewayConfig) -> Result<Self, SenderRefused> {
        let url: Uri = config
            .url
            .parse()
            .map_err(|_| SenderRefused("the SMS gateway's URL cannot be read".to_owned()))?;
        let host = url.host().unwrap_or_default();
        match url.scheme_str() {
            Some("https") => {}
            Some("http") if is_loopback(host) => {}
            _ => return Err(SenderRefused("the SMS gateway's URL must be https".to_owned())),
        }
        let secret = config.secret.expose_secret().as_bytes();
        if secret.len() < SHORTEST_SECRET_BYTES {
            return Err(SenderRefused(format!(
                "the SMS gateway's secret needs at least {SHORTEST_SECRET_BYTES} bytes"
            )));
        }
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::aws_lc_rs::default_provider())
            .map_err(|error| SenderRefused(format!("the system's certificates: {error}")))?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self {
            client: Box::new(Client::builder(TokioExecutor::new()).build(connector)),
            url,
            key: Box::new(hmac::Key::new(hmac::HMAC_SHA256, secret)),
            timeout: config.timeout,
        })
    }

    pub(super) async fn send(&self, message: &ShortMessage, now: Timestamp) -> Result<(), DeliveryFault> {
        let body =
            serde_json::json!({ "id": message.id, "to": message.to, "text": message.text }).to_string();
        let request = self.signed(&message.id, now, body)?;
        let exchange = async {
            let answer = self.client.request(request).await.map_err(|_| away())?;
            let status = answer.status();
            // The answer is read to its end so that the connection can be used again; what it says is not kept.
            let _ = Limited::new(answer.into_body(), LONGEST_ANSWER_BYTES).collect().await;
            judge(status)
        };
        match tokio::time::timeout(self.timeout, exchange).await {
            Ok(outcome) => outcome,
            Err(_) => Err(DeliveryFault::Later("the SMS gateway did not answer in time".to_owned())),
        }
    }

    fn signed(&self, id: &str, at: Timestamp, body: String) -> Result<Request<Full<Bytes>>, DeliveryFault> {
        let seconds = at.as_micros().div_euclid(1_000_000).to_string();
        let signature = signature(&self.key, &seconds, body.as_bytes());
        Request::post(self.url.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", id)
            .header("doorward-timestamp", seconds)
            .header("doorward-signature", format!("v1={signature}"))
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| DeliveryFault::Never("the SMS request cannot be put together".to_owned()))
    }
}

/// Hex HMAC-SHA256 over `timestamp "." body`.
fn signature(key: &hmac::Key, seconds: &str, body: &[u8]) -> String {
    let mut context = hmac::Context::with_key(key);
    context.update(seconds.as_bytes());
    context.update(b".");
    context.update(body);
    HEXLOWER.encode(context.sign().as_ref())
}

fn away() -> DeliveryFault {
    DeliveryFault::Later("the SMS gateway cannot be reached".to_owned())
}

fn judge(status: StatusCode) -> Result<(), DeliveryFault> {
    if status.is_success() {
        return Ok(());
    }
    let reason = format!("the SMS gateway answered {}", status.as_u16());
    let passing =
        [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS].contains(&status);
    if status.is_client_error() && !passing {
        Err(DeliveryFault::Never(reason))
    } else {
        Err(DeliveryFault::Later(reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_covers_time_and_body() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"a secret of the gateway");
        let one = signature(&key, "1700000000", b"{}");
        assert_eq!(one.len(), 64);
        assert_ne!(one, signature(&key, "1700000001", b"{}"));
        assert_ne!(one, signature(&key, "1700000000", b"{ }"));
    }

    #[test]
    fn a_refusal_is_final_and_an_accident_is_not() {
        let never = |code: u16| {
            matches!(judge(StatusCode::from_u16(code).expect("a status")), Err(DeliveryFault::Never(_)))
        };
        assert!(never(400) && never(401) && never(404) && never(422));
        assert!(!never(408) && !never(425) && !never(429) && !never(500) && !never(503) && !never(302));
        assert!(judge(StatusCode::ACCEPTED).is_ok());
    }
}
