//! The way of a request through the guards to its page, and of the answer back.

use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use doorward_app::session::SessionEnded;
use doorward_app::staff::StaffSessionEnded;
use doorward_app::{Failure, Fault};
use doorward_domain::language::Language;
use doorward_domain::token::Token;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use tower::Service;

use crate::answer::Answer;
use crate::call::Call;
use crate::guard::bad_input::BadInput;
use crate::guard::cookies::Cookie;
use crate::guard::country::{self, Whose};
use crate::guard::form::{ADDRESS_BYTES_MAX, Fields};
use crate::guard::headers::Dress;
use crate::guard::upload::{UPLOADS, Upload};
use crate::guard::{network, origin};
use crate::house::{House, Side};
use crate::refusal::Trouble;
use crate::routes::{Access, Route};
use crate::view::sign_in::FlowEndedPage;

/// Names the request in the answer, so that a person can tell the operator which one it was.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Tells the browser what to throw away.
pub(crate) const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// The door as one connection sees it: a service that never fails.
#[derive(Clone)]
pub struct Door {
    house: Arc<House>,
    peer: IpAddr,
    side: Side,
}

impl Door {
    pub(crate) fn new(house: Arc<House>, peer: IpAddr, side: Side) -> Door {
        Door { house, peer, side }
    }
}

impl<B> Service<Request<B>> for Door
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (house, peer, side) = (Arc::clone(&self.house), self.peer, self.side);
        Box::pin(async move { Ok(answer(house, peer, side, request).await) })
    }
}

/// One pass: find the line, guard, hand over, dress the answer. There is no other way in.
async fn answer<B>(house: Arc<House>, peer: IpAddr, side: Side, request: Request<B>) -> Response<Body>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    let request_id = house.request_ids.next();
    let (parts, body) = request.into_parts();
    let mut call = Call::new(house, request_id, parts, peer, side);
    let (line, outcome) = match find(&call) {
        Found::Line(at, route) => (Some((at, route)), enter(&mut call, route, body).await),
        Found::Bare(path) => (None, Ok(Answer::see_other(path).status(StatusCode::PERMANENT_REDIRECT))),
        Found::Nothing(trouble) => (None, Err(trouble)),
    };
    let mut answer = outcome.unwrap_or_else(|trouble| trouble.answer(&call));
    remember(&call, &mut answer);

    let house = &call.house;
    let is_desk = call.route.is_some_and(Route::is_desk);
    let dress = if is_desk && answer.dress == Dress::Page { Dress::Desk } else { answer.dress };
    house.wardrobe.put_on(dress, answer.headers_mut());
    let digits = request_id.digits();
    if let Ok(value) = HeaderValue::from_bytes(&digits) {
        answer.headers_mut().insert(REQUEST_ID, value);
    }
    let status = answer.response.status();
    house.count(line, status);
    log(&call, status);
    if call.parts.method == Method::HEAD { without_body(answer.response) } else { answer.response }
}

