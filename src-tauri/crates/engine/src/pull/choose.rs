//! Which of a platform's backups are pulled, in which order, and how many in one run.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;

use super::PullRequest;
use crate::engine::Engine;
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use base::words::{bytes_words, counted};
use ledger::catalog::{ProjectRecord, RemoteExpiry};
use ledger::job::JobContext;
use remote::platform::{Ability, Listing, Platform, RemoteBackup, RemoteState};

/// Limits of one run: no further backup is started once one of them is reached, and the next run continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PullLimits {
    /// Backups.
    pub count_max: usize,
    /// Bytes that came.
    pub bytes_max: u64,
    /// Time since the first of them was begun.
    pub time_max: Duration,
}

impl PullLimits {
    /// For an unattended run: a hundred backups, 200 GB, six hours. More would delay other due work, and
    /// could fill a disk unnoticed.
    pub const UNWATCHED: Self =
        Self { count_max: 100, bytes_max: 200_000_000_000, time_max: Duration::from_hours(6) };

    /// Why no other one is begun, as the rest of a sentence.
    pub(super) fn reached(self, count: usize, bytes: u64, took: Duration) -> Option<String> {
        if count >= self.count_max {
            return Some(format!("one run fetches {} at most", counted(self.count_max as u64, "backup")));
        }
        if bytes >= self.bytes_max {
            return Some(format!("one run begins none after {}", bytes_words(self.bytes_max)));
        }
        let hours = self.time_max.as_secs() / 3600;
        (took >= self.time_max).then(|| format!("one run begins none after {hours} hours"))
    }
}

/// What is to come.
pub(super) struct Chosen {
    /// The backups, in the order in which they come.
    pub(super) backups: Vec<RemoteBackup>,
    /// How many there do not come, since they were removed here.
    pub(super) removed: usize,
}

impl Chosen {
    /// What is said where nothing is to come.
    pub(super) fn nothing(&self) -> String {
        match self.removed {
            0 => "Everything that can be fetched is here already.".to_owned(),
            many => format!(
                "Everything that can be fetched is here already, but for {} that were removed here.",
                counted(many as u64, "backup")
            ),
        }
    }
}

impl Engine {
    /// Which backups are to come, in the order in which they do.
    pub(super) async fn choose(
        &self,
        context: &JobContext,
        project: &ProjectRecord,
        platform: &dyn Platform,
        request: &PullRequest,
    ) -> Result<Chosen, Failure> {
        if !request.ids.is_empty() {
            let backups = self.asked_for(context, project, platform, &request.ids).await?;
            return Ok(Chosen { backups, removed: 0 });
        }
        let listing = context.unless_cancelled(platform.list()).await??;
        for note in &listing.notes {
            context.warn("ask", note.clone());
        }
        self.note_shown(project, &listing).await?;
        let here = self.profile.catalog.remotes_that_stand(&project.id).await?;
        let removed = self.profile.catalog.removed_remotes(&project.id).await?;
        let has_some = listing.backups.iter().any(|one| here.contains(&one.id));
        let has_some = has_some || !removed.is_empty();
        let listed = listing.backups;
        let (can, cannot): (Vec<_>, Vec<_>) = listed
            .iter()
            .filter(|backup| !here.contains(&backup.id) && backup.state == RemoteState::Completed)
            .cloned()
            .partition(|backup| backup.download.is_yes());
        let (can, away) = without_removed(can, &listed, &removed);
        context.info("ask", format!("{} there that are not here", counted(can.len() as u64, "backup")));
        if away > 0 {
            let many = counted(away as u64, "backup");
            context
                .info("ask", format!("{many} there that were removed here do not come again by themselves"));
        }
        // One whose time ran out is no reason to call a platform useless that gave others.
        if can.is_empty()
            && away == 0
            && !has_some
            && let Some(RemoteBackup { download: Ability::No { reason }, .. }) = cannot.first()
        {
            return Err(Failure::new(
                Code::PlatformCannot,
                format!("{} cannot give its backups: {reason}", platform.kind().name()),
                "Back the database up directly: add its connection with `holdfast project edit`, then `holdfast backup run`.",
            ));
        }
        if request.all {
            return Ok(Chosen { backups: in_turn(can, request.limits), removed: away });
        }
        Ok(Chosen { backups: newest(can).into_iter().collect(), removed: away })
    }

