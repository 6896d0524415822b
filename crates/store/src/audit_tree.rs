//! The Merkle tree over the record: entries get their places in it, its hashes are kept in tiles, and what is needed
//! for a proof is read from them.
//!
//! An entry is written in the transaction that makes it true, without a place. Places are given afterwards by one
//! sequencer at a time, which holds the tree's only row: writes at the door wait for nothing, and since it takes what
//! has committed and has no place yet, whatever its number, no committed entry is left out however commits overtake
//! numbers.

use doorward_domain::audit_leaf::{Leaf, commit};
use doorward_domain::audit_tile::{TileEdge, TileKey, Tiles, hashes_of};
use doorward_domain::id::AccountId;
use doorward_domain::merkle::Hash;
use doorward_domain::time::Timestamp;

use crate::db::{self, Db, Source, Tx};
use crate::fault::StoreFault;
use crate::row::{record, unreadable, values};

const APPENDING: &str = "giving audit entries their places";
const READING: &str = "reading the tree of the record";

record! {
    /// The tree at a glance.
    pub struct Tree {
        /// Entries that have a place.
        pub size: i64,
        /// When the next checkpoint is to leave.
        pub due_at: Timestamp,
        /// When the last one was delivered.
        pub delivered_at: Option<Timestamp>,
        /// Over how many entries.
        pub delivered_size: Option<i64>,
    }
}

const FIND_TREE: &str = "SELECT size, due_at, delivered_at, delivered_size FROM audit_tree WHERE id = 1";

/// The tree at a glance.
pub async fn find_tree(source: impl Into<Source<'_>>) -> Result<Tree, StoreFault> {
    db::one(source.into(), READING, FIND_TREE, values![]).await
}

const COUNT_WAITING: &str = "SELECT CAST(COUNT(*) AS BIGINT) AS entries FROM \
    (SELECT 1 AS one FROM audit WHERE leaf IS NULL LIMIT $1) AS counted";

/// Entries without a place; stops counting at `limit`.
pub async fn count_waiting(source: impl Into<Source<'_>>, limit: i64) -> Result<i64, StoreFault> {
    db::one::<(i64,)>(source.into(), READING, COUNT_WAITING, values![limit]).await.map(|(entries,)| entries)
}

/// Number, account, address and sealed detail of an entry that nothing binds yet.
type Unbound = (i64, Option<AccountId>, Option<String>, Option<Vec<u8>>);

const LIST_UNBOUND: &str = "SELECT seq, account_id, network, sealed FROM audit \
    WHERE leaf IS NULL AND commitment IS NULL ORDER BY seq LIMIT $1";
const BIND: &str =
    "UPDATE audit SET salt = $2, commitment = $3 WHERE seq = $1 AND leaf IS NULL AND commitment IS NULL";

/// Binds entries that were written before there was a tree, each with one of the salts; says how many there were.
pub async fn bind_old_entries(tx: &mut Tx, salts: &[[u8; 16]]) -> Result<usize, StoreFault> {
    const DOING: &str = "binding older audit entries";
    let limit = i64::try_from(salts.len()).unwrap_or(i64::MAX);
    let old: Vec<Unbound> = db::list((&mut *tx).into(), DOING, LIST_UNBOUND, values![limit]).await?;
    for ((seq, account, network, sealed), salt) in old.iter().zip(salts) {
        let commitment = commit(salt, *account, network.as_deref(), sealed.as_deref());
        db::change(tx, DOING, BIND, values![*seq, salt, &commitment]).await?;
    }
    Ok(old.len())
}

const HOLD_TREE: &str = "UPDATE audit_tree SET size = size WHERE id = 1 RETURNING size";
const GIVE_PLACES: &str = "UPDATE audit SET leaf = $1 + place FROM \
    (SELECT waiting, ROW_NUMBER() OVER (ORDER BY waiting) - 1 AS place FROM \
        (SELECT seq AS waiting FROM audit WHERE leaf IS NULL AND commitment IS NOT NULL ORDER BY seq LIMIT $2) AS tried) \
    AS counted WHERE seq = waiting RETURNING leaf, seq, at, kind, stated, commitment";
