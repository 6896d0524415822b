//! Short messages: one or two parts, plain signs, never a link (entry rules, opening lines).

use doorward_domain::language::Language;
use doorward_domain::notice::{Circumstances, CodePurpose, Notice};
use doorward_domain::passkey::PasskeyNews;
use doorward_domain::protection::ProtectionEvent;

use crate::device_name;
use crate::mail::MailFrame;
use crate::words::{Value, Words};

/// Renders a notice as a short message.
pub fn render(notice: &Notice, language: Language, frame: &MailFrame) -> String {
    let writer = Writer { words: Words::new(language), frame };
    match notice {
        Notice::Code { purpose, code, .. } => writer.code(code_key(*purpose), &code.to_string()),
        Notice::ResetLink { code: Some(code), .. } => writer.code("sms-code-reset", &code.to_string()),
        Notice::ResetLink { code: None, .. } => writer.site("sms-reset-by-staff"),
        Notice::IdentifierTaken { .. } => writer.site("sms-taken"),
        Notice::SignedUp { circumstances, .. } => writer.told("sms-signed-up", circumstances),
        Notice::NewSignIn { circumstances, .. } => writer.told("sms-new-sign-in", circumstances),
        Notice::PasswordRightButNotFinished { circumstances, .. } => {
            writer.told("sms-unfinished", circumstances)
        }
        Notice::PasswordChanged { circumstances, .. } => writer.told("sms-password-changed", circumstances),
        Notice::PasswordReset { circumstances, .. } => writer.told("sms-password-reset", circumstances),
        Notice::TotpReplaced { circumstances, .. } => writer.told("sms-totp-replaced", circumstances),
        Notice::TotpDisabled { circumstances, .. } => writer.told("sms-totp-disabled", circumstances),
        Notice::RecoveryCodesRenewed { circumstances, .. } => {
            writer.told("sms-recovery-renewed", circumstances)
        }
        Notice::RecoveryCodeUsed { circumstances, .. } => writer.told("sms-recovery-used", circumstances),
        Notice::Passkey { news, circumstances, .. } => writer.told(passkey_key(*news), circumstances),
        Notice::MoneyActionCode { code, transfer, .. } => writer.words.text_with(
            "sms-code-money-action",
            &[
                ("code", code.to_string().into()),
                ("amount", transfer.amount.as_str().into()),
                ("network", transfer.network.as_str().into()),
                ("address", transfer.address.as_str().into()),
                ("memo", transfer.memo.as_deref().unwrap_or("-").into()),
            ],
        ),
        Notice::UnusualCountry { circumstances, .. } => writer.told("sms-unusual-country", circumstances),
        Notice::CountryRules { country, mode, .. } => writer.words.text_with(
            "sms-country-rules",
            &[
                ("site", writer.site_value()),
                ("country", writer.words.country(*country).into()),
                ("mode", writer.words.mode(*mode).into_owned().into()),
            ],
        ),
        Notice::CountryRulesAhead { country, mode, from, .. } => writer.words.text_with(
            "sms-country-rules-ahead",
            &[
                ("site", writer.site_value()),
                ("country", writer.words.country(*country).into()),
                ("mode", writer.words.mode(*mode).into_owned().into()),
                ("from", writer.words.moment(from.as_micros()).into()),
            ],
        ),
        Notice::AccountBlock { lifted: true, .. } => writer.site("sms-block-lifted"),
        Notice::AccountBlock { lifted: false, .. } => writer.site("sms-block-again"),
        Notice::Frozen { .. } => writer.site("sms-frozen"),
        Notice::Protection { event, circumstances, .. } => writer.protection(*event, circumstances),
        Notice::ErasureAsked { circumstances, .. } => writer.told("sms-erasure-asked", circumstances),
        Notice::ErasureCancelled { circumstances, .. } => writer.told("sms-erasure-cancelled", circumstances),
        Notice::AccountErased { .. } => writer.site("sms-erased"),
        Notice::Unfrozen { .. } => writer.site("sms-unfrozen"),
        Notice::CaseSent { stop, .. } => writer.code("sms-case-sent", &stop.code.to_string()),
        Notice::CaseApproved { effective_at, stop, .. } => writer.words.text_with(
            "sms-case-approved",
            &[
                ("site", writer.site_value()),
                ("until", writer.words.moment(effective_at.as_micros()).into()),
                ("code", stop.code.to_string().into()),
            ],
        ),
        Notice::CaseEnded { refused: true, .. } => writer.site("sms-case-refused"),
        Notice::CaseEnded { refused: false, .. } => writer.site("sms-case-ended"),
        Notice::CaseExecuted { .. } => writer.site("sms-case-executed"),
        Notice::IdentifierChanged { stop, .. } => {
            writer.code("sms-identifier-changed", &stop.code.to_string())
        }
        Notice::IdentifiersNow { circumstances, .. } => writer.told("sms-identifiers-now", circumstances),
        Notice::IdentifierUndone { .. } => writer.site("sms-identifier-undone"),
        Notice::NumberReassigned { .. } => writer.site("sms-number-reassigned"),
        // Staff are reached by mail; the list is closed, so the sentence is there.
        Notice::StaffChanged { .. } => writer.site("sms-staff-changed"),
    }
}

