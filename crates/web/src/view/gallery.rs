//! Every page once, filled with sample values, in both languages: held to the rules of markup here, and written out to
//! be looked at when `DOORWARD_GALLERY` names a folder.

use std::collections::BTreeSet;
use std::{env, fs};

use askama::Template;
use doorward_domain::action::Action;
use doorward_domain::identifier::change::IdentifierChangeKind;
use doorward_domain::jurisdiction::Mode;
use doorward_domain::support_case::CaseStep;

use super::before_you_sign_in::BeforeYouSignInPage;
use super::case::{
    CaseAuthenticatorPage, CaseCodePage, CaseDocumentsPage, CaseStatusPage, StopCodePage, StopDonePage,
    StopPage,
};
use super::dashboard::DashboardPage;
use super::error::{ErrorKind, ErrorPage};
use super::forgot_password::{
    ForgotCodePage, ForgotDonePage, ForgotFactorPage, ForgotLinkPage, ForgotNewPasswordPage,
    ForgotPasswordPage,
};
use super::help::{HelpPage, HelpTopic, HelpTopicPage};
use super::home::HomePage;
use super::identifiers::{IdentifierCodePage, IdentifierWishPage, IdentifiersPage};
use super::mailbox::{MailPage, MailboxPage};
use super::market::{BalancesPage, MarketPage, MarketsPage};
use super::passkey::{AddPasskeyPage, NewPasskeyPage, PasskeysOnlyPage, PasskeysPage, RemovePasskeyPage};
use super::past::PastPage;
use super::protect::{
    CancelPage, CancelledPage, ChoicesPage, ForgottenTradingPage, LockOpenPage, LockPage, OwnFreezePage,
    ParkedPage, PhrasesPage, TradingPasswordPage, UnfreezePage, UnfrozenPage,
};
use super::record::{ActivityPage, CancelErasurePage, DataPage, DataProofPage, ErasureCancelledPage};
use super::restricted::{self, RestrictedPage};
use super::review::{NotMePage, ReviewPage};
use super::security::{
    ChangePasswordPage, FreezeDonePage, FreezePage, NewAuthenticatorPage, RenewRecoveryCodesPage,
    ReplaceAuthenticatorPage, SecurityPage, SignedOutPage,
};
use super::sign_in::{
    AccessPage, FlowEndedPage, FrozenPage, SignInChannelPage, SignInCodePage, SignInDevicePage, SignInPage,
    SignInPasswordPage,
};
use super::sign_up::{
    RecoveryCodesPage, SignUpAuthenticatorPage, SignUpCodePage, SignUpPage, SignUpPasswordPage,
};
use super::support::sample::desk;
use super::support::{
    BlocksPage, Desk, DeskAccountPage, DeskDoorPage, EnrolPage, LookUpPage, RequestsPage, RoleRefusedPage,
    StaffPage, ToldPage,
};
use super::support_case::{CasePage, QueuePage};
use super::{Frame, Moment, Problems, Restriction, Visitor};

struct Gallery {
    tag: &'static str,
    pages: Vec<(String, String)>,
}

impl Gallery {
    fn stranger(&self, here: &str) -> Frame {
        Frame::sample(self.tag, here, Visitor::Stranger)
    }

    fn customer(&self, here: &str) -> Frame {
        Frame::sample(self.tag, here, Visitor::Customer)
    }

    fn add(&mut self, name: &str, page: &impl Template) {
        self.pages.push((name.to_owned(), page.render().expect("a page renders")));
    }

    fn of(tag: &'static str) -> Vec<(String, String)> {
        let mut gallery = Self { tag, pages: Vec::new() };
        gallery.public();
        gallery.sign_up();
        gallery.sign_in();
        gallery.forgot_password();
        gallery.account();
        gallery.market();
        gallery.recover();
        gallery.support();
        gallery.pages
    }

    fn public(&mut self) {
        self.add("home", &HomePage { frame: self.stranger("/") });
        self.add("before", &BeforeYouSignInPage::sample(self.stranger("/before-you-sign-in")));
        self.add("help", &HelpPage { frame: self.stranger("/help") });
        for topic in HelpTopic::ALL {
            let frame = self.stranger("/help/topic");
            self.add(&format!("help-{}", topic.slug()), &HelpTopicPage { frame, topic });
        }
        for kind in ErrorKind::ALL {
            let frame = self.stranger("/");
            self.add(&format!("error-{}", kind.status()), &ErrorPage::sample(frame, kind));
        }
        self.add("mailbox", &MailboxPage::sample(self.stranger("/mailbox")));
        self.add("mailbox-mail", &MailPage::sample(self.stranger("/mailbox/1")));
    }

