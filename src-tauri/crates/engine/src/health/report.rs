//! The report: findings in order, and the summary sentence.

use base::Severity;
use std::cmp::Reverse;

use super::cost::{self, PriceList, StorageCost};
use super::finding::{Code, Finding};
use super::gather::Depth;
use crate::engine::Engine;
use crate::project::ProjectStanding;
use base::clock::now_ms;
use base::failure::Failure;
use base::words::count_words;

/// Small numbers are written out at the start of a sentence.
const NUMBERS: [&str; 10] = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];

/// How everything stands, or one project.
#[derive(Debug, Clone)]
pub struct Health {
    /// When it was looked at.
    pub at_ms: i64,
    /// The one project, where it is about one.
    pub project: Option<(String, String)>,
    /// How many projects were looked at.
    pub projects: usize,
    /// The worst of all findings.
    pub severity: Severity,
    /// The answer.
    pub sentence: String,
    /// What supports it.
    pub support: String,
    /// The worst first.
    pub findings: Vec<Finding>,
    /// The cost of keeping the vault elsewhere; empty for a single project or an empty vault.
    pub costs: Vec<StorageCost>,
    /// By which prices.
    pub prices: PriceList,
}

impl Engine {
    /// How everything stands, or one project: what is wrong or will be, why, and what to do.
    ///
    /// # Errors
    /// `project_not_found`, or when the catalogue does not answer; all else is a finding.
    #[crate::boxed]
    pub async fn health(&self, project: Option<&str>) -> Result<Health, Failure> {
        let standings = match project {
            Some(project) => vec![self.standing(project).await?],
            None => self.standings().await?,
        };
        let at_ms = now_ms();
        let mut findings = self.project_findings(&standings, Depth::Deep, at_ms).await?;
        let prices = self.prices().await?;
        let mut costs = Vec::new();
        if project.is_none() {
            let (of_profile, space) = self.profile_findings(&standings).await?;
            findings.extend(of_profile);
            costs = space.map(|space| cost::of(&space, &prices)).unwrap_or_default();
        }
        self.note_told(&mut findings).await?;
        order(&mut findings);
        let protected = standings.iter().filter(|one| !one.project.is_archived).count();
        let one =
            project.and(standings.first()).map(|one| (one.project.id.clone(), one.project.name.clone()));
        let (sentence, support) =
            sentences(one.as_ref().map(|(_, name)| name.as_str()), protected, &findings);
        let severity = findings.iter().map(|one| one.severity).max().unwrap_or(Severity::Ok);
        Ok(Health {
            at_ms,
            project: one,
            projects: protected,
            severity,
            sentence,
            support,
            findings,
            costs,
            prices,
        })
    }

    /// How all projects stand, most at risk first, and what needs a person now: the findings of health that are
    /// critical or unknown, and projects that have no backup yet. Asks less than `health`, and all of it at once, since
    /// the home screen looks often.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    #[crate::boxed]
    pub async fn needs(&self) -> Result<(Vec<ProjectStanding>, Vec<Finding>), Failure> {
        let at_ms = now_ms();
        let seeing = self.catalog_seen(None, Depth::Quick, at_ms);
        let (standings, seen) = tokio::try_join!(self.standings(), seeing)?;
        let mut of_projects = self.findings_of(&standings, seen, Depth::Quick, at_ms).await?;
        of_projects.retain(|finding| is_need(finding, &standings));
        let mut needs = self.vault_findings().await?;
        needs.extend(self.channel_findings().await?);
        needs.retain(|finding| finding.severity >= Severity::Unknown);
        order(&mut of_projects);
        needs.extend(of_projects);
        Ok((standings, needs))
    }
}

fn is_need(finding: &Finding, standings: &[ProjectStanding]) -> bool {
    let is_first_missing = finding.code == Code::RecoveryPoint
        && finding.severity == Severity::Warning
        && standings.iter().any(|one| {
            Some(one.project.id.as_str()) == finding.project_id() && one.backups == 0 && one.job.is_none()
        });
    // A time that nobody measured is no reason to call somebody.
    (finding.severity >= Severity::Unknown && finding.code != Code::RestoreTime) || is_first_missing
}

