//! Signing checkpoints of the audit log, sending them away in time, and checking their signatures.

use std::time::Duration;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use doorward_domain::audit_tile::Tiles;
use doorward_domain::checkpoint::{Checkpoint, NotACheckpoint, SignedNote, VerifierKey};
use doorward_domain::time::Timestamp;
use doorward_store::audit_tree::{Tree, claim_checkpoint, find_tree, from_tiles, note_delivered};
use doorward_store::installation::{find_fact, record_fact};
use doorward_store::{Db, StoreFault};

use super::place::CheckpointPlace;
use super::sequence::sequence;
use crate::app::App;
use crate::failure::Fault;
use crate::keys::Keys;

/// The fact under which the log's name is kept: it outlives a change of the site's address.
const ORIGIN: &str = "audit-origin";
/// At least hourly (entry rules 9).
const EVERY: Duration = Duration::from_secs(60 * 60);
/// A checkpoint that was not taken is tried again after this.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Why a checkpoint is not this log's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointRefused {
    /// It has no such form.
    #[error(transparent)]
    NotACheckpoint(#[from] NotACheckpoint),
    /// It is of another log.
    #[error("it is of another log")]
    OtherLog,
    /// No signature of the log's key is on it.
    #[error("it bears no signature of this log's key that holds")]
    Signature,
}

/// Reads a signed note as a checkpoint of this log.
///
/// # Errors
/// It is no checkpoint, of another log, or the signature does not hold.
pub fn open_checkpoint(note: &str, key: &VerifierKey) -> Result<Checkpoint, CheckpointRefused> {
    let note = SignedNote::parse(note)?;
    let checkpoint = Checkpoint::parse(&note.text)?;
    if checkpoint.origin != key.name {
        return Err(CheckpointRefused::OtherLog);
    }
    let public = UnparsedPublicKey::new(&ED25519, key.public);
    let holds =
        note.signatures_of(key).any(|signature| public.verify(note.text.as_bytes(), signature).is_ok());
    if holds { Ok(checkpoint) } else { Err(CheckpointRefused::Signature) }
}

/// The key with which this log's checkpoints are checked; `None` before the log has a name.
///
/// # Errors
/// The database does not answer.
pub async fn verifier_key(db: &Db, keys: &Keys) -> Result<Option<VerifierKey>, Fault> {
    let name = find_fact(db, ORIGIN).await?.and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(name.map(|name| VerifierKey { name, public: keys.checkpoint_key() }))
}

impl App {
    /// The key with which this log's checkpoints are checked. The first call names the log after the site.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn audit_key(&self) -> Result<VerifierKey, Fault> {
        if let Some(key) = verifier_key(&self.db, &self.keys).await? {
            return Ok(key);
        }
        let name = self.audit_name();
        let write = self.db.write("naming the audit log", move |tx| {
            Box::pin(async move { record_fact(tx, ORIGIN, name.as_bytes()).await })
        });
        write.await.map_err(|fault: StoreFault| Fault::from(fault))?;
        let key = verifier_key(&self.db, &self.keys).await?;
        key.ok_or_else(|| Fault::internal("an audit log without a name"))
    }

    /// What the log is called from its first checkpoint on.
    fn audit_name(&self) -> String {
        let host = self.site.public_url.split_once("://").map_or(&*self.site.public_url, |(_, host)| host);
        format!("{}/audit", host.trim_end_matches('/'))
    }

    /// Signs a checkpoint over the tree as it is, with the key that checks it; writes nothing.
    ///
    /// # Errors
    /// The database does not answer.
    pub(crate) async fn sign_tree_as_it_is(&self) -> Result<(VerifierKey, Checkpoint, SignedNote), Fault> {
        let key = verifier_key(&self.db, &self.keys).await?;
        let key = key
            .unwrap_or_else(|| VerifierKey { name: self.audit_name(), public: self.keys.checkpoint_key() });
        let size = find_tree(&self.db).await?.size.unsigned_abs();
        let root = from_tiles(&self.db, &mut Tiles::default(), |tiles| tiles.root(size)).await?;
        let checkpoint = Checkpoint { origin: key.name.clone(), size, root };
        let text = checkpoint.text();
        let note = SignedNote::of(text.clone(), &key, &self.keys.sign_checkpoint(&text));
        Ok((key, checkpoint, note))
    }

    /// Signs a checkpoint over every entry that has committed by now.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sign_checkpoint(&self) -> Result<(Checkpoint, SignedNote), Fault> {
        self.audit_key().await?;
        sequence(&self.db, &*self.random).await?;
        let (_, checkpoint, note) = self.sign_tree_as_it_is().await?;
        Ok((checkpoint, note))
    }

    /// Sends a checkpoint when it is due and no other node has taken it on. One that is not taken raises the alarm and
    /// is tried again after a minute.
    pub(super) async fn send_checkpoint_if_due(
        &self,
        place: &CheckpointPlace,
        tree: &Tree,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let again_at = now.plus(AGAIN_AFTER);
        if now < tree.due_at {
            return Ok(());
        }
        let claim = self.db.write("taking a checkpoint on", move |tx| {
            Box::pin(async move { claim_checkpoint(tx, now, again_at).await })
        });
        if !claim.await.map_err(|fault: StoreFault| Fault::from(fault))? {
            return Ok(());
        }
        self.send_checkpoint(place).await.map(drop)
    }

    /// Signs a checkpoint and hands it over now, where a place is named. False when it was not taken, which raises the
    /// alarm.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn send_checkpoint(&self, place: &CheckpointPlace) -> Result<(SignedNote, bool), Fault> {
        let (checkpoint, note) = self.sign_checkpoint().await?;
        if matches!(place, CheckpointPlace::Nowhere) {
            return Ok((note, true));
        }
        let now = self.now();
        let name = format!("{:012}-{}", checkpoint.size, now.as_micros().div_euclid(1_000_000));
        let taken = place.take(&name, &note.to_string()).await;
        metrics::gauge!("doorward_audit_checkpoint_failing").set(u8::from(taken.is_err()));
        if let Err(why) = taken {
            metrics::counter!("doorward_audit_checkpoint_failures_total").increment(1);
            tracing::error!(why, size = checkpoint.size, "a checkpoint of the audit log was not taken");
            return Ok((note, false));
        }
        let size = i64::try_from(checkpoint.size).unwrap_or(i64::MAX);
        let write = self.db.write("noting a delivered checkpoint", move |tx| {
            Box::pin(async move { note_delivered(tx, size, now.plus(EVERY), now).await })
        });
        write.await.map_err(|fault: StoreFault| Fault::from(fault))?;
        tracing::info!(size, "a checkpoint of the audit log was delivered");
        Ok((note, true))
    }
}
