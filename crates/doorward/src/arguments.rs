//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  a fault: something failed that should not have
  2  the arguments were not understood
  3  the configuration is wrong
  4  the data folder or a key file cannot be used as it is
  5  the database cannot be used: unreachable, of a newer version, or sealed under another key
  6  another process holds the data folder
  7  the command was refused, such as an account that does not exist";

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
    /// Bring the database to this version's tables, and stop
    Migrate,
    /// Tell everything that is wrong with the configuration, the folder, the keys and the database
    Check,
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
}
