//! The surface: HTTP, HTML, JSON; no rule, no SQL.
