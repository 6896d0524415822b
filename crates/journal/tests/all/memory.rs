//! A disk in memory that loses power: what was not synced survives sector by sector, or not.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use doorward_journal::disk::{Disk, DiskFile};

use crate::commands::Random;

const SECTOR: usize = 512;

#[derive(Default, Clone)]
struct Data {
    durable: Vec<u8>,
    current: Vec<u8>,
    /// Writes since the last sync.
    pending: Vec<(usize, Vec<u8>)>,
}

#[derive(Clone)]
enum Entry {
    Name(String, usize),
    Gone(String),
}

#[derive(Default)]
struct State {
    files: Vec<Data>,
    durable: BTreeMap<String, usize>,
    current: BTreeMap<String, usize>,
    /// Changes of entries since the folder was synced.
    pending: Vec<Vec<Entry>>,
    /// Writes, syncs and changes of entries so far.
    steps: u64,
    /// At this step, and from then on, everything fails.
    power_until: u64,
    /// At this step alone something fails.
    fails_at: u64,
    looked: Looked,
    /// Told once when power is lost.
    when_power_goes: Option<Box<dyn FnOnce() + Send>>,
}

/// What was asked of it so far.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Looked {
    pub(crate) bytes: u64,
    pub(crate) written: u64,
    pub(crate) listings: u64,
}

fn put(bytes: &mut Vec<u8>, at: usize, written: &[u8]) {
    bytes.resize(bytes.len().max(at + written.len()), 0);
    bytes[at..at + written.len()].copy_from_slice(written);
}

impl State {
    fn step(&mut self) -> io::Result<()> {
        self.steps += 1;
        if self.steps >= self.power_until
            && let Some(tell) = self.when_power_goes.take()
        {
            tell();
        }
        if self.steps >= self.power_until || self.steps == self.fails_at {
            return Err(io::Error::other("the disk is gone"));
        }
        Ok(())
    }

    fn enter(&mut self, change: Vec<Entry>) {
        for entry in &change {
            apply(&mut self.current, entry);
        }
        self.pending.push(change);
    }
}

fn apply(entries: &mut BTreeMap<String, usize>, entry: &Entry) {
    match entry {
        Entry::Name(name, file) => drop(entries.insert(name.clone(), *file)),
        Entry::Gone(name) => drop(entries.remove(name)),
    }
}

/// The disk.
#[derive(Clone)]
pub(crate) struct Memory(Arc<Mutex<State>>);

impl Memory {
    pub(crate) fn new() -> Self {
        let state = State { power_until: u64::MAX, ..State::default() };
        Self(Arc::new(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nobody panics with it")
    }

    pub(crate) fn steps(&self) -> u64 {
        self.state().steps
    }

    /// What was read and written since this was asked last.
    pub(crate) fn looked(&self) -> Looked {
        std::mem::take(&mut self.state().looked)
    }

    /// Loses power at this step.
    pub(crate) fn power_until(&self, step: u64) {
        self.state().power_until = step;
    }

    /// Tells somebody of it, at that moment.
    #[allow(dead_code, reason = "for the sequencer's tests, which share this disk")]
    pub(crate) fn when_power_goes(&self, tell: impl FnOnce() + Send + 'static) {
        let former = self.state().when_power_goes.replace(Box::new(tell));
        drop(former);
    }

    /// Fails once, after so many more steps.
    pub(crate) fn fail_in(&self, steps: u64) {
        let mut state = self.state();
        state.fails_at = state.steps + steps;
    }

    /// What is left when power comes back: entries up to some change, and of each unsynced write some sectors.
    pub(crate) fn after_crash(&self, random: &mut Random) -> Self {
        let state = self.state();
        let mut entries = state.durable.clone();
        let lasted = random.below(state.pending.len() as u64 + 1) as usize;
        state.pending.iter().take(lasted).flatten().for_each(|entry| apply(&mut entries, entry));
        let files = state.files.iter().map(|data| {
            let mut bytes = data.durable.clone();
            for (at, written) in &data.pending {
                for (index, sector) in written.chunks(SECTOR).enumerate() {
                    if random.below(2) == 0 {
                        put(&mut bytes, at + index * SECTOR, sector);
                    }
                }
            }
            Data { durable: bytes.clone(), current: bytes, pending: Vec::new() }
        });
        let files = files.collect();
        let state = State {
            files,
            durable: entries.clone(),
            current: entries,
            power_until: u64::MAX,
            ..State::default()
        };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Changes bytes behind everybody's back.
    pub(crate) fn change(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.state();
        let file = state.current[name];
        change(&mut state.files[file].current);
        state.files[file].durable = state.files[file].current.clone();
    }
}

impl Disk for Memory {
    type File = Opened;

    fn list(&self) -> io::Result<Vec<String>> {
        let mut state = self.state();
        state.looked.listings += 1;
        Ok(state.current.keys().cloned().collect())
    }

    fn create(&self, name: &str) -> io::Result<Opened> {
        let mut state = self.state();
        state.step()?;
        let file = state.files.len();
        state.files.push(Data::default());
        state.enter(vec![Entry::Name(name.to_owned(), file)]);
        Ok(Opened { disk: self.clone(), file })
    }

    fn open(&self, name: &str) -> io::Result<Opened> {
        let file = *self.state().current.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Opened { disk: self.clone(), file })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        let file = *state.current.get(from).ok_or(io::ErrorKind::NotFound)?;
        state.enter(vec![Entry::Gone(from.to_owned()), Entry::Name(to.to_owned(), file)]);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        state.enter(vec![Entry::Gone(name.to_owned())]);
        Ok(())
    }

    fn archive(&self, name: &str) -> io::Result<()> {
        self.rename(name, &format!("archive/{name}"))?;
        self.sync()
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        state.durable = state.current.clone();
        state.pending.clear();
        Ok(())
    }
}

/// A file of it.
pub(crate) struct Opened {
    disk: Memory,
    file: usize,
}

impl DiskFile for Opened {
    fn size(&self) -> io::Result<u64> {
        Ok(self.disk.state().files[self.file].current.len() as u64)
    }

    fn read_at(&self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        let mut state = self.disk.state();
        state.looked.bytes += bytes.len() as u64;
        let current = &state.files[self.file].current;
        let at = usize::try_from(at).map_err(io::Error::other)?;
        let found = current.get(at..at + bytes.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        bytes.copy_from_slice(found);
        Ok(())
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.disk.state();
        let at = usize::try_from(at).map_err(io::Error::other)?;
        let stepped = state.step();
        state.looked.written += bytes.len() as u64;
        // Even a write that fails may have reached the disk in part.
        let data = &mut state.files[self.file];
        data.pending.push((at, bytes.to_vec()));
        put(&mut data.current, at, bytes);
        stepped
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.state();
        let stepped = state.step();
        let has_power = state.steps < state.power_until;
        let data = &mut state.files[self.file];
        if stepped.is_ok() {
            data.durable = data.current.clone();
        }
        // As Linux does: what a sync failed to write counts as written, and the next sync knows nothing of it.
        if has_power {
            data.pending.clear();
        }
        stepped
    }
}
