//! One request, as handlers see it.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::OnceLock;

use doorward_app::jurisdiction::Judged;
use doorward_app::staff::AtDesk;
use doorward_app::visit::Visit;
use doorward_app::{App, Customer};
use doorward_domain::language::Language;
use doorward_domain::return_path::ReturnPath;
use doorward_domain::step_up::Factor;
use doorward_domain::token::Token;
use doorward_wording::Words;
use http::header;
use http::request::Parts;

use crate::answer::Answer;
use crate::config::PublicUrl;
use crate::guard::cookies::Cookie;
use crate::guard::form::Fields;
use crate::guard::request_id::RequestId;
use crate::guard::{language, network};
use crate::house::{House, Side};
use crate::refusal::{Trouble, fault};
use crate::routes::Route;
use crate::view::{Frame, Restriction, Visitor};

/// One request, as handlers see it. What costs something is worked out when it is asked for.
pub(crate) struct Call {
    pub(crate) house: Arc<House>,
    pub(crate) request_id: RequestId,
    pub(crate) parts: Parts,
    pub(crate) peer: IpAddr,
    /// Which part of the house its listener opens.
    pub(crate) side: Side,
    pub(crate) route: Option<&'static Route>,
    /// The fields of the form, or of the address at a GET.
    pub(crate) fields: Fields,
    /// The file of a form that carries one.
    pub(crate) file: Vec<u8>,
    pub(crate) customer: Option<Customer>,
    pub(crate) staff: Option<AtDesk>,
    /// A browser that has no cookie yet, or none that can be read, gets this one with the page.
    pub(crate) new_browser: OnceLock<Token>,
    language: OnceLock<Language>,
    /// What the rules of countries leave open for this request, once it was asked.
    judged: OnceLock<Judged>,
}

impl Call {
    pub(crate) fn new(
        house: Arc<House>,
        request_id: RequestId,
        parts: Parts,
        peer: IpAddr,
        side: Side,
    ) -> Call {
        Call {
            house,
            request_id,
            parts,
            peer,
            side,
            route: None,
            fields: Fields::default(),
            file: Vec::new(),
            customer: None,
            staff: None,
            new_browser: OnceLock::new(),
            language: OnceLock::new(),
            judged: OnceLock::new(),
        }
    }

    pub(crate) fn app(&self) -> &App {
        &self.house.app
    }

    /// What stands in the varying part of the path.
    pub(crate) fn rest(&self) -> &str {
        self.house.lookup.find(self.path()).map_or("", |(_, rest)| rest)
    }

    /// Shows a page.
    pub(crate) fn show(&self, page: &impl askama::Template) -> Result<Answer, Trouble> {
        page.render().map(Answer::page).map_err(|error| fault("rendering a page", error))
    }

    pub(crate) fn path(&self) -> &str {
        self.parts.uri.path()
    }

    pub(crate) fn is_post(&self) -> bool {
        self.parts.method == http::Method::POST
    }

    pub(crate) fn cookie(&self, cookie: Cookie) -> Option<&str> {
        cookie.read(&self.parts.headers)
    }

    /// The cookie of a flow; empty when there is none, which the use case answers like one that it did not write.
    pub(crate) fn flow(&self, cookie: Cookie) -> &str {
        self.cookie(cookie).unwrap_or_default()
    }

    /// The session of this request. The table has checked it where it says `Customer`.
    pub(crate) fn customer(&self) -> Result<&Customer, Trouble> {
        self.customer.as_ref().ok_or(Trouble::NoSession)
    }

    /// The member of staff of this request. The table has checked it where it says `Staff`.
    pub(crate) fn staff(&self) -> Result<&AtDesk, Trouble> {
        self.staff.as_ref().ok_or(Trouble::NoStaffSession)
    }

    /// Where this part of the house is found.
    pub(crate) fn url(&self) -> &PublicUrl {
        let config = &self.house.config;
        match &config.desk_url {
            Some(url) if self.side == Side::Desk => url,
            _ => &config.public_url,
        }
    }

    pub(crate) fn language(&self) -> Language {
        let chosen =
            || self.fields.find("language").and_then(Language::from_name).filter(|_| !self.is_post());
        *self.language.get_or_init(|| chosen().unwrap_or_else(|| language::of(&self.parts.headers)))
    }

    pub(crate) fn words(&self) -> Words {
        Words::of_tag(self.language().tag())
    }

    /// Where the visitor comes from, forwarded addresses judged.
    pub(crate) fn network(&self) -> IpAddr {
        network::visitor(self.peer, &self.parts.headers, &self.house.config.trusted_proxies)
    }

    /// What the rules of countries leave open for this visitor, from this address.
    pub(crate) fn judged(&self) -> Judged {
        *self.judged.get_or_init(|| match &self.customer {
            Some(customer) => self.app().mode_of_customer(self.network(), customer),
            None => self.app().mode_of(self.network(), None),
        })
    }

    /// Whose rules hold is known better than from the address and the session. Before anything asks [`Self::judged`].
    pub(crate) fn judge(&self, judged: Judged) {
        self.judged.get_or_init(|| judged);
    }

