//! Whether the books agree: with themselves, with what is on the disk, and with history (market rules 1, 3 and 4).
//!
//! A restart is rehearsed: the newest snapshot on the disk and the records behind it, up to the live engine's last record,
//! must come to the live engine's hash. Equal hashes are equal states, so the sums are then taken of the rehearsed engine,
//! and the live one is held up by one hash alone.

use std::path::{Path, PathBuf};

use doorward_domain::market::codec::read_record;
use doorward_domain::market::instrument::{AssetId, OrderId};
use doorward_engine::{AssetTotals, Discrepancy, Engine};
use doorward_journal::{Folder, Groups, JournalRefused, read, snapshots};

use super::follower::engine_at_most;
use super::{Matching, NotTaken};
use crate::failure::Fault;

/// Behind everything that somebody waits for.
const NICENESS: i32 = 15;

/// What a look at all books came to.
#[derive(Debug)]
pub struct Reconciliation {
    /// The live engine's last record when it was looked at.
    pub sequence: u64,
    /// The record of the newest snapshot on the disk; zero where there is none.
    pub snapshot: u64,
    /// Whether history was compared.
    pub history: HistoryLook,
    /// The table, by asset.
    pub totals: Vec<AssetTotals>,
    /// Everything that does not agree. None: the books are in order.
    pub findings: Vec<Finding>,
}

impl Reconciliation {
    /// Whether everything agrees.
    pub fn agrees(&self) -> bool {
        self.findings.is_empty()
    }
}

/// What became of comparing history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryLook {
    /// There is none here.
    Absent,
    /// It was compared with the engine as it was at this record; findings say what differs.
    Compared(u64),
    /// It could not be compared, for this reason. Nothing is known of whether it agrees.
    NotCompared(String),
}

/// Something that does not agree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// The ledger accounts of an asset do not sum to zero.
    #[error("the ledger accounts of asset {asset} sum to {sum} units instead of zero")]
    Sum {
        /// Of what.
        asset: AssetId,
        /// To what.
        sum: i128,
    },
    /// What is held is not what open orders and holds say.
    #[error("{held} units of asset {asset} are held, and open orders and holds need {needed}")]
    Held {
        /// Of what.
        asset: AssetId,
        /// Held in all wallets.
        held: i128,
        /// By orders and holds.
        needed: i128,
    },
    /// Something else that must hold of every state does not.
    #[error("the state breaks its own rules: {0:?}")]
    State(Discrepancy),
    /// A restart would come to another state.
    #[error(
        "a restart from snapshot {snapshot} would come to another state at record {sequence} than the engine is in"
    )]
    Hash {
        /// The snapshot that the restart would begin from.
        snapshot: u64,
        /// Where the two were compared.
        sequence: u64,
    },
    /// A snapshot on the disk is damaged; a restart falls back to the one before it.
    #[error("snapshot {0} is damaged: a restart would begin from the one before it")]
    Snapshot(u64),
    /// The journal on the disk cannot be read.
    #[error("the journal cannot be read: {0}")]
    Journal(String),
    /// An order is open in history and not in the engine at the same record, or the other way round.
    #[error("history and the engine do not agree on whether order {0} is open, or whose it is")]
    Order(OrderId),
    /// An account of history has another balance than the engine had at the same record.
    #[error("history has {found} units on {account}, and the engine had {expected}")]
    History {
        /// Whose, of what, in which bucket.
        account: String,
        /// History's.
        found: i64,
        /// The engine's.
        expected: i64,
    },
}

/// Compares the engine as it was at a record with something else that is known of that record; a fault where what is known
/// could not be read to its end.
pub type Compare = Box<dyn FnOnce(&Engine) -> Result<Vec<Finding>, Fault> + Send>;

/// What is to be compared with the engine at one record, beside the engine with itself.
pub struct Besides {
    /// The record.
    pub at: u64,
    /// How.
    pub compare: Compare,
}

impl Matching {
    /// Looks whether all books agree. Takes as long as a restart does, on a thread that gives way; the engine itself is held
    /// up for one hash of its state. What is found is told in the answer; it is for the caller to raise the alarm.
    ///
    /// # Errors
    /// The engine has stopped, or the thread could not be started.
    pub async fn reconcile(&self, history: Option<Besides>) -> Result<Reconciliation, Fault> {
        let live = self.look(|engine| (engine.sequence(), engine.state_hash())).await;
        let (sequence, live_hash) = live.map_err(stopped)?;
        let folder = self.folder().to_owned();
        let rehearsal = Rehearsal { folder, sequence, live_hash, history };
        let (tell, told) = tokio::sync::oneshot::channel();
        std::thread::Builder::new()
            .name("reconcile".to_owned())
            .spawn(move || {
                // A kernel that refuses changes nothing but who waits for whom.
                let _ = rustix::process::setpriority_process(None, NICENESS);
                // Whoever asked may have gone.
                let _ = tell.send(rehearsal.run());
            })
            .map_err(|error| Fault::internal("starting the reconciliation").caused_by(error))?;
        let mut found = told.await.map_err(|error| Fault::internal("reconciling").caused_by(error))?;
        if found.findings.iter().any(|finding| matches!(finding, Finding::Hash { .. } | Finding::Journal(_)))
        {
            // The rehearsed engine speaks for nobody then.
            let (totals, audit) =
                self.look(|engine| (engine.totals(), engine.audit())).await.map_err(stopped)?;
            found.findings.extend(of_totals(&totals));
            found.findings.extend(audit.err().map(Finding::State));
            found.totals = totals;
        }
        Ok(found)
    }
}

