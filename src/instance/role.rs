//! What a home is held for.

/// Each role of a home has a lock of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Role {
    /// The stack itself.
    #[default]
    Stack,
    /// The small process that starts the stack again when it dies; while it lives, a gap between two stacks is no
    /// free home.
    Parent,
}

impl Role {
    /// The lock's file in the home folder. Always empty: nobody has a reason to open it.
    pub(super) fn lock_file(self) -> &'static str {
        match self {
            Role::Stack => "instance.lock",
            Role::Parent => "parent.lock",
        }
    }

    /// Where a holder describes itself. Not the lock's own file: closing that one gives the lock back.
    pub(super) fn info_file(self) -> &'static str {
        match self {
            Role::Stack => "instance.json",
            Role::Parent => "parent.json",
        }
    }
}
