//! The log: readable by machines, and without anything that would let somebody in.

use crate::house::{Place, status};

const SECRETS: [&str; 4] = ["hunter2-correct-horse", "someone@private.example", "c2VjcmV0LXRva2Vu", "987654"];

#[test]
fn no_secret_and_no_identifier_reaches_the_log_at_any_level() {
    for form in ["text", "json"] {
        let place = Place::new();
        let server = place.serve(&["log.level=trace", &format!("log.form={form}")]);
        let [password, identifier, token, code] = SECRETS;
        server.get(
            &format!("/forgot-password/link?token={token}"),
            &format!("Cookie: __Host-session={token}\r\n"),
        );
        server.get(&format!("/{token}?code={code}"), "");
        let body = format!("identifier={identifier}&password={password}&code={code}&csrf={token}");
        for path in ["/sign-in", "/sign-in/password", "/sign-in/code", "/sign-up", "/forgot-password"] {
            let host = server.host();
            server.ask(&format!(
                "POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: __Host-browser={token}\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            ));
        }
        let log = server.stop();
        assert!(log.iter().any(|line| line.contains("stopped")));
        for line in &log {
            for secret in SECRETS {
                assert!(!line.contains(secret), "{line}");
            }
            if form == "json" {
                let event: serde_json::Value =
                    serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
                assert!(
                    event["at"].is_string() && event["level"].is_string() && event["from"].is_string(),
                    "{line}"
                );
            }
        }
    }
}

#[test]
fn an_answer_names_its_line_of_the_log() {
    let place = Place::new();
    let mut server = place.serve(&["log.level=info,doorward_web=debug"]);
    let answer = server.get("/", "");
    assert_eq!(status(&answer), 200);
    let id = answer
        .lines()
        .find_map(|line| line.strip_prefix("x-request-id: "))
        .unwrap_or_else(|| panic!("{answer}"))
        .to_owned();
    server.wait_for_log(&id);
}
