//! A new project of the account. It may cost money: asked for once, and looked for by its name where no answer came.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;

use super::restore::{Meaning, meaning};
use super::{REFERENCE_LETTERS, Supabase};
use crate::platform::http::{ANSWER_BYTES_MAX, Call};
use crate::platform::{Act, NewRemoteProject, PlatformError, PreparedProject, RemoteProject, Watched};

const DOING: &str = "make a project";

impl Supabase {
    /// Looks at the account: which projects it has, and, unless both are named, in which organisation and region this
    /// project is. Makes nothing.
    pub(super) async fn look_at_account(
        &self,
        mut new: NewRemoteProject,
    ) -> Result<PreparedProject, PlatformError> {
        let projects = self.read_projects().await?;
        if new.organization.is_none() || new.region.is_none() {
            let described = match self.describe(ANSWER_BYTES_MAX).await {
                Err(PlatformError::NotFound { .. } | PlatformError::Forbidden { .. }) => {
                    let said = format!(
                        "the project {} cannot be looked at; name the organisation and the region of the new one",
                        self.reference
                    );
                    return Err(self.failed(DOING, &said, false));
                }
                described => described?,
            };
            let own = |name: &str| described[name].as_str().map(str::to_owned);
            let organization = || own("organization_slug").or_else(|| own("organization_id"));
            new.organization = new.organization.or_else(organization);
            new.region = new.region.or_else(|| own("region"));
        }
        let there = projects.iter().find(|one| one.name == new.name).cloned();
        let known = projects.into_iter().map(|one| one.reference).collect();
        Ok(PreparedProject { asked: new, there, known })
    }

    /// Asks for it.
    pub(super) async fn make_project(
        &self,
        prepared: &PreparedProject,
    ) -> Result<RemoteProject, PlatformError> {
        let PreparedProject { asked: new, known, .. } = prepared;
        let needed = |what: &Option<String>, word: &str| {
            what.clone().ok_or_else(|| self.http.odd(format!("a project without {word}")))
        };
        let mut body = json!({
            "name": new.name, "db_pass": new.password.expose(),
            "organization_slug": needed(&new.organization, "an organisation")?,
            "region_selection": { "type": "specific", "code": needed(&new.region, "a region")? },
        });
        if let Some(size) = &new.size {
            body["desired_instance_size"] = json!(size);
        }
        let call = Call::new(Method::POST, &["v1", "projects"], DOING).json(body).hide(&new.password);
        let (made, lost) = match self.ask(Act::NewProject, DOING, call).await {
            Ok(answer) => (super::project::project(&answer.body), None),
            Err(
                lost @ (PlatformError::Silent { .. }
                | PlatformError::Unreachable { .. }
                | PlatformError::Unintelligible { .. }
                | PlatformError::Failed { may_work_now: true, .. }),
            ) => (None, Some(lost)),
            Err(error) => return Err(error),
        };
        // It may have been heard: a second one would cost as much again.
        let made = match (made, lost) {
            (Some(made), _) => Some(made),
            (None, Some(lost)) => Some(self.newer_of_name(&new.name, known).await?.ok_or(lost)?),
            (None, None) => self.newer_of_name(&new.name, known).await?,
        };
        made.filter(|made| self.is_new(made, known) && made.name == new.name)
            .ok_or_else(|| self.http.odd("a new project without a reference and a name of its own"))
    }

    async fn newer_of_name(
        &self,
        name: &str,
        known: &BTreeSet<String>,
    ) -> Result<Option<RemoteProject>, PlatformError> {
        let projects = self.read_projects().await?;
        Ok(projects.into_iter().find(|one| one.name == name && self.is_new(one, known)))
    }

    /// Whether a project may be the one that was made: what was there before is somebody's, whatever the answer says.
    fn is_new(&self, made: &RemoteProject, known: &BTreeSet<String>) -> bool {
        let reference = made.reference.as_str();
        reference.len() == REFERENCE_LETTERS
            && reference.bytes().all(|byte| byte.is_ascii_lowercase())
            && reference != self.reference
            && !known.contains(reference)
    }

    /// How far this project is, which was made a moment ago.
    pub(super) async fn watch_coming(&self) -> Result<Watched, PlatformError> {
        let status = self.status().await?;
        Ok(match meaning(&status) {
            Meaning::Healthy => Watched::Done { id: Some(self.reference.clone()), notes: Vec::new() },
            Meaning::Moving => Watched::Running { percent: None, words: format!("the project is {status}") },
            Meaning::Failed => Watched::Failed { said: format!("the project is {status}"), can_retry: false },
        })
    }
}
