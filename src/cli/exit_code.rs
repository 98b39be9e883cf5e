//! What the program's end means to the script that called it.

use thor_stack::os::process;

/// What the program's end means to the script that called it. The numbers are a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExitCode {
    /// Done, or running and healthy.
    Done = 0,
    /// It failed, or `status`: running but degraded.
    Failed = 1,
    /// The command line or the config is bad; nothing was started.
    Usage = 2,
    /// `status`: not running.
    NotRunning = 3,
    /// `status`: no such supervisor, or the state cannot be told.
    Unknown = 4,
    /// A second Ctrl-C ended it at once.
    Interrupted = 130,
}

/// What a stack ends with in which more workers hang than `supervisors.max_zombies`: no end of its own choice, so none
/// of [`ExitCode`]; its parent, or a service manager, starts it again. `EX_TEMPFAIL` of sysexits.h.
pub(crate) const OVERRUN: u8 = 75;

/// What a stack with a parent ends with that did not come to run, as the system refused what it needs (a thread, a
/// descriptor, a place on the disk). `EX_OSERR` of sysexits.h.
pub(crate) const UNSTARTED: u8 = 71;

impl ExitCode {
    /// Each code with what `--help` says about it.
    pub(crate) const ALL: [(ExitCode, &str); 6] = [
        (ExitCode::Done, "done, or running and healthy"),
        (ExitCode::Failed, "it failed, or status: running but degraded"),
        (ExitCode::Usage, "bad command line or config"),
        (ExitCode::NotRunning, "status: not running"),
        (ExitCode::Unknown, "status: no such supervisor, or the state cannot be told"),
        (ExitCode::Interrupted, "second Ctrl-C"),
    ];

    /// The number.
    pub(crate) fn number(self) -> u8 {
        self as u8
    }

    /// The code of this number, if it is one of ours.
    pub(crate) fn from_number(number: i32) -> Option<ExitCode> {
        ExitCode::ALL.map(|(code, _)| code).into_iter().find(|code| i32::from(code.number()) == number)
    }

    /// The number by which a stack tells its parent that it decided to end, and was not ended.
    pub(crate) fn for_parent(self) -> u8 {
        self.number() + process::DECIDED
    }

    /// The code of a stack that decided to end, as its parent sees it.
    pub(crate) fn of_child(number: i32) -> Option<ExitCode> {
        ExitCode::from_number(number - i32::from(process::DECIDED))
    }

    /// The list of codes for `--help`.
    pub(crate) fn help() -> String {
        let line = |(code, meaning): &(ExitCode, &str)| format!("  {:>3}  {meaning}\n", code.number());
        let overrun = format!("  {OVERRUN:>3}  run: too many workers hang; start it again\n");
        format!("Exit codes:\n{}{overrun}", ExitCode::ALL.iter().map(line).collect::<String>())
    }
}

/// An error that only the run of a command finds, and that is the command line's all the same: it ends with
/// [`ExitCode::Usage`].
#[derive(Debug)]
pub(crate) struct BadUsage(pub(crate) String);

impl std::fmt::Display for BadUsage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadUsage {}

impl ExitCode {
    /// The code that a failed command ends with.
    pub(crate) fn of(error: &anyhow::Error) -> ExitCode {
        if error.is::<BadUsage>() { ExitCode::Usage } else { ExitCode::Failed }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> std::process::ExitCode {
        code.number().into()
    }
}

#[cfg(test)]
mod tests {
    use super::ExitCode;

    /// The numbers of interfaces.md, which scripts rely on.
    #[test]
    fn the_numbers_are_a_contract() {
        let numbers = ExitCode::ALL.map(|(code, _)| code.number());
        assert_eq!(numbers, [0, 1, 2, 3, 4, 130]);
        assert_eq!(ExitCode::Usage.number(), 2);
        assert!(ExitCode::help().contains("  130  second Ctrl-C"));
    }
}
