//! A message comes back from its stored form as it went in.

use doorward_domain::token::Token;

use super::*;

#[test]
fn every_kind_of_message_comes_back_as_it_went() {
    let at = Timestamp::from_seconds(1_700_000_000);
    let circumstances = Circumstances {
        at,
        network: "203.0.113.24".parse().expect("an address"),
        device: "Firefox \"145\", Linux".to_owned(),
        place: Place {
            at: Whereabouts::In(Country::parse("PT").expect("a country")),
            month: Some(DataMonth { year: 2026, month: 11 }),
            ..Place::UNKNOWN
        },
    };
    let freeze = LinkToken::new(&Token::from_random([7; 32]));
    let code = OneTimeCode::from_random(42);
    let hold_until = Some(at.plus(std::time::Duration::from_secs(86_400)));
    let c = || circumstances.clone();
    let f = || freeze.clone();
    let stop = Stop { link: freeze.clone(), code: StopCode::from_random(u64::MAX / 3) };
    let notices = [
        Notice::Code { purpose: CodePurpose::NewDevice, code, circumstances: c() },
        Notice::ResetLink { link: f(), code: Some(code), circumstances: c() },
        Notice::ResetLink { link: f(), code: None, circumstances: c() },
        Notice::IdentifierTaken { circumstances: c() },
        Notice::SignedUp { circumstances: c(), freeze: f() },
        Notice::NewSignIn { circumstances: c(), freeze: f() },
        Notice::PasswordRightButNotFinished { circumstances: c(), freeze: f() },
        Notice::PasswordChanged { circumstances: c(), hold_until, freeze: f() },
        Notice::PasswordReset { circumstances: c(), hold_until: None, freeze: f() },
        Notice::TotpReplaced { circumstances: c(), hold_until, freeze: f() },
        Notice::TotpDisabled { circumstances: c(), freeze: f() },
        Notice::RecoveryCodesRenewed { circumstances: c(), freeze: f() },
        Notice::RecoveryCodeUsed { left: 3, circumstances: c(), freeze: f() },
        Notice::Passkey {
            news: PasskeyNews::Added,
            name: "Phone".to_owned(),
            circumstances: c(),
            hold_until,
            freeze: f(),
        },
        Notice::MoneyActionCode {
            code,
            transfer: Transfer {
                network: "Bitcoin".to_owned(),
                address: "bc1q".to_owned(),
                memo: None,
                amount: "1.5 BTC".to_owned(),
                fee: "0.0001 BTC".to_owned(),
            },
            circumstances: c(),
        },
        Notice::UnusualCountry { circumstances: c(), freeze: f() },
        Notice::CountryRules {
            at,
            country: Country::parse("NL").expect("a country"),
            mode: Mode::WithdrawOnly,
        },
        Notice::CountryRulesAhead {
            at,
            country: Country::parse("NL").expect("a country"),
            mode: Mode::Closing,
            from: at.plus(std::time::Duration::from_secs(86_400)),
        },
        Notice::AccountBlock { at, lifted: true, freeze: f() },
        Notice::AccountBlock { at, lifted: false, freeze: f() },
        Notice::Frozen { circumstances: c() },
        Notice::Protection {
            event: ProtectionEvent::SettingsLockOffAsked,
            circumstances: c(),
            until: hold_until,
            cancel: Some(LinkToken::new(&Token::from_random([8; 32]))),
            freeze: f(),
        },
        Notice::Protection {
            event: ProtectionEvent::PhrasesChanged,
            circumstances: c(),
            until: None,
            cancel: None,
            freeze: f(),
        },
        Notice::ErasureAsked { circumstances: c(), due_at: at, cancel: f(), freeze: f() },
        Notice::ErasureCancelled { circumstances: c(), freeze: f() },
        Notice::AccountErased { at },
        Notice::Unfrozen { at, hold_until, freeze: f() },
        Notice::CaseSent { circumstances: c(), stop: stop.clone() },
        Notice::CaseApproved { circumstances: c(), effective_at: at, stop: stop.clone() },
        Notice::CaseEnded { circumstances: c(), refused: true, freeze: f() },
        Notice::CaseExecuted { circumstances: c(), hold_until, freeze: f() },
        Notice::IdentifierChanged { circumstances: c(), what: IdentifierChangeKind::Add, hold_until, stop },
        Notice::IdentifiersNow { circumstances: c(), hold_until, freeze: f() },
        Notice::IdentifierUndone { circumstances: c() },
        Notice::NumberReassigned { at, freeze: f() },
        Notice::StaffChanged {
            change: StaffChange::Removed,
            name: "Ada".to_owned(),
            role: Role::Auditor,
            at,
        },
    ];
    let to = Identifier::parse("ada@example.org", None).expect("an address");
    for notice in &notices {
        let (back_to, back) = decode(&encode(&to, notice)).expect("its own writing");
        assert!(back == *notice && back_to == to, "{notice:?}");
    }
    let kinds: std::collections::BTreeSet<_> = notices.iter().map(Notice::kind).collect();
    assert_eq!(kinds.len(), NoticeKind::ALL.len(), "a kind is missing here");
}

#[test]
fn what_is_no_message_is_none() {
    for bytes in
        [&b""[..], b"{}", b"[1]", b"{\"kind\":\"code\",\"to_kind\":\"email\",\"to\":\"a\",\"at_us\":1}"]
    {
        assert!(decode(bytes).is_none());
    }
}