fn stopped(why: NotTaken) -> Fault {
    Fault::unavailable("asking the engine").caused_by(why)
}

struct Rehearsal {
    folder: PathBuf,
    sequence: u64,
    live_hash: [u8; 32],
    history: Option<Besides>,
}

impl Rehearsal {
    fn run(self) -> Reconciliation {
        let sequence = self.sequence;
        let has_history = self.history.is_some();
        self.restart().unwrap_or_else(|refused| {
            let why = super::chain(&refused);
            let history =
                if has_history { HistoryLook::NotCompared(why.clone()) } else { HistoryLook::Absent };
            let findings = vec![Finding::Journal(why)];
            Reconciliation { sequence, snapshot: 0, history, totals: Vec::new(), findings }
        })
    }

    fn restart(self) -> Result<Reconciliation, JournalRefused> {
        let Self { folder, sequence, live_hash, history } = self;
        let mut findings = damaged_snapshots(&folder, sequence)?;
        let disk = Folder::look_whole(&folder);
        let (rehearsed, history) =
            match history.map(|besides| (besides.at, compared(&disk, besides, sequence))) {
                None => (None, HistoryLook::Absent),
                Some((at, Ok((rehearsed, differences)))) => {
                    findings.extend(differences);
                    (Some(rehearsed), HistoryLook::Compared(at))
                }
                Some((_, Err(why))) => (None, HistoryLook::NotCompared(why)),
            };
        let (snapshot, mut engine) = match rehearsed {
            Some(rehearsed) => rehearsed,
            None => rehearse(&disk, sequence)?,
        };
        replay(&disk, &mut engine, sequence)?;
        if engine.state_hash() == live_hash {
            let totals = engine.totals();
            findings.extend(of_totals(&totals));
            findings.extend(engine.audit().err().map(Finding::State));
            return Ok(Reconciliation { sequence, snapshot, history, totals, findings });
        }
        findings.push(Finding::Hash { snapshot, sequence });
        Ok(Reconciliation { sequence, snapshot, history, totals: Vec::new(), findings })
    }
}

/// The record of the snapshot that a restart up to this record begins from, and the engine there.
fn rehearse(disk: &Folder, most: u64) -> Result<(u64, Engine), JournalRefused> {
    let engine = engine_at_most(disk, most)?;
    Ok((engine.sequence(), engine))
}

/// What history and the engine at its record do not agree on, and that engine with the snapshot that it began from; or why
/// the two could not be compared.
fn compared(disk: &Folder, besides: Besides, most: u64) -> Result<((u64, Engine), Vec<Finding>), String> {
    let Besides { at, compare } = besides;
    if at > most {
        return Err(format!("history is at record {at}, and the engine at {most}"));
    }
    let why = |refused: JournalRefused| super::chain(&refused);
    // History may stand below the newest snapshot when it was restored or is being made anew.
    let (snapshot, mut engine) = rehearse(disk, at).map_err(why)?;
    replay(disk, &mut engine, at).map_err(why)?;
    if engine.sequence() != at {
        return Err(format!("record {} cannot be read", engine.sequence() + 1));
    }
    let differences = compare(&engine).map_err(|fault| super::chain(&fault))?;
    Ok(((snapshot, engine), differences))
}

/// The snapshots that a restart would pass over.
fn damaged_snapshots(folder: &Path, most: u64) -> Result<Vec<Finding>, JournalRefused> {
    let disk = Folder::look(folder);
    let newest = snapshots::list(&disk)?.into_iter().find(|sequence| *sequence <= most);
    let Some(newest) = newest else { return Ok(Vec::new()) };
    let is_whole = match snapshots::load(&disk, newest) {
        Ok(bytes) => Engine::from_snapshot(&bytes).is_ok_and(|engine| engine.sequence() == newest),
        // A newer one may have taken its place meanwhile.
        Err(_) => !snapshots::list(&disk)?.contains(&newest),
    };
    Ok(if is_whole { Vec::new() } else { vec![Finding::Snapshot(newest)] })
}

/// Applies the records behind the engine's last one, up to this one and no farther.
fn replay(disk: &Folder, engine: &mut Engine, through: u64) -> Result<(), JournalRefused> {
    if engine.sequence() >= through {
        return Ok(());
    }
    let (mut groups, mut events) = (read(disk, engine.sequence() + 1, through)?, Vec::new());
    while let Some(group) = groups.next_group()? {
        for (sequence, bytes) in group.records() {
            if sequence <= engine.sequence() || sequence > through {
                continue;
            }
            // Unreadable ones stop the replay here; the hash tells.
            let Ok(record) = read_record(sequence, bytes) else { return Ok(()) };
            events.clear();
            engine.apply(&record, &mut events);
        }
    }
    Ok(())
}

fn of_totals(totals: &[AssetTotals]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for total in totals {
        if total.sum != 0 {
            findings.push(Finding::Sum { asset: total.asset, sum: total.sum });
        }
        let (held, needed) = (total.held_for_orders + total.held_besides, total.open_orders + total.holds);
        if held != needed || total.held_besides != total.holds {
            findings.push(Finding::Held { asset: total.asset, held, needed });
        }
    }
    findings
}
