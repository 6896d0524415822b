//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use doorward_domain::staff::Role;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  a fault: something failed that should not have
  2  the arguments were not understood
  3  the configuration is wrong
  4  the data folder or a key file cannot be used as it is
  5  the database cannot be used: unreachable, of a newer version, or sealed under another key
  6  another process holds the data folder
  7  the command was refused, such as an account that does not exist
  8  the audit log does not verify
 10  the market's books do not agree";

/// The secure front door of a digital-asset platform.
#[derive(Debug, Parser)]
#[command(name = "doorward", version, after_help = EXIT_CODES, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) settings: SettingsArguments,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Where settings come from.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct SettingsArguments {
    /// The configuration file; without it, doorward.toml in the working directory if there is one
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// One setting, over the file's: --set listen.address=localhost:9000 (may be given several times)
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Open the door (what happens without a command)
    Serve,
    /// Open the door in a throw-away folder, with one ready customer whose sign-in data are printed
    Demo(DemoArguments),
    /// Bring the database to this version's tables, and stop
    Migrate,
    /// Tell everything that is wrong with the configuration, the folder, the keys and the database
    Check,
    /// Print every setting with its default and its meaning
    Settings,
    /// Look after accounts, through the running server or, when none runs, directly
    #[command(subcommand)]
    Account(AccountCommand),
    /// Sign, prove and verify the audit log
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Look after messages that could not be delivered, through the running server or, when none runs, directly
    #[command(subcommand)]
    Outbox(OutboxCommand),
    /// Look at the policy of jurisdictions, and lift what it has blocked
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Say who works at the support desk, through the running server or, when none runs, directly
    #[command(subcommand)]
    Staff(StaffCommand),
    /// Add up the market's books anew and compare them with the disk and with history, through the running server or, when
    /// none runs, directly; exit code 10 when something does not agree
    Reconcile,
    /// Forget the market's history (orders, fills, ledger entries, candles) and make it anew from the journal; no server may
    /// run
    Rebuild,
    /// Copy everything but the master key into an empty folder, while the server runs or when none does
    Backup(BackupArguments),
    /// Bring a backup back into an empty data folder; no server may run
    Restore {
        /// The backup's folder
        backup: PathBuf,
    },
    /// List and look at assets, through the running server or, when none runs, directly
    #[command(subcommand)]
    Asset(AssetCommand),
    /// Open, halt and resume markets, through the running server or, when none runs, directly
    #[command(subcommand)]
    Market(MarketCommand),
}

