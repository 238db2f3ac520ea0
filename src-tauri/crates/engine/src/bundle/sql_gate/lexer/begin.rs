//! Bodies of functions between BEGIN and END, in which semicolons end nothing.
//!
//! `psql` tells them by the first words of a statement; this is the same rule.

/// How many BEGINs are open.
#[derive(Debug, Clone, Default)]
pub(super) struct BeginDepth {
    /// The first letters of those among the first words that matter.
    first: [u8; 4],
    words: usize,
    depth: u64,
}

impl BeginDepth {
    pub(super) fn depth(&self) -> u64 {
        self.depth
    }

    pub(super) fn word(&mut self, word: &str, parens: u64) {
        if matches!(word, "create" | "function" | "procedure" | "or" | "replace")
            && let Some(place) = self.first.get_mut(self.words)
        {
            *place = word.as_bytes()[0];
        }
        self.words = self.words.saturating_add(1);
        let makes_function = matches!(self.first, [b'c', b'f' | b'p', ..] | [b'c', b'o', b'r', b'f' | b'p']);
        if !makes_function || parens > 0 {
            return;
        }
        match word {
            "begin" => self.depth += 1,
            "case" if self.depth > 0 => self.depth += 1,
            "end" => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }
}
