//! `/mailbox`: the mails and short messages of a machine that sends none. The door lets only this machine in.

use std::path::Path;

use doorward_wording::Words;

use crate::answer::Answer;
use crate::call::Call;
use crate::eml;
use crate::refusal::{Trouble, fault};
use crate::view::Moment;
use crate::view::mailbox::{MailLine, MailPage, MailboxPage};

/// The most messages listed; older ones stay in the folder.
const LISTED_MAX: usize = 200;
/// The largest file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// `GET /mailbox`
pub(crate) async fn list(call: &mut Call) -> Result<Answer, Trouble> {
    let folder = call.house.config.mailbox.clone().ok_or(Trouble::NotFound)?;
    let words = call.words();
    let mut messages = Vec::new();
    for name in names(&folder).await?.into_iter().take(LISTED_MAX) {
        if let Some(message) = open(&folder, &name).await {
            messages.push(MailLine {
                href: format!("/mailbox/{}", name.trim_end_matches(".eml")),
                to: message.to,
                subject: beginning_of(&message.subject, &message.body),
                when: written_at(&name, &words),
            });
        }
    }
    let folder = folder.display().to_string();
    call.show(&MailboxPage { frame: call.frame(), messages, folder })
}

/// `GET /mailbox/{message}`
pub(crate) async fn show(call: &mut Call) -> Result<Answer, Trouble> {
    let folder = call.house.config.mailbox.clone().ok_or(Trouble::NotFound)?;
    // Only a name that the folder really lists is opened, so none can point elsewhere.
    let wanted = format!("{}.eml", call.rest());
    let name = names(&folder).await?.into_iter().find(|name| *name == wanted).ok_or(Trouble::NotFound)?;
    let message = open(&folder, &name).await.ok_or(Trouble::NotFound)?;
    let when = written_at(&name, &call.words());
    let page =
        MailPage { frame: call.frame(), to: message.to, subject: message.subject, when, body: message.body };
    call.show(&page)
}

/// The messages' file names, newest first: a name begins with the time in microseconds.
async fn names(folder: &Path) -> Result<Vec<String>, Trouble> {
    let unreadable = |error: std::io::Error| fault("reading the mailbox folder", error);
    let mut entries = tokio::fs::read_dir(folder).await.map_err(unreadable)?;
    let mut names = Vec::new();
    while let Some(entry) = entries.next_entry().await.map_err(unreadable)? {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if name.ends_with(".eml") && !name.starts_with('.') {
            names.push(name.to_owned());
        }
    }
    names.sort_unstable_by(|one, other| other.cmp(one));
    Ok(names)
}

async fn open(folder: &Path, name: &str) -> Option<eml::Message> {
    let path = folder.join(name);
    let kind = tokio::fs::symlink_metadata(&path).await.ok()?;
    if !kind.is_file() || kind.len() > FILE_BYTES_MAX {
        return None;
    }
    tokio::fs::read(&path).await.ok().map(|bytes| eml::read(&bytes))
}

fn written_at(name: &str, words: &Words) -> Moment {
    let micros = name.split('-').next().and_then(|digits| digits.parse().ok()).unwrap_or(0);
    Moment::of_micros(micros, words)
}

/// A short message has no subject of its own; its first words say what it is.
fn beginning_of(subject: &str, body: &str) -> String {
    if subject != "SMS" {
        return subject.to_owned();
    }
    body.chars().take(60).collect()
}
