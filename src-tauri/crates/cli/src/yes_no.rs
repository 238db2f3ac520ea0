//! Options that are switched on or off, where leaving one out means that it stays as it is.

use clap::ValueEnum;

/// On or off, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum YesNo {
    /// On.
    Yes,
    /// Off.
    No,
}
