//! The decision: which backups stay, which go, and all reasons. Pure: the same in a preview and in a removal.
//!
//! Tiers count stretches of the calendar that have a backup, and ages are measured from the newest verified one:
//! while nothing new arrives, nothing old grows out of a rule. A backup that is dated later than now is never that
//! newest one: it would make all others old at once.

use jiff::tz::TimeZone;

use super::Policy;
use super::period::{Tier, moment};
use super::policy::DAY_MS;
use super::reason::Reason;
use crate::catalog::{LATER_MAX_MS, ProofLevel};

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
    /// How far it is proven; from `readable` on it counts.
    pub level: Option<ProofLevel>,
    /// Whether what was tried last showed it to be wrong.
    pub is_failed: bool,
    /// Whether it did not come back when it was last restored; such a one does not count, whatever its level.
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
    /// Whether it is verified, and nothing since showed that it does not come back.
    pub(super) fn is_verified(&self) -> bool {
        !self.restore_failed && self.level.is_some_and(|level| level >= ProofLevel::Readable)
    }

    /// Whether it is dated later than now: by this computer's clock, or by its server's, which was so far behind when
    /// it was taken. This computer's may be the one that is wrong, and may still be.
    pub fn is_dated_later(&self, now_ms: i64) -> bool {
        let behind_ms = self.clock_skew_ms.map_or(0, |skew_ms| skew_ms.min(0));
        self.at_ms > now_ms.saturating_add(behind_ms).saturating_add(LATER_MAX_MS)
    }

    pub(super) fn counts(&self, now_ms: i64) -> bool {
        self.is_verified() && !self.is_dated_later(now_ms)
    }

    /// Whether its bytes are proven at least.
    fn is_proven(&self, now_ms: i64) -> bool {
        self.level.is_some() && !self.restore_failed && !self.is_dated_later(now_ms)
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
    zone: &'a TimeZone,
    now_ms: i64,
    /// The moment of the newest that counts.
    newest_counting: Option<usize>,
    /// The newest that is proven at all.
    newest_proven: Option<usize>,
    counting: usize,
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
    let Some(policy) = policy else {
        let kept = |one: &&Candidate| fate(one, one.counts(now_ms), vec![Reason::NoPolicy], Vec::new());
        return sorted.iter().map(kept).collect();
    };
    // Nobody can tell which of the clocks is right: until that moment has come, every age may be wrong.
    let is_clock_odd = sorted.iter().any(|one| one.is_verified() && one.is_dated_later(now_ms));
    let view = View {
        policy,
        zone,
        now_ms,
        newest_counting: sorted.iter().position(|one| one.counts(now_ms)),
        newest_proven: sorted.iter().position(|one| one.is_proven(now_ms)),
        counting: sorted.iter().filter(|one| one.counts(now_ms)).count(),
        backups: sorted,
    };
    view.decide(is_paused || is_clock_odd)
}

