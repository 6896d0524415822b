//! Messages on their way out: written with what they tell, sent, tried again, given up, never lost, on both databases.

use std::sync::Arc;
use std::time::Duration;

use doorward_app::deliver::{MailSender, MailboxFolder, SmsSender, SmtpConfig, SmtpSecurity, SmtpSender};
use doorward_app::hash_pool::HashPoolSize;
use doorward_app::health::NotReady;
use doorward_app::human_check::HumanCheckPurpose;
use doorward_app::outbox::{Outbox, Round};
use doorward_app::sign_up::SignUpView;
use doorward_app::staff::account::StaffRefused;
use doorward_domain::notice::Channel;
use doorward_domain::sign_up::SignUpRefused;
use doorward_domain::time::Timestamp;
use doorward_store::Db;
use doorward_store::outbox::list_dead;
use doorward_store::testing::{Fresh, on_both};
use tokio_util::sync::CancellationToken;

use crate::house::{House, TestClock};
use crate::reset::ask;
use crate::sign_up::{everything_in, human, refused};
use crate::smtp_server::{Answer, Protection, SmtpServer};

const ADA: &str = "ada@example.org";
const ONE_SENT: Round = Round { sent: 1, put_off: 0, dead: 0 };
const ONE_PUT_OFF: Round = Round { sent: 0, put_off: 1, dead: 0 };
const ONE_DEAD: Round = Round { sent: 0, put_off: 0, dead: 1 };

fn smtp(server: &SmtpServer) -> MailSender {
    let config = SmtpConfig {
        host: "localhost".to_owned(),
        port: Some(server.port),
        security: SmtpSecurity::PlainToLoopback,
        credentials: None,
        from: "Doorward <door@entry.example>".to_owned(),
        certificate_authority: None,
        timeout: Duration::from_secs(10),
    };
    MailSender::Smtp(SmtpSender::new(&config).expect("a good configuration"))
}

fn house_sending(db: Db, clock: Option<Arc<TestClock>>, seed: u64, outbox: Outbox) -> House {
    let clock = clock.unwrap_or_else(|| Arc::new(TestClock::at(Timestamp::from_seconds(1_800_000_000))));
    House::node_sending(db, clock, HashPoolSize { threads: 2, queue: 64 }, seed, |_| {}, outbox)
}

/// A house with one mail waiting: a link for a forgotten password.
async fn with_one_mail(db: Db, server: &SmtpServer) -> House {
    let house = house_sending(db, None, 1, Outbox::new(smtp(server), SmsSender::Off));
    house.customer(ADA).await;
    ask(&house, &house.visit([203, 0, 113, 1]), ADA).await.expect("asked");
    house
}

#[tokio::test]
async fn a_mail_is_rendered_sent_once_and_erased() {
    on_both(async |db| {
        let server = SmtpServer::start(Protection::None).await;
        let house = with_one_mail(db, &server).await;
        assert_eq!(house.app.deliver_due().await.expect("a round"), ONE_SENT);
        assert_eq!(house.app.deliver_due().await.expect("a round"), Round::default());
        let letters = server.letters();
        assert_eq!(letters.len(), 1);
        let letter = letters[0].replace("=\r\n", "");
        assert!(letter.contains("To: ada@example.org"), "{letter}");
        assert!(letter.contains("https://entry.example/forgot-password/link"), "{letter}");
        assert!(letter.contains("multipart/alternative"), "{letter}");
        let left = doorward_store::maintenance::count_messages(&house.app.db).await.expect("counted");
        assert!(left.iter().all(|count| count.messages == 0 || count.state == "sent"), "{left:?}");
    })
    .await;
}

