//! Whether a project runs at its platform, read from the platform's own word for it: a claim.

/// Whether a project runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Running {
    /// It runs.
    Yes,
    /// It runs, and is not well.
    Unwell,
    /// It is paused.
    Paused,
    /// It is on the way from one to the other, or what the word means is not known.
    Between,
    /// The last change of it did not work.
    Failed,
}

impl Running {
    /// What a platform's word means. Supabase's cloud and `SupaManager` have nearly the same words.
    pub fn of(word: &str) -> Self {
        let word = word.trim().to_ascii_uppercase();
        let has = |part: &str| word.contains(part);
        match word.as_str() {
            "PAUSED" | "INACTIVE" | "STOPPED" => Self::Paused,
            "ACTIVE" | "RUNNING" | "HEALTHY" => Self::Yes,
            _ if has("FAIL") || has("ERROR") => Self::Failed,
            _ if has("UNHEALTHY") => Self::Unwell,
            _ if word.starts_with("ACTIVE") => Self::Yes,
            _ => Self::Between,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Running;

    #[test]
    fn words_of_both_platforms_are_told_apart_and_an_unknown_one_is_never_taken_for_an_end() {
        let of = [
            ("ACTIVE_HEALTHY", Running::Yes),
            ("active", Running::Yes),
            ("ACTIVE_UNHEALTHY", Running::Unwell),
            ("PAUSED", Running::Paused),
            ("INACTIVE", Running::Paused),
            ("PAUSING", Running::Between),
            ("RESTORING", Running::Between),
            ("RESUMING", Running::Between),
            ("COMING_UP", Running::Between),
            ("UNKNOWN", Running::Between),
            ("", Running::Between),
            ("PAUSE_FAILED", Running::Failed),
        ];
        for (word, meant) in of {
            assert_eq!(Running::of(word), meant, "{word}");
        }
    }
}
