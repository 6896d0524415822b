//! House rules as code: `cargo xtask tidy`, and the makers of data: `blocklist` and `distances`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

mod blocklist;
mod distances;
mod tidy;

const USAGE: &str = "cargo xtask tidy         holds the dependency table and the other house rules
cargo xtask blocklist    makes the list of refused passwords anew from its npm packages
cargo xtask distances    makes the table of distances between countries anew from its npm package";

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this program speaks to a person at a terminal"
)]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tidy"] => tidy::check(&root()),
        ["blocklist"] => blocklist::make(&root()),
        ["distances"] => distances::make(&root()),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(said) => {
            eprintln!("{said}");
            ExitCode::FAILURE
        }
    }
}

/// The workspace's own folder.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or_else(|| here.to_owned(), Path::to_owned)
}
