//! The zip container, as Excel writes it: the directory read in place, each part inflated in one go and verified.

use super::Doubt;
use crate::feed::bounds::MAX_PART_BYTES;
use crate::feed::package::PartSum;
use flate2::{Decompress, FlushDecompress, Status};
use memchr::memmem;

const END: &[u8] = b"PK\x05\x06";
const ENTRY: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";
const END_BYTES: usize = 22;
const ENTRY_BYTES: usize = 46;
const LOCAL_BYTES: usize = 30;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// Flags that change nothing here: two bits about the compression's effort, and names in UTF-8 (only ASCII is taken).
const HARMLESS_FLAGS: u16 = 0b1000_0000_0110;

/// The padding that Excel puts behind a local header so that the part can grow.
const GROWTH_HINT: u16 = 0xA220;

/// Deflate makes at most 1,032 bytes of one (zlib's documentation), so a size beyond that is a forged one.
const MOST_INFLATION: u64 = 1032;

/// A directory at the end of a file, or of its last bytes.
#[derive(Clone, Copy)]
pub(crate) struct Directory<'a> {
    bytes: &'a [u8],
    start: u64,
}

/// What the directory says of one part.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a str,
    pub(crate) crc32: u32,
    pub(crate) size: u64,
    compressed: u64,
    offset: u64,
    fields: &'a [u8],
}

impl<'a> Directory<'a> {
    /// The directory of a file of `file_size` bytes whose last bytes are `tail`.
    ///
    /// # Errors
    /// [`Doubt`] if it is not the plain one that ends such a file, or two parts have the same name.
    pub(crate) fn in_tail(tail: &'a [u8], file_size: u64) -> Result<Directory<'a>, Doubt> {
        let end_at = tail.len().checked_sub(END_BYTES).ok_or(Doubt("no directory"))?;
        let end = &tail[end_at..];
        let (disks, count, size, start) = (u32_at(end, 4), u16_at(end, 8), u32_at(end, 12), u32_at(end, 16));
        let (size, start) = (u64::from(size), u64::from(start));
        let plain = end.starts_with(END)
            && disks == 0
            && count == u16_at(end, 10)
            && u16_at(end, 20) == 0
            && start + size + END_BYTES as u64 == file_size
            && memmem::find(&end[1..], END).is_none();
        let from = usize::try_from(size).ok().and_then(|size| end_at.checked_sub(size));
        let (true, Some(from)) = (plain, from) else { return Err(Doubt("an unusual directory")) };
        let directory = Directory { bytes: &tail[from..end_at], start };
        let mut entries = directory.entries();
        let well_formed = entries.by_ref().take(usize::from(count)).count() == usize::from(count);
        if !well_formed || !entries.rest.is_empty() {
            return Err(Doubt("an unusual directory entry"));
        }
        Ok(directory)
    }

    /// How many bytes of the file's end hold the directory.
    pub(crate) fn size(&self) -> u64 {
        (self.bytes.len() + END_BYTES) as u64
    }

    pub(crate) fn entries(&self) -> Entries<'a> {
        Entries { rest: self.bytes }
    }

    /// The part that is stored as `name`.
    pub(crate) fn entry(&self, name: &str) -> Option<Entry<'a>> {
        self.entries().find(|entry| entry.name == name)
    }

    /// The size and checksum of `name`.
    pub(crate) fn sum(&self, name: &str) -> Option<PartSum> {
        let entry = self.entry(name)?;
        Some(PartSum { name: name.to_string(), crc32: entry.crc32, size: entry.size })
    }

    /// Whether `sum` is what it says of that part.
    pub(crate) fn confirms(&self, sum: &PartSum) -> bool {
        self.entry(&sum.name).is_some_and(|entry| entry.crc32 == sum.crc32 && entry.size == sum.size)
    }

    /// The compressed bytes of `entry` in the file that this directory ends, if its local header says the same.
    fn content(&self, file: &'a [u8], entry: &Entry<'a>) -> Result<&'a [u8], Doubt> {
        let odd = Doubt("a local header that is not as the directory says");
        let end = usize::try_from(self.start).ok().filter(|end| *end <= file.len()).ok_or(odd)?;
        let local = usize::try_from(entry.offset).ok().and_then(|at| file[..end].get(at..)).ok_or(odd)?;
        // Version, flags, method, times, checksum, sizes and the name's length stand in the same order in both.
        let same = local.starts_with(LOCAL) && local.get(4..28) == Some(&entry.fields[6..30]);
        let name = local.get(LOCAL_BYTES..LOCAL_BYTES + entry.name.len());
        if !same || name != Some(entry.name.as_bytes()) {
            return Err(odd);
        }
        let behind = &local[LOCAL_BYTES + entry.name.len()..];
        let extra = behind.get(..usize::from(u16_at(local, 28))).ok_or(odd)?;
        if !is_growth_hint(extra) {
            return Err(odd);
        }
        let compressed = usize::try_from(entry.compressed).map_err(|_| odd)?;
        behind.get(extra.len()..extra.len() + compressed).ok_or(odd)
    }
}

