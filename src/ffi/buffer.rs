//! Texts on their way into a buffer of C.

use std::ffi::{c_char, c_int};
use std::slice;

/// The least size that is asked for, so that no answer of a short buffer is one of the error codes.
const LEAST: usize = 64;

/// The buffer of C as bytes; `None`: it is null.
///
/// # Safety
/// `buf` is null or points to `len` bytes that nobody else uses during the call.
pub(super) unsafe fn of<'a>(buf: *mut c_char, len: usize) -> Option<&'a mut [u8]> {
    // No object is larger than half of the address space; a host that says so means "large enough".
    let len = len.min(isize::MAX as usize);
    // Safe by the caller's promise; c_char and u8 have one layout.
    (!buf.is_null()).then(|| unsafe { slice::from_raw_parts_mut(buf.cast::<u8>(), len) })
}

/// Writes `text` and a NUL: the length of the text, or the negative of a size that would be enough.
pub(super) fn write(text: &str, buffer: &mut [u8]) -> c_int {
    let text = text.as_bytes();
    match buffer.get_mut(..=text.len()) {
        Some(place) => {
            let (body, end) = place.split_at_mut(text.len());
            body.copy_from_slice(text);
            end.fill(0);
            c_int::try_from(text.len()).unwrap_or(c_int::MAX)
        }
        None => {
            buffer.first_mut().into_iter().for_each(|first| *first = 0);
            -c_int::try_from((text.len() + 1).max(LEAST)).unwrap_or(c_int::MAX)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_fits_with_its_nul_or_not_at_all() {
        let long = "x".repeat(100);
        for (text, size, returned, first) in [
            ("", 1, 0, 0),
            ("", 0, -64, 0),
            ("ready", 6, 5, b'r'),
            ("ready", 5, -64, 0),
            (long.as_str(), 100, -101, 0),
            (long.as_str(), 101, 100, b'x'),
        ] {
            let mut buffer = vec![7; size];
            assert_eq!(write(text, &mut buffer), returned, "{text:?} into {size}");
            assert_eq!(buffer.first().copied().unwrap_or(0), first, "{text:?} into {size}");
        }
    }
}
