//! The safety backup before a restore at a platform: which parts it holds, by which means, and which not.

use serde::{Deserialize, Serialize};

use super::plan::{RemotePlan, RemotePlanRequest};
use ledger::catalog::ProjectRecord;
use remote::platform::{Ability, Act, Platform, RestoreParts};

/// How the state before is kept. By default nothing is, as nothing is lost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Safety {
    /// Holdfast dumps the database.
    pub own_dump: bool,
    /// The platform makes a backup of this kind, which is pulled.
    pub pulled: Option<String>,
    /// Why none is made, or why one that holds less is enough, as a person said.
    pub because: Option<String>,
}

impl Safety {
    /// Holdfast's own dump, and nothing else.
    pub fn dumped() -> Self {
        Self { own_dump: true, ..Self::default() }
    }

    /// A backup of the platform, and nothing else.
    pub fn pulled(kind: impl Into<String>) -> Self {
        Self { pulled: Some(kind.into()), ..Self::default() }
    }

    /// None, because of this.
    pub fn declined(because: impl Into<String>) -> Self {
        Self { because: Some(because.into()), ..Self::default() }
    }

    /// Whether anything is made.
    pub fn is_made(&self) -> bool {
        self.own_dump || self.pulled.is_some()
    }

    /// What is made first, in one sentence; absent where nothing is.
    pub fn words(&self) -> Option<String> {
        match (self.own_dump, &self.pulled) {
            (true, None) => {
                Some("Holdfast first backs the database up into the vault, and reads it back.".into())
            }
            (false, Some(kind)) => Some(format!(
                "The platform first makes a backup ({kind}) of the present state, which is pulled into the vault and read back."
            )),
            (true, Some(kind)) => Some(format!(
                "Holdfast first backs the database up into the vault, and reads it back; then the platform makes a backup ({kind}) of the present state, which is pulled and read back."
            )),
            (false, None) => None,
        }
    }

    /// The state before is kept unless somebody says why not: each part that is overwritten.
    pub(super) fn plan(
        plan: &mut RemotePlan,
        lost: RestoreParts,
        project: &ProjectRecord,
        platform: &dyn Platform,
        request: &RemotePlanRequest,
    ) {
        let said = |why: &Option<String>| {
            why.as_deref().map(str::trim).filter(|why| !why.is_empty()).map(str::to_owned)
        };
        if let Some(why) = said(&request.no_safety_because) {
            plan.warnings.push(format!("No safety backup is made: {why}"));
            plan.safety = Self::declined(why);
            return;
        }
        let (mut safety, held) = Self::of(lost, project.connection.is_some(), platform);
        let uncovered = lost.without(held);
        for (part, is_lost, is_held) in [
            ("database", lost.database, held.database),
            ("storage", lost.storage, held.storage),
            ("config", lost.config, held.config),
        ] {
            plan.parts
                .iter_mut()
                .filter(|one| one.part == part)
                .for_each(|one| one.is_kept = is_lost && is_held);
        }
        if !uncovered.is_none() {
            match said(&request.uncovered_because) {
                Some(why) => {
                    plan.warnings.push(format!(
                        "The safety backup does not hold {}, which cannot be had again afterwards: {why}",
                        uncovered.words()
                    ));
                    safety.because = Some(why);
                }
                None if safety.is_made() => plan.blockers.push(format!(
                    "The safety backup cannot hold {}, and the restore overwrites that. Leave it out of the restore, or say why it may be lost (--uncovered-because REASON).",
                    uncovered.words()
                )),
                None => plan.blockers.push("No safety backup can be made first: the platform gives no bytes, and Holdfast does not reach the database. Add its connection, or say why none is needed.".into()),
            }
        }
        if let Some(words) = safety.words() {
            plan.effects.insert(0, words);
        }
        plan.safety = safety;
    }

