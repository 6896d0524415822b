//! Every mail and short message, in both languages.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use doorward_domain::country::{Country, Place};
use doorward_domain::identifier::change::IdentifierChangeKind;
use doorward_domain::jurisdiction::Mode;
use doorward_domain::language::Language;
use doorward_domain::notice::{Circumstances, CodePurpose, LinkToken, Notice, NoticeKind, Stop, Transfer};
use doorward_domain::one_time_code::OneTimeCode;
use doorward_domain::passkey::PasskeyNews;
use doorward_domain::protection::{DelayedChange, ProtectionEvent};
use doorward_domain::staff::{Role, StaffChange};
use doorward_domain::stop_code::StopCode;
use doorward_domain::time::Timestamp;
use doorward_domain::token::Token;
use doorward_wording::mail::{self, MailFrame};
use doorward_wording::sms;

fn frame() -> MailFrame {
    MailFrame { site_name: "Doorward".to_owned(), public_url: "https://door.example".to_owned() }
}

fn now() -> Timestamp {
    Timestamp::from_seconds(1_795_406_400)
}

fn circumstances() -> Circumstances {
    Circumstances {
        at: now(),
        network: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 24)),
        device: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0".to_owned(),
        place: Place::UNKNOWN,
    }
}

fn link() -> LinkToken {
    LinkToken::new(&Token::from_random([7; 32]))
}

fn stop() -> Stop {
    Stop { link: link(), code: StopCode::parse("K7QM4XRT20").expect("ten signs") }
}

