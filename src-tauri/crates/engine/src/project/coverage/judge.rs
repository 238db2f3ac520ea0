//! What backups take of what was seen, and why not the rest: pure.

use super::own::{
    FUNCTIONS, OBJECT_STORES, Own, POSTGRES, REDIS, has_folder, has_stored_files, is_near, is_of,
    own_containers,
};
use super::words::{at_of, database_words, how, some_of, thing_words, without_stop};
use base::command::{Command, ComponentAdd};
use base::words::{bytes_words, count_words, counted};
use ledger::catalog::{CoverageRecord, ProjectRecord, SourceRecord};
use ledger::component::Component;
use ledger::coverage::{ContainerFound, Coverage, CoveredPart, DatabaseFound, Found, PartAdd, PartState};
use postgres::connection::Settings;
use source::Place;

const REDIS_PORT: u16 = 6379;
/// Where a self-hosted Supabase answers, unless a container says otherwise.
const KONG_PORT: u16 = 8000;

/// What backups take of a project.
pub(crate) fn judge(project: &ProjectRecord, sources: &[SourceRecord], record: &CoverageRecord) -> Coverage {
    let nothing = Found::default();
    let found = record.found.as_ref().unwrap_or(&nothing);
    let judging = Judging { project, sources, found, own: own_containers(project, &found.containers) };
    let mut parts = judging.parts();
    // Whoever added a part wants it: that it failed is never given up.
    for part in parts.iter_mut().filter(|part| part.state != PartState::Taken && !part.is_added) {
        let kind = part.key.split(':').next().unwrap_or_default();
        if record.unwanted.iter().any(|key| *key == part.key || key == kind) {
            part.state = PartState::Unwanted;
        }
    }
    Coverage {
        at_ms: record.found.as_ref().map(|found| found.at_ms),
        parts,
        not_looked: found.not_looked.clone(),
        beside: judging.beside(),
        unwanted: record.unwanted.clone(),
    }
}

struct Judging<'a> {
    project: &'a ProjectRecord,
    sources: &'a [SourceRecord],
    found: &'a Found,
    own: Own<'a>,
}

