//! The program: arguments, configuration, wiring.

mod admin;
mod arguments;
mod clock;
mod commands;
mod configuration;
mod engine;
mod folder;
mod foundation;
mod listener;
mod logging;
mod master_key;
mod metrics;
mod outcome;
mod policy_file;
mod watch;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use outcome::Stopped;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stopped) => {
            for line in &stopped.lines {
                say_error(line);
            }
            stopped.code()
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Stopped> {
    listener::tls::choose_provider();
    let settings = arguments.settings;
    match arguments.command.unwrap_or(Command::Serve) {
        Command::Check => commands::check::run(&settings),
        Command::Serve => commands::serve::run(&settings),
        Command::Outbox(command) => commands::account::run_outbox(&settings, command),
        Command::Account(command) => commands::account::run(&settings, command),
        Command::Audit(command) => commands::audit::run(&settings, command),
        Command::Staff(command) => commands::staff::run(&settings, command),
        Command::Asset(command) => commands::market::run_asset(&settings, command),
        Command::Market(command) => commands::market::run_market(&settings, command),
        Command::Demo(demo) => commands::demo::run(&settings, &demo),
        Command::Settings => {
            say(configuration::reference::text().trim_end());
            Ok(())
        }
        Command::Policy(command) => commands::policy::run(&settings, command),
        Command::Migrate => commands::migrate::run(&settings),
        Command::Rebuild => commands::rebuild::run(&settings),
        Command::Reconcile => commands::books::run_reconcile(&settings),
        Command::Backup(backup) => commands::books::run_backup(&settings, &backup),
        Command::Restore { backup } => commands::restore::run(&settings, &backup),
    }
}

/// One line for the person at the terminal.
#[expect(clippy::print_stdout, reason = "the program's own output")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

/// One line about what went wrong.
#[expect(clippy::print_stderr, reason = "the program's own output")]
pub(crate) fn say_error(line: &str) {
    eprintln!("doorward: {line}");
}
