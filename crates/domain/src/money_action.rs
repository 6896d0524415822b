//! An action that moves assets, confirmed against its own content (entry rules 5).
//!
//! What the owner confirms is these bytes and nothing else: a passkey signs their digest as its challenge, and a code of
//! an authenticator app confirms the stored action whose digest was shown. To an address that is new, a code of the app
//! alone is not enough: another comes by mail, with network, address, memo and amount beside it.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::change::ChangeRefused;
use crate::guard::ActionRefused;
use crate::id::{AccountId, MoneyActionId};
use crate::notice::Transfer;
use crate::one_time_code::CodeRefused;
use crate::step_up::Factor;
use crate::time::Timestamp;

/// How long an action waits for its proof.
pub const VALID_FOR: Duration = Duration::from_secs(10 * 60);
/// Wrong proofs that end an action.
pub const TRIES: u32 = 5;
/// Most decimal places that an asset has.
pub const SCALE_MAX: u8 = 18;
/// Longest name of an asset or a network, longest address and longest memo, in bytes.
pub const TEXT_BYTES_MAX: usize = 256;

/// First bytes of every canonical form; another layout gets another text.
const DOMAIN: &[u8] = b"doorward money action 1";

/// What somebody wants to send. Texts are as typed; whether an address is one of its network is judged before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedTransfer {
    /// The asset's name, such as `BTC`.
    pub asset: String,
    /// Decimal places of one unit of the asset: 8 where the smallest part is a hundred millionth.
    pub scale: u8,
    /// The network that carries it.
    pub network: String,
    /// Where it goes.
    pub address: String,
    /// What the address needs to tell its owners apart, if it needs that.
    pub memo: Option<String>,
    /// How many of the smallest parts; more than none.
    pub amount: i64,
    /// What it costs, in the same parts; none or more.
    pub fee: i64,
    /// Whether nothing of this account ever went to this address.
    pub is_new_address: bool,
}

/// An action that waits for its proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyAction {
    /// Its id.
    pub id: MoneyActionId,
    /// Whose assets would move.
    pub account: AccountId,
    /// What would move, and where to.
    pub wanted: WantedTransfer,
    /// When it can be confirmed no more.
    pub expires_at: Timestamp,
    /// 256 random bits, so that no two actions have the same bytes and no digest can be foreseen.
    pub nonce: [u8; 32],
}

/// Why an action is not begun or not confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyActionRefused {
    /// Nothing, less than nothing, or a text that is empty or too long.
    Malformed,
    /// The account may not do this now.
    NotNow(ActionRefused),
    /// This session has asked for no such action.
    NotFound,
    /// It was confirmed, ended or expired before: ask again.
    Over,
    /// The proof is wrong or not enough.
    Proof(ChangeRefused),
    /// The mailed code is missing or wrong.
    MailedCode(CodeRefused),
    /// The last wrong proof ended it.
    TooManyWrongProofs,
}

impl WantedTransfer {
    /// Whether this can be meant at all.
    pub fn is_well_formed(&self) -> bool {
        let fits =
            |text: &str| (1..=TEXT_BYTES_MAX).contains(&text.len()) && !text.chars().any(char::is_control);
        [&self.asset, &self.network, &self.address].into_iter().all(|text| fits(text))
            && self.memo.as_deref().is_none_or(fits)
            && self.scale <= SCALE_MAX
            && self.amount > 0
            && self.fee >= 0
            && self.amount.checked_add(self.fee).is_some()
    }

    /// The same as its owner reads it.
    pub fn in_words(&self) -> Transfer {
        let of = |parts: i64| format!("{} {}", decimal(parts, self.scale), self.asset);
        Transfer {
            network: self.network.clone(),
            address: self.address.clone(),
            memo: self.memo.clone(),
            amount: of(self.amount),
            fee: of(self.fee),
        }
    }
}

impl MoneyAction {
    /// The bytes that are confirmed: every text and number with its length before it, in this order, so that no two
    /// different actions share them.
    pub fn canonical_bytes(&self) -> Vec<u8> {
        let wanted = &self.wanted;
        let mut bytes = Vec::with_capacity(256);
        let mut put = |part: &[u8]| {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        };
        put(DOMAIN);
        put(self.id.as_uuid().as_bytes());
        put(self.account.as_uuid().as_bytes());
        put(wanted.asset.as_bytes());
        put(&[wanted.scale]);
        put(wanted.network.as_bytes());
        put(wanted.address.as_bytes());
        // A missing memo differs from an empty one.
        put(&[u8::from(wanted.memo.is_some())]);
        put(wanted.memo.as_deref().unwrap_or_default().as_bytes());
        put(&wanted.amount.to_be_bytes());
        put(&wanted.fee.to_be_bytes());
        put(&self.expires_at.as_micros().to_be_bytes());
        put(&self.nonce);
        bytes
    }

