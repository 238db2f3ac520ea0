//! Uploads: a backup's file back to its platform, and a file as a new project there.

use std::fs::File;

use camino::{Utf8Path, Utf8PathBuf};

use crate::archive::{Part, opened};
use crate::engine::Engine;
use crate::intake::Spool;
use crate::project::{Reached, There};
use base::Code;
use base::failure::Failure;
use base::words::bytes_words;
use ledger::audit::{Act as Audited, Details, Fact, Subject};
use ledger::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};

impl Engine {
    /// Starts to give the file that a backup was made of back to the project's platform, for instance once it
    /// was deleted there. Returns the job's id at once.
    ///
    /// # Errors
    /// `no_platform`, `backup_not_found`, `no_artifact` for a backup that did not come as a file.
    #[crate::boxed]
    pub async fn start_platform_upload(&self, project: &str, backup: &str) -> Result<String, Failure> {
        let project = self.pullable(project).await?;
        let details = self.backup_file(backup).await?;
        let place = project.reaches_words();
        let (name, part, id) = details;
        let spec = JobSpec {
            kind: JobKind::Platform,
            title: format!("Giving {name} back to {place}"),
            sentence: format!("{} from the vault to {place}.", bytes_words(part.bytes)),
            project_id: Some(project.id.clone()),
            writes_vault: false,
            phases: vec![
                phase(
                    "take",
                    "Take",
                    30,
                    "Out of the vault into a private folder of this profile, for as long as it is sent."
                        .into(),
                ),
                phase("platform", "There", 70, format!("To {place}.")),
            ],
            if_cancelled: "Whether it arrived is to be seen there; nothing here changes.".into(),
        };
        let (engine, reached) = (self.clone(), Reached::platform(&project));
        let work = move |context: JobContext| async move {
            context.phase("take");
            let spool = Spool::make(&engine.profile, &context)?;
            let file = engine.taken_out(&context, &id, &part, spool.path().join("file")).await?;
            context.phase("platform");
            // Now, and not before: what was taken out of the vault may have taken an hour.
            let There { project, platform } = engine.reach(&project.id, &reached).await?;
            let sent = context.unless_cancelled(platform.upload(file.as_std_path(), &name)).await?;
            let given = sent.map_err(Failure::from);
            let mut details =
                Details::none().with("act", Fact::Word("upload")).with("file", Fact::Name(&name));
            if let Err(failure) = &given {
                details = details.failure(failure);
            }
            engine.audit(Audited::PlatformActed, &Subject::project(&project), details).await?;
            let there = given?;
            Ok(JobOutput { outcome: format!("{name} is there again, as {there}."), ..JobOutput::default() })
        };
        self.profile.jobs.start(spec, work).await
    }

    /// Starts to make a new project of an exported file on the platform of a project. Returns the job's id at
    /// once. Nothing of the project itself changes there.
    ///
    /// # Errors
    /// `no_platform`, `command_line_only`; all else is the job's own end.
    #[crate::boxed]
    pub async fn start_platform_import(
        &self,
        project: &str,
        file: &Utf8Path,
        new_name: &str,
    ) -> Result<String, Failure> {
        // A page that was taken over could send any file of this account to any address.
        self.profile.only_on_the_command_line("a file for a platform")?;
        let project = self.pullable(project).await?;
        let (place, file, name) = (project.reaches_words(), file.to_owned(), new_name.trim().to_owned());
        if name.is_empty() {
            return Err(Failure::invalid("the new project has no name", "Name it with --as NAME."));
        }
        let spec = JobSpec {
            kind: JobKind::Platform,
            title: format!("Importing {name} at {place}"),
            sentence: format!("{file} becomes the new project {name} at {place}."),
            project_id: Some(project.id.clone()),
            writes_vault: false,
            phases: vec![phase("platform", "There", 100, format!("To {place}, as the new project {name}."))],
            if_cancelled: "Whether the project was made is to be seen there.".into(),
        };
        let (engine, reached) = (self.clone(), Reached::platform(&project));
        let work = move |context: JobContext| async move {
            context.phase("platform");
            let There { project, platform } = engine.reach(&project.id, &reached).await?;
            let made = context.unless_cancelled(platform.import(file.as_std_path(), &name)).await?;
            let made = made.map_err(Failure::from);
            let mut details = Details::none().with("act", Fact::Word("import")).with("as", Fact::Name(&name));
            if let Err(failure) = &made {
                details = details.failure(failure);
            }
            engine.audit(Audited::PlatformActed, &Subject::project(&project), details).await?;
            let made = made?;
            context.safe_next("Look at the new project there, and add it here to pull from it.");
            let outcome = format!("{place} made the project {} ({}).", made.name, made.reference);
            Ok(JobOutput { outcome, ..JobOutput::default() })
        };
        self.profile.jobs.start(spec, work).await
    }

