//! Platforms that back themselves up.

use std::collections::BTreeMap;

use base::secret::Secret;
use engine::pull::{
    Asked, LogFile, LogFormat, LogsRequest, NewThere, PullRequest, RemotePlanRequest, RemoteTarget,
};
use engine::{Engine, Failure};
use jiff::Timestamp;
use remote::platform::{
    self, ChosenParts, CreateRequest, CredentialField, LogQuery, PlatformKind, PlatformSettings, SettingField,
};

use super::Answer;
use crate::command::Nothing;
use crate::connection::{LadderView, RungView};
use crate::job::JobStarted;
use crate::number::Millis;
use crate::platform::{
    ApplyRemotePlan, CreateRemote, ImportAtPlatform, LogFormatView, MakeRemoteProject, PlanRemoteImport,
    PlanRemoteRestore, PlatformActRequest, PlatformActed, PlatformFieldView, PlatformFormView,
    PlatformKindView, PlatformSettingsView, PlatformView, ReadLogs, RemotePlanView, RemoteRef,
    RemoteScheduleView, SetPlatformPassphrase, SetRemoteSchedule, StartPull, TestPlatform, UploadToPlatform,
};
use crate::project::ProjectRef;

mod view;

impl From<PlatformKind> for PlatformKindView {
    fn from(kind: PlatformKind) -> Self {
        match kind {
            PlatformKind::Supamanager => Self::Supamanager,
            PlatformKind::Supabase => Self::Supabase,
            PlatformKind::Opttius => Self::Opttius,
            PlatformKind::TelegramPlatform => Self::TelegramPlatform,
        }
    }
}

impl From<PlatformKindView> for PlatformKind {
    fn from(kind: PlatformKindView) -> Self {
        match kind {
            PlatformKindView::Supamanager => Self::Supamanager,
            PlatformKindView::Supabase => Self::Supabase,
            PlatformKindView::Opttius => Self::Opttius,
            PlatformKindView::TelegramPlatform => Self::TelegramPlatform,
        }
    }
}

impl From<PlatformSettings> for PlatformSettingsView {
    fn from(settings: PlatformSettings) -> Self {
        let PlatformSettings { kind, address, reference, account, more } = settings;
        Self { kind: kind.into(), address, reference, account, more }
    }
}

impl From<PlatformSettingsView> for PlatformSettings {
    fn from(view: PlatformSettingsView) -> Self {
        let PlatformSettingsView { kind, address, reference, account, more } = view;
        Self { kind: kind.into(), address, reference, account, more }
    }
}

pub(super) fn secrets(credentials: BTreeMap<String, String>) -> BTreeMap<String, Secret> {
    credentials.into_iter().map(|(name, value)| (name, Secret::new(value))).collect()
}

/// What has to be entered for each platform.
///
/// # Errors
/// Never.
#[crate::boxed]
pub async fn platform_forms(_: &Engine, _: Nothing) -> Answer<Vec<PlatformFormView>> {
    let kinds = [
        PlatformKind::Supamanager,
        PlatformKind::Supabase,
        PlatformKind::Opttius,
        PlatformKind::TelegramPlatform,
    ];
    Ok(kinds.into_iter().map(form).collect())
}

/// Tests a platform's connection, rung by rung.
///
/// # Errors
/// `project_not_found`, or why stored credentials are not to be had.
#[crate::boxed]
pub async fn platform_test(engine: &Engine, request: TestPlatform) -> Answer<LadderView> {
    let TestPlatform { platform, credentials, project } = request;
    let rungs =
        engine.test_platform(platform.map(Into::into), secrets(credentials), project.as_deref()).await?;
    let passed = rungs.iter().all(|rung| matches!(rung.outcome, Some(Ok(_))));
    let rungs = rungs.into_iter().map(RungView::from).collect();
    Ok(LadderView { passed, server_version: None, size_bytes: None, rungs })
}

/// What a platform shows of a project.
///
/// # Errors
/// `no_platform`, or why it cannot be asked.
#[crate::boxed]
pub async fn platform_show(engine: &Engine, request: ProjectRef) -> Answer<PlatformView> {
    Ok(engine.look_at_platform(&request.project).await?.into())
}

