//! Figures for Prometheus, on a listener of their own.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::configuration::{Listen, ListenAddress};

/// Upper ends of the buckets of every length of time, in seconds.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// How often kept samples are folded into their buckets.
const UPKEEP: Duration = Duration::from_secs(10);

/// Where all figures go. Made once, before anything counts.
pub(crate) fn begin() -> Option<PrometheusHandle> {
    let recorder = PrometheusBuilder::new().set_buckets(&BUCKETS).ok()?.build_recorder();
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
pub(crate) fn router(handle: PrometheusHandle) -> Router {
    let answer = move || async move {
        ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render())
    };
    Router::new().route("/metrics", get(answer))
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

/// The address as a person would type it.
pub(crate) fn shown(at: SocketAddr) -> String {
    format!("http://{at}/metrics")
}
