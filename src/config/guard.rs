//! `[guard]`: in which hosts the stack starts by itself.

/// `[guard]`: in which hosts the stack starts by itself. The `thor-stack` program reads none of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardConfig {
    /// Whether the stack starts by itself; the variable `THOR_STACK_AUTO_START` overrides it.
    pub auto_start: bool,
    /// Commands of Django's manager that serve, besides those that are known.
    pub server_commands: Vec<String>,
    /// What `RUN_MAIN` decides.
    pub require_run_main: RequireRunMain,
}

impl Default for GuardConfig {
    fn default() -> GuardConfig {
        GuardConfig { auto_start: true, server_commands: Vec::new(), require_run_main: RequireRunMain::Auto }
    }
}

/// What `RUN_MAIN`, by which Django's autoreloader marks the child that serves, decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RequireRunMain {
    /// It must be `"true"` where an autoreloader sets it, and nothing else where it is set at all.
    #[default]
    Auto,
    /// It must be `"true"` in every host.
    Always,
    /// It is not looked at.
    Never,
}
