//! When a finding of health is sent: when it appears, gets worse, or is over. Pure.
//!
//! A critical finding is sent at once, any other after it has lasted for a while. A flapping finding is sent
//! once, and its end only after an hour of absence: until then the last message, that something is wrong, is
//! still right. The same holds for one that alternates between better and worse.

use base::Severity;
use std::collections::{HashMap, HashSet};

use crate::health::{Code, Finding};
use ledger::catalog::{AlarmRecord, CatalogError};

/// So long something has to last before it is told, unless it is critical.
pub(super) const LASTS_MS: i64 = 10 * 60_000;
/// So long it has to be away, or better, before that counts.
pub(super) const AWAY_MS: i64 = 60 * 60_000;
/// So many tellings are in an hour at most.
pub(super) const TELLINGS_MAX: usize = 6;
/// So many of them are kept for what is critical.
const TELLINGS_OF_CRITICAL: usize = 2;

/// What cannot be looked at while the vault cannot be used.
const OF_VAULT: [Code; 4] = [Code::Kit, Code::Reread, Code::Replica, Code::Capacity];

/// A finding that is worse than well, or was, and how it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Alarm {
    pub(super) key: String,
    pub(super) project_id: Option<String>,
    pub(super) severity: Severity,
    pub(super) since_ms: i64,
    pub(super) told: Option<Severity>,
    pub(super) told_at_ms: Option<i64>,
    pub(super) gone_ms: Option<i64>,
    pub(super) subject: String,
    pub(super) title: String,
}

/// What is to be told of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// It is there.
    Appeared,
    /// It was told as less.
    Worse(Severity),
    /// It was told so, and is not there any more.
    Over(Severity),
}

/// A finding with what is to be told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct News<'a> {
    pub(super) change: Change,
    pub(super) alarm: Alarm,
    /// How it stands; absent where it is over.
    pub(super) finding: Option<&'a Finding>,
}

impl News<'_> {
    /// How bad it is, for those who hear of what is as bad: an end is for those who heard of the beginning.
    pub(super) fn heard_as(&self) -> Severity {
        match self.change {
            Change::Appeared | Change::Worse(_) => self.alarm.severity,
            Change::Over(told) => told,
        }
    }
}

/// What a look shows.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen<'a> {
    /// Worse than well, by key; of several with one key the worst.
    pub(super) bad: HashMap<String, &'a Finding>,
    /// Projects that are looked at; what is known of others is forgotten.
    pub(super) projects: HashSet<&'a str>,
    /// Whether the vault cannot be used, and so not be looked into.
    pub(super) is_vault_shut: bool,
}

impl<'a> Seen<'a> {
    pub(super) fn new(findings: &'a [Finding], projects: impl Iterator<Item = &'a str>) -> Self {
        let mut seen = Self { projects: projects.collect(), ..Self::default() };
        for finding in findings.iter().filter(|one| one.severity > Severity::Ok) {
            let worst = seen.bad.entry(finding.key()).or_insert(finding);
            if finding.severity > worst.severity {
                *worst = finding;
            }
            seen.is_vault_shut |= finding.code == Code::Vault && finding.severity == Severity::Critical;
        }
        seen
    }
}

/// One transition of the alarms: their new states, what ends silently, and what is sent.
#[derive(Debug, Default)]
pub(super) struct Step<'a> {
    pub(super) stand: Vec<Alarm>,
    pub(super) forgotten: Vec<String>,
    pub(super) news: Vec<News<'a>>,
}

/// Holds what was known against what is seen now.
pub(super) fn step<'a>(known: Vec<Alarm>, seen: &Seen<'a>, now_ms: i64) -> Step<'a> {
    let mut step = Step::default();
    let mut new: HashMap<&str, &'a Finding> =
        seen.bad.iter().map(|(key, finding)| (key.as_str(), *finding)).collect();
    for alarm in known {
        let finding = new.remove(alarm.key.as_str());
        if alarm.project_id.as_deref().is_some_and(|id| !seen.projects.contains(id)) {
            step.forgotten.push(alarm.key);
            continue;
        }
        let alarm = alarm.by_this_clock(now_ms);
        match finding {
            // The other message tells how it goes on; only that it is well ends it here.
            Some(finding) if finding.is_told_otherwise => step.stand.push(Alarm { gone_ms: None, ..alarm }),
            Some(finding) => step.there(alarm, finding, now_ms),
            None if seen.is_vault_shut && alarm.is_of_vault() => step.stand.push(alarm),
            None => step.away(alarm, now_ms),
        }
    }
    for (key, finding) in new {
        if !finding.is_told_otherwise {
            step.there(Alarm::new(key, finding, now_ms), finding, now_ms);
        }
    }
    step
}