const KEEP_TILE: &str = "INSERT INTO audit_tile (level, number, hashes) VALUES ($1, $2, $3) \
    ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes";
const GROW: &str = "UPDATE audit_tree SET size = $1 WHERE id = 1";

/// Place, number, time, kind, statement and commitment of an entry that has just got its place.
type Placed = (i64, i64, Timestamp, String, Option<String>, [u8; 32]);

/// What came of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Entries that got a place.
    pub appended: usize,
    /// Entries in the tree now.
    pub size: i64,
}

/// Gives entries without a place theirs, at most `limit` in one write, and keeps the tiles that this touches.
pub async fn append_waiting(db: &Db, limit: i64) -> Result<Appended, StoreFault> {
    db.write_again(APPENDING, move |tx| Box::pin(append(tx, limit))).await
}

async fn append(tx: &mut Tx, limit: i64) -> Result<Appended, StoreFault> {
    // Another node's sequencer waits here and then sees what this one has done.
    let (size,): (i64,) = db::one((&mut *tx).into(), APPENDING, HOLD_TREE, values![]).await?;
    let mut placed: Vec<Placed> =
        db::list((&mut *tx).into(), APPENDING, GIVE_PLACES, values![size, limit]).await?;
    if placed.is_empty() {
        return Ok(Appended { appended: 0, size });
    }
    placed.sort_unstable_by_key(|(leaf, ..)| *leaf);
    let mut tiles = Tiles::default();
    let wanted = TileEdge::keys(size.unsigned_abs());
    read_tiles((&mut *tx).into(), &mut tiles, &wanted).await?;
    let torn = || StoreFault::database(APPENDING, unreadable("a tree whose edge is not whole"));
    let mut edge = TileEdge::restore(size.unsigned_abs(), tiles.into_tiles()).ok_or_else(torn)?;
    for (_, seq, at, kind, stated, commitment) in &placed {
        let stated = stated.as_deref().unwrap_or_default();
        edge.append(Leaf { seq: *seq, at: *at, kind, stated, commitment }.hash());
    }
    let grown = i64::try_from(edge.size()).unwrap_or(i64::MAX);
    for (key, hashes) in edge.changed() {
        let number = i64::try_from(key.number).unwrap_or(i64::MAX);
        db::change(tx, APPENDING, KEEP_TILE, values![key.level, number, &hashes]).await?;
    }
    db::change(tx, APPENDING, GROW, values![grown]).await?;
    Ok(Appended { appended: placed.len(), size: grown })
}

const FIND_TILE: &str = "SELECT hashes FROM audit_tile WHERE level = $1 AND number = $2";

async fn read_tiles(mut source: Source<'_>, tiles: &mut Tiles, wanted: &[TileKey]) -> Result<(), StoreFault> {
    for key in wanted {
        let number = i64::try_from(key.number).unwrap_or(i64::MAX);
        let from = match &mut source {
            Source::Db(db) => Source::Db(db),
            Source::Tx(tx) => Source::Tx(tx),
        };
        let found: Option<(Vec<u8>,)> =
            db::find(from, READING, FIND_TILE, values![key.level, number]).await?;
        let hashes = found.and_then(|(bytes,)| hashes_of(&bytes));
        let torn = || StoreFault::database(READING, unreadable("a tree without one of its tiles"));
        tiles.insert(*key, hashes.ok_or_else(torn)?);
    }
    Ok(())
}

/// Tiles kept while many things are proved; beyond that they are read anew.
const TILES_AT_HAND: usize = 2_048;

/// Works out something from tiles, reading those that are missing until none is. A tile at the edge holds more later,
/// never other hashes, so that tiles at hand are good for every size that was reached when they were read.
pub async fn from_tiles<T>(
    db: &Db,
    tiles: &mut Tiles,
    work: impl Fn(&Tiles) -> Result<T, TileKey>,
) -> Result<T, StoreFault> {
    if tiles.len() > TILES_AT_HAND {
        *tiles = Tiles::default();
    }
    let mut read_last = None;
    loop {
        match work(tiles) {
            Ok(done) => return Ok(done),
            // Read a moment ago and still not enough: the tile is shorter than the tree says.
            Err(key) if read_last == Some(key) => {
                return Err(StoreFault::database(READING, unreadable("a tile that is too short")));
            }
            Err(key) => {
                read_tiles(db.into(), tiles, &[key]).await?;
                read_last = Some(key);
            }
        }
    }
}

