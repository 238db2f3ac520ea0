//! Looking at a project: its database's catalogue, and the server that the database is on.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use postgres::connection::{ConnectOptions, connect};
use postgres::facts::{self, TableFacts, TableKind};
use postgres::provider;
use source::redis::{Client as Redis, RedisAddress, RedisError, Way};
use ssh::{Gateway, Host, Running, SshError};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::engine::Engine;
use crate::profile::Profile;
use base::clock::now_ms;
use base::failure::Failure;
use base::words::counted;
use ledger::catalog::ProjectRecord;
use ledger::coverage::{ContainerFound, DatabaseFound, Found, SchemaFound, ThingFound};

/// A list of containers takes a moment; a server that takes longer is not waited for.
const LIMIT: Duration = Duration::from_secs(15);
/// More on one server than anybody reads.
const CONTAINERS_MAX: usize = 200;
const MOUNTS_MAX: usize = 20;
/// More schemas are counted as one.
const SCHEMAS_MAX: usize = 200;
const REDIS_PORT: u16 = 6379;
/// A database that is looked at beside its work.
const PATIENCE: &str = "set statement_timeout = '30s'; set lock_timeout = '3s'";

impl Engine {
    /// What the database of a project has, as the server tells now.
    pub(super) async fn look_at_database(&self, project: &ProjectRecord) -> Result<DatabaseFound, Failure> {
        self.wake(project).await?;
        let entry = self.entry(project).await?;
        let choice = self.profile.catalog.table_choice(&project.id).await?;
        let options = ConnectOptions::new("holdfast looks");
        let session = connect(&entry.connection, entry.password.as_ref(), &options).await?;
        // Refused, it is merely less patient.
        let _ = session.client.batch_execute(PATIENCE).await;
        let looking = async {
            let tables = facts::tables(&session.client).await?;
            let unreadable = facts::unreadable(&session.client).await?;
            let extensions = facts::extensions(&session.client).await?;
            let (out, blocked) = choice.leaves_out(&tables, &unreadable);
            let counts = (blocked.len(), extensions.len());
            let bare = Bare::of(
                &out.schemas,
                out.without_rows.iter().chain(&out.absent).map(|one| (&one.0, &one.1)),
            );
            let mut found = database_found(&session.client, &tables, counts, &bare).await?;
            let others = facts::other_databases(&session.client).await?;
            found.others = Some(others.into_iter().map(|one| (one.name, one.bytes)).collect());
            Ok::<_, Failure>(found)
        };
        let found = looking.await;
        session.close().await;
        let mut found = found?;
        // What another project backs up is nothing that is missing.
        let mine = project.connection.as_ref();
        for other in self.profile.catalog.projects().await? {
            let Some((mine, other)) = mine.zip(other.connection.filter(|_| !other.is_archived)) else {
                continue;
            };
            let is_one = (&mine.host, mine.port, &mine.ssh, &mine.container)
                == (&other.host, other.port, &other.ssh, &other.container);
            if is_one {
                found.others.iter_mut().for_each(|all| all.retain(|(name, _)| *name != other.database));
            }
        }
        Ok(found)
    }
}

/// Whose rows backups do not take.
#[derive(Debug, Default)]
pub(crate) struct Bare<'a> {
    schemas: HashSet<&'a str>,
    tables: HashSet<(&'a str, &'a str)>,
}

impl<'a> Bare<'a> {
    pub(crate) fn of(schemas: &'a [String], tables: impl Iterator<Item = (&'a String, &'a String)>) -> Self {
        let schemas = schemas.iter().map(String::as_str).collect();
        Self { schemas, tables: tables.map(|(schema, name)| (schema.as_str(), name.as_str())).collect() }
    }

    fn has(&self, schema: &str, name: &str) -> bool {
        self.schemas.contains(schema) || self.tables.contains(&(schema, name))
    }
}

/// What a database has, by its catalogue.
pub(crate) async fn database_found(
    client: &tokio_postgres::Client,
    tables: &[TableFacts],
    (unreadable, extensions): (usize, usize),
    bare: &Bare<'_>,
) -> Result<DatabaseFound, Failure> {
    let there = provider::there(client).await?;
    let of_platform = there.provider.map_or(&[][..], |profile| profile.schemas);
    let (mut schemas, mut left_out) = (BTreeMap::<&str, SchemaFound>::new(), 0_u32);
    for table in tables.iter().filter(|table| table.kind == TableKind::Table) {
        let schema = schemas.entry(&table.schema).or_insert_with(|| SchemaFound {
            name: table.schema.clone(),
            is_of_platform: of_platform.contains(&table.schema.as_str()),
            ..SchemaFound::default()
        });
        schema.tables += 1;
        schema.rows = schema.rows.saturating_add(table.rows_estimated.unwrap_or_default());
        schema.uncounted += u32::from(table.rows_estimated.is_none() && table.size_bytes > 0);
        schema.bytes = schema.bytes.saturating_add(table.size_bytes);
        left_out += u32::from(bare.has(&table.schema, &table.name));
    }
    let things = there.things.iter().map(|thing| ThingFound {
        one: thing.one.to_owned(),
        many: thing.many.to_owned(),
        rows: thing.rows,
        is_taken: !bare.has(thing.table.0, thing.table.1),
        is_of_files: thing.is_of_files,
    });
    Ok(DatabaseFound {
        provider: there.provider.map(|profile| profile.name.to_owned()),
        things: things.collect(),
        schemas: largest(schemas.into_values().collect()),
        extensions: u32::try_from(extensions).unwrap_or(u32::MAX),
        left_out,
        unreadable: u32::try_from(unreadable).unwrap_or(u32::MAX),
        others: None,
    })
}

