//! A message in the outbox: recipient and notice as sealed JSON, and back.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use doorward_domain::country::{Country, DataMonth, Place, Whereabouts};
use doorward_domain::identifier::change::IdentifierChangeKind;
use doorward_domain::identifier::{Identifier, IdentifierKind};
use doorward_domain::jurisdiction::Mode;
use doorward_domain::notice::{Circumstances, CodePurpose, LinkToken, Notice, NoticeKind, Stop, Transfer};
use doorward_domain::one_time_code::OneTimeCode;
use doorward_domain::passkey::PasskeyNews;
use doorward_domain::protection::ProtectionEvent;
use doorward_domain::staff::{Role, StaffChange};
use doorward_domain::stop_code::StopCode;
use doorward_domain::time::Timestamp;

/// What is sealed. One flat form for all kinds, since most differ in a field or two.
#[derive(Serialize, Deserialize, Default)]
struct Plain {
    kind: String,
    to_kind: String,
    to: String,
    at_us: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    network: Option<IpAddr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<PlainPlace>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hold_until_us: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    transfer: Option<PlainTransfer>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stop_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    what: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effective_at_us: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cancel: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_us: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    staff: Option<(String, String, String)>,
}

/// Where the address stood when it happened: newer data must not move it.
#[derive(Serialize, Deserialize)]
struct PlainPlace {
    /// A country's code, or `local`.
    at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    month: Option<(u16, u8)>,
}

impl PlainPlace {
    fn of(place: &Place) -> Option<Self> {
        let at = match place.at {
            Whereabouts::Local => "local".to_owned(),
            Whereabouts::In(country) => country.code().to_owned(),
            Whereabouts::Unknown | Whereabouts::Lost => return None,
        };
        Some(Self { at, month: place.month.map(|month| (month.year, month.month)) })
    }

    fn place(&self) -> Place {
        let at = match self.at.as_str() {
            "local" => Whereabouts::Local,
            code => Country::parse(code).map_or(Whereabouts::Unknown, Whereabouts::In),
        };
        let month = self.month.map(|(year, month)| DataMonth { year, month });
        Place { at, month, ..Place::UNKNOWN }
    }
}

#[derive(Serialize, Deserialize)]
struct PlainTransfer {
    network: String,
    address: String,
    memo: Option<String>,
    amount: String,
    fee: String,
}

impl Drop for Plain {
    fn drop(&mut self) {
        self.code.zeroize();
        self.link.zeroize();
        self.stop_code.zeroize();
        self.cancel.zeroize();
    }
}

/// The bytes to seal.
pub(super) fn encode(to: &Identifier, notice: &Notice) -> Zeroizing<Vec<u8>> {
    let mut plain = Plain::default();
    plain.kind.push_str(notice.kind().name());
    plain.to_kind.push_str(to.kind().name());
    plain.to.push_str(to.as_str());
    plain.take(notice);
    Zeroizing::new(serde_json::to_vec(&plain).expect("texts and numbers are always JSON"))
}

/// Reads what [`encode`] wrote; `None` for anything else.
pub(super) fn decode(bytes: &[u8]) -> Option<(Identifier, Notice)> {
    let plain: Plain = serde_json::from_slice(bytes).ok()?;
    let to = Identifier::restore(IdentifierKind::from_name(&plain.to_kind)?, plain.to.clone());
    let notice = plain.notice()?;
    Some((to, notice))
}

