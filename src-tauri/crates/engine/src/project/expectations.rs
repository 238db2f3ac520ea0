//! Assertions about a project's restored data.

use crate::engine::Engine;
use base::Code;
use base::clock::now_ms;
use base::command::Command;
use base::failure::Failure;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{AssertionRecord, Catalog, ProjectRecord};
use ledger::event::Topic;

const NAME_CHARACTERS_MAX: usize = 120;
/// Longer belongs into a program.
const QUERY_BYTES_MAX: usize = 20_000;

impl Engine {
    /// The assertions of a project, by name.
    ///
    /// # Errors
    /// `project_not_found`.
    #[crate::boxed]
    pub async fn assertions(&self, project: &str) -> Result<Vec<AssertionRecord>, Failure> {
        let project = self.profile.project(project).await?;
        Ok(self.profile.catalog.assertions(&project.id).await?)
    }

    /// Adds an assertion: a query that returns no row, or a single true. It is asked of what drills and
    /// restores bring back, never of the project itself.
    ///
    /// # Errors
    /// `project_not_found`, `assertion_exists`, `invalid_request`, `command_line_only`.
    #[crate::boxed]
    pub async fn add_assertion(
        &self,
        project: &str,
        name: &str,
        query: &str,
    ) -> Result<AssertionRecord, Failure> {
        self.profile.only_on_the_command_line("an assertion")?;
        let project = self.profile.project(project).await?;
        let assertion = checked(name, query)?;
        let details = Details::none().with("assertion", Fact::Name(&assertion.name));
        let subject = Subject::project(&project);
        let mut writing = self.profile.audit.begin(Act::AssertionAdded, &subject, details).await?;
        // One that is there already leaves neither a row nor an entry.
        if !Catalog::add_assertion_on(writing.connection(), &project.id, &assertion).await? {
            return Err(exists(&project, &assertion.name));
        }
        writing.commit().await?;
        self.profile.jobs.changed(&[Topic::Drills]);
        Ok(assertion)
    }

    /// The command line that adds an assertion, after the checks that adding it makes. Adds nothing, so
    /// that the window can offer it too.
    ///
    /// # Errors
    /// `project_not_found`, `assertion_exists`, `invalid_request`.
    #[crate::boxed]
    pub async fn draft_assertion(&self, project: &str, name: &str, query: &str) -> Result<String, Failure> {
        let project = self.profile.project(project).await?;
        let AssertionRecord { name, query, created_at_ms: _ } = checked(name, query)?;
        let known = self.profile.catalog.assertions(&project.id).await?;
        if known.iter().any(|one| one.name == name) {
            return Err(exists(&project, &name));
        }
        Ok(Command::DrillAssertAdd { project: project.name, name, query }.into())
    }

    /// Removes an assertion.
    ///
    /// # Errors
    /// `project_not_found`, `assertion_not_found`.
    #[crate::boxed]
    pub async fn remove_assertion(&self, project: &str, name: &str) -> Result<(), Failure> {
        let (project, name) = (self.profile.project(project).await?, name.trim());
        let details = Details::none().with("assertion", Fact::Name(name));
        let subject = Subject::project(&project);
        let mut writing = self.profile.audit.begin(Act::AssertionRemoved, &subject, details).await?;
        if !Catalog::remove_assertion_on(writing.connection(), &project.id, name).await? {
            return Err(Failure::new(
                Code::AssertionNotFound,
                format!("{} has no assertion {name:?}", project.name),
                "List them: `holdfast drill assert list PROJECT`.",
            ));
        }
        writing.commit().await?;
        self.profile.jobs.changed(&[Topic::Drills]);
        Ok(())
    }
}

/// An assertion as it may be kept.
fn checked(name: &str, query: &str) -> Result<AssertionRecord, Failure> {
    let (name, query) = (name.trim(), query.trim());
    let is_odd =
        name.is_empty() || name.chars().count() > NAME_CHARACTERS_MAX || name.chars().any(char::is_control);
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
    Ok(AssertionRecord { name: name.to_owned(), query: query.to_owned(), created_at_ms: now_ms() })
}

fn exists(project: &ProjectRecord, name: &str) -> Failure {
    Failure::new(
        Code::AssertionExists,
        format!("{} has an assertion {name:?} already", project.name),
        "Choose another name, or remove that one first.",
    )
}
