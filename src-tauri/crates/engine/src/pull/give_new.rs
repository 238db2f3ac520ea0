//! Creates a new project at the platform from a backup's file: planned, confirmed, done.
//!
//! The window may request this for backups, not for arbitrary files on this disk: the file was once stored as
//! a backup, and a plan, confirmed by the project's name, names the destination.

use super::{RemotePlan, RemoteTarget};
use crate::archive::Part;
use crate::engine::Engine;
use crate::intake::Spool;
use crate::project::{Reached, There};
use base::command::Command;
use base::failure::Failure;
use base::words::{bytes_words, moment_words};
use ledger::audit::{Act as Audited, Details, Fact, Subject};
use ledger::catalog::ProjectRecord;
use ledger::job::{JobContext, JobOutput, PhaseSpec};
use remote::platform::{Act, Platform};

/// A name that a platform can tell the format by, without what a path could be made of.
const NAME_LETTERS_MAX: usize = 120;

impl Engine {
    pub(super) async fn plan_import_there(
        &self,
        project: &ProjectRecord,
        platform: &dyn Platform,
        backup: &str,
        new_name: &str,
    ) -> Result<RemotePlan, Failure> {
        let (place, new_name) = (project.reaches_words(), new_name.trim());
        let (name, part, id) = self.backup_file(backup).await?;
        let button = format!("Make the project {new_name} at {}", platform.kind().name());
        let mut plan = super::plan::blank(project, &button);
        plan.seen.clone_from(&part.sha256);
        // The whole id: what a prefix names may be another backup tomorrow.
        plan.target = RemoteTarget::Import { backup: id.clone(), new_name: new_name.to_owned() };
        let record = self.backup(&id).await?.record;
        plan.effects = vec![
            format!(
                "{name}, {}, of the backup {} of {} is taken out of the vault and held against its manifest.",
                bytes_words(part.bytes),
                &id[..8],
                moment_words(record.at_ms)
            ),
            format!("It is sent to {place}, which makes the new project “{new_name}” of it."),
            "Nothing of the project itself changes there, and nothing in the vault.".into(),
        ];
        plan.warnings.push("All data in the file leaves for the platform as it is in it; what the vault encrypts is readable there.".into());
        plan.warnings.push("A platform imports what it exported itself; another file it may refuse, or import in part. What it says of the result is its claim: pull from the new project to see.".into());
        if new_name.is_empty() {
            plan.blockers.push("The new project has no name.".into());
        }
        plan.command = Command::PlatformImport {
            project: project.name.clone(),
            backup: id[..8].to_owned(),
            new_name: new_name.to_owned(),
        }
        .to_string();
        super::plan::forbid(&mut plan, platform, Act::Import);
        Ok(plan)
    }

    /// Does what such a plan says, within a job whose phases are those of [`phases`].
    ///
    /// # Errors
    /// `backup_not_found`, `checksum_mismatch`, `plan_stale`, or why the platform did not take it.
    pub(crate) async fn import_there(
        &self,
        context: &JobContext,
        There { project, platform }: &There,
        reached: &Reached,
        (backup, new_name): (&str, &str),
    ) -> Result<JobOutput, Failure> {
        let (place, new_name) = (project.reaches_words(), new_name.trim());
        context.phase("take");
        let (name, part, id): (String, Part, String) = self.backup_file(backup).await?;
        let spool = Spool::make(&self.profile, context)?;
        let file = self.taken_out(context, &id, &part, spool.path().join(plain_name(&name))).await?;
        context.phase("act");
        // To take it out of the vault may have taken an hour.
        self.still_reaching(&project.id, reached).await?;
        let made = context.unless_cancelled(platform.import(file.as_std_path(), new_name)).await?;
        let made = made.map_err(Failure::from);
        let mut details = Details::none()
            .with("act", Fact::Word("import"))
            .with("backup", Fact::Id(&id))
            .with("as", Fact::Name(new_name));
        if let Err(failure) = &made {
            details = details.failure(failure);
        }
        self.audit(Audited::PlatformActed, &Subject::project(project), details).await?;
        let made = made?;
        context.safe_next("Look at the new project there, and add it here to pull from it.");
        let outcome = format!("{place} made the project {} ({}).", made.name, made.reference);
        Ok(JobOutput { outcome, ..JobOutput::default() })
    }
}

/// The phases before the act itself.
pub(crate) fn phases() -> Vec<PhaseSpec> {
    vec![PhaseSpec {
        id: "take",
        title: "Take",
        weight: 30,
        sentence: "Out of the vault into a private folder of this profile, for as long as it is sent.".into(),
    }]
}

/// The name with what a path could be made of, or no file system takes, as underlines.
fn plain_name(name: &str) -> String {
    let letter = |letter: char| {
        let is_plain = letter.is_ascii_alphanumeric() || ['.', '-', '_'].contains(&letter);
        if is_plain { letter } else { '_' }
    };
    let plain: String = name.chars().map(letter).collect();
    // The end says the format.
    let from = plain.len().saturating_sub(NAME_LETTERS_MAX);
    format!("export-{}", plain[from..].trim_start_matches(['.', '-']))
}

#[cfg(test)]
mod tests {
    use super::plain_name;

    #[test]
    fn a_name_for_a_platform_keeps_its_ending_and_nothing_that_leads_elsewhere() {
        assert_eq!(plain_name("project_ab_export.tar.gz"), "export-project_ab_export.tar.gz");
        assert_eq!(plain_name("..\\..\\a:b é.tar.gz"), "export-_.._a_b__.tar.gz");
        let long = plain_name(&format!("{}.tar.gz", "ä".repeat(400)));
        assert!(long.len() < 140 && long.ends_with("_.tar.gz"), "{long}");
    }
}
