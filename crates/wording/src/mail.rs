//! Mails: what happened, when, where, from which device, and what to do about it.
//!
//! A mail with a code carries no link, except that of a forgotten password, which opens a page with a button. No link
//! acts by being opened.

use askama::Template;
use doorward_domain::action::Action;
use doorward_domain::country::Country;
use doorward_domain::identifier::change::IdentifierChangeKind;
use doorward_domain::jurisdiction::Mode;
use doorward_domain::language::Language;
use doorward_domain::notice::{Circumstances, CodePurpose, LinkToken, Notice, Stop};
use doorward_domain::passkey::PasskeyNews;
use doorward_domain::protection::ProtectionEvent;
use doorward_domain::staff::StaffChange;
use doorward_domain::time::Timestamp;

use crate::device_name;
use crate::words::Words;

/// What mails say about the place they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailFrame {
    /// The operator's name for the door.
    pub site_name: String,
    /// Scheme, host and port, without a slash at the end.
    pub public_url: String,
}

/// A rendered mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Without the code: subjects show on locked screens.
    pub subject: String,
    /// The plain-text body.
    pub text: String,
    /// The HTML body, self-contained: no picture and no style from elsewhere.
    pub html: String,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mail(redacted)")
    }
}

/// What both bodies show, in this order.
#[derive(Default)]
struct Content {
    /// What the owner knows our mails by.
    phrase: Option<Fact>,
    title: String,
    paragraphs: Vec<String>,
    code: Option<String>,
    /// What holds for the code: how long, where.
    code_notes: Vec<String>,
    link: Option<Link>,
    facts: Vec<Fact>,
    freeze: Option<Link>,
    closing: Vec<String>,
}

/// An address with what to say before it and what its button says.
struct Link {
    before: String,
    label: String,
    url: String,
}

struct Fact {
    label: String,
    value: String,
}

#[derive(Template)]
#[template(path = "mail.txt", escape = "none")]
struct TextBody<'a> {
    site_name: &'a str,
    content: &'a Content,
    rule: &'a str,
    footer: &'a str,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct HtmlBody<'a> {
    language: &'a str,
    site_name: &'a str,
    content: &'a Content,
    footer: &'a str,
}

/// Renders a notice as a mail to somebody who has chosen no phrase, or is not known to be the owner.
pub fn render(notice: &Notice, language: Language, frame: &MailFrame) -> Mail {
    render_with(notice, language, frame, None)
}

/// Renders a notice as a mail that bears the owner's phrase.
pub fn render_with(notice: &Notice, language: Language, frame: &MailFrame, phrase: Option<&str>) -> Mail {
    let words = Words::new(language);
    let writer = Writer { words, frame };
    let mut content = writer.content(notice);
    content.phrase =
        phrase.map(|phrase| Fact { label: writer.site("mail-phrase"), value: phrase.to_owned() });
    let footer = words.text_of("mail-footer", "site", &frame.site_name);
    let subject = words.text_with(
        "mail-subject",
        &[("title", content.title.as_str().into()), ("site", frame.site_name.as_str().into())],
    );
    let site_name = &frame.site_name;
    let text = TextBody { site_name, content: &content, rule: "--", footer: &footer }.render();
    let html = HtmlBody { language: words.tag(), site_name, content: &content, footer: &footer }.render();
    Mail {
        subject,
        text: text.expect("rendering into memory cannot fail"),
        html: html.expect("rendering into memory cannot fail"),
    }
}

struct Writer<'a> {
    words: Words,
    frame: &'a MailFrame,
}

