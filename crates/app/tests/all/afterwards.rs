//! What must hold after a crash, whichever way it came.

use std::collections::BTreeMap;

use doorward_domain::market::codec::read_record;
use doorward_domain::market::command::{Command, CommandId, Record};
use doorward_domain::market::event::Answer;
use doorward_engine::{AssetTotals, Engine};
use doorward_journal::disk::Disk;
use doorward_journal::{Groups, read};

/// A command that was sent, and what its sender was told: the record's number, and the answer in words.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) id: CommandId,
    pub(crate) command: Option<Command>,
    pub(crate) told: Option<(u64, String)>,
}

/// Every record from the first one on.
pub(crate) fn all_records<D: Disk>(disk: &D, tail: u64) -> Vec<Record> {
    if tail == 0 {
        return Vec::new();
    }
    let (mut groups, mut records) = (read(disk, 1, tail).expect("readable"), Vec::new());
    while let Some(group) = groups.next_group().expect("whole") {
        let decoded = group.records().map(|(sequence, bytes)| read_record(sequence, bytes).expect("decodes"));
        records.extend(decoded);
    }
    assert_eq!(records.len() as u64, tail, "a restart ends behind a whole group");
    records
}

/// Holds a journal against everything that was ever sent: what was answered is there once, where and as it was told, nobody
/// else's is there, what came again did nothing, and sums are zero. Gives the engine behind the last record.
pub(crate) fn check(records: &[Record], sent: &[Sent]) -> Engine {
    let (mut engine, mut events) = (Engine::new(), Vec::new());
    let by_id: BTreeMap<CommandId, &Sent> = sent.iter().map(|sent| (sent.id, sent)).collect();
    let mut first_answers = BTreeMap::<CommandId, Answer>::new();
    let mut answers = Vec::new();
    for record in records {
        events.clear();
        let answer = engine.apply(record, &mut events);
        answers.push(answer);
        let Some(id) = record.id else { continue };
        let asked =
            by_id.get(&id).unwrap_or_else(|| panic!("nobody sent {id:?} of record {}", record.sequence));
        if let Some(command) = asked.command {
            assert_eq!(record.command, command, "record {}", record.sequence);
        }
        if let Some(first) = first_answers.get(&id) {
            assert_eq!((answer, events.len()), (*first, 0), "record {} was done before", record.sequence);
        } else {
            first_answers.insert(id, answer);
        }
    }
    for sent in sent {
        let Some((sequence, answer)) = &sent.told else { continue };
        let at = usize::try_from(*sequence).expect("small") - 1;
        let record = records.get(at).unwrap_or_else(|| panic!("record {sequence} was answered and is gone"));
        assert_eq!(record.id, Some(sent.id), "record {sequence}");
        assert_eq!(&format!("{:?}", answers[at]), answer, "record {sequence}");
    }
    assert_eq!(engine.audit(), Ok(()));
    assert!(engine.totals().iter().all(AssetTotals::agree), "{:?}", engine.totals());
    engine
}