    fn sign_up(&mut self) {
        let here = "/sign-up";
        self.add("sign-up", &SignUpPage::sample(self.stranger(here)));
        self.add("sign-up-code", &SignUpCodePage::sample(self.stranger(here)));
        let mut page = SignUpPasswordPage::sample(self.stranger(here));
        self.add("sign-up-password", &page);
        page.problems = Problems::one("password", page.frame.text("refused-password-common"));
        self.add("sign-up-password-refused", &page);
        self.add("sign-up-authenticator", &SignUpAuthenticatorPage::sample(self.stranger(here)));
        self.add("sign-up-recovery-codes", &RecoveryCodesPage::sample(self.stranger(here), true));
        self.add("sign-up-access", &AccessPage::sample(self.stranger(here), true));
    }

    fn sign_in(&mut self) {
        let here = "/sign-in";
        let mut page = SignInPage::sample(self.stranger(here));
        self.add("sign-in", &page);
        page.identifier = "\"><script>alert(1)</script>".to_owned();
        page.problems = Problems::one("identifier", page.frame.text("refused-identifier-not-an-email"));
        self.add("sign-in-refused", &page);
        let mut page = SignInPasswordPage::sample(self.stranger("/sign-in/password"));
        self.add("sign-in-password", &page);
        page.known_device = true;
        page.phrase = Some("quiet river".to_owned());
        page.resumed = true;
        page.problems = Problems::one("password", page.frame.text("refused-wrong-password"));
        self.add("sign-in-password-refused", &page);
        self.add("sign-in-channel", &SignInChannelPage::sample(self.stranger(here), false));
        self.add("sign-in-channel-sent", &SignInChannelPage::sample(self.stranger(here), true));
        let mut page = SignInCodePage::sample(self.stranger("/sign-in/code"));
        self.add("sign-in-code", &page);
        let clock = doorward_wording::refusal::clock_notice(&page.frame.words, 5);
        page.problems = Problems::one("code", clock.clone());
        page.clock = Some(clock);
        self.add("sign-in-code-clock", &page);
        self.add("sign-in-device", &SignInDevicePage::sample(self.stranger("/sign-in/device")));
        self.add("sign-in-access", &AccessPage::sample(self.stranger("/sign-in/access"), false));
        let frame = self.stranger(here);
        let since = Some(Moment::of_micros(1_795_400_000_000_000, &frame.words));
        self.add("sign-in-frozen", &FrozenPage { frame, since });
        let frame = self.stranger(here);
        let sentence = frame.text("refused-sign-in-expired").into_owned();
        self.add("sign-in-ended", &FlowEndedPage { frame, sentence, again_path: here.to_owned() });
    }

    fn forgot_password(&mut self) {
        let here = "/forgot-password";
        self.add("forgot", &ForgotPasswordPage::sample(self.stranger(here)));
        self.add("forgot-code", &ForgotCodePage::sample(self.stranger(here)));
        self.add("forgot-link", &ForgotLinkPage { frame: self.stranger(here), token: "sample".to_owned() });
        let frame = self.stranger(here);
        let page = ForgotFactorPage { frame, problems: Problems::none(), clock: None, passkeys_only: false };
        self.add("forgot-factor", &page);
        let only = ForgotFactorPage::sample_passkeys_only(self.stranger(here));
        self.add("forgot-passkeys-only", &only);
        self.add("forgot-password", &ForgotNewPasswordPage::sample(self.stranger(here)));
        let frame = self.stranger(here);
        let hold = Some(frame.words.span(86_400));
        self.add("forgot-done", &ForgotDonePage { frame, hold });
    }

