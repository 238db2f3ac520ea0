//! What a platform answers, as the page and the command line read it.

use engine::pull::{PlannedPart, PlatformLook, PlatformRung, RemotePlan, RemoteTarget, Seen};
use jiff::Timestamp;
use remote::platform::{Ability, Act, RemoteBackup, RemoteFact, RemoteSchedule, RemoteState, RestorePoint};

use crate::connection::{FixView, RungState, RungView};
use crate::number::{Count, Millis};
use crate::platform::{
    AbilityView, PlatformView, RemoteBackupView, RemoteFactView, RemotePartView, RemotePlanView,
    RemoteScheduleView, RestorePointView,
};

impl From<PlatformRung> for RungView {
    fn from(rung: PlatformRung) -> Self {
        let PlatformRung { id, title, outcome } = rung;
        let (state, message, code, fix) = match outcome {
            None => (RungState::Waiting, String::new(), None, None),
            Some(Ok(words)) => (RungState::Passed, words, None, None),
            Some(Err(failure)) => {
                let fix = failure.hint.map(|detail| FixView {
                    title: "What to do".into(),
                    detail,
                    sql: None,
                    connection: None,
                });
                (RungState::Failed, failure.message, Some(failure.code.to_string()), fix)
            }
        };
        Self { id: id.to_owned(), title: title.to_owned(), state, message, elapsed_ms: None, code, fix }
    }
}

impl From<PlatformLook> for PlatformView {
    fn from(look: PlatformLook) -> Self {
        let PlatformLook {
            project,
            platform,
            account,
            remote,
            abilities,
            creatable,
            backups,
            total,
            notes,
            schedule,
            statistics,
            restore_points,
            has_passphrase,
        } = look;
        let millis = |at: Timestamp| Millis(at.as_millisecond());
        Self {
            project_id: project.id,
            project: project.name,
            platform: platform.to_owned(),
            remote_name: remote.name,
            remote_status: remote.status,
            account: account.name,
            role: account.role,
            token_expires_at_ms: account.token_expires_at.map(millis),
            abilities: Act::ALL.into_iter().map(|act| ability(act, abilities.get(&act))).collect(),
            creatable: creatable.into_iter().map(str::to_owned).collect(),
            backups: backups.into_iter().map(Into::into).collect(),
            total: total.map(Count),
            notes,
            schedule: schedule.map(Into::into),
            statistics: statistics.into_iter().map(Into::into).collect(),
            restore_points: restore_points
                .into_iter()
                .map(|RestorePoint { name, status }| RestorePointView { name, status })
                .collect(),
            has_passphrase,
        }
    }
}

fn ability(act: Act, ability: Option<&Ability>) -> AbilityView {
    let reason = match ability {
        Some(Ability::Yes) => None,
        Some(Ability::No { reason }) => Some(reason.clone()),
        None => Some("there is no such call".to_owned()),
    };
    let name = serde_json::to_value(act).ok().and_then(|name| name.as_str().map(str::to_owned));
    AbilityView {
        act: name.unwrap_or_default(),
        words: act.words().to_owned(),
        can: reason.is_none(),
        reason,
    }
}

impl From<Seen> for RemoteBackupView {
    fn from(seen: Seen) -> Self {
        let Seen { backup, backup_id, is_expiring } = seen;
        let RemoteBackup {
            id,
            owner: _,
            kind,
            state,
            file_name,
            bytes,
            created_at,
            expires_at,
            checksums: _,
            is_encrypted,
            download,
        } = backup;
        let (state, percent, said) = match state {
            RemoteState::Creating { percent } => ("creating".to_owned(), percent, None),
            RemoteState::Completed => ("completed".to_owned(), None, None),
            RemoteState::Failed { said } => ("failed".to_owned(), None, Some(said)),
            RemoteState::Other(word) => (word, None, None),
        };
        let no_download = match download {
            Ability::Yes => None,
            Ability::No { reason } => Some(reason),
        };
        let millis = |at: Timestamp| Millis(at.as_millisecond());
        Self {
            id,
            kind,
            state,
            percent,
            said,
            file_name,
            size_bytes: bytes.map(Count),
            created_at_ms: created_at.map(millis),
            expires_at_ms: expires_at.map(millis),
            is_expiring,
            is_encrypted,
            can_download: no_download.is_none(),
            no_download,
            backup_id,
        }
    }
}

impl From<RemoteFact> for RemoteFactView {
    fn from(RemoteFact { name, value }: RemoteFact) -> Self {
        Self { name, value }
    }
}

impl From<RemoteSchedule> for RemoteScheduleView {
    fn from(schedule: RemoteSchedule) -> Self {
        let RemoteSchedule { enabled, frequency, time, kind, retention } = schedule;
        Self { enabled, frequency, time, kind, retention }
    }
}

impl From<RemoteScheduleView> for RemoteSchedule {
    fn from(view: RemoteScheduleView) -> Self {
        let RemoteScheduleView { enabled, frequency, time, kind, retention } = view;
        Self { enabled, frequency, time, kind, retention }
    }
}

impl From<PlannedPart> for RemotePartView {
    fn from(PlannedPart { part, is_chosen, cannot, is_kept }: PlannedPart) -> Self {
        Self { part, is_chosen, cannot, is_kept }
    }
}

impl From<RemotePlan> for RemotePlanView {
    fn from(plan: RemotePlan) -> Self {
        let RemotePlan {
            id,
            project_id: _,
            project,
            target,
            effects,
            blockers,
            warnings,
            parts,
            safety,
            button,
            command,
            moment_ms: _,
            looks_after: _,
            seen: _,
            reached: _,
            made_at_ms: _,
            // The effects say them in their places.
            recovery_steps: _,
        } = plan;
        let act = match target {
            RemoteTarget::Delete(_) => "delete",
            RemoteTarget::Restore { .. } => "restore",
            RemoteTarget::Moment(_) => "restore_to",
            RemoteTarget::Point(_) => "restore_point",
            RemoteTarget::Import { .. } => "import",
        };
        Self {
            plan_id: id,
            act: act.to_owned(),
            effects,
            blockers,
            warnings,
            parts: parts.into_iter().map(Into::into).collect(),
            safety: safety.words(),
            confirm: project,
            button,
            command,
        }
    }
}