impl Writer<'_> {
    fn content(&self, notice: &Notice) -> Content {
        match notice {
            Notice::Code { purpose, code, circumstances } => {
                let mut content = self.told(code_keys(*purpose), circumstances);
                content.code = Some(code.to_string());
                content.code_notes = vec![self.site("mail-code-valid"), self.site("mail-code-nobody")];
                content
            }
            Notice::ResetLink { link, code, circumstances } => {
                let mut content = self.told(("mail-reset-title", "mail-reset-text"), circumstances);
                content.code = code.map(|code| code.to_string());
                if code.is_some() {
                    content.code_notes = vec![self.site("mail-code-valid"), self.site("mail-code-nobody")];
                }
                content.link = Some(Link {
                    before: self.site(if code.is_some() { "mail-reset-or-link" } else { "mail-reset-link" }),
                    label: self.site("mail-reset-button"),
                    url: format!("{}/forgot-password/link?token={}", self.frame.public_url, link.as_str()),
                });
                content.closing = vec![self.site("mail-reset-not-you")];
                content
            }
            Notice::IdentifierTaken { circumstances } => {
                self.told(("mail-taken-title", "mail-taken-text"), circumstances)
            }
            Notice::SignedUp { circumstances, freeze } => self
                .told(("mail-signed-up-title", "mail-signed-up-text"), circumstances)
                .with_freeze(self.freeze(freeze)),
            Notice::NewSignIn { circumstances, freeze } => self
                .told(("mail-new-sign-in-title", "mail-new-sign-in-text"), circumstances)
                .with_freeze(self.freeze(freeze)),
            Notice::PasswordRightButNotFinished { circumstances, freeze } => self
                .told(("mail-unfinished-title", "mail-unfinished-text"), circumstances)
                .with_freeze(self.freeze(freeze)),
            Notice::PasswordChanged { circumstances, hold_until, freeze } => {
                let content =
                    self.told(("mail-password-changed-title", "mail-password-changed-text"), circumstances);
                self.with_hold(content, *hold_until).with_freeze(self.freeze(freeze))
            }
            Notice::PasswordReset { circumstances, hold_until, freeze } => {
                let content =
                    self.told(("mail-password-reset-title", "mail-password-reset-text"), circumstances);
                self.with_hold(content, *hold_until).with_freeze(self.freeze(freeze))
            }
            Notice::TotpReplaced { circumstances, hold_until, freeze } => {
                let content =
                    self.told(("mail-totp-replaced-title", "mail-totp-replaced-text"), circumstances);
                self.with_hold(content, *hold_until).with_freeze(self.freeze(freeze))
            }
            Notice::TotpDisabled { circumstances, freeze } => self
                .told(("mail-totp-disabled-title", "mail-totp-disabled-text"), circumstances)
                .with_freeze(self.freeze(freeze)),
            Notice::RecoveryCodesRenewed { circumstances, freeze } => self
                .told(("mail-recovery-renewed-title", "mail-recovery-renewed-text"), circumstances)
                .with_freeze(self.freeze(freeze)),
            Notice::RecoveryCodeUsed { left, circumstances, freeze } => {
                let mut content =
                    self.told(("mail-recovery-used-title", "mail-recovery-used-text"), circumstances);
                content.paragraphs.push(self.words.text_of("mail-recovery-used-left", "count", *left));
                content.with_freeze(self.freeze(freeze))
            }
            Notice::Passkey { news, name, circumstances, hold_until, freeze } => {
                let mut content = self.told(passkey_keys(*news), circumstances);
                if !name.is_empty() {
                    let label = self.site("mail-passkey-name");
                    content.facts.insert(0, Fact { label, value: name.clone() });
                }
                self.with_hold(content, *hold_until).with_freeze(self.freeze(freeze))
            }
            Notice::MoneyActionCode { code, transfer, circumstances } => {
                let mut content =
                    self.told(("mail-code-money-action-title", "mail-code-money-action-text"), circumstances);
                content.code = Some(code.to_string());
                content.code_notes = vec![self.site("mail-code-valid"), self.site("mail-code-nobody")];
                let memo = transfer.memo.clone().unwrap_or_else(|| self.site("mail-transfer-no-memo"));
                let lines = [
                    ("mail-transfer-amount", transfer.amount.clone()),
                    ("mail-transfer-fee", transfer.fee.clone()),
                    ("mail-transfer-network", transfer.network.clone()),
                    ("mail-transfer-address", transfer.address.clone()),
                    ("mail-transfer-memo", memo),
                ];
                let lines = lines.map(|(label, value)| Fact { label: self.site(label), value });
                content.facts.splice(0..0, lines);
                content
            }
            Notice::UnusualCountry { circumstances, freeze } => self
                .told(("mail-unusual-country-title", "mail-unusual-country-text"), circumstances)
                .with_freeze(self.freeze(freeze)),
            Notice::CountryRules { at, country, mode } => self.country_rules(*at, *country, *mode),
            Notice::CountryRulesAhead { at, country, mode, from } => {
                self.country_rules_ahead(*at, *country, *mode, *from)
            }
            Notice::AccountBlock { at, lifted, freeze } => {
                let (title, text) = if *lifted {
                    ("mail-block-lifted-title", "mail-block-lifted-text")
                } else {
                    ("mail-block-again-title", "mail-block-again-text")
                };
                let content = Content { facts: vec![self.when(*at)], ..self.titled(title, text) };
                content.with_freeze(self.freeze(freeze))
            }
            Notice::Frozen { circumstances } => {
                let mut content = self.told(("mail-frozen-title", "mail-frozen-text"), circumstances);
                content.closing = vec![self.site("mail-frozen-back")];
                content
            }
            Notice::Protection { event, circumstances, until, cancel, freeze } => {
                let content = self.protection(*event, circumstances, *until);
                let content = Content { link: cancel.as_ref().map(|link| self.cancel(link)), ..content };
                content.with_freeze(self.freeze(freeze))
            }
            Notice::ErasureAsked { circumstances, due_at, cancel, freeze } => {
                let mut content =
                    self.told(("mail-erasure-asked-title", "mail-erasure-asked-text"), circumstances);
                let until = self.words.moment(due_at.as_micros());
                content.paragraphs.push(self.words.text_of("mail-erasure-asked-due", "until", until));
                content.link = Some(Link {
                    before: self.site("mail-erasure-asked-cancel"),
                    label: self.site("mail-erasure-asked-button"),
                    url: format!("{}/erasure/cancel?token={}", self.frame.public_url, cancel.as_str()),
                });
                content.with_freeze(self.freeze(freeze))
            }
            Notice::ErasureCancelled { circumstances, freeze } => self
                .told(("mail-erasure-cancelled-title", "mail-erasure-cancelled-text"), circumstances)
                .with_freeze(self.freeze(freeze)),
            Notice::AccountErased { at } => Content {
                title: self.site("mail-erased-title"),
                paragraphs: vec![self.site("mail-erased-text")],
                facts: vec![self.when(*at)],
                ..Content::default()
            },
            Notice::StaffChanged { change, name, role, at } => {
                let mut content = self.titled(staff_change_key(*change), "mail-staff-text");
                content.facts = vec![
                    Fact { label: self.site("mail-staff-name"), value: name.clone() },
                    Fact { label: self.site("mail-staff-role"), value: self.words.role(*role).into_owned() },
                    self.when(*at),
                ];
                content.closing = vec![self.site("mail-staff-closing")];
                content
            }
            Notice::Unfrozen { at, hold_until, freeze } => {
                let mut content = self.titled("mail-unfrozen-title", "mail-unfrozen-text");
                content.facts = vec![self.when(*at)];
                self.with_hold(content, *hold_until).with_freeze(self.freeze(freeze))
            }
            Notice::CaseSent { circumstances, stop } => self
                .told(("mail-case-sent-title", "mail-case-sent-text"), circumstances)
                .with_freeze(self.stop("mail-case-stop", "mail-case-stop-button", stop)),
            Notice::CaseApproved { circumstances, effective_at, stop } => {
                let mut content =
                    self.told(("mail-case-approved-title", "mail-case-approved-text"), circumstances);
                let until = self.words.moment(effective_at.as_micros());
                content.paragraphs.push(self.words.text_of("mail-case-effective", "until", until));
                content.with_freeze(self.stop("mail-case-stop", "mail-case-stop-button", stop))
            }
            Notice::CaseEnded { circumstances, refused, freeze } => {
                let keys = if *refused {
                    ("mail-case-refused-title", "mail-case-refused-text")
                } else {
                    ("mail-case-ended-title", "mail-case-ended-text")
                };
                self.told(keys, circumstances).with_freeze(self.freeze(freeze))
            }
            Notice::CaseExecuted { circumstances, hold_until, freeze } => {
                let content =
                    self.told(("mail-case-executed-title", "mail-case-executed-text"), circumstances);
                self.with_hold(content, *hold_until).with_freeze(self.freeze(freeze))
            }
            Notice::IdentifierChanged { circumstances, what, hold_until, stop } => {
                let content = self.told(("mail-identifier-changed-title", changed_key(*what)), circumstances);
                self.with_hold(content, *hold_until).with_freeze(self.stop(
                    "mail-identifier-undo",
                    "mail-identifier-undo-button",
                    stop,
                ))
            }
            Notice::IdentifiersNow { circumstances, hold_until, freeze } => {
                let content =
                    self.told(("mail-identifiers-now-title", "mail-identifiers-now-text"), circumstances);
                self.with_hold(content, *hold_until).with_freeze(self.freeze(freeze))
            }
            Notice::IdentifierUndone { circumstances } => {
                let mut content =
                    self.told(("mail-identifier-undone-title", "mail-identifier-undone-text"), circumstances);
                content.closing = vec![self.site("mail-frozen-back")];
                content
            }
            Notice::NumberReassigned { at, freeze } => {
                let mut content = self.titled("mail-number-reassigned-title", "mail-number-reassigned-text");
                content.facts = vec![self.when(*at)];
                content.with_freeze(self.freeze(freeze))
            }
        }
    }

    fn stop(&self, before: &str, label: &str, stop: &Stop) -> Link {
        Link {
            before: self.site(before),
            label: self.site(label),
            url: format!("{}/stop?token={}", self.frame.public_url, stop.link.as_str()),
        }
    }

    fn protection(
        &self,
        event: ProtectionEvent,
        circumstances: &Circumstances,
        until: Option<Timestamp>,
    ) -> Content {
        let key = |part: &str| format!("mail-protect-{}-{part}", event.name());
        let mut content = self.told((&key("title"), &key("text")), circumstances);
        let Some(end) = until else { return content };
        let end_text = self.words.moment(end.as_micros());
        match event {
            ProtectionEvent::TradingPasswordSet
            | ProtectionEvent::TradingPasswordChanged
            | ProtectionEvent::TradingPasswordReset => return self.with_hold(content, until),
            ProtectionEvent::TradingPasswordLocked => {
                content.paragraphs.push(self.words.text_of("mail-protect-locked-until", "until", end_text));
            }
            _ => content.paragraphs.push(self.words.text_of("mail-protect-takes-effect", "until", end_text)),
        }
        content
    }

    fn cancel(&self, token: &LinkToken) -> Link {
        Link {
            before: self.site("mail-protect-cancel"),
            label: self.site("mail-protect-cancel-button"),
            url: format!("{}/cancel?token={}", self.frame.public_url, token.as_str()),
        }
    }

    /// What holds for the residents of a country from now on, and what they can still do.
    fn country_rules(&self, at: Timestamp, country: Country, mode: Mode) -> Content {
        let name = self.words.country(country);
        let of = |key: &str| self.words.text_of(key, "country", name);
        let open = || self.words.text("mail-country-rules-open");
        let mut paragraphs = vec![of("mail-country-rules-text")];
        paragraphs.push(self.words.restriction(mode).unwrap_or_else(open).into_owned());
        if mode != Mode::Open {
            let allowed = Action::ALL.iter().filter(|action| mode.allows(**action));
            let allowed: Vec<String> =
                allowed.map(|action| self.words.action(*action).into_owned()).collect();
            paragraphs.push(self.words.text_of("mail-country-rules-possible", "actions", allowed.join("; ")));
        }
        let facts = vec![self.when(at)];
        Content { title: of("mail-country-rules-title"), paragraphs, facts, ..Content::default() }
    }

    /// What will hold for the residents of a country, from when, and what they can do then.
    fn country_rules_ahead(&self, at: Timestamp, country: Country, mode: Mode, from: Timestamp) -> Content {
        let name = self.words.country(country);
        let values = [("country", name.into()), ("from", self.words.moment(from.as_micros()).into())];
        let open = || self.words.text("mail-country-rules-open");
        let mut paragraphs = vec![self.words.text_with("mail-country-rules-ahead-text", &values)];
        paragraphs.push(self.words.restriction(mode).unwrap_or_else(open).into_owned());
        if mode != Mode::Open {
            let allowed = Action::ALL.iter().filter(|action| mode.allows(**action));
            let allowed: Vec<String> =
                allowed.map(|action| self.words.action(*action).into_owned()).collect();
            let allowed = allowed.join("; ");
            paragraphs.push(self.words.text_of("mail-country-rules-ahead-possible", "actions", allowed));
        }
        paragraphs.push(self.words.text("mail-country-rules-ahead-again").into_owned());
        let title = self.words.text_of("mail-country-rules-ahead-title", "country", name);
        Content { title, paragraphs, facts: vec![self.when(at)], ..Content::default() }
    }

    fn titled(&self, title: &str, text: &str) -> Content {
        Content { title: self.site(title), paragraphs: vec![self.site(text)], ..Content::default() }
    }

    fn told(&self, (title, text): (&str, &str), circumstances: &Circumstances) -> Content {
        let mut content = self.titled(title, text);
        let device = device_name(&circumstances.device).unwrap_or_else(|| self.site("mail-device-unknown"));
        content.facts = vec![
            self.when(circumstances.at),
            Fact { label: self.site("mail-device"), value: device },
            Fact { label: self.site("mail-address"), value: self.whence(circumstances) },
        ];
        content
    }

    /// The address, and where it stands as far as that is known.
    fn whence(&self, circumstances: &Circumstances) -> String {
        match self.words.place(&circumstances.place) {
            Some(place) => format!("{}, {place}", circumstances.network),
            None => circumstances.network.to_string(),
        }
    }

    fn with_hold(&self, mut content: Content, hold_until: Option<Timestamp>) -> Content {
        if let Some(until) = hold_until {
            let until = self.words.moment(until.as_micros());
            content.paragraphs.push(self.words.text_of("mail-hold", "until", until));
        }
        content
    }

    fn freeze(&self, token: &LinkToken) -> Link {
        Link {
            before: self.site("mail-freeze"),
            label: self.site("mail-freeze-button"),
            url: format!("{}/freeze?token={}", self.frame.public_url, token.as_str()),
        }
    }

    fn when(&self, at: Timestamp) -> Fact {
        Fact { label: self.site("mail-when"), value: self.words.moment(at.as_micros()) }
    }

    /// A sentence that may name the site.
    fn site(&self, key: &str) -> String {
        self.words.text_of(key, "site", &self.frame.site_name)
    }
}