struct Writer<'a> {
    words: Words,
    frame: &'a MailFrame,
}

impl Writer<'_> {
    fn site(&self, key: &str) -> String {
        self.words.text_of(key, "site", &self.frame.site_name)
    }

    fn code(&self, key: &str, code: &str) -> String {
        self.words.text_with(key, &[("site", self.site_value()), ("code", code.into())])
    }

    fn told(&self, key: &str, circumstances: &Circumstances) -> String {
        let device = device_name(&circumstances.device)
            .unwrap_or_else(|| self.words.text("mail-device-unknown").into_owned());
        let told = self.words.text_with(
            key,
            &[
                ("site", self.site_value()),
                ("when", self.words.moment(circumstances.at.as_micros()).into()),
                ("device", device.into()),
            ],
        );
        format!("{told} {}", self.words.text("sms-not-you"))
    }

    fn protection(&self, event: ProtectionEvent, circumstances: &Circumstances) -> String {
        let what = self.words.text_of(
            &format!("mail-protect-{}-title", event.name()),
            "site",
            &self.frame.site_name,
        );
        let device = device_name(&circumstances.device)
            .unwrap_or_else(|| self.words.text("mail-device-unknown").into_owned());
        let told = self.words.text_with(
            "sms-protect",
            &[
                ("site", self.site_value()),
                ("what", what.into()),
                ("when", self.words.moment(circumstances.at.as_micros()).into()),
                ("device", device.into()),
            ],
        );
        format!("{told} {}", self.words.text("sms-not-you"))
    }

    fn site_value(&self) -> Value {
        Value::from(&self.frame.site_name)
    }
}

fn code_key(purpose: CodePurpose) -> &'static str {
    match purpose {
        CodePurpose::SignUp => "sms-code-sign-up",
        CodePurpose::NewDevice => "sms-code-new-device",
        CodePurpose::ChannelProof => "sms-code-channel",
        CodePurpose::Reset => "sms-code-reset",
        CodePurpose::Case => "sms-code-case",
        CodePurpose::LostPasskeys => "sms-code-lost-passkeys",
        CodePurpose::OldIdentifier => "sms-code-old-identifier",
        CodePurpose::NewIdentifier => "sms-code-new-identifier",
        CodePurpose::Unfreeze => "sms-code-unfreeze",
        CodePurpose::TradingPassword => "sms-code-trading",
    }
}

fn passkey_key(news: PasskeyNews) -> &'static str {
    match news {
        PasskeyNews::Added => "sms-passkey-added",
        PasskeyNews::Removed => "sms-passkey-removed",
        PasskeyNews::CounterWentBack => "sms-passkey-counter",
        PasskeyNews::Disabled => "sms-passkey-disabled",
        PasskeyNews::OnlyBegun => "sms-passkeys-only-begun",
        PasskeyNews::OnlyEnded => "sms-passkeys-only-ended",
    }
}