/// Makes a new, empty project at the platform of another one, and adds it here.
///
/// # Errors
/// `no_platform`, `platform_cannot`, `name_taken`; all else is the run's own end.
#[crate::boxed]
pub async fn platform_new_project(engine: &Engine, request: MakeRemoteProject) -> Answer<JobStarted> {
    let MakeRemoteProject { like, name, label, organization, region, size } = request;
    let given =
        |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let (organization, region, size) = (given(organization), given(region), given(size));
    let new = NewThere { like, name, label: label.into(), organization, region, size };
    Ok(JobStarted { job_id: engine.start_project_there(new).await? })
}

/// Starts a backup there.
///
/// # Errors
/// `no_platform`; all else is the run's own end.
#[crate::boxed]
pub async fn platform_create(engine: &Engine, request: CreateRemote) -> Answer<JobStarted> {
    let CreateRemote {
        project,
        kind,
        compress,
        encrypt,
        format,
        reason,
        notify_email,
        from_ms,
        to_ms,
        then_pull,
    } = request;
    let moment = |at: Millis| Timestamp::from_millisecond(at.0).unwrap_or_default();
    let range = from_ms.zip(to_ms).map(|(from, to)| (moment(from), moment(to)));
    let create = CreateRequest { kind, compress, encrypt, format, reason, notify_email, range };
    let pull = then_pull.then(PullRequest::default);
    Ok(JobStarted { job_id: engine.start_remote(&project, create, pull).await? })
}

/// Asks for something that is done at once.
///
/// # Errors
/// `platform_cannot`, or why it did not work.
#[crate::boxed]
pub async fn platform_act(engine: &Engine, request: PlatformActRequest) -> Answer<PlatformActed> {
    let PlatformActRequest { project, act, name } = request;
    let asked = match act.as_str() {
        "pause" => Asked::Pause,
        "resume" => Asked::Resume,
        "trigger_cron" => Asked::TriggerCron,
        "add_restore_point" => Asked::AddRestorePoint(name.unwrap_or_default()),
        other => {
            return Err(Failure::invalid(
                format!("{other:?} is nothing that a platform is asked for"),
                "Ask for pause, resume, trigger_cron or add_restore_point.",
            )
            .into());
        }
    };
    let facts = engine.ask_platform(&project, asked).await?;
    Ok(PlatformActed { facts: facts.into_iter().map(Into::into).collect() })
}

/// Changes a platform's schedule.
///
/// # Errors
/// `platform_cannot`, or why it did not work.
#[crate::boxed]
pub async fn platform_schedule_set(
    engine: &Engine,
    request: SetRemoteSchedule,
) -> Answer<RemoteScheduleView> {
    let SetRemoteSchedule { project, schedule } = request;
    Ok(engine.set_platform_schedule(&project, &schedule.into()).await?.into())
}

/// Stores the passphrase that opens what a platform encrypts, or forgets it.
///
/// # Errors
/// `no_platform`, `invalid_request` for an empty one, or why the keychain cannot be used.
#[crate::boxed]
pub async fn platform_passphrase_set(engine: &Engine, request: SetPlatformPassphrase) -> Answer<Nothing> {
    let SetPlatformPassphrase { project, passphrase } = request;
    engine.set_platform_passphrase(&project, passphrase.map(Secret::new)).await?;
    Ok(Nothing {})
}

/// Plans the deletion of a backup there.
///
/// # Errors
/// Why the platform cannot be asked.
#[crate::boxed]
pub async fn platform_deletion_plan(engine: &Engine, request: RemoteRef) -> Answer<RemotePlanView> {
    let RemoteRef { project, id } = request;
    let target = RemoteTarget::Delete(id);
    Ok(engine.plan_remote(RemotePlanRequest::new(project, target)).await?.into())
}

/// Plans a restore that the platform does.
///
/// # Errors
/// Why the platform cannot be asked; `invalid_request` unless one of backup, moment and point is named.
#[crate::boxed]
pub async fn platform_restore_plan(engine: &Engine, request: PlanRemoteRestore) -> Answer<RemotePlanView> {
    let PlanRemoteRestore {
        project,
        id,
        at_ms,
        point,
        database,
        storage,
        config,
        no_safety_because,
        uncovered_because,
    } = request;
    let target = match (id, at_ms, point) {
        (Some(id), None, None) => {
            RemoteTarget::Restore { id, parts: ChosenParts { database, storage, config } }
        }
        (None, Some(at), None) => RemoteTarget::Moment(at.0),
        (None, None, Some(point)) => RemoteTarget::Point(point),
        _ => {
            return Err(Failure::invalid(
                "a restore needs one of a backup, a moment and a restore point",
                "Name exactly one of them.",
            )
            .into());
        }
    };
    let request = RemotePlanRequest { project, target, no_safety_because, uncovered_because };
    Ok(engine.plan_remote(request).await?.into())
}

