//! Use cases on both databases, with a fixed clock and seeded randomness.

mod afterwards;
mod audit;
mod backup;
mod blocks;
mod browser;
mod case;
mod case_faults;
mod case_inside;
mod change;
#[path = "../../../journal/tests/all/commands.rs"]
#[allow(dead_code, reason = "shared with the journal's tests, which use all of it")]
mod commands;
mod country;
mod crash;
mod deliver;
mod desk_looks;
mod disk_full;
mod follower;
mod freeze;
mod history;
mod history_live;
mod house;
mod identifiers;
mod inside;
mod kills;
mod lock;
mod log;
mod market_floor;
mod market_forms;
mod market_house;
mod market_restart;
mod market_story;
mod market_stream;
mod matching;
mod matching_account;
mod matching_faults;
mod matching_intents;
mod matching_lease;
#[path = "../../../journal/tests/all/memory.rs"]
#[allow(dead_code, reason = "shared with the journal's tests, which use all of it")]
mod memory;
mod mmdb_file;
mod money_actions;
mod outbox;
mod passkeys;
mod protect;
mod record;
mod reset;
mod road;
mod scriptless;
mod sessions;
mod sign_in;
mod sign_in_alike;
mod sign_in_faults;
mod sign_in_races;
mod sign_up;
mod smtp_server;
mod staff;
mod visitor_rung;
mod votes;
