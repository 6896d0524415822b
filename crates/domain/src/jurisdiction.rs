//! Where a customer is and what may be done from there (entry rules 7).

use crate::action::Action;
use crate::named::named;

named! {
    /// What a country's rules leave open, from the mildest to the strictest: the order is that of strictness.
    pub enum Mode {
        /// Everything.
        Open = "open",
        /// Nothing new: no deposits, purchases, keys or accounts.
        Closing = "closing",
        /// Assets may leave and orders may be cancelled.
        WithdrawOnly = "withdraw-only",
        /// Sanctions: looking, and nothing else.
        Blocked = "blocked",
    }
}

impl Mode {
    /// The table of entry rules 7.
    pub const fn allows(self, action: Action) -> bool {
        match action {
            Action::View | Action::SignIn => true,
            Action::ChangeSecurity | Action::Withdraw | Action::CancelOrder => !matches!(self, Self::Blocked),
            Action::Sell => matches!(self, Self::Open | Self::Closing),
            Action::Deposit | Action::Buy | Action::CreateApiKey | Action::SignUp => {
                matches!(self, Self::Open)
            }
        }
    }

    /// The stricter of two.
    #[must_use]
    pub fn strictest(self, other: Self) -> Self {
        self.max(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mode_leaves_open_what_the_table_says() {
        use Action::*;
        for (mode, refused) in [
            (Mode::Open, &[][..]),
            (Mode::Closing, &[Deposit, Buy, CreateApiKey, SignUp]),
            (Mode::WithdrawOnly, &[Deposit, Buy, CreateApiKey, SignUp, Sell]),
            (
                Mode::Blocked,
                &[Deposit, Buy, CreateApiKey, SignUp, Sell, CancelOrder, Withdraw, ChangeSecurity],
            ),
        ] {
            for action in Action::ALL {
                assert_eq!(mode.allows(*action), !refused.contains(action), "{mode:?} {action:?}");
            }
        }
    }

    #[test]
    fn the_stricter_mode_never_allows_more() {
        for (milder, stricter) in Mode::ALL.iter().zip(&Mode::ALL[1..]) {
            assert_eq!(milder.strictest(*stricter), *stricter);
            for action in Action::ALL {
                assert!(milder.allows(*action) || !stricter.allows(*action), "{action:?}");
            }
        }
    }
}
