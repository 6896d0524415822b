//! The identifier, the pages, and leaving again.

use doorward_domain::identifier::Identifier;
use doorward_domain::phrase::{Phrase, PhrasePlace};
use doorward_domain::return_path::ReturnPath;
use doorward_domain::sign_in::{SignInRefused, SignInStep};
use doorward_store::code::{CodeOf, find_code};
use doorward_store::sign_in as store;

use super::attempt::{Attempt, Carried, Kept};
use super::{CodeView, SignInView};
use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::visit::Visit;

/// The codes of a sign-in, each with tries of its own.
pub(super) const CHANNEL_CODE: &str = "sign-in";
pub(super) const DEVICE_CODE: &str = "sign-in-device";
pub(super) const UNFREEZE_CODE: &str = "sign-in-unfreeze";

impl App {
    /// Begins a sign-in: reads the identifier and seals it into the cookie that is returned. Nothing is written, and
    /// nothing tells whether anybody has this identifier.
    ///
    /// `country` is the two-letter code that a phone number without a country code belongs to; `return_to` is dropped
    /// unless it is plainly a path of ours.
    ///
    /// # Errors
    /// What was typed is no identifier, or the browser has no cookie yet.
    pub fn begin_sign_in(
        &self,
        visit: &Visit,
        identifier: &str,
        country: Option<&str>,
        return_to: Option<&str>,
    ) -> Result<String, SignInRefused> {
        let identifier = Identifier::parse(identifier, country).map_err(SignInRefused::Identifier)?;
        let return_to = return_to.and_then(ReturnPath::parse).map(|path| path.as_str().to_owned());
        let kept = Kept::new(&identifier, return_to);
        self.seal_sign_in(visit, &Carried::Begun { kept, started_at: self.now().as_micros() })
    }

    /// What the page of the present step may show. Reads only.
    ///
    /// # Errors
    /// No sign-in is in progress in this browser, or it is over.
    pub async fn show_sign_in(
        &self,
        visit: &Visit,
        cookie: &str,
    ) -> Result<SignInView, Failure<SignInRefused>> {
        let now = self.now();
        let mut attempt = self.open_sign_in(visit, cookie).await?;
        let step = attempt.sign_in.step;
        attempt.sign_in.at(step, now).map_err(Failure::Refused)?;
        if attempt.row.is_none() {
            self.look_up(visit, &mut attempt, now).await?;
        }
        let (rung, _) = match step {
            SignInStep::Password | SignInStep::ChannelProof => {
                self.sign_in_risk(visit, &attempt, now).await?
            }
            _ => (doorward_domain::risk::Rung::Invisible, Vec::new()),
        };
        Ok(SignInView {
            step,
            // Only a device that the account knows is shown its phrase: an unknown one sees the same page for everybody.
            phrase_of: attempt.sign_in.account.filter(|_| attempt.sign_in.known_device),
            identifier: attempt.kept.identifier()?.as_str().to_owned(),
            identifier_masked: attempt.kept.identifier()?.masked(),
            known_device: attempt.sign_in.known_device,
            channel_proved: attempt.sign_in.channel_proved,
            rung,
            expires_at: attempt.sign_in.expires_at,
            code: self.code_view(&attempt).await?,
        })
    }

    /// What stands beside the password field on a known device, so that its owner knows the page from an imitation.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sign_in_phrase(&self, view: &SignInView) -> Result<Option<Phrase>, Fault> {
        match view.phrase_of {
            Some(account) => self.phrase(account, PhrasePlace::SignIn).await,
            None => Ok(None),
        }
    }

    async fn code_view(&self, attempt: &Attempt) -> Result<Option<CodeView>, Failure<SignInRefused>> {
        let flow_kind = match attempt.sign_in.step {
            SignInStep::ChannelProof => CHANNEL_CODE,
            SignInStep::DeviceCode => DEVICE_CODE,
            SignInStep::Unfreeze => UNFREEZE_CODE,
            _ => return Ok(None),
        };
        let Some(row) = &attempt.row else { return Ok(None) };
        let code = find_code(&self.db, CodeOf { flow_kind, flow_id: row.id.as_uuid() }).await?;
        Ok(code.map(|code| CodeView {
            expires_at: code.expires_at,
            resend_at: (code.sends < self.policy.codes.sends)
                .then(|| code.sent_at.plus(self.policy.codes.resend_after)),
        }))
    }

    /// Takes a sign-in up again after its pages were left: the password is asked again; neither its time nor its
    /// failures begin anew.
    ///
    /// # Errors
    /// No sign-in is in progress in this browser, or it is over.
    pub async fn resume_sign_in(
        &self,
        visit: &Visit,
        cookie: &str,
    ) -> Result<super::NextStep, Failure<SignInRefused>> {
        let now = self.now();
        let attempt = self.open_sign_in(visit, cookie).await?;
        let outcome = attempt.sign_in.resume(now);
        let step = outcome.answer.map_err(Failure::Refused)?;
        if attempt.row.is_none() {
            return Ok(super::NextStep { cookie: cookie.to_owned(), step });
        }
        let app = self.clone();
        // No step is passed by it, so the cookie stays as it is.
        self.db
            .write("resuming a sign-in", move |tx| {
                Box::pin(async move { app.save(tx, &attempt, &outcome.sign_in, false, now).await })
            })
            .await?
            .ok_or(Failure::Refused(SignInRefused::NotBegun))?;
        Ok(super::NextStep { cookie: cookie.to_owned(), step })
    }

    /// Ends the sign-in of this browser, if it has one.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn cancel_sign_in(&self, visit: &Visit, cookie: &str) -> Result<(), Failure<SignInRefused>> {
        let now = self.now();
        let attempt = self.open_sign_in(visit, cookie).await?;
        let Some(row) = attempt.row else { return Ok(()) };
        self.db
            .write("cancelling a sign-in", move |tx| {
                Box::pin(async move { store::end_sign_in(tx, row.id, "cancelled", now).await })
            })
            .await
            .map_err(|fault: doorward_store::StoreFault| Failure::from(fault))?;
        Ok(())
    }
}
