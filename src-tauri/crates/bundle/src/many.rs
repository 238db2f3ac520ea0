//! Several files given at once, which may be one backup: the Supabase CLI writes roles, schema and rows
//! into a script each.

use camino::Utf8PathBuf;

use super::inspection::{BundleKind, Inspection, Table};
use super::part::PartKind;
use super::{BundleError, InspectRequest, inspect};

/// Files that are taken at once.
const FILES_MAX: usize = 64;

/// What several files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Many {
    /// Each by itself, in the order in which they were given.
    pub files: Vec<Inspection>,
    /// What they are together, if they belong together.
    pub together: Option<Together>,
}

/// What files are together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Together {
    /// What they are.
    pub kind: BundleKind,
    /// In one sentence.
    pub sentence: String,
    /// The places of the files in the order in which they are loaded: roles, schema, rows.
    pub order: Vec<usize>,
    /// Tables, those with the most bytes first.
    pub tables: Vec<Table>,
    /// Rows in all of them.
    pub rows: u64,
}

/// Says what several files are, each by itself and together.
///
/// # Errors
/// As `inspect`, of the first file that fails; `TooLarge` for too many files.
pub fn inspect_many(paths: &[Utf8PathBuf], request: &InspectRequest<'_>) -> Result<Many, BundleError> {
    if paths.len() > FILES_MAX {
        let what = format!("more than {FILES_MAX} files at once");
        return Err(BundleError::TooLarge { place: "the selection".into(), what });
    }
    let files = paths.iter().map(|path| inspect(path, request)).collect::<Result<Vec<_>, _>>()?;
    let together = together(&files);
    Ok(Many { files, together })
}

/// What a script is among several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Share {
    Roles,
    Schema,
    Rows,
}

fn share(file: &Inspection) -> Option<Share> {
    if file.kind != BundleKind::PlainSql {
        return None;
    }
    if file.parts.iter().any(|part| part.kind == PartKind::Roles) {
        return Some(Share::Roles);
    }
    Some(if file.rows.unwrap_or(0) == 0 { Share::Schema } else { Share::Rows })
}

fn together(files: &[Inspection]) -> Option<Together> {
    let mut shares: Vec<(Share, usize)> = files
        .iter()
        .enumerate()
        .map(|(at, file)| share(file).map(|share| (share, at)))
        .collect::<Option<_>>()?;
    shares.sort_unstable();
    let is_each_once = shares.windows(2).all(|pair| pair[0].0 != pair[1].0);
    let has_schema = shares.iter().any(|(share, _)| *share == Share::Schema);
    if shares.len() < 2 || !is_each_once || !has_schema {
        return None;
    }
    let mut tables: Vec<Table> = Vec::new();
    for table in files.iter().flat_map(|file| &file.tables) {
        match tables.iter_mut().find(|known| known.schema == table.schema && known.name == table.name) {
            Some(known) => {
                known.rows = known.rows.zip(table.rows).map(|(one, other)| one + other);
                known.bytes += table.bytes;
            }
            None => tables.push(table.clone()),
        }
    }
    tables.sort_by(|one, other| {
        (other.bytes, &one.schema, &one.name).cmp(&(one.bytes, &other.schema, &other.name))
    });
    let rows = tables.iter().filter_map(|table| table.rows).fold(0, u64::saturating_add);
    let names: Vec<&str> = shares
        .iter()
        .map(|(share, _)| match share {
            Share::Roles => "roles",
            Share::Schema => "schema",
            Share::Rows => "rows",
        })
        .collect();
    let sentence =
        format!("These are one database as scripts, as the Supabase CLI makes them: {}.", names.join(", "));
    let order = shares.into_iter().map(|(_, at)| at).collect();
    Some(Together { kind: BundleKind::SupabaseCli, sentence, order, tables, rows })
}
