//! Places, the risk of a country, blocks and what is told (entry rules 4 and 7).

use std::collections::BTreeMap;
use std::net::IpAddr;

use doorward_app::Failure;
use doorward_app::country::{Attribution, Mmdb, MmdbFault, Places};
use doorward_app::jurisdiction::{Because, LiftRefused, Lifted};
use doorward_app::sign_in::SignInRefused;
use doorward_domain::country::{Country, DataMonth, Whereabouts};
use doorward_domain::identity::IdentityRecord;
use doorward_domain::jurisdiction::{JurisdictionPolicy, Mode, Row, Schedule};
use doorward_domain::risk::Rung;
use doorward_domain::sign_in::SignInStep;
use doorward_domain::time::Timestamp;
use doorward_store::testing::on_both;

use crate::blocks::deciders;
use crate::browser::Browser;
use crate::house::{House, PASSWORD};
use crate::mmdb_file::{Value, file};

/// Registered in the Netherlands, in the United States, in Japan.
const AMSTERDAM: [u8; 4] = [193, 0, 6, 139];
const MOUNTAIN_VIEW: [u8; 4] = [8, 8, 8, 8];
const TOKYO: [u8; 4] = [1, 0, 16, 1];

const JUNE_2026: u64 = 1_780_272_000;

pub(crate) fn country(code: &str) -> Country {
    Country::parse(code).expect("a country")
}

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

pub(crate) fn always(rows: &[(&str, Mode)]) -> JurisdictionPolicy {
    let row = |(name, mode): &(&str, Mode)| {
        let schedule = Schedule::new(vec![(Timestamp::from_seconds(0), *mode)]).expect("one step");
        (Row::from_name(name).expect("a row"), schedule)
    };
    JurisdictionPolicy::new(rows.iter().map(row).collect())
}

fn nested(code: &'static str) -> Value {
    Value::Map(vec![("country", Value::Map(vec![("iso_code", Value::Text(code))]))])
}

#[test]
fn both_layouts_of_files_are_read() {
    let flat = |code| Value::Map(vec![("country_code", Value::Text(code))]);
    for (kind, networks) in [
        ("GeoIP2-Country", [("198.51.100.0/24", nested("PT")), ("203.0.113.0/25", nested("XX"))]),
        ("DBIP-Country-Lite", [("198.51.100.0/24", flat("PT")), ("203.0.113.0/25", flat("XX"))]),
    ] {
        let mmdb = Mmdb::of_bytes(file(kind, JUNE_2026, &networks)).expect("reads");
        assert_eq!(mmdb.month(), Some(DataMonth { year: 2026, month: 6 }));
        let places = Places::of_file(mmdb, None);
        let at = |text| places.find(address(text)).at;
        assert_eq!(at("198.51.100.7"), Whereabouts::In(country("PT")), "{kind}");
        assert_eq!(at("203.0.113.7"), Whereabouts::Unknown, "{kind}: a code that is no country");
        assert_eq!(at("8.8.8.8"), Whereabouts::Unknown, "{kind}: the file says nothing, and the file counts");
        assert_eq!(at("2001:db8::1"), Whereabouts::Unknown, "{kind}: a file of IPv4");
        assert_eq!(at("10.0.0.1"), Whereabouts::Local, "{kind}");
        let said = places.attribution().map(|said| said.text);
        let expected = kind.starts_with("DBIP").then(|| "IP Geolocation by DB-IP".to_owned());
        assert_eq!(said, expected);
    }
}

