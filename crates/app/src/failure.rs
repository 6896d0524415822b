//! What can come of a use case besides its result: a refusal or a fault.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use doorward_store::StoreFault;

/// Why a use case ended without its result.
///
/// A refusal is an answer to the person, a closed enum without text; a fault is an accident of ours, logged once at
/// the edge and shown as one fixed sentence.
#[derive(Debug)]
pub enum Failure<R> {
    /// The rules say no.
    Refused(R),
    /// Something of ours went wrong.
    Fault(Fault),
}

impl<R> Failure<R> {
    /// The same failure with its refusal told in another operation's words.
    pub fn map_refused<S>(self, tell: impl FnOnce(R) -> S) -> Failure<S> {
        match self {
            Self::Refused(refused) => Failure::Refused(tell(refused)),
            Self::Fault(fault) => Failure::Fault(fault),
        }
    }
}

impl<R> From<Fault> for Failure<R> {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl<R> From<StoreFault> for Failure<R> {
    fn from(fault: StoreFault) -> Self {
        Self::Fault(fault.into())
    }
}

/// What a fault means for the one who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// Something that we need does not answer: 503.
    Unavailable,
    /// There is more work than capacity: 503 with Retry-After.
    Busy {
        /// When it is worth coming back.
        retry_after: Duration,
    },
    /// A state that our own code should have made impossible: 500.
    Internal,
}

/// An accident: what was being done, what it means, and where it came from.
#[derive(Debug)]
pub struct Fault {
    /// What was being done, in words for the operator's log; never a secret or an identifier.
    pub what: Cow<'static, str>,
    /// What it means for the one who asked.
    pub kind: FaultKind,
    /// Where it came from.
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl Fault {
    /// A state that our own code should have made impossible.
    pub fn internal(what: impl Into<Cow<'static, str>>) -> Self {
        Self { what: what.into(), kind: FaultKind::Internal, source: None }
    }

    /// Something that we need does not answer.
    pub fn unavailable(what: impl Into<Cow<'static, str>>) -> Self {
        Self { what: what.into(), kind: FaultKind::Unavailable, source: None }
    }

    /// More work than capacity.
    pub fn busy(what: impl Into<Cow<'static, str>>, retry_after: Duration) -> Self {
        Self { what: what.into(), kind: FaultKind::Busy { retry_after }, source: None }
    }

    /// The same fault with the error that caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.kind {
            FaultKind::Unavailable => "unavailable",
            FaultKind::Busy { .. } => "busy",
            FaultKind::Internal => "internal fault",
        };
        write!(f, "{}: {state}", self.what)
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

impl From<StoreFault> for Fault {
    fn from(fault: StoreFault) -> Self {
        let kind = if fault.is_unavailable() { FaultKind::Unavailable } else { FaultKind::Internal };
        Self { what: Cow::Borrowed("the database"), kind, source: Some(Box::new(fault)) }
    }
}
