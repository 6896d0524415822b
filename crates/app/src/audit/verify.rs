//! Holding the whole log against its tree, and the tree against a checkpoint that was kept elsewhere.

use std::collections::BTreeMap;

use doorward_domain::audit::AuditKind;
use doorward_domain::audit_check::{BatchChecked, Finding, Findings, check_batch, check_erasures};
use doorward_domain::audit_tile::{TILE_HASHES, root_of, tile_root};
use doorward_domain::checkpoint::Checkpoint;
use doorward_domain::merkle::Hash;
use doorward_store::audit::find_provable;
use doorward_store::audit_tree::{count_waiting, find_tree, list_surplus, list_tiles, pack_entries};
use doorward_store::{Db, StoreFault};
use tokio::task::JoinSet;

use crate::failure::Fault;

/// Tiles of one batch: 512 entries, which SQLite hands over within the time that a read may take on the request loop.
const BATCH_TILES: u64 = 2;
const BATCH: u64 = BATCH_TILES * TILE_HASHES;
/// Batches that are read and hashed beside each other.
const AT_ONCE: usize = 4;
/// Tiles of the upper levels that are read in one go.
const TILES_AT_ONCE: i64 = 1_024;
/// Entries without a place beyond this are only said to be many.
const WAITING_COUNTED: i64 = 100_000;
/// Entries beyond the end of the tree that are told.
const SURPLUS_TOLD: i64 = 100;

/// What a whole check showed.
#[derive(Debug, Clone)]
pub struct AuditReport {
    /// Entries in the tree.
    pub size: u64,
    /// The root that follows from the entries themselves.
    pub root: Hash,
    /// Entries that have no place yet.
    pub waiting: i64,
    /// Entries whose personal part was erased.
    pub erased: u64,
    /// Everything that does not fit.
    pub findings: Findings,
}

/// Reads every entry, works out the tree from them, and compares it with what is kept of it; and with a checkpoint,
/// whose signature the caller has checked.
///
/// # Errors
/// The database does not answer.
pub async fn verify_audit(db: &Db, checkpoint: Option<&Checkpoint>) -> Result<AuditReport, Fault> {
    let size = find_tree(db).await?.size.unsigned_abs();
    let mut walk = Walk { checkpoint_size: checkpoint.map(|checkpoint| checkpoint.size), ..Walk::default() };
    walk.all(db, size).await?;
    let Walk { tiles, rest, at_checkpoint, mut findings, erased, mut erasures, .. } = walk;
    upper_levels(db, &tiles, &mut findings).await?;
    for (leaf, seq) in list_surplus(db, i64::try_from(size).unwrap_or(i64::MAX), SURPLUS_TOLD).await? {
        // A tree that grew while it was read is no finding.
        if find_tree(db).await?.size <= leaf {
            findings.add(Finding::Changed { leaf: leaf.unsigned_abs(), seq });
        }
    }
    late_erasures(db, &erased, &mut erasures).await?;
    findings.extend(check_erasures(&erased, &erasures));
    if let Some(checkpoint) = checkpoint {
        if checkpoint.size > size {
            findings.add(Finding::Truncated { size, checkpoint: checkpoint.size });
        } else if at_checkpoint != Some(checkpoint.root) {
            findings.add(Finding::Forked { checkpoint: checkpoint.size });
        }
    }
    Ok(AuditReport {
        size,
        root: root_of(&tiles, &rest),
        waiting: count_waiting(db, WAITING_COUNTED).await?,
        erased: erased.len() as u64,
        findings,
    })
}

/// What is known after the entries so far.
#[derive(Default)]
struct Walk {
    /// Roots of the whole tiles.
    tiles: Vec<Hash>,
    /// Leaves after the last whole tile.
    rest: Vec<Hash>,
    checkpoint_size: Option<u64>,
    /// The root at the size of the checkpoint, once passed.
    at_checkpoint: Option<Hash>,
    findings: Findings,
    erased: Vec<(i64, i64)>,
    erasures: Vec<(i64, String)>,
}

impl Walk {
    async fn all(&mut self, db: &Db, size: u64) -> Result<(), Fault> {
        if self.checkpoint_size == Some(0) {
            self.at_checkpoint = Some(root_of(&[], &[]));
        }
        let batches = size.div_ceil(BATCH);
        let (mut begun, mut done) = (0, BTreeMap::new());
        let mut running: JoinSet<Result<(u64, BatchChecked), Fault>> = JoinSet::new();
        for next in 0..batches {
            while begun < batches && running.len() < AT_ONCE {
                running.spawn(batch(db.clone(), begun, size));
                begun += 1;
            }
            let checked = loop {
                if let Some(checked) = done.remove(&next) {
                    break checked;
                }
                let ended = running
                    .join_next()
                    .await
                    .ok_or_else(|| Fault::internal("a batch that was never read"))?;
                let (number, checked) =
                    ended.map_err(|error| Fault::internal("checking the audit log").caused_by(error))??;
                done.insert(number, checked);
            };
            self.take(checked);
        }
        Ok(())
    }

