//! What a project has, and what of it backups take.

use engine::Engine;
use ledger::coverage::{Coverage, CoveredPart, PartAdd, PartState};

use super::Answer;
use crate::coverage::{
    ChooseParts, CoverageFigure, CoveredPartView, PartAddView, PartStateView, ProjectCoverageView,
};
use crate::number::Count;
use crate::project::ProjectRef;

/// What backups take of a project, as of the last look. Nothing is contacted.
///
/// # Errors
/// `project_not_found`.
#[crate::boxed]
pub async fn project_coverage(engine: &Engine, request: ProjectRef) -> Answer<ProjectCoverageView> {
    Ok(engine.project_coverage(&request.project).await?.into())
}

/// The same, looked at now: its database and its server are asked.
///
/// # Errors
/// `project_not_found`; why the database cannot be asked.
#[crate::boxed]
pub async fn project_coverage_look(engine: &Engine, request: ProjectRef) -> Answer<ProjectCoverageView> {
    Ok(engine.look_at_coverage(&request.project).await?.into())
}

/// Gives parts up, or wants them again.
///
/// # Errors
/// `project_not_found`, `invalid_request`.
#[crate::boxed]
pub async fn project_parts_choose(engine: &Engine, request: ChooseParts) -> Answer<ProjectCoverageView> {
    Ok(engine.choose_parts(&request.project, &request.without, &request.with).await?.into())
}

impl From<Coverage> for ProjectCoverageView {
    fn from(coverage: Coverage) -> Self {
        let taken = count_of(coverage.taken());
        let Coverage { at_ms, parts, not_looked, beside, unwanted: _ } = coverage;
        let parts = parts.into_iter().map(Into::into).collect();
        Self { at_ms: at_ms.map(Into::into), taken, parts, not_looked, beside }
    }
}

impl From<CoveredPart> for CoveredPartView {
    fn from(part: CoveredPart) -> Self {
        let CoveredPart { key, component, title, found, bytes, state, why, add, is_added, command } = part;
        Self {
            key,
            component: component.as_str().to_owned(),
            title,
            found,
            bytes: bytes.map(Count),
            state: state.into(),
            why,
            can_be_given_up: !is_added,
            add: add.map(Into::into),
            command,
        }
    }
}

impl From<PartAdd> for PartAddView {
    fn from(add: PartAdd) -> Self {
        match add {
            PartAdd::StorageApi { url } => Self::StorageApi { url },
            PartAdd::Folder { component, path, is_there } => Self::Folder { component, path, is_there },
            PartAdd::Redis { url, container } => Self::Redis { url, container },
            PartAdd::ContainerLog { container } => Self::ContainerLog { container },
        }
    }
}

impl From<PartState> for PartStateView {
    fn from(state: PartState) -> Self {
        match state {
            PartState::Taken => Self::Taken,
            PartState::InPart => Self::InPart,
            PartState::NotTaken => Self::NotTaken,
            PartState::Unwanted => Self::Unwanted,
        }
    }
}

impl From<&Coverage> for CoverageFigure {
    fn from(coverage: &Coverage) -> Self {
        let lacking = coverage.lacking().map(|part| part.title.clone()).collect();
        Self { taken: count_of(coverage.taken()), of: count_of(coverage.parts.len()), lacking }
    }
}

fn count_of(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
