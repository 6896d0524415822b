//! What somebody may want to do with an account, as the guard tells it apart (entry rules 6 and 7).

use crate::named::named;

named! {
    /// A kind of action. Every request is one of these; jurisdictions, holds, the freeze and the settings lock each
    /// judge by it.
    pub enum Action {
        /// Opening an account.
        SignUp = "sign-up",
        /// Entering, leaving, ending sessions, freezing: what protects the owner and is open in every mode.
        SignIn = "sign-in",
        /// Looking at one's own account.
        View = "view",
        /// Changing what guards the account.
        ChangeSecurity = "change-security",
        /// Sending assets out, to other customers included.
        Withdraw = "withdraw",
        /// Taking an open order back.
        CancelOrder = "cancel-order",
        /// Selling what is held.
        Sell = "sell",
        /// Buying.
        Buy = "buy",
        /// Asking for an address to deposit to.
        Deposit = "deposit",
        /// Making an API key.
        CreateApiKey = "create-api-key",
    }
}

impl Action {
    /// Whether assets leave the account by it.
    pub const fn moves_assets_out(self) -> bool {
        matches!(self, Self::Withdraw)
    }
}
