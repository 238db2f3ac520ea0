//! What a project is to its owner, as an option says it.

use clap::ValueEnum;
use contract::project::LabelView;

/// What a project is to its owner.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Label {
    /// People depend on it now.
    Production,
    /// Before production.
    Staging,
    /// For developers.
    Development,
}

impl From<Label> for LabelView {
    fn from(label: Label) -> Self {
        match label {
            Label::Production => Self::Production,
            Label::Staging => Self::Staging,
            Label::Development => Self::Development,
        }
    }
}
