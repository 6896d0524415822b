//! The local mailbox: a folder of `.eml` files for a machine without a mail server.

use std::path::{Path, PathBuf};

use super::smtp::{self, mailbox};
use super::{DeliveryFault, Letter, SenderRefused, ShortMessage};

/// A folder into which every message is written as one file.
#[derive(Debug, Clone)]
pub struct MailboxFolder {
    folder: PathBuf,
    from: lettre::message::Mailbox,
}

impl MailboxFolder {
    /// Opens the folder, making it (for its owner alone) where it does not exist.
    ///
    /// # Errors
    /// The folder cannot be made or `from` is no mail address.
    pub fn open(folder: &Path, from: &str) -> Result<Self, SenderRefused> {
        make_private_folder(folder).map_err(|error| {
            SenderRefused(format!("the mailbox folder {} cannot be made: {error}", folder.display()))
        })?;
        Ok(Self { folder: folder.to_owned(), from: mailbox(from)? })
    }

    /// Where the files lie.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.folder
    }

    pub(super) async fn keep_letter(&self, letter: &Letter) -> Result<(), DeliveryFault> {
        let message = smtp::message(letter, &self.from)?;
        self.keep(&letter.id, letter.written_at.as_micros(), message.formatted()).await
    }

    pub(super) async fn keep_sms(&self, message: &ShortMessage) -> Result<(), DeliveryFault> {
        // Not an Internet message, but shaped like one, so that the mailbox page and a mail reader open both.
        let text = format!(
            "Message-ID: <{}@sms.localhost>\r\nTo: {}\r\nSubject: SMS\r\nX-Doorward-Channel: sms\r\n\
             MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{}\r\n",
            message.id, message.to, message.text
        );
        self.keep(&message.id, message.written_at.as_micros(), text.into_bytes()).await
    }

    async fn keep(&self, id: &str, written_at_us: i64, content: Vec<u8>) -> Result<(), DeliveryFault> {
        // The name begins with the time, so that a listing is in order; a retry writes the same name again.
        let name = format!("{written_at_us:020}-{id}.eml");
        let temporary = self.folder.join(format!(".{name}.part"));
        let target = self.folder.join(&name);
        let written = async {
            tokio::fs::write(&temporary, content).await?;
            // A reader of the folder sees a whole message or none.
            tokio::fs::rename(&temporary, &target).await
        };
        written.await.map_err(|error: std::io::Error| {
            DeliveryFault::Later(format!("the mailbox folder: {}", error.kind()))
        })
    }
}

#[cfg(unix)]
fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)
}
