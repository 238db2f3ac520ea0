//! Adding, listing, testing and removing the sources of a project.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use source::chosen::CONFIGURATION;
use source::folder::real_path;
use source::{Found, Objects, Place};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::at_redis::{look, way_to};
use super::own::refuse_own;
use super::ready::Told;
use super::secret::{other_server, source_secret_name};
use crate::archive::opened::blocking;
use crate::engine::Engine;
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use base::secret::Secret;
use base::words::{bytes_words, counted};
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{Catalog, ProjectRecord, SourceRecord};
use ledger::component::Component;
use ledger::event::Topic;
use postgres::connection::{ConnectOptions, connect};
use postgres::log_rows::LogTable;

/// A name is a folder in each backup.
const NAME_CHARACTERS_MAX: usize = 60;
/// What is in a component's folder beside its sources.
const RESERVED: [&str; 1] = ["objects.jsonl"];
/// More sources than one person keeps in mind.
const SOURCES_MAX: usize = 100;

/// A source to be added to a project.
#[derive(Debug, Clone)]
pub struct NewSource {
    /// What it is of the project.
    pub component: Component,
    /// Where it is.
    pub place: Place,
    /// Its name; absent takes one from the place.
    pub name: Option<String>,
    /// What opens it.
    pub secret: Option<Secret>,
}

/// What was seen at a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLook {
    /// Files, keys or days; absent where they cannot be counted beforehand.
    pub items: Option<u64>,
    /// Their bytes, where they are known.
    pub bytes: Option<u64>,
    /// What is there and cannot be taken, each with the reason; the first fifty.
    pub left_out: Vec<String>,
    /// How many that are.
    pub left_out_count: u64,
    /// All of it in a sentence.
    pub sentence: String,
}

impl Engine {
    /// The sources of a project, by component and name.
    ///
    /// # Errors
    /// `project_not_found`.
    #[crate::boxed]
    pub async fn sources(&self, project: &str) -> Result<Vec<SourceRecord>, Failure> {
        let project = self.profile.project(project).await?;
        Ok(self.profile.catalog.sources(&project.id).await?)
    }

    /// Adds a source, or puts another place behind the name of one of the same component. The next backup reads it.
    ///
    /// # Errors
    /// `project_not_found`, `invalid_request`, `source_unreadable`; `password_for_new_server` where the stored password
    /// is another server's.
    #[crate::boxed]
    pub async fn add_source(&self, project: &str, new: NewSource) -> Result<SourceRecord, Failure> {
        let project = self.profile.project(project).await?;
        let NewSource { component, place, name, secret } = new;
        let place = self.checked_source_place(&project, component, place).await?;
        let known = self.profile.catalog.sources(&project.id).await?;
        // What is read already may go on being read.
        let new = if known.iter().any(|one| one.place == place) { &[] } else { place.paths() };
        new.iter().try_for_each(|path| self.require_picked(path, "a place of a component"))?;
        let name = checked_name(name.as_deref(), component, &place)?;
        let before = known.iter().find(|one| one.name.to_lowercase() == name.to_lowercase());
        if let Some(other) = before.filter(|one| one.component != component) {
            return Err(Failure::invalid(
                format!("{} has {} called {:?} already", project.name, other.component.words(), other.name),
                "Choose another name with --name.",
            ));
        }
        if before.is_none() && known.len() >= SOURCES_MAX {
            return Err(Failure::invalid(
                format!("{} has {SOURCES_MAX} components already", project.name),
                "Put several folders together under one that holds them.",
            ));
        }
        let secret = secret.filter(|secret| !secret.is_empty());
        let mut record = SourceRecord {
            id: before.map_or_else(|| Uuid::now_v7().simple().to_string(), |one| one.id.clone()),
            project_id: project.id.clone(),
            name: before.map_or(name, |one| one.name.clone()),
            component,
            place,
            has_secret: secret.is_some(),
            created_at_ms: now_ms(),
        };
        if let (Some(before), None) = (before.filter(|one| one.has_secret), &secret) {
            if source_secret_name(&project, before) != source_secret_name(&project, &record) {
                return Err(other_server(&record));
            }
            record.has_secret = true;
        }
        refuse_keyless(&record)?;
        // The keychain first: a source whose password was lost on the way would look complete.
        if let Some(secret) = &secret {
            self.profile.secrets.put(&source_secret_name(&project, &record), secret).await?;
        }
        let act = if before.is_some() { Act::ComponentChanged } else { Act::ComponentAdded };
        let words = record.place.words();
        let details = Details::none()
            .with("component", Fact::Word(component.as_str()))
            .with("name", Fact::Name(&record.name))
            .with("place", Fact::Name(&words))
            .with("new_password", Fact::Flag(secret.is_some()));
        let mut writing = self.profile.audit.begin(act, &Subject::project(&project), details).await?;
        if !Catalog::put_source_on(writing.connection(), &record).await? {
            return Err(Failure::invalid(
                format!("{} got a component called {:?} at this moment", project.name, record.name),
                "Look at the list, and choose another name.",
            ));
        }
        writing.commit().await?;
        if let Some(before) = before.filter(|one| one.has_secret) {
            let (old, new) = (source_secret_name(&project, before), source_secret_name(&project, &record));
            if old != new {
                self.profile.secrets.remove(&old).await?;
            }
        }
        self.profile.jobs.changed(&[Topic::Projects, Topic::Drills]);
        Ok(record)
    }

