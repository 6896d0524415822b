//! Holding the audit log against its tree: what was changed, removed, moved or put in (entry rules 9).
//!
//! Pure over what was read. A batch of rows arrives as one text, a line for each, because a million rows that arrive
//! one by one take longer to hand over than to hash.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER_PERMISSIVE;

use crate::audit::AuditKind;
use crate::audit_leaf::{Leaf, commit_parts, erasure_statement};
use crate::merkle::Hash;
use crate::time::Timestamp;

/// Findings that are told one by one; beyond that they are only counted.
const FINDINGS: usize = 100;

/// Something in the log that does not fit its tree, or a tree that does not fit a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The entry at this place is not the one that was appended there.
    Changed {
        /// Its place in the tree.
        leaf: u64,
        /// The number that it bears now.
        seq: i64,
    },
    /// An entry stands at another place than the one that it was appended at.
    Moved {
        /// Where it stands.
        leaf: u64,
        /// Where it was appended.
        from: u64,
    },
    /// No entry stands at this place.
    Missing {
        /// Its place in the tree.
        leaf: u64,
    },
    /// The hashes that are kept of the tree at this place are missing or do not follow from those below.
    Tree {
        /// The first place that is affected.
        leaf: u64,
    },
    /// The personal part of entries was taken away under the name of an erasure that does not account for them.
    Erased {
        /// The number of the entry that should record the erasure.
        by: i64,
        /// How many entries name it.
        entries: u64,
    },
    /// The log is shorter than a checkpoint that was signed.
    Truncated {
        /// Entries in the log.
        size: u64,
        /// Entries at the checkpoint.
        checkpoint: u64,
    },
    /// The entries up to the checkpoint are not those that it was signed over.
    Forked {
        /// Entries at the checkpoint.
        checkpoint: u64,
    },
}

/// Findings, the first of them in full.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// The first ones.
    pub told: Vec<Finding>,
    /// All of them.
    pub count: u64,
}

impl Findings {
    /// Adds one.
    pub fn add(&mut self, finding: Finding) {
        self.count += 1;
        if self.told.len() < FINDINGS {
            self.told.push(finding);
        }
    }

    /// Adds those of a part.
    pub fn extend(&mut self, other: Self) {
        self.count += other.count;
        let room = FINDINGS - self.told.len();
        self.told.extend(other.told.into_iter().take(room));
    }
}

/// One row as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    seq: i64,
    at: i64,
    commitment: Hash,
    /// Absent once erased.
    salt: Option<Vec<u8>>,
    account: Option<Vec<u8>>,
    sealed: Option<Vec<u8>>,
    erased_by: Option<i64>,
}

/// What a batch of rows showed.
#[derive(Debug, Clone, Default)]
pub struct BatchChecked {
    /// The hash of each leaf as it follows from its row; where there is none, as the tree has it.
    pub leaves: Vec<Hash>,
    /// What does not fit.
    pub findings: Findings,
    /// Rows whose personal part was erased: by which entry, and which.
    pub erased: Vec<(i64, i64)>,
    /// Entries that record an erasure: number and statement.
    pub erasures: Vec<(i64, String)>,
}

