//! The operator's commands: one line of JSON asks, one line of JSON answers, over the socket of the running server.

pub(crate) mod client;
pub(crate) mod server;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A question or an answer is at most this long; a copy of somebody's data is the longest.
const LINE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Where the running server listens for its operator.
pub(crate) fn socket_path(folder: &Path) -> PathBuf {
    folder.join("admin.sock")
}

/// What an operator can ask for. An `account` is an id or an identifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Ask {
    AccountList { limit: u32, after: Option<String> },
    AccountShow { account: String },
    EndSessions { account: String },
    EndAllSessions,
    ResetLink { account: String },
    Freeze { account: String },
    Unfreeze { account: String },
    PhoneReassigned { number: String },
    IdentitySet { account: String, record: Identity },
    IdentityShow { account: String },
    IdentityRemove { account: String },
    AuditCheckpoint,
    PolicyExplain { ip: Option<std::net::IpAddr>, residence: Option<String>, at_us: Option<i64> },
    PolicyBlocked,
    PolicyLift { what: String, staff: String },
    PolicyCallBack { account: String, staff: String, reason: String },
    OutboxDead { limit: u32 },
    OutboxResend { message: String },
    AccountExport { account: String },
    AccountErase { account: String },
    AccountKeep { account: String },
    StaffAdd { name: String, mail: String, role: String, language: String },
    StaffInvite { name: String },
    StaffRole { name: String, role: String },
    StaffRemove { name: String },
    StaffList,
    Reconcile,
    Backup { folder: PathBuf, archive: bool },
    AssetList,
    AssetAdd { symbol: String, name: String, scale: u8, max_issued: Option<String> },
    MarketList,
    MarketOpen { base: String, quote: String, terms: MarketTerms },
    MarketHalt { market: String },
    MarketResume { market: String },
}

impl Ask {
    /// Whether the market's engine is read or changed; without a server it is opened for the time of the command.
    pub(crate) const fn needs_market(&self) -> bool {
        matches!(self, Self::Reconcile | Self::Backup { .. }) || self.is_listing()
    }

    /// Whether it is about assets and markets, which are called by names that stand in the database.
    pub(crate) const fn is_listing(&self) -> bool {
        matches!(
            self,
            Self::AssetList
                | Self::AssetAdd { .. }
                | Self::MarketList
                | Self::MarketOpen { .. }
                | Self::MarketHalt { .. }
                | Self::MarketResume { .. }
        )
    }

    /// Whether the answer may take as long as there is to copy or to add up.
    pub(crate) const fn takes_long(&self) -> bool {
        matches!(self, Self::Reconcile | Self::Backup { .. })
    }
}

/// What a market takes, as an operator types it. Amounts are text: they are read exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub(crate) struct MarketTerms {
    /// Step of prices, in quote for one base
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) tick: String,
    /// Step of sizes, in base; tick times lot must be a whole number of units of the quote asset
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) lot: String,
    /// Smallest size of an order, in base; without it one lot
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) min_size: Option<String>,
    /// Largest size of an order, in base
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) max_size: String,
    /// Smallest price times size of an order, in quote
    #[arg(long, value_name = "AMOUNT", default_value = "0")]
    pub(crate) min_notional: String,
    /// Fee of whoever takes, in millionths
    #[arg(long, value_name = "MILLIONTHS", default_value_t = 1_000)]
    pub(crate) taker_ppm: u32,
    /// Fee of whoever makes, in millionths
    #[arg(long, value_name = "MILLIONTHS", default_value_t = 500)]
    pub(crate) maker_ppm: u32,
    /// How far from the last trade an order may be priced, in millionths; 0 for no band
    #[arg(long, value_name = "MILLIONTHS", default_value_t = 100_000)]
    pub(crate) band_ppm: u32,
    /// Most open orders of one customer
    #[arg(long, value_name = "COUNT", default_value_t = 200)]
    pub(crate) max_open_orders: u16,
}

/// An identity record as an operator types it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub(crate) struct Identity {
    /// The name on the document
    #[arg(long)]
    pub(crate) name: String,
    /// The birth date, as in 1990-02-28
    #[arg(long)]
    pub(crate) birth_date: String,
    /// The number of the document; only a keyed hash of it is kept
    #[arg(long)]
    pub(crate) document_number: String,
    /// The country of residence, two letters
    #[arg(long)]
    pub(crate) residence: String,
    /// How thoroughly was checked, in your own words
    #[arg(long)]
    pub(crate) level: String,
    /// Who checked
    #[arg(long)]
    pub(crate) source: String,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(…)")
    }
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub(crate) enum Answer {
    /// Done; what to print.
    Done { lines: Vec<String> },
    /// Done, and what was looked at does not agree; what to print.
    Differs { lines: Vec<String> },
    /// Done as far as it went: a part could not be looked at, and the rest agrees; what to print.
    NotCompared { lines: Vec<String> },
    /// Understood and refused.
    Refused { why: String },
    /// Failed.
    Fault { what: String },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_understood_and_nothing_else() {
        let ask = Ask::EndSessions { account: "a@b.example".into() };
        let line = serde_json::to_string(&ask).expect("encodes");
        assert_eq!(line, r#"{"ask":"end-sessions","account":"a@b.example"}"#);
        assert_eq!(serde_json::from_str::<Ask>(&line).expect("decodes"), ask);
        for wrong in [
            r#"{"ask":"drop-everything"}"#,
            r#"{"ask":"freeze"}"#,
            r#"{"ask":"freeze","account":"x","force":true}"#,
            "[]",
            "",
        ] {
            assert!(serde_json::from_str::<Ask>(wrong).is_err(), "{wrong}");
        }
    }
}