    /// Removes a source. What backups hold of it stays.
    ///
    /// # Errors
    /// `project_not_found`, `component_not_found`.
    #[crate::boxed]
    pub async fn remove_source(&self, project: &str, name: &str) -> Result<(), Failure> {
        let (project, source) = self.source_of(project, name).await?;
        let details = Details::none()
            .with("component", Fact::Word(source.component.as_str()))
            .with("name", Fact::Name(&source.name));
        let subject = Subject::project(&project);
        let mut writing = self.profile.audit.begin(Act::ComponentRemoved, &subject, details).await?;
        if !Catalog::remove_source_on(writing.connection(), &source.id).await? {
            return Err(not_found(&project, name));
        }
        writing.commit().await?;
        if source.has_secret {
            self.profile.secrets.remove(&source_secret_name(&project, &source)).await?;
        }
        self.profile.jobs.changed(&[Topic::Projects, Topic::Drills]);
        Ok(())
    }

    /// Looks at a source as a backup would, and reads nothing of its content.
    ///
    /// # Errors
    /// `project_not_found`, `component_not_found`, `source_unreadable`, `redis_unreachable`, `redis_sign_in`.
    #[crate::boxed]
    pub async fn test_source(
        &self,
        project: &str,
        name: &str,
    ) -> Result<(SourceRecord, SourceLook), Failure> {
        let (project, source) = self.source_of(project, name).await?;
        let look = match &source.place {
            Place::Folder { .. }
            | Place::Files { .. }
            | Place::Bucket(_)
            | Place::StorageApi(_)
            | Place::Sftp { .. }
            | Place::ContainerLog { .. } => {
                let token = CancellationToken::new();
                let one = vec![source.clone()];
                let ready = super::ready::ready(
                    &self.profile,
                    &project,
                    one,
                    Told::default(),
                    (&token, &Arc::default()),
                )
                .await;
                let _ends_with_this = token.drop_guard();
                let objects = ready.into_iter().next().map(|ready| ready.objects);
                look_at_files(&source.place, objects.transpose()?).await?
            }
            Place::Redis(address) => {
                let (password, way) = way_to(&self.profile, &project, &source).await?;
                let (version, keys) = look(address, password.as_ref(), &way).await?;
                let version = version.map(|version| format!(" {version}")).unwrap_or_default();
                let sentence = match keys {
                    Some(keys) => format!("Redis{version} answers, and has {}.", counted(keys, "key")),
                    None => {
                        format!("Redis{version} answers; how many keys it has it does not tell this account.")
                    }
                };
                SourceLook { items: keys, bytes: None, left_out: Vec::new(), left_out_count: 0, sentence }
            }
            Place::LogTable { schema, table, column } => {
                self.look_at_table(&project, schema, table, column).await?
            }
        };
        Ok((source, look))
    }

