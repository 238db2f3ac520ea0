//! The decision: which backups stay, which are removed, and all reasons. Pure: the same in a preview and in a
//! removal.
//!
//! Each component is decided separately: a backup fills places only for proven components that it holds. It
//! stays as long as one of its components keeps it.
//!
//! Tiers count calendar periods that have a backup, and ages are measured from the newest verified one: as
//! long as nothing new arrives, nothing old expires. A backup dated in the future never counts as that newest
//! one, because it would make all others old at once.

use jiff::tz::TimeZone;

use super::Policy;
use super::period::{Tier, moment};
use super::policy::DAY_MS;
use super::reason::Reason;
use super::worth::Worth;
use ledger::catalog::{LATER_MAX_MS, ProofLevel};
use ledger::component::{Component, Components};

/// A backup that could not be verified yet may still be, within this time.
pub const UNVERIFIED_GRACE_MS: i64 = 14 * DAY_MS;

const TIERS: [(Tier, &str); 5] = [
    (Tier::Hourly, "hourly"),
    (Tier::Daily, "daily"),
    (Tier::Weekly, "weekly"),
    (Tier::Monthly, "monthly"),
    (Tier::Yearly, "yearly"),
];

/// What needs a backup beside the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// What, as in `the undo of restore 1a2b3c4d`.
    pub what: String,
    /// Until when; absent where that ends by an act.
    pub until_ms: Option<i64>,
}

/// A backup as far as its keeping depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its id.
    pub id: String,
    /// The moment that it restores.
    pub at_ms: i64,
    /// The components that it holds.
    pub holds: Components,
    /// Its id on its platform, where it came from one, or the hash of the file that it came as.
    pub remote_id: Option<String>,
    /// The backup that it is nothing without: its id, or its id on its platform.
    pub needs_id: Option<String>,
    /// Why it counts for nothing.
    pub held_back: Option<String>,
    /// How far it is proven; from `readable` on a database counts, and files from `bytes` on.
    pub level: Option<ProofLevel>,
    /// Whether what was tried last showed it to be wrong.
    pub is_failed: bool,
    /// Whether its last restore failed; such a backup does not count, whatever its level.
    pub restore_failed: bool,
    /// The server's clock before this computer's when it was taken, where that is known.
    pub clock_skew_ms: Option<i64>,
    /// Why a person holds it.
    pub hold: Option<String>,
    /// Until when a person wants it, and no longer.
    pub until_ms: Option<i64>,
    /// What needs it.
    pub needs: Vec<Need>,
}

impl Candidate {
    /// Whether it is verified, and nothing since showed that it does not come back or is not whole.
    pub(super) fn is_verified(&self) -> bool {
        !self.restore_failed
            && self.held_back.is_none()
            && self.level.is_some_and(|level| level >= ProofLevel::Readable)
    }

    /// Whether it is dated later than now: by this computer's clock, or by its server's, which was so far behind when
    /// it was taken. This computer's may be the one that is wrong, and may still be.
    pub fn is_dated_later(&self, now_ms: i64) -> bool {
        let behind_ms = self.clock_skew_ms.map_or(0, |skew_ms| skew_ms.min(0));
        self.at_ms > now_ms.saturating_add(behind_ms).saturating_add(LATER_MAX_MS)
    }

    fn is_over(&self, now_ms: i64) -> bool {
        self.until_ms.is_some_and(|until| until <= now_ms)
    }
}

/// What becomes of a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    /// Its id.
    pub id: String,
    /// The moment that it restores.
    pub at_ms: i64,
    /// Whether it counts for the policy.
    pub counts: bool,
    /// The backups that it is nothing without.
    pub needs: Vec<String>,
    /// True where it stays.
    pub is_kept: bool,
    /// All reasons why it stays, or why it goes.
    pub reasons: Vec<Reason>,
    /// When it will go, where that is a date.
    pub until_ms: Option<i64>,
}

/// What is known of all backups of a project at once.
struct View<'a> {
    policy: &'a Policy,
    /// Newest first, as the catalogue orders them.
    backups: Vec<&'a Candidate>,
    worth: Worth,
    zone: &'a TimeZone,
    now_ms: i64,
}

