//! Whether the stack may write where it has to.

use super::Check;
use std::path::Path;
use thor_stack::config::Config;

/// Home and the log file's folder.
pub(super) fn checks(config: &Config) -> Vec<Check> {
    let log = config.log.file.as_deref().and_then(Path::parent);
    let log = log.map(|path| check("log", path, "set log.file to a file in a writable folder"));
    let home = check("home", &config.home, "name another by --home, or make it writable");
    std::iter::once(home).chain(log).collect()
}

/// Whether files can be written in `path`, or whether it can be created. Leaves nothing behind.
fn check(name: &'static str, path: &Path, to_do: &str) -> Check {
    let Some(existing) = path.ancestors().find(|above| above.exists()) else {
        return Check::problem(name, format!("{} cannot be created", path.display()), to_do);
    };
    let shown = existing.display();
    if !existing.is_dir() {
        return Check::problem(name, format!("{shown} is not a folder"), to_do);
    }
    match can_write(existing) {
        Err(error) => Check::problem(name, format!("{shown} cannot be written to: {error}"), to_do),
        Ok(()) if existing == path => Check::ok(name, format!("{shown} can be written to")),
        Ok(()) => Check::ok(name, format!("{} does not exist yet and will be created", path.display())),
    }
}

/// Only the system knows (owners, lists of rights, read-only mounts), so it is asked by a file that is removed.
fn can_write(folder: &Path) -> std::io::Result<()> {
    let probe = folder.join(format!(".thor-stack-check-{}", std::process::id()));
    std::fs::File::create_new(&probe)?;
    std::fs::remove_file(&probe)
}
