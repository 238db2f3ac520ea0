//! A platform's current state of a project, and which of its backups are already here.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;

use crate::engine::Engine;
use base::clock::now_ms;
use base::failure::Failure;
use ledger::catalog::ProjectRecord;
use ledger::event::Topic;
use postgres::target::Target;
use remote::platform::telegram_platform::history_by_sql;
use remote::platform::{
    Abilities, Ability, Account, Act, Listing, Platform, PlatformError, PlatformKind, RemoteBackup,
    RemoteFact, RemoteProject, RemoteSchedule, RestorePoint,
};

/// A backup that its platform deletes within so many days is warned about.
const EXPIRY_DAYS: i64 = 7;

/// A platform is queried if it was not for this long: less than the day by which pulls precede its deletions.
const ASKED_EVERY_MS: i64 = 12 * 60 * 60 * 1000;
/// So long one of them is waited for.
const ASK_WAIT: Duration = Duration::from_mins(1);

/// A backup there, and the one here that was made of it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// As its platform describes it.
    pub backup: RemoteBackup,
    /// The backup here.
    pub backup_id: Option<String>,
    /// It goes within a week there, and is not here.
    pub is_expiring: bool,
}

/// What a platform shows.
#[derive(Debug, Clone)]
pub struct PlatformLook {
    /// The project here.
    pub project: ProjectRecord,
    /// The platform's name.
    pub platform: &'static str,
    /// Who signs in.
    pub account: Account,
    /// The project there.
    pub remote: RemoteProject,
    /// What can be asked.
    pub abilities: Abilities,
    /// What can be started.
    pub creatable: Vec<&'static str>,
    /// What it has, newest first.
    pub backups: Vec<Seen>,
    /// How many there are in all, where it says.
    pub total: Option<u64>,
    /// What is odd, as sentences.
    pub notes: Vec<String>,
    /// Its schedule, where it can be read.
    pub schedule: Option<RemoteSchedule>,
    /// What it counts.
    pub statistics: Vec<RemoteFact>,
    /// Its restore points.
    pub restore_points: Vec<RestorePoint>,
    /// Whether a passphrase is stored that opens what it encrypts.
    pub has_passphrase: bool,
}

impl Engine {
    /// Queries platforms that were not queried for most of a day, to learn which backups they will delete
    /// soon. One that does not answer is queried again later.
    pub(crate) async fn ask_platforms(&self) {
        let projects = match self.profile.catalog.projects().await {
            Ok(projects) => projects,
            Err(error) => return tracing::warn!(%error, "no platform is asked what it is about to delete"),
        };
        let mut asking = tokio::task::JoinSet::new();
        for project in projects.into_iter().filter(|one| one.platform.is_some() && !one.is_archived) {
            let engine = self.clone();
            asking.spawn(async move {
                let asked = tokio::time::timeout(ASK_WAIT, engine.ask_platform_again(&project)).await;
                match asked {
                    Ok(Ok(())) => {}
                    Ok(Err(failure)) => tracing::info!(%failure, project = %project.name, "not asked"),
                    Err(_) => tracing::info!(project = %project.name, "its platform does not answer"),
                }
            });
        }
        while asking.join_next().await.is_some() {}
    }

    async fn ask_platform_again(&self, project: &ProjectRecord) -> Result<(), Failure> {
        let looked_at = self.profile.catalog.platform_looked_at(&project.id).await?;
        let age = looked_at.map(|at| now_ms() - at);
        // A look of the future was written before a clock was set back.
        if age.is_some_and(|age| (0..ASKED_EVERY_MS).contains(&age)) {
            return Ok(());
        }
        let platform = self.platform_of(project).await?;
        let listing = platform.list().await?;
        self.note_shown(project, &listing).await?;
        self.profile.jobs.changed(&[Topic::Projects]);
        Ok(())
    }

