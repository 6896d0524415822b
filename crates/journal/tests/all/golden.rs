//! A journal that an earlier release wrote: whoever changes what it replays to has changed the rules.
//!
//! A release that adds a set of rules adds a folder here, and never touches the ones that are there. The writer below made
//! this one: `DOORWARD_WRITE_GOLDEN=<folder> cargo test -p doorward-journal golden`.

use std::path::Path;

use doorward_domain::market::event::Event;
use doorward_engine::Engine;
use doorward_journal::{Folder, Journal, RecordLog};

use crate::commands::Flow;
use crate::{ID, SMALL, group, records};

const RECORDS: u64 = 1_500;
const STATE_HASH: &str = "2c14587416cf9e5c9ccecf0223f4331114fed1adbfaf29199987e4a59ff4753e";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_golden_journal_of_the_first_rules_replays_to_its_state() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/1");
    let records = records(&Folder::look(&golden), 1, RECORDS).expect("whole");
    assert_eq!(records.len() as u64, RECORDS);
    let (mut engine, mut events) = (Engine::new(), Vec::new());
    for record in &records {
        engine.apply(record, &mut events);
    }
    assert_eq!(engine.audit(), Ok(()));
    let trades = events.iter().filter(|event| matches!(event, Event::Traded { .. })).count();
    let open = engine.open_orders().count();
    assert!(trades > 100 && open > 5, "{trades} trades and {open} open orders say too little");
    assert_eq!(hex(&engine.state_hash()), STATE_HASH);
}

#[test]
fn what_writes_a_golden_journal_writes_one_that_is_read() {
    let home = tempfile::tempdir().expect("a folder");
    let wanted = std::env::var_os("DOORWARD_WRITE_GOLDEN");
    let path = wanted.as_ref().map_or(home.path(), |path| Path::new(path));
    let mut journal = Journal::open(Folder::lock(path).expect("free"), SMALL, 0, ID).expect("new").journal;
    let mut flow = Flow::new(2026);
    while journal.tail() < RECORDS {
        let tail = journal.tail();
        journal.append(&mut group(&flow.take(10)), tail).expect("room");
    }
    journal.write_mark().expect("room");
    let records = records(journal.disk(), 1, RECORDS).expect("whole");
    assert_eq!(records, Flow::new(2026).take(RECORDS as usize));
}
