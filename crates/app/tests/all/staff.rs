//! Staff: enrolled by a link and two attested keys, at the desk by a passkey alone, and there no more than their role.

use std::sync::LazyLock;

use doorward_app::staff::members::StaffChangeRefused;
use doorward_app::staff::{
    AtDesk, DeskCaseRefused, DeskRefused, DeskSetup, EnrolRefused, Enrolled, Settled, StaffSignInRefused,
};
use doorward_app::webauthn::TrustedModels;
use doorward_app::webauthn::testing::SoftwareAuthenticator;
use doorward_app::{Failure, Visit};
use doorward_domain::account::AccountStatus;
use doorward_domain::audit::AuditKind;
use doorward_domain::id::AccountId;
use doorward_domain::language::Language;
use doorward_domain::passkey::CeremonyRefused;
use doorward_domain::staff::{DOCUMENT_COMPARISONS, Role, StaffAct};
use doorward_domain::step_up::Factor;
use doorward_domain::support_case::{CaseStep, CaseVote, VoteRefused};
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_store::testing::on_both;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256,
};
use uuid::Uuid;

use crate::blocks::of_house;
use crate::house::House;
use crate::inside::enter;
use crate::sign_up::refused;

const ORIGIN: &str = "https://entry.example";
const MODEL: [u8; 16] = [7; 16];
const ADA: &str = "ada@example.org";

/// A maker's root in PEM, and the key and chain that its authenticators attest with.
struct Maker {
    anchor: String,
    attests: (Vec<u8>, Vec<Vec<u8>>),
}

static MAKER: LazyLock<Maker> = LazyLock::new(|| {
    let root_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages.push(KeyUsagePurpose::KeyCertSign);
    root.distinguished_name.push(DnType::CommonName, "Maker's root");
    let root_certificate = root.self_signed(&root_key).expect("a root");
    let issuer = Issuer::new(root, root_key);
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
    let mut leaf = CertificateParams::default();
    leaf.is_ca = IsCa::ExplicitNoCa;
    leaf.distinguished_name.push(DnType::CountryName, "SE");
    leaf.distinguished_name.push(DnType::OrganizationName, "Maker");
    leaf.distinguished_name.push(DnType::OrganizationalUnitName, "Authenticator Attestation");
    leaf.distinguished_name.push(DnType::CommonName, "Maker's model");
    let octets = [&[0x04, 0x10][..], &MODEL].concat();
    leaf.custom_extensions
        .push(CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 45724, 1, 1, 4], octets));
    let certificate = leaf.signed_by(&key, &issuer).expect("a leaf");
    Maker { anchor: root_certificate.pem(), attests: (key.serialize_der(), vec![certificate.der().to_vec()]) }
});

/// A desk that takes the keys of one maker's one model.
pub(crate) fn setup() -> DeskSetup {
    let models = TrustedModels::new(&[Uuid::from_bytes(MODEL)], &MAKER.anchor).expect("a maker");
    DeskSetup { authenticators: Some(models), url: None }
}

/// A key of the listed model.
fn key() -> SoftwareAuthenticator {
    let mut key = SoftwareAuthenticator::new(ORIGIN);
    key.maker = Some(MAKER.attests.clone());
    key
}

/// Somebody who works here: where they sit and the key they carry.
pub(crate) struct Colleague {
    pub(crate) visit: Visit,
    pub(crate) key: SoftwareAuthenticator,
}

impl House {
    async fn invite(&self, name: &str, role: Role) -> Token {
        let mail = format!("{}@staff.example", name.to_lowercase());
        self.app.add_staff(name, &mail, role, Language::English).await.expect("added").token
    }

    async fn enrol(
        &self,
        visit: &Visit,
        link: &Token,
        key: &mut SoftwareAuthenticator,
    ) -> Result<Enrolled, Failure<EnrolRefused>> {
        let shown = self.app.staff_enrolment(visit, link).await?;
        let answer = key.register(&shown.begun.options, &shown.begun.state);
        self.app.enrol_staff_passkey(visit, link, &answer).await
    }