impl<'a> Step<'a> {
    /// It is seen.
    fn there(&mut self, mut alarm: Alarm, finding: &'a Finding, now_ms: i64) {
        if alarm.severity != finding.severity {
            (alarm.severity, alarm.since_ms) = (finding.severity, now_ms);
        }
        alarm.gone_ms = None;
        let lasted_ms = now_ms - alarm.since_ms;
        let is_due = alarm.severity == Severity::Critical || lasted_ms >= LASTS_MS;
        let change = match alarm.told {
            None => Some(Change::Appeared),
            Some(told) if told < alarm.severity => Some(Change::Worse(told)),
            Some(told) => {
                if told > alarm.severity && lasted_ms >= AWAY_MS {
                    // Getting better is no news; getting worse from there is.
                    alarm.told = Some(alarm.severity);
                }
                None
            }
        };
        if let Some(change) = change.filter(|_| is_due) {
            self.news.push(News { change, alarm: alarm.clone(), finding: Some(finding) });
        }
        self.stand.push(alarm);
    }

    /// It is not seen any more.
    fn away(&mut self, mut alarm: Alarm, now_ms: i64) {
        let Some(told) = alarm.told else {
            self.forgotten.push(alarm.key);
            return;
        };
        let gone_ms = *alarm.gone_ms.get_or_insert(now_ms);
        if now_ms - gone_ms >= AWAY_MS {
            self.news.push(News { change: Change::Over(told), alarm: alarm.clone(), finding: None });
        }
        self.stand.push(alarm);
    }
}

impl Alarm {
    fn new(key: &str, finding: &Finding, now_ms: i64) -> Self {
        let title = match finding.about.as_str() {
            // The id of a run says nothing to anybody.
            "" => finding.code.title().to_owned(),
            _ if finding.code == Code::Job => finding.code.title().to_owned(),
            about => format!("{} “{about}”", finding.code.title()),
        };
        Self {
            key: key.to_owned(),
            project_id: finding.project_id().map(str::to_owned),
            severity: finding.severity,
            since_ms: now_ms,
            told: None,
            told_at_ms: None,
            gone_ms: None,
            subject: finding.subject.trim_end_matches(':').to_owned(),
            title,
        }
    }

    /// After a clock was set back, times in the future are set to now, so that no alarm waits for them.
    fn by_this_clock(mut self, now_ms: i64) -> Self {
        self.since_ms = self.since_ms.min(now_ms);
        self.gone_ms = self.gone_ms.map(|at| at.min(now_ms));
        self
    }

    fn is_of_vault(&self) -> bool {
        let code = self.key.split(':').next().unwrap_or_default();
        OF_VAULT.iter().any(|one| one.as_str() == code)
    }
}