    /// The file that a backup was made of: its name, where it lies, and the backup's id.
    pub(super) async fn backup_file(&self, backup: &str) -> Result<(String, Part, String), Failure> {
        let found = self.profile.catalog.backups_by_prefix(backup).await?;
        let [record] = found.as_slice() else { return Err(Failure::not_found(Code::BackupNotFound, backup)) };
        let (vault, id) = (self.profile.archive.vault().await?, opened::snapshot_id(&record.id)?);
        let manifest = opened::blocking(move || crate::archive::Manifest::load(&vault, &id)).await?;
        if manifest.artifact.as_ref().is_some_and(|artifact| !artifact.is_trusted) {
            // A page that was taken over could keep any file of this account, and give it away from there.
            self.profile.only_on_the_command_line("a file that nobody vouches for")?;
        }
        let parts = manifest.artifact.map(|artifact| artifact.parts).unwrap_or_default();
        let [part] = parts.as_slice() else {
            return Err(Failure::new(
                Code::NoArtifact,
                "this backup was not made of one file",
                "Export it: `holdfast bundle export BACKUP --to FILE`, and give that file to the platform.",
            ));
        };
        let name = part.path.rsplit('/').next().unwrap_or("backup").to_owned();
        Ok((name, part.clone(), record.id.clone()))
    }

    /// Writes a file of a backup into a file of a private folder, and holds it against the manifest.
    pub(super) async fn taken_out(
        &self,
        context: &JobContext,
        backup_id: &str,
        part: &Part,
        path: Utf8PathBuf,
    ) -> Result<Utf8PathBuf, Failure> {
        let (vault, id) = (self.profile.archive.vault().await?, opened::snapshot_id(backup_id)?);
        let part = part.clone();
        let meter = std::sync::Arc::clone(context.meter());
        context.expect_bytes(part.bytes);
        opened::blocking(move || -> Result<Utf8PathBuf, Failure> {
            let mut reader = vault.read(&id, &part.path).map_err(crate::archive::ArchiveError::from)?;
            let failed = |source: std::io::Error| {
                Failure::new(
                    Code::WriteFailed,
                    format!("{path} cannot be written: {source}"),
                    "Check the free space.",
                )
            };
            let mut file = File::create(&path).map_err(failed)?;
            let (mut hash, mut space) =
                (ring::digest::Context::new(&ring::digest::SHA256), vec![0; 256 * 1024]);
            loop {
                let count = std::io::Read::read(&mut reader, &mut space).map_err(failed)?;
                if count == 0 {
                    break;
                }
                hash.update(&space[..count]);
                std::io::Write::write_all(&mut file, &space[..count]).map_err(failed)?;
                meter.add_bytes(count as u64);
            }
            if base::hex::encode(hash.finish().as_ref()) != part.sha256 {
                return Err(Failure::new(
                    Code::ChecksumMismatch,
                    "the file in the vault is not the one that was pulled",
                    "Check the vault: `holdfast vault check --read-data`.",
                ));
            }
            Ok(path)
        })
        .await
    }
}

fn phase(id: &'static str, title: &'static str, weight: u32, sentence: String) -> PhaseSpec {
    PhaseSpec { id, title, sentence, weight }
}
