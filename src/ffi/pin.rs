//! Keeps the DLL loaded for as long as its process lives.

use std::ffi::{c_int, c_void};

#[link(name = "kernel32")]
unsafe extern "system" {
    fn GetModuleHandleExW(flags: u32, address: *const c_void, module: *mut *mut c_void) -> c_int;
}

const PIN: u32 = 0x1; // GET_MODULE_HANDLE_EX_FLAG_PIN
const FROM_ADDRESS: u32 = 0x4; // GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS

/// Counts one more user of the DLL, who never leaves. A refusal costs nothing but the pin.
pub(super) fn pin() {
    let mut module = std::ptr::null_mut();
    // Safe: the address is one of this module's, and the result goes to a place of the right type.
    unsafe { GetModuleHandleExW(PIN | FROM_ADDRESS, pin as *const c_void, &mut module) };
}
