//! What a person recognises their project by: users, buckets, secrets, jobs, functions, each counted.
//!
//! A platform has a profile, which is data. Its database is known by tables and columns that its dump holds, never by
//! the name of a host or a database. The figures are those that were counted as the dump passed: they are of its
//! moment and of what a restore brings back. Nothing is asked of the database for them, so that a view in the place of
//! a table is never evaluated. Only the sizes of files that lie elsewhere are asked for (`files.rs`).

mod files;
mod supabase;
mod there;

use serde::{Deserialize, Serialize};

pub use files::{FileBytes, file_bytes};
pub use there::{There, ThingThere, there};

use super::copy_text::columns_in;
use super::custom_format::{Summary, Toc, TocEntry};
use base::words::{bytes_words, count_words};

/// Every platform that is known.
pub const PROFILES: [&Profile; 1] = [&supabase::SUPABASE];

/// What any database may have.
const ANYWHERE: [Thing; 2] = [
    Thing {
        one: "job",
        many: "jobs",
        counted: Rule::Rows(KnownTable {
            schema: "cron",
            table: "job",
            columns: &["jobid", "schedule", "command"],
        }),
        files: None,
    },
    Thing { one: "function", many: "functions", counted: Rule::Functions, files: None },
];

/// What a platform puts into the databases of its users.
#[derive(Debug)]
pub struct Profile {
    /// What it is called.
    pub name: &'static str,
    /// What its databases are known by: all of these.
    pub signs: &'static [KnownTable],
    /// Schemas that are the platform's: what is made in them is no person's.
    pub schemas: &'static [&'static str],
    /// Tables whose rows come and go by themselves, by schema and name.
    pub noise: &'static [(&'static str, &'static str)],
    /// What it means to people that those rows become older ones: a sentence without its full stop.
    pub noise_means: &'static str,
    /// Tables of extensions whose rows are a person's, by schema and name, and what makes such rows.
    pub extension_tables: &'static [(&'static str, &'static str, &'static str)],
    /// The role that a person is given.
    pub user: User,
    /// What a person recognises, in the order in which it is said.
    pub things: &'static [Thing],
}

impl Profile {
    /// The profile of a platform that a backup's database is like.
    pub fn of(recognised: Option<&Recognised>) -> Option<&'static Self> {
        let name = recognised?.provider.as_deref()?;
        PROFILES.into_iter().find(|profile| profile.name == name)
    }
}

/// A role, and what it may do.
#[derive(Debug)]
pub struct User {
    /// Its name.
    pub name: &'static str,
    /// Its attributes as `CREATE ROLE` has them, sorted; it has no other.
    pub attributes: &'static [&'static str],
}

/// A table, and columns that it has among others.
#[derive(Debug)]
pub struct KnownTable {
    /// Its schema.
    pub schema: &'static str,
    /// Its name.
    pub table: &'static str,
    /// Columns that are copied. Those that are computed are not.
    pub columns: &'static [&'static str],
}

/// Something that a person recognises.
#[derive(Debug)]
pub struct Thing {
    /// The word for one.
    pub one: &'static str,
    /// The word for many.
    pub many: &'static str,
    /// How it is counted.
    pub counted: Rule,
    /// Where its files are, if each is the name of one.
    pub files: Option<Files>,
}

/// How something is counted.
#[derive(Debug)]
pub enum Rule {
    /// The rows of a table, where the dump has it.
    Rows(KnownTable),
    /// Functions, procedures and aggregates that are neither an extension's nor in a schema of the platform.
    Functions,
}

/// Files of which a database knows the names.
#[derive(Debug)]
pub struct Files {
    /// The component that they are when a backup holds them: `storage`.
    pub component: &'static str,
    /// The column, of `jsonb`, that says how large each is.
    pub column: &'static str,
    /// Where it says so.
    pub key: &'static str,
}

/// What a person recognises in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recognised {
    /// The platform that the database is like; none where it is like no platform's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// What was counted, in the order in which it is said.
    pub things: Vec<Counted>,
}

/// How many there are of something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// The word for one.
    pub one: String,
    /// The word for many.
    pub many: String,
    /// How many.
    pub count: u64,
    /// Their files, if each is the name of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<CountedFiles>,
}

/// Files that lie outside of a database that knows their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedFiles {
    /// The component that they are when a backup holds them.
    pub component: String,
    /// Their bytes, as the database says, where it could be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// What a person recognises in a dump, with the sizes that the database knew. None where there is nothing of the kind.
