//! The surface as its visitors meet it: the router called as a service over real use cases and a real database.

mod access;
mod bad_input;
mod browser;
mod country;
mod desk;
mod enumeration;
mod headers;
mod house;
mod journeys;
mod mailbox;
mod market;
mod person;
mod protect;
mod record;
mod recover;
mod replay;
mod scriptless;
mod secrets;
mod visitor;
