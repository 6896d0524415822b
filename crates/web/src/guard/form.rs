//! Fields of a form or of an address: read once, strictly, and only those that the route's line in the table names.

use std::time::Duration;

use axum::body::Body;
use http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use secrecy::SecretString;
use zeroize::{Zeroize as _, Zeroizing};

use super::bad_input::BadInput;

/// The longest body of a form, in bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// The longest time a whole body may take, however slowly it drips.
pub const BODY_TIME_MAX: Duration = Duration::from_secs(10);
/// The longest path with its parameters, in bytes.
pub const ADDRESS_BYTES_MAX: usize = 2048;

/// The names a form has. A name that ends in `?` may be absent (an unticked box, a button not pressed).
pub type FieldNames = &'static [&'static str];

/// The fields of one request. Texts are wiped when they go out of scope, since one of them may be a password.
#[derive(Default)]
pub struct Fields(Vec<(&'static str, Zeroizing<String>)>);

impl Fields {
    /// Fields that were read elsewhere, under names of the table.
    pub(crate) fn of(texts: Vec<(&'static str, Zeroizing<String>)>) -> Fields {
        Fields(texts)
    }

    /// The text of a field, empty when it was not sent.
    pub fn get(&self, name: &str) -> &str {
        self.find(name).unwrap_or("")
    }

    /// The text of a field, or nothing when it was not sent or is empty.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, text)| text.as_str())
            .filter(|text| !text.is_empty())
    }

    /// Whether the field was sent at all (a ticked box, a pressed button).
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| *known == name)
    }

    /// Takes a secret out, so that it cannot be echoed by accident. Empty when it was not sent.
    pub fn take_secret(&mut self, name: &str) -> SecretString {
        let found = self.0.iter_mut().find(|(known, _)| *known == name);
        SecretString::from(found.map(|(_, text)| std::mem::take(&mut **text)).unwrap_or_default())
    }

    /// Reads an address's parameters. Unknown ones are left alone: mail programs and counters add their own.
    ///
    /// # Errors
    /// [`BadInput::Address`] for anything that is not a clean list of UTF-8 texts.
    pub fn from_query(query: Option<&str>, known: FieldNames) -> Result<Fields, BadInput> {
        let Some(query) = query.filter(|query| !query.is_empty()) else { return Ok(Fields::default()) };
        read(query.as_bytes(), known, true).map_err(|_| BadInput::Address)
    }

    /// Reads the body of a form.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub async fn from_body(headers: &HeaderMap, body: Body, known: FieldNames) -> Result<Fields, BadInput> {
        if !is_form(headers) {
            return Err(BadInput::ContentType);
        }
        let declared =
            headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        if declared.is_some_and(|length: usize| length > BODY_BYTES_MAX) {
            return Err(BadInput::TooLarge);
        }
        let bytes = collect_within(BODY_TIME_MAX, body).await?;
        read(&bytes, known, false)
    }
}

/// A form as browsers send it: that media type, and UTF-8 where a charset is named.
fn is_form(headers: &HeaderMap) -> bool {
    let mut given = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(only), None) = (given.next(), given.next()) else { return false };
    let Ok(text) = only.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
        && parts.all(|part| part.is_empty() || part.to_ascii_lowercase().replace('"', "") == "charset=utf-8")
}

/// The whole body, or a refusal when it takes longer than this, however steadily it drips.
async fn collect_within(time: Duration, body: Body) -> Result<Zeroizing<Vec<u8>>, BadInput> {
    tokio::time::timeout(time, collect(body)).await.unwrap_or(Err(BadInput::TooSlow))
}

async fn collect(mut body: Body) -> Result<Zeroizing<Vec<u8>>, BadInput> {
    let mut bytes = Zeroizing::new(Vec::new());
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| BadInput::TooSlow)?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > BODY_BYTES_MAX {
            return Err(BadInput::TooLarge);
        }
        // Grown by hand, so that a vector that moves leaves no copy of a password behind.
        if bytes.capacity() < bytes.len() + data.len() {
            let mut larger = Vec::with_capacity((bytes.len() + data.len()).next_power_of_two());
            larger.extend_from_slice(&bytes);
            bytes.zeroize();
            *bytes = larger;
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

fn read(bytes: &[u8], known: FieldNames, others_are_fine: bool) -> Result<Fields, BadInput> {
    let mut fields = Fields(Vec::with_capacity(known.len()));
    for pair in bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let name = decode(&pair[..at])?;
        let text = decode(pair.get(at + 1..).unwrap_or_default())?;
        let Some(name) = known.iter().map(|known| known.trim_end_matches('?')).find(|known| *known == *name)
        else {
            if others_are_fine {
                continue;
            }
            return Err(BadInput::UnknownField);
        };
        if fields.has(name) {
            return Err(BadInput::TwiceGiven);
        }
        fields.0.push((name, text));
    }
    let missing = |known: &&&str| !known.ends_with('?') && !fields.has(known);
    match known.iter().find(missing) {
        Some(_) => Err(BadInput::MissingField),
        None => Ok(fields),
    }
}