pub fn recognise(summary: &Summary, bytes: &[FileBytes]) -> Option<Recognised> {
    let is_there = |sign: &KnownTable| sign.is_in(&summary.toc);
    let provider = PROFILES.into_iter().find(|profile| profile.signs.iter().all(is_there));
    let things = provider.map_or(&[][..], |profile| profile.things).iter().chain(&ANYWHERE);
    let things: Vec<Counted> = things.filter_map(|thing| thing.count(summary, provider, bytes)).collect();
    let provider = provider.map(|profile| profile.name.to_owned());
    (provider.is_some() || !things.is_empty()).then_some(Recognised { provider, things })
}

impl KnownTable {
    /// Whether a dump holds the rows of such a table. It holds none of a view.
    fn is_in(&self, toc: &Toc) -> bool {
        toc.entries.iter().any(|entry| {
            let is_named = entry.kind == "TABLE DATA"
                && entry.tag == self.table
                && entry.schema.as_deref() == Some(self.schema);
            is_named && self.has_columns(entry)
        })
    }

    fn has_columns(&self, entry: &TocEntry) -> bool {
        let copied = entry.copy.as_deref().map(columns_in).unwrap_or_default();
        self.columns.iter().all(|column| copied.iter().any(|one| one == column))
    }
}

impl Thing {
    fn count(&self, summary: &Summary, provider: Option<&Profile>, bytes: &[FileBytes]) -> Option<Counted> {
        let count = match &self.counted {
            Rule::Rows(known) => known.is_in(&summary.toc).then(|| rows(summary, known)).flatten(),
            // Nobody misses functions who has none.
            Rule::Functions => Some(functions(&summary.toc, provider)).filter(|count| *count > 0),
        }?;
        let files = self.files.as_ref().map(|files| CountedFiles {
            component: files.component.to_owned(),
            bytes: bytes.iter().find(|one| self.is_of(one)).map(|one| one.bytes),
        });
        Some(Counted { one: self.one.to_owned(), many: self.many.to_owned(), count, files })
    }

    fn is_of(&self, bytes: &FileBytes) -> bool {
        let of = (bytes.schema, bytes.table);
        matches!(&self.counted, Rule::Rows(known) if (known.schema, known.table) == of)
    }
}

fn rows(summary: &Summary, known: &KnownTable) -> Option<u64> {
    let mut named = summary.tables.iter();
    named.find(|one| one.schema == known.schema && one.name == known.table).map(|one| one.rows)
}

/// The functions of people. A dump leaves out those of extensions.
fn functions(toc: &Toc, provider: Option<&Profile>) -> u64 {
    let schemas = provider.map_or(&[][..], |profile| profile.schemas);
    let is_of_people = |entry: &&TocEntry| {
        matches!(entry.kind.as_str(), "FUNCTION" | "PROCEDURE" | "AGGREGATE")
            && entry.schema.as_deref().is_some_and(|schema| !schemas.contains(&schema))
    };
    toc.entries.iter().filter(is_of_people).count() as u64
}

impl Recognised {
    /// It in words, without full stops: `128 users, 3 buckets, 41 functions`. `holds` says whether the backup holds a
    /// component: files that it does not hold are never said to be in it.
    pub fn sentences(&self, holds: impl Fn(&str) -> bool) -> Vec<String> {
        let (mut here, mut apart): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for thing in &self.things {
            match &thing.files {
                Some(files) if thing.count > 0 && !holds(&files.component) => {
                    apart.push(thing.without_files(files));
                }
                Some(files) => {
                    let words = format!("{}{}", thing.words(), files.size_words());
                    match here.last_mut() {
                        Some(last) => *last = format!("{last} with {words}"),
                        None => here.push(words),
                    }
                }
                None => here.push(thing.words()),
            }
        }
        let list = (!here.is_empty()).then(|| here.join(", "));
        list.into_iter().chain(apart).collect()
    }
}

impl Counted {
    /// `1 user`, `4,211 objects`.
    fn words(&self) -> String {
        format!("{} {}", count_words(self.count), if self.count == 1 { &self.one } else { &self.many })
    }

    fn without_files(&self, files: &CountedFiles) -> String {
        let (words, size) = (self.words(), files.size_words());
        if self.count == 1 {
            format!("the row of {words}; its file{size} is not in this backup")
        } else {
            format!("the rows of {words}; their files{size} are not in this backup")
        }
    }
}

impl CountedFiles {
    fn size_words(&self) -> String {
        self.bytes.map(|bytes| format!(" ({})", bytes_words(bytes))).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