/// The largest schemas, by name, and the others as one: a database may have tens of thousands.
fn largest(mut schemas: Vec<SchemaFound>) -> Vec<SchemaFound> {
    if schemas.len() <= SCHEMAS_MAX {
        return schemas;
    }
    schemas.sort_by_key(|schema| std::cmp::Reverse((schema.is_of_platform, schema.bytes)));
    let rest = schemas.split_off(SCHEMAS_MAX);
    let mut others =
        SchemaFound { name: counted(rest.len() as u64, "other schema"), ..SchemaFound::default() };
    for schema in rest {
        others.tables += schema.tables;
        others.rows = others.rows.saturating_add(schema.rows);
        others.uncounted += schema.uncounted;
        others.bytes = others.bytes.saturating_add(schema.bytes);
    }
    schemas.sort_by(|one, other| one.name.cmp(&other.name));
    schemas.push(others);
    schemas
}

/// A look at the server of a project, which may go on beside something else.
pub(crate) struct ServerLook {
    looking: Option<JoinHandle<ServerFound>>,
    not_looked: Vec<String>,
}

/// What was seen of a server. What does not answer is absent: then what was seen before is what is known.
#[derive(Debug, Clone, Default)]
pub(crate) struct ServerFound {
    containers: Option<Vec<ContainerFound>>,
    has_redis: Option<bool>,
    not_looked: Vec<String>,
}

impl ServerLook {
    /// Begins, where the database of a project is on a server that can be looked at.
    pub(crate) async fn begin(profile: &Profile, project: &ProjectRecord) -> Self {
        let nothing = |not_looked: Vec<String>| Self { looking: None, not_looked };
        let Some(connection) = project.connection.as_ref().filter(|_| !project.is_sample) else {
            return nothing(Vec::new());
        };
        let is_there = connection.container.is_some() || connection.is_within_ssh();
        match &connection.ssh {
            Some(ssh) if is_there => {
                // Whoever asks for the project's password has made the way known.
                let known = profile.password(project).await.map(|_| ssh::gateway(ssh));
                let Ok(Some(gateway)) = known else {
                    return nothing(vec![format!("{} was not looked at: what opens it is not known.", ssh.server())]);
                };
                let place = ssh.server();
                Self { looking: Some(tokio::spawn(in_time(place, look_there(gateway)))), not_looked: Vec::new() }
            }
            None if is_there => {
                let place = "this computer".to_owned();
                let looking = in_time(place.clone(), look_here(place));
                Self { looking: Some(tokio::spawn(looking)), not_looked: Vec::new() }
            }
            Some(ssh) => nothing(vec![format!(
                "{} is only the way to {}, which is not looked at: add its files, configuration, Redis and logs by hand.",
                ssh.server(),
                connection.host
            )]),
            None if project.platform.is_some() => nothing(Vec::new()),
            None => nothing(vec![
                "Only the database was looked at: its server is reached without SSH. Add its files, configuration, Redis and logs by hand.".to_owned(),
            ]),
        }
    }

    /// What it came to.
    pub(crate) async fn ended(self) -> ServerFound {
        let Self { looking, not_looked } = self;
        let mut found = match looking {
            Some(looking) => looking.await.unwrap_or_default(),
            // Where nothing is to be seen, nothing is.
            None if not_looked.is_empty() => {
                ServerFound { containers: Some(Vec::new()), has_redis: Some(false), not_looked: Vec::new() }
            }
            None => ServerFound::default(),
        };
        found.not_looked.extend(not_looked);
        found
    }
}

impl ServerFound {
    /// All that was seen of a project; of what does not answer now what was seen before.
    pub(crate) fn with(
        self,
        database: Option<DatabaseFound>,
        failed: Vec<(String, String)>,
        before: Found,
    ) -> Found {
        let Self { containers, has_redis, not_looked } = self;
        let others = before.database.as_ref().and_then(|database| database.others.clone());
        let mut database = database.or(before.database);
        if let Some(database) = &mut database
            && database.others.is_none()
        {
            database.others = others;
        }
        Found {
            at_ms: now_ms(),
            database,
            containers: containers.unwrap_or(before.containers),
            has_redis: has_redis.unwrap_or(before.has_redis),
            not_looked,
            failed,
        }
    }
}

