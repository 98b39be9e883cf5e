//! The config file's text.

use crate::os::file::is_pipe;
use std::io::{self, Read};
use std::path::Path;

/// A config file is some kilobytes; more is the wrong file.
const LIMIT: u64 = 1 << 20;

/// The bytes of the file at `path`, at most one more than the limit.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let kind = std::fs::metadata(path)?.file_type();
    if kind.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    if is_pipe(kind) {
        // Opening it would wait until somebody writes to it.
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a pipe"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LIMIT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a config file's bytes, without a byte-order mark.
pub(super) fn decode(bytes: Vec<u8>) -> Result<String, String> {
    if bytes.len() as u64 > LIMIT {
        return Err("larger than 1 MiB, so not a config file".into());
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err("UTF-16 text; save it as UTF-8".into());
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("line {line} is not UTF-8; save the file as UTF-8")
    })?;
    Ok(text.strip_prefix('\u{feff}').map(String::from).unwrap_or(text))
}
