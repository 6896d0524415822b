//! Replays a check over its seeds, what libFuzzer found, and mutations of both. The same inputs each time.

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

/// Bytes that parsers trip over.
const SPICES: &[&[u8]] = &[
    b"\0",
    b"\n",
    b"\r\n",
    b"%00",
    b"%2F",
    b"%",
    b"//",
    b"\\",
    b"..",
    b"@",
    b"+",
    b"=",
    b"&",
    b";",
    b",",
    b"~",
    b"\xff",
    b"\xc3",
    "\u{202e}".as_bytes(),
    "\u{ff0f}".as_bytes(),
    "\u{212a}".as_bytes(),
    "\u{0130}".as_bytes(),
    "\u{fb01}".as_bytes(),
    "\u{200b}".as_bytes(),
    "\u{1f600}".as_bytes(),
    "a\u{308}".as_bytes(),
];

/// Runs `check` over everything; `rounds` mutations.
pub(crate) fn replay(target: &str, rounds: usize, check: fn(&[u8])) {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let mut inputs = vec![Vec::new()];
    for folder in ["seeds", "corpus"] {
        // Only the seeds are kept; a corpus is there after `make fuzz`.
        let Ok(entries) = fs::read_dir(fuzz.join(folder).join(target)) else { continue };
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
        paths.sort();
        inputs.extend(paths.iter().map(|path| fs::read(path).expect("a readable file")));
    }
    assert!(inputs.len() > 3, "fuzz/seeds/{target} is missing");
    let mut random = Random(0x0d00_4a2d);
    for round in 0..inputs.len() + rounds {
        let input = match inputs.get(round) {
            Some(input) => input.clone(),
            None => mutated(&inputs, &mut random),
        };
        assert!(
            catch_unwind(|| check(&input)).is_ok(),
            "{target} does not hold for {:?}",
            input.escape_ascii().to_string()
        );
    }
}

fn mutated(inputs: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut input = inputs[random.below(inputs.len())].clone();
    for _ in 0..=random.below(4) {
        let at = random.below(input.len() + 1);
        match random.below(7) {
            0 if at < input.len() => input[at] ^= 1 << random.below(8),
            1 if at < input.len() => drop(input.remove(at)),
            2 => input.insert(at, random.byte()),
            3 => drop(input.splice(at..at, SPICES[random.below(SPICES.len())].iter().copied())),
            4 => input.truncate(at),
            5 => input.extend_from_slice(&inputs[random.below(inputs.len())]),
            _ => {
                let again: Vec<u8> = input[..at].to_vec();
                input.splice(at..at, again);
            }
        }
    }
    input
}

/// SplitMix64: enough to vary inputs, the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit.max(1)).expect("a small number"))
            .expect("a small number")
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }
}
