//! `completions`: a completion script for a shell.

use super::{Output, args, exit_code::ExitCode};
use clap_complete::Shell;

/// Print a completion script for a shell.
///
/// Example:
///   thor-stack completions bash > /etc/bash_completion.d/thor-stack
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Prints the script.
///
/// # Errors
/// The output cannot be written.
pub(crate) fn run(args: &CompletionsArgs, out: &mut Output) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut args::command(), "thor-stack", &mut script);
    out.text(&String::from_utf8(script)?)?;
    Ok(ExitCode::Done)
}
