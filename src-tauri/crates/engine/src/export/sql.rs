//! The database as SQL: one script, or four in a tar that are loaded one after the other.

use std::io::{self, Write};

use super::ExportError;
use super::layout::{Item, Layout, ROLES, SUMS};
use super::metadata::{seconds, sums};
use super::pieces::{Broken, Pieces};
use super::request::Destination;
use super::sink::{Hashed, Sink};
use super::source::{Source, Watch};
use super::target::Target;
use super::whole::{Backup, Content, Made, why};
use postgres::as_sql::{Section, SqlError, SqlOptions, write_sql};
use postgres::tools::ToolSet;

/// Tables, types, functions.
const SCHEMA: &str = "schema.sql";
/// Rows, sequences, large objects.
const DATA: &str = "data.sql";
/// Indexes, constraints, triggers.
const INDEXES: &str = "indexes.sql";
const README: &str = "README.txt";

/// A dump, and the programs that read it.
pub(super) struct Dump<'a> {
    pub(super) backup: &'a Backup,
    pub(super) item: &'a Item,
    pub(super) tools: &'a ToolSet,
    pub(super) no_owner: bool,
}

impl Dump<'_> {
    /// Writes one script. Blocks.
    pub(super) fn script(
        &self,
        clean: bool,
        to: &Destination,
        run: &str,
        watch: &Watch<'_>,
    ) -> Result<Made, ExportError> {
        let (target, file) = Target::begin(to, run)?;
        let disk = |source| ExportError::writing(&to.path, source);
        let mut sink = Hashed::new(Sink::new(file, to.packing, to.passphrase.as_ref()).map_err(disk)?);
        self.section(Section::All, clean, &mut sink, watch).map_err(|broken| why(broken, to))?;
        let (sink, bytes, sha256) = sink.finish();
        let content = Content::One { bytes, sha256 };
        let (bytes, sha256) = sink.finish().map_err(disk)?;
        Ok(Made { target, bytes, sha256, content })
    }

    /// Writes the scripts as a tar. A tar names sizes first, so the rows are turned into SQL twice: once to
    /// count its bytes, and once into the file; nothing is put on the disk in between. Blocks.
    pub(super) fn scripts(
        &self,
        layout: &Layout,
        to: &Destination,
        run: &str,
        watch: &Watch<'_>,
    ) -> Result<Made, ExportError> {
        let (target, file) = Target::begin(to, run)?;
        let disk = |source| ExportError::writing(&to.path, source);
        let sink = Sink::new(file, to.packing, to.passphrase.as_ref()).map_err(disk)?;
        let mut pieces = Pieces::new(sink, seconds(&self.backup.manifest));
        let poured = self.pour(layout, &mut pieces, watch).and_then(|()| pieces.finish());
        let (sink, written) = poured.map_err(|broken| why(broken, to))?;
        let (bytes, sha256) = sink.finish().map_err(disk)?;
        Ok(Made { target, bytes, sha256, content: Content::Tar(written) })
    }

    fn pour(&self, layout: &Layout, pieces: &mut Pieces<Sink>, watch: &Watch<'_>) -> Result<(), Broken> {
        let roles = layout.first.iter().find(|item| item.name == ROLES);
        pieces.text(README, self.readme(roles.is_some()).as_bytes())?;
        if let Some(roles) = roles {
            let reader = self.backup.vault.read(&self.backup.id, &roles.path)?;
            pieces.file(roles, Source::new(reader, watch))?;
        }
        for (name, section) in
            [(SCHEMA, Section::PreData), (DATA, Section::Data), (INDEXES, Section::PostData)]
        {
            let mut counted = Hashed::new(io::sink());
            self.section(section, false, &mut counted, watch)?;
            let (_, bytes, _) = counted.finish();
            pieces.stream(name, bytes, |into| self.section(section, false, into, watch))?;
        }
        let text = sums(pieces.written());
        pieces.text(SUMS, &text)
    }

    /// The structure is in the head of the archive; rows need the whole archive, which is then hashed
    /// completely.
    fn section(
        &self,
        section: Section,
        clean: bool,
        into: &mut dyn Write,
        watch: &Watch<'_>,
    ) -> Result<(), Broken> {
        let Backup { vault, id, manifest } = self.backup;
        let needs_rows = matches!(section, Section::All | Section::Data);
        let database = manifest.dump().map_err(|error| Broken::Source(error.into()))?;
        let head = database.prefix_bytes;
        let is_head = !needs_rows && head > 0;
        let reader = vault.read_range(id, &self.item.path, 0, if is_head { head } else { u64::MAX })?;
        let mut source = Source::new(reader, watch);
        // The hash of an archive cannot stand in it, so nothing in it can end the frame of the script.
        let restrict_key = database.part.sha256.clone();
        let options = SqlOptions { section, clean, no_owner: self.no_owner, restrict_key };
        let made = write_sql(self.tools, &mut source, &options, into);
        if let Some(failure) = source.failure() {
            return Err(Broken::Source(failure));
        }
        made.map_err(of_tool)?;
        if is_head {
            return Ok(());
        }
        if let Err(error) = io::copy(&mut source, &mut io::sink()) {
            return Err(source.failure().map_or(Broken::Disk(error), Broken::Source));
        }
        source.finish(self.item).map(drop).map_err(Broken::Source)
    }

    fn readme(&self, has_roles: bool) -> String {
        let manifest = &self.backup.manifest;
        let at = jiff::Timestamp::from_second(seconds(manifest)).unwrap_or_default();
        let name = manifest.database.as_ref().map_or("", |database| database.name.as_str());
        let roles = if has_roles {
            "  psql --dbname=postgres --file=roles.sql     # roles that exist are errors to pass over\n"
        } else {
            ""
        };
        format!(
            "Database {} of {} as it was at {at}, backup {}.\n\
             SQL made by pg_restore {}. Load it into an empty database, in this order:\n\n{roles}\
             \x20 psql --set=ON_ERROR_STOP=1 --dbname=NEW --file={SCHEMA}\n\
             \x20 psql --set=ON_ERROR_STOP=1 --dbname=NEW --file={DATA}\n\
             \x20 psql --set=ON_ERROR_STOP=1 --dbname=NEW --file={INDEXES}\n\n\
             Check first that all of it is here: sha256sum -c {SUMS}\n",
            name, manifest.origin.project, self.backup.id, self.tools.version,
        )
    }
}

fn of_tool(error: SqlError) -> Broken {
    match error {
        SqlError::Process(error) => Broken::Source(error.into()),
        SqlError::Tool(said) => Broken::Source(ExportError::Tool { said }),
        SqlError::Archive(error) => Broken::Source(ExportError::Tool { said: error.to_string() }),
        SqlError::Script(error) => Broken::Disk(error),
    }
}
