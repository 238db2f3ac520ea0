//! Why an archive could not be understood.

/// Why an archive could not be understood. The archive itself may be perfectly good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// It does not begin as the custom format does.
    #[error("it is not in pg_dump's custom format")]
    NotCustomFormat,
    /// A version whose layout is not known here.
    #[error("archive version {major}.{minor} is not known")]
    UnknownVersion {
        /// Major.
        major: u8,
        /// Minor.
        minor: u8,
    },
    /// Its data is compressed, so rows cannot be seen in the stream.
    #[error("its data is compressed")]
    Compressed,
    /// Its data is compressed by LZ4, which is not read here.
    #[error("its data is compressed by LZ4")]
    Lz4,
    /// It ends in the middle.
    #[error("it ends after {bytes} bytes, in the middle of {what}")]
    Truncated {
        /// Where.
        bytes: u64,
        /// In the middle of what.
        what: &'static str,
    },
    /// A value that cannot be right.
    #[error("at byte {at}: {what}")]
    Nonsense {
        /// Where.
        at: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// Rows that are not COPY lines.
    #[error("the rows of {table} are not in COPY format")]
    NotCopy {
        /// The table.
        table: String,
    },
    /// It is larger than what is reasonable to keep in memory.
    #[error("{what} is larger than the limit of {limit}")]
    TooLarge {
        /// What.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
}
