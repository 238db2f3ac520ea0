//! Evaluates health for notifications: all findings, and backups that a policy will remove. Also the reverse:
//! which findings were sent, when, and to whom.

use base::Severity;
use std::collections::HashMap;

use super::finding::{ChannelTold, Finding, FindingTold};
use super::gather::Depth;
use crate::engine::Engine;
use crate::project::ProjectStanding;
use base::failure::Failure;

/// Of more projects the policies are asked in turn; each costs a few queries of its own.
const POLICIES_MAX: usize = 50;
/// How often the next of them are asked.
const TURN_MS: i64 = 5 * 60_000;

/// What a look shows.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    /// Everything that was looked at, also what is well.
    pub(crate) findings: Vec<Finding>,
    /// The projects that are looked after.
    pub(crate) projects: Vec<String>,
    /// What policies let go.
    pub(crate) leaving: Vec<Leaving>,
}

/// Backups of a project that go by its policy with the next removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leaving {
    pub(crate) project_id: String,
    pub(crate) project: String,
    /// Their ids and moments.
    pub(crate) backups: Vec<(String, i64)>,
}

impl Engine {
    /// Looks at everything, by a clock.
    pub(crate) async fn look_at_health(&self, now_ms: i64) -> Result<Looked, Failure> {
        let mut standings = self.standings().await?;
        standings.retain(|one| !one.project.is_archived);
        let mut findings = self.project_findings(&standings, Depth::Deep, now_ms).await?;
        let (of_profile, _) = self.profile_findings(&standings).await?;
        findings.extend(of_profile);
        let leaving = self.leaving(&standings, now_ms).await?;
        let projects = standings.into_iter().map(|one| one.project.id).collect();
        Ok(Looked { findings, projects, leaving })
    }

    /// Backups that these projects' policies release now, except those with an expiry date, which were
    /// announced before.
    async fn leaving(&self, standings: &[ProjectStanding], now_ms: i64) -> Result<Vec<Leaving>, Failure> {
        let dated = self.profile.catalog.dated(0, now_ms).await?;
        let mut leaving = Vec::new();
        let turn = usize::try_from(now_ms / TURN_MS).unwrap_or(0);
        let from = if standings.len() > POLICIES_MAX { turn * POLICIES_MAX % standings.len() } else { 0 };
        for standing in standings.iter().cycle().skip(from).take(standings.len().min(POLICIES_MAX)) {
            let plan = self.preview_retention(&standing.project.id, None).await?;
            if plan.policy.is_none() || plan.pause.is_some() {
                continue;
            }
            let going = plan.fates.iter().filter(|fate| !fate.is_kept);
            let backups: Vec<_> = going
                .filter(|fate| dated.iter().all(|one| one.id != fate.id))
                .map(|fate| (fate.id.clone(), fate.at_ms))
                .collect();
            if !backups.is_empty() {
                leaving.push(Leaving { project_id: plan.project_id, project: plan.project, backups });
            }
        }
        Ok(leaving)
    }

    /// Notes at each finding when it was told, and to whom.
    pub(super) async fn note_told(&self, findings: &mut [Finding]) -> Result<(), Failure> {
        let mut told: HashMap<String, FindingTold> = HashMap::new();
        for row in self.profile.catalog.alarms_told().await? {
            let one = told
                .entry(row.key)
                .or_insert_with(|| FindingTold { at_ms: row.told_at_ms, channels: Vec::new() });
            if let Some((channel, state)) = row.channel.zip(row.state) {
                one.channels.push(ChannelTold { channel, state, ended_at_ms: row.ended_at_ms });
            }
        }
        for finding in findings.iter_mut().filter(|one| one.severity > Severity::Ok) {
            finding.told = told.get(&finding.key()).cloned();
        }
        Ok(())
    }
}