/// Checks the rows of the leaves from `first` to `first` plus the number of `kept` hashes.
///
/// Each line of `packed` has eleven fields between bars: leaf, number, time, kind, statement, commitment, salt, account,
/// address, sealed, erased by; bytes in hexadecimal, what is absent empty. A line that is anything else is no entry.
pub fn check_batch(first: u64, kept: &[Hash], packed: &str) -> BatchChecked {
    let mut checked = BatchChecked { leaves: kept.to_vec(), ..BatchChecked::default() };
    let (mut seen, mut buffer) = (vec![false; kept.len()], String::with_capacity(256));
    let mut wrong: Vec<(usize, i64, Hash)> = Vec::new();
    for line in packed.split('\n') {
        let fields: Vec<&str> = line.split('|').collect();
        let Some(leaf) = fields.first().and_then(|leaf| leaf.parse::<u64>().ok()) else { continue };
        let Some(at) =
            leaf.checked_sub(first).and_then(|at| usize::try_from(at).ok()).filter(|at| *at < kept.len())
        else {
            continue;
        };
        seen[at] = true;
        let hash = read(&fields).and_then(|(row, kind, stated, network)| {
            let hash = hash_of(&row, kind, stated, network, &mut buffer)?;
            if let Some(by) = row.erased_by {
                checked.erased.push((by, row.seq));
            }
            if kind == AuditKind::AccountErased.name() {
                checked.erasures.push((row.seq, stated.to_owned()));
            }
            Some((row.seq, hash))
        });
        match hash {
            Some((_, hash)) if hash == kept[at] => {}
            Some((seq, hash)) => {
                checked.leaves[at] = hash;
                wrong.push((at, seq, hash));
            }
            None => {
                let seq = fields.get(1).and_then(|seq| seq.parse().ok()).unwrap_or(0);
                checked.leaves[at] = [0; 32];
                wrong.push((at, seq, [0; 32]));
            }
        }
    }
    wrong.sort_unstable_by_key(|(at, ..)| *at);
    let origin: BTreeMap<&Hash, usize> = kept.iter().zip(0..).collect();
    for (at, seq, hash) in wrong {
        let leaf = first + at as u64;
        checked.findings.add(match origin.get(&hash) {
            Some(from) => Finding::Moved { leaf, from: first + *from as u64 },
            None => Finding::Changed { leaf, seq },
        });
    }
    for (at, _) in seen.iter().enumerate().filter(|(_, seen)| !**seen) {
        checked.leaves[at] = [0; 32];
        checked.findings.add(Finding::Missing { leaf: first + at as u64 });
    }
    checked
}

/// The fields of a line; `None` when it is no entry.
fn read<'l>(fields: &[&'l str]) -> Option<(Row, &'l str, &'l str, &'l str)> {
    let [_, seq, at, kind, stated, commitment, salt, account, network, sealed, erased_by] = fields else {
        return None;
    };
    let bytes = |text: &str| match text {
        "" => Some(None),
        _ => HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok().map(Some),
    };
    let row = Row {
        seq: seq.parse().ok()?,
        at: at.parse().ok()?,
        commitment: bytes(commitment)??.try_into().ok()?,
        salt: bytes(salt)?,
        account: bytes(account)?,
        sealed: bytes(sealed)?,
        erased_by: if erased_by.is_empty() { None } else { Some(erased_by.parse().ok()?) },
    };
    Some((row, kind, stated, network))
}

/// The hash that follows from a row; `None` when its personal part does not fit its commitment.
fn hash_of(row: &Row, kind: &str, stated: &str, network: &str, buffer: &mut String) -> Option<Hash> {
    let fits = match &row.salt {
        Some(salt) => {
            row.erased_by.is_none()
                && commit_parts(salt, row.account.as_deref(), network, row.sealed.as_deref())
                    == row.commitment
        }
        // What is erased is erased whole, and by an entry of its own.
        None => {
            row.erased_by.is_some() && row.account.is_none() && network.is_empty() && row.sealed.is_none()
        }
    };
    let at = Timestamp::from_micros(row.at);
    let leaf = Leaf { seq: row.seq, at, kind, stated, commitment: &row.commitment };
    fits.then(|| leaf.hash_with(buffer))
}

