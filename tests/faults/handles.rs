//! An open handle of ours can break the user's save.

use crate::feed::{DEFAULT_RANGE, Saved, look, reader, sheet_of};
use crate::support::workbooks::WorkbookWriter;

#[cfg(target_os = "linux")]
#[test]
fn no_handle_of_the_workbook_stays_open_between_two_looks() {
    let workbook = WorkbookWriter::with_headers().future("ES", "Last", 6835);
    let saved = Saved::workbook(&workbook);
    let mut reader = reader(&saved.path, DEFAULT_RANGE);
    for _ in 0..3 {
        workbook.save_like_excel(&saved.path);
        look(&mut reader).unwrap();
        let open = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
        let open: Vec<_> = open.filter_map(|handle| std::fs::read_link(handle.path()).ok()).collect();
        assert!(!open.iter().any(|path| path.starts_with(saved.path.parent().unwrap())), "{open:?}");
    }
}

#[test]
fn excels_owner_file_beside_the_workbook_is_not_read() {
    let workbook = WorkbookWriter::with_headers().future("ES", "Last", 6835);
    let saved = Saved::workbook(&workbook);
    let name = saved.path.file_name().unwrap().to_str().unwrap();
    std::fs::write(saved.path.with_file_name(format!("~${name}")), b"\x03ana").unwrap();
    let mut reader = reader(&saved.path, DEFAULT_RANGE);
    assert_eq!(sheet_of(look(&mut reader)).quotes.len(), 1);
}
