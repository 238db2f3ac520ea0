//! Counts as sentences have them.

/// A count with its noun: `1 byte`, `2 bytes`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// That something is larger than it can be.
pub(crate) fn too_many_bytes(count: u64) -> String {
    format!("{} {} too many", counted(count, "byte"), if count == 1 { "is" } else { "are" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "key")), ["0 keys", "1 key", "2 keys"]);
        assert_eq!(too_many_bytes(1), "1 byte is too many");
        assert_eq!(too_many_bytes(2), "2 bytes are too many");
    }
}