    /// Asks a project's platform what it has.
    ///
    /// # Errors
    /// `project_not_found`, `no_platform`, or why the platform cannot be asked.
    #[crate::boxed]
    pub async fn look_at_platform(&self, project: &str) -> Result<PlatformLook, Failure> {
        let project = self.profile.project(project).await?;
        let platform = self.platform_of(&project).await?;
        let account = match platform.sign_in().await {
            Ok(account) => account,
            // Its own table says what it has, where its database can be reached.
            Err(error) => return self.look_by_sql(project, platform.as_ref(), error).await,
        };
        let remote = platform.project().await?;
        let mut notes = Vec::new();
        let listing = match platform.list().await {
            Ok(listing) => {
                self.note_shown(&project, &listing).await?;
                listing
            }
            // What was seen before is still true. What else it shows is worth seeing.
            Err(error @ (PlatformError::Forbidden { .. } | PlatformError::CannotDo { .. })) => {
                notes.push(format!("{error}."));
                Listing::default()
            }
            Err(error) => return Err(error.into()),
        };
        notes.extend(listing.notes);
        let here = self.profile.catalog.remote_ids(&project.id).await?;
        let removed = self.profile.catalog.removed_remotes(&project.id).await?;
        let now = Timestamp::now();
        let backups: Vec<Seen> =
            listing.backups.into_iter().map(|backup| seen(backup, &here, &removed, now)).collect();
        let expiring = backups.iter().filter(|seen| seen.is_expiring).count() as u64;
        if expiring > 0 {
            notes.push(format!(
                "{} there within {EXPIRY_DAYS} days and not here yet: pull now.",
                match expiring {
                    1 => "One backup is deleted".to_owned(),
                    many => format!("{many} backups are deleted"),
                }
            ));
        }
        let schedule = optional(platform.as_ref(), Act::ReadSchedule, platform.schedule(), &mut notes).await;
        let statistics =
            optional(platform.as_ref(), Act::Statistics, platform.statistics(), &mut notes).await;
        let points =
            optional(platform.as_ref(), Act::RestorePoints, platform.restore_points(), &mut notes).await;
        Ok(PlatformLook {
            has_passphrase: self.has_passphrase(&project, &mut notes).await,
            project,
            platform: platform.kind().name(),
            account,
            remote,
            abilities: platform.abilities(),
            creatable: platform.creatable(),
            backups,
            total: listing.total,
            notes,
            schedule,
            statistics: statistics.unwrap_or_default(),
            restore_points: points.unwrap_or_default(),
        })
    }
}

impl Engine {
    /// Whether a passphrase is stored that opens what the platform encrypts.
    async fn has_passphrase(&self, project: &ProjectRecord, notes: &mut Vec<String>) -> bool {
        match self.platform_passphrase(project).await {
            Ok(passphrase) => passphrase.is_some(),
            Err(failure) => {
                notes.push(format!("Whether a passphrase is stored cannot be told: {failure}."));
                false
            }
        }
    }

    /// What the platform's table says of its backups, where its API does not answer and the project has a connection
    /// to its database: the second way. Nothing can be asked for by it.
    async fn look_by_sql(
        &self,
        project: ProjectRecord,
        platform: &dyn Platform,
        error: PlatformError,
    ) -> Result<PlatformLook, Failure> {
        let settings = project.platform.as_ref().filter(|it| it.kind == PlatformKind::TelegramPlatform);
        let (Some(settings), Some(connection)) = (settings, &project.connection) else {
            return Err(error.into());
        };
        let reference = settings.reference.clone();
        let target = Target {
            settings: connection.clone(),
            password: self.profile.password(&project).await?,
            application: "holdfast history".into(),
        };
        let Ok(session) = target.session().await else { return Err(error.into()) };
        let listed = history_by_sql(&session, &reference).await;
        session.close().await;
        // Where the table is not there either, what the API said is what matters.
        let Ok(listing) = listed else { return Err(error.into()) };
        let mut notes = vec![format!(
            "{error}. This list is from its table control_plane.backups, read by the project's connection to the database."
        )];
        notes.extend(listing.notes);
        let here = self.profile.catalog.remote_ids(&project.id).await?;
        let removed = self.profile.catalog.removed_remotes(&project.id).await?;
        let now = Timestamp::now();
        let nothing = |act: &Act| (*act, Ability::no("the platform itself does not answer"));
        Ok(PlatformLook {
            has_passphrase: self.has_passphrase(&project, &mut notes).await,
            platform: platform.kind().name(),
            account: Account { name: None, role: None, token_expires_at: None },
            remote: RemoteProject {
                name: reference.clone(),
                reference,
                status: None,
                region: None,
                server_version: None,
            },
            abilities: Act::ALL.iter().map(nothing).collect(),
            creatable: Vec::new(),
            backups: listing.backups.into_iter().map(|backup| seen(backup, &here, &removed, now)).collect(),
            total: listing.total,
            notes,
            schedule: None,
            statistics: Vec::new(),
            restore_points: Vec::new(),
            project,
        })
    }
}

/// Optional facts from the platform: a failure is reported, and does not hide the others.
async fn optional<T>(
    platform: &dyn Platform,
    act: Act,
    asked: impl Future<Output = Result<T, PlatformError>>,
    notes: &mut Vec<String>,
) -> Option<T> {
    if !platform.abilities().get(&act).is_some_and(remote::platform::Ability::is_yes) {
        return None;
    }
    match asked.await {
        Ok(value) => Some(value),
        Err(PlatformError::Forbidden { .. } | PlatformError::CannotDo { .. }) => None,
        Err(error) => {
            notes.push(format!("{error}."));
            None
        }
    }
}

fn seen(
    backup: RemoteBackup,
    here: &HashMap<String, String>,
    removed: &HashSet<String>,
    now: Timestamp,
) -> Seen {
    let backup_id = here.get(&backup.id).cloned();
    let left_s = backup.expires_at.map(|at| at.duration_since(now).as_secs());
    let is_expiring = backup_id.is_none()
        && !removed.contains(&backup.id)
        && backup.download.is_yes()
        && left_s.is_some_and(|left| (0..EXPIRY_DAYS * 86_400).contains(&left));
    Seen { backup, backup_id, is_expiring }
}
