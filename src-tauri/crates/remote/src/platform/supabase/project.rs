//! The project, and the projects, that the token sees.

use reqwest::Method;
use serde_json::Value;

use super::Supabase;
use crate::platform::http::{ANSWER_BYTES_MAX, Call};
use crate::platform::{Act, PlatformError, RemoteProject};

impl Supabase {
    /// Names of the organisations that the token sees.
    pub(super) async fn organizations(&self) -> Result<Vec<String>, PlatformError> {
        let doing = "say whose the token is";
        let answer = self
            .http
            .call(&Call::new(Method::GET, &["v1", "organizations"], doing).bearer(&self.token))
            .await?;
        if answer.status.as_u16() == 403 {
            // A token of one project may not ask for this.
            return Ok(Vec::new());
        }
        if !answer.status.is_success() {
            return Err(self.http.error(doing, &answer));
        }
        let organizations = self.list_of(&answer.body, "organisations")?;
        Ok(organizations.iter().filter_map(|one| one["name"].as_str().map(str::to_owned)).collect())
    }

    pub(super) async fn read_projects(&self) -> Result<Vec<RemoteProject>, PlatformError> {
        let doing = "list the projects";
        let answer = self.ask(Act::List, doing, Call::new(Method::GET, &["v1", "projects"], doing)).await?;
        Ok(self.list_of(&answer.body, "projects")?.iter().filter_map(project).collect())
    }

    pub(super) async fn read_project(&self) -> Result<RemoteProject, PlatformError> {
        self.own(&self.describe(ANSWER_BYTES_MAX).await?)
    }

    /// What the platform says of this project, and of no other one.
    pub(super) async fn describe(&self, bytes_max: usize) -> Result<Value, PlatformError> {
        let doing = "describe the project";
        let segments = ["v1", "projects", self.reference.as_str()];
        let call = Call::new(Method::GET, &segments, doing).bytes_max(bytes_max);
        let answer = self.ask(Act::Watch, doing, call).await?;
        self.own(&answer.body)?;
        Ok(answer.body)
    }

    fn own(&self, body: &Value) -> Result<RemoteProject, PlatformError> {
        let found = project(body).ok_or_else(|| self.http.odd("a project without a reference"))?;
        if found.reference != self.reference {
            return Err(self
                .http
                .odd(format!("the project {} instead of {}", found.reference, self.reference)));
        }
        Ok(found)
    }

    /// The project's status: the only place where pauses and restores show.
    pub(super) async fn status(&self) -> Result<String, PlatformError> {
        let status = self.read_project().await?.status;
        status.ok_or_else(|| self.http.odd("a project without a status"))
    }

    /// Pauses or resumes; neither is asked for twice by itself.
    pub(super) async fn change_state(&self, act: Act, call: &str, doing: &str) -> Result<(), PlatformError> {
        let segments = ["v1", "projects", self.reference.as_str(), call];
        self.ask(act, doing, Call::new(Method::POST, &segments, doing)).await.map(drop)
    }
}

pub(super) fn project(value: &Value) -> Option<RemoteProject> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let reference = text(&value["ref"]).or_else(|| text(&value["id"]))?;
    Some(RemoteProject {
        name: text(&value["name"]).unwrap_or_else(|| reference.clone()),
        reference,
        status: text(&value["status"]),
        region: text(&value["region"]),
        server_version: text(&value["database"]["version"]),
    })
}
