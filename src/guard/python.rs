//! What a command line makes Python run (docs.python.org/3/using/cmdline.html).

/// What the interpreter runs, and the arguments of that.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target<'a> {
    /// A file.
    Script { path: &'a str, arguments: &'a [String] },
    /// A module, by `-m`.
    Module { name: &'a str, arguments: &'a [String] },
}

/// The one long option whose value is the next argument.
const LONG_WITH_VALUE: &str = "--check-hash-based-pycs";

/// Whether `name` is that of a Python interpreter: `python`, `python3.12`, `pythonw.exe`, `pypy3`, Windows' `py`.
pub(super) fn is_interpreter(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".exe").unwrap_or(&name);
    name == "py"
        || name == "pyw"
        || ["python", "pypy"].iter().any(|stem| name.strip_prefix(stem).is_some_and(is_version))
}

/// What may follow the stem: a version, and `w` (no window), `t` (free-threaded), `d` or `m` (how it was built).
fn is_version(rest: &str) -> bool {
    rest.trim_end_matches(['w', 't', 'd', 'm']).chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// What the interpreter's `arguments` make it run; `None` for a command (`-c`), standard input or a prompt.
pub(super) fn target(arguments: &[String]) -> Option<Target<'_>> {
    let mut at = 0;
    while let Some(word) = arguments.get(at) {
        at += 1;
        let rest = |from| arguments.get(from..).unwrap_or_default();
        if word == LONG_WITH_VALUE {
            at += 1;
        } else if !word.starts_with('-') {
            return Some(Target::Script { path: word, arguments: rest(at) });
        } else if !word.starts_with("--") {
            match short(word)? {
                Short::Flags => {}
                Short::TakesNext => at += 1,
                Short::Module("") => {
                    return Some(Target::Module { name: arguments.get(at)?, arguments: rest(at + 1) });
                }
                Short::Module(name) => return Some(Target::Module { name, arguments: rest(at) }),
            }
        }
    }
    None
}

enum Short<'a> {
    Flags,
    TakesNext,
    Module(&'a str),
}

/// A word of one-letter options: any number of flags, then maybe one with a value, joined or next. `None` for those
/// after which the interpreter runs neither file nor module.
fn short(word: &str) -> Option<Short<'_>> {
    let flags = word.strip_prefix('-').filter(|flags| !flags.is_empty())?; // `-` alone is standard input
    for (at, letter) in flags.char_indices() {
        let joined = flags.get(at + letter.len_utf8()..).unwrap_or_default();
        match letter {
            'c' => return None,
            'm' => return Some(Short::Module(joined)),
            'W' | 'X' if joined.is_empty() => return Some(Short::TakesNext),
            'W' | 'X' => return Some(Short::Flags),
            _ => {}
        }
    }
    Some(Short::Flags)
}