    async fn look_at_table(
        &self,
        project: &ProjectRecord,
        schema: &str,
        table: &str,
        column: &str,
    ) -> Result<SourceLook, Failure> {
        let entry = self.entry(project).await?;
        let options = ConnectOptions::new("holdfast test");
        let session = connect(&entry.connection, entry.password.as_ref(), &options).await?;
        let looking = async {
            let begun =
                session.client.batch_execute("begin transaction isolation level repeatable read read only");
            begun.await.map_err(postgres::log_rows::LogError::from)?;
            LogTable::open(&session.client, schema, table, column).await?.days(&session.client).await
        };
        let days = looking.await.map_err(|error| super::log_days::failure(&error));
        session.close().await;
        let days = days?;
        let rows: u64 = days.iter().map(|day| day.rows).sum();
        let sentence = format!(
            "Table {schema}.{table} has {} of {}.",
            counted(rows, "row"),
            counted(days.len() as u64, "day")
        );
        let items = Some(days.len() as u64);
        Ok(SourceLook { items, bytes: None, left_out: Vec::new(), left_out_count: 0, sentence })
    }

    async fn source_of(&self, project: &str, name: &str) -> Result<(ProjectRecord, SourceRecord), Failure> {
        let project = self.profile.project(project).await?;
        let sources = self.profile.catalog.sources(&project.id).await?;
        let found = sources.into_iter().find(|one| one.name.to_lowercase() == name.trim().to_lowercase());
        match found {
            Some(source) => Ok((project, source)),
            None => Err(not_found(&project, name)),
        }
    }

    /// The place as it is stored: paths are whole, exist, and hold neither the vault nor what Holdfast keeps itself.
    async fn checked_source_place(
        &self,
        project: &ProjectRecord,
        component: Component,
        place: Place,
    ) -> Result<Place, Failure> {
        let fits = match &place {
            Place::Folder { .. } | Place::Bucket(_) => {
                matches!(component, Component::Files | Component::Logs)
            }
            Place::StorageApi(_) => component == Component::Files,
            Place::Files { .. } => component == Component::Configuration,
            Place::Sftp { .. } => {
                matches!(component, Component::Files | Component::Logs | Component::Configuration)
            }
            Place::Redis(_) => component == Component::Redis,
            Place::LogTable { .. } | Place::ContainerLog { .. } => component == Component::Logs,
        };
        if !fits {
            return Err(Failure::invalid(
                format!("{} cannot be {} of a project", place.words(), component.words()),
                "Give a folder for files, files or folders for configuration, a table or a folder for logs.",
            ));
        }
        if matches!(place, Place::LogTable { .. }) {
            project.postgres()?;
        }
        let within = match &place {
            Place::ContainerLog { container, .. } => Some(container),
            Place::Redis(address) => address.container.as_ref(),
            _ => None,
        };
        if let Some(container) = within {
            let checked = container.check();
            checked.map_err(|error| {
                Failure::invalid(error.to_string(), "`docker ps` shows the names of those that run.")
            })?;
        }
        let absolute = |path: &Utf8Path| -> Result<Utf8PathBuf, Failure> {
            camino::absolute_utf8(path)
                .map_err(|error| Failure::invalid(format!("{path} is no path: {error}"), "Write it whole."))
        };
        let place = match place {
            // A folder is known by its own path: a link that leads elsewhere later on is none of it.
            Place::Folder { path, patterns } => {
                let path = absolute(&path)?;
                let path = real_path(&path)
                    .ok_or_else(|| source::SourceError::NotThere { place: path.to_string() })?;
                Place::Folder { path, patterns }
            }
            Place::Files { paths, patterns } if !paths.is_empty() => {
                let named = |path: &Utf8PathBuf| {
                    let path = absolute(path)?;
                    let missing = || source::SourceError::NotThere { place: path.to_string() };
                    let real = real_path(&path).ok_or_else(missing)?;
                    // A file may be a link, which is followed when it is read: the folder that it is in may not.
                    match (real.is_dir(), path.parent().and_then(real_path), path.file_name()) {
                        (false, Some(folder), Some(name)) => Ok(folder.join(name)),
                        _ => Ok::<_, Failure>(real),
                    }
                };
                Place::Files { paths: paths.iter().map(named).collect::<Result<_, _>>()?, patterns }
            }
            Place::Files { .. } => {
                return Err(Failure::invalid("no file was named", "Name files, or folders that hold them."));
            }
            Place::Sftp { ssh, path, patterns } => {
                let usual = component == Component::Configuration && patterns.is_empty();
                let usual = usual.then(|| CONFIGURATION.iter().map(|name| (*name).to_owned()).collect());
                Place::Sftp { ssh, path: folder_there(&path)?, patterns: usual.unwrap_or(patterns) }
            }
            other => other,
        };
        refuse_own(&self.profile, place.paths()).await?;
        place.objects()?;
        Ok(place)
    }
}

