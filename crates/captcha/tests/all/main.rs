//! The human check from outside: issue, solve, judge.

mod fuzz;
mod judging;
mod pictures;
mod tokens;