    fn recover(&mut self) {
        let here = "/case";
        self.add("case-code", &CaseCodePage::sample(self.stranger(here), false));
        self.add("case-code-second", &CaseCodePage::sample(self.stranger(here), true));
        self.add("case-authenticator", &CaseAuthenticatorPage::sample(self.stranger(here)));
        self.add("case-documents", &CaseDocumentsPage::sample(self.stranger(here), false));
        self.add("case-documents-given", &CaseDocumentsPage::sample(self.stranger(here), true));
        for step in [CaseStep::Decision, CaseStep::Waiting, CaseStep::Done, CaseStep::Ended] {
            self.add(&format!("case-{}", step.name()), &CaseStatusPage::sample(self.stranger(here), step));
        }
        for undoes in [false, true] {
            let (frame, token) = (self.stranger("/stop"), "sample".to_owned());
            let page = StopPage { frame, token, undoes, effective_at: None };
            self.add(&format!("stop-{undoes}"), &page);
            let page = StopDonePage { frame: self.stranger("/stop"), undone: undoes };
            self.add(&format!("stop-done-{undoes}"), &page);
        }
        let problems = Problems::none();
        self.add("stop-code", &StopCodePage { frame: self.stranger("/stop"), problems });
        self.add("identifiers", &IdentifiersPage::sample(self.customer("/security/identifiers")));
        for kind in IdentifierChangeKind::ALL {
            let frame = self.customer("/security/identifiers/change");
            self.add(&format!("identifiers-{}", kind.name()), &IdentifierWishPage::sample(frame, *kind));
        }
        let frame = self.customer("/security/identifiers/confirm");
        self.add("identifiers-confirm", &IdentifierCodePage::sample(frame));
    }

    fn account(&mut self) {
        self.add("review", &ReviewPage::sample(self.customer("/review")));
        self.add("review-first", &ReviewPage::sample_first(self.customer("/review")));
        self.add("review-not-me", &NotMePage::sample(self.customer("/review")));
        self.add("dashboard", &DashboardPage::sample(self.customer("/dashboard")));
        for mode in [Mode::Closing, Mode::WithdrawOnly, Mode::Blocked] {
            let judged = restricted::sample::judged(mode);
            let mut frame = self.customer("/dashboard");
            frame.restriction = Restriction::of(&judged, &frame.words);
            self.add(&format!("dashboard-{}", mode.name()), &DashboardPage::sample(frame));
            let frame = self.customer("/security");
            let page = RestrictedPage::of(frame, Action::ChangeSecurity, &judged);
            self.add(&format!("restricted-{}", mode.name()), &page);
        }
        let (frame, judged) = (self.stranger("/sign-up"), restricted::sample::judged(Mode::Closing));
        self.add("restricted-stranger", &RestrictedPage::of(frame, Action::SignUp, &judged));
        self.add("security", &SecurityPage::sample(self.customer("/security")));
        self.protect();
        self.add("security-password", &ChangePasswordPage::sample(self.customer("/security/password")));
        let frame = self.customer("/security/authenticator");
        self.add("security-authenticator", &ReplaceAuthenticatorPage::sample(frame));
        let frame = self.customer("/security/authenticator");
        self.add("security-new-authenticator", &NewAuthenticatorPage::sample(frame));
        let frame = self.customer("/security/recovery-codes");
        self.add("security-renew-recovery-codes", &RenewRecoveryCodesPage::sample(frame));
        let frame = Frame { passkey_needed: true, ..self.customer("/security/recovery-codes") };
        self.add("security-renew-by-passkey-alone", &RenewRecoveryCodesPage::sample(frame));
        let frame = self.customer("/security/recovery-codes");
        self.add("security-recovery-codes", &RecoveryCodesPage::sample(frame, false));
        let here = "/security/passkeys";
        self.add("passkeys", &PasskeysPage::sample(self.customer(here), false));
        self.add("passkeys-only-on", &PasskeysPage::sample(self.customer(here), true));
        self.add("passkeys-none", &PasskeysPage::sample_empty(self.customer(here)));
        let mut page = AddPasskeyPage::sample(self.customer(here));
        self.add("passkeys-add", &page);
        page.problems = Problems::one("name", page.frame.text("refused-passkey-name"));
        self.add("passkeys-add-refused", &page);
        self.add("passkeys-new", &NewPasskeyPage::sample(self.customer(here)));
        self.add("passkeys-remove", &RemovePasskeyPage::sample(self.customer(here)));
        self.add("passkeys-only-begin", &PasskeysOnlyPage::sample(self.customer(here), false));
        self.add("passkeys-only-end", &PasskeysOnlyPage::sample(self.customer(here), true));
        self.add("freeze", &FreezePage { frame: self.stranger("/freeze"), token: "sample".to_owned() });
        self.add("freeze-done", &FreezeDonePage { frame: self.stranger("/freeze") });
        self.add("activity", &ActivityPage::sample(self.customer("/activity")));
        self.add("data", &DataPage::sample(self.customer("/account/data")));
        self.add("data-under-way", &DataPage::sample_under_way(self.customer("/account/data")));
        self.add("data-erase", &DataProofPage::sample(self.customer("/account/data/erase")));
        let frame = self.stranger("/erasure/cancel");
        self.add("erasure-cancel", &CancelErasurePage { frame, token: "sample".to_owned() });
        let frame = self.stranger("/erasure/cancelled");
        self.add("erasure-cancelled", &ErasureCancelledPage { frame });
        self.add("signed-out", &SignedOutPage { frame: self.stranger("/") });
    }

