//! Actions that move assets, confirmed against their own content.

use doorward_app::Customer as Inside;
use doorward_app::webauthn::testing::SoftwareAuthenticator;
use doorward_domain::change::ChangeRefused;
use doorward_domain::guard::ActionRefused;
use doorward_domain::id::{AccountId, MoneyActionId};
use doorward_domain::money_action::{MoneyActionRefused, WantedTransfer};
use doorward_domain::one_time_code::CodeRefused;
use doorward_domain::step_up::Factor;
use doorward_store::testing::on_both;
use doorward_store::trading_password::set_trading_password;
use doorward_store::{Db, StoreFault};

use crate::house::House;
use crate::inside::enter;
use crate::passkeys::add;
use crate::sign_up::refused;

const ADA: &str = "ada@example.org";
const DAY: u64 = 24 * 3_600;

fn wanted(is_new_address: bool) -> WantedTransfer {
    WantedTransfer {
        asset: "BTC".to_owned(),
        scale: 8,
        network: "Bitcoin".to_owned(),
        address: "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq".to_owned(),
        memo: None,
        amount: 150_000_000,
        fee: 10_000,
        is_new_address,
    }
}

/// Without a trading password nothing leaves; whether it was typed is the caller's to ask.
async fn with_trading_password(house: &House, account: AccountId) {
    let now = house.app.now();
    house
        .app
        .db
        .write::<_, StoreFault, _>("setting a trading password for a test", move |tx| {
            Box::pin(async move { set_trading_password(tx, account, b"sealed", "params", now).await })
        })
        .await
        .expect("it is written");
}

async fn by_key(
    house: &House,
    inside: &Inside,
    id: MoneyActionId,
    key: &mut SoftwareAuthenticator,
) -> String {
    let begun = house.app.begin_money_action_passkey(inside, id).await.expect("read").expect("a key");
    key.assert(&begun.options, &begun.state)
}

#[tokio::test]
async fn a_passkey_confirms_the_one_action_whose_digest_it_signed_and_once() {
    on_both(async |db: Db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        with_trading_password(&house, ada.account).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (_, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        let mut key = SoftwareAuthenticator::new("https://entry.example");
        add(&house, &visit, &inside, &mut key, &house.totp(&ada, 0)).await;
        let app = &house.app;
        let held = app.begin_money_action(&visit, &inside, wanted(true)).await;
        assert!(
            matches!(refused(held), MoneyActionRefused::NotNow(ActionRefused::Held { .. })),
            "a fresh key"
        );
        house.pass(DAY);
        let (_, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        let begin =
            async || app.begin_money_action(&visit, &inside, wanted(true)).await.expect("asked").action;
        let (meant, other) = (begin().await, begin().await);
        assert_ne!(meant.digest(), other.digest());
        let proof = by_key(&house, &inside, meant.id, &mut key).await;
        let swapped = app.confirm_money_action(&visit, &inside, other.id, &proof, None).await;
        assert!(matches!(refused(swapped), MoneyActionRefused::Proof(ChangeRefused::Passkey(_))));
        let (_, elsewhere) = enter(&house, &ada, &visit, Factor::Totp).await;
        let of_another = app.confirm_money_action(&visit, &elsewhere, meant.id, &proof, None).await;
        assert_eq!(refused(of_another), MoneyActionRefused::NotFound, "another session's");
        let confirmed =
            app.confirm_money_action(&visit, &inside, meant.id, &proof, None).await.expect("meant");
        assert_eq!((confirmed.action, confirmed.by), (meant.clone(), Factor::Passkey));
        let again = app.confirm_money_action(&visit, &inside, meant.id, &proof, None).await;
        assert_eq!(refused(again), MoneyActionRefused::Over);
        let proof = by_key(&house, &inside, other.id, &mut key).await;
        house.pass(600);
        let late = app.confirm_money_action(&visit, &inside, other.id, &proof, None).await;
        assert_eq!(refused(late), MoneyActionRefused::Over, "too late");
    })
    .await;
}

#[tokio::test]
async fn a_code_of_the_app_needs_the_mailed_one_too_where_the_address_is_new() {
    on_both(async |db: Db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        with_trading_password(&house, ada.account).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (_, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        let app = &house.app;
        let asked = app.begin_money_action(&visit, &inside, wanted(true)).await.expect("asked");
        assert!(asked.needs_mailed_code);
        let mailed = house.code_for(ADA).await;
        let (id, typed) = (asked.action.id, house.totp(&ada, 0));
        let alone = app.confirm_money_action(&visit, &inside, id, &typed, None).await;
        assert!(matches!(refused(alone), MoneyActionRefused::MailedCode(CodeRefused::Wrong { .. })));
        let wrong = if mailed == "000000" { "111111" } else { "000000" };
        let mistyped = app.confirm_money_action(&visit, &inside, id, &typed, Some(wrong)).await;
        assert!(matches!(refused(mistyped), MoneyActionRefused::MailedCode(CodeRefused::Wrong { .. })));
        let by_recovery =
            app.confirm_money_action(&visit, &inside, id, &ada.recovery_codes[0], Some(&mailed)).await;
        let too_weak = matches!(refused(by_recovery), MoneyActionRefused::Proof(ChangeRefused::StepUp(_)));
        assert!(too_weak, "a recovery code moves nothing");
        let (first, second) = tokio::join!(
            app.confirm_money_action(&visit, &inside, id, &typed, Some(&mailed)),
            app.confirm_money_action(&visit, &inside, id, &typed, Some(&mailed))
        );
        assert_eq!(u8::from(first.is_ok()) + u8::from(second.is_ok()), 1, "of two at the same moment one");
        house.pass(60);
        let known = app.begin_money_action(&visit, &inside, wanted(false)).await.expect("asked");
        assert!(!known.needs_mailed_code);
        let typed = house.totp(&ada, 0);
        app.confirm_money_action(&visit, &inside, known.action.id, &typed, None)
            .await
            .expect("the code alone");
    })
    .await;
}

#[tokio::test]
async fn wrong_proofs_end_an_action_and_nonsense_begins_none() {
    on_both(async |db: Db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        with_trading_password(&house, ada.account).await;
        let visit = house.visit([203, 0, 113, 1]);
        let (_, inside) = enter(&house, &ada, &visit, Factor::Totp).await;
        let app = &house.app;
        let nothing = WantedTransfer { amount: 0, ..wanted(false) };
        let refused_at_once = app.begin_money_action(&visit, &inside, nothing).await;
        assert_eq!(refused(refused_at_once), MoneyActionRefused::Malformed);
        let asked = app.begin_money_action(&visit, &inside, wanted(false)).await.expect("asked");
        let mut told = Vec::new();
        for _ in 0..5 {
            let wrong = house.wrong_totp(&ada);
            let answer = app.confirm_money_action(&visit, &inside, asked.action.id, &wrong, None).await;
            told.push(refused(answer));
        }
        assert_eq!(told[0], MoneyActionRefused::Proof(ChangeRefused::WrongFactor));
        assert_eq!(told[4], MoneyActionRefused::TooManyWrongProofs);
        let right = house.totp(&ada, 0);
        let over = app.confirm_money_action(&visit, &inside, asked.action.id, &right, None).await;
        assert_eq!(refused(over), MoneyActionRefused::Over);
    })
    .await;
}