/// Erasures that do not account for what was erased under their name.
pub fn check_erasures(erased: &[(i64, i64)], erasures: &[(i64, String)]) -> Findings {
    let stated: BTreeMap<i64, &str> = erasures.iter().map(|(seq, text)| (*seq, text.as_str())).collect();
    let mut by_entry: BTreeMap<i64, Vec<i64>> = stated.keys().map(|seq| (*seq, Vec::new())).collect();
    for (by, seq) in erased {
        by_entry.entry(*by).or_default().push(*seq);
    }
    let mut findings = Findings::default();
    for (by, mut seqs) in by_entry {
        seqs.sort_unstable();
        if stated.get(&by).is_none_or(|stated| *stated != erasure_statement(&seqs)) {
            findings.add(Finding::Erased { by, entries: seqs.len() as u64 });
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit_leaf::commit;
    use crate::id::AccountId;
    use data_encoding::{HEXLOWER, HEXUPPER};

    fn account() -> AccountId {
        AccountId::from_parts(Timestamp::from_seconds(1), [7; 16])
    }

    fn line(leaf: u64, kind: &str) -> String {
        let salt = [u8::try_from(leaf).expect("small"); 16];
        let commitment = commit(&salt, Some(account()), Some("192.0.2.1"), Some(b"sealed"));
        let id = account().as_uuid();
        format!(
            "{leaf}|{}|1800000000000000|{kind}||{}|{}|{}|192.0.2.1|{}|",
            leaf + 10,
            HEXLOWER.encode(&commitment),
            HEXUPPER.encode(&salt),
            HEXUPPER.encode(id.as_bytes()),
            HEXUPPER.encode(b"sealed"),
        )
    }

    fn three() -> (Vec<String>, Vec<Hash>) {
        let lines: Vec<String> = (5..8).map(|leaf| line(leaf, "entered")).collect();
        let unknown = vec![[9; 32]; 3];
        let leaves = check_batch(5, &unknown, &lines.join("\n")).leaves;
        (lines, leaves)
    }

    fn findings(lines: &[String], kept: &[Hash]) -> Vec<Finding> {
        check_batch(5, kept, &lines.join("\n")).findings.told
    }

    #[test]
    fn rows_that_are_as_they_were_show_nothing_in_any_order() {
        let (mut lines, kept) = three();
        assert_eq!(findings(&lines, &kept), []);
        lines.reverse();
        assert_eq!(findings(&lines, &kept), []);
    }

    #[test]
    fn each_edit_of_a_row_is_a_change_at_its_place() {
        let (lines, kept) = three();
        for (from, to) in [
            ("entered", "wrong-password"),
            ("180000", "180001"),
            ("192.0.2.1", "192.0.2.2"),
            ("192.0.2.1", ""),
            ("|16|", "|17|"),
            (&HEXUPPER.encode(b"sealed"), &HEXUPPER.encode(b"Sealed")),
            (&HEXUPPER.encode(account().as_uuid().as_bytes()), ""),
            ("entered||", "entered|something|"),
            ("entered||", "entered|x||"),
        ] {
            let mut edited = lines.clone();
            edited[1] = edited[1].replacen(from, to, 1);
            assert_ne!(edited, lines);
            assert!(
                matches!(findings(&edited, &kept)[..], [Finding::Changed { leaf: 6, .. }]),
                "{from} to {to}"
            );
        }
    }

    #[test]
    fn a_missing_row_and_rows_that_changed_places_are_told_apart() {
        let (lines, kept) = three();
        assert_eq!(findings(&lines[..2], &kept), [Finding::Missing { leaf: 7 }]);
        let swapped = [lines[1].replacen("6|", "5|", 1), lines[0].replacen("5|", "6|", 1), lines[2].clone()];
        let moved = [Finding::Moved { leaf: 5, from: 6 }, Finding::Moved { leaf: 6, from: 5 }];
        assert_eq!(findings(&swapped, &kept), moved);
    }

    #[test]
    fn what_is_erased_needs_an_entry_that_accounts_for_it() {
        let (mut lines, kept) = three();
        let fields: Vec<&str> = lines[0].split('|').collect();
        lines[0] = format!("{}|||||4711", fields[..6].join("|"));
        let checked = check_batch(5, &kept, &lines.join("\n"));
        assert_eq!((checked.findings.count, &checked.erased[..]), (0, &[(4711, 15)][..]));
        let stated = (4711, erasure_statement(&[15]));
        assert_eq!(check_erasures(&checked.erased, std::slice::from_ref(&stated)).count, 0);
        let unaccounted = [Finding::Erased { by: 4711, entries: 1 }];
        assert_eq!(check_erasures(&checked.erased, &[]).told, unaccounted);
        assert_eq!(check_erasures(&[(4711, 15), (4711, 16)], std::slice::from_ref(&stated)).count, 1);
        assert_eq!(check_erasures(&[], &[stated]).count, 1);

        let half = lines[1].split('|').collect::<Vec<_>>();
        let half = format!("{}||{}|{}|{}|", half[..6].join("|"), half[7], half[8], half[9]);
        lines[1] = half;
        assert!(matches!(findings(&lines, &kept)[..], [Finding::Changed { leaf: 6, .. }]));
    }
}
