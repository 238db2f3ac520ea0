//! Components of a project beside its database: list, add, test, remove; parts of a backup: plan, apply.

use std::collections::BTreeSet;

use base::command::{Command, ComponentAdd, ComponentAt, PartTo, PartsPlan};
use base::failure::Failure;
use base::secret::Secret;
use engine::component::{NewSource, SourceLook};
use engine::parts::{PartCounts, PartPlan, PartRequest, PartTarget, undo_command};
use engine::{Engine, archive};
use jiff::civil::Date;
use ledger::catalog::SourceRecord;
use ledger::component::{Component, Components};
use ledger::names::FileNames;
use remote::bucket::BucketAddress;
use remote::storage_api::{BucketSettings, StorageAddress};
use source::Place;
use source::checkout::Checkout;
use source::redis::RedisAddress;

use super::Answer;
use crate::backup::LevelView;
use crate::command::Nothing;
use crate::component::{
    AbsentView, AddComponent, ApplyParts, ComponentLookView, ComponentRef, ComponentSourceView, HeldView,
    PartCountsView, PartPlanView, PartTargetView, PlaceRequest, PlanParts, PlanPartsUndo,
};
use crate::job::JobStarted;
use crate::number::Count;
use crate::project::ProjectRef;

/// What a project has beside its database.
///
/// # Errors
/// `project_not_found`.
#[crate::boxed]
pub async fn component_list(engine: &Engine, request: ProjectRef) -> Answer<Vec<ComponentSourceView>> {
    Ok(engine.sources(&request.project).await?.into_iter().map(Into::into).collect())
}

/// Adds a component.
///
/// # Errors
/// `project_not_found`, `invalid_request`, `source_unreadable`, `password_for_new_server`.
#[crate::boxed]
pub async fn component_add(engine: &Engine, request: AddComponent) -> Answer<ComponentSourceView> {
    let AddComponent { project, name, place, password } = request;
    let name = name.filter(|name| !name.trim().is_empty());
    let (component, place, in_url) = match place {
        PlaceRequest::Sftp { component: word, path, patterns, ssh } => {
            let ssh = match ssh {
                Some(ssh) => ssh.into(),
                None => engine.ssh_of_project(&project).await?,
            };
            (self::component(&word)?, Place::Sftp { ssh, path, patterns }, None)
        }
        PlaceRequest::ContainerLog { container, ssh: None } => {
            let ssh = engine.ssh_of_project_if_any(&project).await?;
            (
                Component::Logs,
                Place::ContainerLog { ssh, container: ssh::Container::new(container.trim()) },
                None,
            )
        }
        place => read(place)?,
    };
    // A key is no passphrase: nothing around it is a part of it.
    let is_key = matches!(place, Place::StorageApi(_));
    let password = password.map(|text| if is_key { text.trim().to_owned() } else { text });
    let secret = password.filter(|password| !password.is_empty()).map(Secret::new).or(in_url);
    Ok(engine.add_source(&project, NewSource { component, place, name, secret }).await?.into())
}

/// Looks at a component as a backup would.
///
/// # Errors
/// `component_not_found`; why it cannot be read.
#[crate::boxed]
pub async fn component_test(engine: &Engine, request: ComponentRef) -> Answer<ComponentLookView> {
    let (source, look) = engine.test_source(&request.project, &request.name).await?;
    let SourceLook { items, bytes, left_out, left_out_count, sentence } = look;
    Ok(ComponentLookView {
        source: source.into(),
        items: items.map(Count),
        bytes: bytes.map(Count),
        left_out,
        left_out_count: Count(left_out_count),
        sentence,
    })
}

/// Removes a component; what backups hold of it stays.
///
/// # Errors
/// `component_not_found`.
#[crate::boxed]
pub async fn component_remove(engine: &Engine, request: ComponentRef) -> Answer<Nothing> {
    engine.remove_source(&request.project, &request.name).await?;
    Ok(Nothing {})
}

/// Plans to bring parts of a backup back.
///
/// # Errors
/// `backup_not_found`, `component_not_in_backup`; why the target cannot be looked at.
#[crate::boxed]
pub async fn parts_plan(engine: &Engine, request: PlanParts) -> Answer<PartPlanView> {
    let command = Command::PartsPlan((&request).into()).to_string();
    let PlanParts {
        backup,
        component: word,
        name,
        prefix,
        from,
        until,
        target,
        deletes_extra,
        no_safety_because,
    } = request;
    let prefix = prefix.filter(|prefix| !prefix.is_empty());
    let files = FileNames { prefix, from: day(from)?, to: day(until)? };
    let target = match target {
        PartTargetView::Folder { path } => PartTarget::Folder { path: absolute(&path)? },
        PartTargetView::InPlace => PartTarget::InPlace,
    };
    let component = component(&word)?;
    if component == Component::Database {
        return Err(Failure::invalid(
            "a database comes back in another way",
            "Leave --component out: `holdfast restore plan --help`.",
        )
        .into());
    }
    let request = PartRequest { backup, component, name, files, target, deletes_extra, no_safety_because };
    Ok(view(engine.plan_parts(request).await?, command))
}