/// The worst first; of the same severity what is about all, then by what was looked at, then by name.
fn order(findings: &mut [Finding]) {
    findings.sort_by(|one, other| {
        (Reverse(one.severity), one.code, &one.subject, &one.what).cmp(&(
            Reverse(other.severity),
            other.code,
            &other.subject,
            &other.what,
        ))
    });
}

fn sentences(project: Option<&str>, projects: usize, findings: &[Finding]) -> (String, String) {
    let count = |severity| findings.iter().filter(|one| one.severity == severity).count();
    let (critical, unknown, warnings) =
        (count(Severity::Critical), count(Severity::Unknown), count(Severity::Warning));
    let well = count(Severity::Ok);
    let name = project.unwrap_or("This profile");
    let sentence = match (critical, unknown, warnings) {
        (0, 0, 0) if project.is_none() && projects == 0 => "Nothing is protected yet.".to_owned(),
        (0, 0, 0) => match project {
            Some(name) => format!("{name} is well."),
            None => "All is well.".to_owned(),
        },
        (0, 0, warnings) => format!("{} to look at.", things(warnings)),
        (0, unknown, _) => format!("{} cannot be told.", things(unknown)),
        (critical, ..) => {
            let verb = if critical == 1 { "is" } else { "are" };
            format!("{} {verb} wrong.", things(critical))
        }
    };
    let mut rest = Vec::new();
    let mut say = |count: usize, words: &str| {
        if count > 0 {
            rest.push(format!("{} {words}", count_words(count as u64)));
        }
    };
    if critical > 0 {
        say(unknown, "unknown");
    }
    if critical + unknown > 0 {
        say(warnings, if warnings == 1 { "warning" } else { "warnings" });
    }
    say(count(Severity::Info), if count(Severity::Info) == 1 { "note" } else { "notes" });
    say(well, if well == 1 { "check is well" } else { "checks are well" });
    let scope = match (project, projects) {
        (Some(_), _) => name.to_owned(),
        (None, 1) => "One project and this computer".to_owned(),
        (None, 0) => "This computer".to_owned(),
        (None, many) => format!("{} projects and this computer", count_words(many as u64)),
    };
    (sentence, format!("{scope}: {}.", rest.join(", ")).replace(": .", " were looked at."))
}

fn things(count: usize) -> String {
    match (count, NUMBERS.get(count)) {
        (1, _) => "One thing".to_owned(),
        (_, Some(number)) => format!("{number} things"),
        (many, None) => format!("{} things", count_words(many as u64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(severities: &[Severity]) -> Vec<Finding> {
        severities.iter().map(|one| Finding::profile(Code::Vault, *one, "x", "y")).collect()
    }

    #[test]
    fn the_sentence_is_about_the_worst_and_the_rest_supports_it() {
        use Severity::{Critical, Info, Ok, Unknown, Warning};
        let said = |severities: &[Severity]| sentences(None, 3, &found(severities));
        assert_eq!(said(&[Ok, Ok]).0, "All is well.");
        assert_eq!(
            said(&[Critical, Unknown, Warning, Warning, Info, Ok]),
            (
                "One thing is wrong.".into(),
                "3 projects and this computer: 1 unknown, 2 warnings, 1 note, 1 check is well.".into()
            )
        );
        assert_eq!(said(&[Warning, Warning, Ok]).0, "Two things to look at.");
        assert_eq!(said(&[Unknown, Warning]).0, "One thing cannot be told.");
        assert_eq!(sentences(Some("shop"), 1, &found(&[Ok])).0, "shop is well.");
        assert_eq!(sentences(None, 0, &[]).0, "Nothing is protected yet.");
    }

    #[test]
    fn the_worst_comes_first() {
        use Severity::{Critical, Info, Ok, Unknown, Warning};
        let mut all = found(&[Ok, Warning, Critical, Info, Unknown]);
        order(&mut all);
        let severities: Vec<Severity> = all.iter().map(|one| one.severity).collect();
        assert_eq!(severities, [Critical, Unknown, Warning, Info, Ok]);
    }
}
