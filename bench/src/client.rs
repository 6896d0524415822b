//! A small HTTP/1.1 client over one kept connection: enough for the product's answers, and cheap enough not to be what is measured.

use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One answer.
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, in their order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of that (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A connection that remembers cookies, as one browser would.
pub struct Browser {
    stream: TcpStream,
    address: String,
    host: String,
    origin: String,
    buffer: Vec<u8>,
    /// What the proxy in front says of the visitor's address; empty for no proxy.
    pub forwarded_for: String,
    /// Cookies by name.
    pub cookies: Vec<(String, String)>,
}

impl Browser {
    /// Opens a connection to `address`; `host` is what the Host header says.
    pub async fn open(address: &str, host: &str) -> io::Result<Browser> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (host, origin) = (host.to_owned(), format!("https://{host}"));
        let buffer = Vec::with_capacity(32 * 1024);
        let address = address.to_owned();
        Ok(Browser {
            stream,
            address,
            host,
            origin,
            buffer,
            forwarded_for: String::new(),
            cookies: Vec::new(),
        })
    }

    /// Opens a new connection in place of one that rested too long; cookies stay.
    pub async fn reconnect(&mut self) -> io::Result<()> {
        self.stream = TcpStream::connect(&self.address).await?;
        self.buffer.clear();
        self.stream.set_nodelay(true)
    }

    /// Fetches a page.
    pub async fn get(&mut self, path: &str) -> io::Result<Answer> {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nUser-Agent: bench\r\nSec-Fetch-Site: same-origin\r\n{}Cookie: {}\r\n\r\n",
            self.host,
            self.forwarded_line(),
            self.cookie_line()
        );
        self.exchange(request.as_bytes()).await
    }

    /// Sends a form, fields in their order.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> io::Result<Answer> {
        let body: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", percent_encoded(value))).collect();
        let body = body.join("&");
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nUser-Agent: bench\r\nOrigin: {}\r\nSec-Fetch-Site: same-origin\r\n{}Cookie: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.host,
            self.origin,
            self.forwarded_line(),
            self.cookie_line(),
            body.len()
        );
        self.exchange(request.as_bytes()).await
    }

    fn forwarded_line(&self) -> String {
        match self.forwarded_for.as_str() {
            "" => String::new(),
            address => format!("X-Forwarded-For: {address}\r\n"),
        }
    }

    fn cookie_line(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// Sets a cookie as an answer would.
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.retain(|(key, _)| key != name);
        if !value.is_empty() {
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }

    async fn exchange(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.stream.write_all(request).await?;
        let head_end = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
            self.fill().await?;
        };
        let head = String::from_utf8_lossy(&self.buffer[..head_end]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
        let status = status.ok_or_else(|| io::Error::other("no status line"))?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        self.buffer.drain(..head_end);
        let length = headers
            .iter()
            .find(|(name, _)| name == "content-length")
            .and_then(|(_, value)| value.parse().ok());
        let body = match length {
            Some(length) => self.take(length).await?,
            None if headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked") => {
                self.take_chunks().await?
            }
            None => Vec::new(),
        };
        for (_, value) in headers.iter().filter(|(name, _)| name == "set-cookie") {
            if let Some((name, rest)) = value.split_once('=') {
                let content = rest.split(';').next().unwrap_or_default();
                let content = if rest.contains("Max-Age=0") { "" } else { content };
                self.set_cookie(name, content);
            }
        }
        Ok(Answer { status, headers, body })
    }

    async fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < length {
            self.fill().await?;
        }
        Ok(self.buffer.drain(..length).collect())
    }

    async fn take_chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let at = loop {
                if let Some(at) = find(&self.buffer, b"\r\n") {
                    break at;
                }
                self.fill().await?;
            };
            let size = String::from_utf8_lossy(&self.buffer[..at]).into_owned();
            let size = usize::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
            self.buffer.drain(..at + 2);
            let chunk = self.take(size + 2).await?;
            if size == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&chunk[..size]);
        }
    }

    async fn fill(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn percent_encoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