/// A folder of another computer, whole, and without a slash at its end.
fn folder_there(path: &str) -> Result<String, Failure> {
    let path = path.trim();
    let is_odd = |part: &str| part == ".." || part == "." || part.contains(char::is_control);
    let folder = path.trim_end_matches('/');
    if !path.starts_with('/') || folder.is_empty() || folder.split('/').any(is_odd) {
        return Err(Failure::invalid(
            format!("{path:?} is no folder of a server"),
            "Write it whole, beginning with a slash: /srv/shop/uploads.",
        ));
    }
    Ok(folder.to_owned())
}

fn refuse_keyless(source: &SourceRecord) -> Result<(), Failure> {
    if !matches!(source.place, Place::StorageApi(_)) || source.has_secret {
        return Ok(());
    }
    Err(Failure::invalid(
        "a storage service is read with the project's service key, and none was given",
        "Give it with --secret-file FILE: the one called service_role, or one that begins with sb_secret_.",
    ))
}

fn not_found(project: &ProjectRecord, name: &str) -> Failure {
    Failure::new(
        Code::ComponentNotFound,
        format!("{} has no component {name:?}", project.name),
        "List them: `holdfast component list PROJECT`.",
    )
}

fn checked_name(name: Option<&str>, component: Component, place: &Place) -> Result<String, Failure> {
    let fits = |c: char| c.is_alphanumeric() || "._- ".contains(c);
    let name = if let Some(name) = name {
        name.trim().to_owned()
    } else {
        let from = match place {
            Place::Folder { path, .. } => path.file_name().unwrap_or("files").to_owned(),
            Place::Files { .. } => component.as_str().to_owned(),
            Place::Bucket(address) => address.bucket.clone(),
            Place::StorageApi(_) => "storage".to_owned(),
            Place::Sftp { path, .. } => path.rsplit('/').next().unwrap_or("files").to_owned(),
            Place::Redis(_) => "redis".to_owned(),
            Place::LogTable { table, .. } => table.clone(),
            Place::ContainerLog { container, .. } => container.to_string(),
        };
        let fitting: String = from.chars().filter(|c| fits(*c)).take(NAME_CHARACTERS_MAX).collect();
        fitting.trim_matches(['.', ' ']).to_owned()
    };
    let is_odd = name.is_empty()
        || name.chars().count() > NAME_CHARACTERS_MAX
        || !name.chars().all(fits)
        || name.starts_with(['.', ' '])
        || RESERVED.contains(&name.to_lowercase().as_str());
    if is_odd {
        return Err(Failure::invalid(
            format!("{name:?} cannot be the name of a component"),
            format!(
                "Use 1 to {NAME_CHARACTERS_MAX} letters, digits, dots, dashes and underscores, and no dot in front: --name NAME."
            ),
        ));
    }
    Ok(name)
}

async fn look_at_files(place: &Place, objects: Option<Arc<dyn Objects>>) -> Result<SourceLook, Failure> {
    const NAMED_MAX: usize = 50;
    let words = place.words();
    blocking(move || {
        let mut look = SourceLook {
            items: None,
            bytes: None,
            left_out: Vec::new(),
            left_out_count: 0,
            sentence: String::new(),
        };
        let (mut files, mut bytes) = (0, 0_u64);
        if let Some(objects) = objects {
            objects.list_limited(&words, &mut |found| {
                match found {
                    Found::Object(object) => {
                        files += 1;
                        bytes = bytes.saturating_add(object.size.unwrap_or_default());
                    }
                    Found::LeftOut { key, why, .. } => {
                        look.left_out_count += 1;
                        if look.left_out.len() < NAMED_MAX {
                            look.left_out.push(format!("{key}: {why}"));
                        }
                    }
                }
                Ok(())
            })?;
        }
        (look.items, look.bytes) = (Some(files), Some(bytes));
        let beside = match look.left_out_count {
            0 => String::new(),
            count => format!(" {count} more cannot be taken."),
        };
        look.sentence =
            format!("{words} has {} with {}.{beside}", counted(files, "file"), bytes_words(bytes));
        Ok::<_, Failure>(look)
    })
    .await
}