    fn take(&mut self, checked: BatchChecked) {
        self.findings.extend(checked.findings);
        self.erased.extend(checked.erased);
        self.erasures.extend(checked.erasures);
        for leaves in checked.leaves.chunks(usize::try_from(TILE_HASHES).unwrap_or(usize::MAX)) {
            let before = self.tiles.len() as u64 * TILE_HASHES;
            let after = before + leaves.len() as u64;
            if let Some(size) = self.checkpoint_size.filter(|size| (before + 1..=after).contains(size)) {
                let within = usize::try_from(size - before).unwrap_or(leaves.len());
                self.at_checkpoint = Some(root_of(&self.tiles, &leaves[..within]));
            }
            if leaves.len() as u64 == TILE_HASHES {
                self.tiles.push(tile_root(leaves));
            } else {
                self.rest = leaves.to_vec();
            }
        }
    }
}

/// Reads and checks one batch. Hashing has a thread of its own.
async fn batch(db: Db, number: u64, size: u64) -> Result<(u64, BatchChecked), Fault> {
    let (first, end) = (number * BATCH, (number * BATCH + BATCH).min(size));
    let whole = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let packed = pack_entries(&db, whole(first), whole(end)).await?;
    let from = number * BATCH_TILES;
    let stored: BTreeMap<i64, Vec<Hash>> =
        list_tiles(&db, 0, whole(from), whole(from + BATCH_TILES)).await?.into_iter().collect();
    let work = tokio::task::spawn_blocking(move || {
        let (mut kept, mut torn) = (Vec::new(), Findings::default());
        for tile in from..end.div_ceil(TILE_HASHES) {
            let wanted = usize::try_from((end - tile * TILE_HASHES).min(TILE_HASHES)).unwrap_or(0);
            match stored.get(&whole(tile)).and_then(|hashes| hashes.get(..wanted)) {
                Some(hashes) => kept.extend_from_slice(hashes),
                None => {
                    torn.add(Finding::Tree { leaf: tile * TILE_HASHES });
                    kept.resize(kept.len() + wanted, [0; 32]);
                }
            }
        }
        let mut checked = check_batch(first, &kept, &packed);
        torn.extend(std::mem::take(&mut checked.findings));
        checked.findings = torn;
        checked
    });
    let checked = work.await.map_err(|error| Fault::internal("checking the audit log").caused_by(error))?;
    Ok((number, checked))
}

/// The tiles above the leaves follow from those below.
async fn upper_levels(db: &Db, tiles: &[Hash], findings: &mut Findings) -> Result<(), StoreFault> {
    let (mut expected, mut level, mut covers) = (tiles.to_vec(), 1, TILE_HASHES);
    while !expected.is_empty() {
        let count = i64::try_from(expected.len()).unwrap_or(i64::MAX);
        let mut first = 0;
        while first * 256 < count {
            let stored: BTreeMap<i64, Vec<Hash>> =
                list_tiles(db, level, first, first + TILES_AT_ONCE).await?.into_iter().collect();
            for number in first..(first + TILES_AT_ONCE).min((count + 255) / 256) {
                let begin = usize::try_from(number * 256).unwrap_or(usize::MAX);
                let wanted = &expected[begin..(begin + 256).min(expected.len())];
                let holds = stored.get(&number).is_some_and(|hashes| hashes.starts_with(wanted));
                if !holds {
                    findings.add(Finding::Tree { leaf: begin as u64 * covers });
                }
            }
            first += TILES_AT_ONCE;
        }
        expected = expected.chunks_exact(256).map(tile_root).collect();
        level += 1;
        covers = covers.saturating_mul(TILE_HASHES);
    }
    Ok(())
}

/// The entries that record an erasure and stand after the last place that was read: they are in the log all the same.
async fn late_erasures(
    db: &Db,
    erased: &[(i64, i64)],
    erasures: &mut Vec<(i64, String)>,
) -> Result<(), StoreFault> {
    let mut named: Vec<i64> = erased.iter().map(|(by, _)| *by).collect();
    named.sort_unstable();
    named.dedup();
    for by in named {
        if erasures.iter().any(|(seq, _)| *seq == by) {
            continue;
        }
        let late = find_provable(db, by).await?.filter(|entry| entry.kind == AuditKind::AccountErased.name());
        if let Some(entry) = late.filter(|entry| entry.leaf.is_none()) {
            erasures.push((by, entry.stated.unwrap_or_default()));
        }
    }
    Ok(())
}
