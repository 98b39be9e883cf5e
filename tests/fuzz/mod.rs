//! Replays the corpora of the fuzz targets, and as many variations of each case as there is time for, always the same.

#[allow(unsafe_code)] // the C entries are called as C calls them
mod harness;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A target stops varying after so many seconds, 2 unless `FUZZ_SECONDS` says more: a slow machine tries less, and every
/// case of the corpus is tried.
fn time() -> Duration {
    Duration::from_secs(number("FUZZ_SECONDS").unwrap_or(2))
}

/// So often each case is varied, unless a time is asked for.
const VARIATIONS: u64 = 300;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// What tends to matter to a parser.
const TOKENS: [&[u8]; 16] = [
    b"",
    b"\0",
    b"\"",
    b"'",
    b"<",
    b"/>",
    b"=",
    b"-",
    b"1e400",
    b"NaN",
    b"4294967296",
    b"XFD1048576",
    b"\xff\xff\xff\xff",
    b"\n",
    b"{",
    b"99999999999999999999999999999",
];

/// Numbers from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound.max(1) as u64) as usize
    }
}

fn varied(case: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = case.to_vec();
    for _ in 0..=dice.below(3) {
        let at = dice.below(bytes.len());
        match dice.below(5) {
            _ if bytes.is_empty() => bytes.push(0),
            0 => bytes[at] ^= 1 << dice.below(8),
            1 => bytes.truncate(at),
            2 => drop(bytes.drain(at..(at + 1 + dice.below(8)).min(bytes.len()))),
            3 => {
                let piece: Vec<u8> = bytes[at..(at + 1 + dice.below(40)).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => drop(bytes.splice(at..at, TOKENS[dice.below(TOKENS.len())].iter().copied())),
        }
    }
    bytes
}

fn cases(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
    let mut cases: Vec<PathBuf> =
        fs::read_dir(folder).expect("a corpus").map(|entry| entry.expect("an entry").path()).collect();
    cases.sort();
    assert!(!cases.is_empty(), "the corpus of {target} is empty");
    cases
}

#[allow(clippy::print_stdout)] // shown by --nocapture, for a run of its own
fn replay(target: &str) {
    let (_, harness) = harness::ALL.iter().find(|(name, _)| *name == target).expect("a harness");
    let cases: Vec<Vec<u8>> = cases(target).iter().map(|case| fs::read(case).expect("a case")).collect();
    cases.iter().for_each(|case| harness(case));
    let (began, mut dice) = (Instant::now(), Dice(number("FUZZ_SEED").unwrap_or(7)));
    let variations = if number("FUZZ_SECONDS").is_some() { u64::MAX } else { VARIATIONS };
    let mut tried = 0_u64;
    for case in (0..variations).flat_map(|_| &cases) {
        if began.elapsed() > time() {
            break;
        }
        harness(&varied(case, &mut dice));
        tried += 1;
    }
    println!("{target}: {tried} variations of {} cases", cases.len());
}

#[test]
fn no_bytes_of_a_workbook_crash_anything() {
    replay("workbook");
}

#[test]
fn no_part_behind_good_checksums_crashes_anything() {
    replay("part");
}

#[test]
fn no_text_of_a_cell_invents_a_price_or_harms_another_row() {
    replay("cell");
}

#[test]
fn no_config_text_crashes_anything() {
    replay("config");
}

#[test]
fn no_bytes_of_a_client_keep_the_next_from_being_answered() {
    replay("control");
    harness::end();
}

#[test]
fn no_bytes_of_a_journal_crash_anything() {
    replay("journal");
}

#[test]
fn no_arguments_of_c_crash_anything() {
    replay("c_abi");
}