/// One notice of each kind, codes once per purpose.
fn every_notice() -> Vec<(String, Notice)> {
    let code = OneTimeCode::from_random(123_456);
    let circumstances = circumstances();
    let hold_until = Some(now().plus(Duration::from_secs(86_400)));
    let mut all: Vec<(String, Notice)> = CodePurpose::ALL
        .iter()
        .map(|purpose| {
            let notice = Notice::Code { purpose: *purpose, code, circumstances: circumstances.clone() };
            (format!("code-{}", purpose.name()), notice)
        })
        .collect();
    let freeze = link();
    for news in PasskeyNews::ALL.iter().copied() {
        let notice = Notice::Passkey {
            news,
            name: "My phone".to_owned(),
            circumstances: circumstances.clone(),
            hold_until,
            freeze: freeze.clone(),
        };
        all.push((format!("passkey-{}", news.name()), notice));
    }
    for kind in NoticeKind::ALL {
        let (circumstances, freeze) = (circumstances.clone(), freeze.clone());
        let notice = match kind {
            NoticeKind::Code | NoticeKind::Passkey => continue,
            NoticeKind::MoneyActionCode => Notice::MoneyActionCode {
                code,
                transfer: Transfer {
                    network: "Bitcoin".to_owned(),
                    address: "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq".to_owned(),
                    memo: Some("4711".to_owned()),
                    amount: "1.5 BTC".to_owned(),
                    fee: "0.0001 BTC".to_owned(),
                },
                circumstances,
            },
            NoticeKind::ResetLink => Notice::ResetLink { link: link(), code: Some(code), circumstances },
            NoticeKind::IdentifierTaken => Notice::IdentifierTaken { circumstances },
            NoticeKind::SignedUp => Notice::SignedUp { circumstances, freeze },
            NoticeKind::NewSignIn => Notice::NewSignIn { circumstances, freeze },
            NoticeKind::PasswordRightButNotFinished => {
                Notice::PasswordRightButNotFinished { circumstances, freeze }
            }
            NoticeKind::PasswordChanged => Notice::PasswordChanged { circumstances, hold_until, freeze },
            NoticeKind::PasswordReset => Notice::PasswordReset { circumstances, hold_until, freeze },
            NoticeKind::TotpReplaced => Notice::TotpReplaced { circumstances, hold_until, freeze },
            NoticeKind::TotpDisabled => Notice::TotpDisabled { circumstances, freeze },
            NoticeKind::RecoveryCodesRenewed => Notice::RecoveryCodesRenewed { circumstances, freeze },
            NoticeKind::RecoveryCodeUsed => Notice::RecoveryCodeUsed { left: 2, circumstances, freeze },
            NoticeKind::UnusualCountry => Notice::UnusualCountry { circumstances, freeze },
            NoticeKind::CountryRules => Notice::CountryRules {
                at: now(),
                country: Country::parse("NL").expect("a country"),
                mode: Mode::WithdrawOnly,
            },
            NoticeKind::CountryRulesAhead => Notice::CountryRulesAhead {
                at: now(),
                country: Country::parse("NL").expect("a country"),
                mode: Mode::Closing,
                from: now().plus(Duration::from_secs(30 * 86_400)),
            },
            NoticeKind::AccountBlock => Notice::AccountBlock { at: now(), lifted: true, freeze },
            NoticeKind::Frozen => Notice::Frozen { circumstances },
            NoticeKind::Protection => continue,
            NoticeKind::ErasureAsked => {
                let due_at = now().plus(Duration::from_secs(7 * 86_400));
                Notice::ErasureAsked { circumstances, due_at, cancel: link(), freeze }
            }
            NoticeKind::ErasureCancelled => Notice::ErasureCancelled { circumstances, freeze },
            NoticeKind::AccountErased => Notice::AccountErased { at: now() },
            NoticeKind::StaffChanged => Notice::StaffChanged {
                change: StaffChange::Enrolled,
                name: "Mia Lindqvist".to_owned(),
                role: Role::Approver,
                at: now(),
            },
            NoticeKind::Unfrozen => Notice::Unfrozen { at: now(), hold_until, freeze },
            NoticeKind::CaseSent => Notice::CaseSent { circumstances, stop: stop() },
            NoticeKind::CaseApproved => Notice::CaseApproved {
                circumstances,
                effective_at: now().plus(Duration::from_secs(86_400)),
                stop: stop(),
            },
            NoticeKind::CaseEnded => Notice::CaseEnded { circumstances, refused: false, freeze },
            NoticeKind::CaseExecuted => Notice::CaseExecuted { circumstances, hold_until, freeze },
            NoticeKind::IdentifierChanged => Notice::IdentifierChanged {
                circumstances,
                what: IdentifierChangeKind::Change,
                hold_until,
                stop: stop(),
            },
            NoticeKind::IdentifiersNow => Notice::IdentifiersNow { circumstances, hold_until, freeze },
            NoticeKind::IdentifierUndone => Notice::IdentifierUndone { circumstances },
            NoticeKind::NumberReassigned => Notice::NumberReassigned { at: now(), freeze },
        };
        all.push((kind.name().to_owned(), notice));
    }
    for event in ProtectionEvent::ALL {
        let (circumstances, freeze) = (circumstances.clone(), freeze.clone());
        let waits = DelayedChange::ALL.iter().any(|change| change.asked() == *event);
        let until = hold_until.filter(|_| waits || event.name().starts_with("trading-password-"));
        let cancel = waits.then(link);
        let notice = Notice::Protection { event: *event, circumstances, until, cancel, freeze };
        all.push((event.name().to_owned(), notice));
    }
    let by_staff = Notice::ResetLink { link: link(), code: None, circumstances };
    all.push(("reset-link-by-staff".to_owned(), by_staff));
    let refused = Notice::CaseEnded { circumstances: self::circumstances(), refused: true, freeze };
    all.push(("case-refused".to_owned(), refused));
    for what in [IdentifierChangeKind::Add, IdentifierChangeKind::Remove] {
        let notice = Notice::IdentifierChanged {
            circumstances: self::circumstances(),
            what,
            hold_until,
            stop: stop(),
        };
        all.push((format!("identifier-{}", what.name()), notice));
    }
    all
}

