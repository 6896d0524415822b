//! Every mail and SMS, as data: the outbox keeps it sealed, `wording` puts it into words.

use std::fmt;
use std::net::IpAddr;

use crate::country::{Country, Place};
use crate::identifier::change::IdentifierChangeKind;
use crate::jurisdiction::Mode;
use crate::named::named;
use crate::one_time_code::OneTimeCode;
use crate::passkey::PasskeyNews;
use crate::protection::ProtectionEvent;
use crate::staff::{Role, StaffChange};
use crate::stop_code::StopCode;
use crate::time::Timestamp;
use crate::token::Token;

mod kind;

pub use kind::NoticeKind;

named! {
    /// How a message travels.
    pub enum Channel {
        /// By mail.
        Mail = "mail",
        /// By SMS: short, never with a link (entry rules, opening lines).
        Sms = "sms",
    }
}

named! {
    /// What a mailed code opens; the message says so, that nobody is talked into reading it out for another thing.
    pub enum CodePurpose {
        /// A new account's identifier.
        SignUp = "sign-up",
        /// A sign-in on a new device.
        NewDevice = "new-device",
        /// A sign-in after many wrong passwords, or without script.
        ChannelProof = "channel-proof",
        /// A forgotten password.
        Reset = "reset",
        /// A lost-factor case.
        Case = "case",
        /// The same of an account that is entered by passkeys only, of which no password was proved.
        LostPasskeys = "lost-passkeys",
        /// A change of identifier, to the old one.
        OldIdentifier = "old-identifier",
        /// A change of identifier, to the new one; or the fresh proof of a number.
        NewIdentifier = "new-identifier",
        /// The end of a freeze.
        Unfreeze = "unfreeze",
        /// A forgotten trading password.
        TradingPassword = "trading-password",
    }
}

/// When, where and with what something happened, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circumstances {
    /// When.
    pub at: Timestamp,
    /// From which address.
    pub network: IpAddr,
    /// The browser as it names itself, shortened, without control characters.
    pub device: String,
    /// Where that address stands.
    pub place: Place,
}