/// Plans to undo a run that brought parts back to where they came from.
///
/// # Errors
/// `job_not_found`, `nothing_to_undo`; why the place cannot be looked at.
#[crate::boxed]
pub async fn parts_undo_plan(engine: &Engine, request: PlanPartsUndo) -> Answer<PartPlanView> {
    let plan = engine.plan_parts_undo(&request.run, request.no_safety_because).await?;
    let command = plan.undo.as_ref().map(|undo| undo_command(&plan, undo).to_string()).unwrap_or_default();
    Ok(view(plan, command))
}

/// Applies such a plan.
///
/// # Errors
/// `not_confirmed`, `plan_blocked`, `plan_stale`, `plan_not_found`.
#[crate::boxed]
pub async fn parts_apply(engine: &Engine, request: ApplyParts) -> Answer<JobStarted> {
    Ok(JobStarted { job_id: engine.apply_parts(&request.plan_id, &request.confirm).await? })
}

impl From<archive::Absent> for AbsentView {
    fn from(absent: archive::Absent) -> Self {
        let archive::Absent { name, component, why } = absent;
        Self { component: component.as_str().to_owned(), name, why }
    }
}

/// Components by their words, as a command line names them.
pub(super) fn components(words: &[String]) -> Result<Components, Failure> {
    words.iter().map(|word| component(word)).collect()
}

/// A component by its word, or by what people call it.
fn component(word: &str) -> Result<Component, Failure> {
    let word = word.trim();
    let known = match word {
        "files" => Some(Component::Files),
        "configuration" => Some(Component::Configuration),
        word => Component::parse(word),
    };
    known.ok_or_else(|| {
        Failure::invalid(
            format!("there is no component {word:?}"),
            "Take one of: database, files, config, redis, logs.",
        )
    })
}

/// What a backup holds, by component and source, each with the level that counts for it.
pub(super) fn held(
    manifest: &archive::Manifest,
    level: Option<LevelView>,
    came_back: &BTreeSet<String>,
) -> Vec<HeldView> {
    let mut all = Vec::new();
    if let Some(database) = &manifest.database {
        all.push(HeldView {
            component: Component::Database.as_str().to_owned(),
            name: database.name.clone(),
            from: manifest
                .origin
                .connection
                .as_ref()
                .map(|origin| format!("{}:{}", origin.host, origin.port)),
            items: Count(database.tables.as_ref().map_or(0, |tables| tables.len() as u64)),
            unit: "tables".into(),
            bytes: Count(database.part.bytes),
            unchanged: Count(0),
            odd: Count(0),
            named: Vec::new(),
            about: Vec::new(),
            level,
            comes_back: true,
        });
    }
    // What came back by itself is restored; a snapshot of Redis once a server loaded it.
    let beside = |taken: Option<&archive::Taken>| {
        let came_back = taken
            .is_some_and(|taken| came_back.contains(&format!("{}:{}", taken.component.as_str(), taken.name)));
        level.map(|level| if came_back { level } else { level.min(LevelView::Readable) })
    };
    for tree in &manifest.trees {
        let taken = manifest.taken.iter().find(|taken| taken.path == tree.path);
        let name =
            taken.map_or_else(|| tree.path.trim_start_matches('/').to_owned(), |taken| taken.name.clone());
        let keys = taken.and_then(|taken| taken.keys);
        all.push(HeldView {
            component: tree.component.clone(),
            name,
            from: taken.map(|taken| taken.place.words()),
            items: Count(keys.unwrap_or(tree.files)),
            unit: if keys.is_some() { "keys" } else { "files" }.into(),
            bytes: Count(tree.bytes),
            unchanged: Count(taken.map_or(0, |taken| taken.unchanged)),
            odd: Count(taken.map_or(0, |taken| taken.missing + taken.changed + taken.left_out)),
            named: taken.map(|taken| taken.named.clone()).unwrap_or_default(),
            about: taken.map(about).unwrap_or_default(),
            level: beside(taken),
            comes_back: taken.is_some(),
        });
    }
    all
}

