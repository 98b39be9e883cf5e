//! `service`: the stack as a Windows service; the service control manager runs it, nobody types it.

use super::Output;
use super::exit_code::ExitCode;
use super::run::{self, RunOptions, Stopping};
use thor_stack::config::{Config, Flag};
use thor_stack::os::service;

/// Run the stack as a service of Windows, for its service control manager alone.
///
/// Logs to log.file, else to thor-stack.log in the home folder. scripts/install-service.ps1
/// installs it.
///
/// Example of a service's command line:
///   "C:\Program Files\thor-stack\thor-stack.exe" --config C:\desk\config.toml service
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct ServiceArgs {
    #[command(flatten)]
    options: RunOptions,
}

impl ServiceArgs {
    /// The options that stand for one key of the config.
    pub(crate) fn flags(&self) -> Vec<Flag> {
        self.options.flags()
    }
}

/// Runs the stack until the service control manager says stop.
///
/// # Errors
/// It was started by something else.
pub(crate) fn run(args: &ServiceArgs, config: &Config, out: &mut Output) -> anyhow::Result<ExitCode> {
    let (options, config) = (args.options.clone(), config.clone());
    let (order, ordered) = crossbeam_channel::bounded(1);
    let stopping = Stopping { order: order.clone(), ordered };
    let body = move || {
        let code = run::run_service(&options, &stopping, &config).unwrap_or_else(|error| {
            log::error!("{error:#}");
            ExitCode::of(&error)
        });
        code.number().into()
    };
    match service::run(order, Box::new(body)) {
        Ok(()) => Ok(ExitCode::Done),
        Err(error) => {
            out.line(
                "only the service control manager runs this: `thor-stack run` is the stack in the foreground",
            )?;
            Err(error.into())
        }
    }
}
