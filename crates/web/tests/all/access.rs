//! Every line of the table, asked by everybody. A new line, or a line that opens to somebody else, changes the snapshot.

use std::fmt::Write as _;

use doorward_domain::staff::{Role, may};
use doorward_web::routes::{Access, ROUTES, Route};
use http::Method;

use crate::browser::Browser;
use crate::house::House;

/// A path with its varying part filled in.
fn example(path: &str) -> String {
    path.replace("{topic}", "holds")
        .replace("{message}", "nothing")
        .replace("{account}", "0192f0c0-0000-7000-8000-000000000000")
        .replace("{case}", "0192f0c0-0000-7000-8000-000000000000")
        .replace("{picture}", "0192f0c0-0000-7000-8000-000000000000/0192f0c0-0000-7000-8000-000000000000")
        .replace("{market}", "BTC-EUR")
        .replace("{digest}", "0000000000000000")
        .replace("{file}", "doorward.css")
        .replace("/human-check", "/human-check?purpose=sign-up&way=picture")
}

/// Forms are sent without their token, so that whoever may send one is told 403 and nothing happens.
async fn ask(browser: &Browser, route: &Route) -> String {
    let mut browser = browser.clone();
    let path = example(route.path);
    let page = match route.method {
        Method::POST => {
            let fields: Vec<String> = route
                .fields
                .iter()
                .filter(|name| !name.ends_with('?'))
                .map(|name| format!("{name}="))
                .collect();
            browser.post_raw(&path, fields.join("&").into_bytes()).await
        }
        _ => browser.get(&path).await,
    };
    let location = page.location();
    if page.text().contains("Not part of your role") || page.text().contains("\"code\":\"role\"") {
        return format!("{} role", page.status.as_str());
    }
    if location.is_empty() {
        page.status.as_str().to_owned()
    } else {
        format!("{} {location}", page.status.as_str())
    }
}

#[tokio::test]
async fn every_address_opens_to_those_the_table_names_and_to_nobody_else() {
    let house = House::new().await;
    let anon = Browser::new(&house.router);
    let in_flow = house.browser_in_every_flow().await;
    let customer = house.customer().await;
    let mut table = String::new();
    for route in ROUTES {
        let _ = writeln!(table, "{} {}", route.method, route.path);
        for (name, actor) in [("anon", &anon), ("in_flow", &in_flow), ("customer", &customer)] {
            let _ = writeln!(table, "    {name:<8} {}", ask(actor, route).await);
        }
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn every_address_of_the_desk_opens_to_the_roles_that_the_table_names_and_to_nobody_else() {
    let house = House::new().await;
    let anon = Browser::new(&house.router);
    let customer = house.customer().await;
    let staff = [
        ("agent", house.colleague("Ada", Role::Agent).await),
        ("approver", house.colleague("Bea", Role::Approver).await),
        ("auditor", house.colleague("Cleo", Role::Auditor).await),
        ("compliance", house.colleague("Dora", Role::Compliance).await),
    ];
    for route in ROUTES {
        let mut opened = Vec::new();
        let others = [("anon", &anon), ("customer", &customer)];
        for (name, actor) in others.into_iter().chain(staff.iter().map(|(name, actor)| (*name, actor))) {
            opened.push((name, ask(actor, route).await));
        }
        let strangers = &opened[..2];
        if let Access::Staff { act } = route.access {
            let turned_away = if route.method == Method::POST { "401" } else { "303 /support/sign-in" };
            assert!(strangers.iter().all(|(_, told)| told == turned_away), "{route:?}: {opened:?}");
            for ((name, told), role) in opened[2..].iter().zip(Role::ALL) {
                let refused = told == "403 role";
                assert_eq!(refused, !may(*role, act), "{name} at {} {}: {told}", route.method, route.path);
            }
        } else if !route.is_desk() {
            // Whoever works here is nobody to the rest of the house.
            assert!(opened[2..].iter().all(|(_, told)| *told == opened[0].1), "{route:?}: {opened:?}");
        }
    }
}

#[tokio::test]
async fn an_address_that_is_not_in_the_table_does_not_exist() {
    let house = House::new().await;
    let mut browser = Browser::new(&house.router);
    for path in [
        "/admin",
        "/sign-in/",
        "/sign-in/../security",
        "//security",
        "/help/",
        "/help/none",
        "/assets/x/y",
        "/.env",
    ] {
        let page = browser.get(path).await;
        let status = page.status.as_u16();
        assert!(
            status == 404 || (status == 308 && page.location() == path.trim_end_matches('/')),
            "{path}: {status}"
        );
    }
}

#[tokio::test]
async fn another_method_is_told_which_ones_there_are() {
    let house = House::new().await;
    let mut browser = Browser::new(&house.router);
    for route in ROUTES {
        for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS, Method::TRACE] {
            let page = browser.send(browser.request(method.clone(), &example(route.path))).await;
            assert_eq!(page.status.as_u16(), 405, "{method} {}", route.path);
            assert!(page.header("allow").contains(route.method.as_str()), "{method} {}", route.path);
        }
    }
}

#[tokio::test]
async fn a_head_is_a_get_without_its_body() {
    let house = House::new().await;
    for route in ROUTES.iter().filter(|route| route.method == Method::GET && route.access == Access::Anyone) {
        let mut browser = Browser::new(&house.router);
        let path = example(route.path);
        let get = browser.clone().get(&path).await;
        let head = browser.send(browser.request(Method::HEAD, &path)).await;
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        // Two pictures of a human check are never the same.
        if get.status == 200 && route.path != "/human-check" {
            assert_eq!(head.header("content-length"), get.body.len().to_string(), "{path}");
        }
    }
}
