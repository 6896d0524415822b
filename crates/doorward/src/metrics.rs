//! Figures for Prometheus, on a listener of their own.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::IpAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tower_service::Service;

use crate::configuration::{Listen, ListenAddress};
use crate::listener::connection::Surface;

/// Upper ends of the buckets of every length of time, in seconds.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Upper ends of the buckets of the market's groups, in records.
const GROUP_BUCKETS: [f64; 8] = [1.0, 2.0, 4.0, 16.0, 64.0, 256.0, 512.0, 1_024.0];
/// Upper ends of the buckets of the journal's syncs, in seconds.
const SYNC_BUCKETS: [f64; 10] = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1.0];

/// How often kept samples are folded into their buckets.
const UPKEEP: Duration = Duration::from_secs(10);

/// Where all figures go. Made once, before anything counts.
pub(crate) fn begin() -> Option<PrometheusHandle> {
    let sizes = Matcher::Full("doorward_market_group_records".to_owned());
    let syncs = Matcher::Full("doorward_market_sync_seconds".to_owned());
    let builder = PrometheusBuilder::new().set_buckets(&BUCKETS).ok()?;
    let builder = builder.set_buckets_for_metric(sizes, &GROUP_BUCKETS).ok()?;
    let recorder = builder.set_buckets_for_metric(syncs, &SYNC_BUCKETS).ok()?.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).ok()?;
    Some(handle)
}

/// Folds samples until the program ends.
pub(crate) async fn keep_up(handle: PrometheusHandle) {
    loop {
        tokio::time::sleep(UPKEEP).await;
        handle.run_upkeep();
    }
}

/// `/metrics` and nothing else.
#[derive(Clone)]
pub(crate) struct MetricsPage(pub(crate) PrometheusHandle);

impl Surface for MetricsPage {
    type Door = Self;
    fn door(&self, _: IpAddr) -> Self {
        self.clone()
    }
}

impl Service<Request<Body>> for MetricsPage {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let mut answer = Response::new(Body::empty());
        let reads = request.method() == Method::GET;
        if request.uri().path() != "/metrics" {
            *answer.status_mut() = StatusCode::NOT_FOUND;
        } else if !reads {
            *answer.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
        } else {
            let form = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
            answer.headers_mut().insert(CONTENT_TYPE, form);
            *answer.body_mut() = Body::from(self.0.render());
        }
        ready(Ok(answer))
    }
}

/// The limits of the metrics listener: a few readers of the operator's own network, plain HTTP.
pub(crate) fn limits(listen: &Listen, address: ListenAddress) -> Listen {
    let everywhere = ["0.0.0.0/0", "::/0"].iter().filter_map(|network| network.parse().ok()).collect();
    Listen {
        address,
        certificate: None,
        private_key: None,
        // Whoever the operator lets reach this address may read it: nothing there is secret.
        proxies: everywhere,
        connections: 32,
        connections_per_network: 32,
        ..listen.clone()
    }
}
