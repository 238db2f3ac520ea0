//! A report as one HTML file: no scripts, nothing remote, every text escaped, light and dark by its style.
//! Drills and restores are written down in the same way.

use std::fmt::Write as _;

use base::words::span_words;
use ledger::catalog::Verdict;
use ledger::job::{Check, CheckVerdict};

const STYLE: &str = include_str!("report.css");

/// By which a page is known as one of ours.
pub(crate) const GENERATOR: &str = "<meta name=\"generator\" content=\"Holdfast\">";

/// What a report says.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its title.
    pub title: String,
    /// A line under it.
    pub subtitle: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The verdict in a sentence.
    pub headline: String,
    /// Why.
    pub reason: String,
    /// How long it took, against the goal.
    pub time: String,
    /// Every check that was made, or was not.
    pub checks: Vec<Check>,
    /// Where the time went.
    pub phases: Vec<DocumentPhase>,
    /// What else is to be said, each under a heading.
    pub sections: Vec<DocumentSection>,
    /// Names and values.
    pub facts: Vec<(String, String)>,
    /// What the tools said.
    pub notes: Vec<String>,
}

/// A phase with its time.
#[derive(Debug, Clone)]
pub struct DocumentPhase {
    /// Its name.
    pub title: String,
    /// When it began, from the beginning.
    pub after_ms: i64,
    /// How long it took.
    pub elapsed_ms: i64,
}

/// Sentences under a heading.
#[derive(Debug, Clone)]
pub struct DocumentSection {
    /// The heading.
    pub title: String,
    /// What it says.
    pub lines: Vec<String>,
}

impl Document {
    /// The page.
    pub fn html(&self) -> String {
        let mut page = String::new();
        let title = escaped(&self.title);
        let (mark, class) = match self.verdict {
            Verdict::Pass => ("✓", "pass"),
            Verdict::Fail => ("✗", "fail"),
            Verdict::Inconclusive => ("?", "open"),
        };
        // Writing to a String cannot fail.
        let _ = write!(
            page,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n{GENERATOR}\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n\
             <p class=\"sub\">{}</p>\n<section class=\"verdict {class}\"><span class=\"mark\" aria-hidden=\"true\">{mark}</span>\
             <div><h2>{}</h2><p>{}</p></div><p class=\"time\">{}</p></section>\n",
            escaped(&self.subtitle),
            escaped(&self.headline),
            escaped(&self.reason),
            escaped(&self.time),
        );
        self.write_checks(&mut page);
        self.write_phases(&mut page);
        for DocumentSection { title, lines } in &self.sections {
            write_list(&mut page, title, lines);
        }
        self.write_facts(&mut page);
        page.push_str("</main>\n</body>\n</html>\n");
        page
    }

    fn write_checks(&self, page: &mut String) {
        if self.checks.is_empty() {
            page.push_str("<h2>Checks</h2>\n<p>No check was made.</p>\n");
            return;
        }
        page.push_str("<h2>Checks</h2>\n<table>\n<thead><tr><th scope=\"col\">Check</th><th scope=\"col\">Verdict</th><th scope=\"col\" class=\"n\">Found</th><th scope=\"col\">What was done</th><th scope=\"col\" class=\"n\">Time</th></tr></thead>\n<tbody>\n");
        for check in &self.checks {
            let (class, verdict) = words(check.verdict);
            let _ = write!(
                page,
                "<tr><th scope=\"row\">{}</th><td class=\"{class}\">{verdict}</td><td class=\"n\">{}</td><td>{}",
                escaped(&check.title),
                escaped(&check.figure),
                escaped(&check.done),
            );
            if !check.findings.is_empty() {
                page.push_str("<ul>");
                for finding in &check.findings {
                    let _ = write!(page, "<li>{}</li>", escaped(finding));
                }
                let hidden = check.found.saturating_sub(check.findings.len() as u64);
                if hidden > 0 {
                    let _ = write!(page, "<li>and {hidden} more</li>");
                }
                page.push_str("</ul>");
            }
            let _ = writeln!(page, "</td><td class=\"n\">{}</td></tr>", escaped(&span_words(check.ms)));
        }
        page.push_str("</tbody>\n</table>\n");
    }

    fn write_phases(&self, page: &mut String) {
        let whole = self.phases.iter().map(|phase| phase.after_ms + phase.elapsed_ms).max().unwrap_or(0);
        if whole <= 0 {
            return;
        }
        page.push_str("<h2>Where the time went</h2>\n<ol class=\"phases\">\n");
        for phase in &self.phases {
            let share = |ms: i64| {
                let tenths = ms.clamp(0, whole) * 1000 / whole;
                format!("{}.{}%", tenths / 10, tenths % 10)
            };
            let _ = writeln!(
                page,
                "<li><span>{}</span><span class=\"bar\"><i style=\"left:{};width:{}\"></i></span><span class=\"n\">{}</span></li>",
                escaped(&phase.title),
                share(phase.after_ms),
                share(phase.elapsed_ms),
                escaped(&span_words(phase.elapsed_ms)),
            );
        }
        page.push_str("</ol>\n");
    }

    fn write_facts(&self, page: &mut String) {
        page.push_str("<h2>Facts</h2>\n<dl>\n");
        for (name, value) in &self.facts {
            let _ = writeln!(page, "<dt>{}</dt><dd>{}</dd>", escaped(name), escaped(value));
        }
        page.push_str("</dl>\n");
        if !self.notes.is_empty() {
            write_list(page, "Notes of the tools", &self.notes);
        }
    }
}

fn write_list(page: &mut String, title: &str, lines: &[String]) {
    let _ = writeln!(page, "<h2>{}</h2>\n<ul>", escaped(title));
    for line in lines {
        let _ = writeln!(page, "<li>{}</li>", escaped(line));
    }
    page.push_str("</ul>\n");
}

fn words(verdict: CheckVerdict) -> (&'static str, &'static str) {
    match verdict {
        CheckVerdict::Pass => ("pass", "pass"),
        CheckVerdict::Fail => ("fail", "fail"),
        CheckVerdict::Inconclusive => ("open", "inconclusive"),
        CheckVerdict::Noted => ("open", "as it was, look"),
        CheckVerdict::NotChecked => ("idle", "not checked"),
    }
}

/// A text as the page shows it. Names come from databases, and may be anything.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter if letter.is_control() && letter != '\n' => safe.push('?'),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::check::Begun;

    #[test]
    fn a_page_shows_hostile_names_as_text_and_asks_nobody_for_anything() {
        let hostile = "<script src=//evil.example/x.js></script>\"'&";
        let check = Begun::new("x", "X").judged(hostile, hostile, vec![hostile.to_owned()]);
        let page = Document {
            title: hostile.into(),
            subtitle: hostile.into(),
            verdict: Verdict::Fail,
            headline: hostile.into(),
            reason: hostile.into(),
            time: hostile.into(),
            checks: vec![check],
            phases: vec![DocumentPhase { title: hostile.into(), after_ms: 10, elapsed_ms: 30 }],
            sections: vec![DocumentSection { title: hostile.into(), lines: vec![hostile.into()] }],
            facts: vec![(hostile.into(), hostile.into())],
            notes: vec![hostile.into()],
        }
        .html();
        assert!(!page.contains("<script") && !page.contains("@import") && !page.contains("url("));
        assert_eq!(page.matches("&lt;script src=//evil.example/x.js&gt;").count(), 15);
        assert!(page.contains("left:25.0%;width:75.0%"));
    }
}
