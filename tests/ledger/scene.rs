//! Scenes: parts of a test that are played by a process of their own, which can be killed or have a disk of its own.
//!
//! The test starts this binary again with its own name and the scene's folder; where it finds itself with a folder, it
//! plays the scene. So no test is ignored, and none runs for nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

const FOLDER: &str = "LEDGER_SCENE_FOLDER";

/// This test binary, about to play the scene of the test `name` (a path of modules) in `folder`.
pub(crate) fn play(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture", "--test-threads=1"]).env(FOLDER, folder);
    command
}

/// The folder of the scene that this process plays, if it plays one.
pub(crate) fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

/// `scene`, with a file system of `size` (as mount says it) mounted on its folder, which only it sees and which is
/// gone with it. `None` where the system lets nobody have one.
#[cfg(target_os = "linux")]
pub(crate) fn on_a_disk_of(size: &str, scene: &Command) -> Option<Command> {
    let own = ["unshare", "--user", "--map-root-user", "--mount"];
    if !Command::new(own[0]).args(&own[1..]).arg("true").status().is_ok_and(|status| status.success()) {
        eprintln!("not tested: this system has no mount namespaces for this user");
        return None;
    }
    let mut command = Command::new(own[0]);
    command.args(&own[1..]).args(["sh", "-c"]);
    command.arg(format!(r#"mount -t tmpfs -o size={size} tmpfs "${FOLDER}" && exec "$0" "$@""#));
    command.arg(scene.get_program()).args(scene.get_args());
    command.envs(scene.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Some(command)
}
