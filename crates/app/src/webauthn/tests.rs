use doorward_domain::passkey::CeremonyRefused;
use doorward_domain::time::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256,
};
use webauthn_rs::prelude::Uuid;

use super::testing::SoftwareAuthenticator;
use super::*;
use crate::keys::MasterKey;
use crate::random::SystemRandom;

const ORIGIN: &str = "https://entry.example";
const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const NEWCOMER: Newcomer<'_> = Newcomer { handle: b"somebody", name: "s•••@example.org" };

struct Hall {
    party: RelyingParty,
    keys: Keys,
    bound: Bound,
}

fn hall() -> Hall {
    let site = Site { name: "Doorward".into(), public_url: ORIGIN.into() };
    Hall {
        party: RelyingParty::of(&site).unwrap(),
        keys: Keys::new(&MasterKey::from_bytes([3; 32]), &[]),
        bound: Bound::to("sign-in", &[b"browser"]),
    }
}

impl Hall {
    fn register(
        &self,
        authenticator: &mut SoftwareAuthenticator,
        attestation: AttestationPolicy<'_>,
    ) -> Result<NewCredential, CeremonyRefused> {
        let begun = self.party.begin_registration(
            &self.keys,
            &SystemRandom,
            &self.bound,
            NEWCOMER,
            &[],
            attestation,
            NOW,
        );
        let sent = authenticator.register(&begun.options, &begun.state);
        self.party.finish_registration(&self.keys, &self.bound, &sent, attestation, NOW).map(|(new, _)| new)
    }

    fn begin(&self, challenge: Challenge) -> Begun {
        self.party.begin_assertion(&self.keys, &self.bound, challenge, &[], NOW)
    }

    fn judge(&self, sent: &str, key: &NewCredential, counter: u32) -> Result<AssertionUse, CeremonyRefused> {
        let assertion = self.party.open_assertion(&self.keys, &self.bound, sent, NOW)?;
        self.party.judge_assertion(&assertion, &key.stored, counter)
    }

    fn enter(
        &self,
        authenticator: &mut SoftwareAuthenticator,
        key: &NewCredential,
        counter: u32,
    ) -> Result<AssertionUse, CeremonyRefused> {
        let begun = self.begin(Challenge::random(&SystemRandom));
        let sent = authenticator.assert(&begun.options, &begun.state);
        self.judge(&sent, key, counter)
    }
}

#[test]
fn a_passkey_is_made_and_signs_in() {
    let hall = hall();
    let mut authenticator = SoftwareAuthenticator::new(ORIGIN);
    let key = hall.register(&mut authenticator, AttestationPolicy::None).unwrap();
    assert_eq!((key.id.as_slice(), key.backup_eligible), (authenticator.id.as_slice(), false));
    assert_eq!(key.aaguid, Uuid::from_bytes([7; 16]));
    let used = hall.enter(&mut authenticator, &key, key.counter).unwrap();
    assert_eq!(used, AssertionUse { counter: 1, backup_state: false });
    let begun = hall.begin(Challenge::random(&SystemRandom));
    let sent = authenticator.assert(&begun.options, &begun.state);
    let opened = hall.party.open_assertion(&hall.keys, &hall.bound, &sent, NOW).unwrap();
    assert_eq!(opened.user_handle(), Some(&b"somebody"[..]));
    assert_eq!(opened.credential_id(), key.id);
}

#[test]
fn an_action_is_confirmed_by_signing_its_own_digest_and_no_other() {
    let hall = hall();
    let mut authenticator = SoftwareAuthenticator::new(ORIGIN);
    let key = hall.register(&mut authenticator, AttestationPolicy::None).unwrap();
    let digest = sha_256(b"100 units to this address");
    let begun = hall.begin(Challenge::of_action(digest));
    assert!(begun.options.contains(&encode(&digest)));
    let sent = authenticator.assert(&begun.options, &begun.state);
    let opened = hall.party.open_assertion(&hall.keys, &hall.bound, &sent, NOW).unwrap();
    assert_eq!(opened.returned().challenge.as_bytes(), &digest);
    hall.judge(&sent, &key, 0).unwrap();
    // The same signature under the state of another action.
    let other = hall.begin(Challenge::of_action(sha_256(b"900 units to that address")));
    let swapped = sent.replace(&begun.state, &other.state);
    assert_eq!(hall.judge(&swapped, &key, 0), Err(CeremonyRefused::NotBegun));
}

#[test]
fn what_was_made_for_another_site_or_in_a_frame_is_refused() {
    let hall = hall();
    let mut authenticator = SoftwareAuthenticator::new(ORIGIN);
    let key = hall.register(&mut authenticator, AttestationPolicy::None).unwrap();
    for origin in ["https://entry.example.evil", "https://entry.example:8443", "http://entry.example"] {
        authenticator.origin = origin.into();
        let refused = hall.enter(&mut authenticator, &key, 0);
        assert_eq!(refused, Err(CeremonyRefused::WrongOrigin), "{origin}");
        let made = hall.register(&mut SoftwareAuthenticator::new(origin), AttestationPolicy::None);
        assert_eq!(made.unwrap_err(), CeremonyRefused::WrongOrigin, "{origin}");
    }
    authenticator.origin = ORIGIN.into();
    authenticator.cross_origin = true;
    assert_eq!(hall.enter(&mut authenticator, &key, 0), Err(CeremonyRefused::WrongOrigin));
}

