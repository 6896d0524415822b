//! A browser at the sign-in: keeps its cookies and goes from step to step.

use doorward_app::human_check::HumanCheckWay;
use doorward_app::sign_in::{Entered, NextStep, SignInRefused, SignInView};
use doorward_app::{Failure, Visit};
use doorward_domain::sign_in::SignInStep;
use secrecy::SecretString;

use crate::house::{Customer, House, PASSWORD, keep_device};

pub(crate) type Said = Result<SignInStep, SignInRefused>;

#[derive(Clone)]
pub(crate) struct Browser<'h> {
    pub(crate) house: &'h House,
    pub(crate) visit: Visit,
    pub(crate) cookie: String,
}

pub(crate) fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

/// The refusal, or a failed test: a fault is no answer.
pub(crate) fn refusal(failure: Failure<SignInRefused>) -> SignInRefused {
    match failure {
        Failure::Refused(refused) => refused,
        Failure::Fault(fault) => panic!("{fault}: {:?}", fault.source),
    }
}

impl<'h> Browser<'h> {
    /// A browser that nobody knows.
    pub(crate) fn new(house: &'h House, address: [u8; 4]) -> Self {
        Self { house, visit: house.visit(address), cookie: String::new() }
    }

    fn moved(&mut self, outcome: Result<NextStep, Failure<SignInRefused>>) -> Said {
        let next = outcome.map_err(refusal)?;
        self.cookie = next.cookie;
        Ok(next.step)
    }

    pub(crate) fn begin(&mut self, identifier: &str) {
        self.cookie = self
            .house
            .app
            .begin_sign_in(&self.visit, identifier, None, Some("/security?from=mail"))
            .expect("an identifier");
    }

    pub(crate) async fn view(&self) -> Result<SignInView, SignInRefused> {
        self.house.app.show_sign_in(&self.visit, &self.cookie).await.map_err(refusal)
    }

    /// Passes the human check and gives a password.
    pub(crate) async fn password(&mut self, password: &str) -> Said {
        let app = &self.house.app;
        let way = HumanCheckWay::Picture;
        let challenge = app.issue_sign_in_challenge(&self.visit, &self.cookie, way).await.map_err(refusal)?;
        let answer = self.house.solve(&challenge);
        let outcome = app.give_password(&self.visit, &self.cookie, &secret(password), &answer).await;
        self.moved(outcome)
    }

    /// Begins anew and gives a password.
    pub(crate) async fn try_password(&mut self, identifier: &str, password: &str) -> Said {
        self.begin(identifier);
        self.password(password).await
    }

    pub(crate) async fn factor(&mut self, typed: &str) -> Said {
        let outcome = self.house.app.give_second_factor(&self.visit, &self.cookie, &secret(typed)).await;
        self.moved(outcome)
    }

    pub(crate) async fn device_code(&mut self, typed: &str) -> Said {
        let outcome = self.house.app.give_device_code(&self.visit, &self.cookie, typed).await;
        self.moved(outcome)
    }

    pub(crate) async fn ask_channel_code(&mut self) -> Said {
        let app = &self.house.app;
        let answer = if self.visit.script {
            let way = HumanCheckWay::Picture;
            let challenge =
                app.issue_sign_in_challenge(&self.visit, &self.cookie, way).await.map_err(refusal)?;
            Some(self.house.solve(&challenge))
        } else {
            None
        };
        let outcome = app.ask_channel_code(&self.visit, &self.cookie, answer.as_ref()).await;
        self.moved(outcome)
    }

    pub(crate) async fn channel_code(&mut self, typed: &str) -> Said {
        let outcome = self.house.app.give_channel_code(&self.visit, &self.cookie, typed).await;
        self.moved(outcome)
    }

    pub(crate) async fn access(&mut self) -> Result<Entered, SignInRefused> {
        let entered = self.house.app.access(&self.visit, &self.cookie).await.map_err(refusal)?;
        if let Some(former) = &entered.replaces_device {
            self.visit.device_tokens.retain(|token| token.hash() != former.hash());
        }
        keep_device(&mut self.visit, entered.device.clone());
        Ok(entered)
    }

    /// Goes as far as the page with the button.
    pub(crate) async fn up_to_access(&mut self, customer: &Customer) -> Said {
        // A step is good once: the next entry waits for the next one.
        self.house.pass(30);
        self.try_password(&customer.identifier, PASSWORD).await?;
        let step = self.factor(&self.house.totp(customer, 0)).await?;
        if step != SignInStep::DeviceCode {
            return Ok(step);
        }
        let code = self.house.code_for(&customer.identifier).await;
        self.device_code(&code).await
    }

    /// A whole sign-in.
    pub(crate) async fn enter(&mut self, customer: &Customer) -> Entered {
        assert_eq!(self.up_to_access(customer).await, Ok(SignInStep::Access));
        self.access().await.expect("the door opens")
    }
}
