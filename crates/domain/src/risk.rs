//! How much proof of being human a visitor owes (entry rules 4, captcha ladder), with the reasons for the record.

use crate::named::named;
use crate::policy::{HumanCheckMode, Policy};
use crate::throttle::is_spraying;

named! {
    /// What the human check asks, from nothing to see to not now.
    pub enum Rung {
        /// A proof of work that nobody sees.
        Invisible = "invisible",
        /// A slider.
        Slider = "slider",
        /// A slider in two dimensions and a memory-hard proof.
        HarderSlider = "harder-slider",
        /// A wait, a link by mail, or a stronger authenticator.
        Wait = "wait",
    }
}

impl Rung {
    /// One rung higher; the last one stays.
    #[must_use]
    pub const fn raised(self) -> Self {
        match self {
            Self::Invisible => Self::Slider,
            Self::Slider => Self::HarderSlider,
            Self::HarderSlider | Self::Wait => Self::Wait,
        }
    }
}

named! {
    /// What the place of a visit tells. Without country data it is unknown, which is no reason for anything.
    pub enum Place {
        /// Nothing is known about it.
        Unknown = "unknown",
        /// Where this account is entered from usually.
        Usual = "usual",
        /// A country new to this account.
        NewCountry = "new-country",
        /// Farther from the last entry than anybody travels in the time between.
        ImpossibleTravel = "impossible-travel",
        /// A network of machines rather than of people.
        DataCentre = "data-centre",
    }
}

named! {
    /// Why a rung was chosen.
    pub enum RiskReason {
        /// The device is not known to this account, or failed too often to count as known.
        UnknownDevice = "unknown-device",
        /// Wrong passwords on this identifier shortly before.
        RecentFailures = "recent-failures",
        /// The network tried many accounts.
        SprayingNetwork = "spraying-network",
        /// Wrong passwords all over the site.
        SiteAlarm = "site-alarm",
        /// Many hashes are waiting.
        DeepQueue = "deep-queue",
        /// A country new to this account.
        NewCountry = "new-country",
        /// Impossible travel.
        ImpossibleTravel = "impossible-travel",
        /// A data-centre network.
        DataCentre = "data-centre",
    }
}

/// What is known about a visit before a password is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RiskInputs {
    /// The device is trusted by this account.
    pub known_device: bool,
    /// Wrong passwords in a row on this identifier, existing or not.
    pub account_failures: u32,
    /// Accounts on which this network failed within the spraying window.
    pub network_failed_accounts: u32,
    /// The site's alarm is raised.
    pub site_alarm: bool,
    /// Waiting hashes, percent of the queue.
    pub queue_percent: u8,
    /// What the place tells.
    pub place: Place,
}

impl RiskInputs {
    /// Nothing known and nothing suspicious: a first visit.
    pub const QUIET: Self = Self {
        known_device: false,
        account_failures: 0,
        network_failed_accounts: 0,
        site_alarm: false,
        queue_percent: 0,
        place: Place::Unknown,
    };
}