#[test]
fn a_file_of_networks_tells_who_hides_and_leaves_countries_to_the_table() {
    let flags =
        Value::Map(vec![("is_anonymous", Value::Yes(true)), ("is_hosting_provider", Value::Yes(true))]);
    let quiet = Value::Map(vec![("is_anonymous", Value::Yes(false))]);
    let networks = [("8.8.8.0/24", flags), ("193.0.6.0/24", quiet)];
    let places = |kind: &str, networks: &[(&str, Value)]| {
        let own = Some(Attribution::parse("Our own list"));
        Places::of_file(Mmdb::of_bytes(file(kind, JUNE_2026, networks)).expect("reads"), own)
    };
    let known = places("GeoIP2-Anonymous-IP", &networks);
    let place = known.find(address("8.8.8.8"));
    assert_eq!((place.at, place.anonymising, place.hosting), (Whereabouts::In(country("US")), true, true));
    let place = known.find(address("193.0.6.139"));
    assert_eq!((place.at, place.anonymising, place.hosting), (Whereabouts::In(country("NL")), false, false));
    assert_eq!(known.attribution().map(|said| said.text).as_deref(), Some("Our own list"));
    let traits = Value::Map(vec![
        ("country", Value::Map(vec![("iso_code", Value::Text("PT"))])),
        ("traits", Value::Map(vec![("is_tor_exit_node", Value::Yes(true))])),
    ]);
    let place = places("GeoIP2-Precision", &[("198.51.100.0/24", traits)]).find(address("198.51.100.1"));
    assert_eq!((place.country(), place.anonymising, place.hosting), (Some(country("PT")), true, false));
}

#[test]
fn a_damaged_file_and_one_that_tells_nothing_are_refused() {
    let whole = file("GeoIP2-Country", JUNE_2026, &[("198.51.100.0/24", nested("PT"))]);
    assert!(Mmdb::of_bytes(whole.clone()).is_ok());
    for cut in [1, 10, whole.len() / 2, whole.len() - 1] {
        assert!(matches!(Mmdb::of_bytes(whole[..cut].to_vec()), Err(MmdbFault::Damaged(_))), "{cut}");
    }
    let mut changed = whole;
    changed[..6].copy_from_slice(&[0xff; 6]);
    assert!(matches!(Mmdb::of_bytes(changed), Err(MmdbFault::Damaged(_))));
    let other = Value::Map(vec![("weather", Value::Text("fine"))]);
    let mute = file("Weather", JUNE_2026, &[("198.51.100.0/24", other)]);
    assert!(matches!(Mmdb::of_bytes(mute), Err(MmdbFault::TellsNothing)));
}

#[tokio::test]
async fn lost_data_are_loud_and_come_back() {
    on_both(async |db| {
        let house = House::open(db);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("countries.mmdb");
        let whole = file("GeoIP2-Country", JUNE_2026, &[("198.51.100.0/24", nested("PT"))]);
        std::fs::write(&path, &whole).expect("writes");
        house.app.read_country_data_again(&path);
        assert_eq!(house.app.place_of(address("198.51.100.1")).country(), Some(country("PT")));
        assert!(house.app.notes().is_empty());
        std::fs::write(&path, &whole[..whole.len() / 2]).expect("writes");
        house.app.read_country_data_again(&path);
        assert_eq!(house.app.place_of(address("198.51.100.1")).at, Whereabouts::Lost);
        assert_eq!(house.app.notes(), ["country data lost"]);
        std::fs::write(&path, &whole).expect("writes");
        house.app.read_country_data_again(&path);
        assert!(house.app.notes().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_known_device_in_a_new_country_proves_the_channel_again_and_the_owner_is_told() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, AMSTERDAM);
        browser.enter(&ada).await;
        house.letters().await;
        // Three days later in Japan, with the same browser.
        house.pass(3 * 86_400);
        browser.visit.network = IpAddr::from(TOKYO);
        browser.begin(&ada.identifier);
        let view = browser.view().await.expect("a page");
        assert_eq!((view.rung, view.known_device), (Rung::HarderSlider, false));
        assert_eq!(browser.password(PASSWORD).await, Ok(SignInStep::SecondFactor));
        assert_eq!(browser.factor(&house.totp(&ada, 0)).await, Ok(SignInStep::DeviceCode));
        let code = house.code_for(&ada.identifier).await;
        assert_eq!(browser.device_code(&code).await, Ok(SignInStep::Access));
        let entered = browser.access().await.expect("the door opens");
        assert!(entered.replaces_device.is_some(), "it is the same device");
        let kinds: Vec<String> = house.letters().await.into_iter().map(|letter| letter.kind).collect();
        assert_eq!(kinds, ["unusual-country"]);
        let decisions = house.app.sign_in_decisions(ada.account).await.expect("the record is read");
        assert_eq!(decisions[0].country, Some(country("JP")));
        assert_eq!(decisions[0].rung.as_deref(), Some("harder-slider"));
        assert!(decisions[0].reasons.iter().any(|reason| reason == "new-country"), "{decisions:?}");
        // From now on the country is known, and the device with it.
        house.pass(60);
        browser.begin(&ada.identifier);
        let view = browser.view().await.expect("a page");
        assert_eq!((view.rung, view.known_device), (Rung::Slider, true));
        // An hour later in Europe again: known, and too far to have travelled.
        house.pass(3_600);
        browser.visit.network = IpAddr::from(AMSTERDAM);
        browser.begin(&ada.identifier);
        let view = browser.view().await.expect("a page");
        assert_eq!((view.rung, view.known_device), (Rung::HarderSlider, false));
    })
    .await;
}