    /// Adds and enrols somebody.
    pub(crate) async fn colleague(&self, name: &str, role: Role, address: [u8; 4]) -> Colleague {
        let (visit, link) = (self.visit(address), self.invite(name, role).await);
        let (mut carried, mut kept) = (key(), key());
        assert_eq!(self.enrol(&visit, &link, &mut carried).await.expect("enrolled"), Enrolled::OneMore);
        assert_eq!(self.enrol(&visit, &link, &mut kept).await.expect("enrolled"), Enrolled::Done);
        Colleague { visit, key: carried }
    }

    async fn come(&self, who: &mut Colleague) -> Result<Token, Failure<StaffSignInRefused>> {
        let begun = self.app.begin_staff_sign_in(&who.visit).expect("the site has a name");
        let answer = who.key.assert(&begun.options, &begun.state);
        self.app.sign_in_staff(&who.visit, &answer).await
    }

    /// Comes to the desk.
    pub(crate) async fn at_desk(&self, who: &mut Colleague) -> (Token, AtDesk) {
        let token = self.come(who).await.expect("the desk opens");
        let at = self.app.authenticate_staff(&token, who.visit.network).await.expect("it is open");
        (token, at)
    }

    /// Which staff did things of one kind beside an account, as its owner reads it.
    pub(crate) async fn traces(&self, account: AccountId, kind: AuditKind) -> Vec<String> {
        let since = Timestamp::from_micros(0);
        let app = &self.app;
        let entries = doorward_store::audit::list_audit_of_kind(&app.db, account, kind, since, 50).await;
        let entries = entries.expect("read");
        let name = |entry: &doorward_store::audit::AuditEntry| {
            let detail = app.open_detail(entry.kind, entry.account_id, entry.sealed.as_deref()?)?;
            Some(detail.get("staff")?.as_str()?.to_owned())
        };
        entries.iter().filter_map(name).collect()
    }
}

#[tokio::test]
async fn somebody_enrols_two_keys_comes_to_the_desk_and_everybody_is_told() {
    on_both(async |db| {
        let house = House::open(db);
        let mut mia = house.colleague("Mia", Role::Approver, [203, 0, 113, 1]).await;
        let (_, at) = house.at_desk(&mut mia).await;
        assert_eq!((at.member.name.as_str(), at.member.role), ("Mia", Role::Approver));
        house.letters().await;
        house.colleague("Jo", Role::Agent, [203, 0, 113, 2]).await;
        let told: Vec<_> = house.letters().await.into_iter().map(|l| (l.kind, l.to)).collect();
        for to in ["mia@staff.example", "jo@staff.example"] {
            let count = told.iter().filter(|(kind, whom)| kind == "staff-changed" && whom == to).count();
            assert_eq!(count, 2, "{to} is told of the addition and of the enrolment: {told:?}");
        }
        let staff = house.app.list_staff().await.expect("read");
        assert!(staff.iter().all(|one| one.enrolled_at.is_some()), "{staff:?}");
        assert!(!house.app.desk_state().await.expect("read").cases_open(), "one approver is not enough");
    })
    .await;
}

