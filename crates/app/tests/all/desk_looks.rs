//! What is one's own at the desk, and what looking somebody up leaves behind.

use doorward_app::App;
use doorward_app::staff::DeskRefused;
use doorward_domain::audit::AuditKind;
use doorward_domain::id::{AccountId, IdentifierId};
use doorward_domain::identifier::IdentifierKind;
use doorward_domain::staff::{About, LOOK_UPS, Role};
use doorward_domain::token::Token;
use doorward_store::StoreFault;
use doorward_store::identifier::{NewIdentifier, list_identifiers, record_identifier, retire};
use doorward_store::testing::on_both;

use crate::blocks::of_house;
use crate::browser::Browser;
use crate::house::House;
use crate::sign_up::refused;

const ADA: &str = "ada@example.org";

/// Another address takes the place of the account's first one, which can still be undone.
async fn leave_the_address(app: &App, account: AccountId) {
    let first = list_identifiers(&app.db, account).await.expect("read")[0].id;
    let (now, id) = (app.now(), IdentifierId::from_parts(app.now(), [8; 16]));
    let left = app.db.write("leaving an address for a test", move |tx| {
        Box::pin(async move {
            let kind = IdentifierKind::Email;
            let new = NewIdentifier { id, account_id: account, kind, lookup: &[8; 32], sealed: b"sealed" };
            Ok::<_, StoreFault>(
                record_identifier(tx, &new, now).await? && retire(tx, first, account, now).await?,
            )
        })
    });
    assert!(left.await.expect("written"), "it is left");
}

#[tokio::test]
async fn an_account_left_by_its_address_lately_or_entered_in_the_same_browser_is_ones_own() {
    on_both(async |db| {
        let house = House::open(db);
        let own = house.customer("mia@staff.example").await;
        let mut mia = house.colleague("Mia", Role::Approver, [203, 0, 113, 1]).await;
        let (_, mia) = house.at_desk(&mut mia).await;
        let app = &house.app;
        leave_the_address(app, own.account).await;
        let refusal = app.freeze_at_desk(&mia, own.account, "x").await;
        assert_eq!(refused(refusal), DeskRefused::OwnAccount, "its change can still be undone");

        let ada = house.customer(ADA).await;
        app.see_account(&mia, ada.account).await.expect("a stranger's");
        let entered = Browser::new(&house, [203, 0, 113, 9]).enter(&ada).await;
        let here = app.in_this_browser(mia.clone(), &[entered.device]).await.expect("looked at");
        for came in [
            app.see_account(&here, ada.account).await.map(drop),
            app.write_note(&here, ada.account, "x").await,
            app.ask_to_lift_block(&here, About::Account(ada.account), "x").await,
        ] {
            assert_eq!(refused(came), DeskRefused::OwnAccount);
        }
        let elsewhere = app.in_this_browser(mia, &[Token::from_random([5; 32])]).await.expect("looked at");
        assert!(elsewhere.entered_here.is_empty(), "a token of nobody's");
    })
    .await;
}

#[tokio::test]
async fn a_look_up_in_vain_is_in_the_record_without_its_words_and_nobody_looks_up_without_end() {
    on_both(async |db| {
        let house = House::open(db);
        let ada = house.customer(ADA).await;
        let mut mia = house.colleague("Mia", Role::Agent, [203, 0, 113, 1]).await;
        let mut jo = house.colleague("Jo", Role::Agent, [203, 0, 113, 1]).await;
        let ((_, mia), (_, jo)) = (house.at_desk(&mut mia).await, house.at_desk(&mut jo).await);
        let app = &house.app;
        for number in 0..LOOK_UPS.burst {
            let tried = app.look_up_account(&mia, &format!("guess-{number}@example.org"), None).await;
            assert_eq!(refused(tried), DeskRefused::NoAccount);
        }
        let stopped = refused(app.look_up_account(&mia, ADA, None).await);
        assert!(matches!(stopped, DeskRefused::Throttled { .. }), "{stopped:?}");
        assert!(house.traces(ada.account, AuditKind::StaffLooked).await.is_empty(), "nothing was told");
        let in_vain = of_house(&house, AuditKind::StaffLookedInVain).await;
        assert_eq!(in_vain.len(), usize::try_from(LOOK_UPS.burst).expect("a few"));
        assert_eq!(app.look_up_account(&jo, ADA, None).await.expect("each has their own"), ada.account);
        house.pass(30);
        app.look_up_account(&mia, ADA, None).await.expect("one more after a while");
    })
    .await;
}
