//! Who this process runs as, and who owns a thing.

// The token's calls: there is no safe way to them.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Authorization::{
    ConvertSidToStringSidW, GetSecurityInfo, SE_KERNEL_OBJECT,
};
use windows_sys::Win32::Security::{
    GetTokenInformation, OWNER_SECURITY_INFORMATION, PSID, TOKEN_QUERY, TOKEN_USER, TokenUser,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

/// The words of 8 bytes that a `TOKEN_USER` takes at most: 16 bytes and a SID of at most 68 (`SECURITY_MAX_SID_SIZE`).
const WORDS: usize = 11;

/// The security identifier of the current user, such as `S-1-5-21-…-1001`: the user's own even in a process with an
/// administrator's rights, whose things belong to the group.
///
/// # Errors
/// What the system said.
pub(super) fn sid() -> io::Result<String> {
    let token = token()?;
    let mut space = [0_u64; WORDS];
    let (size, mut needed) = (u32::try_from(size_of_val(&space)).map_err(io::Error::other)?, 0);
    let place = space.as_mut_ptr().cast();
    // Safe: the handle is open, and the space of this size is aligned for what is written there.
    let told = unsafe { GetTokenInformation(token.as_raw_handle(), TokenUser, place, size, &mut needed) };
    if told == 0 {
        return Err(io::Error::last_os_error());
    }
    // Safe: the call wrote a TOKEN_USER there, whose SID lies in the same space.
    let user = unsafe { &*space.as_ptr().cast::<TOKEN_USER>() };
    // Safe: the SID is the system's own, and its space lives through the call.
    unsafe { text_of(user.User.Sid) }
}

/// The security identifier of who owns an open pipe.
///
/// # Errors
/// What the system said.
pub(super) fn owner(pipe: &File) -> io::Result<String> {
    let (handle, none) = (pipe.as_raw_handle(), std::ptr::null_mut());
    let (mut owner, mut descriptor) = (none, none);
    // Safe: the handle is open, the answers go to places of their types, and what is not asked for has none.
    let code = unsafe {
        GetSecurityInfo(
            handle,
            SE_KERNEL_OBJECT,
            OWNER_SECURITY_INFORMATION,
            &mut owner,
            none.cast(),
            none.cast(),
            none.cast(),
            &mut descriptor,
        )
    };
    if code != 0 {
        return Err(i32::try_from(code).map_or_else(io::Error::other, io::Error::from_raw_os_error));
    }
    // Safe: the owner lies in the descriptor, which is freed once, after the text was made.
    let text = unsafe { text_of(owner) };
    unsafe { LocalFree(descriptor) };
    text
}

/// # Safety
/// `sid` points to a security identifier.
unsafe fn text_of(sid: PSID) -> io::Result<String> {
    let mut text = std::ptr::null_mut();
    // Safe: the SID is one by the caller's word, and the text's address goes to a place of its type.
    if unsafe { ConvertSidToStringSidW(sid, &mut text) } == 0 {
        return Err(io::Error::last_os_error());
    }
    // Safe: the text ends with a NUL and is freed once, after it was copied.
    let copy = unsafe { widestring::U16CStr::from_ptr_str(text) }.to_string_lossy();
    unsafe { LocalFree(text.cast()) };
    Ok(copy)
}

fn token() -> io::Result<OwnedHandle> {
    let mut token = std::ptr::null_mut();
    // Safe: the pseudo handle of this process is always valid, and the token goes to a place of its type.
    if unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &mut token) } == 0 {
        return Err(io::Error::last_os_error());
    }
    // Safe: the call succeeded, so the handle is open and nobody else's.
    Ok(unsafe { OwnedHandle::from_raw_handle(token) })
}