/// Whether there is room for another telling; what is critical has some of its own.
pub(super) fn has_room(tellings: usize, news: &[News<'_>]) -> bool {
    let is_critical = |one: &News<'_>| one.finding.is_some() && one.alarm.severity == Severity::Critical;
    let most = if news.iter().any(is_critical) { TELLINGS_MAX } else { TELLINGS_MAX - TELLINGS_OF_CRITICAL };
    tellings < most
}

impl From<Alarm> for AlarmRecord {
    fn from(alarm: Alarm) -> Self {
        let Alarm { key, project_id, severity, since_ms, told, told_at_ms, gone_ms, subject, title } = alarm;
        Self {
            key,
            project_id,
            severity: severity.as_str().into(),
            since_ms,
            told: told.map(|told| told.as_str().into()),
            told_at_ms,
            gone_ms,
            subject,
            title,
        }
    }
}

impl TryFrom<AlarmRecord> for Alarm {
    type Error = CatalogError;

    fn try_from(record: AlarmRecord) -> Result<Self, CatalogError> {
        let AlarmRecord { key, project_id, severity, since_ms, told, told_at_ms, gone_ms, subject, title } =
            record;
        let read = |value: String| {
            Severity::parse(&value).ok_or(CatalogError::Unknown { column: "severity", value })
        };
        let (severity, told) = (read(severity)?, told.map(read).transpose()?);
        Ok(Self { key, project_id, severity, since_ms, told, told_at_ms, gone_ms, subject, title })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: i64 = 60_000;

    fn finding(severity: Severity) -> Finding {
        Finding::profile(Code::Capacity, severity, "Vault “Anchor”", "is nearly full.")
    }

    /// What is told of one finding that is looked at each minute, by minute.
    fn told(course: &[Severity]) -> Vec<(usize, Change)> {
        let (mut known, mut told) = (Vec::new(), Vec::new());
        for (minute, severity) in course.iter().enumerate() {
            let now_ms = i64::try_from(minute).unwrap() * MINUTE;
            let findings = [finding(*severity)];
            let seen = Seen::new(&findings, std::iter::empty());
            let step = step(known, &seen, now_ms);
            known = step.stand;
            for News { change, alarm, .. } in step.news {
                told.push((minute, change));
                known.retain(|one| one.key != alarm.key);
                if !matches!(change, Change::Over(_)) {
                    known.push(Alarm { told: Some(alarm.severity), told_at_ms: Some(now_ms), ..alarm });
                }
            }
        }
        told
    }

    fn course(stretches: &[(Severity, usize)]) -> Vec<Severity> {
        stretches.iter().flat_map(|(severity, minutes)| vec![*severity; *minutes]).collect()
    }

    #[test]
    fn what_is_critical_is_told_at_once_and_all_else_once_it_has_lasted() {
        use Severity::{Critical, Ok, Warning};
        assert_eq!(told(&course(&[(Ok, 3), (Critical, 30)])), [(3, Change::Appeared)]);
        assert_eq!(told(&course(&[(Ok, 3), (Warning, 30)])), [(13, Change::Appeared)]);
        assert_eq!(told(&course(&[(Warning, 9), (Ok, 300)])), [], "it did not last");
        assert_eq!(
            told(&course(&[(Warning, 20), (Critical, 20)])),
            [(10, Change::Appeared), (20, Change::Worse(Warning))]
        );
    }

    #[test]
    fn it_is_over_after_an_hour_and_what_comes_and_goes_is_told_once() {
        use Severity::{Critical, Ok, Warning};
        assert_eq!(
            told(&course(&[(Critical, 5), (Ok, 100)])),
            [(0, Change::Appeared), (65, Change::Over(Critical))]
        );
        let flapping: Vec<_> = (0..40).flat_map(|_| [(Critical, 3), (Ok, 20), (Warning, 20)]).collect();
        assert_eq!(told(&course(&flapping)), [(0, Change::Appeared)]);
        // Once it was told as over it is news again.
        let again = told(&course(&[(Critical, 1), (Ok, 70), (Critical, 1)]));
        assert_eq!(again.last(), Some(&(71, Change::Appeared)));
        // What stayed better for an hour may get worse again, and that is news.
        let worse = told(&course(&[(Critical, 1), (Warning, 70), (Critical, 1)]));
        assert_eq!(worse.last(), Some(&(71, Change::Worse(Warning))));
    }

    #[test]
    fn what_cannot_be_looked_at_is_not_over_and_a_project_that_is_gone_is_no_news() {
        let known = |key: &str, project: Option<&str>| Alarm {
            project_id: project.map(str::to_owned),
            told: Some(Severity::Critical),
            ..Alarm::new(key, &finding(Severity::Critical), 0)
        };
        let shut = [Finding::profile(Code::Vault, Severity::Critical, "Vault “Anchor”", "cannot be used.")];
        let seen = Seen::new(&shut, std::iter::once("p"));
        let known =
            vec![known("capacity:x:", None), known("proof:p:", Some("p")), known("proof:q:", Some("q"))];
        let step = step(known, &seen, 90 * MINUTE);
        assert_eq!(step.forgotten, ["proof:q:"]);
        let gone: HashMap<_, _> =
            step.stand.iter().map(|one| (one.key.as_str(), one.gone_ms.is_some())).collect();
        assert!(!gone["capacity:x:"] && gone["proof:p:"], "{gone:?}");
        let news: Vec<_> = step.news.iter().map(|one| one.alarm.key.as_str()).collect();
        assert_eq!(news, ["vault:Vault “Anchor”:"]);
    }

    #[test]
    fn a_clock_that_was_set_back_silences_nothing() {
        let late = Alarm {
            since_ms: i64::MAX / 2,
            ..Alarm::new("capacity:Vault “Anchor”:", &finding(Severity::Warning), 0)
        };
        let findings = [finding(Severity::Warning)];
        let seen = Seen::new(&findings, std::iter::empty());
        let stand = step(vec![late], &seen, 0).stand;
        assert_eq!(step(stand, &seen, LASTS_MS).news.len(), 1);
    }

    fn severity() -> impl Strategy<Value = Severity> {
        use Severity::{Critical, Info, Ok, Unknown, Warning};
        prop_oneof![Just(Ok), Just(Info), Just(Warning), Just(Unknown), Just(Critical)]
    }

    proptest! {
        #[test]
        fn at_most_one_thing_is_told_in_an_hour_but_for_getting_worse_and_the_last_word_is_never_too_good(
            stretches in prop::collection::vec((severity(), 1usize..90), 1..12)
        ) {
            let course = course(&stretches);
            let told = told(&course);
            let is_worse = |change: &Change| matches!(change, Change::Worse(_));
            let ends = told.iter().filter(|(_, change)| !is_worse(change)).collect::<Vec<_>>();
            for pair in ends.windows(2) {
                let is_end = matches!(pair[1].1, Change::Over(_));
                // An end comes an hour after the last sight; a beginning after an end, whenever it comes.
                prop_assert!(is_end == matches!(pair[0].1, Change::Appeared), "{told:?}");
                prop_assert!(!is_end || pair[1].0 - pair[0].0 >= 60, "{told:?}");
            }
            // Whoever heard that it is over can rely on the hour before.
            for (minute, change) in &told {
                if matches!(change, Change::Over(_)) {
                    prop_assert!(course[minute - 60..=*minute].iter().all(|one| *one == Severity::Ok));
                }
            }
            // What has been critical until now was told as that.
            if course.last() == Some(&Severity::Critical) {
                prop_assert!(!matches!(told.last(), None | Some((_, Change::Over(_)))), "{told:?}");
            }
        }
    }
}