impl Content {
    fn with_freeze(mut self, link: Link) -> Self {
        self.freeze = Some(link);
        self
    }
}

fn changed_key(what: IdentifierChangeKind) -> &'static str {
    match what {
        IdentifierChangeKind::Change | IdentifierChangeKind::Prove => "mail-identifier-changed-text",
        IdentifierChangeKind::Add => "mail-identifier-added-text",
        IdentifierChangeKind::Remove => "mail-identifier-removed-text",
    }
}

fn passkey_keys(news: PasskeyNews) -> (&'static str, &'static str) {
    match news {
        PasskeyNews::Added => ("mail-passkey-added-title", "mail-passkey-added-text"),
        PasskeyNews::Removed => ("mail-passkey-removed-title", "mail-passkey-removed-text"),
        PasskeyNews::CounterWentBack => ("mail-passkey-counter-title", "mail-passkey-counter-text"),
        PasskeyNews::Disabled => ("mail-passkey-disabled-title", "mail-passkey-disabled-text"),
        PasskeyNews::OnlyBegun => ("mail-passkeys-only-begun-title", "mail-passkeys-only-begun-text"),
        PasskeyNews::OnlyEnded => ("mail-passkeys-only-ended-title", "mail-passkeys-only-ended-text"),
    }
}

fn code_keys(purpose: CodePurpose) -> (&'static str, &'static str) {
    match purpose {
        CodePurpose::SignUp => ("mail-code-sign-up-title", "mail-code-sign-up-text"),
        CodePurpose::NewDevice => ("mail-code-new-device-title", "mail-code-new-device-text"),
        CodePurpose::ChannelProof => ("mail-code-channel-title", "mail-code-channel-text"),
        CodePurpose::Reset => ("mail-code-reset-title", "mail-code-reset-text"),
        CodePurpose::Case => ("mail-code-case-title", "mail-code-case-text"),
        CodePurpose::LostPasskeys => ("mail-code-lost-passkeys-title", "mail-code-lost-passkeys-text"),
        CodePurpose::OldIdentifier => ("mail-code-old-identifier-title", "mail-code-old-identifier-text"),
        CodePurpose::NewIdentifier => ("mail-code-new-identifier-title", "mail-code-new-identifier-text"),
        CodePurpose::Unfreeze => ("mail-code-unfreeze-title", "mail-code-unfreeze-text"),
        CodePurpose::TradingPassword => ("mail-code-trading-title", "mail-code-trading-text"),
    }
}

fn staff_change_key(change: StaffChange) -> &'static str {
    match change {
        StaffChange::Added => "mail-staff-added",
        StaffChange::InvitedAnew => "mail-staff-invited-anew",
        StaffChange::Enrolled => "mail-staff-enrolled",
        StaffChange::RoleChanged => "mail-staff-role-changed",
        StaffChange::Removed => "mail-staff-removed",
    }
}
