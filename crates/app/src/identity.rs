//! The identity record: what the operator's own checks found out about an owner. Name and birth date are sealed; of a
//! document's number only a keyed hash is kept, which can be compared and not read (entry rules 1).

use doorward_domain::audit::AuditKind;
use doorward_domain::id::AccountId;
use doorward_domain::identity::{IdentityRecord, IdentityRefused, normal_document_number};
use doorward_domain::time::Timestamp;
use doorward_store::account as account_store;
use doorward_store::identity::{self as store, StoredIdentity};
use doorward_store::jurisdiction::forget_account_lift;
use doorward_store::session::record_invalidation;
use doorward_store::{StoreFault, Tx};
use zeroize::Zeroizing;

use crate::app::App;
use crate::audit::Entry;
use crate::failure::{Failure, Fault};
use crate::keys::{KeyedHash, Sealed};
use crate::session_cache::Ended;

/// A record in the clear, for the operator and for the staff that compares it with a document.
#[derive(Clone, Debug)]
pub struct IdentityShown {
    /// The record.
    pub record: IdentityRecord,
    /// When it was checked.
    pub recorded_at: Timestamp,
}

/// Why a record is not written or found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityFailed {
    /// No such account.
    NoAccount,
    /// The account has no record.
    NoRecord,
    /// The record is incomplete.
    Refused(IdentityRefused),
    /// The residence of the present record is blocked, and another one would let the account out: two members of staff
    /// do that first (entry rules 7).
    Blocked,
}

impl App {
    /// Writes the identity record of an account, in the place of an earlier one. A residence that is blocked is followed
    /// by one that is blocked as well, until two members of staff have let the account out.
    ///
    /// # Errors
    /// Refused when a field is missing or malformed, there is no such account, or a block stands in the way.
    pub async fn write_identity(
        &self,
        account: AccountId,
        record: &IdentityRecord,
        document_number: &str,
    ) -> Result<(), Failure<IdentityFailed>> {
        let refused = |why| Failure::Refused(IdentityFailed::Refused(why));
        record.check().map_err(refused)?;
        let document = normal_document_number(document_number).map_err(refused)?;
        let seal = |field: &str, text: &str| {
            self.keys.seal(Sealed::Identity, &row_of(account, field), text.trim().as_bytes())
        };
        let (app, now) = (self.clone(), self.now());
        let stored = StoredIdentity {
            account_id: account,
            sealed_name: seal(NAME, &record.name),
            sealed_birth_date: seal(BIRTH_DATE, &record.birth_date),
            document_hash: self.document_hash(&document),
            residence: record.residence.clone(),
            level: record.level.trim().to_owned(),
            source: record.source.trim().to_owned(),
            recorded_at: now,
        };
        let written = self.db.write("writing an identity record", move |tx| {
            Box::pin(async move {
                if account_store::hold_account(tx, account).await?.is_none() {
                    return Err(Failure::Refused(IdentityFailed::NoAccount));
                }
                if app.would_leave_block(tx, account, Some(&stored.residence)).await? {
                    return Err(Failure::Refused(IdentityFailed::Blocked));
                }
                // Who resides elsewhere is out of no block there.
                if store::find_residence(&mut *tx, account).await?.as_ref() != Some(&stored.residence) {
                    forget_account_lift(tx, account).await?;
                }
                store::record_identity(tx, &stored).await?;
                // Sessions carry the residence, by which the rules of countries judge.
                record_invalidation(tx, None, Some(account), now).await?;
                app.restrict_in(tx, account, now).await?;
                app.note(tx, Entry::without_network(AuditKind::IdentityWritten, account), now).await?;
                Ok(())
            })
        });
        written.await?;
        self.sessions.forget(&[Ended::Account(account)]);
        self.send_intents_soon().await;
        Ok(())
    }