impl View<'_> {
    fn decide(&self, is_paused: bool) -> Vec<Fate> {
        let verified = self.by_rules(|one| one.counts(self.now_ms));
        // What could not be verified takes no place from what is; it stays where it would have one.
        let all = self.by_rules(|one| one.counts(self.now_ms) || !one.is_failed);
        let mut place = 0;
        let mut fates = Vec::with_capacity(self.backups.len());
        for (at, one) in self.backups.iter().enumerate() {
            let mut keep = self.apart_from_rules(at, one);
            let counts = one.counts(self.now_ms);
            if one.is_dated_later(self.now_ms) {
                keep.push(Reason::DatedLater(one.at_ms));
            } else if counts {
                if place < self.policy.floor {
                    keep.push(Reason::Floor(self.policy.floor));
                }
                place += 1;
                keep.extend(verified[at].iter().cloned());
            } else {
                let would_be = all[at].iter().map(|reason| Reason::WouldBe(reason.words(self.zone)));
                keep.extend(self.of_unverified(at, one).into_iter().chain(would_be));
            }
            let go = if keep.is_empty() { self.why_it_goes(one) } else { Vec::new() };
            if keep.is_empty() && is_paused {
                keep.push(Reason::Paused);
            }
            fates.push(fate(one, counts, keep, go));
        }
        fates
    }

    /// Reasons that no policy gives.
    fn apart_from_rules(&self, at: usize, one: &Candidate) -> Vec<Reason> {
        let mut keep = Vec::new();
        if self.newest_counting == Some(at) || self.newest_proven == Some(at) {
            keep.push(Reason::NewestVerified);
        }
        keep.extend(one.hold.clone().map(Reason::Held));
        let open = |need: &&Need| need.until_ms.is_none_or(|until| until > self.now_ms);
        let undo = |need: &Need| Reason::Undo { what: need.what.clone(), until_ms: need.until_ms };
        keep.extend(one.needs.iter().filter(open).map(undo));
        keep.extend(one.until_ms.filter(|_| !one.is_over(self.now_ms)).map(Reason::Until));
        keep
    }

    /// What keeps a backup that is not verified: it goes only once enough others are, newer ones among them.
    fn of_unverified(&self, at: usize, one: &Candidate) -> Vec<Reason> {
        let mut keep = Vec::new();
        match self.newest_counting {
            None => keep.push(Reason::NothingVerified),
            Some(newest) if at < newest => keep.push(Reason::NewerThanVerified),
            Some(_) => {}
        }
        let floor = self.policy.floor;
        if self.counting > 0 && self.counting < usize::try_from(floor).unwrap_or(usize::MAX) {
            keep.push(Reason::TooFewVerified(floor));
        }
        let until_ms = one.at_ms.saturating_add(UNVERIFIED_GRACE_MS);
        if until_ms > self.now_ms && !one.is_over(self.now_ms) {
            keep.push(Reason::Grace { until_ms, is_failed: one.is_failed });
        }
        keep
    }

    fn why_it_goes(&self, one: &Candidate) -> Vec<Reason> {
        let mut go: Vec<Reason> =
            one.until_ms.filter(|_| one.is_over(self.now_ms)).map(Reason::Expired).into_iter().collect();
        if !one.counts(self.now_ms) {
            go.push(if one.is_failed { Reason::Failed } else { Reason::NeverVerified });
        } else if go.is_empty() {
            go.push(Reason::NoRule);
        }
        go
    }

    /// The policy's reasons, applied to the backups that `takes_part`; one entry per backup. What is dated later than
    /// now takes no place.
    fn by_rules(&self, takes_part: impl Fn(&Candidate) -> bool) -> Vec<Vec<Reason>> {
        let mut reasons = vec![Vec::new(); self.backups.len()];
        let part: Vec<usize> = (0..self.backups.len())
            .filter(|at| {
                let one = self.backups[*at];
                takes_part(one) && !one.is_over(self.now_ms) && !one.is_dated_later(self.now_ms)
            })
            .collect();
        for at in part.iter().take(self.policy.keep_last as usize) {
            reasons[*at].push(Reason::Last(self.policy.keep_last));
        }
        for (tier, code) in TIERS {
            for (at, words) in self.by_tier(tier, &part) {
                reasons[at].push(Reason::Tier(code, words));
            }
        }
        let newest_ms = self.newest_counting.map(|at| self.backups[at].at_ms);
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
    fn by_tier(&self, tier: Tier, part: &[usize]) -> Vec<(usize, String)> {
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
                    let counts = |at: usize| self.backups[at].counts(self.now_ms);
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

/// The fate that the reasons make; its date is where the last of them ends, or the one that a person set.
fn fate(one: &Candidate, counts: bool, keep: Vec<Reason>, go: Vec<Reason>) -> Fate {
    let is_kept = !keep.is_empty();
    let is_dated = keep.iter().any(|reason| matches!(reason, Reason::Until(_)));
    let lasting: Vec<Option<i64>> = keep
        .iter()
        .filter(|reason| !is_dated || matches!(reason, Reason::Until(_)) || reason.outlasts_a_date())
        .map(Reason::until_ms)
        .collect();
    let until_ms =
        lasting.iter().copied().collect::<Option<Vec<i64>>>().and_then(|all| all.into_iter().max());
    let mut reasons = keep;
    // What keeps a backup only while it is paused does not say why it would go.
    if reasons.is_empty() || reasons == [Reason::Paused] {
        reasons.extend(go);
    }
    Fate {
        id: one.id.clone(),
        at_ms: one.at_ms,
        counts,
        is_kept,
        reasons,
        until_ms: until_ms.filter(|_| is_kept),
    }
}
