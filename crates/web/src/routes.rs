//! Every address of the house: method, path, who may open it, which fields it reads, and the handler.
//!
//! The door is made from this table and so is the access test; an address that is not here does not exist.

use std::future::Future;
use std::pin::Pin;

use doorward_domain::staff::StaffAct;
use http::Method;

use crate::answer::Answer;
use crate::call::Call;
use crate::guard::cookies::Cookie;
use crate::guard::form::FieldNames;
use crate::guard::origin::Asked;
use crate::pages::{
    account, assets, case, forgot_password, freeze, health, help, home, human_check, identifiers, mailbox,
    market, passkey, password_strength, past, protect, record, security, session_check, sign_in, sign_out,
    sign_up, stop, support, well_known,
};
use crate::refusal::Trouble;

pub(crate) type Handling<'call> = Pin<Box<dyn Future<Output = Result<Answer, Trouble>> + Send + 'call>>;
pub(crate) type Handler = for<'call> fn(&'call mut Call) -> Handling<'call>;

/// Who may open an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Anyone,
    /// A browser on its way through this flow; everybody else begins at its start.
    Flow {
        /// The flow's cookie.
        cookie: Cookie,
        /// Where the flow begins.
        start: &'static str,
    },
    /// A customer with a session; everybody else signs in first and comes back.
    Customer,
    /// The same for programs: a stranger gets 401 as JSON.
    Api,
    /// The same for what an open page of ours fetches by itself, which counts as no use of the session.
    OpenPage,
    /// Everybody who stands before the support desk: where it listens, and nowhere else.
    DeskDoor,
    /// A member of staff at the desk whose role includes this act; everybody else comes to the desk first.
    Staff {
        /// What is done.
        act: StaffAct,
    },
    /// Whoever sits at this machine, when the program enabled it.
    Local,
    /// Whoever watches over the program; the only addresses that do not ask for the public host's name.
    Probe,
}

/// One line of the table.
pub struct Route {
    /// GET (which HEAD shares) or POST.
    pub method: Method,
    /// The path; a part in braces stands for one that varies.
    pub path: &'static str,
    /// Who may open it.
    pub access: Access,
    /// Whether links of other sites may open it.
    pub asked: Asked,
    /// The fields of its form, or of its address at a GET. A `?` marks one that may be absent.
    pub fields: FieldNames,
    /// Whether its form carries a file.
    pub is_upload: bool,
    pub(crate) handler: Handler,
}

impl Route {
    /// Whether the line belongs to the support desk.
    pub fn is_desk(&self) -> bool {
        matches!(self.access, Access::DeskDoor | Access::Staff { .. })
    }

    /// Whether people see the answer; programs and scripts of ours see the others.
    pub fn is_page(&self) -> bool {
        self.asked == Asked::Page && self.access != Access::Probe
    }
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({:?})", self.method, self.path, self.access)
    }
}

const fn line(
    method: Method,
    path: &'static str,
    access: Access,
    asked: Asked,
    fields: FieldNames,
    handler: Handler,
) -> Route {
    Route { method, path, access, asked, fields, is_upload: false, handler }
}

/// A page by GET. `language` switches the language of every page.
macro_rules! page {
    ($path:literal, $access:expr, [$($field:literal),*], $handler:path) => {
        line(Method::GET, $path, $access, Asked::Page, &[$($field,)* "language?"], |call| Box::pin($handler(call)))
    };
    ($path:literal, $access:expr, $handler:path) => { page!($path, $access, [], $handler) };
}

/// A form by POST, with its token.
macro_rules! form {
    ($path:literal, $access:expr, [$($field:literal),*], $handler:path) => {
        line(Method::POST, $path, $access, Asked::Page, &["csrf", $($field),*], |call| Box::pin($handler(call)))
    };
}

/// A form by POST that carries a file.
macro_rules! upload {
    ($path:literal, $access:expr, [$($field:literal),*], $handler:path) => {
        Route {
            method: Method::POST,
            path: $path,
            access: $access,
            asked: Asked::Page,
            fields: &["csrf", "file", $($field),*],
            is_upload: true,
            handler: |call| Box::pin($handler(call)),
        }
    };
}

