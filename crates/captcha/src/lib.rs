//! The picture: a seed and a rung in, a puzzle out; judges an answer.
