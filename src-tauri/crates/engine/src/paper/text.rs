//! A paper as plain text, for terminals and for its digest.

use std::fmt::Write as _;

use super::{Block, Paper, PaperFact, PaperStep, PaperTable, Section, Tone};

/// A cell of a table in text is cut to so many characters.
const CELL_CHARACTERS_MAX: usize = 160;

impl Paper {
    /// All of it as text.
    pub fn text(&self) -> String {
        let mut text = format!("{}: {}\n", self.kind, self.title);
        for line in [&self.as_of, &self.headline, &self.summary] {
            if !line.is_empty() {
                // Writing to a String cannot fail.
                let _ = writeln!(text, "{line}");
            }
        }
        for Section { id: _, title, blocks } in &self.sections {
            let _ = write!(text, "\n{title}\n{}\n", "-".repeat(title.chars().count()));
            for block in blocks {
                match block {
                    Block::Text { tone, words } => {
                        let _ = writeln!(text, "{}{words}", said(*tone));
                    }
                    Block::Facts(facts) => write_facts(&mut text, facts),
                    Block::Steps(steps) => write_steps(&mut text, steps),
                    Block::Table(table) => write_table(&mut text, table),
                }
            }
        }
        text
    }
}

fn said(tone: Tone) -> String {
    match tone {
        Tone::Plain => String::new(),
        tone => format!("[{}] ", tone.word()),
    }
}

fn write_facts(text: &mut String, facts: &[PaperFact]) {
    let width = facts.iter().map(|fact| fact.name.chars().count()).max().unwrap_or(0);
    for PaperFact { name, value, tone } in facts {
        let _ = writeln!(text, "{name:<width$}  {}{value}", said(*tone));
    }
}

fn write_steps(text: &mut String, steps: &[PaperStep]) {
    for (at, PaperStep { title, notes, commands, window, time, who }) in steps.iter().enumerate() {
        let _ = writeln!(text, "{:>2}. {title}", at + 1);
        for line in commands.iter().flat_map(|command| command.lines()) {
            let _ = writeln!(text, "      {line}");
        }
        if let Some(window) = window {
            let _ = writeln!(text, "    In the window: {window}");
        }
        for note in notes {
            let _ = writeln!(text, "    {note}");
        }
        for (name, value) in [("Time", time), ("Who", who)] {
            if let Some(value) = value {
                let _ = writeln!(text, "    {name}: {value}");
            }
        }
    }
}

fn write_table(text: &mut String, table: &PaperTable) {
    if !table.title.is_empty() {
        let _ = writeln!(text, "{}", table.title);
    }
    if table.rows.is_empty() {
        let _ = writeln!(text, "{}", table.empty);
        return;
    }
    let names: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    let shown: Vec<Vec<String>> = std::iter::once(&names)
        .chain(&table.rows)
        .map(|row| row.iter().map(|cell| short(cell)).collect())
        .collect();
    let width = |at: usize| {
        shown.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..table.columns.len()).map(width).collect();
    for row in &shown {
        let cells = row.iter().zip(&table.columns).zip(&widths).map(|((cell, column), width)| {
            if column.is_figure { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

fn short(cell: &str) -> String {
    match cell.char_indices().nth(CELL_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &cell[..end]),
        None => cell.to_owned(),
    }
}
