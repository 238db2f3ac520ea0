//! What a project points to: the platform and the database that a plan or a run was begun for. Id and name of a
//! project stay when somebody enters another address; this does not.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use base::Code;
use base::failure::Failure;
use ledger::catalog::ProjectRecord;
use postgres::connection::Settings;
use remote::platform::{Platform, PlatformSettings};

/// What a project pointed to at one moment, in full. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// Its platform, without what only says how it is read.
    pub platform: Option<PlatformSettings>,
    /// How its database is reached; absent where that does not matter.
    pub connection: Option<Settings>,
}

impl Reached {
    /// The platform of a project, whatever becomes of its database.
    pub(crate) fn platform(project: &ProjectRecord) -> Self {
        Self { platform: pointed_at(project.platform.as_ref()), connection: None }
    }

    /// The platform and the database of a project.
    pub(crate) fn both(project: &ProjectRecord) -> Self {
        Self { connection: project.connection.clone(), ..Self::platform(project) }
    }

    /// The database of a project, and its platform where that matters too.
    pub(crate) fn database(connection: Option<Settings>, platform: Option<&PlatformSettings>) -> Self {
        Self { platform: pointed_at(platform), connection }
    }

    /// # Errors
    /// `plan_stale` where the project points elsewhere by now.
    pub(crate) fn refuse_other(&self, now: &ProjectRecord) -> Result<(), Failure> {
        let Some(what) = self.changed(now) else { return Ok(()) };
        Err(Failure::new(
            Code::PlanStale,
            format!("the {what} of {} is another one by now than when this was begun", now.name),
            "Look at what the project points to, and plan it again.",
        ))
    }

    /// Which side of the project is another one by now, in words; only the sides that this knows are looked at.
    fn changed(&self, now: &ProjectRecord) -> Option<&'static str> {
        let platform = self.platform.is_some() && self.platform != pointed_at(now.platform.as_ref());
        let database = self.connection.is_some() && self.connection != now.connection;
        match (platform, database) {
            (true, _) => Some("platform"),
            (false, true) => Some("database"),
            (false, false) => None,
        }
    }
}

/// A project, and the client of its platform, for a whole run: what is kept of a project and what is done to it are
/// of the same one, whatever is entered meanwhile.
#[derive(Debug, Clone)]
pub(crate) struct There {
    pub(crate) project: ProjectRecord,
    pub(crate) platform: Arc<dyn Platform>,
}

/// Not only the address and the account, which stored credentials belong to: one account has many projects.
fn pointed_at(settings: Option<&PlatformSettings>) -> Option<PlatformSettings> {
    let mut settings = settings?.clone();
    settings.more.remove(PlatformSettings::ROWS_MAX);
    Some(settings)
}

impl Engine {
    /// A project as it is now, while it points to what was shown, or begun with.
    ///
    /// # Errors
    /// `plan_stale` where it points elsewhere by now; `project_not_found`, `project_archived`.
    pub(crate) async fn still_reaching(&self, id: &str, reached: &Reached) -> Result<ProjectRecord, Failure> {
        let project = self.profile.project(id).await?;
        if project.is_archived {
            return Err(Failure::new(
                Code::ProjectArchived,
                format!("{} is not protected any more", project.name),
                "Add it again to go on with it.",
            ));
        }
        reached.refuse_other(&project)?;
        Ok(project)
    }

    /// Opens the platform of a project that points to what was shown, or begun with.
    ///
    /// # Errors
    /// As [`Self::still_reaching`] and [`Self::platform_of`].
    pub(crate) async fn reach(&self, id: &str, reached: &Reached) -> Result<There, Failure> {
        let project = self.still_reaching(id, reached).await?;
        let platform = self.platform_of(&project).await?;
        // Credentials are read apart from the project: those of a newer address are not sent to the older one.
        self.still_reaching(id, reached).await?;
        Ok(There { project, platform })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::catalog::Label;
    use postgres::connection::parse;
    use remote::platform::PlatformKind;

    fn project() -> ProjectRecord {
        ProjectRecord {
            id: "p".into(),
            name: "shop".into(),
            label: Label::Production,
            is_sample: false,
            is_archived: false,
            connection: Some(parse("postgres://app@db.example/shop").unwrap().settings),
            platform: Some(PlatformSettings {
                kind: PlatformKind::Supabase,
                address: "https://api.supabase.com".into(),
                reference: "staging".into(),
                account: None,
                more: std::collections::BTreeMap::new(),
            }),
            parts: ledger::component::Components::NONE,
            has_password: true,
            server_version: None,
            acknowledged_at_ms: 0,
            created_at_ms: 1,
        }
    }

    #[test]
    fn another_project_of_the_same_account_is_another_one_and_how_many_rows_it_gives_is_none() {
        let was = project();
        let with = |change: &dyn Fn(&mut ProjectRecord)| {
            let mut now = project();
            change(&mut now);
            now
        };
        let rows = |now: &mut ProjectRecord| {
            let more = &mut now.platform.as_mut().unwrap().more;
            more.insert(PlatformSettings::ROWS_MAX.into(), "9".into());
        };
        assert_eq!(Reached::both(&was).changed(&with(&rows)), None);
        assert_eq!(Reached::both(&was).changed(&with(&|now| now.name = "other".into())), None);
        let prod = with(&|now| now.platform.as_mut().unwrap().reference = "prod".into());
        assert_eq!(Reached::platform(&was).changed(&prod), Some("platform"));
        assert_eq!(Reached::platform(&was).changed(&with(&|now| now.platform = None)), Some("platform"));
        let moved = with(&|now| now.connection.as_mut().unwrap().database = "other".into());
        assert_eq!(Reached::both(&was).changed(&moved), Some("database"));
        assert_eq!(Reached::platform(&was).changed(&moved), None);
        assert_eq!(Reached::database(was.connection.clone(), None).changed(&prod), None);
    }
}