#[tokio::test]
async fn a_link_to_enrol_opens_once_for_an_hour_and_in_one_browser_at_a_time() {
    on_both(async |db| {
        let house = House::open(db);
        let (visit, link) = (house.visit([203, 0, 113, 1]), house.invite("Mia", Role::Agent).await);
        let stranger = Token::from_random([3; 32]);
        assert_eq!(refused(house.app.staff_enrolment(&visit, &stranger).await), EnrolRefused::NoInvitation);
        // What one browser began, another cannot end.
        let shown = house.app.staff_enrolment(&visit, &link).await.expect("it opens");
        let answer = key().register(&shown.begun.options, &shown.begun.state);
        let other = house.visit([203, 0, 113, 9]);
        let ended = house.app.enrol_staff_passkey(&other, &link, &answer).await;
        assert_eq!(refused(ended), EnrolRefused::Ceremony(CeremonyRefused::NotBegun));
        // One answer counts once, even sent twice at the same moment.
        let app = &house.app;
        let (one, two) = tokio::join!(
            app.enrol_staff_passkey(&visit, &link, &answer),
            app.enrol_staff_passkey(&visit, &link, &answer)
        );
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
        house.enrol(&visit, &link, &mut key()).await.expect("the second one");
        assert_eq!(refused(house.enrol(&visit, &link, &mut key()).await), EnrolRefused::NoInvitation, "used");

        let late = house.invite("Jo", Role::Agent).await;
        house.pass(60 * 60);
        assert_eq!(refused(house.enrol(&visit, &late, &mut key()).await), EnrolRefused::NoInvitation, "late");
        let fresh = house.app.invite_staff_anew("Jo").await.expect("invited anew").token;
        assert_eq!(refused(house.app.staff_enrolment(&visit, &late).await), EnrolRefused::NoInvitation);
        assert!(house.app.staff_enrolment(&visit, &fresh).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn only_attested_keys_of_a_listed_model_that_stay_on_their_device_are_taken() {
    on_both(async |db| {
        let house = House::open(db);
        let (visit, link) = (house.visit([203, 0, 113, 1]), house.invite("Mia", Role::Agent).await);
        let mut another_model = key();
        another_model.aaguid = [8; 16];
        let mut synced = SoftwareAuthenticator::synced(ORIGIN);
        synced.maker = Some(MAKER.attests.clone());
        let mut unverified = key();
        unverified.verifies = false;
        let unattested = SoftwareAuthenticator::new(ORIGIN);
        for (name, mut key, why) in [
            ("another model", another_model, CeremonyRefused::NotTrusted),
            ("synced", synced, CeremonyRefused::NotTrusted),
            ("unattested", unattested, CeremonyRefused::NotTrusted),
            ("unverified", unverified, CeremonyRefused::NotVerified),
        ] {
            let came = refused(house.enrol(&visit, &link, &mut key).await);
            assert_eq!(came, EnrolRefused::Ceremony(why), "{name}");
        }
        // The same key twice is one key.
        let mut carried = key();
        house.enrol(&visit, &link, &mut carried).await.expect("enrolled");
        assert_eq!(refused(house.enrol(&visit, &link, &mut carried).await), EnrolRefused::SameKey);
        let mut mia = Colleague { visit, key: carried };
        assert_eq!(
            refused(house.come(&mut mia).await),
            StaffSignInRefused::NotAccepted,
            "one key is no enrolment"
        );
    })
    .await;
}

#[tokio::test]
async fn an_answer_at_the_desk_counts_once_and_only_in_its_browser() {
    on_both(async |db| {
        let house = House::open(db);
        let mut mia = house.colleague("Mia", Role::Agent, [203, 0, 113, 1]).await;
        let begun = house.app.begin_staff_sign_in(&mia.visit).expect("a name");
        let answer = mia.key.assert(&begun.options, &begun.state);
        let other = house.visit([203, 0, 113, 9]);
        assert_eq!(refused(house.app.sign_in_staff(&other, &answer).await), StaffSignInRefused::NotAccepted);
        let app = &house.app;
        let (one, two) =
            tokio::join!(app.sign_in_staff(&mia.visit, &answer), app.sign_in_staff(&mia.visit, &answer));
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
        let begun = house.app.begin_staff_sign_in(&mia.visit).expect("a name");
        let late = mia.key.assert(&begun.options, &begun.state);
        house.pass(10 * 60);
        assert_eq!(refused(house.app.sign_in_staff(&mia.visit, &late).await), StaffSignInRefused::Expired);
        // A stranger's key, and nonsense.
        let mut stranger = Colleague { visit: mia.visit.clone(), key: key() };
        stranger.key.user_handle = mia.key.user_handle.clone();
        assert_eq!(refused(house.come(&mut stranger).await), StaffSignInRefused::NotAccepted);
        assert_eq!(refused(house.app.sign_in_staff(&mia.visit, "{}").await), StaffSignInRefused::NotAccepted);
    })
    .await;
}

#[tokio::test]
async fn a_stay_ends_by_idling_by_age_in_another_network_and_with_role_or_person() {
    on_both(async |db| {
        let house = House::open(db);
        let mut mia = house.colleague("Mia", Role::Agent, [203, 0, 113, 1]).await;
        let app = house.app.clone();
        let network = mia.visit.network;
        let open = async |token: &Token| app.authenticate_staff(token, network).await.is_ok();

        let (token, _) = house.at_desk(&mut mia).await;
        house.pass(15 * 60 - 1);
        assert!(open(&token).await);
        house.pass(15 * 60 - 1);
        assert!(open(&token).await, "a request counts");
        house.pass(15 * 60);
        assert!(!open(&token).await, "idle");

        let (token, _) = house.at_desk(&mut mia).await;
        for _ in 0..47 {
            house.pass(10 * 60);
            assert!(open(&token).await);
        }
        house.pass(10 * 60);
        assert!(!open(&token).await, "eight hours");

        let (token, _) = house.at_desk(&mut mia).await;
        let elsewhere = "198.51.100.1".parse().expect("an address");
        assert!(app.authenticate_staff(&token, elsewhere).await.is_err());
        assert!(!open(&token).await, "a token that was seen elsewhere is over");
        assert_eq!(of_house(&house, AuditKind::StaffSignedOut).await.len(), 1, "and the record knows it");

        let (token, _) = house.at_desk(&mut mia).await;
        app.change_staff_role("Mia", Role::Auditor).await.expect("changed");
        assert_eq!(refused(app.change_staff_role("Mia", Role::Auditor).await), StaffChangeRefused::SameRole);
        assert!(!open(&token).await, "another role");
        let (token, at) = house.at_desk(&mut mia).await;
        assert_eq!(at.member.role, Role::Auditor);
        app.leave_desk(&at).await.expect("left");
        assert!(!open(&token).await);

        let (token, _) = house.at_desk(&mut mia).await;
        house.letters().await;
        app.remove_staff("Mia").await.expect("removed");
        assert!(!open(&token).await, "removed");
        assert_eq!(refused(house.come(&mut mia).await), StaffSignInRefused::NotAccepted);
        assert_eq!(house.letters().await.len(), 1, "whoever goes is told");
        assert_eq!(refused(app.remove_staff("Mia").await), StaffChangeRefused::NoStaff);
        let again = app.add_staff("Mia", "mia@staff.example", Role::Agent, Language::English).await;
        assert_eq!(refused(again), StaffChangeRefused::Taken, "a name is never given twice");
    })
    .await;
}

#[tokio::test]
async fn a_look_and_each_act_leave_the_name_of_whoever_it_was_with_the_owner() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let (_, inside) = enter(&house, &ada, &house.visit([198, 51, 100, 7]), Factor::Totp).await;
        let mut mia = house.colleague("Mia", Role::Agent, [203, 0, 113, 1]).await;
        let (_, at) = house.at_desk(&mut mia).await;
        let app = &house.app;
        assert_eq!(
            refused(app.look_up_account(&at, "ada", None).await),
            DeskRefused::NoAccount,
            "exact only"
        );
        let id = app.look_up_account(&at, "ADA@example.org", None).await.expect("found");
        assert_eq!(house.traces(id, AuditKind::StaffLooked).await, ["Mia"], "that it is there is a look");
        let seen = app.see_account(&at, id).await.expect("seen");
        assert!(seen.view.identifiers_masked.iter().all(|shown| !shown.contains("ada@")), "{seen:?}");
        assert_eq!(seen.view.sessions, 1);
        assert_eq!(house.traces(id, AuditKind::StaffLooked).await, ["Mia", "Mia"]);
        assert_eq!(refused(app.write_note(&at, id, " ").await), DeskRefused::Text);
        app.write_note(&at, id, "Called back.").await.expect("kept");
        house.pass(1);
        assert_eq!(app.end_sessions_at_desk(&at, id, "Asked for it.").await.expect("ended"), 1);
        house.pass(1);
        app.freeze_at_desk(&at, id, "Says it was not her.").await.expect("frozen");
        assert_eq!(refused(app.freeze_at_desk(&at, id, "Again.").await), DeskRefused::FrozenAlready);
        assert_eq!(house.traces(id, AuditKind::StaffEndedSessions).await, ["Mia"]);
        assert_eq!(house.traces(id, AuditKind::StaffWroteNote).await, ["Mia", "Mia", "Mia"]);
        let seen = app.see_account(&at, id).await.expect("seen");
        let texts: Vec<_> = seen.notes.iter().map(|note| note.text.as_str()).collect();
        assert_eq!(texts, ["Says it was not her.", "Asked for it.", "Called back."]);
        assert_eq!(seen.view.account.status, AccountStatus::Frozen);
        let review = app.review(&inside).await.expect("read");
        let by: Vec<_> = review.by_staff.iter().filter_map(|line| line.staff.as_deref()).collect();
        assert!(!by.is_empty() && by.iter().all(|name| *name == "Mia"), "{by:?}");
    })
    .await;
}

#[tokio::test]
async fn a_role_that_does_not_include_an_act_and_an_account_of_their_own_are_refused() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let own = house.customer("mia@staff.example").await;
        let mut mia = house.colleague("Mia", Role::Approver, [203, 0, 113, 1]).await;
        let mut jo = house.colleague("Jo", Role::Auditor, [203, 0, 113, 2]).await;
        let ((_, mia), (_, jo)) = (house.at_desk(&mut mia).await, house.at_desk(&mut jo).await);
        let app = &house.app;
        let role = |act| DeskRefused::Role { act };
        assert_eq!(refused(app.freeze_at_desk(&jo, ada.account, "x").await), role(StaffAct::Freeze));
        let ended = app.end_sessions_at_desk(&jo, ada.account, "x").await;
        assert_eq!(refused(ended), role(StaffAct::EndSessions));
        assert_eq!(refused(app.write_note(&jo, ada.account, "x").await), role(StaffAct::WriteNote));
        assert_eq!(refused(app.ask_to_lift(&jo, ada.account, "x").await), role(StaffAct::LiftFreeze));
        app.see_account(&jo, ada.account).await.expect("an auditor reads");
        for came in [
            app.freeze_at_desk(&mia, own.account, "x").await,
            app.write_note(&mia, own.account, "x").await,
            app.ask_to_lift(&mia, own.account, "x").await,
            app.see_account(&mia, own.account).await.map(drop),
        ] {
            assert_eq!(refused(came), DeskRefused::OwnAccount);
        }
        assert_eq!(app.own_accounts(&mia).await.expect("read"), [own.account]);
    })
    .await;
}