#[tokio::test]
async fn to_an_unknown_browser_nothing_tells_where_an_account_is_entered_from() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        Browser::new(&house, AMSTERDAM).enter(&ada).await;
        for from in [AMSTERDAM, MOUNTAIN_VIEW, TOKYO] {
            let mut rungs = Vec::new();
            for identifier in ["ada@example.org", "nobody@example.org"] {
                let mut stranger = Browser::new(&house, from);
                stranger.begin(identifier);
                rungs.push(stranger.view().await.expect("a page").rung);
            }
            assert_eq!(rungs, [Rung::Slider, Rung::Slider], "{from:?}");
        }
        // The record knows all the same.
        house.pass(60);
        Browser::new(&house, TOKYO).enter(&ada).await;
        let decisions = house.app.sign_in_decisions(ada.account).await.expect("the record is read");
        for reason in ["unknown-device", "new-country", "impossible-travel"] {
            assert!(decisions[0].reasons.iter().any(|known| known == reason), "{reason}: {decisions:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_hidden_network_and_one_of_machines_raise_the_rung_for_everybody() {
    on_both(async |db| {
        let house = House::open(db);
        let hosting = Value::Map(vec![("is_hosting_provider", Value::Yes(true))]);
        let hiding = Value::Map(vec![("is_anonymous_vpn", Value::Yes(true))]);
        let networks = [("198.51.100.0/24", hosting), ("203.0.113.0/24", hiding)];
        house.app.places.replace(Mmdb::of_bytes(file("Networks", JUNE_2026, &networks)).expect("reads"));
        for from in [[198, 51, 100, 1], [203, 0, 113, 1]] {
            let mut stranger = Browser::new(&house, from);
            stranger.begin("nobody@example.org");
            assert_eq!(stranger.view().await.expect("a page").rung, Rung::HarderSlider, "{from:?}");
        }
    })
    .await;
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, Failure<LiftRefused>>) -> LiftRefused {
    match outcome {
        Err(Failure::Refused(refused)) => refused,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_was_blocked_stays_so_until_two_lift_it_whatever_the_file_says() {
    on_both(async |db| {
        let house = House::open(db.clone());
        let from = |house: &House| house.app.mode_of(IpAddr::from(AMSTERDAM), None).mode;
        let [one, two, three] = deciders(&house).await.map(|at| at.member.id);
        house.app.take_policy(always(&[("NL", Mode::Blocked)])).await.expect("written down");
        assert_eq!(from(&house), Mode::Blocked);
        let row = Row::Country(country("NL"));
        assert_eq!(refused(house.app.approve_lift(row, one).await), LiftRefused::PolicyBlocks);
        // The file drops it: nothing changes, on this node, after a restart and on another one.
        house.app.take_policy(JurisdictionPolicy::default()).await.expect("written down");
        assert_eq!(from(&house), Mode::Blocked);
        let again = House::open(db);
        assert_eq!(from(&again), Mode::Open, "it has not read the record yet");
        again.app.sync_blocks().await.expect("reads");
        assert_eq!(from(&again), Mode::Blocked);
        assert_eq!(house.app.approve_lift(row, one).await.expect("approved"), Lifted::Waiting);
        assert_eq!(refused(house.app.approve_lift(row, one).await), LiftRefused::SamePerson);
        assert_eq!(from(&house), Mode::Blocked);
        assert_eq!(house.app.approve_lift(row, two).await.expect("approved"), Lifted::Lifted);
        assert_eq!(from(&house), Mode::Open);
        again.app.sync_blocks().await.expect("reads");
        assert_eq!(from(&again), Mode::Open);
        assert_eq!(refused(house.app.approve_lift(row, three).await), LiftRefused::NotBlocked);
    })
    .await;
}

pub(crate) fn record_of(residence: &str) -> IdentityRecord {
    IdentityRecord {
        name: "Ada Lovelace".to_owned(),
        birth_date: "1990-12-10".to_owned(),
        residence: residence.to_owned(),
        level: "full".to_owned(),
        source: "counter".to_owned(),
    }
}

pub(crate) async fn resides(house: &House, account: doorward_domain::id::AccountId, code: &str) {
    house.app.write_identity(account, &record_of(code), "L01X00T47").await.expect("written");
}

#[tokio::test]
async fn the_residence_judges_wherever_the_customer_is_and_the_next_request_knows_a_new_one() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        house.app.jurisdictions.replace(always(&[("NL", Mode::WithdrawOnly)]));
        let entered = Browser::new(&house, [203, 0, 113, 7]).enter(&ada).await;
        house.app.heartbeat().await.expect("word from the database");
        let mode = async || {
            let customer = house.app.authenticate(&entered.session).await.expect("a session");
            let judged = house.app.mode_of_customer(address("203.0.113.7"), &customer);
            (judged.mode, judged.because)
        };
        assert_eq!(mode().await, (Mode::Open, Because::Unknown));
        resides(&house, ada.account, "NL").await;
        assert_eq!(mode().await, (Mode::WithdrawOnly, Because::Residence(country("NL"))));
        // Two members of staff let one account of a blocked country leave.
        house.app.take_policy(always(&[("NL", Mode::Blocked)])).await.expect("written down");
        assert_eq!(mode().await.0, Mode::Blocked);
        let [one, two, _] = deciders(&house).await.map(|at| at.member.id);
        for staff in [one, two] {
            house.app.approve_account_lift(ada.account, staff).await.expect("approved");
        }
        assert_eq!(mode().await.0, Mode::WithdrawOnly);
    })
    .await;
}