impl Plain {
    fn take(&mut self, notice: &Notice) {
        match notice {
            Notice::Code { purpose, code, circumstances } => {
                self.purpose = Some(purpose.name().to_owned());
                self.code = Some(code.to_string());
                self.take_circumstances(circumstances);
            }
            Notice::ResetLink { link, code, circumstances } => {
                self.take_link(link, circumstances);
                self.code = code.map(|code| code.to_string());
            }
            Notice::CountryRules { at, country, mode } => {
                self.at_us = at.as_micros();
                self.country = Some(country.code().to_owned());
                self.what = Some(mode.name().to_owned());
            }
            Notice::CountryRulesAhead { at, country, mode, from } => {
                self.at_us = at.as_micros();
                self.country = Some(country.code().to_owned());
                self.what = Some(mode.name().to_owned());
                self.due_us = Some(from.as_micros());
            }
            Notice::AccountBlock { at, lifted, freeze } => {
                self.at_us = at.as_micros();
                self.what = Some(if *lifted { "lifted" } else { "again" }.to_owned());
                self.link = Some(freeze.as_str().to_owned());
            }
            Notice::IdentifierTaken { circumstances }
            | Notice::Frozen { circumstances }
            | Notice::IdentifierUndone { circumstances } => {
                self.take_circumstances(circumstances);
            }
            Notice::SignedUp { circumstances, freeze }
            | Notice::NewSignIn { circumstances, freeze }
            | Notice::UnusualCountry { circumstances, freeze }
            | Notice::PasswordRightButNotFinished { circumstances, freeze }
            | Notice::TotpDisabled { circumstances, freeze }
            | Notice::RecoveryCodesRenewed { circumstances, freeze }
            | Notice::ErasureCancelled { circumstances, freeze } => self.take_link(freeze, circumstances),
            Notice::PasswordChanged { circumstances, hold_until, freeze }
            | Notice::PasswordReset { circumstances, hold_until, freeze }
            | Notice::TotpReplaced { circumstances, hold_until, freeze }
            | Notice::CaseExecuted { circumstances, hold_until, freeze }
            | Notice::IdentifiersNow { circumstances, hold_until, freeze } => {
                self.take_link(freeze, circumstances);
                self.hold_until_us = hold_until.map(Timestamp::as_micros);
            }
            Notice::RecoveryCodeUsed { left, circumstances, freeze } => {
                self.take_link(freeze, circumstances);
                self.left = Some(*left);
            }
            Notice::Passkey { news, name, circumstances, hold_until, freeze } => {
                self.take_link(freeze, circumstances);
                self.purpose = Some(news.name().to_owned());
                self.name = Some(name.clone());
                self.hold_until_us = hold_until.map(Timestamp::as_micros);
            }
            Notice::MoneyActionCode { code, transfer, circumstances } => {
                self.code = Some(code.to_string());
                let Transfer { network, address, memo, amount, fee } = transfer.clone();
                self.transfer = Some(PlainTransfer { network, address, memo, amount, fee });
                self.take_circumstances(circumstances);
            }
            Notice::Protection { event, circumstances, until, cancel, freeze } => {
                self.take_link(freeze, circumstances);
                self.event = Some(event.name().to_owned());
                self.hold_until_us = until.map(Timestamp::as_micros);
                self.cancel = cancel.as_ref().map(|link| link.as_str().to_owned());
            }
            Notice::ErasureAsked { circumstances, due_at, cancel, freeze } => {
                self.take_link(freeze, circumstances);
                self.due_us = Some(due_at.as_micros());
                self.cancel = Some(cancel.as_str().to_owned());
            }
            Notice::AccountErased { at } => self.at_us = at.as_micros(),
            Notice::StaffChanged { change, name, role, at } => {
                self.at_us = at.as_micros();
                self.staff = Some((change.name().to_owned(), name.clone(), role.name().to_owned()));
            }
            Notice::Unfrozen { at, hold_until, freeze } => {
                self.at_us = at.as_micros();
                self.hold_until_us = hold_until.map(Timestamp::as_micros);
                self.link = Some(freeze.as_str().to_owned());
            }
            Notice::CaseSent { circumstances, stop } => self.take_stop(stop, circumstances),
            Notice::CaseApproved { circumstances, effective_at, stop } => {
                self.take_stop(stop, circumstances);
                self.effective_at_us = Some(effective_at.as_micros());
            }
            Notice::CaseEnded { circumstances, refused, freeze } => {
                self.take_link(freeze, circumstances);
                self.refused = Some(*refused);
            }
            Notice::IdentifierChanged { circumstances, what, hold_until, stop } => {
                self.take_stop(stop, circumstances);
                self.what = Some(what.name().to_owned());
                self.hold_until_us = hold_until.map(Timestamp::as_micros);
            }
            Notice::NumberReassigned { at, freeze } => {
                self.at_us = at.as_micros();
                self.link = Some(freeze.as_str().to_owned());
            }
        }
    }