    /// SHA-256 of the canonical bytes: what a passkey signs as its challenge.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.canonical_bytes()).into()
    }
}

/// Whether a proof by this factor also needs the code that was mailed.
pub const fn needs_mailed_code(is_new_address: bool, proved_by: Factor) -> bool {
    is_new_address && !matches!(proved_by, Factor::Passkey)
}

/// So many of the smallest parts, written as units: `150000000` parts of eight places are `1.5`.
fn decimal(parts: i64, scale: u8) -> String {
    let digits = format!("{:0>width$}", parts.unsigned_abs(), width = usize::from(scale) + 1);
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(scale));
    let fraction = fraction.trim_end_matches('0');
    let sign = if parts < 0 { "-" } else { "" };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn wanted() -> WantedTransfer {
        WantedTransfer {
            asset: "BTC".to_owned(),
            scale: 8,
            network: "Bitcoin".to_owned(),
            address: "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq".to_owned(),
            memo: None,
            amount: 150_000_000,
            fee: 10_000,
            is_new_address: true,
        }
    }

    fn action() -> MoneyAction {
        let start = Timestamp::from_seconds(1_800_000_000);
        MoneyAction {
            id: MoneyActionId::from_parts(start, [1; 16]),
            account: AccountId::from_parts(start, [2; 16]),
            wanted: wanted(),
            expires_at: start.plus(VALID_FOR),
            nonce: [3; 32],
        }
    }

    #[test]
    fn whatever_differs_gives_another_digest() {
        let with = |change: &dyn Fn(&mut MoneyAction)| {
            let mut changed = action();
            change(&mut changed);
            changed.digest()
        };
        let digests = [
            with(&|_| {}),
            with(&|a| a.wanted.asset = "ETH".to_owned()),
            with(&|a| a.wanted.scale = 9),
            with(&|a| a.wanted.network = "Bitcoin Cash".to_owned()),
            with(&|a| a.wanted.address.push('x')),
            with(&|a| a.wanted.memo = Some(String::new())),
            with(&|a| a.wanted.memo = Some("1".to_owned())),
            with(&|a| a.wanted.amount += 1),
            with(&|a| a.wanted.fee += 1),
            with(&|a| (a.wanted.amount, a.wanted.fee) = (a.wanted.fee, a.wanted.amount)),
            with(&|a| a.expires_at = a.expires_at.plus(Duration::from_micros(1))),
            with(&|a| a.nonce = [4; 32]),
            with(&|a| a.id = MoneyActionId::from_parts(a.expires_at, [9; 16])),
            with(&|a| a.account = AccountId::from_parts(a.expires_at, [9; 16])),
            // The same letters, divided elsewhere.
            with(&|a| {
                (a.wanted.network, a.wanted.address) =
                    ("Bitcoinb".to_owned(), a.wanted.address[1..].to_owned());
            }),
        ];
        assert_eq!(digests.iter().collect::<BTreeSet<_>>().len(), digests.len());
        assert_eq!(action().digest(), action().digest());
    }

    #[test]
    fn an_amount_reads_as_its_owner_writes_it() {
        for (parts, scale, text) in [
            (150_000_000, 8, "1.5"),
            (1, 8, "0.00000001"),
            (7, 0, "7"),
            (100, 2, "1"),
            (0, 8, "0"),
            (1_050, 3, "1.05"),
        ] {
            assert_eq!(decimal(parts, scale), text);
        }
        let words = wanted().in_words();
        assert_eq!((words.amount.as_str(), words.fee.as_str()), ("1.5 BTC", "0.0001 BTC"));
    }

    #[test]
    fn nothing_and_nonsense_are_no_transfer() {
        assert!(wanted().is_well_formed());
        let bad: [&dyn Fn(&mut WantedTransfer); 8] = [
            &|w| w.amount = 0,
            &|w| w.amount = -1,
            &|w| w.fee = -1,
            &|w| w.amount = i64::MAX,
            &|w| w.address.clear(),
            &|w| w.address.push('\n'),
            &|w| w.memo = Some("a".repeat(TEXT_BYTES_MAX + 1)),
            &|w| w.scale = SCALE_MAX + 1,
        ];
        for change in bad {
            let mut transfer = wanted();
            change(&mut transfer);
            assert!(!transfer.is_well_formed(), "{transfer:?}");
        }
    }

    #[test]
    fn only_a_passkey_needs_no_mail_for_a_new_address() {
        assert!(!needs_mailed_code(true, Factor::Passkey) && needs_mailed_code(true, Factor::Totp));
        assert!(!needs_mailed_code(false, Factor::Totp));
    }
}
