//! What a route does, as the rules of countries tell actions apart (entry rules 7). Every route passes here, new ones
//! too: behind the door a GET looks and a POST changes something that guards the account, unless a line below says else.

use doorward_domain::action::Action;
use http::Method;

use crate::guard::cookies::Cookie;
use crate::routes::{Access, Route};

/// What protects its owner stays open in every mode: leaving, ending sessions, forgetting devices, confirming the
/// review, freezing, cancelling a change that waits, stopping a case, calling an erasure off.
const ALWAYS_OPEN: &[&str] = &[
    "/sign-out",
    "/security/sessions/end",
    "/security/devices/forget",
    "/security/waiting/cancel",
    "/security/case/stop",
    "/security/freeze",
    "/review",
    "/freeze",
    "/case/stop",
    "/account/data/keep",
];

/// Forms that change nothing: whoever may look at an account may have a copy of what is seen there.
const ONLY_LOOKS: &[&str] = &["/account/data/take"];

/// Forms of the market. Which way an order or a move goes stands in its form: the use case asks the guard for just that,
/// and here is what the mildest of them needs.
const ON_THE_MARKET: &[(&str, Action)] = &[
    ("/orders/place", Action::Sell),
    ("/orders/cancel", Action::CancelOrder),
    ("/orders/cancel-all", Action::CancelOrder),
    ("/balances/move", Action::CancelOrder),
];

/// The action of a route; `None` for what concerns no account: words, pictures, ways in.
pub(crate) fn action_of(route: &Route) -> Option<Action> {
    if let Some((_, action)) = ON_THE_MARKET.iter().find(|(path, _)| *path == route.path) {
        return Some(*action);
    }
    let changes = route.method == Method::POST;
    match route.access {
        Access::Customer | Access::Api | Access::OpenPage if !changes => Some(Action::View),
        _ if ALWAYS_OPEN.contains(&route.path) => Some(Action::SignIn),
        _ if ONLY_LOOKS.contains(&route.path) => Some(Action::View),
        Access::Customer | Access::Api | Access::OpenPage => Some(Action::ChangeSecurity),
        Access::Flow { cookie: Cookie::SignUp, .. } => Some(Action::SignUp),
        Access::Flow { cookie: Cookie::SignIn, .. } => Some(Action::SignIn),
        // A forgotten password, or a lost factor, is a change of security, by whoever holds the channel.
        Access::Flow { cookie: Cookie::Reset | Cookie::Case, .. } if changes => Some(Action::ChangeSecurity),
        Access::Anyone => match route.path {
            "/sign-up" => Some(Action::SignUp),
            "/sign-in" | "/sign-in/passkey" | "/sign-in/passkey/options" => Some(Action::SignIn),
            "/forgot-password" | "/forgot-password/link" if changes => Some(Action::ChangeSecurity),
            _ => None,
        },
        // Staff act from where they sit; the rules of countries are about customers.
        Access::Staff { .. } | Access::DeskDoor => None,
        Access::Flow { .. } | Access::Local | Access::Probe => None,
    }
}

/// Whose rules hold for a request, besides those of the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Whoever has the session, if there is one.
    Visitor,
    /// Whose password is forgotten, once the channel is proved.
    Reset,
    /// Whose factor is lost, once the channel is proved.
    Case,
    /// Whoever opens another account in a browser that accounts know.
    Newcomer,
}

/// Whose rules hold for a route.
pub(crate) fn whose(route: &Route) -> Whose {
    match route.access {
        Access::Flow { cookie: Cookie::Reset, .. } => Whose::Reset,
        Access::Flow { cookie: Cookie::Case, .. } => Whose::Case,
        Access::Flow { cookie: Cookie::SignUp, .. } => Whose::Newcomer,
        Access::Anyone if route.path == "/sign-up" => Whose::Newcomer,
        _ => Whose::Visitor,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::ROUTES;

    #[test]
    fn what_protects_the_owner_is_open_in_every_mode_and_stands_in_the_table() {
        for path in ALWAYS_OPEN {
            let route = ROUTES.iter().find(|route| route.path == *path && route.method == Method::POST);
            let route = route.unwrap_or_else(|| panic!("{path} is no form"));
            assert_eq!(action_of(route), Some(Action::SignIn), "{path}");
        }
    }

    #[test]
    fn every_form_behind_the_door_changes_security_unless_it_is_named() {
        let behind = ROUTES.iter().filter(|route| route.access == Access::Customer);
        for route in behind.filter(|route| !ALWAYS_OPEN.contains(&route.path)) {
            let on_the_market = ON_THE_MARKET.iter().find(|(path, _)| *path == route.path);
            let expected = match on_the_market {
                Some((_, action)) => *action,
                None if ONLY_LOOKS.contains(&route.path) => Action::View,
                None if route.method == Method::POST => Action::ChangeSecurity,
                None => Action::View,
            };
            assert_eq!(action_of(route), Some(expected), "{route:?}");
        }
    }
}
