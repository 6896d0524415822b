//! The words: every sentence and mail, in every language.