#[tokio::test]
async fn a_failed_mail_is_tried_again_later_and_later() {
    on_both(async |db| {
        let server = SmtpServer::start(Protection::None).await;
        let house = with_one_mail(db, &server).await;
        server.will(&[Answer::Later, Answer::HangUp, Answer::Take]);
        assert_eq!(house.app.deliver_due().await.expect("a round"), ONE_PUT_OFF);
        house.pass(4);
        assert_eq!(house.app.deliver_due().await.expect("too early"), Round::default());
        house.pass(1);
        assert_eq!(house.app.deliver_due().await.expect("a round"), ONE_PUT_OFF);
        house.pass(14);
        assert_eq!(house.app.deliver_due().await.expect("too early"), Round::default());
        house.pass(1);
        assert_eq!(house.app.deliver_due().await.expect("a round"), ONE_SENT);
        assert_eq!(server.letters().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_refused_mail_is_dead_and_the_operator_sees_why_without_the_address() {
    on_both(async |db| {
        let server = SmtpServer::start(Protection::None).await;
        let house = with_one_mail(db, &server).await;
        server.will(&[Answer::Never]);
        assert_eq!(house.app.deliver_due().await.expect("a round"), ONE_DEAD);
        house.pass(24 * 60 * 60);
        assert_eq!(house.app.deliver_due().await.expect("a round"), Round::default());
        let dead = list_dead(&house.app.db, 10).await.expect("listed");
        assert_eq!(dead.len(), 1);
        assert_eq!((dead[0].channel, dead[0].attempts), (Channel::Mail, 1));
        let why = dead[0].last_error.clone().expect("a reason");
        assert!(why.contains("550") && !why.contains("ada"), "{why}");
        house.app.purge().await.expect("swept");
        assert_eq!(
            list_dead(&house.app.db, 10).await.expect("listed").len(),
            1,
            "there is time to look at it"
        );
        house.pass(30 * 24 * 60 * 60);
        house.app.purge().await.expect("swept");
        assert!(list_dead(&house.app.db, 10).await.expect("listed").is_empty(), "but not for ever");
    })
    .await;
}

#[tokio::test]
async fn a_dead_mail_is_sent_when_the_operator_tries_it_again() {
    on_both(async |db| {
        let server = SmtpServer::start(Protection::None).await;
        let house = house_sending(db, None, 1, Outbox::new(smtp(&server), SmsSender::Off));
        house.customer(ADA).await;
        // Word to the owner that somebody tried to sign up with their address: worth sending later, too.
        let visit = house.visit([203, 0, 113, 1]);
        let check = human(&house, &visit, HumanCheckPurpose::SignUp);
        house.app.begin_sign_up(&visit, ADA, None, Some(&check)).await.expect("begun");
        server.will(&[Answer::Never]);
        assert_eq!(house.app.deliver_due().await.expect("a round"), ONE_DEAD);
        let dead = house.app.list_dead_messages(10).await.expect("listed");
        let [message] = dead.as_slice() else { panic!("one is dead: {dead:?}") };
        house.app.resend_dead_message(&message.id.to_string()).await.expect("revived");
        assert!(house.app.list_dead_messages(10).await.expect("listed").is_empty());
        assert_eq!(house.app.deliver_due().await.expect("a round"), ONE_SENT);
        assert_eq!(server.letters().len(), 1);
        let again = house.app.resend_dead_message(&message.id.to_string()).await;
        assert_eq!(refused(again), StaffRefused::NoDeadMessage, "it is delivered and erased");
    })
    .await;
}

#[tokio::test]
async fn a_code_that_is_worthless_by_now_is_not_sent() {
    on_both(async |db| {
        let server = SmtpServer::start(Protection::None).await;
        let house = with_one_mail(db, &server).await;
        house.pass(60 * 60);
        assert_eq!(house.app.deliver_due().await.expect("a round"), ONE_DEAD);
        assert!(server.letters().is_empty());
        let dead = house.app.list_dead_messages(10).await.expect("listed");
        let again = house.app.resend_dead_message(&dead[0].id.to_string()).await;
        assert_eq!(refused(again), StaffRefused::NoDeadMessage, "nor by the operator");
    })
    .await;
}

#[tokio::test]
async fn a_death_between_writing_and_sending_loses_nothing() {
    on_both(async |db| {
        let server = SmtpServer::start(Protection::None).await;
        let house = with_one_mail(db.clone(), &server).await;
        let clock = Arc::clone(&house.clock);
        // The worker takes the message and dies before it says what became of it.
        let now = house.app.now();
        let lease = now.plus(Duration::from_secs(120));
        let claimed = db
            .write::<_, doorward_store::StoreFault, _>("claiming for a test", move |tx| {
                Box::pin(async move { doorward_store::outbox::claim_messages(tx, now, lease, 10).await })
            })
            .await
            .expect("claimed");
        assert_eq!(claimed.len(), 1);
        drop(house);
        let next = house_sending(db, Some(clock), 2, Outbox::new(smtp(&server), SmsSender::Off));
        assert_eq!(next.app.deliver_due().await.expect("not before the lease is over"), Round::default());
        next.pass(120);
        assert_eq!(next.app.deliver_due().await.expect("a round"), ONE_SENT);
        let letters = server.letters();
        assert!(letters.len() == 1 && letters[0].contains(&format!("<{}@", claimed[0].id)), "one Message-ID");
    })
    .await;
}

#[tokio::test]
async fn two_workers_send_a_message_once() {
    on_both(async |db| {
        let server = SmtpServer::start(Protection::None).await;
        let house = with_one_mail(db.clone(), &server).await;
        let clock = Arc::clone(&house.clock);
        let other = house_sending(db, Some(clock), 2, Outbox::new(smtp(&server), SmsSender::Off));
        let (one, two) = tokio::join!(house.app.deliver_due(), other.app.deliver_due());
        assert_eq!(one.expect("a round").sent + two.expect("a round").sent, 1);
        assert_eq!(server.letters().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_running_worker_is_woken_and_makes_the_node_ready() {
    on_both(async |db| {
        let server = SmtpServer::start(Protection::None).await;
        let house = with_one_mail(db, &server).await;
        // The test's clock stands still far from the database's.
        assert_eq!(house.app.ready().await.expect_err("not yet"), [NotReady::Clock, NotReady::Outbox]);
        let stop = CancellationToken::new();
        let worker = tokio::spawn(house.app.clone().run_outbox(stop.clone()));
        while server.letters().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(house.app.ready().await.expect_err("the clock"), [NotReady::Clock]);
        stop.cancel();
        worker.await.expect("it stops when told");
    })
    .await;
}

#[tokio::test]
async fn a_number_gets_an_sms_with_a_code_and_never_a_link() {
    on_both(async |db| {
        let folder = tempfile::tempdir().expect("a folder");
        let mailbox =
            || MailboxFolder::open(folder.path(), "Doorward <door@entry.example>").expect("a folder");
        let outbox = Outbox::new(MailSender::Folder(mailbox()), SmsSender::Folder(mailbox()));
        let house = house_sending(db, None, 1, outbox);
        let visit = house.visit([203, 0, 113, 1]);
        let number = "+4915123456789";
        house.customer(number).await;
        ask(&house, &visit, number).await.expect("asked");
        assert_eq!(house.app.deliver_due().await.expect("a round"), ONE_SENT);
        let file =
            std::fs::read_dir(folder.path()).expect("readable").next().expect("a file").expect("an entry");
        let sms = std::fs::read_to_string(file.path()).expect("text");
        assert!(sms.contains("To: +4915123456789\r\n"), "{sms}");
        assert!(!sms.contains("http") && !sms.contains("link"), "{sms}");
    })
    .await;
}

#[tokio::test]
async fn sms_go_only_where_the_operator_lets_them_and_so_many_a_day() {
    on_both(async |db| {
        let folder = tempfile::tempdir().expect("a folder");
        let mailbox =
            || MailboxFolder::open(folder.path(), "Doorward <door@entry.example>").expect("a folder");
        let outbox = Outbox::new(MailSender::Folder(mailbox()), SmsSender::Folder(mailbox()));
        let clock = Arc::new(TestClock::at(Timestamp::from_seconds(1_800_000_000)));
        let size = HashPoolSize { threads: 1, queue: 8 };
        let rules = |policy: &mut doorward_domain::policy::Policy| {
            policy.sms.prefixes = vec!["+49".to_owned()];
            policy.sms.per_prefix_and_day = 2;
        };
        let house = House::node_sending(db, clock, size, 1, rules, outbox);
        let visit = house.visit([203, 0, 113, 1]);
        let begin = async |number: &str| {
            let answer = human(&house, &visit, HumanCheckPurpose::SignUp);
            house.app.begin_sign_up(&visit, number, None, Some(&answer)).await
        };
        assert_eq!(refused(begin("+43664123456").await), SignUpRefused::NoSmsThere);
        let moved = begin("+4915123456781").await.expect("listed");
        let view: SignUpView = house.app.show_sign_up(&visit, &moved.cookie).await.expect("a view");
        assert_eq!(view.identifier.as_str(), "+4915123456781");
        begin("+4915123456782").await.expect("listed");
        let SignUpRefused::Throttled { retry_at } = refused(begin("+4915123456783").await) else {
            panic!("the cap of the day")
        };
        assert_eq!(retry_at.as_seconds() % 86_400, 0, "until tomorrow");
    })
    .await;
}

#[tokio::test]
async fn a_waiting_message_stands_sealed_and_a_sent_one_is_gone() {
    let fresh = Fresh::sqlite().await;
    let server = SmtpServer::start(Protection::None).await;
    let house = with_one_mail(fresh.db.clone(), &server).await;
    assert!(!everything_in(&fresh).windows(ADA.len()).any(|window| window == ADA.as_bytes()));
    house.app.deliver_due().await.expect("a round");
    let state = doorward_store::maintenance::count_messages(&fresh.db).await.expect("counted");
    assert!(state.iter().all(|count| count.state != "waiting" || count.messages == 0), "{state:?}");
    fresh.end().await;
}