/// Plans a new project there, of the file of a backup in the vault.
///
/// # Errors
/// `backup_not_found`, `no_artifact`, or why the platform cannot be asked.
#[crate::boxed]
pub async fn platform_import_plan(engine: &Engine, request: PlanRemoteImport) -> Answer<RemotePlanView> {
    let PlanRemoteImport { project, backup, new_name } = request;
    let target = RemoteTarget::Import { backup, new_name };
    Ok(engine.plan_remote(RemotePlanRequest::new(project, target)).await?.into())
}

/// Does what a confirmed plan says.
///
/// # Errors
/// `not_confirmed`, `plan_blocked`, `plan_stale`, `plan_not_found`.
#[crate::boxed]
pub async fn platform_apply(engine: &Engine, request: ApplyRemotePlan) -> Answer<JobStarted> {
    Ok(JobStarted { job_id: engine.start_remote_plan(&request.plan_id, &request.confirm).await? })
}

/// Gives the file that a backup was made of back to the platform.
///
/// # Errors
/// `no_platform`, `backup_not_found`, `no_artifact`; all else is the run's own end.
#[crate::boxed]
pub async fn platform_upload(engine: &Engine, request: UploadToPlatform) -> Answer<JobStarted> {
    Ok(JobStarted { job_id: engine.start_platform_upload(&request.project, &request.backup).await? })
}

/// Makes a new project of an exported file on the platform of a project.
///
/// # Errors
/// `no_platform`; all else is the run's own end.
#[crate::boxed]
pub async fn platform_import(engine: &Engine, request: ImportAtPlatform) -> Answer<JobStarted> {
    let ImportAtPlatform { project, path, new_name } = request;
    Ok(JobStarted { job_id: engine.start_platform_import(&project, path.as_str().into(), &new_name).await? })
}

/// Reads the logs of a range.
///
/// # Errors
/// `no_platform`, `platform_cannot`, `file_exists`, `invalid_request` for a range that is none.
#[crate::boxed]
pub async fn platform_logs(engine: &Engine, request: ReadLogs) -> Answer<JobStarted> {
    let ReadLogs { project, from_ms, to_ms, source, path, format, replace, keep } = request;
    let moment = |at: Millis| Timestamp::from_millisecond(at.0).unwrap_or_default();
    let query = LogQuery { from: moment(from_ms), to: moment(to_ms), source };
    let format = match format {
        LogFormatView::Json => LogFormat::Json,
        LogFormatView::Text => LogFormat::Text,
    };
    let to = path.map(|path| LogFile { path: path.into(), format, replace });
    Ok(JobStarted { job_id: engine.start_logs(&project, LogsRequest { query, to, keep }).await? })
}

/// Pulls backups into the vault.
///
/// # Errors
/// `no_platform`, `no_vault`; all else is the run's own end.
#[crate::boxed]
pub async fn pull_start(engine: &Engine, request: StartPull) -> Answer<JobStarted> {
    let StartPull { project, ids, all, passphrase, streams, bytes_per_second } = request;
    let pull = PullRequest {
        ids,
        all,
        limits: None,
        passphrase: passphrase.filter(|text| !text.is_empty()).map(Secret::new),
        streams: streams.map(usize::from),
        bytes_per_second: bytes_per_second.map(|rate| rate.0),
    };
    Ok(JobStarted { job_id: engine.start_pull(&project, pull).await? })
}

fn form(kind: PlatformKind) -> PlatformFormView {
    let setting = |field: &SettingField| {
        let SettingField { name, title, hint, usual, is_needed, choices } = *field;
        let choices = choices.iter().map(|&word| word.to_owned()).collect();
        let [name, title, hint, usual] = [name, title, hint, usual].map(str::to_owned);
        PlatformFieldView { name, title, hint, usual, is_needed, choices }
    };
    let credential = |field: &CredentialField| {
        let CredentialField { name, title, hint, is_needed } = *field;
        let [name, title, hint] = [name, title, hint].map(str::to_owned);
        PlatformFieldView { name, title, hint, usual: String::new(), is_needed, choices: Vec::new() }
    };
    PlatformFormView {
        kind: kind.into(),
        name: kind.name().trim_start_matches("the ").to_owned(),
        settings: platform::settings_of(kind).iter().map(setting).collect(),
        credentials: platform::credentials(kind).iter().map(credential).collect(),
    }
}