fn letters(language: Language) -> String {
    let mut all = String::new();
    for (name, notice) in every_notice() {
        let mail = mail::render(&notice, language, &frame());
        write!(all, "═══ {name}\nSubject: {}\n\n{}\n", mail.subject, mail.text).expect("a String takes all");
    }
    all
}

fn short_messages(language: Language) -> String {
    let mut all = String::new();
    for (name, notice) in every_notice() {
        let text = sms::render(&notice, language, &frame());
        writeln!(all, "{name}\n  {text}").expect("a String takes all");
    }
    all
}

#[test]
fn a_mail_bears_the_owners_phrase_above_everything_else() {
    let staff = every_notice().into_iter().find(|(name, _)| name == "reset-link-by-staff");
    let (_, notice) = staff.expect("a notice");
    let mail = mail::render_with(&notice, Language::English, &frame(), Some("blue teapot & <co>"));
    let (phrase, title) = (mail.text.find("blue teapot & <co>"), mail.text.find("Set a new password"));
    assert!(phrase.is_some() && phrase < title, "{}", mail.text);
    assert!(mail.html.contains("blue teapot &#38; &#60;co&#62;"), "{}", mail.html);
    assert!(!mail::render(&notice, Language::English, &frame()).text.contains("phrase"));
}

#[test]
fn mails_read_like_this_in_english() {
    insta::assert_snapshot!(letters(Language::English));
}

#[test]
fn mails_read_like_this_in_german() {
    insta::assert_snapshot!(letters(Language::German));
}

#[test]
fn short_messages_read_like_this() {
    insta::assert_snapshot!("short_messages_english", short_messages(Language::English));
    insta::assert_snapshot!("short_messages_german", short_messages(Language::German));
}

#[test]
fn the_html_of_a_mail_looks_like_this() {
    let (_, notice) =
        every_notice().into_iter().find(|(name, _)| name == "password-changed").expect("listed");
    insta::assert_snapshot!(mail::render(&notice, Language::English, &frame()).html);
}

#[test]
fn a_short_message_carries_no_link_and_fits_two_parts() {
    for language in Language::ALL {
        for (name, notice) in every_notice() {
            let text = sms::render(&notice, *language, &frame());
            assert!(!text.contains("://") && !text.contains("door.example"), "{name}: {text}");
            // Two joined parts of 153 signs in the usual alphabet of short messages.
            assert!(text.chars().count() <= 306, "{name}: {} signs", text.chars().count());
            assert!(text.chars().all(|c| c.is_ascii() || "äöüÄÖÜß".contains(c)), "{name}: {text}");
        }
    }
}

#[test]
fn a_mail_with_a_code_alone_carries_no_link() {
    for language in Language::ALL {
        for (name, notice) in every_notice() {
            if notice.kind() == NoticeKind::Code {
                let mail = mail::render(&notice, *language, &frame());
                assert!(!mail.text.contains("://") && !mail.html.contains("href"), "{name}");
                assert!(
                    !mail.subject.contains("123456"),
                    "{name}: a code in the subject shows on a locked screen"
                );
            }
        }
    }
}

#[test]
fn both_bodies_of_a_mail_carry_the_same_links() {
    for (name, notice) in every_notice() {
        let mail = mail::render(&notice, Language::English, &frame());
        for line in mail.text.lines().filter(|line| line.starts_with("https://")) {
            assert!(mail.html.contains(&format!("href=\"{line}\"")), "{name}: {line}");
        }
        assert_eq!(mail.subject.lines().count(), 1, "{name}");
    }
}

#[test]
fn what_a_browser_says_of_itself_cannot_write_markup_into_a_mail() {
    let mut hostile = circumstances();
    hostile.device = "<script>alert(1)</script> Firefox/1".to_owned();
    let mut site = frame();
    site.site_name = "<b>Door</b>".to_owned();
    let mail = mail::render(&Notice::Frozen { circumstances: hostile }, Language::English, &site);
    assert!(!mail.html.contains("<script>") && !mail.html.contains("<b>"));
}
