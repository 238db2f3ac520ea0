//! An export as a job: inspect, write, read back, record it in the audit chain, and only then rename the file
//! to its final name.

use std::sync::Arc;

use vault::Vault;

use super::layout::Layout;
use super::part::{self, Chosen};
use super::read_back;
use super::request::{Destination, ExportRequest, SaveRequest};
use super::source::Watch;
use super::sql::Dump;
use super::tables::Tables;
use super::target::room_for;
use super::whole::{self, Backup, Made};
use super::{ExportError, Form, IfExists};
use crate::archive::failure::vault_failure;
use crate::archive::opened::blocking;
use crate::engine::Engine;
use base::Code;
use base::failure::Failure;
use base::words::{bytes_words, counted};
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec, Trigger, WrittenFile};
use postgres::tools::ToolSet;

/// The beginning of an id, as people see it.
const SHORT_ID: usize = 8;

/// What is to leave.
#[derive(Debug, Clone)]
enum What {
    Whole,
    Part { part: String, tables: Vec<String>, form: Option<Form> },
}

impl What {
    /// For people.
    fn words(&self) -> String {
        match self {
            Self::Whole => "the whole backup".into(),
            Self::Part { part, tables, .. } if tables.is_empty() => part.clone(),
            Self::Part { tables, .. } => tables.join(", "),
        }
    }
}

impl Engine {
    /// Starts to write a whole backup into one file. Returns the job's id at once.
    ///
    /// # Errors
    /// `backup_not_found`, `file_exists`, `write_failed`, `invalid_request`; `command_line_only` for a window that
    /// would replace a file.
    #[crate::boxed]
    pub async fn start_export(&self, request: ExportRequest) -> Result<String, Failure> {
        let ExportRequest { backup, to } = request;
        self.start_leaving(&backup, What::Whole, to).await
    }

    /// Starts to write one part of a backup into a file. Returns the job's id at once.
    ///
    /// # Errors
    /// `backup_not_found`, `file_exists`, `write_failed`, `invalid_request`; `command_line_only` for a window that
    /// would replace a file.
    #[crate::boxed]
    pub async fn start_save(&self, request: SaveRequest) -> Result<String, Failure> {
        let SaveRequest { backup, part, tables, form, to } = request;
        let part = part.trim().to_owned();
        if part.is_empty() {
            return Err(Failure::invalid(
                "no part was named",
                "Name `database`, `roles`, or a file or folder of the backup.",
            ));
        }
        self.start_leaving(&backup, What::Part { part, tables, form }, to).await
    }

    async fn start_leaving(&self, reference: &str, what: What, to: Destination) -> Result<String, Failure> {
        let found = self.backup(reference).await?;
        let vault = self.profile.archive.record().await?;
        if to.if_exists == IfExists::Replace && self.profile.jobs.trigger() == Trigger::Window {
            // The page can name any path, and a page that was taken over must not lose people their files.
            return Err(Failure::new(
                Code::CommandLineOnly,
                "a file can be replaced on the command line only",
                "Choose another name; on the command line it is `--replace`.",
            ));
        }
        let to = to.checked()?;
        let (id, project) = (found.record.id, found.project);
        let spec = JobSpec {
            kind: JobKind::Export,
            title: match &what {
                What::Whole => format!("Exporting a backup of {project}"),
                What::Part { .. } => format!("Saving {} of a backup of {project}", what.words()),
            },
            sentence: format!(
                "Backup {} ({}) from vault “{}” to {}, {}.",
                short(&id),
                what.words(),
                vault.name,
                to.path,
                to.words()
            ),
            project_id: Some(found.record.project_id),
            writes_vault: false,
            phases: phases(&to, &vault.name),
            if_cancelled: "The unfinished file is removed; the backup stays as it is.".into(),
        };
        let leaving = Leaving { engine: self.clone(), id, project, what, to };
        self.profile.jobs.start(spec, move |context| leaving.run(context)).await
    }
}

fn phases(to: &Destination, vault: &str) -> Vec<PhaseSpec> {
    let how = match (to.packing.as_str(), to.passphrase.is_some()) {
        ("none", false) => String::new(),
        ("none", true) => ", encrypted".into(),
        (packing, false) => format!(", packed with {packing}"),
        (packing, true) => format!(", packed with {packing} and encrypted"),
    };
    vec![
        PhaseSpec {
            id: "read",
            title: "Look",
            weight: 1,
            sentence: format!(
                "The manifest and the list of files, from “{vault}”; the space where the file goes."
            ),
        },
        PhaseSpec {
            id: "write",
            title: "Write",
            weight: 12,
            sentence: format!("From “{vault}” to {}{how}; every file is held against the manifest.", to.path),
        },
        PhaseSpec {
            id: "check",
            title: "Check",
            weight: 6,
            sentence:
                "Read back from the disk, every checksum in it compared. Only then the file gets its name."
                    .into(),
        },
    ]
}

/// One export on its way.
struct Leaving {
    engine: Engine,
    id: String,
    project: String,
    what: What,
    to: Destination,
}

impl Leaving {
    async fn run(self, context: JobContext) -> Result<JobOutput, Failure> {
        context.phase("read");
        let (backup, chosen) = self.look(&context).await?;
        let tools = self.tools(&backup, chosen.as_ref()).await?;
        context.phase("write");
        let (to, run) = (Arc::new(self.to.clone()), context.id().to_owned());
        let made = {
            let (context, to) = (context.clone(), Arc::clone(&to));
            let layout = backup.1;
            let backup = backup.0;
            blocking(move || {
                context.expect_bytes(chosen.as_ref().map_or(layout.bytes(), Chosen::bytes));
                write(&backup, &layout, chosen.as_ref(), tools.as_ref(), &to, &run, &Watch::of(&context))
            })
            .await?
        };
        context.info("write", format!("{} written, SHA-256 {}", bytes_words(made.bytes), made.sha256));
        context.phase("check");
        let made = {
            let (context, to) = (context.clone(), Arc::clone(&to));
            blocking(move || -> Result<Made, ExportError> {
                context.expect_bytes(made.content.bytes());
                read_back::check(&made, &to, &Watch::of(&context))?;
                Ok(made)
            })
            .await?
        };
        context.checkpoint()?;
        // Who took data out is what is asked later: what cannot be recorded does not leave.
        self.record(&context, &made).await?;
        self.keep(&context, made).await
    }

