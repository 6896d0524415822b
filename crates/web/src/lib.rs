//! The surface: HTTP, HTML, JSON; no rule, no SQL.
//!
//! A request passes [`guard`] and one line of the table in `routes`, whose handler in `pages` turns it into a use case
//! of the app and the outcome into a page. Deliberately absent: any second way in, any state of a visitor outside
//! cookies and use cases, and any sentence that is not in the catalogue.

pub mod config;
pub mod guard;
pub mod view;