    async fn asked_for(
        &self,
        context: &JobContext,
        project: &ProjectRecord,
        platform: &dyn Platform,
        ids: &[String],
    ) -> Result<Vec<RemoteBackup>, Failure> {
        let here = self.profile.catalog.remote_ids(&project.id).await?;
        let stands = self.profile.catalog.remotes_that_stand(&project.id).await?;
        let mut chosen = Vec::new();
        for id in ids {
            match here.get(id).filter(|_| stands.contains(id)) {
                Some(known) => context.info("ask", format!("{id} is here already, as backup {known}")),
                None => chosen.push(context.unless_cancelled(platform.show(id)).await??),
            }
        }
        Ok(chosen)
    }

    /// Keeps what a platform is going to delete, so that it can be told, and fetched before.
    pub(super) async fn note_shown(&self, project: &ProjectRecord, listing: &Listing) -> Result<(), Failure> {
        let given =
            listing.backups.iter().filter(|one| one.state == RemoteState::Completed && one.download.is_yes());
        let shown: Vec<RemoteExpiry> = given
            .filter_map(|one| {
                Some(RemoteExpiry {
                    project_id: project.id.clone(),
                    remote_id: one.id.clone(),
                    kind: one.kind.clone(),
                    made_at_ms: one.created_at.map(Timestamp::as_millisecond),
                    expires_at_ms: one.expires_at?.as_millisecond(),
                })
            })
            .collect();
        Ok(self.profile.catalog.note_remotes(&project.id, now_ms(), &shown).await?)
    }
}

/// The same without those that were removed here on purpose, and how many these are. A full one that a new incremental
/// one needs comes again all the same; `listed` is all that the platform has.
fn without_removed(
    backups: Vec<RemoteBackup>,
    listed: &[RemoteBackup],
    removed: &HashSet<String>,
) -> (Vec<RemoteBackup>, usize) {
    let is_away = |one: &RemoteBackup| removed.contains(&one.id);
    let needed: HashSet<String> = backups
        .iter()
        .filter(|one| !is_away(one))
        .filter_map(|one| super::needs::base_of(one, listed).map(|base| base.id.clone()))
        .collect();
    let (away, can): (Vec<_>, Vec<_>) =
        backups.into_iter().partition(|one| is_away(one) && !needed.contains(&one.id));
    (can, away.len())
}

fn newest(backups: Vec<RemoteBackup>) -> Option<RemoteBackup> {
    backups.into_iter().max_by_key(|backup| backup.created_at)
}

/// What the platform deletes first comes first, then the oldest. Where one run cannot take all of them, the newest
/// comes before everything: the recovery point does not wait for a backlog.
pub(super) fn in_turn(mut backups: Vec<RemoteBackup>, limits: Option<PullLimits>) -> Vec<RemoteBackup> {
    backups.sort_by_key(|one| (one.expires_at.is_none(), one.expires_at, one.created_at, one.id.clone()));
    let bytes = backups.iter().filter_map(|one| one.bytes).fold(0, u64::saturating_add);
    let is_too_much =
        limits.is_some_and(|limits| backups.len() > limits.count_max || bytes > limits.bytes_max);
    let newest = backups.iter().enumerate().max_by_key(|(_, one)| one.created_at).map(|(at, _)| at);
    if let Some(newest) = newest.filter(|_| is_too_much) {
        let first = backups.remove(newest);
        backups.insert(0, first);
    }
    bases_first(&backups)
}

