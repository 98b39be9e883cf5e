//! The compound file around an .xls ([MS-CFB]), as far as its parser follows it without looking where that leads.
//!
//! The file's sectors are chained by a table (the FAT). In a chain that comes back to itself the parser would copy sectors
//! until no memory is left, so such a file goes no further than this. What does is put into a file of its own.

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

/// The stream in which an .xls has its records, whole: `Workbook`, in old ones `Book`.
pub(super) fn records(bytes: &[u8]) -> Result<Vec<u8>, Problem> {
    let none = || damaged("it is a compound file without a workbook in it");
    let size = match u16_at(bytes, 30) {
        Some(9) => 512,
        Some(12) => 4096,
        _ => return Err(none()),
    };
    let (Some(header), Some(sectors)) = (bytes.get(..512), bytes.get(size..)) else { return Err(none()) };
    let number = |at: usize| u32_at(header, at).unwrap_or(RESERVED);
    let chains = Chains { sectors, size, next: table(sectors, size, header, number(68))? };
    chains.end_somewhere()?;

    let directory = chains.follow(number(48), u64::MAX);
    let entries: Vec<Entry> = directory.chunks_exact(ENTRY).map(|entry| Entry::of(entry, size)).collect();
    let root = entries.first().ok_or_else(none)?;
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
    let entry = named("Workbook").or_else(|| named("Book")).ok_or_else(none)?;
    let chains = if entry.bytes < MINI_STREAM { &small } else { &chains };
    let stream = chains.follow(entry.start, entry.bytes);
    if (stream.len() as u64) < entry.bytes {
        return Err(Problem::Incomplete(format!("it has {} of its {} bytes", stream.len(), entry.bytes)));
    }
    Ok(stream)
}

/// A compound file with nothing but a stream `Workbook`, made of large sectors: its table is named in the header alone.
pub(super) fn of_records(mut stream: Vec<u8>) -> Vec<u8> {
    const SECTOR: usize = 4096;
    const OF_TABLE: u32 = 0xFFFF_FFFD;
    const END: u32 = 0xFFFF_FFFE;
    const NONE: u32 = 0xFFFF_FFFF;
    if (stream.len() as u64) < MINI_STREAM {
        stream.resize(MINI_STREAM as usize, 0); // records of nothing
    }
    let bytes = stream.len() as u64;
    let of_stream = bytes.div_ceil(SECTOR as u64) as u32;
    let of_table = (of_stream + 2).div_ceil(SECTOR as u32 / 4 - 1);
    let (directory, begin) = (of_table, of_table + 1);
    let mut table = vec![OF_TABLE; of_table as usize];
    table.push(END);
    table.extend((1..of_stream).map(|at| begin + at));
    table.push(END);

    let mut file = vec![0; 76];
    let mut set = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    set(0, &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    set(24, &[0x3E, 0, 4, 0, 0xFE, 0xFF, 12, 0, 6, 0]);
    set(44, &of_table.to_le_bytes());
    set(48, &directory.to_le_bytes());
    set(56, &(MINI_STREAM as u32).to_le_bytes());
    set(60, &END.to_le_bytes());
    set(68, &END.to_le_bytes());
    let named = (0..of_table).chain(std::iter::repeat(NONE)).take(109);
    file.extend(named.flat_map(u32::to_le_bytes));
    file.resize(SECTOR, 0);
    file.extend(table.into_iter().flat_map(u32::to_le_bytes));
    file.resize((1 + of_table as usize) * SECTOR, 0xFF);
    for (name, kind, start, bytes) in [("Root Entry", 5, 0, 0), ("Workbook", 2, begin, bytes)] {
        let mut entry = name.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        entry.resize(116, 0);
        entry[64] = 2 * (name.len() as u8 + 1);
        entry[66] = kind;
        entry.extend(start.to_le_bytes());
        entry.extend(bytes.to_le_bytes());
        file.extend(entry);
    }
    file.resize((2 + of_table as usize) * SECTOR, 0);
    file.append(&mut stream);
    file.resize(file.len().next_multiple_of(SECTOR), 0);
    file
}

/// The FAT, whose own sectors are named in the header and, where they are more than 109, in a chain from `more`.
fn table(sectors: &[u8], size: usize, header: &[u8], mut more: u32) -> Result<Vec<u32>, Problem> {
    let there_are = sectors.len() / size + 1;
    let too_many = || damaged("it names more sectors of its table than it has");
    let (mut named, mut followed) = (numbers(&header[76..]), 0);
    while more < RESERVED {
        let Some(sector) = sector(sectors, size, more) else { break };
        named.extend(numbers(sector));
        more = named.pop().unwrap_or(RESERVED);
        // Both: the last sector may be too short to name anything but the next.
        followed += 1;
        if followed > there_are || named.len() > there_are + size {
            return Err(too_many());
        }
    }
    named.retain(|id| *id < NO_FAT);
    if named.len() > there_are {
        return Err(too_many());
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

pub(super) fn damaged(what: &str) -> Problem {
    Problem::Damaged(what.to_string())
}
