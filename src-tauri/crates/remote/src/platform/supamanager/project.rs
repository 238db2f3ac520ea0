//! Projects: which there are, and how they stand. The list's status and `health` are fixed texts there;
//! the one true answer is `/projects/{ref}/status`.

use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::{Inner, NAME};
use crate::platform::http::Call;
use crate::platform::lenient::{rows, text};
use crate::platform::{Act, PlatformError, RemoteProject};

impl Inner {
    /// The project that this client is for.
    pub(super) async fn project(&self) -> Result<RemoteProject, PlatformError> {
        let status = self.status(&self.settings.project_ref).await?;
        let known = self.listed().await?.into_iter().find(|one| one.reference == self.settings.project_ref);
        let reference = self.settings.project_ref.clone();
        let named = RemoteProject {
            name: reference.clone(),
            reference,
            status: None,
            region: None,
            server_version: None,
        };
        Ok(RemoteProject { status: Some(status), ..known.unwrap_or(named) })
    }

    /// All projects of the account, each with its true status where it can be asked.
    pub(super) async fn projects(&self) -> Result<Vec<RemoteProject>, PlatformError> {
        let mut projects = self.listed().await?;
        for project in &mut projects {
            project.status = self.status(&project.reference).await.ok();
        }
        Ok(projects)
    }

    /// How a project stands.
    pub(super) async fn status(&self, reference: &str) -> Result<String, PlatformError> {
        let path = ["projects", reference, "status"];
        let call = Call::new(Method::GET, &path, "say how the project stands").only_once();
        let answer = self.signed(&call).await?;
        let is_unknown = matches!(answer.status, StatusCode::INTERNAL_SERVER_ERROR | StatusCode::NOT_FOUND);
        if is_unknown && !self.lists(reference).await? {
            return Err(self.unknown(reference));
        }
        let answer = self.http.verdict(&call, answer)?;
        text(&answer.body, "status").ok_or_else(|| self.http.odd("a project without a status"))
    }

    /// An error where the account has no such project.
    pub(super) async fn must_know_project(&self) -> Result<(), PlatformError> {
        let reference = &self.settings.project_ref;
        if self.lists(reference).await? { Ok(()) } else { Err(self.unknown(reference)) }
    }

    /// The numbers and names by which the platform may call the project of this client.
    pub(super) async fn own_names(&self) -> Result<Vec<String>, PlatformError> {
        let own = &self.settings.project_ref;
        let list = self.list_of_projects().await?;
        let row = list.iter().find(|row| text(row, "ref").as_deref() == Some(own));
        Ok(row.and_then(|row| text(row, "id")).into_iter().chain([own.clone()]).collect())
    }

    /// Asks for a pause or its end. Its document says only that a restore does both; its source has these calls
    /// beside the project's status, and its plans have them beside the backups: a server has one of the two, or
    /// neither.
    pub(super) async fn change_state(&self, act: Act, verb: &str) -> Result<(), PlatformError> {
        let beside_status = vec!["projects", self.settings.project_ref.as_str(), verb];
        for path in [beside_status, self.path(&[verb])] {
            let call = Call::new(Method::POST, &path, act.words());
            match self.ask(act, &call).await {
                Err(PlatformError::NotFound { .. }) => {}
                done => return done.map(drop),
            }
        }
        self.must_know_project().await?;
        let reason =
            "this server has no call for it; it pauses and resumes a project by itself, around a restore";
        self.learn(act, Some(reason.to_owned()));
        Err(PlatformError::CannotDo { platform: NAME, act, reason: reason.to_owned() })
    }

    async fn lists(&self, reference: &str) -> Result<bool, PlatformError> {
        Ok(self.listed().await?.iter().any(|project| project.reference == reference))
    }

    async fn listed(&self) -> Result<Vec<RemoteProject>, PlatformError> {
        let list = self.list_of_projects().await?;
        let projects = list.iter().filter_map(|row| {
            let reference = text(row, "ref")?;
            let name = text(row, "name").unwrap_or_else(|| reference.clone());
            Some(RemoteProject {
                reference,
                name,
                status: None,
                region: text(row, "region"),
                server_version: None,
            })
        });
        Ok(projects.collect())
    }

    async fn list_of_projects(&self) -> Result<Vec<Value>, PlatformError> {
        let call = Call::new(Method::GET, &["platform", "projects"], "list the projects");
        let answer = self.http.verdict(&call, self.signed(&call).await?)?;
        let list = rows(&answer.body, &["projects"]);
        list.cloned().ok_or_else(|| self.http.odd("projects that are no list"))
    }

    fn unknown(&self, reference: &str) -> PlatformError {
        let what = format!("project {reference:?} among those of {}", self.settings.email);
        PlatformError::NotFound { place: self.http.place().to_owned(), what }
    }
}