#[tokio::test]
async fn residents_are_told_once_when_their_rules_change_by_file_or_by_date() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let bob = house.customer("bob@example.org").await;
        resides(&house, ada.account, "NL").await;
        resides(&house, bob.account, "PT").await;
        let later = house.app.now().plus(std::time::Duration::from_secs(7_200));
        let steps = vec![(house.app.now(), Mode::Closing), (later, Mode::WithdrawOnly)];
        let schedule = Schedule::new(steps).expect("in order");
        let rows = BTreeMap::from([(Row::Country(country("NL")), schedule)]);
        house.app.jurisdictions.replace(JurisdictionPolicy::new(rows));
        let told = async || {
            house.app.announce_modes().await.expect("told");
            let letters = house.letters().await;
            let mut told: Vec<_> = letters.into_iter().map(|letter| (letter.kind, letter.to)).collect();
            told.sort();
            told
        };
        let rules = || ("country-rules".to_owned(), "ada@example.org".to_owned());
        let ahead = || ("country-rules-ahead".to_owned(), "ada@example.org".to_owned());
        assert_eq!(told().await, [rules(), ahead()], "what holds, and what was announced with its date");
        assert_eq!(told().await, []);
        house.pass(7_200);
        assert_eq!(told().await, [rules()], "the date came");
        house.app.jurisdictions.replace(JurisdictionPolicy::default());
        assert_eq!(told().await, [rules()], "open again");
        assert_eq!(told().await, []);
    })
    .await;
}

