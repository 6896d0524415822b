//! Staff. At the machine itself, through the program's own socket: accounts ([`account`]) and who works here
//! ([`members`]). At the desk, in a browser: enrolment, sign-in, and everything that a role may do there.
//!
//! Nothing here shows a secret, shortens a hold, or makes a member of staff from a browser (entry rules 9).

pub mod account;
mod desk;
mod desk_account;
mod desk_block;
mod desk_case;
mod enrol;
pub mod members;
pub mod outbox;
mod pair;
mod sign_in;

pub(crate) use desk::trace_of;
pub use desk::{AtDesk, DeskRefused, DeskSetup, DeskState, StaffSessionEnded};
pub use desk_account::{DecisionLine, DeskAccount, NoteLine};
pub use desk_block::DeskBlock;
pub use desk_case::{DeskCase, DeskCaseRefused, NamedVote};
pub use enrol::{EnrolRefused, Enrolled, Enrolment};
pub use pair::{RequestLine, Settled};
pub use sign_in::StaffSignInRefused;
