//! Is this the process of an autoreloader that serves, or its parent?

use super::command_line::Manager;
use super::{Host, RUN_MAIN, Reason, RequireRunMain, WERKZEUG_RUN_MAIN};

/// What the autoreloaders' marks say against a start.
pub(super) fn objection(
    host: &Host,
    manager: Option<&Manager<'_>>,
    require: RequireRunMain,
) -> Option<Reason> {
    let mark = host.variable(RUN_MAIN);
    match (require, mark) {
        (RequireRunMain::Never, _) | (_, Some("true")) => None,
        (_, Some(value)) => Some(Reason::RunMainIs { value: value.to_owned() }),
        (RequireRunMain::Always, None) => Some(Reason::RunMainMissing),
        (RequireRunMain::Auto, None) => reloader_parent(host, manager?),
    }
}

fn reloader_parent(host: &Host, manager: &Manager<'_>) -> Option<Reason> {
    let command = manager.command?;
    let serves = match command {
        "runserver" | "runsslserver" => manager.without_reloader(),
        "runserver_plus" => manager.without_reloader() || host.variable(WERKZEUG_RUN_MAIN) == Some("true"),
        _ => true, // a server command of the user's own: nothing is known of a reloader
    };
    (!serves).then(|| Reason::ReloaderParent { command: command.to_owned() })
}
