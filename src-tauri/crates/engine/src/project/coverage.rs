//! What a project has, and what of it backups take: looked at on request and with each backup, judged whenever it is
//! shown, so that what was added a minute ago counts.

mod judge;
mod look;
mod own;
mod words;

use std::collections::BTreeSet;

use crate::engine::Engine;
use crate::profile::Profile;
use base::failure::Failure;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{Catalog, ProjectRecord};
use ledger::coverage::{Coverage, CoveredPart, Found, PartState};
use ledger::event::Topic;

pub(super) use judge::judge;
pub(crate) use look::{Bare, ServerLook, database_found};

/// Keys of all projects' parts are short.
const KEY_CHARACTERS_MAX: usize = 200;
/// What a person may give up is what a person can name.
const UNWANTED_MAX: usize = 100;

impl Engine {
    /// What backups take of a project, as of the last look. Nothing is contacted.
    ///
    /// # Errors
    /// `project_not_found`.
    #[crate::boxed]
    pub async fn project_coverage(&self, project: &str) -> Result<Coverage, Failure> {
        let project = self.profile.project(project).await?;
        judged(&self.profile, &project).await
    }

    /// Looks at a project's database and at its server, and tells what backups take of them.
    ///
    /// # Errors
    /// `project_not_found`; why the database cannot be asked. A server that refuses is told in the answer.
    #[crate::boxed]
    pub async fn look_at_coverage(&self, project: &str) -> Result<Coverage, Failure> {
        let project = self.profile.project(project).await?;
        let before = self.profile.catalog.coverage(&project.id).await?.found.unwrap_or_default();
        let database =
            if project.has_database() { Some(self.look_at_database(&project).await?) } else { None };
        let failed = before.failed.clone();
        let found =
            ServerLook::begin(&self.profile, &project).await.ended().await.with(database, failed, before);
        self.profile.catalog.put_found(&project.id, &found).await?;
        self.profile.jobs.changed(&[Topic::Projects]);
        judged(&self.profile, &project).await
    }

    /// Gives parts of a project up, or wants them again: what is given up is named, and no finding any more.
    ///
    /// # Errors
    /// `project_not_found`; `invalid_request` for a part that the project does not have, or that is taken anyway.
    #[crate::boxed]
    pub async fn choose_parts(
        &self,
        project: &str,
        without: &[String],
        with: &[String],
    ) -> Result<Coverage, Failure> {
        let project = self.profile.project(project).await?;
        let known = judged(&self.profile, &project).await?;
        let (without, with) = (trimmed(without), trimmed(with));
        without.iter().try_for_each(|key| refuse_unknown(&project, &known, key))?;
        let (given_up, wanted) = (without.join(", "), with.join(", "));
        let details = Details::none()
            .with("without", Fact::Name(if given_up.is_empty() { "none" } else { &given_up }))
            .with("with", Fact::Name(if wanted.is_empty() { "none" } else { &wanted }));
        let mut writing =
            self.profile.audit.begin(Act::CoverageChosen, &Subject::project(&project), details).await?;
        // Read within the transaction: of two that choose at once neither is lost.
        let before = Catalog::unwanted_on(writing.connection(), &project.id).await?;
        let mut unwanted: BTreeSet<String> = before.into_iter().chain(without).collect();
        for key in &with {
            want_again(&project, &known, key, &mut unwanted)?;
        }
        if unwanted.len() > UNWANTED_MAX {
            return Err(Failure::invalid(
                format!("{UNWANTED_MAX} parts are given up already"),
                "Name a kind without its name: `--without redis`.",
            ));
        }
        let unwanted: Vec<String> = unwanted.into_iter().collect();
        Catalog::set_unwanted_on(writing.connection(), &project.id, &unwanted).await?;
        writing.commit().await?;
        self.profile.jobs.changed(&[Topic::Projects]);
        judged(&self.profile, &project).await
    }
}

/// What backups take of a project, by what was last seen of it.
pub(crate) async fn judged(profile: &Profile, project: &ProjectRecord) -> Result<Coverage, Failure> {
    let sources = profile.catalog.sources(&project.id).await?;
    let record = profile.catalog.coverage(&project.id).await?;
    Ok(judge(project, &sources, &record))
}

/// Notes what a backup saw, and what of it backups take. That it cannot be noted is no reason to make no backup.
pub(crate) async fn noted(profile: &Profile, project: &ProjectRecord, found: &Found) -> Option<Coverage> {
    let noted = async {
        profile.catalog.put_found(&project.id, found).await?;
        judged(profile, project).await
    };
    match noted.await {
        Ok(coverage) => Some(coverage),
        Err(failure) => {
            tracing::warn!(%failure, project = %project.id, "what the project has cannot be noted");
            None
        }
    }
}

fn trimmed(keys: &[String]) -> Vec<String> {
    keys.iter().map(|key| key.trim().to_owned()).collect()
}

/// Takes a part, or all of a kind, from what is given up. Of a kind that is given up the others stay so.
fn want_again(
    project: &ProjectRecord,
    known: &Coverage,
    key: &str,
    unwanted: &mut BTreeSet<String>,
) -> Result<(), Failure> {
    let of_kind = format!("{key}:");
    let before = unwanted.len();
    unwanted.retain(|one| one != key && !one.starts_with(&of_kind));
    if unwanted.len() < before {
        return Ok(());
    }
    if let Some((kind, _)) = key.split_once(':')
        && unwanted.remove(kind)
    {
        let of_kind = format!("{kind}:");
        let others = known.parts.iter().filter(|part| part.state == PartState::Unwanted && part.key != key);
        unwanted.extend(others.map(|part| part.key.clone()).filter(|other| other.starts_with(&of_kind)));
        return Ok(());
    }
    let had: Vec<&str> = unwanted.iter().map(String::as_str).collect();
    let hint = match had.as_slice() {
        [] => "No part of it is given up.".to_owned(),
        had => format!("Given up are: {}.", had.join(", ")),
    };
    Err(Failure::invalid(format!("{key:?} is no part of {} that is given up", project.name), hint))
}

fn refuse_unknown(project: &ProjectRecord, known: &Coverage, key: &str) -> Result<(), Failure> {
    let of_kind = format!("{key}:");
    let mut named = known.parts.iter().filter(|part| part.key == key || part.key.starts_with(&of_kind));
    let wanted = |part: &CoveredPart| part.state != PartState::Taken && !part.is_added;
    if key.chars().count() <= KEY_CHARACTERS_MAX && named.clone().any(wanted) {
        return Ok(());
    }
    let there: Vec<&str> =
        known.parts.iter().filter(|part| wanted(part)).map(|part| part.key.as_str()).collect();
    let what = match named.next() {
        Some(part) if part.is_added && part.state != PartState::Taken => {
            format!("{} of {} is a component: it is removed, and not given up", part.title, project.name)
        }
        Some(part) => format!("{} of {} is in every backup", part.title, project.name),
        None => format!("{} has no part {key:?}", project.name),
    };
    let hint = match there.as_slice() {
        [] => "Everything that was found is taken. A component is removed with `holdfast component remove`."
            .to_owned(),
        there => format!("Not taken are: {}.", there.join(", ")),
    };
    Err(Failure::invalid(what, hint))
}