/// What stands at an address.
enum Found {
    /// A line of the table, with its place.
    Line(usize, &'static Route),
    /// Nothing, but without the slash at its end a page.
    Bare(&'static str),
    Nothing(Trouble),
}

fn find(call: &Call) -> Found {
    let path = call.path();
    if call.parts.uri.path_and_query().is_some_and(|whole| whole.as_str().len() > ADDRESS_BYTES_MAX) {
        return Found::Nothing(Trouble::Bad(BadInput::AddressTooLong));
    }
    let Some((lines, _)) = call.house.lookup.find(path) else {
        // Links get a slash at their end by hand now and then.
        let bare = path.strip_suffix('/').unwrap_or_default();
        let known = call
            .house
            .lookup
            .find(bare)
            .and_then(|(lines, rest)| lines.of(&Method::GET).filter(|_| rest.is_empty()));
        let is_read = matches!(call.parts.method, Method::GET | Method::HEAD);
        return match known {
            Some((_, route)) if is_read && route.access != Access::Local => Found::Bare(route.path),
            _ => Found::Nothing(Trouble::NotFound),
        };
    };
    // What another listener answers does not exist here, whatever the method.
    if lines.any().is_some_and(|route| !opens(call.side, route)) {
        return Found::Nothing(Trouble::NotFound);
    }
    match lines.of(&call.parts.method) {
        Some((at, route)) => Found::Line(at, route),
        None => Found::Nothing(Trouble::Method { allowed: lines.allowed() }),
    }
}

/// Whether a listener answers for this line.
fn opens(side: Side, route: &Route) -> bool {
    match side {
        Side::Whole => true,
        Side::Public => !route.is_desk(),
        Side::Desk => route.is_desk() || route.path.starts_with("/assets/") || route.path == "/favicon.ico",
    }
}

/// The guards, in this order: the right house, the right asker, the right person, clean fields, the form's token.
async fn enter<B>(call: &mut Call, route: &'static Route, body: B) -> Result<Answer, Trouble>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    call.route = Some(route);
    let config = &call.house.config;
    let headers = &call.parts.headers;
    let is_our_host = origin::names_this_host(call.url(), &call.parts.uri, headers);
    match route.access {
        Access::Probe => {}
        Access::Local => {
            // A page of secrets: whoever came through a proxy or under another name (DNS rebinding) finds nothing.
            let is_local = call.peer.to_canonical().is_loopback() && !network::was_forwarded(headers);
            if config.mailbox.is_none() || !is_our_host || !is_local {
                return Err(Trouble::NotFound);
            }
        }
        _ if !is_our_host => return Err(Trouble::Bad(BadInput::Host)),
        _ => {}
    }
    if route.access != Access::Probe {
        origin::judge(call.url(), &call.parts.method, headers, route.asked).map_err(Trouble::Bad)?;
    }
    if route.is_upload {
        return take_in(call, route, Body::new(body)).await;
    }
    if call.is_post() {
        call.fields =
            Fields::from_body(headers, Body::new(body), route.fields).await.map_err(Trouble::Bad)?;
    } else if call.parts.uri.query().is_some() {
        call.fields = Fields::from_query(call.parts.uri.query(), route.fields).map_err(Trouble::Bad)?;
    }
    if let Some(answer) = admit(call, route).await? {
        return Ok(answer);
    }
    restrict(call, route).await?;
    if call.is_post() && !call.app().form_token_fits(&call.form_owner(), call.fields.get("csrf")) {
        return Err(Trouble::Bad(BadInput::FormToken));
    }
    (route.handler)(call).await
}

/// What the rules of countries close for this visitor stays closed (entry rules 7). Where a flow without a session has
/// proved whose account it is about, the residence of that account counts as well.
async fn restrict(call: &Call, route: &'static Route) -> Result<(), Trouble> {
    let Some(action) = country::action_of(route) else { return Ok(()) };
    match country::whose(route) {
        Whose::Visitor => {}
        Whose::Reset => {
            let judged = call.app().mode_of_reset(&call.visit(), call.flow(Cookie::Reset)).await?;
            call.judge(judged);
        }
        Whose::Case => call.judge(call.app().mode_of_case(&call.visit(), call.flow(Cookie::Case)).await?),
        Whose::Newcomer => call.judge(call.app().mode_of_newcomer(&call.visit()).await?),
    }
    let judged = call.judged();
    if judged.mode.allows(action) { Ok(()) } else { Err(Trouble::Restricted { action, judged }) }
}

/// A form with a file: whoever may not open it sends nothing that is kept in memory, and only some at once do.
async fn take_in(call: &mut Call, route: &'static Route, body: Body) -> Result<Answer, Trouble> {
    if let Some(answer) = admit(call, route).await? {
        return Ok(answer);
    }
    restrict(call, route).await?;
    if matches!(route.access, Access::Flow { cookie: Cookie::Case, .. })
        && !call.app().takes_pictures(call.flow(Cookie::Case)).await?
    {
        // Not one byte is read; the page says where the case stands, if there is one.
        return Ok(Answer::see_other("/case"));
    }
    let Ok(_turn) = UPLOADS.try_acquire() else {
        return Err(Trouble::Fault(Fault::busy("taking in files", Duration::from_secs(10))));
    };
    let upload = Upload::from_body(&call.parts.headers, body, route.fields).await.map_err(Trouble::Bad)?;
    (call.fields, call.file) = (upload.fields, upload.file);
    if !call.app().form_token_fits(&call.form_owner(), call.fields.get("csrf")) {
        return Err(Trouble::Bad(BadInput::FormToken));
    }
    (route.handler)(call).await
}

/// Whether this person may open this line; `Some` answer sends them where they should begin.
async fn admit(call: &mut Call, route: &'static Route) -> Result<Option<Answer>, Trouble> {
    match route.access {
        Access::Customer | Access::Api | Access::OpenPage => {
            let session = call.cookie(Cookie::Session).and_then(Token::parse);
            let customer = match session {
                Some(session) if route.access == Access::OpenPage && !call.is_post() => {
                    call.app().admit_without_use(&session, call.network()).await
                }
                // What changes something asks the database, whatever memory says (entry rules 3).
                Some(session) => call.app().admit_session(&session, call.network(), call.is_post()).await,
                None => Err(Failure::Refused(SessionEnded::Unknown)),
            };
            match customer {
                Ok((customer, _)) => call.customer = Some(customer),
                Err(Failure::Fault(fault)) => return Err(fault.into()),
                Err(Failure::Refused(SessionEnded::OtherNetwork)) if route.access == Access::Customer => {
                    return other_network(call).map(Some);
                }
                Err(Failure::Refused(_)) if route.access != Access::Customer || call.is_post() => {
                    return Err(Trouble::NoSession);
                }
                Err(Failure::Refused(_)) => return Ok(Some(call.to_sign_in())),
            }
        }
        Access::Staff { act } => {
            let stay = call.cookie(Cookie::Desk).and_then(Token::parse);
            let at = match stay {
                Some(stay) => call.app().authenticate_staff(&stay, call.network()).await,
                None => Err(Failure::Refused(StaffSessionEnded)),
            };
            match at {
                Ok(at) => {
                    let tokens = call.device_tokens();
                    call.staff = Some(call.app().in_this_browser(at, &tokens).await?);
                }
                Err(Failure::Fault(fault)) => return Err(fault.into()),
                Err(Failure::Refused(_)) if call.is_post() => return Err(Trouble::NoStaffSession),
                Err(Failure::Refused(_)) => {
                    return Ok(Some(Answer::see_other("/support/sign-in").forget(Cookie::Desk)));
                }
            }
            call.staff()?.may(act).map_err(|_| Trouble::Role)?;
        }
        Access::Flow { cookie, start } if call.cookie(cookie).is_none() => {
            if call.is_post() {
                return Err(Trouble::OutOfOrder { start });
            }
            return Ok(Some(Answer::see_other(start)));
        }
        // A page for everybody shows its reader's own header when it can; it opens without that as well.
        Access::Anyone if route.is_page() && !call.is_post() => {
            if let Some(session) = call.cookie(Cookie::Session).and_then(Token::parse) {
                let admitted = call.app().admit_session(&session, call.network(), false).await;
                call.customer = admitted.ok().map(|(customer, _)| customer);
            }
        }
        Access::Anyone | Access::Flow { .. } | Access::DeskDoor | Access::Local | Access::Probe => {}
    }
    Ok(None)
}

/// The session was bound to its network and has ended by this request: says so, and forgets the session's cookie.
fn other_network(call: &Call) -> Result<Answer, Trouble> {
    let frame = call.frame_without_form();
    let sentence = frame.text("refused-network-changed").into_owned();
    let page = FlowEndedPage { frame, sentence, again_path: "/sign-in".to_owned() };
    let answer = call.show(&page)?.status(StatusCode::UNAUTHORIZED).forget(Cookie::Session);
    // RFC 9110 wants a challenge with every 401; browsers show the page for a scheme they do not know.
    Ok(answer.header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Session")))
}

/// Cookies that any page may set: the browser's name when a form was made for it, the language when one was chosen.
fn remember(call: &Call, answer: &mut Answer) {
    if let Some(browser) = call.new_browser.get() {
        answer.headers_mut().append(header::SET_COOKIE, Cookie::Browser.set(&browser.encode()));
    }
    let chosen = call.fields.find("language").and_then(Language::from_name);
    if let Some(language) = chosen.filter(|_| !call.is_post()) {
        answer.headers_mut().append(header::SET_COOKIE, Cookie::Language.set(language.tag()));
    }
}

/// One line per request, with the pattern of the address and never the address itself: it may hold a link's token.
fn log(call: &Call, status: StatusCode) {
    let route = call.route.map_or("none", |route| route.path);
    tracing::debug!(request = %call.request_id, method = %call.parts.method, route, status = status.as_u16(), "answered");
}

fn without_body(response: Response<Body>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact().filter(|_| parts.status == StatusCode::OK) {
        parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    Response::from_parts(parts, Body::empty())
}