/// One message. Its secrets show in no log.
#[derive(Clone, PartialEq, Eq)]
pub enum Notice {
    /// A code to type into the browser that asked.
    Code {
        /// What it opens.
        purpose: CodePurpose,
        /// Six digits.
        code: OneTimeCode,
        /// Where it was asked.
        circumstances: Circumstances,
    },
    /// A forgotten password: a link, and a code for the browser that asked.
    ResetLink {
        /// What the link carries; never sent by SMS.
        link: LinkToken,
        /// The code, when a browser asked; staff's links come without.
        code: Option<OneTimeCode>,
        /// Where it was asked.
        circumstances: Circumstances,
    },
    /// Somebody tried to sign up with this identifier.
    IdentifierTaken {
        /// Where.
        circumstances: Circumstances,
    },
    /// The account was opened.
    SignedUp {
        /// Where.
        circumstances: Circumstances,
        /// Freezes the account.
        freeze: LinkToken,
    },
    /// An entry on a device that was not known.
    NewSignIn {
        /// Where.
        circumstances: Circumstances,
        /// Freezes the account.
        freeze: LinkToken,
    },
    /// The password was right and no second factor followed.
    PasswordRightButNotFinished {
        /// Where.
        circumstances: Circumstances,
        /// Freezes the account.
        freeze: LinkToken,
    },
    /// The password was changed.
    PasswordChanged {
        /// Where.
        circumstances: Circumstances,
        /// Until when nothing leaves the account.
        hold_until: Option<Timestamp>,
        /// Freezes the account.
        freeze: LinkToken,
    },
    /// The password was reset.
    PasswordReset {
        /// Where.
        circumstances: Circumstances,
        /// Until when nothing leaves the account.
        hold_until: Option<Timestamp>,
        /// Freezes the account.
        freeze: LinkToken,
    },
    /// The authenticator app was replaced.
    TotpReplaced {
        /// Where.
        circumstances: Circumstances,
        /// Until when nothing leaves the account.
        hold_until: Option<Timestamp>,
        /// Freezes the account.
        freeze: LinkToken,
    },
    /// The authenticator app was disabled after too many wrong codes.
    TotpDisabled {
        /// Where the last one was tried.
        circumstances: Circumstances,
        /// Freezes the account.
        freeze: LinkToken,
    },
    /// There are new recovery codes; the old ones open nothing any more.
    RecoveryCodesRenewed {
        /// Where.
        circumstances: Circumstances,
        /// Freezes the account.
        freeze: LinkToken,
    },
    /// A recovery code was used.
    RecoveryCodeUsed {
        /// How many are left.
        left: u32,
        /// Where.
        circumstances: Circumstances,
        /// Freezes the account.
        freeze: LinkToken,
    },
    /// Something about passkeys.
    Passkey {
        /// What.
        news: PasskeyNews,
        /// What its owner calls the one in question; empty where it is about all.
        name: String,
        /// Where.
        circumstances: Circumstances,
        /// Until when nothing leaves the account.
        hold_until: Option<Timestamp>,
        /// Freezes the account.
        freeze: LinkToken,
    },
    /// A code that confirms one action to a new address; it names everything about it.
    MoneyActionCode {
        /// Six digits.
        code: OneTimeCode,
        /// What it confirms.
        transfer: Transfer,
        /// Where it was asked.
        circumstances: Circumstances,
    },
    /// An entry on a known device, from a country that is strange for this account.
    UnusualCountry {
        /// Where.
        circumstances: Circumstances,
        /// Freezes the account.
        freeze: LinkToken,
    },
    /// Other rules hold for the residents of a country.
    CountryRules {
        /// When they were told.
        at: Timestamp,
        /// The verified residence.
        country: Country,
        /// What holds now.
        mode: Mode,
    },
    /// Other rules will hold for the residents of a country.
    CountryRulesAhead {
        /// When they were told.
        at: Timestamp,
        /// The verified residence.
        country: Country,
        /// What will hold.
        mode: Mode,
        /// From when.
        from: Timestamp,
    },
    /// Two members of staff have let the account out of a block by the rules of countries, or one has called it back.
    AccountBlock {
        /// When.
        at: Timestamp,
        /// Whether it was let out.
        lifted: bool,
        /// Freezes the account.
        freeze: LinkToken,
    },
    /// The account was frozen.
    Frozen {
        /// When, where.
        circumstances: Circumstances,
    },
    /// Something about the account's protection was changed, or waits to be.
    Protection {
        /// What.
        event: ProtectionEvent,
        /// Where.
        circumstances: Circumstances,
        /// The end of the hold or lock that follows, or when a change that waits takes effect.
        until: Option<Timestamp>,
        /// Cancels a change that waits; never sent by SMS.
        cancel: Option<LinkToken>,
        /// Freezes the account.
        freeze: LinkToken,
    },
    /// The account is going to be erased.
    ErasureAsked {
        /// Where it was asked.
        circumstances: Circumstances,
        /// When it happens.
        due_at: Timestamp,
        /// Calls it off; never sent by SMS.
        cancel: LinkToken,
        /// Freezes the account.
        freeze: LinkToken,
    },
    /// An erasure was called off.
    ErasureCancelled {
        /// Where.
        circumstances: Circumstances,
        /// Freezes the account.
        freeze: LinkToken,
    },
    /// The account was erased.
    AccountErased {
        /// When.
        at: Timestamp,
    },
    /// The account was unfrozen.
    Unfrozen {
        /// When.
        at: Timestamp,
        /// Until when nothing leaves the account.
        hold_until: Option<Timestamp>,
        /// Freezes the account again.
        freeze: LinkToken,
    },
    /// A lost-factor case was sent to staff.
    CaseSent {
        /// Where.
        circumstances: Circumstances,
        /// Stops it.
        stop: Stop,
    },
    /// A lost-factor case was approved: the new factor takes effect after the wait.
    CaseApproved {
        /// Where the case was opened, and when it was approved.
        circumstances: Circumstances,
        /// When.
        effective_at: Timestamp,
        /// Stops it.
        stop: Stop,
    },
    /// A lost-factor case was stopped, refused, or came to nothing.
    CaseEnded {
        /// When, and where it was opened.
        circumstances: Circumstances,
        /// Whether staff refused it.
        refused: bool,
        /// Freezes the account.
        freeze: LinkToken,
    },
    /// A case replaced the lost factor.
    CaseExecuted {
        /// When, and where the case was opened.
        circumstances: Circumstances,
        /// Until when nothing leaves the account.
        hold_until: Option<Timestamp>,
        /// Freezes the account.
        freeze: LinkToken,
    },
    /// To whom a change of identifiers may come as a surprise: an identifier was replaced, added or removed.
    IdentifierChanged {
        /// Where.
        circumstances: Circumstances,
        /// What was done.
        what: IdentifierChangeKind,
        /// Until when nothing leaves the account.
        hold_until: Option<Timestamp>,
        /// Undoes it and freezes the account.
        stop: Stop,
    },
    /// To the channels of the account as they are now: the identifiers have changed.
    IdentifiersNow {
        /// Where.
        circumstances: Circumstances,
        /// Until when nothing leaves the account.
        hold_until: Option<Timestamp>,
        /// Freezes the account.
        freeze: LinkToken,
    },
    /// A change of identifiers was undone, and the account frozen.
    IdentifierUndone {
        /// Where.
        circumstances: Circumstances,
    },
    /// A number of the account was reported, or claimed, as somebody else's.
    NumberReassigned {
        /// When.
        at: Timestamp,
        /// Freezes the account.
        freeze: LinkToken,
    },
    /// To all staff: one of them came, enrolled, changed role or went.
    StaffChanged {
        /// What happened.
        change: StaffChange,
        /// Whose name.
        name: String,
        /// The role now, or the last one.
        role: Role,
        /// When.
        at: Timestamp,
    },
}

/// What stops something, once: a link for mails, a code to type for short messages.
#[derive(Clone, PartialEq, Eq)]
pub struct Stop {
    /// The link's secret.
    pub link: LinkToken,
    /// The code.
    pub code: StopCode,
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stop(…)")
    }
}

/// What an action would move, in texts as its owner typed and reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// The network, such as a chain's name.
    pub network: String,
    /// The address that it goes to.
    pub address: String,
    /// What the address needs to tell its owners apart, if it needs that.
    pub memo: Option<String>,
    /// How much of what: `1.5 BTC`.
    pub amount: String,
    /// What it costs: `0.0001 BTC`.
    pub fee: String,
}

/// The secret of a mailed link, encoded.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkToken(String);

impl LinkToken {
    /// The link's secret from a fresh token.
    pub fn new(token: &Token) -> Self {
        Self(token.encode())
    }

    /// The text that the link carries.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Rebuilds it from the outbox.
    pub fn parse(text: &str) -> Option<Self> {
        Token::parse(text).map(|token| Self(token.encode()))
    }
}

impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken(…)")
    }
}

impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Notice({})", self.kind().name())
    }
}