/// What is known about a source beside its items, as sentences without their full stops.
fn about(taken: &archive::Taken) -> Vec<String> {
    let mut about = Vec::new();
    if let Some(Checkout { commit, branch, remote }) = &taken.checkout {
        let branch = branch.as_ref().map(|branch| format!(" of {branch}")).unwrap_or_default();
        let remote = remote.as_ref().map(|remote| format!(", from {remote}")).unwrap_or_default();
        about.push(format!("Commit {}{branch}{remote}", commit.get(..12).unwrap_or(commit)));
    }
    if !taken.images.is_empty() {
        about.push(format!("Images: {}", taken.images.join(", ")));
    }
    if !taken.buckets.is_empty() {
        let bucket = |bucket: &BucketSettings| {
            format!("{}{}", bucket.id, if bucket.public { " (public)" } else { "" })
        };
        about.push(format!("Buckets: {}", taken.buckets.iter().map(bucket).collect::<Vec<_>>().join(", ")));
    }
    about
}

/// A day, as it was entered.
fn day(text: Option<String>) -> Result<Option<Date>, Failure> {
    let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let read = |text: String| {
        let day = text.parse::<Date>();
        day.map_err(|_| Failure::invalid(format!("{text:?} is no day"), "Write it so: 2026-11-25."))
    };
    text.map(read).transpose()
}

/// The command that brings a component back into a folder of its own.
pub(super) fn brought_back(backup: &str, component: &str) -> Command {
    let word = if component == Component::Files.as_str() { "files" } else { component };
    Command::PartsPlan(PartsPlan {
        backup: backup.to_owned(),
        component: word.to_owned(),
        name: None,
        prefix: None,
        from: None,
        until: None,
        to: PartTo::Folder(format!("{word} {backup}")),
        deletes_extra: false,
        no_safety_because: None,
    })
}

fn absolute(path: &str) -> Result<camino::Utf8PathBuf, Failure> {
    camino::absolute_utf8(camino::Utf8Path::new(path.trim()))
        .map_err(|error| Failure::invalid(format!("{path:?} is no path: {error}"), "Write it whole."))
}

/// Component, place, and a password that was in its address.
fn read(place: PlaceRequest) -> Result<(Component, Place, Option<Secret>), Failure> {
    Ok(match place {
        PlaceRequest::Files { path, patterns } => {
            (Component::Files, Place::Folder { path: path.into(), patterns }, None)
        }
        PlaceRequest::Bucket { bucket, prefix, endpoint, region, access_key, in_host } => {
            let access_key = access_key.map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
            let endpoint = endpoint.trim().trim_end_matches('/').to_owned();
            let address = BucketAddress {
                bucket: bucket.trim().to_owned(),
                prefix,
                endpoint,
                region: region.trim().to_owned(),
                access_key,
                is_in_host: in_host,
            };
            (Component::Files, Place::Bucket(address), None)
        }
        PlaceRequest::StorageApi { url } => {
            (Component::Files, Place::StorageApi(StorageAddress::parse(&url)?), None)
        }
        PlaceRequest::Sftp { .. } => {
            return Err(Failure::invalid("no SSH server was named", "Name it: --ssh USER@HOST."));
        }
        PlaceRequest::ContainerLog { container, ssh } => {
            let container = ssh::Container::new(container.trim());
            (Component::Logs, Place::ContainerLog { ssh: ssh.map(Into::into), container }, None)
        }
        PlaceRequest::LogFolder { path, patterns } => {
            (Component::Logs, Place::Folder { path: path.into(), patterns }, None)
        }
        PlaceRequest::Configuration { paths, patterns } => {
            let paths = paths.into_iter().map(Into::into).collect();
            (Component::Configuration, Place::Files { paths, patterns }, None)
        }
        PlaceRequest::Redis { url, container } => {
            let (address, password) = RedisAddress::parse(&url)?;
            let container = container.filter(|name| !name.trim().is_empty());
            let address = address.within(container.map(|name| ssh::Container::new(name.trim())));
            (Component::Redis, Place::Redis(address), password)
        }
        PlaceRequest::LogTable { schema, table, column } => {
            (Component::Logs, Place::LogTable { schema, table, column }, None)
        }
    })
}

impl From<SourceRecord> for ComponentSourceView {
    fn from(source: SourceRecord) -> Self {
        let SourceRecord { id: _, project_id: _, name, component, place, has_secret, created_at_ms } = source;
        Self {
            name,
            component: component.as_str().to_owned(),
            place: place.words(),
            has_password: has_secret,
            created_at_ms: created_at_ms.into(),
        }
    }
}

