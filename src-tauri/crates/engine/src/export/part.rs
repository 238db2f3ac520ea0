//! One part of a backup as a file: which part, in which form.

use super::ExportError;
use super::layout::{ACCESS, DUMP, Item, Layout, MANIFEST, ROLES};
use super::request::{Destination, Form};
use super::sink::Sink;
use super::source::{Source, Watch};
use super::target::Target;
use super::whole::{Backup, Content, Made};
use base::failure::Failure;

/// What a request means in a certain backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Chosen {
    /// A file as it is.
    File(Item),
    /// Files below a folder, in a tar.
    Files(Layout),
    /// The dump as one script.
    Script {
        /// The dump.
        item: Item,
        /// Drop first.
        clean: bool,
        /// Without owners.
        no_owner: bool,
    },
    /// Rows of the dump as JSON in a tar.
    Tables {
        /// The dump.
        item: Item,
        /// Which tables; none is all of them.
        wanted: Vec<String>,
    },
    /// The dump as four scripts in a tar.
    Scripts {
        /// The dump.
        item: Item,
        /// Without owners.
        no_owner: bool,
    },
}

impl Chosen {
    /// Finds what is meant. Without a form a file stays as it is, and a folder becomes a tar.
    pub(super) fn of(
        layout: &Layout,
        part: &str,
        tables: &[String],
        form: Option<Form>,
    ) -> Result<Self, Failure> {
        let path = format!("/{}", part.trim_matches('/'));
        let wanted = match part {
            "database" => DUMP,
            "roles" => ROLES,
            "access" => ACCESS,
            other => other.trim_start_matches('/'),
        };
        let found = layout.items().find(|item| item.name == wanted || item.path == path).cloned();
        let Some(item) = found else { return Self::folder(layout, part, &path, form) };
        let is_dump = item.name == DUMP;
        let form = form.or_else(|| (!tables.is_empty()).then_some(Form::Json));
        if !tables.is_empty() && form != Some(Form::Json) {
            return Err(Failure::invalid(
                "tables are saved as JSON alone",
                "Leave the form out, or take `--as json`; a database as SQL is saved whole.",
            ));
        }
        match form {
            Some(Form::Json) if is_dump => Ok(Self::Tables { item, wanted: tables.to_vec() }),
            Some(Form::Json) => Err(Failure::invalid(
                format!("{part} has no rows"),
                "Only the database has; save this part as it is.",
            )),
            None | Some(Form::AsItIs) => Ok(Self::File(item)),
            Some(Form::Sql { clean, no_owner }) if is_dump => Ok(Self::Script { item, clean, no_owner }),
            // The roles are SQL already.
            Some(Form::Sql { clean: false, no_owner: false }) if item.name == ROLES => Ok(Self::File(item)),
            Some(Form::Sql { .. }) => Err(Failure::invalid(
                format!("{part} cannot be made into SQL"),
                "Only the database can; save this part as it is.",
            )),
            Some(Form::Tar { no_owner }) if is_dump => Ok(Self::Scripts { item, no_owner }),
            Some(Form::Tar { .. }) => Ok(Self::Files(layout.below(&item.path))),
        }
    }

    fn folder(layout: &Layout, part: &str, path: &str, form: Option<Form>) -> Result<Self, Failure> {
        let inside = layout.below(path);
        if inside.items().next().is_none() && inside.folders.is_empty() {
            let known = layout.items().filter(|item| item.name != MANIFEST).take(20);
            let known = known.map(|item| match item.name.as_str() {
                DUMP => "database".to_owned(),
                ROLES => "roles".to_owned(),
                ACCESS => "access".to_owned(),
                _ => item.path.clone(),
            });
            return Err(ExportError::NoPart { part: part.to_owned(), known: known.collect() }.into());
        }
        match form {
            None | Some(Form::Tar { .. }) => Ok(Self::Files(inside)),
            Some(Form::AsItIs | Form::Sql { .. } | Form::Json) => Err(Failure::invalid(
                format!("{part} is a folder"),
                "A folder is saved as a tar: `--as tar`.",
            )),
        }
    }

    /// Bytes that are read from the vault for it.
    pub(super) fn bytes(&self) -> u64 {
        match self {
            Self::File(item) | Self::Script { item, .. } => item.bytes,
            Self::Files(layout) => layout.bytes(),
            Self::Scripts { item, .. } => item.bytes.saturating_mul(2),
            // How much chosen tables are is known once they are read.
            Self::Tables { item, wanted } if wanted.is_empty() => item.bytes.saturating_mul(2),
            Self::Tables { .. } => 0,
        }
    }

    /// Bytes that the file may have, before it is packed.
    pub(super) fn room(&self) -> u64 {
        match self {
            Self::Tables { item, wanted } if wanted.is_empty() => item.bytes,
            other => other.bytes(),
        }
    }

    /// Whether `pg_restore` makes it.
    pub(super) fn needs_tools(&self) -> bool {
        matches!(self, Self::Script { .. } | Self::Scripts { .. })
    }

    /// What it becomes, for people.
    pub(super) fn words(&self) -> &'static str {
        match self {
            Self::File(_) => "as it is",
            Self::Files(_) => "as a tar",
            Self::Script { .. } => "as SQL, made by pg_restore",
            Self::Tables { .. } => "as JSON in a tar, an object for each row",
            Self::Scripts { .. } => "as SQL in a tar, made by pg_restore",
        }
    }
}

/// Writes one file as it is. Blocks.
pub(super) fn write(
    backup: &Backup,
    item: &Item,
    to: &Destination,
    run: &str,
    watch: &Watch<'_>,
) -> Result<Made, ExportError> {
    let (target, file) = Target::begin(to, run)?;
    let disk = |source| ExportError::writing(&to.path, source);
    let mut sink = Sink::new(file, to.packing, to.passphrase.as_ref()).map_err(disk)?;
    let mut source = Source::new(backup.vault.read(&backup.id, &item.path)?, watch);
    if let Err(error) = std::io::copy(&mut source, &mut sink) {
        return Err(source.failure().unwrap_or_else(|| disk(error)));
    }
    let content = Content::One { bytes: item.bytes, sha256: source.finish(item)? };
    let (bytes, sha256) = sink.finish().map_err(disk)?;
    Ok(Made { target, bytes, sha256, content })
}
