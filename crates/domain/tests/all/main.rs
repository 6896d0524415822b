//! The rules seen from outside.

mod fuzz;
