//! Answers that are not the page asked for.

use askama::Template;

use super::Frame;

/// One page for every error status: what happened, what to do, and a number to name when asking for help.
#[derive(Template, Debug)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// The frame.
    pub frame: Frame,
    /// What happened.
    pub kind: ErrorKind,
    /// Identifies the request in the operator's log.
    pub request_id: String,
    /// When to try again, written out ("45 seconds").
    pub retry_in: Option<String>,
}

/// The errors that have a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// 400: malformed.
    BadRequest,
    /// 403: the form came from another page, or its token is old.
    Forbidden,
    /// 404
    NotFound,
    /// 405
    MethodNotAllowed,
    /// 413
    TooLarge,
    /// 415
    UnsupportedForm,
    /// 422
    Unprocessable,
    /// 429
    TooManyRequests,
    /// 500
    Internal,
    /// 503
    Unavailable,
}

impl ErrorKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::BadRequest,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::TooLarge,
        Self::UnsupportedForm,
        Self::Unprocessable,
        Self::TooManyRequests,
        Self::Internal,
        Self::Unavailable,
    ];

    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::TooLarge => 413,
            Self::UnsupportedForm => 415,
            Self::Unprocessable => 422,
            Self::TooManyRequests => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }

    /// Its heading.
    pub fn title_key(self) -> String {
        format!("error-{}-title", self.status())
    }

    /// What to do.
    pub fn text_key(self) -> String {
        format!("error-{}-text", self.status())
    }
}

#[cfg(test)]
impl ErrorPage {
    pub(crate) fn sample(frame: Frame, kind: ErrorKind) -> Self {
        let retry_in =
            matches!(kind, ErrorKind::TooManyRequests | ErrorKind::Unavailable).then(|| frame.words.span(45));
        Self { frame, kind, request_id: "019abf3e-7c41-7d02".to_owned(), retry_in }
    }
}