    fn take_stop(&mut self, stop: &Stop, circumstances: &Circumstances) {
        self.take_link(&stop.link, circumstances);
        self.stop_code = Some(stop.code.to_string());
    }

    fn take_link(&mut self, link: &LinkToken, circumstances: &Circumstances) {
        self.link = Some(link.as_str().to_owned());
        self.take_circumstances(circumstances);
    }

    fn take_circumstances(&mut self, circumstances: &Circumstances) {
        self.at_us = circumstances.at.as_micros();
        self.network = Some(circumstances.network);
        self.device = Some(circumstances.device.clone());
        self.place = PlainPlace::of(&circumstances.place);
    }

    fn circumstances(&self) -> Option<Circumstances> {
        Some(Circumstances {
            at: Timestamp::from_micros(self.at_us),
            network: self.network?,
            device: self.device.clone()?,
            place: self.place.as_ref().map_or(Place::UNKNOWN, PlainPlace::place),
        })
    }

    fn notice(&self) -> Option<Notice> {
        let kind = NoticeKind::from_name(&self.kind)?;
        let hold_until = self.hold_until_us.map(Timestamp::from_micros);
        let link = || LinkToken::parse(self.link.as_deref()?);
        let code = || OneTimeCode::parse(self.code.as_deref()?);
        if kind == NoticeKind::AccountErased {
            return Some(Notice::AccountErased { at: Timestamp::from_micros(self.at_us) });
        }
        if kind == NoticeKind::Unfrozen {
            return Some(Notice::Unfrozen {
                at: Timestamp::from_micros(self.at_us),
                hold_until,
                freeze: link()?,
            });
        }
        if kind == NoticeKind::CountryRules {
            return Some(Notice::CountryRules {
                at: Timestamp::from_micros(self.at_us),
                country: Country::parse(self.country.as_deref()?)?,
                mode: Mode::from_name(self.what.as_deref()?)?,
            });
        }
        if kind == NoticeKind::CountryRulesAhead {
            return Some(Notice::CountryRulesAhead {
                at: Timestamp::from_micros(self.at_us),
                country: Country::parse(self.country.as_deref()?)?,
                mode: Mode::from_name(self.what.as_deref()?)?,
                from: Timestamp::from_micros(self.due_us?),
            });
        }
        if kind == NoticeKind::AccountBlock {
            return Some(Notice::AccountBlock {
                at: Timestamp::from_micros(self.at_us),
                lifted: self.what.as_deref()? == "lifted",
                freeze: link()?,
            });
        }
        if kind == NoticeKind::NumberReassigned {
            return Some(Notice::NumberReassigned {
                at: Timestamp::from_micros(self.at_us),
                freeze: link()?,
            });
        }
        if kind == NoticeKind::StaffChanged {
            let (change, name, role) = self.staff.as_ref()?;
            return Some(Notice::StaffChanged {
                change: StaffChange::from_name(change)?,
                name: name.clone(),
                role: Role::from_name(role)?,
                at: Timestamp::from_micros(self.at_us),
            });
        }
        let circumstances = self.circumstances()?;
        let stop = || Some(Stop { link: link()?, code: StopCode::parse(self.stop_code.as_deref()?)? });
        Some(match kind {
            NoticeKind::Code => {
                let purpose = CodePurpose::from_name(self.purpose.as_deref()?)?;
                Notice::Code { purpose, code: code()?, circumstances }
            }
            NoticeKind::ResetLink => Notice::ResetLink { link: link()?, code: code(), circumstances },
            NoticeKind::IdentifierTaken => Notice::IdentifierTaken { circumstances },
            NoticeKind::SignedUp => Notice::SignedUp { circumstances, freeze: link()? },
            NoticeKind::NewSignIn => Notice::NewSignIn { circumstances, freeze: link()? },
            NoticeKind::PasswordRightButNotFinished => {
                Notice::PasswordRightButNotFinished { circumstances, freeze: link()? }
            }
            NoticeKind::PasswordChanged => {
                Notice::PasswordChanged { circumstances, hold_until, freeze: link()? }
            }
            NoticeKind::PasswordReset => Notice::PasswordReset { circumstances, hold_until, freeze: link()? },
            NoticeKind::TotpReplaced => Notice::TotpReplaced { circumstances, hold_until, freeze: link()? },
            NoticeKind::TotpDisabled => Notice::TotpDisabled { circumstances, freeze: link()? },
            NoticeKind::RecoveryCodesRenewed => {
                Notice::RecoveryCodesRenewed { circumstances, freeze: link()? }
            }
            NoticeKind::RecoveryCodeUsed => {
                Notice::RecoveryCodeUsed { left: self.left?, circumstances, freeze: link()? }
            }
            NoticeKind::Passkey => Notice::Passkey {
                news: PasskeyNews::from_name(self.purpose.as_deref()?)?,
                name: self.name.clone()?,
                circumstances,
                hold_until,
                freeze: link()?,
            },
            NoticeKind::MoneyActionCode => {
                let plain = self.transfer.as_ref()?;
                let transfer = Transfer {
                    network: plain.network.clone(),
                    address: plain.address.clone(),
                    memo: plain.memo.clone(),
                    amount: plain.amount.clone(),
                    fee: plain.fee.clone(),
                };
                Notice::MoneyActionCode { code: code()?, transfer, circumstances }
            }
            NoticeKind::UnusualCountry => Notice::UnusualCountry { circumstances, freeze: link()? },
            NoticeKind::Frozen => Notice::Frozen { circumstances },
            NoticeKind::CaseSent => Notice::CaseSent { circumstances, stop: stop()? },
            NoticeKind::CaseApproved => Notice::CaseApproved {
                circumstances,
                effective_at: Timestamp::from_micros(self.effective_at_us?),
                stop: stop()?,
            },
            NoticeKind::CaseEnded => {
                Notice::CaseEnded { circumstances, refused: self.refused?, freeze: link()? }
            }
            NoticeKind::CaseExecuted => Notice::CaseExecuted { circumstances, hold_until, freeze: link()? },
            NoticeKind::IdentifierChanged => {
                let what = IdentifierChangeKind::from_name(self.what.as_deref()?)?;
                Notice::IdentifierChanged { circumstances, what, hold_until, stop: stop()? }
            }
            NoticeKind::IdentifiersNow => {
                Notice::IdentifiersNow { circumstances, hold_until, freeze: link()? }
            }
            NoticeKind::IdentifierUndone => Notice::IdentifierUndone { circumstances },
            NoticeKind::Protection => Notice::Protection {
                event: ProtectionEvent::from_name(self.event.as_deref()?)?,
                circumstances,
                until: hold_until,
                cancel: self.cancel.as_deref().and_then(LinkToken::parse),
                freeze: link()?,
            },
            NoticeKind::ErasureAsked => Notice::ErasureAsked {
                circumstances,
                due_at: Timestamp::from_micros(self.due_us?),
                cancel: LinkToken::parse(self.cancel.as_deref()?)?,
                freeze: link()?,
            },
            NoticeKind::ErasureCancelled => Notice::ErasureCancelled { circumstances, freeze: link()? },
            NoticeKind::Unfrozen
            | NoticeKind::NumberReassigned
            | NoticeKind::AccountErased
            | NoticeKind::CountryRules
            | NoticeKind::CountryRulesAhead
            | NoticeKind::AccountBlock
            | NoticeKind::StaffChanged => return None,
        })
    }
}

#[cfg(test)]
mod tests;
