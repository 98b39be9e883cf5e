//! What a stack in the background keeps of whoever started it, and what others cannot take from it.

// Handles that children inherit, and jobs: std makes neither.
#![allow(unsafe_code)]

use crate::life::{Life, until};
use crate::support::program::{SOON, ends};
use std::fs;
use std::io::Read;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::os::windows::process::CommandExt;
use std::process::Child;
use windows_sys::Win32::Foundation::{HANDLE, HANDLE_FLAG_INHERIT, SetHandleInformation};
use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_BREAKAWAY_OK,
    JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, JOBOBJECT_EXTENDED_LIMIT_INFORMATION,
    JobObjectExtendedLimitInformation, SetInformationJobObject,
};
use windows_sys::Win32::System::Threading::CREATE_SUSPENDED;

/// Regression: programs that let every child inherit their handles (.NET, for one) waited for the stack's end where they
/// waited for a pipe's.
#[test]
fn a_pipe_that_its_starter_passed_on_ends_while_it_runs() {
    let life = Life::new();
    let (mut reader, writer) = std::io::pipe().unwrap();
    // Safe: the handle is open.
    let done =
        unsafe { SetHandleInformation(writer.as_raw_handle(), HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT) };
    assert!(done != 0, "{}", std::io::Error::last_os_error());
    life.run(&["start"]).exits(0);
    drop(writer);
    let (sender, ended) = std::sync::mpsc::channel();
    let read = move || sender.send(reader.read_to_end(&mut Vec::new()).unwrap()).unwrap();
    std::thread::Builder::new().name("test-pipe".into()).spawn(read).unwrap();
    assert_eq!(ended.recv_timeout(SOON), Ok(0), "the stack holds the other end");
    life.run(&["status"]).exits(0);
    life.run(&["stop"]).exits(0);
}

/// Regression: its lock files could be deleted, which frees their names at once on Windows 10, and then a second stack
/// have files of these names.
#[test]
fn its_lock_files_stay_where_they_are() {
    let life = Life::new();
    life.run(&["start"]).exits(0);
    for name in ["instance.lock", "parent.lock"] {
        let path = life.home().join(name);
        let refused = fs::remove_file(&path).unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(32), "deleting {name}: {refused}");
        let refused = fs::rename(&path, path.with_extension("old")).unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(32), "renaming {name}: {refused}");
    }
    life.run(&["run"]).exits(1).says("is held by process");
    life.run(&["stop"]).exits(0);
}

// What the system has for debuggers: std keeps the handle of the thread that would have to be resumed.
#[link(name = "ntdll")]
unsafe extern "system" {
    fn NtResumeProcess(process: HANDLE) -> i32;
}

/// A job with these limits, and `starter`, which has not run yet, in it.
fn job(limits: u32, starter: &Child) -> OwnedHandle {
    let mut wanted = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
    wanted.BasicLimitInformation.LimitFlags = limits;
    let size = u32::try_from(size_of_val(&wanted)).unwrap();
    // Safe: the handles are open, the limits are of the type that their class names, and the job is nobody else's.
    unsafe {
        let job = OwnedHandle::from_raw_handle(CreateJobObjectW(std::ptr::null(), std::ptr::null()));
        let set = SetInformationJobObject(
            job.as_raw_handle(),
            JobObjectExtendedLimitInformation,
            (&raw const wanted).cast(),
            size,
        );
        let assigned = AssignProcessToJobObject(job.as_raw_handle(), starter.as_raw_handle());
        assert!(set != 0 && assigned != 0, "{}", std::io::Error::last_os_error());
        assert!(NtResumeProcess(starter.as_raw_handle()) >= 0);
        job
    }
}

/// ssh, build servers and some terminals put what is started into a job, and close it when they end.
#[test]
fn it_outlives_the_job_of_its_starter_where_that_lets_it_go() {
    for (limits, lives) in [(JOB_OBJECT_LIMIT_BREAKAWAY_OK, true), (0, false)] {
        let life = Life::new();
        let mut command = life.command(&["start"]);
        let mut starter = command.creation_flags(CREATE_SUSPENDED).spawn().unwrap();
        let job = job(JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | limits, &starter);
        assert_eq!(ends(&mut starter).unwrap().code(), Some(0), "started, let go or not");
        life.run(&["status"]).exits(0);
        drop(job);
        if lives {
            life.run(&["status"]).exits(0);
            life.run(&["stop"]).exits(0);
        }
        until("nobody is left", || life.run(&["status"]).stdout().contains("not running"));
    }
}
