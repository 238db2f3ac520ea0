//! Made-up content, the same in every run: numbers, words, sentences.

/// `SplitMix64`: small, fast, and the same everywhere.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// A sequence of its own for each seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5851_F42D_4C95_7F2D)
    }

    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        u64::try_from((u128::from(self.bits()) * u128::from(end)) >> 64).unwrap_or_default()
    }

    /// A number below `end`, small ones more often, as names and words are.
    pub(crate) fn skewed(&mut self, end: u64) -> u64 {
        let first = self.below(end);
        self.below(first + 1)
    }

    /// One of several.
    pub(crate) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[usize::try_from(self.below(from.len() as u64)).unwrap_or_default()]
    }
}

/// Words of a language that nobody speaks.
#[derive(Debug)]
pub(crate) struct Words(Vec<String>);

const WORDS: u64 = 4000;
const ONSETS: [&str; 20] =
    ["b", "br", "c", "d", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "pr", "r", "s", "st", "t", "tr", "v"];
const VOWELS: [&str; 8] = ["a", "e", "i", "o", "u", "ea", "ou", "ie"];
const CODAS: [&str; 10] = ["", "", "n", "r", "s", "t", "l", "nd", "rm", "ck"];

impl Words {
    /// The vocabulary.
    pub(crate) fn new() -> Self {
        let mut random = Random::new(1);
        let word = |_| {
            let syllables = 1 + random.below(3);
            (0..syllables)
                .map(|_| [random.pick(&ONSETS), random.pick(&VOWELS), random.pick(&CODAS)].concat())
                .collect()
        };
        Self((0..WORDS).map(word).collect())
    }

    /// One word; a few are common, as in any language.
    pub(crate) fn word(&self, random: &mut Random) -> &str {
        let rank = random.skewed(WORDS);
        &self.0[usize::try_from(random.below(rank + 1)).unwrap_or_default()]
    }

    /// About `bytes` of words with spaces between them, at the end of `into`.
    pub(crate) fn text(&self, random: &mut Random, bytes: u64, into: &mut String) {
        let end = into.len() + usize::try_from(bytes).unwrap_or_default();
        while into.len() < end {
            into.push_str(self.word(random));
            into.push(' ');
        }
        into.pop();
    }
}
