//! Looks for commands in the journal by their identities: after a long outage the engine has forgotten what it answered,
//! and nothing may be done twice.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use doorward_domain::market::codec::read_record;
use doorward_domain::market::command::{CommandId, Record};
use doorward_journal::{Folder, Groups as _, read};

use super::follower::engine_at_most;
use super::{Answered, MatchingRefused};

/// What was answered to those of these commands that stand in the journal behind `after`, up to `tail`. Blocks.
///
/// A record tells what was asked and not what was answered, so that the state before the first one found is made anew.
pub(crate) fn find_answers(
    folder: &Path,
    wanted: &BTreeSet<CommandId>,
    after: u64,
    tail: u64,
) -> Result<BTreeMap<CommandId, Answered>, MatchingRefused> {
    // What was archived meanwhile is searched, too.
    let disk = Folder::look_whole(folder);
    let mut found = BTreeMap::new();
    if wanted.is_empty() || after >= tail {
        return Ok(found);
    }
    let mut places = BTreeSet::new();
    let mut seen = BTreeSet::new();
    each_record(&disk, after + 1, tail, |record| {
        if let Some(id) = record.id.filter(|id| wanted.contains(id))
            && seen.insert(id)
        {
            places.insert(record.sequence);
        }
    })?;
    let (Some(first), Some(last)) = (places.first().copied(), places.last().copied()) else {
        return Ok(found);
    };
    let mut engine = engine_at_most(&disk, first - 1)?;
    let mut events = Vec::new();
    each_record(&disk, engine.sequence() + 1, last, |record| {
        events.clear();
        let answer = engine.apply(record, &mut events);
        if let Some(id) = record.id.filter(|_| places.contains(&record.sequence)) {
            found.insert(id, Answered { answer, sequence: record.sequence, at: record.at });
        }
    })?;
    Ok(found)
}

fn each_record(
    disk: &Folder,
    from: u64,
    to: u64,
    mut look: impl FnMut(&Record),
) -> Result<(), MatchingRefused> {
    let mut groups = read(disk, from, to)?;
    while let Some(group) = groups.next_group()? {
        for (sequence, bytes) in group.records().filter(|(sequence, _)| (from..=to).contains(sequence)) {
            let record =
                read_record(sequence, bytes).map_err(|_| MatchingRefused::Unreadable { sequence })?;
            look(&record);
        }
    }
    Ok(())
}
