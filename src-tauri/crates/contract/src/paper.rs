//! Papers: what Holdfast writes down for people, in blocks that the window and the command line show alike.

use serde::{Deserialize, Serialize};
use specta::Type;

/// How something is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ToneView {
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

/// A paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PaperView {
    /// What it is: `Recovery plan`.
    pub kind: String,
    /// Of what.
    pub title: String,
    /// When it was true.
    pub as_of: String,
    /// The answer first.
    pub headline: String,
    /// How bad that is.
    pub tone: ToneView,
    /// A sentence under it.
    pub summary: String,
    /// What it says, in order.
    pub sections: Vec<PaperSectionView>,
}

/// A part of a paper under its heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PaperSectionView {
    /// Stable id.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// What it says, in order.
    pub blocks: Vec<PaperBlockView>,
}

/// What a section is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum PaperBlockView {
    /// A sentence or two.
    Text {
        /// How it is to be read.
        tone: ToneView,
        /// What it says.
        words: String,
    },
    /// Names and values.
    Facts {
        /// In order.
        facts: Vec<PaperFactView>,
    },
    /// What is done, one after the other.
    Steps {
        /// In order.
        steps: Vec<PaperStepView>,
    },
    /// Figures.
    Table {
        /// The table.
        table: PaperTableView,
    },
}

/// A name and a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PaperFactView {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// How it is to be read.
    pub tone: ToneView,
}

/// One step of a procedure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PaperStepView {
    /// What is done.
    pub title: String,
    /// What is to be known beside it.
    pub notes: Vec<String>,
    /// The command lines.
    pub commands: Vec<String>,
    /// The way through the window.
    pub window: Option<String>,
    /// How long it takes.
    pub time: Option<String>,
    /// Who is called.
    pub who: Option<String>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PaperTableView {
    /// Stable id, and the name of its file.
    pub id: String,
    /// Its heading; empty where the section says it.
    pub title: String,
    /// Columns.
    pub columns: Vec<PaperColumnView>,
    /// Rows.
    pub rows: Vec<Vec<String>>,
    /// What is said where there is no row.
    pub empty: String,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PaperColumnView {
    /// Its heading.
    pub name: String,
    /// Whether it holds figures.
    pub is_figure: bool,
}