    fn market(&mut self) {
        for is_open in [true, false] {
            let page = BalancesPage::sample(self.customer("/balances"), is_open);
            self.add(&format!("balances-{is_open}"), &page);
            let mut page = MarketsPage::sample(self.customer("/markets"), is_open);
            self.add(&format!("markets-{is_open}"), &page);
            page.problems = Problems::one("", page.frame.text("refused-market-not-known"));
            self.add(&format!("markets-not-known-{is_open}"), &page);
            self.add(&format!("past-{is_open}"), &PastPage::sample(self.customer("/history"), is_open));
            let mut page = MarketPage::sample(self.customer("/markets/BTC-EUR"), is_open);
            self.add(&format!("market-{is_open}"), &page);
            page.problems =
                Problems::one("price", page.frame.text_of("refused-amount-off-tick", "step", "0.01"));
            self.add(&format!("market-refused-{is_open}"), &page);
        }
    }

    fn support(&mut self) {
        let here = |path: &str| Frame::sample(self.tag, path, Visitor::Stranger);
        let frames = ["/support/sign-in", "/support/enrol", "/support", "/support/accounts/1"].map(here);
        let [door, enrol, queue, account] = frames;
        let others = ["/support/accounts", "/support/requests", "/support/staff", "/support/left"].map(here);
        let [look_up, requests, staff, left] = others;
        let (off, role) = (here("/support/sign-in"), here("/support/requests"));
        self.add("desk-door", &DeskDoorPage::sample(door, true));
        self.add("desk-door-off", &DeskDoorPage::sample(off, false));
        self.add("desk-enrol", &EnrolPage::sample(enrol));
        self.add("desk-queue", &QueuePage::sample(queue, true));
        self.add("desk-queue-closed", &QueuePage::sample(here("/support"), false));
        self.add("desk-case", &CasePage::sample(here("/support/cases/1")));
        self.add("desk-account", &DeskAccountPage::sample(account));
        self.add("desk-requests", &RequestsPage::sample(requests));
        self.add("desk-blocks", &BlocksPage::sample(here("/support/blocks")));
        self.add("desk-staff", &StaffPage::sample(staff));
        let (title, text) =
            (left.text("desk-left-title").into_owned(), left.text("desk-left-text").into_owned());
        self.add("desk-left", &ToldPage { frame: left, desk: Desk::default(), title, text, go: None });
        self.add("desk-role", &RoleRefusedPage { desk: desk(&role), frame: role });
        let desk = desk(&look_up);
        let problems = Problems::one("identifier", look_up.text("desk-refused-no-account"));
        self.add("desk-look-up", &LookUpPage { frame: look_up, desk, problems, typed: "x".to_owned() });
    }
}

impl Gallery {
    fn protect(&mut self) {
        let here = "/security/trading-password";
        for is_set in [false, true] {
            let page = TradingPasswordPage::sample(self.customer(here), is_set);
            self.add(&format!("protect-trading-{is_set}"), &page);
            let page = ForgottenTradingPage::sample(self.customer(here), is_set);
            self.add(&format!("protect-forgotten-{is_set}"), &page);
            let page = LockPage::sample(self.customer("/security/lock"), is_set);
            self.add(&format!("protect-lock-{is_set}"), &page);
        }
        let mut page = TradingPasswordPage::sample(self.customer(here), true);
        page.problems = Problems::one("new", page.frame.text("refused-trading-date"));
        self.add("protect-trading-refused", &page);
        self.add("protect-phrases", &PhrasesPage::sample(self.customer("/security/phrases")));
        self.add("protect-choices", &ChoicesPage::sample(self.customer("/security/choices")));
        self.add("protect-lock-open", &LockOpenPage::sample(self.customer("/security/lock/open")));
        let frame = self.customer("/security/freeze");
        let hold = frame.words.span(86_400);
        self.add("protect-freeze", &OwnFreezePage { frame, hold });
        self.add("protect-cancel", &CancelPage::sample(self.stranger("/cancel")));
        self.add("protect-cancelled", &CancelledPage { frame: self.stranger("/cancel/done") });
        self.add("protect-unfreeze", &UnfreezePage::sample(self.stranger("/sign-in/unfreeze")));
        self.add("protect-unfrozen", &UnfrozenPage { frame: self.stranger("/unfrozen") });
        let frame = self.stranger("/forgot-password/password");
        let until = Moment::of_micros(1_795_700_000_000_000, &frame.words);
        self.add("protect-parked", &ParkedPage { frame, until });
    }
}