// Both give the rows of a range as one text: a row for itself takes longer to hand over than to hash.
const PACK_SQLITE: &str = "SELECT group_concat(leaf || '|' || seq || '|' || at || '|' || kind || '|' || \
    coalesce(stated, '') || '|' || coalesce(hex(commitment), '') || '|' || coalesce(hex(salt), '') || '|' || \
    coalesce(hex(account_id), '') || '|' || coalesce(network, '') || '|' || coalesce(hex(sealed), '') || '|' || \
    coalesce(erased_by, ''), char(10)) AS packed FROM audit WHERE leaf >= $1 AND leaf < $2";
const PACK_POSTGRES: &str = "SELECT string_agg(leaf || '|' || seq || '|' || at || '|' || kind || '|' || \
    coalesce(stated, '') || '|' || coalesce(encode(commitment, 'hex'), '') || '|' || \
    coalesce(encode(salt, 'hex'), '') || '|' || coalesce(encode(uuid_send(account_id), 'hex'), '') || '|' || \
    coalesce(network, '') || '|' || coalesce(encode(sealed, 'hex'), '') || '|' || \
    coalesce(CAST(erased_by AS TEXT), ''), chr(10)) AS packed FROM audit WHERE leaf >= $1 AND leaf < $2";
const LIST_LEAF_TILES: &str =
    "SELECT number, hashes FROM audit_tile WHERE level = $1 AND number >= $2 AND number < $3 ORDER BY number";

/// The rows from leaf `first` to before `end` as one text, as `doorward_domain::audit_check` reads it.
pub async fn pack_entries(db: &Db, first: i64, end: i64) -> Result<String, StoreFault> {
    let sql = match db {
        Db::Sqlite { .. } => PACK_SQLITE,
        Db::Postgres(_) => PACK_POSTGRES,
    };
    let (packed,): (Option<String>,) = db::one(db.into(), READING, sql, values![first, end]).await?;
    Ok(packed.unwrap_or_default())
}

/// The tiles of one level from number `first` to before `end`; what is missing or torn is left out.
pub async fn list_tiles(
    db: &Db,
    level: u32,
    first: i64,
    end: i64,
) -> Result<Vec<(i64, Vec<Hash>)>, StoreFault> {
    let rows: Vec<(i64, Vec<u8>)> =
        db::list(db.into(), READING, LIST_LEAF_TILES, values![level, first, end]).await?;
    Ok(rows.into_iter().filter_map(|(number, bytes)| Some((number, hashes_of(&bytes)?))).collect())
}

const NEXT_SURPLUS: &str = "SELECT leaf, seq FROM audit WHERE leaf >= $1 ORDER BY leaf LIMIT $2";

/// Entries that claim places beyond the size of the tree: place and number.
pub async fn list_surplus(db: &Db, size: i64, limit: i64) -> Result<Vec<(i64, i64)>, StoreFault> {
    db::list(db.into(), READING, NEXT_SURPLUS, values![size, limit]).await
}

const CLAIM_CHECKPOINT: &str = "UPDATE audit_tree SET due_at = $2 WHERE id = 1 AND due_at <= $1";

/// Takes the next checkpoint on, so that no other node sends it too; false when it is not due. Unless it is noted as
/// delivered it is due again at `again_at`.
pub async fn claim_checkpoint(tx: &mut Tx, now: Timestamp, again_at: Timestamp) -> Result<bool, StoreFault> {
    db::change_one(tx, "taking a checkpoint on", CLAIM_CHECKPOINT, values![now, again_at]).await
}

const NOTE_DELIVERED: &str =
    "UPDATE audit_tree SET due_at = $1, delivered_at = $2, delivered_size = $3 WHERE id = 1";

/// Notes a delivered checkpoint, and when the next one is due.
pub async fn note_delivered(
    tx: &mut Tx,
    size: i64,
    next_due_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreFault> {
    db::change(tx, "noting a delivered checkpoint", NOTE_DELIVERED, values![next_due_at, now, size])
        .await
        .map(drop)
}
