//! How much proof of being human a visitor owes (entry rules 4, captcha ladder), with the reasons for the record.

use crate::country::{Country, Place, distance_km};
use crate::named::named;
use crate::policy::{HumanCheckMode, Policy};
use crate::throttle::is_spraying;
use crate::time::Timestamp;

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
        /// A network that hides its users.
        Anonymising = "anonymising-network",
    }
}

/// What the place of a visit tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signs {
    /// A country that this account was never entered from, and there are others that it was.
    pub new_country: bool,
    /// Farther from the last entry than anybody travels in the time between.
    pub impossible_travel: bool,
    /// A network of machines rather than of people.
    pub data_centre: bool,
    /// A network that hides its users.
    pub anonymising: bool,
}

/// Faster than this nobody travels (entry rules 4).
const FASTEST_KM_PER_HOUR: u64 = 900;

impl Signs {
    /// Nothing strange, or nothing known.
    pub const NONE: Self =
        Self { new_country: false, impossible_travel: false, data_centre: false, anonymising: false };

    /// What a place tells about an account that was entered from these countries, the last one first.
    ///
    /// The way is measured between the nearest points of two countries and neighbours are no way apart, so that whoever
    /// crosses a border is never taken for somebody else.
    pub fn of(place: &Place, entered_from: &[(Country, Timestamp)], now: Timestamp) -> Self {
        let here = place.country();
        let known = |here: Country| entered_from.iter().any(|(country, _)| *country == here);
        let too_far = |here: Country| {
            entered_from.first().is_some_and(|(last, at)| {
                let kilometres = u64::from(distance_km(*last, here));
                kilometres * 3_600 > FASTEST_KM_PER_HOUR * now.since(*at).as_secs()
            })
        };
        Self {
            new_country: !entered_from.is_empty() && here.is_some_and(|here| !known(here)),
            impossible_travel: here.is_some_and(too_far),
            data_centre: place.hosting,
            anonymising: place.anonymising,
        }
    }

    /// Whether the country itself is strange for this account.
    pub const fn is_unusual_country(&self) -> bool {
        self.new_country || self.impossible_travel
    }

    /// The signs of the network alone: the same for everybody who comes from there, account or not.
    #[must_use]
    pub const fn of_network(self) -> Self {
        Self { new_country: false, impossible_travel: false, ..self }
    }

    /// The reasons that the country gives, for the record.
    pub fn country_reasons(&self) -> impl Iterator<Item = RiskReason> {
        let new = self.new_country.then_some(RiskReason::NewCountry);
        new.into_iter().chain(self.impossible_travel.then_some(RiskReason::ImpossibleTravel))
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
    pub signs: Signs,
}

impl RiskInputs {
    /// Nothing known and nothing suspicious: a first visit.
    pub const QUIET: Self = Self {
        known_device: false,
        account_failures: 0,
        network_failed_accounts: 0,
        site_alarm: false,
        queue_percent: 0,
        signs: Signs::NONE,
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
    let signs = &inputs.signs;
    let place = note(signs.new_country, RiskReason::NewCountry)
        | note(signs.impossible_travel, RiskReason::ImpossibleTravel)
        | note(signs.data_centre, RiskReason::DataCentre)
        | note(signs.anonymising, RiskReason::Anonymising);
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
    use crate::country::Whereabouts;

    fn judged(mode: HumanCheckMode, inputs: RiskInputs) -> Rung {
        let mut policy = Policy::default();
        policy.human_check.mode = mode;
        rung(&policy, &inputs).0
    }

    fn with(signs: Signs, inputs: RiskInputs) -> RiskInputs {
        RiskInputs { signs, ..inputs }
    }

    fn country(code: &str) -> Country {
        Country::parse(code).expect("a country")
    }

    fn signs(here: Option<&str>, entered_from: &[(&str, i64)]) -> (bool, bool) {
        let at = here.map_or(Whereabouts::Unknown, |code| Whereabouts::In(country(code)));
        let now = Timestamp::from_seconds(1_000_000);
        let entered_from: Vec<_> = entered_from
            .iter()
            .map(|(code, ago)| (country(code), Timestamp::from_seconds(1_000_000 - ago)))
            .collect();
        let signs = Signs::of(&Place { at, ..Place::UNKNOWN }, &entered_from, now);
        (signs.new_country, signs.impossible_travel)
    }

    #[test]
    fn a_country_is_new_when_there_are_others_and_not_this_one() {
        assert_eq!(signs(Some("DE"), &[]), (false, false), "a first entry is no surprise");
        assert_eq!(signs(Some("DE"), &[("DE", 5)]), (false, false));
        assert_eq!(signs(Some("FR"), &[("DE", 5)]), (true, false), "neighbours are no way apart");
        assert_eq!(signs(Some("FR"), &[("DE", 5), ("FR", 90_000)]), (false, false));
        assert_eq!(signs(None, &[("DE", 5)]), (false, false), "unknown is no reason for anything");
    }

    #[test]
    fn nobody_travels_faster_than_900_kilometres_an_hour() {
        // 9,768 km from Germany to Singapore: 10 hours and 51 minutes.
        let kilometres = i64::from(distance_km(country("DE"), country("SG")));
        let needed = kilometres * 4;
        assert_eq!(signs(Some("SG"), &[("DE", needed - 1), ("SG", 9_000_000)]), (false, true));
        assert_eq!(signs(Some("SG"), &[("DE", needed), ("SG", 9_000_000)]), (false, false));
        assert_eq!(signs(Some("SG"), &[("DE", 60)]), (true, true));
        assert_eq!(signs(Some("SG"), &[("SG", 60), ("DE", 61)]), (false, false), "the last entry counts");
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
            (Always, with(Signs { new_country: true, ..Signs::NONE }, quiet), Rung::HarderSlider),
            (Adaptive, with(Signs { new_country: true, ..Signs::NONE }, known), Rung::HarderSlider),
            (Always, with(Signs { impossible_travel: true, ..Signs::NONE }, known), Rung::HarderSlider),
            (Always, with(Signs { data_centre: true, ..Signs::NONE }, quiet), Rung::HarderSlider),
            (Always, with(Signs { anonymising: true, ..Signs::NONE }, quiet), Rung::HarderSlider),
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
            signs: Signs { data_centre: true, anonymising: true, ..Signs::NONE },
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
                "anonymising-network",
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
