//! The state of a restore and the possible next acts: from its record, or, if only the server knows, by
//! asking it.

use super::around::with_steps;
use super::existing::maintenance;
use super::record::{Restore, RestoreState};
use super::request::{Strategy, TableMode};
use super::swap::{has_swapped, name_of};
use super::transaction::committed_after_all;
use crate::engine::Engine;
use base::command::{About, Command};
use base::failure::Failure;
use base::words::moment_words;
use postgres::target::quote_identifier;

/// What a restore stands at, as the server says now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// How it stands.
    pub state: RestoreState,
    /// In a sentence.
    pub sentence: String,
    /// What can be done next, in a sentence.
    pub next: String,
    /// Whether an undo can be planned.
    pub can_undo: bool,
    /// Whether what was kept for an undo can be discarded.
    pub can_discard: bool,
}

impl Engine {
    /// How a restore stands. Where only the server knows, it is asked.
    ///
    /// # Errors
    /// `restore_not_found`; when the catalogue cannot be read.
    #[crate::boxed]
    pub async fn restore_standing(&self, reference: &str) -> Result<(Restore, Standing), Failure> {
        let mut restore = self.restore(reference).await?;
        let is_running = self.profile.catalog.open_jobs().await?.iter().any(|job| job.id == restore.id);
        if is_running {
            let standing = Standing {
                state: restore.state,
                sentence: "It is running.".into(),
                next: format!("Follow it: `{}`.", Command::about(About::JobShow, &restore.id[..8])),
                can_undo: false,
                can_discard: false,
            };
            return Ok((restore, standing));
        }
        let happened = match restore.state {
            RestoreState::Switching => self.ask_what_happened(&restore).await,
            _ => None,
        };
        if let Some(happened) = happened {
            let state = if happened { RestoreState::Done } else { RestoreState::Failed };
            restore.note(&self.profile.catalog, state).await?;
        }
        let ids: Vec<&str> = restore.project_id.as_deref().into_iter().collect();
        let name = self.profile.catalog.project_names(&ids).await?.into_values().next().unwrap_or_default();
        let standing = with_steps(stand(&restore), &mut restore, &name);
        Ok((restore, standing))
    }

    /// Whether a restore whose process died during the commit was committed. `None` if its server cannot be
    /// asked.
    async fn ask_what_happened(&self, restore: &Restore) -> Option<bool> {
        let target = match self.target_of(&restore.plan).await {
            Ok(target) => target,
            Err(failure) => {
                tracing::info!(%failure, "the target of a restore cannot be asked");
                return None;
            }
        };
        match restore.plan.strategy {
            Strategy::Swap | Strategy::SwapBack => {
                let server = maintenance(&target).await.unwrap_or(target);
                has_swapped(&server, restore).await
            }
            Strategy::NewDatabase => {
                let name = name_of(&target, restore, restore.traces.new_oid?).await?;
                Some(name.as_deref() == Some(restore.plan.database.as_str()))
            }
            _ => committed_after_all(&target, restore).await,
        }
    }
}

/// How a restore stands, by what is kept of it.
pub(super) fn stand(restore: &Restore) -> Standing {
    let (database, id) = (&restore.plan.database, &restore.id[..8]);
    let is_done = restore.state == RestoreState::Done;
    let nothing = || "Nothing has to be done.".to_owned();
    let (sentence, next, can_undo) = match restore.state {
        RestoreState::Preparing | RestoreState::Failed => stand_untouched(restore),
        RestoreState::Switching => (
            format!(
                "Whether {database} was changed could not be asked: its server does not answer, is still at it, or does not know any more."
            ),
            format!("Ask again when it can be reached: `{}`.", Command::about(About::RestoreShow, id)),
            false,
        ),
        RestoreState::Done => stand_done(restore),
        RestoreState::Undone => (format!("It was undone; {database} is as it was before."), nothing(), false),
        RestoreState::Discarded if restore.plan.strategy == Strategy::SwapBack => (
            format!("{database} is as it was before the restore; what was restored is gone."),
            nothing(),
            false,
        ),
        RestoreState::Discarded => {
            (format!("{database} is restored, and what was kept for an undo is gone."), nothing(), false)
        }
    };
    let can_discard = is_done && matches!(restore.plan.strategy, Strategy::Swap | Strategy::SwapBack);
    Standing { state: restore.state, sentence, next, can_undo, can_discard }
}

/// The way back from a restore.
fn undo(id: &str) -> Command {
    Command::RestoreUndo { restore: id.to_owned(), no_safety_because: None }
}

/// The password of a server that is no project's went with the plan.
fn by_hand(name: &str) -> String {
    format!("If it is not wanted, drop it on that server: drop database {};", quote_identifier(name))
}

fn stand_untouched(restore: &Restore) -> (String, String, bool) {
    let (database, id) = (&restore.plan.database, &restore.id[..8]);
    match restore.traces.incomplete.as_deref() {
        Some(left) if restore.plan.has_own_password => (
            format!("{database} is as it was; an incomplete database {left} may be left beside it."),
            by_hand(left),
            false,
        ),
        Some(left) => (
            format!("{database} is as it was; an incomplete database {left} may be left beside it."),
            format!("Take it away: `{}`. Or plan the restore again.", undo(id)),
            true,
        ),
        None => (format!("{database} is as it was."), "Plan the restore again.".into(), false),
    }
}

fn stand_done(restore: &Restore) -> (String, String, bool) {
    let (database, id, traces) = (&restore.plan.database, &restore.id[..8], &restore.traces);
    match (restore.plan.strategy, restore.plan.mode) {
        (Strategy::Swap, _) => (
            format!(
                "{database} is the restored one; the old one is {}{}.",
                traces.old_name.as_deref().unwrap_or("beside it"),
                restore
                    .plan
                    .keep_until_ms
                    .map_or_else(String::new, |until| { format!(", until {}", moment_words(until)) })
            ),
            format!(
                "Undo it with `{}`, or drop the old one with `{}`.",
                undo(id),
                Command::about(About::RestoreDiscard, id)
            ),
            true,
        ),
        (Strategy::SwapBack, _) => (
            format!(
                "{database} is as it was before the restore; what was restored is {}.",
                traces.old_name.as_deref().unwrap_or("beside it")
            ),
            format!("Drop what was restored with `{}`.", Command::about(About::RestoreDiscard, id)),
            false,
        ),
        (Strategy::NewDatabase, _) if restore.plan.has_own_password => {
            (format!("{database} is restored."), by_hand(database), false)
        }
        (Strategy::NewDatabase, _) => {
            (format!("{database} is restored."), format!("Drop it again with `{}`.", undo(id)), true)
        }
        (Strategy::Tables, Some(TableMode::Beside)) => (
            format!(
                "The tables are in the schema {} of {database}.",
                traces.schema.as_deref().unwrap_or_default()
            ),
            format!("Drop them again with `{}`.", undo(id)),
            true,
        ),
        (Strategy::InPlace | Strategy::Tables, _) if traces.safety_backup.is_some() => (
            format!("{database} is restored."),
            format!("Undo it from the safety backup with `{}`.", undo(id)),
            true,
        ),
        (Strategy::InPlace | Strategy::Tables, _) => (
            format!("{database} is restored."),
            "It cannot be undone: no safety backup was made.".into(),
            false,
        ),
        (Strategy::Scratch, _) => (
            format!("{database} is restored on this computer, to look inside."),
            "Remove it with `holdfast scratch remove` when you have seen enough.".into(),
            false,
        ),
        _ => (format!("{}: done.", restore.plan.act), "Nothing has to be done.".into(), false),
    }
}
