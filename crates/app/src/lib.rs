//! The use cases: one file per thing somebody can do.