#[test]
fn an_authenticator_that_does_not_verify_its_user_is_refused() {
    let hall = hall();
    let mut authenticator = SoftwareAuthenticator::new(ORIGIN);
    let key = hall.register(&mut authenticator, AttestationPolicy::None).unwrap();
    authenticator.verifies = false;
    assert_eq!(hall.enter(&mut authenticator, &key, 0), Err(CeremonyRefused::NotVerified));
    let made = hall.register(&mut authenticator, AttestationPolicy::None);
    assert_eq!(made.unwrap_err(), CeremonyRefused::NotVerified);
}

#[test]
fn another_key_signs_nothing_for_this_one() {
    let hall = hall();
    let mut mine = SoftwareAuthenticator::new(ORIGIN);
    let key = hall.register(&mut mine, AttestationPolicy::None).unwrap();
    let mut theirs = SoftwareAuthenticator::new(ORIGIN);
    hall.register(&mut theirs, AttestationPolicy::None).unwrap();
    assert_eq!(hall.enter(&mut theirs, &key, 0), Err(CeremonyRefused::WrongKey));
    theirs.id = mine.id.clone();
    assert_eq!(hall.enter(&mut theirs, &key, 0), Err(CeremonyRefused::WrongKey));
}

#[test]
fn a_counter_that_goes_back_betrays_a_copy_of_a_device_bound_key_alone() {
    let hall = hall();
    let mut bound = SoftwareAuthenticator::new(ORIGIN);
    let key = hall.register(&mut bound, AttestationPolicy::None).unwrap();
    bound.counter = Some(6);
    assert_eq!(hall.enter(&mut bound, &key, 6).unwrap().counter, 7);
    bound.counter = Some(6);
    assert_eq!(hall.enter(&mut bound, &key, 7), Err(CeremonyRefused::CounterWentBack));
    let mut synced = SoftwareAuthenticator::synced(ORIGIN);
    synced.counter = Some(9);
    let key = hall.register(&mut synced, AttestationPolicy::None).unwrap();
    assert!(key.backup_eligible && key.backup_state);
    synced.counter = Some(1);
    assert!(hall.enter(&mut synced, &key, 9).is_ok());
    synced.synced = false;
    assert_eq!(hall.enter(&mut synced, &key, 9), Err(CeremonyRefused::WrongKey));
}

#[test]
fn a_challenge_answers_for_ten_minutes_in_its_own_place_and_unchanged() {
    let hall = hall();
    let mut authenticator = SoftwareAuthenticator::new(ORIGIN);
    let key = hall.register(&mut authenticator, AttestationPolicy::None).unwrap();
    let begun = hall.begin(Challenge::random(&SystemRandom));
    let sent = authenticator.assert(&begun.options, &begun.state);
    let open =
        |bound: &Bound, sent: &str, now| hall.party.open_assertion(&hall.keys, bound, sent, now).map(drop);
    assert!(open(&hall.bound, &sent, NOW.plus(CEREMONY_FOR - Duration::from_micros(1))).is_ok());
    assert_eq!(open(&hall.bound, &sent, NOW.plus(CEREMONY_FOR)), Err(CeremonyRefused::Expired));
    for elsewhere in [
        Bound::to("sign-in", &[b"another browser"]),
        Bound::to("step-up", &[b"browser"]),
        Bound::to("sign-in", &[b"brow", b"ser"]),
    ] {
        assert_eq!(open(&elsewhere, &sent, NOW), Err(CeremonyRefused::NotBegun));
    }
    let other = hall.begin(Challenge::random(&SystemRandom));
    let swapped = sent.replace(&begun.state, &other.state);
    assert_eq!(hall.judge(&swapped, &key, 0), Err(CeremonyRefused::NotBegun));
    for nonsense in ["", "{", "{}", "123456", "[1]", &sent.replace("client_data", "other")] {
        assert_eq!(open(&hall.bound, nonsense, NOW), Err(CeremonyRefused::Malformed), "{nonsense}");
    }
    assert_eq!(open(&hall.bound, &" ".repeat(ANSWER_BYTES_MAX + 1), NOW), Err(CeremonyRefused::Malformed));
}

#[test]
fn an_address_is_no_relying_party() {
    let of = |url: &str| RelyingParty::of(&Site { name: "D".into(), public_url: url.into() });
    assert!(
        of("http://127.0.0.1:8080").is_none() && of("https://[::1]").is_none() && of("nonsense").is_none()
    );
    assert_eq!(of("http://localhost:8080").unwrap().id(), "localhost");
}

