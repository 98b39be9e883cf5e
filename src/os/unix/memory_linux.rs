//! What the process of a stack keeps resident: not what only its start needed.

use nix::libc::{M_ARENA_MAX, MADV_DONTNEED, c_void, madvise, malloc_trim, mallopt};
use std::fs;

/// One heap for all threads instead of one for each: a dozen threads that mostly sleep would keep a dozen heaps, each
/// with what its busiest moment needed. To be called before there are other threads.
#[allow(unsafe_code)] // the allocator's own switch has no safe form
pub fn share_heap() {
    // SAFETY: a setting of this process's allocator; it touches no memory of ours, and takes any value.
    unsafe { mallopt(M_ARENA_MAX, 1) };
}

/// Gives back what the start needed and the work does not: freed heap, and pages of code such as the command line's and
/// the schema's. Whatever runs again comes back from the system's file cache as it is touched.
#[allow(unsafe_code)] // advice about memory has no safe form
pub fn give_back() {
    // SAFETY: gives free pages of the heap to the system; allocations stay where they are.
    unsafe { malloc_trim(0) };
    // Without /proc everything just stays resident.
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    for (start, len) in maps.lines().filter_map(unwritten) {
        // SAFETY: a private mapping of a file that was not written to since it was mapped, so reading it anew from that
        // file yields the same bytes; the system lets nobody write to the file of a running program.
        unsafe { madvise(start as *mut c_void, len, MADV_DONTNEED) };
    }
}

/// Where a line of `/proc/self/maps` (`START-END RIGHTS OFFSET DEVICE INODE PATH`) maps a part of a program or library as
/// its file has it, and how long that is: its code, and the constants at its start. Those that are relocated when it is
/// loaded lie behind the code, and are in memory alone.
fn unwritten(line: &str) -> Option<(usize, usize)> {
    let mut words = line.split_ascii_whitespace();
    let (range, rights, offset, inode) = (words.next()?, words.next()?, words.next()?, words.nth(1)?);
    let (start, end) = range.split_once('-')?;
    let (start, end) = (usize::from_str_radix(start, 16).ok()?, usize::from_str_radix(end, 16).ok()?);
    let unwritten = rights == "r-xp" || (rights == "r--p" && offset == "00000000");
    (unwritten && inode != "0").then(|| (start, end.saturating_sub(start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_as_the_file_has_it_is_given_back() {
        for line in [
            "55d367006000-55d367008000 r--p 00000000 fd:00 1310 /usr/bin/thor stack",
            "55d367006000-55d367008000 r-xp 0023c000 fd:00 1310 /usr/bin/thor stack",
        ] {
            assert_eq!(unwritten(line), Some((0x55d3_6700_6000, 0x2000)));
        }
        for line in [
            "55d367730000-55d367764000 r--p 00965000 fd:00 1310 /usr/bin/thor-stack", // relocated: only in memory
            "55d367764000-55d36776a000 rw-p 00999000 fd:00 1310 /usr/bin/thor-stack",
            "7ffe591c5000-7ffe591c7000 r-xp 00000000 00:00 0 [vdso]",
            "7fa8fd3f5000-7fa8fd3fd000 rw-s 00000000 fd:00 1311 /home/thor/ledger.db-shm",
            "",
        ] {
            assert_eq!(unwritten(line), None, "{line}");
        }
    }

    #[test]
    fn the_program_goes_on_as_before() {
        let before: Vec<String> = (0..10_000).map(|number| format!("{number}")).collect();
        give_back();
        assert!(before.iter().enumerate().all(|(number, text)| text.parse() == Ok(number)));
        assert!(std::panic::catch_unwind(|| std::panic::resume_unwind(Box::new(()))).is_err());
    }
}
