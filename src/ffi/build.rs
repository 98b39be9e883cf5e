//! Pins the C library in its host: unloading it under its threads would crash them.

fn main() {
    println!("cargo::rerun-if-changed=src/ffi/build.rs");
    // ELF systems alone have the flag. macOS keeps libraries with thread-locals; Windows is pinned when it starts.
    let target = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if ["linux", "android", "freebsd", "netbsd", "openbsd", "dragonfly"].contains(&target.as_str()) {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
