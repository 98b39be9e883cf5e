//! The compound file around an .xls ([MS-CFB]), as far as its parser follows it without looking where that leads.
//!
//! The file's sectors are chained by a table (the FAT). In a chain that comes back to itself the parser would copy sectors
//! until no memory is left, so such a file goes no further than this.

use super::error::Problem;

/// Chains end here ([MS-CFB] 2.1).
const RESERVED: u32 = 0xFFFF_FFFA;
const NO_FAT: u32 = 0xFFFF_FFFC;

/// Streams shorter than this are kept in sectors of 64 bytes, in a stream of their own.
const MINI_STREAM: u64 = 4096;
const MINI_SECTOR: usize = 64;

/// An entry of the directory.
const ENTRY: usize = 128;

/// Sectors and which comes after which.
struct Chains<'a> {
    sectors: &'a [u8],
    size: usize,
    next: Vec<u32>,
}

/// The streams in which an .xls has its records: `Workbook`, in old ones `Book`. None where the file is no compound file
/// that its parser would take.
pub(super) fn record_streams(bytes: &[u8]) -> Result<Vec<Vec<u8>>, Problem> {
    let size = match u16_at(bytes, 30) {
        Some(9) => 512,
        Some(12) => 4096,
        _ => return Ok(Vec::new()),
    };
    let (Some(header), Some(sectors)) = (bytes.get(..512), bytes.get(size..)) else { return Ok(Vec::new()) };
    let number = |at: usize| u32_at(header, at).unwrap_or(RESERVED);
    let chains = Chains { sectors, size, next: table(sectors, size, header, number(68))? };
    chains.end_somewhere()?;

    let directory = chains.follow(number(48), u64::MAX);
    let entries: Vec<Entry> = directory.chunks_exact(ENTRY).map(|entry| Entry::of(entry, size)).collect();
    let Some(root) = entries.first() else { return Ok(Vec::new()) };
    let (small, small_next) = match number(64) {
        0 => (Vec::new(), Vec::new()),
        sectors => {
            let bytes = u64::from(sectors).saturating_mul(size as u64);
            (chains.follow(root.start, root.bytes), numbers(&chains.follow(number(60), bytes)))
        }
    };
    let small = Chains { sectors: &small, size: MINI_SECTOR, next: small_next };
    small.end_somewhere()?;

    let named = |name: &str| entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name));
    let read = |entry: &Entry| {
        let chains = if entry.bytes < MINI_STREAM { &small } else { &chains };
        chains.follow(entry.start, entry.bytes)
    };
    Ok(["Workbook", "Book"].into_iter().filter_map(named).map(read).collect())
}

/// The FAT, whose own sectors are named in the header and, where they are more than 109, in a chain from `more`.
fn table(sectors: &[u8], size: usize, header: &[u8], mut more: u32) -> Result<Vec<u32>, Problem> {
    let there_are = sectors.len() / size + 1;
    let mut named = numbers(&header[76..]);
    while more < RESERVED {
        let Some(sector) = sector(sectors, size, more) else { break };
        named.extend(numbers(sector));
        more = named.pop().unwrap_or(RESERVED);
        if named.len() > there_are + size {
            return Err(damaged("it names more sectors of its table than it has"));
        }
    }
    named.retain(|id| *id < NO_FAT);
    if named.len() > there_are {
        return Err(damaged("it names more sectors of its table than it has"));
    }
    Ok(named.into_iter().filter_map(|id| sector(sectors, size, id)).flat_map(numbers).collect())
}

impl Chains<'_> {
    /// Refuses a table in which a chain comes back to itself, wherever it begins.
    fn end_somewhere(&self) -> Result<(), Problem> {
        const UNSEEN: u32 = 0;
        let mut walks = vec![UNSEEN; self.next.len()]; // by which walk each was reached first
        for (walk, begin) in (1_u32..).zip(0..self.next.len()) {
            let mut at = begin;
            while walks.get(at) == Some(&UNSEEN) {
                walks[at] = walk;
                at = self.next[at] as usize;
            }
            if walks.get(at) == Some(&walk) {
                return Err(damaged("a chain of its sectors comes back to itself"));
            }
        }
        Ok(())
    }

    /// The bytes of the chain that begins at `id`, `bytes` of them at most. It ends, because every chain of the table does.
    fn follow(&self, mut id: u32, bytes: u64) -> Vec<u8> {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        let mut chain = Vec::new();
        while chain.len() < bytes
            && let Some(sector) = sector(self.sectors, self.size, id)
        {
            chain.extend_from_slice(&sector[..sector.len().min(bytes - chain.len())]);
            let Some(next) = self.next.get(id as usize) else { break };
            id = *next;
        }
        chain
    }
}

/// A stream, as the directory describes it.
struct Entry {
    name: String,
    start: u32,
    bytes: u64,
}

impl Entry {
    fn of(entry: &[u8], sector_size: usize) -> Entry {
        let units = entry[..64].chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
        let name =
            char::decode_utf16(units.take_while(|unit| *unit != 0)).map(|unit| unit.unwrap_or('\u{FFFD}'));
        let number = |at| u32_at(entry, at).unwrap_or(RESERVED);
        let high = if sector_size == 512 { 0 } else { u64::from(number(124)) << 32 };
        Entry { name: name.collect(), start: number(116), bytes: high | u64::from(number(120)) }
    }
}

/// The last one of a file may be cut short.
fn sector(sectors: &[u8], size: usize, id: u32) -> Option<&[u8]> {
    let begin = (id as usize).checked_mul(size)?;
    let rest = sectors.get(begin..).filter(|rest| !rest.is_empty())?;
    Some(rest.get(..size).unwrap_or(rest))
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect()
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

fn damaged(what: &str) -> Problem {
    Problem::Damaged(what.to_string())
}