    /// Whether this residence, or none, in the place of the present one would let the account out of a block.
    async fn would_leave_block(
        &self,
        tx: &mut Tx,
        account: AccountId,
        residence: Option<&str>,
    ) -> Result<bool, StoreFault> {
        let present = store::find_residence(&mut *tx, account).await?;
        Ok(self.is_blocked_by_residence((&mut *tx).into(), account, present.as_deref()).await?
            && !self.is_blocked_by_residence(tx.into(), account, residence).await?)
    }

    /// Reads the identity record of an account for the operator. Leaves a trace.
    ///
    /// # Errors
    /// Refused when the account has none.
    pub async fn show_identity(&self, account: AccountId) -> Result<IdentityShown, Failure<IdentityFailed>> {
        let shown = self.open_identity(account).await?;
        let shown = shown.ok_or(Failure::Refused(IdentityFailed::NoRecord))?;
        let (app, now) = (self.clone(), self.now());
        let write = self.db.write("noting a look at an identity record", move |tx| {
            Box::pin(async move {
                let entry = Entry::without_network(AuditKind::StaffReadIdentity, account);
                app.note(tx, entry, now).await.map_err(Fault::from)
            })
        });
        write.await?;
        Ok(shown)
    }

    /// Removes the identity record of an account, unless a block hangs on its residence.
    ///
    /// # Errors
    /// Refused when the account has none, or a block stands in the way.
    pub async fn remove_identity(&self, account: AccountId) -> Result<(), Failure<IdentityFailed>> {
        let (app, now) = (self.clone(), self.now());
        let removed = self.db.write("removing an identity record", move |tx| {
            Box::pin(async move {
                account_store::hold_account(tx, account).await?;
                if app.would_leave_block(tx, account, None).await? {
                    return Err(Failure::Refused(IdentityFailed::Blocked));
                }
                if !store::remove_identity(tx, account).await? {
                    return Err(Failure::Refused(IdentityFailed::NoRecord));
                }
                record_invalidation(tx, None, Some(account), now).await?;
                app.restrict_in(tx, account, now).await?;
                app.note(tx, Entry::without_network(AuditKind::IdentityRemoved, account), now).await?;
                Ok(())
            })
        });
        removed.await?;
        self.sessions.forget(&[Ended::Account(account)]);
        self.send_intents_soon().await;
        Ok(())
    }

    pub(crate) async fn open_identity(&self, account: AccountId) -> Result<Option<IdentityShown>, Fault> {
        let Some(stored) = store::find_identity(&self.db, account).await? else { return Ok(None) };
        let open = |field: &str, sealed: &[u8]| {
            let plain: Option<Zeroizing<Vec<u8>>> =
                self.keys.open(Sealed::Identity, &row_of(account, field), sealed);
            let text = plain.and_then(|plain| String::from_utf8(plain.to_vec()).ok());
            text.ok_or_else(|| Fault::internal("opening an identity record"))
        };
        Ok(Some(IdentityShown {
            record: IdentityRecord {
                name: open(NAME, &stored.sealed_name)?,
                birth_date: open(BIRTH_DATE, &stored.sealed_birth_date)?,
                residence: stored.residence,
                level: stored.level,
                source: stored.source,
            },
            recorded_at: stored.recorded_at,
        }))
    }

    /// Whether this is the number of the document in the account's identity record.
    pub(crate) async fn is_document_of(&self, account: AccountId, typed: &str) -> Result<bool, Fault> {
        use subtle::ConstantTimeEq as _;
        let Ok(normal) = normal_document_number(typed) else { return Ok(false) };
        let stored = store::find_identity(&self.db, account).await?;
        let hash = self.document_hash(&normal);
        Ok(stored.is_some_and(|stored| bool::from(stored.document_hash.ct_eq(&hash))))
    }

    fn document_hash(&self, normal: &str) -> [u8; 32] {
        self.keys.hash(KeyedHash::Document, &[normal.as_bytes()])
    }
}

const NAME: &str = "name";
const BIRTH_DATE: &str = "birth date";

/// What a field is sealed for: its account and which field it is.
fn row_of(account: AccountId, field: &str) -> Vec<u8> {
    [account.as_uuid().as_bytes(), field.as_bytes()].concat()
}
