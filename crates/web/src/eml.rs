//! Reads the messages that the local mailbox keeps: enough of RFC 5322 and MIME for what this house itself writes.

use data_encoding::BASE64;

/// One message of the local mailbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) to: String,
    pub(crate) subject: String,
    /// The plain text.
    pub(crate) body: String,
}

/// Reads a message; what is missing stays empty.
pub(crate) fn read(bytes: &[u8]) -> Message {
    let (head, body) = split(bytes);
    Message {
        to: decode_words(&header(&head, "to")),
        subject: decode_words(&header(&head, "subject")),
        body: text_of(&head, body, 0).unwrap_or_default(),
    }
}

/// Header lines, folded ones joined, and the rest.
fn split(bytes: &[u8]) -> (Vec<(String, String)>, &[u8]) {
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut rest = bytes;
    loop {
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        rest = after;
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            return (lines, rest);
        }
        if text.starts_with([' ', '\t']) {
            if let Some((_, value)) = lines.last_mut() {
                value.push(' ');
                value.push_str(text.trim_start());
            }
        } else if let Some((name, value)) = text.split_once(':') {
            lines.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if rest.is_empty() {
            return (lines, rest);
        }
    }
}

fn header(head: &[(String, String)], name: &str) -> String {
    head.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|part| {
        let (key, text) = part.trim().split_once('=')?;
        key.eq_ignore_ascii_case(name).then(|| text.trim_matches('"').to_owned())
    })
}

/// The first plain text, found through nested parts.
fn text_of(head: &[(String, String)], body: &[u8], depth: u8) -> Option<String> {
    let kind = header(head, "content-type");
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence.starts_with("multipart/") && depth < 4 {
        let mark = format!("--{}", parameter(&kind, "boundary")?);
        let text = String::from_utf8_lossy(body);
        return text.split(mark.as_str()).skip(1).find_map(|part| {
            let part = part.trim_start_matches(['\r', '\n']);
            let (head, body) = split(part.as_bytes());
            text_of(&head, body, depth + 1)
        });
    }
    if !(essence.is_empty() || essence == "text/plain") {
        return None;
    }
    let decoded = match header(head, "content-transfer-encoding").to_ascii_lowercase().as_str() {
        "quoted-printable" => quoted_printable(body, false),
        "base64" => base64(body),
        _ => body.to_vec(),
    };
    Some(String::from_utf8_lossy(&decoded).replace("\r\n", "\n").trim_end().to_owned())
}

fn base64(text: &[u8]) -> Vec<u8> {
    let bare: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64.decode(&bare).unwrap_or_default()
}

/// Undoes quoted-printable; `in_header` also reads `_` as a space (RFC 2047).
fn quoted_printable(text: &[u8], in_header: bool) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let rest = &text[at + 1..];
        let pair = rest.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        let value = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (byte, value) {
            (b'=', Some(value)) => {
                bytes.push(value);
                at += 3;
            }
            (b'=', None) if rest.starts_with(b"\r\n") => at += 3,
            (b'=', None) if rest.starts_with(b"\n") => at += 2,
            (b'_', _) if in_header => {
                bytes.push(b' ');
                at += 1;
            }
            _ => {
                bytes.push(*byte);
                at += 1;
            }
        }
    }
    bytes
}

/// `=?utf-8?b?…?=` and `=?utf-8?q?…?=`; the space between two of them is no text.
fn decode_words(value: &str) -> String {
    let mut text = String::new();
    let mut rest = value;
    let mut after_word = false;
    while let Some(at) = rest.find("=?") {
        let (before, from) = rest.split_at(at);
        let pieces: Vec<&str> = from[2..].splitn(4, '?').collect();
        let [_, how, coded, tail] = pieces[..] else { break };
        let Some(tail) = tail.strip_prefix('=') else { break };
        let bytes = match how {
            "b" | "B" => base64(coded.as_bytes()),
            _ => quoted_printable(coded.as_bytes(), true),
        };
        if !(after_word && before.trim().is_empty()) {
            text.push_str(before);
        }
        text.push_str(&String::from_utf8_lossy(&bytes));
        after_word = true;
        rest = tail;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_in_two_parts_shows_its_plain_text() {
        let letter = b"To: ada@example.org\r\nSubject: =?utf-8?b?w4RuZGVy?=\r\n =?utf-8?b?dW5n?=\r\nContent-Type: multipart/alternative;\r\n boundary=\"cut\"\r\n\r\n--cut\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe=\r\n!\r\n\r\n--cut\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n--cut--\r\n";
        let expected =
            Message { to: "ada@example.org".into(), subject: "Änderung".into(), body: "Grüße!".into() };
        assert_eq!(read(letter), expected);
    }

    #[test]
    fn a_short_message_shows_its_text() {
        let sms = "To: +493012345\r\nSubject: SMS\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nCode 123 456 für dich\r\n";
        assert_eq!(read(sms.as_bytes()).body, "Code 123 456 für dich");
    }

    #[test]
    fn words_in_headers_are_read_in_both_spellings() {
        assert_eq!(decode_words("plain"), "plain");
        assert_eq!(decode_words("=?utf-8?q?Gr=C3=BC=C3=9Fe_an?= alle"), "Grüße an alle");
        assert_eq!(decode_words("=?broken"), "=?broken");
    }

    #[test]
    fn no_bytes_make_it_fall_over() {
        for bytes in [
            &b""[..],
            b"\n",
            b":",
            b"=",
            b"To:=?",
            b"Content-Type: multipart/x; boundary=\"\"\n\n--\n--",
            b"\xff\xfe",
        ] {
            let _ = read(bytes);
        }
    }
}
