//! A paper as one HTML file: no scripts, nothing remote, every text escaped, made to be printed.

use std::fmt::Write as _;

use super::{Block, Paper, PaperFact, PaperStep, PaperTable, Section, Tone};
use crate::proof::{GENERATOR, escaped};

const STYLE: &str = include_str!("paper.css");

impl Paper {
    /// The page. `mark` stands in its head, and says what wrote it and of what it is.
    pub fn html(&self, mark: &str) -> String {
        let mut page = String::new();
        let (title, kind) = (escaped(&self.title), escaped(&self.kind));
        // Writing to a String cannot fail.
        let _ = write!(
            page,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n{GENERATOR}\n{}\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>{kind}: {title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
             <table class=\"sheet\"><thead><tr><td><p class=\"running\"><span>{kind} · {title}</span><span>{as_of}</span></p></td></tr></thead>\n\
             <tbody><tr><td><main>\n<p class=\"kind\">{kind}</p>\n<h1>{title}</h1>\n<p class=\"sub\">{as_of}</p>\n\
             <section class=\"verdict {}\"><span class=\"mark\" aria-hidden=\"true\">{}</span><div><h2>{}</h2><p>{}</p></div></section>\n",
            meta(mark),
            class(self.tone),
            self.tone.mark(),
            escaped(&self.headline),
            escaped(&self.summary),
            as_of = escaped(&self.as_of),
        );
        self.write_contents(&mut page);
        for section in &self.sections {
            write_section(&mut page, section);
        }
        page.push_str("</main></td></tr></tbody></table>\n</body>\n</html>\n");
        page
    }

    fn write_contents(&self, page: &mut String) {
        page.push_str("<nav><h2>Contents</h2><ol>\n");
        for Section { id, title, .. } in &self.sections {
            let _ = writeln!(page, "<li><a href=\"#{}\">{}</a></li>", escaped(id), escaped(title));
        }
        page.push_str("</ol></nav>\n");
    }
}

/// The line of the head by which a file is known as this very paper.
pub(super) fn meta(mark: &str) -> String {
    format!("<meta name=\"holdfast-paper\" content=\"{}\">", escaped(mark))
}

impl Paper {
    /// Whether a page is the paper with this mark, written by Holdfast: the only thing that a newer one replaces.
    pub(crate) fn is_page(text: &str, mark: &str) -> bool {
        let head = text.split_once("</head>").map_or("", |(head, _)| head);
        text.starts_with("<!doctype html>") && head.contains(GENERATOR) && head.contains(&meta(mark))
    }
}

fn write_section(page: &mut String, Section { id, title, blocks }: &Section) {
    let _ = writeln!(page, "<section id=\"{}\">\n<h2>{}</h2>", escaped(id), escaped(title));
    for block in blocks {
        match block {
            Block::Text { tone: Tone::Plain, words } => {
                let _ = writeln!(page, "<p>{}</p>", escaped(words));
            }
            Block::Text { tone, words } => {
                let _ = writeln!(
                    page,
                    "<p class=\"note {}\">{}{}</p>",
                    class(*tone),
                    said(*tone),
                    escaped(words)
                );
            }
            Block::Facts(facts) => write_facts(page, facts),
            Block::Steps(steps) => write_steps(page, steps),
            Block::Table(table) => write_table(page, table),
        }
    }
    page.push_str("</section>\n");
}

fn write_facts(page: &mut String, facts: &[PaperFact]) {
    page.push_str("<dl>\n");
    for PaperFact { name, value, tone } in facts {
        let _ = writeln!(
            page,
            "<dt>{}</dt><dd class=\"{}\">{}{}</dd>",
            escaped(name),
            class(*tone),
            said(*tone),
            escaped(value)
        );
    }
    page.push_str("</dl>\n");
}

fn write_steps(page: &mut String, steps: &[PaperStep]) {
    page.push_str("<ol class=\"steps\">\n");
    for PaperStep { title, notes, commands, window, time, who } in steps {
        let _ = write!(page, "<li><p class=\"act\">{}</p>", escaped(title));
        for command in commands {
            let _ = write!(page, "<pre>{}</pre>", escaped(command));
        }
        if let Some(window) = window {
            let _ = write!(page, "<p class=\"way\">In the window: {}</p>", escaped(window));
        }
        for note in notes {
            let _ = write!(page, "<p>{}</p>", escaped(note));
        }
        for (name, value) in [("Time", time), ("Who", who)] {
            if let Some(value) = value {
                let _ = write!(page, "<p class=\"aside\"><b>{name}</b> {}</p>", escaped(value));
            }
        }
        page.push_str("</li>\n");
    }
    page.push_str("</ol>\n");
}

fn write_table(page: &mut String, table: &PaperTable) {
    if !table.title.is_empty() {
        let _ = writeln!(page, "<h3>{}</h3>", escaped(&table.title));
    }
    if table.rows.is_empty() {
        let _ = writeln!(page, "<p class=\"empty\">{}</p>", escaped(&table.empty));
        return;
    }
    let side = |at: usize| {
        if table.columns.get(at).is_some_and(|column| column.is_figure) { " class=\"n\"" } else { "" }
    };
    page.push_str("<table class=\"data\">\n<thead><tr>");
    for (at, column) in table.columns.iter().enumerate() {
        let _ = write!(page, "<th scope=\"col\"{}>{}</th>", side(at), escaped(&column.name));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        page.push_str("<tr>");
        for (at, cell) in row.iter().enumerate() {
            let _ = write!(page, "<td{}>{}</td>", side(at), escaped(cell));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table>\n");
}

fn said(tone: Tone) -> String {
    match tone {
        Tone::Plain => String::new(),
        tone => format!("<b class=\"mark\" title=\"{}\">{}</b> ", tone.word(), tone.mark()),
    }
}

fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Good => "good",
        Tone::Warn => "warn",
        Tone::Bad => "bad",
        Tone::Open => "open",
    }
}

#[cfg(test)]
mod tests {
    use super::super::everywhere;
    use super::*;

    #[test]
    fn a_page_shows_hostile_names_as_text_and_asks_nobody_for_anything() {
        let hostile = "<script src=//evil.example/x.js></script>\"'&</head>";
        let page = everywhere(hostile).html(hostile);
        assert!(!page.contains("<script") && !page.contains("@import") && !page.contains("url("));
        assert_eq!(page.matches("</head>").count(), 1);
        assert!(page.matches("&lt;script src=//evil.example/x.js&gt;").count() > 15, "{page}");
    }

    #[test]
    fn a_page_is_known_by_its_mark_in_its_head_alone() {
        let page = everywhere("a").html("plan p1");
        assert!(Paper::is_page(&page, "plan p1") && !Paper::is_page(&page, "plan p2"));
        let foreign =
            page.replacen(&meta("plan p1"), "", 1).replace("</body>", &format!("{}</body>", meta("plan p1")));
        assert!(!Paper::is_page(&foreign, "plan p1"));
        assert!(!Paper::is_page("", "plan p1"));
    }
}
