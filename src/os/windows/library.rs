//! The library in a host: unloading a DLL with live threads would end the host, so it stays for as long as the process.

// The loader's call: there is no safe way to it.
#![allow(unsafe_code)]

use windows_sys::Win32::System::LibraryLoader::{
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
};

/// Counts one more user of the DLL, who never leaves. A refusal costs nothing but the pin.
pub(crate) fn pin() {
    let mut module = std::ptr::null_mut();
    let flags = GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS;
    // Safe: the address is one of this module's, and the result goes to a place of the right type.
    unsafe { GetModuleHandleExW(flags, pin as *const u16, &mut module) };
}
