//! How this host stands to the lease at one moment.

use super::{Leader, Other, Tenure};
use jiff::Timestamp;
use std::fmt;

/// How this host stands to the lease.
#[derive(Debug, Clone)]
pub(super) enum Standing {
    /// It holds it, as far as it knows.
    Leads(Leading),
    /// It does not.
    Waits { leader: Option<Leader>, why: String, since: Timestamp },
}

/// The lease in this host's hand.
#[derive(Debug, Clone)]
pub(super) struct Leading {
    pub(super) tenure: Tenure,
    pub(super) leader: Leader,
    /// Since when the tenure is known to have run out unrenewed, if it has.
    pub(super) lapsed: Option<Timestamp>,
}

impl Standing {
    pub(super) fn waiting(leader: Option<Leader>, why: &str, since: Timestamp) -> Standing {
        Standing::Waits { leader, why: why.to_string(), since }
    }

    pub(super) fn leading(&self) -> Option<&Leading> {
        match self {
            Standing::Leads(leading) => Some(leading),
            Standing::Waits { .. } => None,
        }
    }

    pub(super) fn why(&self) -> String {
        match self {
            Standing::Leads(_) => "the lease ran out unrenewed".into(),
            Standing::Waits { why, .. } => why.clone(),
        }
    }

    pub(super) fn since(&self) -> Timestamp {
        match self {
            Standing::Leads(leading) => leading.lapsed.unwrap_or(leading.tenure.since),
            Standing::Waits { since, .. } => *since,
        }
    }
}

impl fmt::Display for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.leader {
            Some(leader) => write!(f, "{leader} leads"),
            None => write!(f, "another program holds the lease"),
        }
    }
}
