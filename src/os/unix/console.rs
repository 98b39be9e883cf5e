//! A terminal takes colours and UTF-8 as they are written.

/// Makes ready for colours; whether the terminal shows them.
pub fn prepare() -> bool {
    true
}

/// Calls `stop` when the user closes the terminal or logs off: by signals, which the program handles as such.
///
/// # Errors
/// None here.
pub fn on_close(_stop: impl Fn() + Send + Sync + 'static) -> std::io::Result<()> {
    Ok(())
}
