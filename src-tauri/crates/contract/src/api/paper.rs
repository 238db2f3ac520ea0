//! Papers, as they cross.

use engine::paper::{Block, Paper, PaperColumn, PaperFact, PaperStep, PaperTable, Section, Tone};

use crate::paper::{
    PaperBlockView, PaperColumnView, PaperFactView, PaperSectionView, PaperStepView, PaperTableView,
    PaperView, ToneView,
};

impl From<Tone> for ToneView {
    fn from(tone: Tone) -> Self {
        match tone {
            Tone::Plain => Self::Plain,
            Tone::Good => Self::Good,
            Tone::Warn => Self::Warn,
            Tone::Bad => Self::Bad,
            Tone::Open => Self::Open,
        }
    }
}

impl From<Paper> for PaperView {
    fn from(paper: Paper) -> Self {
        let Paper { kind, title, as_of, headline, tone, summary, sections } = paper;
        let sections = sections.into_iter().map(Into::into).collect();
        Self { kind, title, as_of, headline, tone: tone.into(), summary, sections }
    }
}

impl From<Section> for PaperSectionView {
    fn from(section: Section) -> Self {
        let Section { id, title, blocks } = section;
        Self { id, title, blocks: blocks.into_iter().map(Into::into).collect() }
    }
}

impl From<Block> for PaperBlockView {
    fn from(block: Block) -> Self {
        match block {
            Block::Text { tone, words } => Self::Text { tone: tone.into(), words },
            Block::Facts(facts) => Self::Facts { facts: facts.into_iter().map(Into::into).collect() },
            Block::Steps(steps) => Self::Steps { steps: steps.into_iter().map(Into::into).collect() },
            Block::Table(table) => Self::Table { table: table.into() },
        }
    }
}

impl From<PaperFact> for PaperFactView {
    fn from(fact: PaperFact) -> Self {
        let PaperFact { name, value, tone } = fact;
        Self { name, value, tone: tone.into() }
    }
}

impl From<PaperStep> for PaperStepView {
    fn from(step: PaperStep) -> Self {
        let PaperStep { title, notes, commands, window, time, who } = step;
        Self { title, notes, commands, window, time, who }
    }
}

impl From<PaperTable> for PaperTableView {
    fn from(table: PaperTable) -> Self {
        let PaperTable { id, title, columns, rows, empty } = table;
        let column = |PaperColumn { name, is_figure }| PaperColumnView { name, is_figure };
        Self { id, title, columns: columns.into_iter().map(column).collect(), rows, empty }
    }
}