/// The rung that a visit owes and every reason that counted.
///
/// The reasons of one kind raise together by one: repeated failures, spraying and a deep queue are usually the same
/// attack seen from three sides. The site's alarm raises unknown devices by one more.
pub fn rung(policy: &Policy, inputs: &RiskInputs) -> (Rung, Vec<RiskReason>) {
    let mut reasons = Vec::new();
    let mut note = |holds: bool, reason: RiskReason| {
        if holds {
            reasons.push(reason);
        }
        holds
    };
    let unknown = note(!inputs.known_device, RiskReason::UnknownDevice);
    let failures = inputs.account_failures >= policy.throttle.rung_rises_after;
    let failures = note(failures, RiskReason::RecentFailures);
    let spraying = is_spraying(&policy.throttle, inputs.network_failed_accounts);
    let spraying = note(spraying, RiskReason::SprayingNetwork);
    let deep = note(inputs.queue_percent >= policy.human_check.deep_queue_percent, RiskReason::DeepQueue);
    let place = note(inputs.place == Place::NewCountry, RiskReason::NewCountry)
        | note(inputs.place == Place::ImpossibleTravel, RiskReason::ImpossibleTravel)
        | note(inputs.place == Place::DataCentre, RiskReason::DataCentre);
    let alarm = note(inputs.site_alarm && unknown, RiskReason::SiteAlarm);

    let suspicious = failures || spraying || deep || place;
    let low_risk = inputs.known_device && !suspicious;
    let mut rung = match policy.human_check.mode {
        HumanCheckMode::Adaptive if low_risk => Rung::Invisible,
        HumanCheckMode::Adaptive | HumanCheckMode::Always => Rung::Slider,
    };
    if suspicious {
        rung = rung.raised();
    }
    if alarm {
        rung = rung.raised();
    }
    (rung, reasons)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(mode: HumanCheckMode, inputs: RiskInputs) -> Rung {
        let mut policy = Policy::default();
        policy.human_check.mode = mode;
        rung(&policy, &inputs).0
    }

    #[test]
    fn each_sign_of_an_attack_raises_the_rung() {
        use HumanCheckMode::{Adaptive, Always};
        let quiet = RiskInputs::QUIET;
        let known = RiskInputs { known_device: true, ..quiet };
        for (mode, inputs, expected) in [
            (Always, quiet, Rung::Slider),
            (Always, known, Rung::Slider),
            (Adaptive, quiet, Rung::Slider),
            (Adaptive, known, Rung::Invisible),
            (Adaptive, RiskInputs { account_failures: 2, ..known }, Rung::Invisible),
            (Adaptive, RiskInputs { account_failures: 3, ..known }, Rung::HarderSlider),
            (Always, RiskInputs { account_failures: 2, ..quiet }, Rung::Slider),
            (Always, RiskInputs { account_failures: 3, ..quiet }, Rung::HarderSlider),
            (Always, RiskInputs { network_failed_accounts: 10, ..quiet }, Rung::Slider),
            (Always, RiskInputs { network_failed_accounts: 11, ..quiet }, Rung::HarderSlider),
            (Always, RiskInputs { queue_percent: 49, ..quiet }, Rung::Slider),
            (Always, RiskInputs { queue_percent: 50, ..quiet }, Rung::HarderSlider),
            (Always, RiskInputs { site_alarm: true, ..quiet }, Rung::HarderSlider),
            (Always, RiskInputs { site_alarm: true, ..known }, Rung::Slider),
            (Adaptive, RiskInputs { site_alarm: true, ..known }, Rung::Invisible),
            (Always, RiskInputs { site_alarm: true, account_failures: 9, ..quiet }, Rung::Wait),
            (
                Always,
                RiskInputs { account_failures: 9, network_failed_accounts: 99, ..quiet },
                Rung::HarderSlider,
            ),
            (Always, RiskInputs { place: Place::Usual, ..quiet }, Rung::Slider),
            (Always, RiskInputs { place: Place::NewCountry, ..quiet }, Rung::HarderSlider),
            (Always, RiskInputs { place: Place::ImpossibleTravel, ..known }, Rung::HarderSlider),
            (Always, RiskInputs { place: Place::DataCentre, ..quiet }, Rung::HarderSlider),
        ] {
            assert_eq!(judged(mode, inputs), expected, "{mode:?} {inputs:?}");
        }
    }

    #[test]
    fn every_reason_that_counted_is_recorded() {
        let inputs = RiskInputs {
            known_device: false,
            account_failures: 5,
            network_failed_accounts: 11,
            site_alarm: true,
            queue_percent: 90,
            place: Place::DataCentre,
        };
        let (rung, reasons) = rung(&Policy::default(), &inputs);
        assert_eq!(rung, Rung::Wait);
        let names: Vec<_> = reasons.iter().map(|reason| reason.name()).collect();
        assert_eq!(
            names,
            [
                "unknown-device",
                "recent-failures",
                "spraying-network",
                "deep-queue",
                "data-centre",
                "site-alarm"
            ]
        );
    }

    #[test]
    fn a_quiet_known_device_gives_no_reason() {
        let known = RiskInputs { known_device: true, ..RiskInputs::QUIET };
        assert_eq!(rung(&Policy::default(), &known).1, []);
    }
}