impl From<AddComponent> for Command {
    fn from(request: AddComponent) -> Self {
        let AddComponent { project, name, place, password } = request;
        let (at, patterns) = match place {
            PlaceRequest::Files { path, patterns } => (ComponentAt::Files(path), patterns),
            PlaceRequest::Configuration { paths, patterns } => (ComponentAt::Configuration(paths), patterns),
            PlaceRequest::Bucket { bucket, prefix, endpoint, region, access_key, in_host } => (
                ComponentAt::Bucket {
                    url: format!("s3://{bucket}{}{prefix}", if prefix.is_empty() { "" } else { "/" }),
                    endpoint,
                    region,
                    access_key,
                    is_in_host: in_host,
                },
                Vec::new(),
            ),
            // What stands before the host may be a password.
            PlaceRequest::StorageApi { url } => {
                let known = StorageAddress::parse(&url).map(|address| address.url);
                let url = known.unwrap_or_else(|_| "https://HOST".into());
                (ComponentAt::StorageApi(url), Vec::new())
            }
            PlaceRequest::Sftp { component, path, patterns, ssh } => {
                let ssh = ssh.map(ssh::Address::from);
                let at = ComponentAt::Sftp {
                    component,
                    path,
                    account: ssh.as_ref().map(ToString::to_string),
                    key: ssh.as_ref().and_then(|ssh| ssh.key.as_ref().map(ToString::to_string)),
                    host_key: ssh.and_then(|ssh| ssh.host_key),
                };
                (at, patterns)
            }
            // What stands before the host may be a password.
            PlaceRequest::Redis { url, container } => {
                let known = RedisAddress::parse(&url).map(|(address, _)| address.url());
                let url = known.unwrap_or_else(|_| "redis://HOST".into());
                (ComponentAt::Redis { url, container }, Vec::new())
            }
            PlaceRequest::ContainerLog { container, ssh } => {
                let ssh = ssh.map(ssh::Address::from);
                let at = ComponentAt::ContainerLog {
                    container,
                    account: ssh.as_ref().map(ToString::to_string),
                    key: ssh.as_ref().and_then(|ssh| ssh.key.as_ref().map(ToString::to_string)),
                    host_key: ssh.and_then(|ssh| ssh.host_key),
                };
                (at, Vec::new())
            }
            PlaceRequest::LogFolder { path, patterns } => (ComponentAt::Logs(path), patterns),
            PlaceRequest::LogTable { schema, table, column } => {
                let table = base::command::table_word(&schema, &table);
                (ComponentAt::LogTable { table, column }, Vec::new())
            }
        };
        let has_password = password.is_some();
        Self::ComponentAdd(ComponentAdd { project, at, patterns, name, has_password })
    }
}

impl From<&PartCounts> for PartCountsView {
    fn from(counts: &PartCounts) -> Self {
        let PartCounts { name, add, replace, same, delete, extra, expired, buckets: _, bytes, mark: _ } =
            counts;
        Self {
            name: name.clone(),
            add: Count(*add),
            replace: Count(*replace),
            same: Count(*same),
            delete: Count(*delete),
            extra: Count(*extra),
            expired: Count(*expired),
            bytes: Count(*bytes),
        }
    }
}

impl From<&PlanParts> for PartsPlan {
    fn from(request: &PlanParts) -> Self {
        let PlanParts {
            backup,
            component,
            name,
            prefix,
            from,
            until,
            target,
            deletes_extra,
            no_safety_because,
        } = request.clone();
        let to = match target {
            PartTargetView::Folder { path } => PartTo::Folder(path),
            PartTargetView::InPlace => PartTo::InPlace,
        };
        Self { backup, component, name, prefix, from, until, to, deletes_extra, no_safety_because }
    }
}

fn view(plan: PartPlan, command: String) -> PartPlanView {
    let total = (&plan.total()).into();
    let PartPlan {
        id,
        kind,
        made_at_ms: _,
        valid_until_ms,
        backup_id,
        at_ms,
        project_id: _,
        project,
        component,
        files: _,
        target,
        deletes_extra: _,
        counts,
        steps,
        blockers,
        warnings,
        makes_safety,
        no_safety_because,
        button,
        undo: _,
    } = plan;
    PartPlanView {
        id,
        kind,
        backup_id,
        at_ms: at_ms.into(),
        valid_until_ms: valid_until_ms.into(),
        component: component.as_str().to_owned(),
        target: match target {
            PartTarget::Folder { path } => PartTargetView::Folder { path: path.into_string() },
            PartTarget::InPlace => PartTargetView::InPlace,
        },
        counts: counts.iter().map(Into::into).collect(),
        total,
        steps,
        blockers,
        warnings,
        makes_safety,
        no_safety_because,
        confirm: project,
        button,
        command,
    }
}
