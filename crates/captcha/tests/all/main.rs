//! The human check from outside: issue, solve, judge.

mod judging;
mod tokens;
