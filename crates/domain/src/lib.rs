//! The rules of entry: pure functions over everything that is known.
//!
//! Nothing here reads a clock, draws a random number, waits, logs or opens anything; time and random bytes are
//! arguments. A refusal is a closed enum with data and no text. What may be configured stands in [`policy`].

mod named;

pub mod account;
pub mod action;
pub mod audit;
pub mod audit_check;
pub mod audit_leaf;
pub mod audit_tile;
pub mod change;
pub mod checkpoint;
pub mod country;
pub mod date_range;
pub mod device;
pub mod erasure;
pub mod guard;
pub mod hold;
pub mod human_check;
pub mod id;
pub mod identifier;
pub mod identity;
pub mod jurisdiction;
pub mod language;
pub mod market;
pub mod merkle;
pub mod money_action;
pub mod notice;
pub mod one_time_code;
pub mod passkey;
pub mod password;
pub mod phrase;
pub mod policy;
pub mod protection;
pub mod recovery_code;
pub mod reset;
pub mod return_path;
pub mod risk;
pub mod session;
pub mod sign_in;
pub mod sign_up;
pub mod staff;
pub mod step_up;
pub mod stop_code;
pub mod support_case;
pub mod throttle;
pub mod time;
pub mod token;
pub mod totp;
pub mod trading_password;
