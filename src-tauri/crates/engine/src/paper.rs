//! A paper: a document for people to print, file and hand on. Recovery plans and reports are papers.
//!
//! The model is pure and contains no secret. `html.rs` and `text.rs` render all of it, `csv.rs` its tables;
//! the window renders the same blocks with its own components.

mod csv;
mod html;
mod text;

use ring::digest::{SHA256, digest};

use base::hex;

pub use csv::CsvFile;
pub(crate) use csv::is_table_of_ours;

/// A paper of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// What it is, in two words: `Recovery plan`.
    pub kind: String,
    /// Of what.
    pub title: String,
    /// When it was true, and for how long; not a part of what it says.
    pub as_of: String,
    /// The answer first, in one sentence.
    pub headline: String,
    /// How bad that is.
    pub tone: Tone,
    /// A sentence under it.
    pub summary: String,
    /// What it says, in order.
    pub sections: Vec<Section>,
}

/// How something is to be read. It is never shown by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    Plain,
    /// As it should be.
    Good,
    /// Look at it.
    Warn,
    /// Wrong.
    Bad,
    /// Not known.
    Open,
}

/// A part of a paper under its heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Stable id, which is also an anchor.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// What it says, in order.
    pub blocks: Vec<Block>,
}

/// What a section is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A sentence or two.
    Text {
        /// How it is to be read.
        tone: Tone,
        /// What it says.
        words: String,
    },
    /// Names and values.
    Facts(Vec<PaperFact>),
    /// What is done, one after the other.
    Steps(Vec<PaperStep>),
    /// Figures; also a file of its own.
    Table(PaperTable),
}

/// A name and a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperFact {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// How it is to be read.
    pub tone: Tone,
}

/// One step of a procedure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaperStep {
    /// What is done, in a sentence.
    pub title: String,
    /// What is to be known beside it.
    pub notes: Vec<String>,
    /// The command lines, to be typed as they stand here.
    pub commands: Vec<String>,
    /// The way through the window.
    pub window: Option<String>,
    /// How long it takes, and how that is known.
    pub time: Option<String>,
    /// Who is called, or waited for.
    pub who: Option<String>,
}

/// A table of a paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperTable {
    /// Stable id, and the name of its file.
    pub id: String,
    /// Its heading; empty where the section says it.
    pub title: String,
    /// Columns.
    pub columns: Vec<PaperColumn>,
    /// Rows, each with as many cells as there are columns.
    pub rows: Vec<Vec<String>>,
    /// Text shown for an empty table.
    pub empty: String,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperColumn {
    /// Its heading.
    pub name: String,
    /// Whether it holds figures.
    pub is_figure: bool,
}

impl Paper {
    /// A hash of what it says, whenever it says it.
    pub fn digest(&self) -> String {
        let said = Self { as_of: String::new(), ..self.clone() };
        hex::encode(digest(&SHA256, said.text().as_bytes()).as_ref())
    }
}

impl Section {
    pub(crate) fn new(id: &str, title: &str) -> Self {
        Self { id: id.into(), title: title.into(), blocks: Vec::new() }
    }

    pub(crate) fn text(mut self, tone: Tone, words: impl Into<String>) -> Self {
        self.blocks.push(Block::Text { tone, words: words.into() });
        self
    }

    pub(crate) fn facts(mut self, facts: Vec<PaperFact>) -> Self {
        let said: Vec<PaperFact> = facts.into_iter().filter(|fact| !fact.value.is_empty()).collect();
        if !said.is_empty() {
            self.blocks.push(Block::Facts(said));
        }
        self
    }

    pub(crate) fn steps(mut self, steps: Vec<PaperStep>) -> Self {
        self.blocks.push(Block::Steps(steps));
        self
    }

    pub(crate) fn table(mut self, table: PaperTable) -> Self {
        self.blocks.push(Block::Table(table));
        self
    }
}

impl PaperFact {
    pub(crate) fn of(name: &str, value: impl Into<String>) -> Self {
        Self::toned(name, value, Tone::Plain)
    }

    pub(crate) fn toned(name: &str, value: impl Into<String>, tone: Tone) -> Self {
        Self { name: name.into(), value: value.into(), tone }
    }
}

impl PaperStep {
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    pub(crate) fn command(mut self, command: impl Into<String>) -> Self {
        self.commands.push(command.into());
        self
    }

    pub(crate) fn window(mut self, window: impl Into<String>) -> Self {
        self.window = Some(window.into());
        self
    }

    pub(crate) fn time(mut self, time: impl Into<String>) -> Self {
        self.time = Some(time.into());
        self
    }

    pub(crate) fn who(mut self, who: Option<String>) -> Self {
        self.who = who;
        self
    }
}

impl PaperTable {
    /// A table; a column whose name ends in `#` holds figures.
    pub(crate) fn new(id: &str, title: &str, columns: &[&str], empty: &str) -> Self {
        let column = |name: &&str| match name.strip_suffix('#') {
            Some(name) => PaperColumn { name: name.to_owned(), is_figure: true },
            None => PaperColumn { name: (*name).to_owned(), is_figure: false },
        };
        Self {
            id: id.into(),
            title: title.into(),
            columns: columns.iter().map(column).collect(),
            rows: Vec::new(),
            empty: empty.into(),
        }
    }

    pub(crate) fn filled(mut self, rows: Vec<Vec<String>>) -> Self {
        self.rows = rows;
        self
    }
}

impl Tone {
    /// The word that stands beside what is toned.
    pub fn word(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Good => "as it should be",
            Self::Warn => "look at this",
            Self::Bad => "not as it should be",
            Self::Open => "not known",
        }
    }

    /// Its outline.
    pub(crate) fn mark(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Good => "✓",
            Self::Warn => "!",
            Self::Bad => "✗",
            Self::Open => "?",
        }
    }
}

#[cfg(test)]
pub(crate) fn everywhere(words: &str) -> Paper {
    let step = PaperStep::new(words).note(words).command(words).window(words).time(words);
    let section = Section::new("part", words)
        .text(Tone::Warn, words)
        .facts(vec![PaperFact::toned(words, words, Tone::Bad)])
        .steps(vec![step.who(Some(words.into()))])
        .table(
            PaperTable::new("table", words, &[words, "Rows#"], words)
                .filled(vec![vec![words.into(), "1".into()]]),
        );
    Paper {
        kind: words.into(),
        title: words.into(),
        as_of: words.into(),
        headline: words.into(),
        tone: Tone::Bad,
        summary: words.into(),
        sections: vec![section],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_of_what_a_paper_says_and_not_of_when() {
        let one = everywhere("a");
        let later = Paper { as_of: "tomorrow".into(), ..one.clone() };
        let other = Paper { summary: "b".into(), ..one.clone() };
        assert_eq!(one.digest(), later.digest());
        assert_ne!(one.digest(), other.digest());
    }
}
