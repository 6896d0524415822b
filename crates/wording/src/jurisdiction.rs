//! The rules of countries in words.

use std::borrow::Cow;

use doorward_domain::action::Action;
use doorward_domain::jurisdiction::{Because, Mode};

use crate::words::Words;

impl Words {
    /// What somebody wants to do, as a verb: "withdraw".
    pub fn action(&self, action: Action) -> Cow<'static, str> {
        self.text(match action {
            Action::SignUp => "action-sign-up",
            Action::SignIn => "action-sign-in",
            Action::View => "action-view",
            Action::ChangeSecurity => "action-change-security",
            Action::Withdraw => "action-withdraw",
            Action::CancelOrder => "action-cancel-order",
            Action::Sell => "action-sell",
            Action::Buy => "action-buy",
            Action::Deposit => "action-deposit",
            Action::CreateApiKey => "action-create-api-key",
        })
    }

    /// The name of a mode.
    pub fn mode(&self, mode: Mode) -> Cow<'static, str> {
        self.text(match mode {
            Mode::Open => "mode-open",
            Mode::Closing => "mode-closing",
            Mode::WithdrawOnly => "mode-withdraw-only",
            Mode::Blocked => "mode-blocked",
        })
    }

    /// What a mode leaves open, in one line; `None` where everything is.
    pub fn restriction(&self, mode: Mode) -> Option<Cow<'static, str>> {
        let key = match mode {
            Mode::Open => return None,
            Mode::Closing => "restriction-closing",
            Mode::WithdrawOnly => "restriction-withdraw-only",
            Mode::Blocked => "restriction-blocked",
        };
        Some(self.text(key))
    }

    /// Which rule holds and why, in one sentence.
    pub fn because(&self, because: Because) -> String {
        let of = |key: &str, country| self.text_of(key, "country", self.country(country));
        match because {
            Because::Residence(country) => of("because-residence", country),
            Because::Country(country) => of("because-country", country),
            Because::Unknown => self.text("because-unknown").into_owned(),
            Because::Anonymising => self.text("because-anonymising").into_owned(),
            Because::Local => self.text("because-local").into_owned(),
        }
    }
}
