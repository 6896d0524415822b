//! The market's vocabulary: what is commanded, what happened, and the arithmetic of money (market rules 1 and 2).
//!
//! Everything is a whole number: units of an asset, ticks of a price, lots of a size. Products are `i128`; what is stored fits `i64`.

pub mod amount;
pub mod bytes;
pub mod candle;
pub mod codec;
pub mod command;
pub mod event;
pub mod instrument;
pub mod ledger;
pub mod name;
pub mod order;
pub mod refused;