fn every_page() -> Vec<(String, String)> {
    let of = |tag| Gallery::of(tag).into_iter().map(move |(name, html)| (format!("{name}.{tag}"), html));
    of("en").chain(of("de")).collect()
}

/// The values of an attribute in a page.
fn values<'h>(html: &'h str, attribute: &str) -> Vec<&'h str> {
    let start = format!(" {attribute}=\"");
    html.split(start.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn the_gallery_is_written_where_asked() {
    let Some(folder) = env::var_os("DOORWARD_GALLERY").map(std::path::PathBuf::from) else { return };
    fs::create_dir_all(folder.join("assets")).expect("a folder");
    for (name, html) in every_page() {
        fs::write(folder.join(format!("{name}.html")), html).expect("a file");
    }
    fs::write(folder.join("assets/doorward.css"), super::STYLESHEET).expect("a file");
}

#[test]
fn every_page_has_one_heading_a_title_and_its_language() {
    for (name, html) in every_page() {
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        assert_eq!(html.matches("<main").count(), 1, "{name}");
        assert!(html.contains(" · Doorward</title>"), "{name}");
        let tag = name.rsplit('.').next().expect("a tag");
        assert!(html.contains(&format!("<html lang=\"{tag}\">")), "{name}");
    }
}

#[test]
fn nothing_stands_inline_that_the_content_security_policy_forbids() {
    for (name, html) in every_page() {
        assert!(values(&html, "style").is_empty(), "{name} has an inline style");
        assert!(!html.contains("<style"), "{name} has a style element");
        assert!(!html.contains("javascript:"), "{name}");
        for script in html.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap_or_default();
            assert!(tag.contains(" src="), "{name} has an inline script: {tag}");
        }
        for handler in ["onclick", "onsubmit", "onload", "onerror"] {
            assert!(values(&html, handler).is_empty(), "{name} has {handler}");
        }
    }
}

#[test]
fn every_form_that_posts_carries_the_form_token() {
    for (name, html) in every_page() {
        for form in html.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap_or_default();
            assert!(form.contains("type=\"submit\""), "{name} has a form that nobody can send: {form}");
            // A form that asks for a list writes nothing, and its fields show in the address: no token belongs there.
            if form.contains("method=\"get\"") {
                assert!(!form.contains("csrf"), "{name}: {form}");
                continue;
            }
            assert!(form.contains("method=\"post\""), "{name}");
            assert!(form.contains("name=\"csrf\" value=\"sample-form-token\""), "{name}: {form}");
        }
    }
}

#[test]
fn ids_are_unique_and_every_reference_finds_its_element() {
    for (name, html) in every_page() {
        let ids = values(&html, "id");
        let unique: BTreeSet<_> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{name} repeats an id: {ids:?}");
        for attribute in ["for", "aria-describedby", "aria-labelledby", "aria-controls"] {
            for reference in values(&html, attribute).iter().flat_map(|list| list.split_whitespace()) {
                assert!(
                    unique.contains(reference),
                    "{name}: {attribute} names {reference}, which is not there"
                );
            }
        }
        for target in values(&html, "href").iter().filter_map(|href| href.strip_prefix('#')) {
            assert!(unique.contains(target), "{name} leads to #{target}, which is not there");
        }
    }
}

#[test]
fn what_people_type_comes_back_escaped() {
    let (_, html) = every_page().into_iter().find(|(name, _)| name == "sign-in-refused.en").expect("listed");
    assert!(!html.contains("<script>alert"));
}

#[test]
fn every_behaviour_has_its_module() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/js");
    for (name, html) in every_page() {
        for behaviour in values(&html, "data-behaviour").iter().flat_map(|list| list.split(' ')) {
            assert!(folder.join(format!("{behaviour}.js")).is_file(), "{name}: {behaviour} has no module");
        }
    }
}