#[tokio::test]
async fn a_freeze_by_staff_is_lifted_by_compliance_and_an_approver_together_and_once() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let mut colleagues = Vec::new();
        for (number, role) in (1..).zip([Role::Approver, Role::Approver, Role::Compliance, Role::Agent]) {
            let name = format!("Colleague {number}").replace(' ', "-");
            let mut one = house.colleague(&name, role, [203, 0, 113, number]).await;
            colleagues.push(house.at_desk(&mut one).await.1);
        }
        let [approver, second, compliance, agent] = &colleagues[..] else { unreachable!("four came") };
        let (app, id) = (&house.app, ada.account);
        assert_eq!(refused(app.ask_to_lift(approver, id, "x").await), DeskRefused::NotFrozenByStaff);
        app.freeze_at_desk(agent, id, "Suspicious.").await.expect("frozen");
        app.ask_to_lift(approver, id, "Cleared by phone.").await.expect("asked");
        assert_eq!(refused(app.ask_to_lift(compliance, id, "x").await), DeskRefused::AskedAlready);
        let lines = app.list_requests(compliance).await.expect("read");
        assert_eq!(lines.len(), 1);
        assert!(lines[0].may_agree && !lines[0].is_own && lines[0].reason == "Cleared by phone.");
        let request = lines[0].id.to_string();
        assert_eq!(refused(app.settle_request(approver, &request, true).await), DeskRefused::SamePerson);
        assert_eq!(refused(app.settle_request(second, &request, true).await), DeskRefused::WrongRoles);
        let (one, two) = tokio::join!(
            app.settle_request(compliance, &request, true),
            app.settle_request(compliance, &request, true)
        );
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
        let account = doorward_store::account::find_account(&app.db, id).await.expect("read").expect("there");
        assert_eq!(account.status, AccountStatus::Open);
        let told = house.letters().await;
        assert!(told.iter().any(|letter| letter.kind == "unfrozen" && letter.to == ADA));
        assert_eq!(refused(app.settle_request(compliance, &request, true).await), DeskRefused::NoRequest);
        assert_eq!(house.traces(id, AuditKind::Unfrozen).await, ["Colleague-3"]);

        app.freeze_at_desk(agent, id, "Again.").await.expect("frozen");
        app.ask_to_lift(compliance, id, "x").await.expect("asked");
        let request = house.only_request(compliance).await;
        assert_eq!(
            app.settle_request(compliance, &request, false).await.expect("taken back"),
            Settled::Declined
        );
        app.ask_to_lift(compliance, id, "x").await.expect("asked again");
        let request = house.only_request(compliance).await;
        house.pass(24 * 60 * 60);
        assert_eq!(
            refused(app.settle_request(approver, &request, true).await),
            DeskRefused::NoRequest,
            "late"
        );
    })
    .await;
}