#[tokio::test]
async fn residents_are_told_of_a_date_once_when_it_is_announced_and_again_when_it_is_another() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        resides(&house, ada.account, "NL").await;
        let day = |days: u64| house.app.now().plus(std::time::Duration::from_secs(days * 86_400));
        let announce = |name: &str, steps: Vec<(Timestamp, Mode)>| {
            let row = Row::from_name(name).expect("a row");
            let rows = BTreeMap::from([(row, Schedule::new(steps).expect("in order"))]);
            house.app.jurisdictions.replace(JurisdictionPolicy::new(rows));
        };
        let told = async || {
            house.app.announce_modes().await.expect("told");
            house.letters().await.into_iter().map(|letter| letter.kind).collect::<Vec<_>>()
        };
        announce("NL", vec![(day(30), Mode::Closing), (day(60), Mode::WithdrawOnly)]);
        assert_eq!(told().await, ["country-rules-ahead"], "the next date, not the one after it");
        house.pass(2 * 3_600);
        assert!(told().await.is_empty(), "looked at again, told once");
        announce("default", vec![(day(20), Mode::Closing)]);
        assert_eq!(told().await, ["country-rules-ahead"], "another date, by the default");
        house.pass(21 * 86_400);
        assert_eq!(told().await, ["country-rules"]);
        // What is blocked stays so until two lift it: a date that seems to open it promises nothing.
        house.app.take_policy(always(&[("NL", Mode::Blocked)])).await.expect("written down");
        assert_eq!(told().await, ["country-rules"]);
        announce("NL", vec![(day(0), Mode::Closing), (day(5), Mode::Open)]);
        assert!(told().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_explanation_names_both_rules_and_what_is_announced() {
    on_both(async |db| {
        let house = House::open(db);
        let later = house.app.now().plus(std::time::Duration::from_secs(86_400));
        let schedule = Schedule::new(vec![(later, Mode::Closing)]).expect("one step");
        let mut rows = BTreeMap::from([(Row::Country(country("NL")), schedule)]);
        let shut = Schedule::new(vec![(Timestamp::from_seconds(0), Mode::WithdrawOnly)]).expect("one step");
        rows.insert(Row::Country(country("US")), shut);
        house.app.jurisdictions.replace(JurisdictionPolicy::new(rows));
        let explain = |ip, residence: Option<&str>, at| house.app.explain(ip, residence.map(country), at);
        let now = house.app.now();
        let it = explain(Some(IpAddr::from(MOUNTAIN_VIEW)), Some("NL"), now);
        assert_eq!(it.judged.because, Because::Country(country("US")));
        assert_eq!(it.by_residence.map(|judged| judged.mode), Some(Mode::Open));
        assert_eq!(it.next, [(Row::Country(country("NL")), later, Mode::Closing)]);
        assert_eq!(explain(None, Some("NL"), later).judged.mode, Mode::Closing);
    })
    .await;
}

#[tokio::test]
async fn whoever_was_entered_nowhere_else_is_not_surprised() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer("ada@example.org").await;
        let mut browser = Browser::new(&house, TOKYO);
        assert_ne!(browser.try_password(&ada.identifier, PASSWORD).await, Err(SignInRefused::NotBegun));
        assert_eq!(browser.view().await.expect("a page").rung, Rung::Invisible);
    })
    .await;
}
