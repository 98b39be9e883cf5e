//! Django's manager, found on a command line.

use super::python::{self, Target};

/// The names under which Django's manager is run.
const MANAGERS: [&str; 5] =
    ["manage.py", "django-admin", "django-admin.py", "django-admin.exe", "django-admin-script.py"];

/// Programs that run another Python program given by their arguments: a manager under them is one.
const LAUNCHERS: [&str; 9] = [
    "coverage",
    "cprofile",
    "debugpy",
    "kernprof",
    "memory_profiler",
    "pdb",
    "profile",
    "pyinstrument",
    "trace",
];

/// The options of every Django command that take the next argument as their value.
const WITH_VALUE: [&str; 4] = ["--settings", "--pythonpath", "-v", "--verbosity"];

/// A run of Django's manager.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Manager<'a> {
    /// The sub-command; `None` without one.
    pub(super) command: Option<&'a str>,
    arguments: &'a [String],
}

impl Manager<'_> {
    /// Whether the server is told to run without its autoreloader. Django takes an option's unique beginning too.
    pub(super) fn without_reloader(&self) -> bool {
        self.arguments.iter().any(|word| word.len() > "--no".len() && "--noreload".starts_with(word.as_str()))
    }
}

/// Django's manager as run by this command line; `None`: it is another program.
pub(super) fn manager<'a>(program: &'a str, arguments: &'a [String]) -> Option<Manager<'a>> {
    if python::is_interpreter(file_name(program)) {
        return match python::target(arguments)? {
            Target::Script { path, arguments } => script(path, arguments),
            Target::Module { name, arguments } => module(name, arguments),
        };
    }
    script(program, arguments)
}

fn script<'a>(path: &str, arguments: &'a [String]) -> Option<Manager<'a>> {
    // `python -m django` becomes the path of the package's __main__.py in Python's own arguments.
    if is_manager(path) || is_main_of_django(path) {
        return Some(Manager { command: sub_command(arguments), arguments });
    }
    let name = file_name(path);
    launched(name.strip_suffix(".exe").unwrap_or(name), arguments)
}

fn module<'a>(name: &str, arguments: &'a [String]) -> Option<Manager<'a>> {
    if name == "django" || name == "django.__main__" {
        return Some(Manager { command: sub_command(arguments), arguments });
    }
    launched(name, arguments)
}

fn launched<'a>(launcher: &str, arguments: &'a [String]) -> Option<Manager<'a>> {
    if !LAUNCHERS.iter().any(|known| launcher.eq_ignore_ascii_case(known)) {
        return None;
    }
    let at = arguments.iter().position(|word| is_manager(word))?;
    let arguments = arguments.get(at + 1..)?;
    Some(Manager { command: sub_command(arguments), arguments })
}

fn is_manager(path: &str) -> bool {
    MANAGERS.iter().any(|name| file_name(path).eq_ignore_ascii_case(name))
}

fn is_main_of_django(path: &str) -> bool {
    let mut parts = path.rsplit(['/', '\\']);
    parts.next() == Some("__main__.py") && parts.next() == Some("django")
}

/// The first argument that is neither an option nor an option's value.
fn sub_command(arguments: &[String]) -> Option<&str> {
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if WITH_VALUE.contains(&word) {
            words.next();
        } else if !word.starts_with('-') {
            return Some(word);
        }
    }
    None
}

/// The last part of a path with either system's separators.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}