/// A question that a script of ours asks by POST; the answer is JSON.
macro_rules! question {
    ($path:literal, $access:expr, [$($field:literal),*], $handler:path) => {
        line(Method::POST, $path, $access, Asked::OwnPagesOnly, &["csrf", $($field),*], |call| Box::pin($handler(call)))
    };
}

/// Something that only pages of ours, or programs, fetch.
macro_rules! data {
    ($path:literal, $access:expr, [$($field:literal),*], $handler:path) => {
        line(Method::GET, $path, $access, Asked::OwnPagesOnly, &[$($field),*], |call| Box::pin($handler(call)))
    };
}

const SIGN_IN: Access = Access::Flow { cookie: Cookie::SignIn, start: "/sign-in" };
const SIGN_UP: Access = Access::Flow { cookie: Cookie::SignUp, start: "/sign-up" };
const CASE: Access = Access::Flow { cookie: Cookie::Case, start: "/sign-in" };
const RESET: Access = Access::Flow { cookie: Cookie::Reset, start: "/forgot-password" };

const fn staff(act: StaffAct) -> Access {
    Access::Staff { act }
}

/// Every address of the house.
pub static ROUTES: &[Route] = &[
    page!("/", Access::Anyone, home::show),
    page!("/before-you-sign-in", Access::Anyone, home::before_you_sign_in),
    page!("/help", Access::Anyone, help::index),
    page!("/help/{topic}", Access::Anyone, help::topic),
    // Signing in
    page!("/sign-in", Access::Anyone, ["return_to?"], sign_in::show),
    form!("/sign-in", Access::Anyone, ["identifier", "country?", "return_to?"], sign_in::begin),
    page!("/sign-in/password", SIGN_IN, sign_in::step),
    form!(
        "/sign-in/password",
        SIGN_IN,
        [
            "password",
            "username?",
            "resume?",
            "human_check_token?",
            "human_check_answer?",
            "human_check_work?",
            "human_check_proof?"
        ],
        sign_in::password
    ),
    page!("/sign-in/channel", SIGN_IN, sign_in::step),
    form!(
        "/sign-in/channel",
        SIGN_IN,
        [
            "code?",
            "again?",
            "human_check_token?",
            "human_check_answer?",
            "human_check_work?",
            "human_check_proof?"
        ],
        sign_in::channel
    ),
    page!("/sign-in/code", SIGN_IN, sign_in::step),
    form!("/sign-in/code", SIGN_IN, ["code"], sign_in::code),
    page!("/sign-in/device", SIGN_IN, ["sent?"], sign_in::step),
    form!("/sign-in/device", SIGN_IN, ["code?", "again?"], sign_in::device),
    page!("/sign-in/unfreeze", SIGN_IN, ["sent?"], sign_in::step),
    form!("/sign-in/unfreeze", SIGN_IN, ["code?", "again?"], sign_in::unfreeze),
    page!("/unfrozen", Access::Anyone, sign_in::unfrozen),
    page!("/sign-in/access", SIGN_IN, sign_in::step),
    form!("/sign-in/access", SIGN_IN, [], sign_in::access),
    form!("/sign-in/cancel", SIGN_IN, [], sign_in::cancel),
    question!("/sign-in/passkey/options", Access::Anyone, ["for"], passkey::options),
    form!("/sign-in/passkey", Access::Anyone, ["answer", "return_to?"], passkey::sign_in),
    form!("/sign-in/lost-factor", SIGN_IN, [], case::open_from_sign_in),
    data!("/human-check", Access::Anyone, ["purpose", "way"], human_check::challenge),
    // Signing up
    page!("/sign-up", Access::Anyone, sign_up::show),
    form!(
        "/sign-up",
        Access::Anyone,
        [
            "identifier",
            "country?",
            "human_check_token?",
            "human_check_answer?",
            "human_check_work?",
            "human_check_proof?"
        ],
        sign_up::begin
    ),
    page!("/sign-up/code", SIGN_UP, ["sent?"], sign_up::step),
    form!("/sign-up/code", SIGN_UP, ["code?", "again?"], sign_up::code),
    page!("/sign-up/password", SIGN_UP, sign_up::step),
    form!("/sign-up/password", SIGN_UP, ["password", "username?"], sign_up::password),
    page!("/sign-up/authenticator", SIGN_UP, sign_up::step),
    form!("/sign-up/authenticator", SIGN_UP, ["code"], sign_up::authenticator),
    page!("/sign-up/recovery-codes", SIGN_UP, sign_up::step),
    form!("/sign-up/recovery-codes", SIGN_UP, ["kept?"], sign_up::recovery_codes),
    page!("/sign-up/access", SIGN_UP, sign_up::step),
    form!("/sign-up/access", SIGN_UP, [], sign_up::access),
    question!("/password-strength", Access::Anyone, ["password"], password_strength::ask),
    // A forgotten password
    page!("/forgot-password", Access::Anyone, forgot_password::show),
    form!(
        "/forgot-password",
        Access::Anyone,
        [
            "identifier",
            "country?",
            "human_check_token?",
            "human_check_answer?",
            "human_check_work?",
            "human_check_proof?"
        ],
        forgot_password::ask
    ),
    page!("/forgot-password/code", RESET, ["sent?"], forgot_password::step),
    form!("/forgot-password/code", RESET, ["code?", "again?"], forgot_password::code),
    page!("/forgot-password/link", Access::Anyone, ["token?"], forgot_password::link),
    form!("/forgot-password/link", Access::Anyone, ["token"], forgot_password::open_link),
    page!("/forgot-password/factor", RESET, forgot_password::step),
    form!("/forgot-password/factor", RESET, ["code"], forgot_password::factor),
    form!("/forgot-password/lost-factor", RESET, [], case::open_from_reset),
    page!("/forgot-password/password", RESET, forgot_password::step),
    form!("/forgot-password/password", RESET, ["password", "username?"], forgot_password::password),
    page!("/forgot-password/done", Access::Anyone, forgot_password::done),
    // A lost second factor
    page!("/case", CASE, case::status),
    page!("/case/code", CASE, ["sent?"], case::step),
    form!("/case/code", CASE, ["code?", "again?"], case::code),
    page!("/case/authenticator", CASE, case::step),
    form!("/case/authenticator", CASE, ["code", "trading_password_lost?"], case::authenticator),
    page!("/case/documents", CASE, case::step),
    upload!("/case/documents", CASE, ["kind"], case::picture),
    form!("/case/send", CASE, [], case::send),
    form!("/case/stop", CASE, [], case::stop),
    // The link or code that stops a case or undoes a changed identifier
    page!("/stop", Access::Anyone, ["token?"], stop::show),
    form!("/stop", Access::Anyone, ["token?", "code?"], stop::post),
    page!("/stop/done", Access::Anyone, ["what?"], stop::done),
    // Behind the door
    page!("/review", Access::Customer, ["return_to?", "done?"], account::review),
    form!("/review", Access::Customer, ["answer", "fact?", "return_to?"], account::answer),
    page!("/dashboard", Access::Customer, ["done?"], account::dashboard),
    page!("/balances", Access::Customer, ["done?"], market::balances),
    form!("/balances/move", Access::Customer, ["asset", "amount", "way", "mark"], market::move_between),
    page!("/history", Access::Customer, ["about?", "before?"], past::show),
    page!("/markets", Access::Customer, market::list),
    page!("/markets/{market}", Access::Customer, ["done?"], market::show),
    data!("/markets/{market}/stream", Access::OpenPage, [], market::stream),
    data!("/markets/{market}/own", Access::OpenPage, [], market::own),
    form!(
        "/orders/place",
        Access::Customer,
        ["market", "side", "kind", "price?", "size", "lasts?", "mark"],
        market::place
    ),
    form!("/orders/cancel", Access::Customer, ["market", "order"], market::cancel),
    form!("/orders/cancel-all", Access::Customer, ["market"], market::cancel_all),
    page!("/security", Access::Customer, ["done?"], security::show),
    page!("/activity", Access::Customer, ["about?", "days?", "from?", "to?", "before?"], record::activity),
    data!(
        "/activity/table",
        Access::Customer,
        ["about?", "days?", "from?", "to?", "language?"],
        record::table
    ),
    data!("/activity/record", Access::Customer, ["before?"], record::own_record),
    page!("/account/data", Access::Customer, ["done?"], record::data),
    page!("/account/data/take", Access::Customer, record::take_page),
    form!("/account/data/take", Access::Customer, ["code"], record::take),
    page!("/account/data/erase", Access::Customer, record::erase_page),
    form!("/account/data/erase", Access::Customer, ["code"], record::erase),
    form!("/account/data/keep", Access::Customer, [], record::keep),
    page!("/erasure/cancel", Access::Anyone, ["token?"], record::cancel_page),
    form!("/erasure/cancel", Access::Anyone, ["token"], record::cancel),
    page!("/erasure/cancelled", Access::Anyone, record::cancelled),
    page!("/security/password", Access::Customer, security::password_page),
    form!(
        "/security/password",
        Access::Customer,
        ["current_password", "password", "code", "username?"],
        security::change_password
    ),
    page!("/security/authenticator", Access::Customer, security::authenticator_page),
    form!("/security/authenticator", Access::Customer, ["code"], security::begin_replacement),
    page!("/security/authenticator/confirm", Access::Customer, security::confirm_page),
    form!("/security/authenticator/confirm", Access::Customer, ["code"], security::confirm_replacement),
    page!("/security/recovery-codes", Access::Customer, security::recovery_codes_page),
    form!("/security/recovery-codes", Access::Customer, ["code"], security::renew_recovery_codes),
    form!("/security/recovery-codes/kept", Access::Customer, ["kept?"], security::recovery_codes_kept),
    page!("/security/passkeys", Access::Customer, ["done?"], passkey::show),
    question!("/security/passkeys/options", Access::Customer, ["for"], passkey::step_up_options),
    page!("/security/passkeys/add", Access::Customer, passkey::add_page),
    form!("/security/passkeys/add", Access::Customer, ["name", "code"], passkey::begin),
    page!("/security/passkeys/new", Access::Customer, passkey::new_page),
    form!("/security/passkeys/new", Access::Customer, ["answer"], passkey::finish),
    question!("/security/passkeys/new/options", Access::Customer, ["for?"], passkey::new_options),
    form!("/security/passkeys/rename", Access::Customer, ["passkey", "name"], passkey::rename),
    page!("/security/passkeys/remove", Access::Customer, ["passkey?"], passkey::remove_page),
    form!("/security/passkeys/remove", Access::Customer, ["passkey", "code"], passkey::remove),
    page!("/security/passkeys/only", Access::Customer, passkey::only_page),
    form!("/security/passkeys/only", Access::Customer, ["wanted", "code"], passkey::only),
    page!("/security/identifiers", Access::Customer, ["done?"], identifiers::list),
    page!("/security/identifiers/change", Access::Customer, ["kind?", "id?"], identifiers::wish),
    form!(
        "/security/identifiers/change",
        Access::Customer,
        ["kind", "id?", "identifier?", "country?", "code"],
        identifiers::begin
    ),
    page!("/security/identifiers/confirm", Access::Customer, ["sent?"], identifiers::confirm_page),
    form!("/security/identifiers/confirm", Access::Customer, ["code?", "again?"], identifiers::confirm),
    page!("/security/trading-password", Access::Customer, protect::trading_page),
    form!(
        "/security/trading-password",
        Access::Customer,
        ["present?", "new", "again", "code"],
        protect::set_trading
    ),
    page!("/security/trading-password/forgotten", Access::Customer, protect::forgotten_page),
    form!(
        "/security/trading-password/forgotten",
        Access::Customer,
        ["send?", "mailed_code?", "new?", "again?", "code?"],
        protect::forgotten
    ),
    page!("/security/phrases", Access::Customer, protect::phrases_page),
    form!(
        "/security/phrases",
        Access::Customer,
        ["mail", "sign_in", "withdrawal", "code"],
        protect::choose_phrases
    ),
    page!("/security/choices", Access::Customer, protect::choices_page),
    form!(
        "/security/choices",
        Access::Customer,
        ["every_entry?", "bind_network?", "address_book?", "code"],
        protect::choose
    ),
    page!("/security/lock", Access::Customer, protect::lock_page),
    form!("/security/lock", Access::Customer, ["days", "code"], protect::lock),
    page!("/security/lock/open", Access::Customer, protect::lock_open_page),
    form!("/security/lock/open", Access::Customer, ["code"], protect::open_lock),
    form!("/security/waiting/cancel", Access::Customer, ["change"], protect::cancel_waiting),
    form!("/security/case/stop", Access::Customer, ["return_to?"], case::stop_inside),
    page!("/security/freeze", Access::Customer, protect::freeze_page),
    form!("/security/freeze", Access::Customer, [], protect::freeze),
    form!("/security/sessions/end", Access::Customer, ["session"], security::end_session),
    form!("/security/devices/forget", Access::Customer, ["device"], security::forget_device),
    form!("/sign-out", Access::Customer, [], sign_out::post),
    page!("/signed-out", Access::Anyone, sign_out::done),
    // The link in security mails
    page!("/freeze", Access::Anyone, ["token?"], freeze::show),
    form!("/freeze", Access::Anyone, ["token"], freeze::post),
    page!("/freeze/done", Access::Anyone, freeze::done),
    // The link in mails about changes that wait
    page!("/cancel", Access::Anyone, ["token?"], protect::cancel_page),
    form!("/cancel", Access::Anyone, ["token"], protect::cancel),
    page!("/cancel/done", Access::Anyone, protect::cancelled),
    // The support desk
    page!("/support", staff(StaffAct::SeeQueue), support::cases::queue),
    page!("/support/cases/{case}", staff(StaffAct::SeeCase), ["done?"], support::cases::show),
    form!(
        "/support/cases/decide",
        staff(StaffAct::DecideCase),
        ["case", "answer?", "reason"],
        support::cases::decide
    ),
    form!(
        "/support/cases/compare",
        staff(StaffAct::SeeEvidence),
        ["case", "number"],
        support::cases::compare
    ),
    data!("/support/evidence/{picture}", staff(StaffAct::SeeEvidence), [], support::cases::picture),
    page!("/support/sign-in", Access::DeskDoor, support::door::show),
    form!("/support/sign-in", Access::DeskDoor, ["answer"], support::door::sign_in),
    page!("/support/enrol", Access::DeskDoor, ["token?"], support::enrol::show),
    form!("/support/enrol", Access::DeskDoor, ["token", "answer"], support::enrol::take),
    page!("/support/left", Access::DeskDoor, support::door::left),
    form!("/support/sign-out", staff(StaffAct::Leave), [], support::door::sign_out),
    page!("/support/accounts", staff(StaffAct::LookUp), support::accounts::form),
    form!("/support/accounts", staff(StaffAct::LookUp), ["identifier"], support::accounts::look_up),
    page!("/support/accounts/{account}", staff(StaffAct::LookUp), ["done?"], support::accounts::show),
    form!("/support/freeze", staff(StaffAct::Freeze), ["account", "reason"], support::accounts::freeze),
    form!(
        "/support/end-sessions",
        staff(StaffAct::EndSessions),
        ["account", "reason"],
        support::accounts::end_sessions
    ),
    form!("/support/notes", staff(StaffAct::WriteNote), ["account", "reason"], support::accounts::note),
    page!("/support/requests", staff(StaffAct::SeeRequests), ["done?"], support::requests::list),
    form!("/support/requests", staff(StaffAct::LiftFreeze), ["request", "answer"], support::requests::settle),
    form!(
        "/support/lift",
        staff(StaffAct::LiftFreeze),
        ["account", "reason"],
        support::accounts::ask_to_lift
    ),
    page!("/support/blocks", staff(StaffAct::SeeBlocks), ["done?"], support::blocks::list),
    form!("/support/blocks", staff(StaffAct::DecideBlock), ["row", "reason"], support::blocks::ask),
    form!(
        "/support/lift-block",
        staff(StaffAct::DecideBlock),
        ["account", "reason"],
        support::accounts::ask_to_lift_block
    ),
    form!(
        "/support/block-again",
        staff(StaffAct::DecideBlock),
        ["account", "reason"],
        support::accounts::block_again
    ),
    page!("/support/staff", staff(StaffAct::SeeStaff), support::colleagues::list),
    // The local mailbox
    page!("/mailbox", Access::Local, mailbox::list),
    page!("/mailbox/{message}", Access::Local, mailbox::show),
    // What belongs to no page
    page!("/.well-known/change-password", Access::Anyone, well_known::change_password),
    page!("/.well-known/security.txt", Access::Anyone, well_known::security_txt),
    page!("/favicon.ico", Access::Anyone, assets::icon),
    data!("/assets/{digest}/{file}", Access::Anyone, [], assets::file),
    data!("/api/session", Access::Api, [], session_check::show),
    data!("/healthz", Access::Probe, [], health::healthy),
    data!("/readyz", Access::Probe, [], health::ready),
];
