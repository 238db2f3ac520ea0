//! What the project has beside what this backup takes: seen while it is made, and kept with it.

use super::scope::BackupWish;
use crate::archive::Manifest;
use crate::moment::Moment;
use crate::profile::Profile;
use crate::project::coverage::{self, Bare, ServerLook, database_found};
use base::failure::Failure;
use ledger::catalog::ProjectRecord;
use ledger::coverage::{DatabaseFound, Found};
use ledger::job::JobContext;

/// A look that goes on beside the dump; none where the backup is of a part of the project, or is a safety backup.
#[derive(Default)]
pub(super) struct Covering {
    looking: Option<ServerLook>,
    database: Option<DatabaseFound>,
    is_safety: bool,
}

impl Covering {
    pub(super) async fn begin(profile: &Profile, project: &ProjectRecord, wish: &BackupWish) -> Self {
        let BackupWish { only, names, tables, is_safety, reason: _ } = wish;
        let is_of_all = only.is_empty() && names.is_empty() && tables.is_none() && !is_safety;
        let looking = if is_of_all { Some(ServerLook::begin(profile, project).await) } else { None };
        Self { looking, database: None, is_safety: *is_safety }
    }

    /// Looks at the database, by its catalogue, at the moment. The last question of it: one that fails ends it.
    pub(super) async fn see(&mut self, moment: &Moment) {
        if self.looking.is_none() {
            return;
        }
        let facts = moment.facts();
        let bare = match moment.not_taken() {
            Some(out) => Bare::of(&out.schemas, out.tables.iter().map(|table| (&table.schema, &table.name))),
            None => Bare::default(),
        };
        match database_found(moment.client(), &facts.tables, (0, facts.extensions.len()), &bare).await {
            Ok(found) => self.database = Some(found),
            Err(failure) => tracing::warn!(%failure, "what the database has was not looked at"),
        }
    }

    /// Notes what was seen, and what was to be read and was not; a backup of everything has it in its manifest.
    pub(super) async fn note(
        self,
        profile: &Profile,
        context: &JobContext,
        project: &ProjectRecord,
        manifest: &mut Manifest,
    ) -> Result<(), Failure> {
        if self.is_safety {
            return Ok(());
        }
        let before = profile.catalog.coverage(&project.id).await?.found;
        let failed = failed_now(before.as_ref(), manifest);
        let Some(looking) = self.looking else {
            if let Some(before) = before {
                coverage::noted(profile, project, &Found { failed, ..before }).await;
            }
            return Ok(());
        };
        let server = context.unless_cancelled(looking.ended()).await?;
        let found = server.with(self.database, failed, before.unwrap_or_default());
        manifest.coverage = coverage::noted(profile, project, &found).await.map(Box::new);
        Ok(())
    }
}

/// Sources that gave nothing when they were last read, and why.
fn failed_now(before: Option<&Found>, manifest: &Manifest) -> Vec<(String, String)> {
    let is_read = |name: &str| {
        manifest.taken.iter().any(|taken| taken.name == name)
            || manifest.absent.iter().any(|absent| absent.name == name)
    };
    let of_before = before.into_iter().flat_map(|found| &found.failed).filter(|(name, _)| !is_read(name));
    let of_now = manifest.absent.iter().map(|absent| (absent.name.clone(), absent.why.clone()));
    of_before.cloned().chain(of_now).collect()
}