    /// The secret of this browser: its cookie's, or a new one that goes out with the answer.
    pub(crate) fn browser(&self) -> Token {
        match self.cookie(Cookie::Browser).and_then(Token::parse) {
            Some(browser) => browser,
            None => self.new_browser.get_or_init(|| self.app().new_browser()).clone(),
        }
    }

    pub(crate) fn device_tokens(&self) -> Vec<Token> {
        let carried = self.cookie(Cookie::Device).unwrap_or_default();
        carried.split('.').filter_map(Token::parse).take(self.app().policy.device.per_browser).collect()
    }

    /// What use cases may know of this request.
    pub(crate) fn visit(&self) -> Visit {
        let user_agent = self.parts.headers.get(header::USER_AGENT).map(|sent| sent.as_bytes());
        Visit {
            network: self.network(),
            user_agent: Visit::clean_user_agent(&String::from_utf8_lossy(user_agent.unwrap_or_default())),
            language: self.language(),
            language_is_chosen: language::chosen(&self.parts.headers).is_some(),
            browser: Some(self.browser()),
            device_tokens: self.device_tokens(),
            script: !self.fields.get("human_check_token").is_empty(),
        }
    }

    /// What a form's token is bound to: the session, or before there is one the browser. The desk has a session of its
    /// own, and nothing of a customer's counts there.
    pub(crate) fn form_owner(&self) -> Token {
        let is_desk = self.route.is_some_and(Route::is_desk);
        self.cookie(if is_desk { Cookie::Desk } else { Cookie::Session })
            .and_then(Token::parse)
            .unwrap_or_else(|| self.browser())
    }

    /// What surrounds a page with forms.
    pub(crate) fn frame(&self) -> Frame {
        let csrf = self.app().form_token(&self.form_owner());
        self.frame_with(csrf)
    }

    /// What surrounds a page without forms; sets no cookie.
    pub(crate) fn frame_without_form(&self) -> Frame {
        match self.customer {
            Some(_) => self.frame(),
            None => self.frame_with(String::new()),
        }
    }

    /// What surrounds a page whose address holds a link's token: nothing on the page leads back to that address.
    pub(crate) fn frame_without_query(&self) -> Frame {
        Frame { here: self.path().to_owned(), ..self.frame() }
    }

    fn frame_with(&self, csrf: String) -> Frame {
        let config = &self.house.config;
        let here = match self.route {
            Some(_) if !self.is_post() => here(&self.parts.uri),
            _ => self.path().to_owned(),
        };
        Frame {
            words: self.words(),
            site_name: config.site_name.clone(),
            origin: self.url().origin().to_owned(),
            here,
            csrf,
            assets: crate::assets::base().to_owned(),
            visitor: if self.customer.is_some() { Visitor::Customer } else { Visitor::Stranger },
            passkey_needed: self
                .customer
                .as_ref()
                .is_some_and(|customer| customer.entered_by == Factor::Passkey),
            mailbox: config.mailbox.is_some(),
            restriction: self.judged.get().and_then(|judged| Restriction::of(judged, &self.words())),
            attribution: self.app().places.attribution(),
        }
    }

    /// What the address says was just done, when a page of ours led here: a link from elsewhere puts no words into a page.
    pub(crate) fn done_here(&self) -> Option<&str> {
        let from_here = self.parts.headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin");
        self.fields.find("done").filter(|_| from_here)
    }

    /// Sends whoever has not confirmed the review of this entry there first.
    pub(crate) fn review_first(&self) -> Result<Option<Answer>, Trouble> {
        let is_reviewed = self.customer()?.is_reviewed;
        Ok((!is_reviewed).then(|| Answer::see_other(&format!("/review?return_to={}", self.path()))))
    }

    /// The own path to come back to after entry, when one was asked for.
    pub(crate) fn return_path(&self) -> Option<ReturnPath> {
        self.fields.find("return_to").and_then(ReturnPath::parse)
    }

    /// Where somebody without a session goes first, to come back to this page afterwards.
    pub(crate) fn to_sign_in(&self) -> Answer {
        let whole = self.parts.uri.path_and_query().map_or("/", |whole| whole.as_str());
        let path = match ReturnPath::parse(whole) {
            Some(_) if whole != "/dashboard" => {
                format!("/sign-in?return_to={}", escape(whole))
            }
            _ => "/sign-in".to_owned(),
        };
        Answer::see_other(&path).forget(Cookie::Session)
    }
}

/// Where a page stands: its path, and of its query all but the language, which the switch adds anew.
fn here(uri: &http::Uri) -> String {
    let kept: Vec<&str> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("language="))
        .collect();
    if kept.is_empty() { uri.path().to_owned() } else { format!("{}?{}", uri.path(), kept.join("&")) }
}

/// A path as the value of a parameter.
pub(crate) fn escape(path: &str) -> String {
    path.bytes().fold(String::with_capacity(path.len()), |mut text, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                text.push(char::from(byte));
            }
            other => {
                let _ = write!(text, "%{other:02X}");
            }
        }
        text
    })
}