#[derive(Args, Debug)]
pub(crate) struct BackupArguments {
    /// A folder that is empty or not there
    pub(crate) folder: PathBuf,
    /// Leave archived segments of the journal out: they never change, and another copy of them is kept
    #[arg(long)]
    pub(crate) without_archive: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AssetCommand {
    /// One line for each: number, symbol, digits, most that may exist, name
    List,
    /// List an asset; what is listed stays
    Add {
        /// 2 to 10 capital letters and digits, such as BTC
        symbol: String,
        /// What people call it
        #[arg(long)]
        name: String,
        /// Digits after the point, 0 to 8
        #[arg(long)]
        scale: u8,
        /// Most that may ever exist; without it 2^62 units
        #[arg(long, value_name = "AMOUNT")]
        max_issued: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum MarketCommand {
    /// One line for each: number, symbol, state, steps, fees
    List,
    /// List a market of two assets; it takes orders at once, and its terms stay
    Open {
        /// Symbol of what is bought and sold
        base: String,
        /// Symbol of what it is paid with
        quote: String,
        #[command(flatten)]
        terms: crate::admin::MarketTerms,
    },
    /// Let a market take no new orders; cancels work
    Halt {
        /// As in BTC-EUR
        market: String,
    },
    /// Let a market take orders again
    Resume {
        /// As in BTC-EUR
        market: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Read a policy file and tell everything that is wrong with it, by line
    Check {
        /// The file
        file: PathBuf,
    },
    /// Say what holds for an address and a residence, since when, and why
    Explain {
        /// The address of a visitor
        #[arg(long, value_name = "ADDRESS")]
        ip: Option<std::net::IpAddr>,
        /// A verified residence: a country's two capital letters
        #[arg(long, value_name = "COUNTRY")]
        residence: Option<String>,
        /// At another moment than now: 2026-12-01, or 2026-12-01T12:00:00Z
        #[arg(long, value_name = "DATE")]
        at: Option<String>,
    },
    /// List what is blocked until two members of staff lift it
    Blocked,
    /// Approve that a block is lifted; it is lifted once a second member of staff has approved it too
    Lift {
        /// A country's two capital letters, unknown, anonymising, local or default; or an account's id or identifier
        what: String,
        /// The member of staff who approves: an id of doorward staff list
        #[arg(long, value_name = "STAFF")]
        staff: String,
    },
    /// Call an account back into the block that two members of staff had lifted for it; its owner is told
    CallBack {
        /// The account's id or identifier
        account: String,
        /// The member of staff who decides: an id of doorward staff list
        #[arg(long, value_name = "STAFF")]
        staff: String,
        /// Why; kept as a note beside the account
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

#[derive(Args, Debug)]
pub(crate) struct DemoArguments {
    /// Print one line of JSON for scripts: url, identifier, password, totp_secret, recovery_codes, mailbox
    #[arg(long)]
    pub(crate) json: bool,
    /// Where to listen: a port of localhost, 0 for any free one
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// Use this folder, which must be empty or absent, and keep it
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// One line for each account, newest first
    List {
        /// How many at most
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
        /// Begin after this account: the last one of the page before
        #[arg(long, value_name = "ACCOUNT")]
        after: Option<String>,
    },
    /// What is known of an account, without any secret
    Show {
        /// The account's id, or one of its identifiers
        account: String,
    },
    /// End every session of an account, or of all accounts
    EndSessions {
        /// The account's id, or one of its identifiers
        #[arg(required_unless_present = "all")]
        account: Option<String>,
        /// Every session of every account
        #[arg(long, conflicts_with = "account")]
        all: bool,
    },
    /// Send a link for choosing a new password to the account's verified address
    ResetLink {
        /// The account's id, or one of its identifiers
        account: String,
    },
    /// Stop an account: its sessions end and nobody can enter it
    Freeze {
        /// The account's id, or one of its identifiers
        account: String,
    },
    /// Print everything that is held about a person, as JSON; the owner can read that it was made
    Export {
        /// The account's id, or one of its identifiers
        account: String,
    },
    /// Begin the waiting time after which an account is erased; every channel is told how to call it off
    Erase {
        /// The account's id, or one of its identifiers
        account: String,
        /// Call an erasure off instead
        #[arg(long)]
        cancel: bool,
    },
    /// Lift a freeze of the owner; one by staff is lifted by two of them at the support desk
    Unfreeze {
        /// The account's id, or one of its identifiers
        account: String,
    },
    /// A phone number belongs to somebody else now: it must be proved again and resets no password until then
    PhoneReassigned {
        /// The number, with its country code
        number: String,
    },
    /// The identity record: who your own checks say the owner is
    #[command(subcommand)]
    Identity(IdentityCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Print the key with which others check checkpoints of this log
    Key,
    /// Sign a checkpoint over every entry so far, print it, and send it to audit.checkpoints where one is named
    Checkpoint,
    /// Read every entry and tell what was changed, removed or moved; with a checkpoint kept elsewhere, also what was cut
    /// off or rewritten as a whole
    Verify {
        /// A checkpoint of this log that was kept where nobody with access to the database could change it
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
    },
    /// Print the proof that an entry stands in the log, as JSON
    Prove {
        /// The entry's number
        seq: i64,
        /// The log's size to prove it of; without it, all of the log
        #[arg(long)]
        size: Option<u64>,
    },
    /// Print the proof that the log begins with what it was at an older size, as JSON
    Consistency {
        /// The older size, such as that of a checkpoint
        old: u64,
        /// The newer size; without it, all of the log
        new: Option<u64>,
    },
    /// Print every entry with what its leaf follows from, one line of JSON each
    Export,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OutboxCommand {
    /// One line for each message that was given up, newest first: id, time, way, kind, attempts, the server's last word
    Dead {
        /// How many at most
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// Try a message that was given up again, from the beginning
    Resend {
        /// The message's id, as `dead` prints it
        message: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum IdentityCommand {
    /// Write it, in the place of an earlier one
    Set {
        /// The account's id, or one of its identifiers
        account: String,
        #[command(flatten)]
        record: crate::admin::Identity,
    },
    /// Show it; the owner's record says that somebody looked
    Show {
        /// The account's id, or one of its identifiers
        account: String,
    },
    /// Remove it
    Remove {
        /// The account's id, or one of its identifiers
        account: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum StaffCommand {
    /// Add somebody, and print the link by which they enrol two passkeys; it opens once, for an hour
    Add {
        /// The name that colleagues and customers read
        name: String,
        /// Where changes of staff are told; links to enrol are never mailed
        #[arg(long, value_name = "ADDRESS")]
        mail: String,
        /// agent, approver, auditor or compliance
        #[arg(long, value_parser = role)]
        role: Role,
        /// The language of mails: en or de
        #[arg(long, default_value = "en", value_parser = ["en", "de"])]
        language: String,
    },
    /// Print a new link; the passkeys and the session of before open nothing any more
    Invite {
        /// The name
        name: String,
    },
    /// Give somebody another role; their session ends
    Role {
        /// The name
        name: String,
        /// agent, approver, auditor or compliance
        #[arg(value_parser = role)]
        role: Role,
    },
    /// Remove somebody: session, passkeys and links end at once
    Remove {
        /// The name
        name: String,
    },
    /// One line for each: name, role, whether enrolled, mail address (masked)
    List,
}

fn role(typed: &str) -> Result<Role, String> {
    Role::from_name(typed).ok_or_else(|| "a role is agent, approver, auditor or compliance".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn without_a_command_the_door_opens() {
        let given = Arguments::try_parse_from(["doorward", "--set", "a=b"]).expect("parses");
        assert!(given.command.is_none());
        assert_eq!(given.settings.set, ["a=b"]);
    }

    #[test]
    fn ending_sessions_needs_an_account_or_all_of_them_but_not_both() {
        let parse = |rest: &[&str]| {
            Arguments::try_parse_from([&["doorward", "account", "end-sessions"], rest].concat()).is_ok()
        };
        assert!(parse(&["--all"]));
        assert!(parse(&["someone@example.com"]));
        assert!(!parse(&[]));
        assert!(!parse(&["someone@example.com", "--all"]));
    }
}
