//! What the operator may do from the machine itself, through the program's own socket.

pub mod account;
pub mod outbox;
