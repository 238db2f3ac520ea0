//! `holdfast backup list`: which backups there are, what they hold, and what they take.

use clap::{Args, ValueEnum};
use contract::api;
use contract::backup::{
    BackupKindView, BackupPage, BackupSpace, BackupSums, BegunByView, ListBackups, ProofSiftView,
    SiftBackups, SumBackups,
};
use contract::number::Millis;
use serde::Serialize;

use crate::audit::moment;
use crate::backup;
use crate::console::Console;
use crate::error::Ended;
use crate::keeping::{self, Kept};
use crate::status::Status;
use crate::table::{Side, parts, table};
use crate::words;

/// Which backups are listed.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only those of this project.
    pub(crate) project: Option<String>,
    /// Only what came so: read from its source by Holdfast, pulled from a platform, or a file of a person.
    #[arg(long)]
    kind: Option<Kind>,
    /// Only what was begun by a person, or by a schedule.
    #[arg(long)]
    by: Option<By>,
    /// Only those that hold this; more than one, and they have to hold all.
    #[arg(long, value_name = "COMPONENT", value_delimiter = ',',
          value_parser = ["database", "storage", "config", "redis", "logs"])]
    holds: Vec<String>,
    /// Only those that are proven at least so far; or never, or whose last proof failed.
    #[arg(long)]
    proof: Option<Proof>,
    /// Only those of this day or moment, and later: `2026-11-01`, `2026-11-01T08:00:00Z`.
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    since: Option<Millis>,
    /// Only those of before this day or moment.
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    until: Option<Millis>,
    /// Only those that somebody holds.
    #[arg(long)]
    held: bool,
    /// Only those in which this text stands: in the reason, in who made it, in the migration, in the id.
    #[arg(long)]
    text: Option<String>,
    /// Also measure in the vault what only these need, and what nothing needs; takes as long as planning a prune.
    #[arg(long)]
    space: bool,
    /// How many at most, 1 to 500.
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// How many to skip.
    #[arg(long, default_value_t = 0)]
    offset: u32,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Own,
    Pulled,
    Imported,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum By {
    Person,
    Schedule,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Proof {
    Bytes,
    Readable,
    Restored,
    Never,
    Failed,
}

/// The page as the window has it, and what all that match take.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    #[serde(flatten)]
    page: BackupPage,
    sums: BackupSums,
    space: Option<BackupSpace>,
}

impl List {
    /// The catalogue answers all of it, but what the vault would free.
    pub(crate) fn needs_secrets(&self) -> bool {
        self.space
    }

    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        let (engine, sift, is_sifted) = (&console.engine, self.sift(), self.is_sifted());
        let Self { project, space, limit, offset, .. } = self;
        let sum = || SumBackups { project: project.clone(), sift: Some(sift.clone()) };
        let (sums, space) = (
            api::backup_sums(engine, sum()).await?,
            if space { Some(api::backup_space(engine, sum()).await?) } else { None },
        );
        let request = ListBackups { project, offset, limit, sift: Some(sift) };
        let page = api::backup_list(engine, request).await?;
        let ids = page.backups.iter().map(|row| row.id.clone()).collect();
        let kept = keeping::kept(console, ids).await?;
        let listed = Listed { page, sums, space };
        console.output.answer(&listed, || match (listed.page.total.0, is_sifted) {
            (0, false) => "No backups here. Make one: `holdfast backup run PROJECT`.".into(),
            (0, true) => "No backup matches.".into(),
            _ => list_words(&listed, &kept, offset),
        });
        Ok(Status::Done)
    }

    fn sift(&self) -> SiftBackups {
        SiftBackups {
            kind: self.kind.map(|kind| match kind {
                Kind::Own => BackupKindView::Own,
                Kind::Pulled => BackupKindView::Pulled,
                Kind::Imported => BackupKindView::Imported,
            }),
            by: self.by.map(|by| match by {
                By::Person => BegunByView::Person,
                By::Schedule => BegunByView::Schedule,
            }),
            holds: self.holds.clone(),
            proof: self.proof.map(|proof| match proof {
                Proof::Bytes => ProofSiftView::Bytes,
                Proof::Readable => ProofSiftView::Readable,
                Proof::Restored => ProofSiftView::Restored,
                Proof::Never => ProofSiftView::Never,
                Proof::Failed => ProofSiftView::Failed,
            }),
            since_ms: self.since,
            until_ms: self.until,
            is_held: self.held,
            text: self.text.clone(),
        }
    }

    fn is_sifted(&self) -> bool {
        let Self {
            project: _,
            kind,
            by,
            holds,
            proof,
            since,
            until,
            held,
            text,
            space: _,
            limit: _,
            offset: _,
        } = self;
        kind.is_some()
            || by.is_some()
            || !holds.is_empty()
            || proof.is_some()
            || since.is_some()
            || until.is_some()
            || *held
            || text.is_some()
    }
}

/// What a backup holds, for people: the files that it came as say nothing of that.
pub(crate) fn holds(components: &[String]) -> String {
    let known = components.iter().filter(|one| *one != "artifact").map(|one| match one.as_str() {
        "storage" => "files",
        "redis" => "Redis",
        "other" => "other files",
        known => known,
    });
    let known: Vec<&str> = known.collect();
    if known.is_empty() { "a file".to_owned() } else { known.join(", ") }
}

fn list_words(listed: &Listed, kept: &[Kept], offset: u32) -> String {
    let Listed { page, sums, space } = listed;
    let rows: Vec<Vec<String>> = page
        .backups
        .iter()
        .zip(kept)
        .map(|(row, kept)| {
            vec![
                row.short_id.clone(),
                row.project.clone(),
                words::moment(row.at_ms),
                holds(&row.components),
                words::bytes(row.size_bytes.0),
                words::bytes(row.added_bytes.0),
                row.rows.map(|rows| words::count(rows.0)).unwrap_or_default(),
                backup::proven(row),
                kept.until.clone(),
                row.reason.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let columns = [
        ("ID", Side::Left),
        ("PROJECT", Side::Left),
        ("MOMENT", Side::Left),
        ("HOLDS", Side::Left),
        ("SIZE", Side::Right),
        ("ADDED", Side::Right),
        ("ROWS", Side::Right),
        ("PROVEN", Side::Left),
        ("KEPT UNTIL", Side::Left),
        ("REASON", Side::Left),
    ];
    let shown = u64::from(offset) + page.backups.len() as u64;
    let more = if shown < page.total.0 && !page.backups.is_empty() {
        format!(
            "{} of {}; the next: --offset {shown}",
            words::count(page.backups.len() as u64),
            words::count(page.total.0)
        )
    } else {
        String::new()
    };
    let shown = if page.backups.is_empty() { String::new() } else { table(&columns, &rows) };
    parts(&[shown, more, sums_words(sums), space.map(|space| space_words(&space)).unwrap_or_default()])
}

fn sums_words(sums: &BackupSums) -> String {
    format!(
        "{}, {} in them; they added {} to the vault when they were made.",
        words::counted(sums.backups.0, "backup"),
        words::bytes(sums.size_bytes.0),
        words::bytes(sums.added_bytes.0)
    )
}

fn space_words(space: &BackupSpace) -> String {
    format!(
        "Only they need {} of the {} that the vault's data takes; nothing needs {} any more, which `holdfast vault prune` frees.",
        words::bytes(space.alone_bytes.0),
        words::bytes(space.stored_bytes.0),
        words::bytes(space.unused_bytes.0)
    )
}
