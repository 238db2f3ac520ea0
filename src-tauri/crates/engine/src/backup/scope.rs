//! What of a project a backup reads: the wish, and what there is.

use super::choice::checked;
use super::plan::source_words;
use crate::engine::Engine;
use base::Code;
use base::failure::Failure;
use ledger::catalog::{ProjectRecord, SourceRecord};
use ledger::component::{Component, Components};
use ledger::job::PhaseSpec;
use postgres::choice::TableChoice;

/// What of a project is to be backed up.
#[derive(Debug, Clone, Default)]
pub struct BackupWish {
    /// Why, as a person wrote it.
    pub reason: Option<String>,
    /// Components; none means all that the project has.
    pub only: Components,
    /// Of these, sources by their names; none means all.
    pub names: Vec<String>,
    /// Tables for this backup alone; absent means those that are chosen for the project.
    pub tables: Option<TableChoice>,
    /// Whether what it holds is about to be overwritten: then no mark that anybody can set is believed, and nothing is
    /// left out by choice.
    pub is_safety: bool,
}

/// The database alone, as before a restore of it: nothing else is overwritten.
pub(crate) fn database_alone(reason: Option<String>) -> BackupWish {
    BackupWish {
        reason,
        only: Components::NONE.with(Component::Database),
        names: Vec::new(),
        tables: None,
        is_safety: true,
    }
}

/// What a backup reads.
pub(super) struct Scope {
    /// The database, and the configuration of its platform.
    pub(super) database: bool,
    pub(super) sources: Vec<SourceRecord>,
}

impl Engine {
    /// What of a project is read for a wish.
    pub(super) async fn scope(&self, project: &ProjectRecord, wish: &BackupWish) -> Result<Scope, Failure> {
        // Tables that are chosen for one backup are chosen to have these: nothing else is read then.
        let only = match &wish.tables {
            Some(_) if wish.only.is_empty() => Components::NONE.with(Component::Database),
            Some(_) if wish.only != Components::NONE.with(Component::Database) => {
                return Err(Failure::invalid(
                    "tables are chosen of the database alone",
                    "Leave --only away, or make two backups.",
                ));
            }
            _ => wish.only,
        };
        let sources = self.profile.catalog.sources(&project.id).await?;
        let there: Components = sources.iter().map(|source| source.component).collect();
        if only.is_empty() {
            return Ok(Scope { database: project.has_database() || sources.is_empty(), sources });
        }
        let all = if project.has_database() { there.with(Component::Database) } else { there };
        if let Some(lacking) = only.without(all).iter().next() {
            return Err(Failure::new(
                Code::ComponentNotFound,
                format!("{} has no component {}", project.name, lacking.as_str()),
                if all.is_empty() {
                    "Add one: `holdfast component add PROJECT …`.".to_owned()
                } else {
                    format!("It has: {all}. Add another one: `holdfast component add PROJECT …`.")
                },
            ));
        }
        let is_wanted = |source: &SourceRecord| {
            only.contains(source.component) && (wish.names.is_empty() || wish.names.contains(&source.name))
        };
        let sources = sources.into_iter().filter(is_wanted).collect();
        Ok(Scope { database: only.contains(Component::Database), sources })
    }
}

impl Engine {
    /// Which rows of its database a backup takes.
    pub(super) async fn choice(
        &self,
        project: &ProjectRecord,
        wish: &BackupWish,
    ) -> Result<TableChoice, Failure> {
        match &wish.tables {
            _ if wish.is_safety => Ok(TableChoice::default()),
            Some(choice) => checked(choice.clone()),
            None => Ok(self.profile.catalog.table_choice(&project.id).await?),
        }
    }
}

impl Scope {
    /// Where it is read from, in words.
    pub(super) fn origin(&self, project: &ProjectRecord) -> Result<String, Failure> {
        if self.database {
            return Ok(source_words(project.postgres()?));
        }
        let words: Vec<String> = self.sources.iter().map(|source| source.place.words()).collect();
        Ok(words.join(", "))
    }

    pub(super) fn phases(&self, origin: &str, place: &str) -> Vec<PhaseSpec> {
        let mut all = phases(origin, place);
        if !self.database {
            all.retain(|phase| !["snapshot", "dump"].contains(&phase.id));
            for verify in all.iter_mut().filter(|phase| phase.id == "verify") {
                verify.sentence = format!(
                    "Read every block back from “{place}”, compare its hash or seal, and every file with its list. Only then it counts."
                );
            }
        }
        if !self.sources.is_empty() {
            let words: Vec<String> = self.sources.iter().map(|source| source.place.words()).collect();
            let parts = PhaseSpec {
                id: "parts",
                title: "Parts",
                weight: 70,
                sentence: format!(
                    "What the project has beside its database into vault “{place}”: {}. What has not changed is not read again.",
                    words.join(", ")
                ),
            };
            all.insert(if self.database { 2 } else { 0 }, parts);
        }
        all
    }
}

/// The phases of a backup of `origin` into the vault `place`.
pub(crate) fn phases(origin: &str, place: &str) -> Vec<PhaseSpec> {
    vec![
        PhaseSpec {
            id: "snapshot",
            title: "Snapshot",
            weight: 2,
            sentence: format!("One moment of {origin}, held open for every reader."),
        },
        PhaseSpec {
            id: "dump",
            title: "Dump",
            weight: 70,
            sentence: format!("Every table of {origin} into vault “{place}”, hashed as it is written."),
        },
        PhaseSpec {
            id: "vault",
            title: "Vault",
            weight: 3,
            sentence: format!("Manifest and snapshot to “{place}”, then read back."),
        },
        PhaseSpec {
            id: "verify",
            title: "Verify",
            weight: 25,
            sentence: format!(
                "Read every block back from “{place}”, compare its hash or seal, list the archive. Only then it counts."
            ),
        },
    ]
}
