//! `ledger backup`: a consistent copy of the ledger while it is in use.

use super::{Output, exit_code::ExitCode, ledger_file};
use std::path::PathBuf;
use thor_stack::config::Config;
use thor_stack::ledger::{Ledger, LedgerError};

/// Look after the ledger.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct LedgerArgs {
    #[command(subcommand)]
    command: LedgerCommand,
}

/// What to do with it.
#[derive(Debug, clap::Subcommand)]
enum LedgerCommand {
    Backup(BackupArgs),
}

/// Copy the ledger to a file, as of one moment, while the stack runs.
///
/// To go back to a copy, stop the stack and put the file in the ledger's place.
///
/// Examples:
///   thor-stack ledger backup ledger-2025-11-28.db
///   thor-stack ledger backup --force /mnt/backup/ledger.db
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
struct BackupArgs {
    /// The copy
    file: PathBuf,
    /// Replace the file if it is there; it is as it was until the copy is complete
    #[arg(long)]
    force: bool,
}

/// Copies the ledger.
///
/// # Errors
/// There is no ledger, the file is there and must stay, or the copy cannot be written.
pub(crate) fn run(args: &LedgerArgs, config: &Config, out: &mut Output) -> anyhow::Result<ExitCode> {
    let LedgerCommand::Backup(BackupArgs { file, force }) = &args.command;
    let shown = file.display();
    anyhow::ensure!(*force || !file.exists(), "{shown} exists already; name another file, or pass --force");
    let Some(ledger) = ledger_file::for_reading(config)? else {
        let path = config.ledger_path().display().to_string();
        return Err(LedgerError::Missing { path }.into());
    };
    let bytes = ledger.backup(file)?;
    out.line(&format!("copied the ledger to {shown}: {bytes} bytes"))?;
    Ok(ExitCode::Done)
}
