//! How much something matters: one scale for health, the doctor, messages and what files hold.

/// How much something matters, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// As it should be.
    Ok,
    /// Worth knowing; nothing is wrong.
    Info,
    /// Will become a failure, stands out, or is missing.
    Warning,
    /// Nobody knows: what would show it is missing.
    Unknown,
    /// Something is lost, would do harm, or does not work.
    Critical,
}

impl Severity {
    /// All of them, from least to most.
    pub const ALL: [Self; 5] = [Self::Ok, Self::Info, Self::Warning, Self::Unknown, Self::Critical];

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Unknown => "unknown",
            Self::Critical => "critical",
        }
    }

    /// The severity of a stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}
