//! What a person expects of a project's data when it is brought back, and how soon it has to be back.

use crate::audit::{Act, Details, Fact, Subject};
use crate::catalog::AssertionRecord;
use crate::clock::now_ms;
use crate::engine::Engine;
use crate::event::Topic;
use crate::failure::Failure;

const NAME_CHARACTERS_MAX: usize = 120;
/// Longer belongs into a program.
const QUERY_BYTES_MAX: usize = 20_000;

impl Engine {
    /// The assertions of a project, by name.
    ///
    /// # Errors
    /// `project_not_found`.
    pub async fn assertions(&self, project: &str) -> Result<Vec<AssertionRecord>, Failure> {
        let project = self.profile.project(project).await?;
        Ok(self.profile.catalog.assertions(&project.id).await?)
    }

    /// Adds an assertion: a query that returns no row, or a single true. It is asked of what drills and
    /// restores bring back, never of the project itself.
    ///
    /// # Errors
    /// `project_not_found`, `assertion_exists`, `invalid_request`, `command_line_only`.
    pub async fn add_assertion(
        &self,
        project: &str,
        name: &str,
        query: &str,
    ) -> Result<AssertionRecord, Failure> {
        self.profile.only_on_the_command_line("an assertion")?;
        let project = self.profile.project(project).await?;
        let (name, query) = (name.trim(), query.trim());
        let is_odd = name.is_empty()
            || name.chars().count() > NAME_CHARACTERS_MAX
            || name.chars().any(char::is_control);
        if is_odd {
            return Err(Failure::invalid(
                format!("{name:?} cannot be the name of an assertion"),
                format!("Use 1 to {NAME_CHARACTERS_MAX} characters, without line breaks."),
            ));
        }
        if query.is_empty() || query.len() > QUERY_BYTES_MAX || query.contains('\0') {
            return Err(Failure::invalid(
                "the query of the assertion is empty or too long",
                format!("Give one statement of at most {QUERY_BYTES_MAX} bytes."),
            ));
        }
        let assertion =
            AssertionRecord { name: name.to_owned(), query: query.to_owned(), created_at_ms: now_ms() };
        if !self.profile.catalog.add_assertion(&project.id, &assertion).await? {
            return Err(Failure::refused(
                "assertion_exists",
                format!("{} has an assertion {name:?} already", project.name),
                "Choose another name, or remove that one first.",
            ));
        }
        let subject = Subject::new("project", &project.id, &project.name);
        self.audit(Act::AssertionAdded, &subject, Details::none().with("assertion", Fact::Name(name)))
            .await?;
        self.profile.jobs.changed(&[Topic::Drills]);
        Ok(assertion)
    }

    /// Removes an assertion.
    ///
    /// # Errors
    /// `project_not_found`, `assertion_not_found`.
    pub async fn remove_assertion(&self, project: &str, name: &str) -> Result<(), Failure> {
        let project = self.profile.project(project).await?;
        if !self.profile.catalog.remove_assertion(&project.id, name.trim()).await? {
            return Err(Failure::new(
                "assertion_not_found",
                format!("{} has no assertion {name:?}", project.name),
                "List them: `holdfast drill assert list PROJECT`.",
            ));
        }
        let subject = Subject::new("project", &project.id, &project.name);
        let details = Details::none().with("assertion", Fact::Name(name.trim()));
        self.audit(Act::AssertionRemoved, &subject, details).await?;
        self.profile.jobs.changed(&[Topic::Drills]);
        Ok(())
    }

    /// Within how many milliseconds a project has to be back, where somebody said so.
    ///
    /// # Errors
    /// `project_not_found`.
    pub async fn rto_goal(&self, project: &str) -> Result<Option<i64>, Failure> {
        let project = self.profile.project(project).await?;
        Ok(self.profile.catalog.rto_goal(&project.id).await?)
    }

    /// Says within how many milliseconds a project has to be back; absent takes the goal away.
    ///
    /// # Errors
    /// `project_not_found`, `invalid_request`.
    pub async fn set_rto_goal(&self, project: &str, rto_ms: Option<i64>) -> Result<(), Failure> {
        let project = self.profile.project(project).await?;
        if rto_ms.is_some_and(|ms| ms <= 0) {
            return Err(Failure::invalid("a goal of no time", "Give a time of at least a minute."));
        }
        self.profile.catalog.set_rto_goal(&project.id, rto_ms).await?;
        let subject = Subject::new("project", &project.id, &project.name);
        let minutes = rto_ms.map_or_else(|| "none".to_owned(), |ms| format!("{} min", ms / 60_000));
        self.audit(Act::GoalSet, &subject, Details::none().with("back_within", Fact::Name(&minutes))).await?;
        self.profile.jobs.changed(&[Topic::Drills, Topic::Projects]);
        Ok(())
    }
}