/// A maker with a root of its own, and the certificate for one model.
fn maker(model: [u8; 16]) -> (String, (Vec<u8>, Vec<Vec<u8>>)) {
    let root_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages.push(KeyUsagePurpose::KeyCertSign);
    root.distinguished_name.push(DnType::CommonName, "Maker's root");
    let root_certificate = root.self_signed(&root_key).unwrap();
    let issuer = Issuer::new(root, root_key);
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let mut leaf = CertificateParams::default();
    leaf.is_ca = IsCa::ExplicitNoCa;
    leaf.distinguished_name.push(DnType::CountryName, "SE");
    leaf.distinguished_name.push(DnType::OrganizationName, "Maker");
    leaf.distinguished_name.push(DnType::OrganizationalUnitName, "Authenticator Attestation");
    leaf.distinguished_name.push(DnType::CommonName, "Maker's model");
    // id-fido-gen-ce-aaguid: the model inside an OCTET STRING.
    let octets = [&[0x04, 0x10][..], &model].concat();
    leaf.custom_extensions
        .push(CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 45724, 1, 1, 4], octets));
    let certificate = leaf.signed_by(&key, &issuer).unwrap();
    (root_certificate.pem(), (key.serialize_der(), vec![certificate.der().to_vec()]))
}

#[test]
fn staff_keys_must_come_from_a_listed_model_of_a_trusted_maker() {
    let hall = hall();
    let (anchor, made_by) = maker([7; 16]);
    let (other_anchor, other_maker) = maker([7; 16]);
    let listed = TrustedModels::new(&[Uuid::from_bytes([7; 16])], &anchor).unwrap();
    let policy = AttestationPolicy::Required(&listed);
    let made = |change: &dyn Fn(&mut SoftwareAuthenticator)| {
        let mut authenticator = SoftwareAuthenticator::new(ORIGIN);
        authenticator.maker = Some(made_by.clone());
        change(&mut authenticator);
        hall.register(&mut authenticator, policy)
    };
    let key = made(&|_| {}).unwrap();
    assert_eq!(key.aaguid, Uuid::from_bytes([7; 16]));
    let refused = |change: &dyn Fn(&mut SoftwareAuthenticator)| made(change).unwrap_err();
    // None at all, another maker's, another model under this maker's certificate, a key that can be copied.
    assert_eq!(refused(&|a| a.maker = None), CeremonyRefused::NotTrusted);
    assert_eq!(refused(&|a| a.maker = Some(other_maker.clone())), CeremonyRefused::NotTrusted);
    assert_eq!(refused(&|a| a.aaguid = [8; 16]), CeremonyRefused::NotTrusted);
    assert_eq!(refused(&|a| a.synced = true), CeremonyRefused::NotTrusted);
    // Both makers' roots in one text: each is taken, and a model that is not listed from neither.
    let both = TrustedModels::new(&[Uuid::from_bytes([7; 16])], &format!("{anchor}{other_anchor}")).unwrap();
    let mut authenticator = SoftwareAuthenticator::new(ORIGIN);
    authenticator.maker = Some(other_maker);
    assert!(hall.register(&mut authenticator, AttestationPolicy::Required(&both)).is_ok());
    let another = TrustedModels::new(&[Uuid::from_bytes([9; 16])], &anchor).unwrap();
    let mut authenticator = SoftwareAuthenticator::new(ORIGIN);
    authenticator.maker = Some(made_by);
    let refused = hall.register(&mut authenticator, AttestationPolicy::Required(&another)).unwrap_err();
    assert_eq!(refused, CeremonyRefused::NotTrusted);
}

#[test]
fn a_makers_certificate_is_followed_at_the_moment_of_the_ceremony() {
    let hall = hall();
    let (anchor, made_by) = maker([7; 16]);
    let models = TrustedModels::new(&[Uuid::from_bytes([7; 16])], &anchor).unwrap();
    let policy = AttestationPolicy::Required(&models);
    let mut authenticator = SoftwareAuthenticator::new(ORIGIN);
    authenticator.maker = Some(made_by);
    // The certificates of these tests begin in 1975.
    let long_ago = Timestamp::from_seconds(1_000_000);
    let (keys, bound) = (&hall.keys, &hall.bound);
    let begun = hall.party.begin_registration(keys, &SystemRandom, bound, NEWCOMER, &[], policy, long_ago);
    let sent = authenticator.register(&begun.options, &begun.state);
    let made = hall.party.finish_registration(keys, bound, &sent, policy, long_ago);
    assert_eq!(made.unwrap_err(), CeremonyRefused::NotTrusted);
}

#[test]
fn a_list_without_models_or_certificates_trusts_nobody_and_is_refused() {
    let (anchor, _) = maker([7; 16]);
    let model = Uuid::from_bytes([7; 16]);
    assert!(TrustedModels::new(&[], &anchor).is_err());
    assert!(TrustedModels::new(&[model], "").is_err());
    assert!(
        TrustedModels::new(&[model], "-----BEGIN CERTIFICATE-----\nnot\n-----END CERTIFICATE-----").is_err()
    );
}
