//! Asks the running server.

use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use super::{Answer, Ask, LINE_BYTES_MAX, socket_path};
use crate::outcome::{Exit, Stopped};

/// How long an answer may take: ending all sessions of a large house is the longest.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long copying or adding up a whole house may take.
const LONG_PATIENCE: Duration = Duration::from_secs(6 * 60 * 60);

/// Sends one question through the folder's socket and waits for its answer.
pub(crate) async fn ask(folder: &Path, ask: &Ask) -> Result<Answer, Stopped> {
    let path = socket_path(folder);
    let asking = async {
        let mut stream = UnixStream::connect(&path).await?;
        let mut line = serde_json::to_vec(ask)?;
        line.push(b'\n');
        stream.write_all(&line).await?;
        let mut answer = String::new();
        BufReader::new(stream).take(LINE_BYTES_MAX).read_line(&mut answer).await?;
        Ok::<_, std::io::Error>(serde_json::from_str(&answer)?)
    };
    let fault = |why: String| {
        Stopped::new(Exit::Fault, format!("asking the running server through {}: {why}", path.display()))
    };
    let patience = if ask.takes_long() { LONG_PATIENCE } else { PATIENCE };
    match tokio::time::timeout(patience, asking).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(fault(error.to_string())),
        Err(_) => Err(fault("no answer in time".to_owned())),
    }
}