/// One name or text: `+` is a space, `%41` a byte; anything else is itself.
fn decode(raw: &[u8]) -> Result<Zeroizing<String>, BadInput> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = rest.next().and_then(hex).ok_or(BadInput::Malformed)?;
                let low = rest.next().and_then(hex).ok_or(BadInput::Malformed)?;
                high << 4 | low
            }
            other => *other,
        });
    }
    if bytes.contains(&0) {
        return Err(BadInput::NulCharacter);
    }
    String::from_utf8(bytes).map(Zeroizing::new).map_err(|refused| {
        refused.into_bytes().zeroize();
        BadInput::NotUtf8
    })
}

fn hex(digit: &u8) -> Option<u8> {
    char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret as _;

    use super::*;

    const KNOWN: FieldNames = &["identifier", "country?"];

    fn check(body: &str, expected: Result<&str, BadInput>) {
        let fields = read(body.as_bytes(), KNOWN, false);
        assert_eq!(
            fields.as_ref().map(|fields| fields.get("identifier")).map_err(|bad| *bad),
            expected,
            "{body}"
        );
    }

    #[test]
    fn a_form_is_read_strictly() {
        check("identifier=ann%40example.org&country=DE", Ok("ann@example.org"));
        check("identifier=a+b", Ok("a b"));
        check("identifier=", Ok(""));
        check("&identifier=x&", Ok("x"));
        check("identifier", Ok(""));
        check("identifier=%C3%A4", Ok("ä"));
        check("country=DE", Err(BadInput::MissingField));
        check("", Err(BadInput::MissingField));
        check("identifier=x&identifier=y", Err(BadInput::TwiceGiven));
        check("identifier=x&%69dentifier=y", Err(BadInput::TwiceGiven));
        check("identifier=x&admin=1", Err(BadInput::UnknownField));
        check("identifier=%", Err(BadInput::Malformed));
        check("identifier=%4", Err(BadInput::Malformed));
        check("identifier=%+1", Err(BadInput::Malformed));
        check("identifier=%zz", Err(BadInput::Malformed));
        check("identifier=%FF", Err(BadInput::NotUtf8));
        check("identifier=%C0%80", Err(BadInput::NotUtf8));
        check("identifier=a%00b", Err(BadInput::NulCharacter));
        check("identifier=a\0b", Err(BadInput::NulCharacter));
    }

    #[test]
    fn an_address_may_carry_parameters_of_others_but_no_broken_text() {
        let read = |query| {
            Fields::from_query(Some(query), &["return_to?"]).map(|fields| fields.get("return_to").to_owned())
        };
        assert_eq!(read("return_to=%2Fsecurity&utm_source=mail"), Ok("/security".to_owned()));
        assert_eq!(read("return_to=%FF"), Err(BadInput::Address));
        assert_eq!(read("utm=%00"), Err(BadInput::Address));
        assert_eq!(read("return_to=a&return_to=b"), Err(BadInput::Address));
    }

    #[test]
    fn a_secret_can_be_taken_once() {
        let mut fields = read(b"password=correct+horse", &["password"], false).expect("a clean form");
        assert_eq!(fields.take_secret("password").expose_secret(), "correct horse");
        assert_eq!(fields.get("password"), "");
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_cut_off() {
        let never = Body::empty().with_trailers(std::future::pending());
        let cut = collect_within(Duration::from_millis(5), Body::new(never)).await;
        assert_eq!(cut.err(), Some(BadInput::TooSlow));
    }

    #[test]
    fn only_a_form_in_utf8_is_a_form() {
        let is = |value: &'static str| {
            is_form(&HeaderMap::from_iter([(header::CONTENT_TYPE, http::HeaderValue::from_static(value))]))
        };
        assert!(is("application/x-www-form-urlencoded"));
        assert!(is("application/x-www-form-urlencoded; charset=UTF-8"));
        assert!(is("Application/X-WWW-Form-Urlencoded;charset=\"utf-8\""));
        assert!(!is("application/x-www-form-urlencoded; charset=latin1"));
        assert!(!is("application/json"));
        assert!(!is("text/plain"));
        assert!(!is("multipart/form-data; boundary=x"));
        assert!(!is_form(&HeaderMap::new()));
    }

    proptest! {
        #[test]
        fn whatever_a_form_says_comes_back(text in "[^\0]{0,40}") {
            let encoded: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
            let fields = read(format!("identifier={encoded}").as_bytes(), KNOWN, false).expect("a clean form");
            prop_assert_eq!(fields.get("identifier"), text);
        }

        #[test]
        fn no_bytes_make_it_fall_over(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = read(&bytes, KNOWN, false);
        }
    }
}