#[tokio::test]
async fn a_case_is_decided_by_two_approvers_with_reasons_and_only_they_see_its_pictures() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        crate::case::identify(&house, &ada).await;
        let mut bea = house.colleague("Bea", Role::Approver, [203, 0, 113, 21]).await;
        let mut ola = house.colleague("Ola", Role::Auditor, [203, 0, 113, 22]).await;
        let ((_, bea), (_, ola)) = (house.at_desk(&mut bea).await, house.at_desk(&mut ola).await);
        let (_, id, _) = crate::case::sent(&house, [203, 0, 113, 1]).await;
        let app = &house.app;
        let vote = async |at: &AtDesk, reason: &'static str| {
            app.decide_case(at, id, CaseVote::Approve, reason).await
        };
        assert_eq!(refused(vote(&bea, "Fits.").await), DeskCaseRefused::Closed, "one approver is not enough");
        let mut cleo = house.colleague("Cleo", Role::Approver, [203, 0, 113, 23]).await;
        let mut dora = house.colleague("Dora", Role::Approver, [203, 0, 113, 24]).await;
        let ((_, cleo), (_, dora)) = (house.at_desk(&mut cleo).await, house.at_desk(&mut dora).await);

        let act = StaffAct::DecideCase;
        assert_eq!(refused(vote(&ola, "x").await), DeskCaseRefused::Desk(DeskRefused::Role { act }));
        let seen = app.see_case(&ola, id).await.expect("an auditor sees how far it is");
        assert!(seen.view.identity.is_none() && seen.view.evidence.is_empty() && !seen.may_vote);
        let seen = app.see_case(&bea, id).await.expect("seen");
        assert!(seen.view.identity.is_some() && seen.may_vote);
        let picture = seen.view.evidence[0].id;
        assert!(app.see_evidence(&bea, id, picture).await.expect("seen").is_some());
        let act = StaffAct::SeeEvidence;
        assert_eq!(
            refused(app.see_evidence(&ola, id, picture).await.map(drop)),
            DeskCaseRefused::Desk(DeskRefused::Role { act })
        );
        assert!(app.compare_document_at_desk(&bea, id, "l01x 00t47").await.expect("compared"));
        for _ in 1..DOCUMENT_COMPARISONS.burst {
            assert!(!app.compare_document_at_desk(&bea, id, "L01X00T48").await.expect("compared"));
        }
        let one_more = app.compare_document_at_desk(&bea, id, "l01x 00t47").await.map(drop);
        assert!(matches!(refused(one_more), DeskCaseRefused::Desk(DeskRefused::Throttled { .. })));
        assert_eq!(house.traces(ada.account, AuditKind::StaffLookedAtEvidence).await, ["Bea"]);
        assert_eq!(house.traces(ada.account, AuditKind::StaffLookedAtCase).await, ["Bea", "Ola"]);

        assert_eq!(refused(vote(&bea, " ").await), DeskCaseRefused::Desk(DeskRefused::Text));
        assert_eq!(vote(&bea, "Fits.").await.expect("counts"), CaseStep::Decision);
        assert_eq!(refused(vote(&bea, "Again.").await), DeskCaseRefused::Case(VoteRefused::VotedAlready));
        // Two more at the same moment: one of them is the second, and the case waits.
        let (one, two) = tokio::join!(vote(&cleo, "Fits as well."), vote(&dora, "So it does."));
        let waits = |came: &Result<CaseStep, _>| matches!(came, Ok(CaseStep::Waiting));
        assert_eq!(usize::from(waits(&one)) + usize::from(waits(&two)), 1, "{one:?} {two:?}");
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
        let seen = app.see_case(&bea, id).await.expect("seen");
        assert_eq!(seen.votes.len(), 2);
        assert!(seen.votes[0].is_own && seen.votes[0].name == "Bea" && !seen.may_vote);
        let notes = app.see_account(&bea, ada.account).await.expect("seen").notes;
        assert!(notes.iter().any(|note| note.text == "Fits." && note.name == "Bea"), "{notes:?}");
        assert_eq!(notes.len(), 2, "a vote that came too late left no reason either: {notes:?}");
    })
    .await;
}
