//! Names at the support desk.

use std::borrow::Cow;

use doorward_domain::audit::AuditKind;
use doorward_domain::jurisdiction::Row;
use doorward_domain::risk::{RiskReason, Rung};
use doorward_domain::staff::Role;

use crate::words::Words;

impl Words {
    /// The name of a role.
    pub fn role(&self, role: Role) -> Cow<'static, str> {
        self.text(match role {
            Role::Agent => "desk-role-agent",
            Role::Approver => "desk-role-approver",
            Role::Auditor => "desk-role-auditor",
            Role::Compliance => "desk-role-compliance",
        })
    }

    /// The name of a row of the policy of countries.
    pub fn row(&self, row: Row) -> Cow<'static, str> {
        self.text(match row {
            Row::Country(country) => return Cow::Borrowed(self.country(country)),
            Row::Default => "desk-block-row-default",
            Row::Unknown => "desk-block-row-unknown",
            Row::Anonymising => "desk-block-row-anonymising",
            Row::Local => "desk-block-row-local",
        })
    }

    /// How a sign-in ended and what it was asked, in a line for the desk.
    pub fn decision(&self, kind: AuditKind, rung: Option<Rung>) -> String {
        let how = self.text(match kind {
            AuditKind::Entered => "desk-decision-passed",
            AuditKind::WrongPassword => "desk-decision-failed",
            _ => "desk-decision-unfinished",
        });
        let rung = self.text(match rung {
            None => "desk-rung-none",
            Some(Rung::Invisible) => "desk-rung-invisible",
            Some(Rung::Slider) => "desk-rung-slider",
            Some(Rung::HarderSlider) => "desk-rung-harder-slider",
            Some(Rung::Wait) => "desk-rung-wait",
        });
        let values = [("how", how.into_owned().into()), ("rung", rung.into_owned().into())];
        self.text_with("desk-decision-line", &values)
    }

    /// Why more was asked of a sign-in.
    pub fn risk_reason(&self, reason: RiskReason) -> Cow<'static, str> {
        self.text(match reason {
            RiskReason::UnknownDevice => "desk-reason-unknown-device",
            RiskReason::RecentFailures => "desk-reason-recent-failures",
            RiskReason::SprayingNetwork => "desk-reason-spraying-network",
            RiskReason::SiteAlarm => "desk-reason-site-alarm",
            RiskReason::DeepQueue => "desk-reason-deep-queue",
            RiskReason::NewCountry => "desk-reason-new-country",
            RiskReason::ImpossibleTravel => "desk-reason-impossible-travel",
            RiskReason::DataCentre => "desk-reason-data-centre",
            RiskReason::Anonymising => "desk-reason-anonymising-network",
        })
    }
}
