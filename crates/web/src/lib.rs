//! The surface: HTTP, HTML, JSON; no rule, no SQL.
//!
//! A request passes [`guard`] and one line of the table in [`routes`], whose handler in `pages` turns it into a use case
//! of the app and the outcome into a page. Deliberately absent: any second way in, any state of a visitor outside
//! cookies and use cases, and any sentence that is not in the catalogue.

mod answer;
pub mod assets;
mod call;
pub mod config;
mod door;
mod eml;
pub mod guard;
mod house;
mod lookup;
mod pages;
mod refusal;
pub mod routes;
mod stream;
pub mod view;

pub use config::{PublicUrl, WebConfig};
pub use door::Door;
pub use house::Router;
