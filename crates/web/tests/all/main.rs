//! The surface as its visitors meet it: the router called as a service over real use cases and a real database.

mod browser;
mod fuzz;
mod headers;
mod house;
mod mailbox;