    /// What is in the backup, what of it is meant, and whether there is room for it.
    async fn look(&self, context: &JobContext) -> Result<((Backup, Layout), Option<Chosen>), Failure> {
        let (id, manifest) = self.engine.profile.archive.manifest(&self.id).await?;
        let vault: Vault = self.engine.profile.archive.vault().await?;
        let (what, to) = (self.what.clone(), self.to.clone());
        let looked = blocking(move || -> Result<_, Failure> {
            let entries = vault.entries(&id).map_err(vault_failure)?;
            let layout = Layout::of(&entries, &manifest)?;
            let chosen = match what {
                What::Whole => None,
                What::Part { part, tables, form } => Some(Chosen::of(&layout, &part, &tables, form)?),
            };
            let bytes = chosen.as_ref().map_or(layout.bytes(), Chosen::room);
            let has_room = room_for(&to, bytes)?;
            Ok((Backup { vault, id, manifest }, layout, chosen, has_room))
        });
        let (backup, layout, chosen, has_room) = looked.await?;
        if !has_room {
            context.warn(
                "read",
                "the disk holds the file only if it packs well; if it becomes full, nothing is left of it",
            );
        }
        if self.to.passphrase.is_none() {
            context.warn("read", "the file is not encrypted: whoever has it can read all data in it");
        }
        let how = chosen.as_ref().map_or("as one file", Chosen::words);
        context.fact("From", format!("{} of {}", short(&self.id), self.project), Some(self.what.words()));
        context.fact("To", self.to.path.as_str(), Some(format!("{how}, {}", self.to.words())));
        Ok(((backup, layout), chosen))
    }

    async fn tools(
        &self,
        backup: &(Backup, Layout),
        chosen: Option<&Chosen>,
    ) -> Result<Option<ToolSet>, Failure> {
        if !chosen.is_some_and(Chosen::needs_tools) {
            return Ok(None);
        }
        let manifest = &backup.0.manifest;
        let tools = self.engine.profile.tools().await?;
        Ok(Some(tools.for_restore(manifest.tool_major()?, manifest.server_major()?)?.clone()))
    }

    async fn record(&self, context: &JobContext, made: &Made) -> Result<(), Failure> {
        let what = self.what.words();
        let details = Details::none()
            .with("run", Fact::Id(context.id()))
            .with("what", Fact::Name(&what))
            .with("file", Fact::Path(&self.to.path))
            .with("encrypted", Fact::Flag(self.to.passphrase.is_some()))
            .with("bytes", Fact::Count(made.bytes))
            .with("sha256", Fact::Id(&made.sha256));
        self.engine.audit(Act::BackupExported, &Subject::backup(&self.id, &self.project), details).await
    }

    async fn keep(self, context: &JobContext, made: Made) -> Result<JobOutput, Failure> {
        let Made { target, bytes, sha256, content } = made;
        blocking(move || target.keep()).await?;
        let opened_with = self.to.opened_with(content.reader());
        let files = content.files();
        let outcome = format!(
            "{} in {}, {}. Every checksum was read back from it.",
            counted(files, "file"),
            self.to.path,
            bytes_words(bytes)
        );
        context.fact("SHA-256", sha256.as_str(), None);
        context.safe_next(if self.to.passphrase.is_some() {
            format!("Keep the passphrase apart from the file; without it nobody can read it. It is read without Holdfast by `{opened_with}`.")
        } else {
            format!("The file holds its data in clear text: keep it where only you can read it. It is read without Holdfast by `{opened_with}`.")
        });
        let is_encrypted = self.to.passphrase.is_some();
        let file = WrittenFile { path: self.to.path, bytes, sha256, is_encrypted, opened_with };
        Ok(JobOutput { outcome, backup_id: Some(self.id), file: Some(file), ..JobOutput::default() })
    }
}

fn write(
    backup: &Backup,
    layout: &Layout,
    chosen: Option<&Chosen>,
    tools: Option<&ToolSet>,
    to: &Destination,
    run: &str,
    watch: &Watch<'_>,
) -> Result<Made, ExportError> {
    let no_tools = || ExportError::Tool { said: "it is not here".into() };
    match chosen {
        None => whole::write(backup, layout, true, to, run, watch),
        Some(Chosen::Files(layout)) => whole::write(backup, layout, false, to, run, watch),
        Some(Chosen::File(item)) => part::write(backup, item, to, run, watch),
        Some(Chosen::Tables { item, wanted }) => Tables { backup, item, wanted }.write(to, run, watch),
        Some(Chosen::Script { item, clean, no_owner }) => {
            let tools = tools.ok_or_else(no_tools)?;
            Dump { backup, item, tools, no_owner: *no_owner }.script(*clean, to, run, watch)
        }
        Some(Chosen::Scripts { item, no_owner }) => {
            let tools = tools.ok_or_else(no_tools)?;
            Dump { backup, item, tools, no_owner: *no_owner }.scripts(layout, to, run, watch)
        }
    }
}

fn short(id: &str) -> &str {
    id.get(..SHORT_ID).unwrap_or(id)
}
