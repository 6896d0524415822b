//! The three safety phrases: one stands in every mail, one beside the password field on a known device, one on the page
//! that confirms a withdrawal (entry rules 1 and 2).

use doorward_domain::id::AccountId;
use doorward_domain::phrase::{Phrase, PhrasePlace, Phrases};
use doorward_domain::protection::ProtectionEvent;
use doorward_domain::sign_in::TypedFactor;
use doorward_domain::step_up::StepUpPurpose;
use doorward_store::Tx;
use doorward_store::protection::{find_protection, set_phrases};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::keys::Sealed;
use crate::protection::Happened;
use crate::session_cache::Customer;
use crate::visit::Visit;
use doorward_domain::change::ChangeRefused;

/// The phrases as they are sealed.
#[derive(Serialize, Deserialize, Default)]
struct Plain {
    mail: String,
    sign_in: String,
    withdrawal: String,
}

impl App {
    /// The phrases of an account.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn phrases(&self, account: AccountId) -> Result<Phrases, Fault> {
        let stored = find_protection(&self.db, account).await?;
        self.open_phrases(account, stored.and_then(|stored| stored.phrases).as_deref())
    }

    /// The phrase of one place: for the mails to this account, or for a page that its owner looks at.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn phrase(&self, account: AccountId, place: PhrasePlace) -> Result<Option<Phrase>, Fault> {
        Ok(self.phrases(account).await?.of(place).cloned())
    }

    /// What the page that confirms a withdrawal shows, so that its owner knows it from an imitation.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn withdrawal_phrase(&self, customer: &Customer) -> Result<Option<Phrase>, Fault> {
        self.phrase(customer.account, PhrasePlace::Withdrawal).await
    }

    /// Puts other phrases in the place of the present ones. Takes a second factor, which is spent by it.
    ///
    /// # Errors
    /// Refused by the factor or the settings lock.
    pub async fn choose_phrases(
        &self,
        visit: &Visit,
        customer: &Customer,
        phrases: &Phrases,
        second_factor: &str,
    ) -> Result<(), Failure<ChangeRefused>> {
        let version = self.own_credential_version(customer).await?;
        let sealed = self.seal_phrases(customer.account, phrases)?;
        let (now, typed) = (self.now(), TypedFactor::parse(second_factor));
        let (app, visit, whose) = (self.clone(), visit.clone(), *customer);
        let answer = self.db.write("choosing safety phrases", move |tx: &mut Tx| {
            Box::pin(async move {
                let account = match app.hold_own_account(tx, &whose, version).await? {
                    Ok(account) => account,
                    Err(refused) => return Ok(Err(refused)),
                };
                let purpose = StepUpPurpose::ChangeProtection;
                if let Err(refused) = app.step_up(tx, &visit, &whose, &account, purpose, &typed, now).await? {
                    return Ok(Err(refused));
                }
                set_phrases(tx, account.id, sealed.as_deref()).await?;
                let happened = Happened::of(ProtectionEvent::PhrasesChanged);
                app.protection_happened(tx, &visit, &account, happened, now).await?;
                Ok::<_, Fault>(Ok(()))
            })
        });
        let answer = answer.await?;
        self.outbox.wake();
        answer.map_err(Failure::Refused)
    }

    fn seal_phrases(&self, account: AccountId, phrases: &Phrases) -> Result<Option<Vec<u8>>, Fault> {
        if *phrases == Phrases::default() {
            return Ok(None);
        }
        let text = |place| phrases.of(place).map(|phrase| phrase.as_str().to_owned()).unwrap_or_default();
        let plain = Plain {
            mail: text(PhrasePlace::Mail),
            sign_in: text(PhrasePlace::SignIn),
            withdrawal: text(PhrasePlace::Withdrawal),
        };
        let plain = serde_json::to_vec(&plain).map(Zeroizing::new);
        let plain = plain.map_err(|error| Fault::internal("writing safety phrases").caused_by(error))?;
        Ok(Some(self.keys.seal(Sealed::Phrases, account.as_uuid().as_bytes(), &plain)))
    }

    pub(crate) fn open_phrases(&self, account: AccountId, sealed: Option<&[u8]>) -> Result<Phrases, Fault> {
        let Some(sealed) = sealed else { return Ok(Phrases::default()) };
        let plain = self.keys.open(Sealed::Phrases, account.as_uuid().as_bytes(), sealed);
        let plain: Option<Plain> = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
        let plain = plain.ok_or_else(|| Fault::internal("opening safety phrases"))?;
        // What an earlier version took is shown even where this one would not take it any more.
        Ok(Phrases::parse(&plain.mail, &plain.sign_in, &plain.withdrawal).unwrap_or_default())
    }
}