/// What the policy says of one component, of all backups.
struct OfComponent {
    component: Component,
    /// The newest that counts for it.
    newest_counting: Option<usize>,
    /// The newest that holds it and is proven at all.
    newest_proven: Option<usize>,
    /// How many count for it.
    counting: usize,
    /// How many of those are newer than each.
    newer: Vec<usize>,
    /// Reasons of those that count, one list for each backup.
    verified: Vec<Vec<Reason>>,
    /// Reasons that there would be, were all of them verified.
    all: Vec<Vec<Reason>>,
}

/// Says of each backup whether it stays, with all reasons; newest first. Without a policy, while it is paused, and
/// while a verified backup is dated later than now, all stay.
pub fn decide(
    policy: Option<&Policy>,
    backups: &[Candidate],
    is_paused: bool,
    zone: &TimeZone,
    now_ms: i64,
) -> Vec<Fate> {
    let mut sorted: Vec<&Candidate> = backups.iter().collect();
    sorted.sort_by(|one, other| other.at_ms.cmp(&one.at_ms).then_with(|| one.id.cmp(&other.id)));
    let worth = Worth::of(&sorted, now_ms);
    let Some(policy) = policy else {
        let kept = |(one, counts): (&&Candidate, &Components)| {
            fate(one, !counts.is_empty(), Vec::new(), vec![Reason::NoPolicy], Vec::new())
        };
        return sorted.iter().zip(&worth.counts).map(kept).collect();
    };
    // Nobody can tell which of the clocks is right: until that moment has come, every age may be wrong.
    let is_clock_odd = sorted.iter().any(|one| one.is_verified() && one.is_dated_later(now_ms));
    View { policy, zone, now_ms, worth, backups: sorted }.decide(is_paused || is_clock_odd)
}