impl Judging<'_> {
    fn parts(&self) -> Vec<CoveredPart> {
        let database = self.found.database.as_ref();
        let mut parts = Vec::new();
        parts.extend(self.database());
        parts.extend(database.and_then(|database| Self::thing(database, "user", "users", "Users")));
        parts.extend(self.of(Component::Files, "Files"));
        parts.extend(database.and_then(|database| self.files(database)));
        parts.extend(self.object_stores());
        parts.extend(self.functions());
        parts.extend(database.and_then(|database| self.secrets(database)));
        parts.extend(self.of(Component::Configuration, "Configuration"));
        parts.extend(self.configuration());
        parts.extend(self.of(Component::Redis, "Redis"));
        parts.extend(self.redis());
        parts.extend(self.of(Component::Logs, "Logs"));
        parts.extend(self.logs());
        parts
    }

    fn database(&self) -> Option<CoveredPart> {
        let part = |found: String, bytes, state, why: String| CoveredPart {
            key: "database".to_owned(),
            component: Component::Database,
            title: "Database".to_owned(),
            found,
            bytes,
            state,
            why,
            add: None,
            // It is what the project is about.
            is_added: true,
            command: None,
        };
        if !self.project.has_database() {
            let platform = self.project.platform.as_ref()?;
            let why = format!("pulled from {} as it backs it up", platform.kind.name());
            return Some(part("what its platform backs up".to_owned(), None, PartState::Taken, why));
        }
        let Some(database) = &self.found.database else {
            let why = "`pg_dump`, one snapshot".to_owned();
            return Some(part("not looked at yet".to_owned(), None, PartState::Taken, why));
        };
        let bytes = database.schemas.iter().map(|schema| schema.bytes).sum();
        let (state, why) = match (database.unreadable, database.left_out) {
            (0, 0) => (PartState::Taken, "`pg_dump`, one snapshot".to_owned()),
            (0, out) => {
                let tables = counted(out.into(), "table");
                (PartState::Taken, format!("`pg_dump`, one snapshot; by choice without the rows of {tables}"))
            }
            (closed, _) => {
                let many = format!("{} of its tables and sequences", count_words(closed.into()));
                (
                    PartState::InPart,
                    format!("its role may not read {many}, so that a backup of all of it is refused"),
                )
            }
        };
        Some(part(database_words(database), Some(bytes), state, why))
    }

    /// Something in the database that a person asks for by its name.
    fn thing(database: &DatabaseFound, one: &str, key: &str, title: &str) -> Option<CoveredPart> {
        let thing = database.things.iter().find(|thing| thing.one == one)?;
        if thing.rows == Some(0) {
            return None;
        }
        let (state, why) = if thing.is_taken {
            (PartState::Taken, "in the database, same snapshot".to_owned())
        } else {
            (PartState::NotTaken, "their rows are left out by choice".to_owned())
        };
        let (key, title, found) = (key.to_owned(), title.to_owned(), thing_words(thing));
        Some(CoveredPart {
            key,
            component: Component::Database,
            title,
            found,
            bytes: None,
            state,
            why,
            add: None,
            is_added: false,
            command: None,
        })
    }

    /// Secrets are in the database, encrypted under a key that is not.
    fn secrets(&self, database: &DatabaseFound) -> Option<CoveredPart> {
        let part = Self::thing(database, "secret", "secrets", "Secrets")?;
        let is_key = |text: &str| text.contains("root_key") || text.contains("root.key");
        let has_key = |source: &SourceRecord| match &source.place {
            Place::Files { paths, patterns } => {
                paths.iter().any(|path| is_key(path.as_str())) || patterns.iter().any(|one| is_key(one))
            }
            Place::Sftp { path, patterns, .. } => is_key(path) || patterns.iter().any(|one| is_key(one)),
            _ => false,
        };
        if part.state == PartState::Taken && !self.sources.iter().any(has_key) {
            let why = "in the database, encrypted: another server reads them only with the root key of this one, which is in no backup".to_owned();
            return Some(CoveredPart { state: PartState::InPart, why, ..part });
        }
        Some(part)
    }

    /// What a person added of a kind.
    fn of(&self, component: Component, title: &str) -> Vec<CoveredPart> {
        let mine = self.sources.iter().filter(|source| source.component == component);
        let given =
            self.project.platform.as_ref().filter(|platform| {
                component == Component::Configuration && platform.kind.gives_configuration()
            });
        let by_platform = given.map(|platform| CoveredPart {
            key: component.as_str().to_owned(),
            component,
            title: title.to_owned(),
            found: "settings, functions and sign-in of the platform".to_owned(),
            bytes: None,
            state: PartState::Taken,
            why: format!("told by {} with each backup", platform.kind.name()),
            add: None,
            is_added: false,
            command: None,
        });
        let parts = mine.map(|source| {
            let failed = self.found.failed.iter().find(|(name, _)| *name == source.name);
            let (state, why) = match failed {
                Some((_, why)) => {
                    (PartState::NotTaken, format!("it was not in the last backup: {}", without_stop(why)))
                }
                None => (PartState::Taken, how(source).to_owned()),
            };
            CoveredPart {
                key: format!("{}:{}", component.as_str(), source.name),
                component,
                title: title.to_owned(),
                found: format!("{}: {}", source.name, source.place.words()),
                bytes: None,
                state,
                why,
                add: None,
                is_added: true,
                command: None,
            }
        });
        by_platform.into_iter().chain(parts).collect()
    }

    /// Files of which the database has the names.
    fn files(&self, database: &DatabaseFound) -> Option<CoveredPart> {
        let thing = database.things.iter().find(|thing| thing.is_of_files)?;
        let is_taken = self.has(|source| has_stored_files(self.project, source, &self.own));
        if thing.rows == Some(0) || is_taken {
            return None;
        }
        let add = PartAdd::StorageApi { url: self.storage_url() };
        Some(self.missing(
            "storage:objects",
            (Component::Files, "Files"),
            format!("{} of a storage service", thing_words(thing)),
            "the rows that name them are in the database, and the files themselves are not".to_owned(),
            Some(add),
        ))
    }

    /// Where the storage service of a project most likely is.
    fn storage_url(&self) -> String {
        let connection = self.project.connection.as_ref();
        let host = connection.map(|connection| connection.host.as_str()).unwrap_or_default();
        let of_host = host.strip_prefix("db.").and_then(|rest| rest.strip_suffix(".supabase.co"));
        if let Some(reference) = of_host {
            return format!("https://{reference}.supabase.co");
        }
        if connection.is_some_and(Settings::is_by_a_way) {
            let kong = self.own.all.iter().find(|one| is_of(&one.image, &["kong"]));
            let port = kong.and_then(|one| one.ports.iter().find(|(_, inside)| *inside == KONG_PORT));
            return format!("http://localhost:{}", port.map_or(KONG_PORT, |(there, _)| *there));
        }
        "https://PROJECT.supabase.co".to_owned()
    }

    fn object_stores(&self) -> Vec<CoveredPart> {
        let is_taken = self.has(|source| matches!(source.place, Place::Bucket(_) | Place::StorageApi(_)));
        let stores = self.own.all.iter().filter(|one| !is_taken && is_of(&one.image, &OBJECT_STORES));
        stores
            .map(|one| {
                let key = format!("storage:{}", one.name);
                let found = format!("an object store in the container {}", one.name);
                let why =
                    "none of its buckets is backed up: `holdfast component add` with --bucket".to_owned();
                self.missing(&key, (Component::Files, "Files"), found, why, None)
            })
            .collect()
    }

    fn functions(&self) -> Option<CoveredPart> {
        let runs = self.own.all.iter().find(|one| is_of(&one.image, &FUNCTIONS))?;
        let (folder, _) = runs.mounts.iter().find(|(_, inside)| inside.contains("functions"))?;
        let is_taken = self.has(|source| has_folder(self.project, source, folder));
        if is_taken {
            return None;
        }
        let found = format!("edge functions in {folder}");
        let why = "their folder is not added yet".to_owned();
        let add = self.folder("files", folder);
        Some(self.missing("functions", (Component::Files, "Functions"), found, why, Some(add)))
    }

    /// The folders of compose files whose projects run there.
    fn configuration(&self) -> Vec<CoveredPart> {
        let mut folders: Vec<(&str, usize)> = Vec::new();
        for folder in self.own.all.iter().filter_map(|one| one.folder.as_deref()) {
            match folders.iter_mut().find(|(known, _)| *known == folder) {
                Some((_, count)) => *count += 1,
                None => folders.push((folder, 1)),
            }
        }
        let is_taken = |folder: &str| {
            self.has(|source| {
                source.component == Component::Configuration && has_folder(self.project, source, folder)
            })
        };
        let missing = folders.into_iter().filter(|(folder, _)| !is_taken(folder));
        missing
            .map(|(folder, count)| {
                let found =
                    format!("a compose project with {} in {folder}", counted(count as u64, "container"));
                let why = "its settings are in no backup".to_owned();
                let add = self.folder("config", folder);
                let part = (Component::Configuration, "Configuration");
                self.missing(&format!("config:{folder}"), part, found, why, Some(add))
            })
            .collect()
    }

    /// A folder of the server, as a component.
    fn folder(&self, component: &str, path: &str) -> PartAdd {
        let ssh = self.project.connection.as_ref().and_then(|connection| connection.ssh.as_ref());
        PartAdd::Folder { component: component.to_owned(), path: path.to_owned(), is_there: ssh.is_some() }
    }

    fn redis(&self) -> Vec<CoveredPart> {
        let in_containers = self.own.all.iter().filter(|one| is_of(&one.image, &REDIS)).filter(|one| {
            !self.has(|source| match &source.place {
                Place::Redis(address) => match &address.container {
                    Some(name) => name.to_string() == one.name,
                    None => {
                        is_near(self.project, &address.host)
                            && one.ports.iter().any(|(there, _)| *there == address.port)
                    }
                },
                _ => false,
            })
        });
        let mut parts: Vec<CoveredPart> = in_containers
            .map(|one| {
                let url = format!("redis://localhost:{REDIS_PORT}");
                let add = PartAdd::Redis { url, container: Some(one.name.clone()) };
                let found = format!("{} in the container {}", one.image, one.name);
                let why = "it is not added yet".to_owned();
                let key = format!("redis:{}", one.name);
                self.missing(&key, (Component::Redis, "Redis"), found, why, Some(add))
            })
            .collect();
        let is_known = self.has(|source| match &source.place {
            Place::Redis(address) => {
                address.container.is_none()
                    && address.port == REDIS_PORT
                    && is_near(self.project, &address.host)
            }
            _ => false,
        });
        if self.found.has_redis && !is_known {
            let add = PartAdd::Redis { url: format!("redis://localhost:{REDIS_PORT}"), container: None };
            let found = format!("a Redis that answers on port {REDIS_PORT} of the server");
            let why = "it is not added yet".to_owned();
            parts.push(self.missing(
                &format!("redis:{REDIS_PORT}"),
                (Component::Redis, "Redis"),
                found,
                why,
                Some(add),
            ));
        }
        parts
    }

    fn logs(&self) -> Option<CoveredPart> {
        let first = self.own.all.first()?;
        if self.has(|source| source.component == Component::Logs) {
            return None;
        }
        // The one that a person would look into first is none of those that keep data.
        let keeps = |one: &ContainerFound| is_of(&one.image, &REDIS) || is_of(&one.image, &POSTGRES);
        let usual = self.own.all.iter().find(|one| !keeps(one)).unwrap_or(first);
        let names: Vec<&str> = self.own.all.iter().map(|one| one.name.as_str()).collect();
        let add = PartAdd::ContainerLog { container: usual.name.clone() };
        let verb = if names.len() == 1 { "prints" } else { "print" };
        let many = counted(names.len() as u64, "container");
        let found = format!("what {many} {verb}: {}", some_of(&names));
        let why = "off until you choose them".to_owned();
        Some(self.missing("logs:containers", (Component::Logs, "Logs"), found, why, Some(add)))
    }

    /// What is there beside the project.
    fn beside(&self) -> Vec<String> {
        let mut all = Vec::new();
        let database = self.found.database.as_ref();
        let others = database.and_then(|database| database.others.as_deref()).unwrap_or_default();
        if !others.is_empty() {
            let names: Vec<String> =
                others.iter().map(|(name, bytes)| format!("{name} ({})", bytes_words(*bytes))).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let many = counted(others.len() as u64, "other database");
            let them = if names.len() == 1 { "it as a project" } else { "them as projects" };
            all.push(format!(
                "The same owner has {many} on this server that no project backs up: {}. Add {them}.",
                some_of(&names)
            ));
        }
        if self.own.unclear > 0 {
            all.push(format!(
                "Its server runs containers of {} compose projects, and none of them has the database: add what belongs to it by hand.",
                self.own.unclear
            ));
            return all;
        }
        let theirs = self.found.containers.len().saturating_sub(self.own.all.len());
        if theirs > 0 {
            let many = counted(theirs as u64, "container");
            let they = if theirs == 1 { "which is" } else { "which are" };
            all.push(format!(
                "Its server runs {many} of other compose projects, {they} no part of this one."
            ));
        }
        all
    }

    fn has(&self, is_it: impl Fn(&SourceRecord) -> bool) -> bool {
        self.sources.iter().any(is_it)
    }

    fn missing(
        &self,
        key: &str,
        (component, title): (Component, &str),
        found: String,
        why: String,
        add: Option<PartAdd>,
    ) -> CoveredPart {
        let command = add.as_ref().map(|add| {
            let (at, has_password) = at_of(add);
            let project = self.project.name.clone();
            Command::ComponentAdd(ComponentAdd {
                project,
                at,
                patterns: Vec::new(),
                name: None,
                has_password,
            })
            .into()
        });
        let (key, title) = (key.to_owned(), title.to_owned());
        CoveredPart {
            key,
            component,
            title,
            found,
            bytes: None,
            state: PartState::NotTaken,
            why,
            add,
            is_added: false,
            command,
        }
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
