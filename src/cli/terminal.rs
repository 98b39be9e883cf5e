//! What a terminal may be sent: no control characters of others, colours only where they are wanted.

use std::borrow::Cow;
use thor_stack::os::console;

/// `text` with everything escaped that would move the cursor, change colours or reorder what is shown: cells of a
/// workbook and file names are written by others.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(dangerous) {
        return Cow::Borrowed(text);
    }
    let escape = |c: char| if dangerous(c) { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(escape).collect())
}

/// Control characters, and those that reorder or break lines (bidirectional overrides, line separators).
fn dangerous(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What the colour of a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    /// Worked, open.
    Good,
    /// Did not work, unknown.
    Bad,
    /// About to change.
    Soon,
    /// Nothing to look at.
    Faint,
}

impl Paint {
    /// `text` in this colour.
    pub(crate) fn on(self, text: &str) -> String {
        let code = match self {
            Paint::Good => "32",
            Paint::Bad => "31",
            Paint::Soon => "33",
            Paint::Faint => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set or TERM is dumb.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Whether a stream that is (not) a terminal gets colours.
    pub(crate) fn wanted(self, is_terminal: bool) -> bool {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        match self {
            Color::Always => {
                console::prepare();
                true
            }
            Color::Never => false,
            Color::Auto => {
                is_terminal
                    && set("NO_COLOR").is_none()
                    && set("TERM").is_none_or(|term| term != "dumb")
                    && console::prepare()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn escapes_what_would_act_on_a_terminal() {
        for (text, shown) in [
            ("YM 47476", "YM 47476"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("two\nlines\r\t", "two\\nlines\\r\\t"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{202e}txt.exe", "\\u{202e}txt.exe"),
            ("Zürich 東京", "Zürich 東京"),
        ] {
            assert_eq!(printable(text), shown);
        }
    }
}
