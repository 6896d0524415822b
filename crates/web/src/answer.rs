//! An answer before it gets its headers.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use crate::guard::cookies::Cookie;
use crate::guard::headers::Dress;
use crate::stream::EventStream;

/// An answer before it gets its headers.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) response: Response<Body>,
    pub(crate) dress: Dress,
}

impl Answer {
    /// Any body with its media type.
    pub(crate) fn of(dress: Dress, content_type: &'static str, body: impl Into<Bytes>) -> Answer {
        let mut response = Response::new(Body::from(body.into()));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        Answer { response, dress }
    }

    /// A page.
    pub(crate) fn page(html: String) -> Answer {
        Answer::of(Dress::Page, "text/html; charset=utf-8", html)
    }

    /// JSON.
    pub(crate) fn json(text: impl Into<Bytes>) -> Answer {
        Answer::of(Dress::Data, "application/json", text)
    }

    /// One of the fixed plain texts of the house.
    pub(crate) fn text(text: impl Into<Bytes>) -> Answer {
        Answer::of(Dress::Data, "text/plain; charset=utf-8", text)
    }

    /// Server-sent events, for as long as they come. Nothing on the way may keep or pack them.
    pub(crate) fn events(stream: EventStream) -> Answer {
        let mut response = Response::new(stream.into_body());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
        Answer { response, dress: Dress::Data }
    }

    /// "Go there and look": after everything that changed something, so that a reload repeats nothing.
    pub(crate) fn see_other(path: &str) -> Answer {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SEE_OTHER;
        // Every path given here is the house's own or a checked return path, both plain ASCII.
        let location = HeaderValue::try_from(path).unwrap_or_else(|_| HeaderValue::from_static("/"));
        response.headers_mut().insert(header::LOCATION, location);
        Answer { response, dress: Dress::Page }
    }

    #[must_use]
    pub(crate) fn status(mut self, status: StatusCode) -> Answer {
        *self.response.status_mut() = status;
        self
    }

    #[must_use]
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Answer {
        self.response.headers_mut().insert(name, value);
        self
    }

    /// Says when to come back, in whole seconds rounded up, so that nobody comes back too early.
    #[must_use]
    pub(crate) fn retry_after(self, wait: Duration) -> Answer {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.header(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)))
    }

    #[must_use]
    pub(crate) fn set(mut self, cookie: Cookie, text: &str) -> Answer {
        self.response.headers_mut().append(header::SET_COOKIE, cookie.set(text));
        self
    }

    #[must_use]
    pub(crate) fn forget(mut self, cookie: Cookie) -> Answer {
        self.response.headers_mut().append(header::SET_COOKIE, cookie.forget());
        self
    }

    pub(crate) fn headers_mut(&mut self) -> &mut HeaderMap {
        self.response.headers_mut()
    }
}