/// What another one needs comes before it.
fn bases_first(backups: &[RemoteBackup]) -> Vec<RemoteBackup> {
    let needs: Vec<Option<String>> =
        backups.iter().map(|one| super::needs::base_of(one, backups).map(|base| base.id.clone())).collect();
    let mut left: HashMap<String, RemoteBackup> =
        backups.iter().map(|one| (one.id.clone(), one.clone())).collect();
    let mut ordered = Vec::with_capacity(backups.len());
    for (one, needs) in backups.iter().zip(needs) {
        ordered.extend(needs.and_then(|base| left.remove(&base)));
        ordered.extend(left.remove(&one.id));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + hour * 3600).unwrap()
    }

    fn remote(id: usize, kind: &str, made: i64, expires: Option<i64>) -> RemoteBackup {
        RemoteBackup {
            id: format!("backup-{id:03}"),
            owner: None,
            kind: kind.to_owned(),
            state: RemoteState::Completed,
            file_name: None,
            bytes: Some(1000),
            created_at: Some(at(made)),
            expires_at: expires.map(at),
            checksums: BTreeMap::new(),
            is_encrypted: None,
            download: Ability::Yes,
        }
    }

    fn ids(backups: &[RemoteBackup]) -> Vec<&str> {
        backups.iter().map(|one| one.id.as_str()).collect()
    }

    #[test]
    fn what_goes_first_comes_first_and_what_never_goes_comes_last_the_oldest_before() {
        let all = vec![
            remote(1, "full", 5, None),
            remote(2, "full", 4, Some(90)),
            remote(3, "full", 3, None),
            remote(4, "database", 2, Some(30)),
        ];
        let ordered = in_turn(all, Some(PullLimits::UNWATCHED));
        assert_eq!(ids(&ordered), ["backup-004", "backup-002", "backup-003", "backup-001"]);
    }

    #[test]
    fn the_newest_does_not_wait_for_a_backlog_that_one_run_cannot_take() {
        let all: Vec<_> = (0..5).map(|n| remote(n, "full", i64::try_from(n).unwrap(), None)).collect();
        let limits = PullLimits { count_max: 2, ..PullLimits::UNWATCHED };
        let ordered = in_turn(all, Some(limits));
        assert_eq!(ids(&ordered)[..2], ["backup-004", "backup-000"]);
        assert_eq!(limits.reached(1, 0, Duration::ZERO), None);
        assert_eq!(
            limits.reached(2, 0, Duration::ZERO).as_deref(),
            Some("one run fetches 2 backups at most")
        );
        assert!(limits.reached(0, limits.bytes_max, Duration::ZERO).is_some());
        assert!(limits.reached(0, 0, limits.time_max).is_some());
    }

    #[test]
    fn what_was_removed_here_stays_away_unless_something_new_is_nothing_without_it() {
        let all = || {
            vec![
                remote(1, "full", 1, None),
                remote(2, "storage", 2, None),
                remote(3, "incremental", 3, None),
                remote(4, "full", 4, None),
            ]
        };
        let left = |ids_: &[&str]| {
            let removed = ids_.iter().map(|id| (*id).to_owned()).collect();
            let (can, away) = without_removed(all(), &all(), &removed);
            assert_eq!(can.len() + away, 4);
            can.into_iter().map(|one| one.id).collect::<Vec<_>>()
        };
        assert_eq!(left(&[]).len(), 4);
        // What is older was never here: a policy with tiers may keep it.
        assert_eq!(left(&["backup-002"]), ["backup-001", "backup-003", "backup-004"]);
        assert_eq!(left(&["backup-001"]).len(), 4, "the incremental one needs it");
        assert_eq!(left(&["backup-001", "backup-003"]), ["backup-002", "backup-004"]);
        // The full one that the incremental one needs is here, and an older one is none of its business.
        let listed =
            vec![remote(1, "full", 1, None), remote(2, "full", 2, None), remote(3, "incremental", 3, None)];
        let there = vec![listed[0].clone(), listed[2].clone()];
        let removed = ["backup-001".to_owned()].into();
        assert_eq!(ids(&without_removed(there, &listed, &removed).0), ["backup-003"]);
    }

    proptest! {
        #[test]
        fn every_one_comes_once_and_after_the_full_one_that_it_needs(
            given in prop::collection::vec((0_usize..3, 0_i64..50, prop::option::of(0_i64..50)), 0..40),
            count_max in 1_usize..50,
        ) {
            let kinds = ["full", "incremental", "storage"];
            let all: Vec<_> =
                given.iter().enumerate().map(|(n, (kind, made, goes))| remote(n, kinds[*kind], *made, *goes)).collect();
            let limits = PullLimits { count_max, ..PullLimits::UNWATCHED };
            let ordered = in_turn(all.clone(), Some(limits));
            let mut seen = ids(&ordered);
            seen.sort_unstable();
            prop_assert_eq!(seen, ids(&all));
            let place = |id: &str| ordered.iter().position(|one| one.id == id).unwrap();
            for one in &all {
                if let Some(base) = crate::pull::needs::base_of(one, &all) {
                    prop_assert!(place(&base.id) < place(&one.id));
                }
            }
        }
    }
}
