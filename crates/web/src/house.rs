//! What all requests share.

use std::net::IpAddr;
use std::sync::Arc;

use doorward_app::App;
use http::StatusCode;
use metrics::Counter;

use crate::config::WebConfig;
use crate::door::Door;
use crate::guard::headers::Wardrobe;
use crate::guard::request_id::RequestIds;
use crate::lookup::Lookup;
use crate::routes::{ROUTES, Route};

/// What all requests share: the use cases, the configuration, and everything that is worked out once.
pub(crate) struct House {
    pub(crate) app: App,
    pub(crate) config: WebConfig,
    pub(crate) wardrobe: Wardrobe,
    pub(crate) request_ids: RequestIds,
    pub(crate) lookup: Lookup,
    answered: Vec<[Counter; 5]>,
    astray: [Counter; 5],
}

impl House {
    fn new(app: App, config: WebConfig) -> House {
        House {
            app,
            wardrobe: Wardrobe::new(config.tls),
            config,
            request_ids: RequestIds::default(),
            lookup: Lookup::of(ROUTES),
            answered: ROUTES.iter().map(|route| counters(route.method.as_str(), route.path)).collect(),
            astray: counters("any", "none"),
        }
    }

    /// Counts an answer. A status class is what an operator's alarm needs; the log has the status.
    pub(crate) fn count(&self, route: Option<(usize, &Route)>, status: StatusCode) {
        let counters = route.and_then(|(at, _)| self.answered.get(at)).unwrap_or(&self.astray);
        if let Some(counter) = counters.get(usize::from(status.as_u16() / 100).saturating_sub(1)) {
            counter.increment(1);
        }
    }
}

fn counters(method: &'static str, route: &'static str) -> [Counter; 5] {
    ["1xx", "2xx", "3xx", "4xx", "5xx"].map(|status| {
        metrics::counter!("doorward_http_answers_total", "method" => method, "route" => route, "status" => status)
    })
}

/// Which part of the house a listener opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Everything.
    Whole,
    /// Everything but the support desk, which has a listener of its own.
    Public,
    /// The support desk alone.
    Desk,
}

/// The surface, ready to be opened for connections.
#[derive(Clone)]
pub struct Router(Arc<House>, Side);

impl Router {
    /// The surface over these use cases. Metrics of answers are registered now, so the recorder must stand.
    pub fn new(app: App, config: WebConfig) -> Router {
        let side = if config.desk_url.is_some() { Side::Public } else { Side::Whole };
        Router(Arc::new(House::new(app, config)), side)
    }

    /// The surface of the support desk's own listener.
    #[must_use]
    pub fn desk(&self) -> Router {
        Router(Arc::clone(&self.0), Side::Desk)
    }

    /// The door for one connection, whose other end has this address.
    pub fn door(&self, peer: IpAddr) -> Door {
        Door::new(Arc::clone(&self.0), peer, self.1)
    }
}