    /// The means that keep most of what is lost, and which parts they hold.
    fn of(lost: RestoreParts, has_connection: bool, platform: &dyn Platform) -> (Self, RestoreParts) {
        if lost.is_none() {
            return (Self::default(), RestoreParts::NONE);
        }
        let own_dump = has_connection && lost.database;
        let own = if own_dump { RestoreParts::DATABASE } else { RestoreParts::NONE };
        if lost.without(own).is_none() {
            return (Self::dumped(), own);
        }
        let abilities = platform.abilities();
        let can = |act| abilities.get(&act).is_some_and(Ability::is_yes);
        let kinds = if can(Act::Create) && can(Act::Download) { platform.creatable() } else { Vec::new() };
        // The usual kind comes first, and the one that holds the most wins.
        let best = kinds.into_iter().map(|kind| (kind, platform.holds(kind))).reduce(|best, other| {
            let left = |held: RestoreParts| lost.without(held).count();
            if left(other.1) < left(best.1) { other } else { best }
        });
        match best {
            Some((kind, held)) if lost.without(held).is_none() => (Self::pulled(kind), held),
            Some((kind, held)) if lost.without(own).without(held) != lost.without(own) => {
                (Self { own_dump, ..Self::pulled(kind) }, held.and(own))
            }
            _ => (Self { own_dump, ..Self::default() }, own),
        }
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::*;
    use remote::platform::{
        Abilities, Account, BackTo, Listing, PlatformError, PlatformKind, RemoteBackup, RemoteProject,
        Restorable,
    };

    /// A platform that makes backups of these kinds, and gives them.
    #[derive(Debug)]
    struct Makes(Vec<&'static str>);

    #[async_trait]
    impl Platform for Makes {
        fn kind(&self) -> PlatformKind {
            PlatformKind::Supamanager
        }

        fn creatable(&self) -> Vec<&'static str> {
            self.0.clone()
        }

        fn abilities(&self) -> Abilities {
            [Act::Create, Act::Download].map(|act| (act, Ability::Yes)).into()
        }

        fn holds(&self, kind: &str) -> RestoreParts {
            match kind {
                "full" => RestoreParts::ALL,
                "storage" => RestoreParts::STORAGE,
                _ => RestoreParts::NONE,
            }
        }

        async fn sign_in(&self) -> Result<Account, PlatformError> {
            Err(self.cannot(Act::List))
        }

        async fn project(&self) -> Result<RemoteProject, PlatformError> {
            Err(self.cannot(Act::List))
        }

        async fn projects(&self) -> Result<Vec<RemoteProject>, PlatformError> {
            Err(self.cannot(Act::List))
        }

        async fn list(&self) -> Result<Listing, PlatformError> {
            Err(self.cannot(Act::List))
        }

        async fn show(&self, _id: &str) -> Result<RemoteBackup, PlatformError> {
            Err(self.cannot(Act::List))
        }

        async fn restorable(&self, _to: BackTo<'_>) -> Result<Restorable, PlatformError> {
            Err(self.cannot(Act::List))
        }
    }

    #[test]
    fn each_part_that_is_lost_is_kept_or_named() {
        let nothing = || Makes(Vec::new());
        let all = RestoreParts::ALL;
        let both = Safety { own_dump: true, ..Safety::pulled("storage") };
        let database_and_files = RestoreParts { config: false, ..all };
        for (lost, has_connection, platform, safety, held) in [
            (RestoreParts::DATABASE, true, nothing(), Safety::dumped(), RestoreParts::DATABASE),
            (RestoreParts::DATABASE, false, nothing(), Safety::default(), RestoreParts::NONE),
            (all, true, Makes(vec!["full"]), Safety::pulled("full"), all),
            (all, true, nothing(), Safety::dumped(), RestoreParts::DATABASE),
            (all, true, Makes(vec!["logs", "storage"]), both, database_and_files),
            (
                RestoreParts::STORAGE,
                true,
                Makes(vec!["storage", "full"]),
                Safety::pulled("storage"),
                RestoreParts::STORAGE,
            ),
            (RestoreParts::STORAGE, true, Makes(vec!["logs"]), Safety::default(), RestoreParts::NONE),
            (RestoreParts::NONE, true, Makes(vec!["full"]), Safety::default(), RestoreParts::NONE),
        ] {
            let made = Safety::of(lost, has_connection, &platform);
            assert_eq!(made, (safety, held), "{lost:?} {platform:?}");
        }
    }
}
