//! How a command ends: an exit code that scripts can rely on, and lines that a person can act on.

use std::fmt;
use std::process::ExitCode;

/// Why a command stopped. The numbers are part of the interface and never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 1: something failed that should not have; the line says what was being done.
    Fault = 1,
    /// 3: the configuration is wrong; each line names a setting. (2 is clap's, for wrong arguments.)
    Configuration = 3,
    /// 4: the data folder or a key file cannot be used as it is.
    Folder = 4,
    /// 5: the database cannot be used: unreachable, of a newer version, or sealed under another key.
    Database = 5,
    /// 6: another process holds the data folder, or the market of this database.
    InUse = 6,
    /// 7: the command was understood and refused, such as an account that does not exist.
    Refused = 7,
    /// 8: the audit log does not verify; each line says what does not fit.
    Unverified = 8,
    /// 9: the market's engine stopped because going on would have been wrong; nothing unanswered was acknowledged.
    Market = 9,
    /// 10: the market's books do not agree; each line says what does not.
    Differs = 10,
    /// 11: the market's history could not be compared; everything else that was looked at agrees.
    NotCompared = 11,
}

/// A command that ended early: its exit code and what to print, one line each.
#[derive(Debug)]
pub(crate) struct Stopped {
    pub(crate) exit: Exit,
    pub(crate) lines: Vec<String>,
}

impl Stopped {
    pub(crate) fn new(exit: Exit, line: impl Into<String>) -> Self {
        Self { exit, lines: vec![line.into()] }
    }

    /// An accident while `doing` something, with its whole chain of causes in one line.
    pub(crate) fn fault(doing: &str, cause: &dyn std::error::Error) -> Self {
        Self::new(Exit::Fault, format!("{doing}: {}", chain(cause)))
    }

    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(self.exit as u8)
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines.join("\n"))
    }
}

/// The error and everything under it, joined by colons. Layers that repeat their source's text appear once.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !text.ends_with(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        next = cause.source();
    }
    text
}