impl View<'_> {
    fn decide(&self, is_paused: bool) -> Vec<Fate> {
        let components: Vec<OfComponent> = self.worth.all.iter().map(|one| self.of_component(one)).collect();
        // Of what nobody knows what it holds, each takes a place among its like alone.
        let is_nameless = |at: usize| self.backups[at].holds.is_empty() && !self.backups[at].is_failed;
        let nameless = self.by_rules(&is_nameless, &|_| false, None);
        let mut keeps: Vec<Vec<Reason>> =
            (0..self.backups.len()).map(|at| self.keep(at, &components, &nameless[at])).collect();
        self.keep_what_is_needed(&mut keeps);
        let mut fates = Vec::with_capacity(self.backups.len());
        for (at, mut keep) in keeps.into_iter().enumerate() {
            let one = self.backups[at];
            let go = if keep.is_empty() { self.why_it_goes(at) } else { Vec::new() };
            if keep.is_empty() && is_paused {
                keep.push(Reason::Paused);
            }
            let needs = self.worth.needs[at].iter().map(|needed| self.backups[*needed].id.clone()).collect();
            fates.push(fate(one, !self.worth.counts[at].is_empty(), needs, keep, go));
        }
        fates
    }

    fn of_component(&self, component: Component) -> OfComponent {
        let counts = |at: usize| self.worth.counts[at].contains(component);
        let holds = |at: usize| self.backups[at].holds.contains(component);
        let newest = |of: &[Components]| of.iter().position(|one| one.contains(component));
        let newest_counting = newest(&self.worth.counts);
        let mut counting = 0;
        let count = |one: &Components| {
            let newer = counting;
            counting += usize::from(one.contains(component));
            newer
        };
        let newer = self.worth.counts.iter().map(count).collect();
        OfComponent {
            component,
            newest_counting,
            newest_proven: newest(&self.worth.proven),
            counting,
            newer,
            verified: self.by_rules(&counts, &counts, newest_counting),
            // What could not be verified takes no place from what is; it stays where it would have one.
            all: self.by_rules(
                &|at| counts(at) || holds(at) && !self.backups[at].is_failed,
                &counts,
                newest_counting,
            ),
        }
    }

    /// All reasons why a backup stays: those of each component that it is about.
    fn keep(&self, at: usize, components: &[OfComponent], nameless: &[Reason]) -> Vec<Reason> {
        let one = self.backups[at];
        let mut keep = self.apart_from_rules(at, one, components);
        if one.is_dated_later(self.now_ms) {
            keep.push(Reason::DatedLater(one.at_ms));
            return keep;
        }
        let counts = self.worth.counts[at];
        for of in components {
            if counts.contains(of.component) {
                if of.newer[at] < self.policy.floor as usize {
                    keep.push(Reason::Floor(self.policy.floor));
                }
                keep.extend(of.verified[at].iter().cloned());
            } else if self.worth.about[at].contains(of.component) {
                let rules = of.all[at].iter().chain(nameless);
                let would_be = rules.map(|reason| Reason::WouldBe(reason.words(self.zone)));
                keep.extend(self.of_unverified(at, one, of).into_iter().chain(would_be));
            }
        }
        // What several components say is said once.
        let mut said: Vec<Reason> = Vec::with_capacity(keep.len());
        for reason in keep {
            if !said.contains(&reason) {
                said.push(reason);
            }
        }
        said
    }

    /// What a backup that stays is nothing without stays as long as it does.
    fn keep_what_is_needed(&self, keeps: &mut [Vec<Reason>]) {
        let mut open: Vec<usize> = (0..keeps.len()).filter(|at| !keeps[*at].is_empty()).collect();
        let mut done = vec![false; keeps.len()];
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut done[at], true) {
                continue;
            }
            let reason =
                Reason::NeededBy { id: self.backups[at].id.clone(), until_ms: lasts_until(&keeps[at]) };
            for needed in &self.worth.needs[at] {
                keeps[*needed].push(reason.clone());
                open.push(*needed);
            }
        }
    }

    /// Reasons that no policy gives.
    fn apart_from_rules(&self, at: usize, one: &Candidate, components: &[OfComponent]) -> Vec<Reason> {
        let mut keep = Vec::new();
        let is_newest = |of: &OfComponent| of.newest_counting == Some(at) || of.newest_proven == Some(at);
        if components.iter().any(is_newest) {
            keep.push(Reason::NewestVerified);
        }
        keep.extend(one.hold.clone().map(Reason::Held));
        let open = |need: &&Need| need.until_ms.is_none_or(|until| until > self.now_ms);
        let undo = |need: &Need| Reason::Undo { what: need.what.clone(), until_ms: need.until_ms };
        keep.extend(one.needs.iter().filter(open).map(undo));
        keep.extend(one.until_ms.filter(|_| !one.is_over(self.now_ms)).map(Reason::Until));
        keep
    }

    /// Why a backup with an unverified component stays: it is removed only once enough others are verified,
    /// newer ones among them.
    fn of_unverified(&self, at: usize, one: &Candidate, of: &OfComponent) -> Vec<Reason> {
        let mut keep = Vec::new();
        match of.newest_counting {
            None => keep.push(Reason::NothingVerified),
            Some(newest) if at < newest => keep.push(Reason::NewerThanVerified),
            Some(_) => {}
        }
        let floor = self.policy.floor;
        if of.counting > 0 && of.counting < usize::try_from(floor).unwrap_or(usize::MAX) {
            keep.push(Reason::TooFewVerified(floor));
        }
        let until_ms = one.at_ms.saturating_add(UNVERIFIED_GRACE_MS);
        if until_ms > self.now_ms && !one.is_over(self.now_ms) {
            keep.push(Reason::Grace { until_ms, is_failed: one.is_failed });
        }
        keep
    }

    fn why_it_goes(&self, at: usize) -> Vec<Reason> {
        let one = self.backups[at];
        let mut go: Vec<Reason> =
            one.until_ms.filter(|_| one.is_over(self.now_ms)).map(Reason::Expired).into_iter().collect();
        if let Some(why) = &one.held_back {
            go.push(Reason::HeldBack(why.clone()));
        } else if self.worth.counts[at].is_empty() {
            go.push(if one.is_failed { Reason::Failed } else { Reason::NeverVerified });
        } else if go.is_empty() {
            go.push(Reason::NoRule);
        }
        go
    }

    /// The policy's reasons, applied to the backups that take part; one entry per backup. What is dated later than
    /// now takes no place, and what counts takes the place of what does not.
    fn by_rules(
        &self,
        takes_part: &dyn Fn(usize) -> bool,
        counts: &dyn Fn(usize) -> bool,
        newest_counting: Option<usize>,
    ) -> Vec<Vec<Reason>> {
        let mut reasons = vec![Vec::new(); self.backups.len()];
        let part: Vec<usize> = (0..self.backups.len())
            .filter(|at| {
                let one = self.backups[*at];
                takes_part(*at) && !one.is_over(self.now_ms) && !one.is_dated_later(self.now_ms)
            })
            .collect();
        for at in part.iter().take(self.policy.keep_last as usize) {
            reasons[*at].push(Reason::Last(self.policy.keep_last));
        }
        for (tier, code) in TIERS {
            for (at, words) in self.by_tier(tier, &part, counts) {
                reasons[at].push(Reason::Tier(code, words));
            }
        }
        let newest_ms = newest_counting.map(|at| self.backups[at].at_ms);
        if let (Some(within_ms), Some(newest_ms)) = (self.policy.within_ms, newest_ms) {
            for at in part {
                let until_ms = self.backups[at].at_ms.saturating_add(within_ms);
                if until_ms >= newest_ms {
                    reasons[at].push(Reason::Within { within_ms, until_ms });
                }
            }
        }
        reasons
    }

    /// The backup of each of the newest stretches that have one: the newest that counts, else the newest.
    fn by_tier(&self, tier: Tier, part: &[usize], counts: &dyn Fn(usize) -> bool) -> Vec<(usize, String)> {
        let wanted = match tier {
            Tier::Hourly => self.policy.hourly,
            Tier::Daily => self.policy.daily,
            Tier::Weekly => self.policy.weekly,
            Tier::Monthly => self.policy.monthly,
            Tier::Yearly => self.policy.yearly,
        } as usize;
        if wanted == 0 {
            return Vec::new();
        }
        let mut stretches: Vec<(i64, usize)> = Vec::new();
        for at in part {
            let number = tier.number(&moment(self.backups[*at].at_ms, self.zone));
            let is_full = stretches.len() == wanted;
            match stretches.last_mut() {
                Some((last, chosen)) if *last == number => {
                    if counts(*at) && !counts(*chosen) {
                        *chosen = *at;
                    }
                }
                _ if is_full => break,
                _ => stretches.push((number, *at)),
            }
        }
        let now = moment(self.now_ms, self.zone);
        let words = |at: usize| tier.words(&moment(self.backups[at].at_ms, self.zone), &now);
        stretches.into_iter().map(|(_, at)| (at, words(at))).collect()
    }
}

/// Where the last of these reasons ends, or the date that a person set; absent where one has no end.
fn lasts_until(keep: &[Reason]) -> Option<i64> {
    let is_dated = keep.iter().any(|reason| matches!(reason, Reason::Until(_)));
    let lasting: Option<Vec<i64>> = keep
        .iter()
        .filter(|reason| !is_dated || matches!(reason, Reason::Until(_)) || reason.outlasts_a_date())
        .map(Reason::until_ms)
        .collect();
    lasting.and_then(|all| all.into_iter().max())
}

/// The fate that the reasons make; its date is where the last of them ends, or the one that a person set.
fn fate(one: &Candidate, counts: bool, needs: Vec<String>, keep: Vec<Reason>, go: Vec<Reason>) -> Fate {
    let is_kept = !keep.is_empty();
    let until_ms = lasts_until(&keep);
    let mut reasons = keep;
    // What keeps a backup only while it is paused does not say why it would go.
    if reasons.is_empty() || reasons == [Reason::Paused] {
        reasons.extend(go);
    }
    Fate {
        id: one.id.clone(),
        at_ms: one.at_ms,
        counts,
        needs,
        is_kept,
        reasons,
        until_ms: until_ms.filter(|_| is_kept),
    }
}
