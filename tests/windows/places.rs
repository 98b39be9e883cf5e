//! Workbooks that may not be written, and drives that come and go.

// Drive letters are given and taken by calls that std does not have.
#![allow(unsafe_code)]

use super::poll;
use crate::feed::fixture;
use crate::life::{Life, until};
use crate::support::program::World;
use std::path::Path;
use windows_sys::Win32::Storage::FileSystem::{DDD_REMOVE_DEFINITION, DefineDosDeviceW};

const FIXTURE: &str = "rtd_tos_2025-11-29.xlsx";

#[test]
fn a_read_only_workbook_is_read() {
    let world = World::new();
    let path = world.path("RTD_TOS.xlsx");
    std::fs::copy(fixture(FIXTURE), &path).unwrap();
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions.clone()).unwrap();
    poll(&world, path.to_str().unwrap()).exits(0);
    #[allow(clippy::permissions_set_readonly_false)] // the test's own file, which the world removes
    permissions.set_readonly(false);
    std::fs::set_permissions(&path, permissions).unwrap();
}

/// A drive letter for a folder, as a mapped share has; taken away when dropped.
struct Drive(&'static str);

impl Drive {
    fn of(letter: &'static str, folder: &Path) -> Drive {
        define(0, letter, Some(folder));
        Drive(letter)
    }
}

impl Drop for Drive {
    fn drop(&mut self) {
        define(DDD_REMOVE_DEFINITION, self.0, None);
    }
}

fn define(flags: u32, letter: &str, folder: Option<&Path>) {
    let wide = |text: &str| text.encode_utf16().chain([0]).collect::<Vec<u16>>();
    let folder = folder.map(|folder| wide(folder.to_str().unwrap()));
    let target = folder.as_ref().map_or(std::ptr::null(), |folder| folder.as_ptr());
    // Safe: both texts end with a NUL and live through the call.
    let done = unsafe { DefineDosDeviceW(flags, wide(letter).as_ptr(), target) };
    assert!(done != 0 || std::thread::panicking(), "{letter}: {}", std::io::Error::last_os_error());
}

/// A network drive that is disconnected and comes back.
#[test]
#[ignore = "Wine does not give the drive letter to other processes; scripts/windows takes its link away instead"]
fn a_drive_that_vanishes_costs_no_quote_and_is_read_again() {
    let life = Life::new();
    let share = life.world.path("share");
    std::fs::create_dir(&share).unwrap();
    std::fs::copy(fixture(FIXTURE), share.join("RTD_TOS.xlsx")).unwrap();
    let drive = Drive::of("V:", &share);
    let every = ["--set", "workbook.interval=100ms"];
    let start = [&["start", "--workbook", r"V:\RTD_TOS.xlsx"], &every[..]].concat();
    life.run(&start).exits(0);
    until("it is read", || life.status()["workbook"]["quotes"] == 11);
    drop(drive);
    until("the loss is told", || life.log().contains("keeping the last good quotes"));
    let status = life.status();
    assert_eq!((&status["state"], &status["workbook"]["quotes"]), (&"running".into(), &11.into()));
    let _drive = Drive::of("V:", &share);
    until("it is read again", || life.log().contains("the workbook can be read again"));
    life.run(&["stop"]).exits(0);
}