/// A look that ends in time, whatever hangs there.
async fn in_time(place: String, looking: impl Future<Output = ServerFound>) -> ServerFound {
    if let Ok(found) = timeout(LIMIT, looking).await {
        return found;
    }
    let limit = LIMIT.as_secs();
    let not_looked = vec![format!("{place} did not say within {limit} s which containers it runs.")];
    ServerFound { not_looked, ..ServerFound::default() }
}

async fn look_here(place: String) -> ServerFound {
    look_at(Host::Here, &place).await
}

async fn look_there(gateway: Arc<Gateway>) -> ServerFound {
    let place = gateway.address().server();
    let found = look_at(Host::There(Arc::clone(&gateway)), &place).await;
    let is_given = |container: &ContainerFound| container.ports.iter().any(|(there, _)| *there == REDIS_PORT);
    let is_in_container = found.containers.iter().flatten().any(is_given);
    let has_redis = !is_in_container && answers(&gateway).await;
    ServerFound { has_redis: Some(has_redis), ..found }
}

/// Whether a Redis answers there on its usual port: signed in or not, it says what it is.
async fn answers(gateway: &Arc<Gateway>) -> bool {
    let address = RedisAddress {
        host: "127.0.0.1".to_owned(),
        port: REDIS_PORT,
        tls: false,
        user: None,
        container: None,
    };
    let way = Way::Ssh(gateway.route(&address.host, address.port));
    matches!(Redis::connect(&address, None, &way).await, Ok(_) | Err(RedisError::SignIn { .. }))
}

async fn look_at(host: Host, place: &str) -> ServerFound {
    let mut found = ServerFound::default();
    match host.containers(LIMIT).await {
        Ok(containers) => {
            if containers.is_none() {
                found.not_looked.push(format!(
                    "No Docker and no Podman is on {place}: files, configuration and logs there are added by hand."
                ));
            }
            let all = containers.unwrap_or_default();
            if all.len() > CONTAINERS_MAX {
                let more = all.len() - CONTAINERS_MAX;
                found.not_looked.push(format!("{more} more containers of {place} were not looked at."));
            }
            found.containers = Some(all.into_iter().take(CONTAINERS_MAX).map(container_found).collect());
        }
        // Nothing but the way to a port: that is how many accounts are, on purpose.
        Err(SshError::RunForbidden { .. }) => found.not_looked.push(format!(
            "The account at {place} may run nothing, so that containers, configuration and logs there are not seen."
        )),
        Err(error) => found.not_looked.push(format!("The containers of {place} were not seen: {error}.")),
    }
    found
}

fn container_found(one: Running) -> ContainerFound {
    let Running { id, name, image, project, folder, mut mounts, ports } = one;
    // Of the others nothing is asked.
    mounts.retain(|(_, inside)| ["functions", "storage"].iter().any(|word| inside.contains(word)));
    mounts.truncate(MOUNTS_MAX);
    ContainerFound { id, name: name.to_string(), image, project, folder, mounts, ports }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Vec<ContainerFound> {
        vec![ContainerFound { name: name.into(), ..ContainerFound::default() }]
    }

    #[test]
    fn what_does_not_answer_stays_as_it_was_seen_and_what_answers_is_as_it_is() {
        let before = || Found {
            database: Some(DatabaseFound {
                others: Some(vec![("wiki".into(), 1)]),
                ..DatabaseFound::default()
            }),
            containers: named("before"),
            has_redis: true,
            ..Found::default()
        };
        let silent = ServerFound::default().with(None, Vec::new(), before());
        assert_eq!(
            (silent.containers, silent.has_redis, silent.database),
            (named("before"), true, before().database)
        );
        // An account that may not list containers may still reach a port.
        let half = ServerFound { has_redis: Some(false), ..ServerFound::default() };
        let half = half.with(Some(DatabaseFound::default()), Vec::new(), before());
        assert_eq!((half.containers, half.has_redis), (named("before"), false));
        assert_eq!(
            half.database.unwrap().others,
            Some(vec![("wiki".into(), 1)]),
            "a backup asks for no others"
        );
        let whole = ServerFound { containers: Some(named("now")), ..ServerFound::default() };
        let asked = DatabaseFound { others: Some(Vec::new()), ..DatabaseFound::default() };
        let whole = whole.with(Some(asked), Vec::new(), before());
        assert_eq!((whole.containers, whole.database.unwrap().others), (named("now"), Some(Vec::new())));
    }
}