fn is_growth_hint(extra: &[u8]) -> bool {
    extra.is_empty()
        || (extra.len() >= 4
            && u16_at(extra, 0) == GROWTH_HINT
            && usize::from(u16_at(extra, 2)) == extra.len() - 4)
}

/// The entries of a directory, up to the first that is not plain.
pub(crate) struct Entries<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let fields = self.rest.get(..ENTRY_BYTES).filter(|fields| fields.starts_with(ENTRY))?;
        let name_bytes = usize::from(u16_at(fields, 28));
        let name = self.rest.get(ENTRY_BYTES..ENTRY_BYTES + name_bytes)?;
        // Extra fields, a comment or another disk; names that could mean something else to another reader.
        let odd = fields[30..36] != [0; 6] || !name.iter().all(u8::is_ascii_graphic) || name.is_empty();
        let name = std::str::from_utf8(name).ok().filter(|_| !odd)?;
        self.rest = &self.rest[ENTRY_BYTES + name_bytes..];
        Some(Entry {
            name,
            crc32: u32_at(fields, 16),
            compressed: u64::from(u32_at(fields, 20)),
            size: u64::from(u32_at(fields, 24)),
            offset: u64::from(u32_at(fields, 42)),
            fields,
        })
    }
}

/// Unpacks parts, one after the other.
pub(crate) struct Inflater(Decompress);

impl Default for Inflater {
    fn default() -> Inflater {
        Inflater(Decompress::new(false))
    }
}

impl Inflater {
    /// Unpacks `part` of `file` into `content`, whole, and compares its checksum.
    ///
    /// # Errors
    /// [`Doubt`]; `content` is then empty.
    pub(crate) fn unpack(
        &mut self,
        file: &[u8],
        directory: &Directory<'_>,
        part: &str,
        content: &mut Vec<u8>,
    ) -> Result<PartSum, Doubt> {
        let unpacked = self.unpack_unverified(file, directory, part, content);
        let sum = unpacked.and_then(|sum| {
            let holds = crc32fast::hash(content) == sum.crc32;
            if holds { Ok(sum) } else { Err(Doubt("a checksum does not hold")) }
        });
        if sum.is_err() {
            content.clear();
        }
        sum
    }

    fn unpack_unverified(
        &mut self,
        file: &[u8],
        directory: &Directory<'_>,
        part: &str,
        content: &mut Vec<u8>,
    ) -> Result<PartSum, Doubt> {
        let entry = directory.entry(part).ok_or(Doubt("a part is missing"))?;
        let compressed = directory.content(file, &entry)?;
        let (flags, method) = (u16_at(entry.fields, 8), u16_at(entry.fields, 10));
        if flags & !HARMLESS_FLAGS != 0 {
            return Err(Doubt("a part with unusual flags"));
        }
        let believable = (compressed.len() as u64 + 1).saturating_mul(MOST_INFLATION).min(MAX_PART_BYTES);
        let size = usize::try_from(entry.size).ok().filter(|_| entry.size <= believable);
        let size = size.ok_or(Doubt("a part that is too large"))?;
        make_room(content, size);
        match method {
            STORED if compressed.len() == size => content.copy_from_slice(compressed),
            DEFLATED => self.inflate(compressed, content)?,
            _ => return Err(Doubt("an unusual compression")),
        }
        Ok(PartSum { name: part.to_string(), crc32: entry.crc32, size: entry.size })
    }

    /// All of `compressed` must make exactly `content`.
    fn inflate(&mut self, compressed: &[u8], content: &mut [u8]) -> Result<(), Doubt> {
        self.0.reset(false);
        let status = self.0.decompress(compressed, content, FlushDecompress::Finish);
        let whole =
            self.0.total_in() == compressed.len() as u64 && self.0.total_out() == content.len() as u64;
        match status {
            Ok(Status::StreamEnd) if whole => Ok(()),
            _ => Err(Doubt("a part that does not unpack to its size")),
        }
    }
}

/// Sets the length; gives memory back that is far more than that.
fn make_room(content: &mut Vec<u8>, size: usize) {
    const WORTH_KEEPING: usize = 1024 * 1024;
    content.resize(size, 0);
    if content.capacity() > WORTH_KEEPING + 4 * size {
        content.shrink_to(size);
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |two| u16::from_le_bytes([two[0], two[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}
