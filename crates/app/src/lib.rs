//! The use cases: one file per thing somebody can do.

pub mod deliver;
