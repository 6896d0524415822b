//! Figures stand on a listener of their own.

use crate::house::{Place, connect, exchange, status};

#[test]
fn figures_are_read_on_their_own_listener_and_nowhere_else() {
    let place = Place::new();
    let server = place.serve(&[]);
    assert_eq!(status(&server.get("/", "")), 200);
    assert_eq!(status(&server.get("/metrics", "")), 404);
    let ask = |path: &str| {
        exchange(
            connect(server.figures),
            &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
        )
    };
    let figures = ask("/metrics");
    assert_eq!(status(&figures), 200, "{figures}");
    assert!(figures.contains("text/plain; version=0.0.4"), "{figures}");
    assert!(
        figures.contains("doorward_http_answers_total{method=\"GET\",route=\"/\",status=\"2xx\"} 1"),
        "{figures}"
    );
    assert!(figures.contains("doorward_connections_total{listener=\"door\"} 2"), "{figures}");
    assert_eq!(status(&ask("/")), 404);
    let post = "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    assert_eq!(status(&exchange(connect(server.figures), post)), 405);
}

#[test]
fn health_and_readiness_are_told_to_whoever_watches() {
    let place = Place::new();
    let server = place.serve(&[]);
    assert_eq!(
        status(&server.ask("GET /healthz HTTP/1.1\r\nHost: 10.1.2.3\r\nConnection: close\r\n\r\n")),
        200
    );
}
