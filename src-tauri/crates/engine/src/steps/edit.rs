//! Listing and changing the steps of a project.

use std::collections::HashSet;

use uuid::Uuid;

use super::step::{Header, RecoveryStep, StepAct, header_secret, place_of};
use super::validate::{At, HEADER_VALUE_BYTES_MAX, STEPS_MAX};
use crate::engine::Engine;
use base::Code;
use base::failure::Failure;
use base::secret::Secret;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{Catalog, CatalogError, ProjectRecord, StepRecord};
use ledger::event::Topic;
use ledger::job::{StepTime, Trigger};

/// So much of a random number tells the steps of one project apart.
const ID_CHARACTERS: usize = 12;

/// A step as a person gives it.
#[derive(Debug, Clone)]
pub struct NewStep {
    /// The step that it was; absent for a new one.
    pub id: Option<String>,
    /// Its name for people, unique in the project.
    pub title: String,
    /// When it is done.
    pub when: StepTime,
    /// What is done.
    pub act: NewAct,
    /// Whether the run ends where it fails.
    pub is_critical: bool,
    /// After so many seconds it is ended; absent means what is usual for its kind.
    pub timeout_s: Option<u32>,
    /// Whether it is done also when nothing was restored.
    pub also_after_failure: bool,
}

/// What a step does, as a person gives it.
#[derive(Debug, Clone)]
pub enum NewAct {
    /// Statements on the target database, in one transaction.
    Sql {
        /// One statement each.
        statements: Vec<String>,
    },
    /// A small document is posted to an address.
    Webhook {
        /// Where to.
        url: String,
        /// A header with a secret value.
        header: Option<NewHeader>,
    },
    /// A program of the user's own.
    Program {
        /// The program's path, then its arguments.
        argv: Vec<String>,
    },
    /// A person is waited for.
    Wait {
        /// What the person has to do.
        instructions: String,
    },
    /// The project is paused at its platform.
    Pause,
    /// It is resumed there.
    Resume,
}

/// A header of a webhook, as a person gives it.
#[derive(Debug, Clone)]
pub struct NewHeader {
    /// Its name.
    pub name: String,
    /// Its value; absent means that the stored one stays.
    pub value: Option<Secret>,
}

/// Values that have to be stored, each under its name.
type NewSecrets = Vec<(String, Secret)>;

impl Engine {
    /// The recovery steps of a project, in order.
    ///
    /// # Errors
    /// `project_not_found`.
    #[crate::boxed]
    pub async fn recovery_steps(&self, project: &str) -> Result<Vec<RecoveryStep>, Failure> {
        let project = self.profile.project(project).await?;
        self.recovery_steps_of(&project.id).await
    }

    pub(crate) async fn recovery_steps_of(&self, project_id: &str) -> Result<Vec<RecoveryStep>, Failure> {
        let records = self.profile.catalog.recovery_steps(project_id).await?;
        Ok(records.into_iter().map(read).collect::<Result<_, _>>()?)
    }

    /// Puts a list of steps in the place of the one that a project has.
    ///
    /// # Errors
    /// `project_not_found`; `invalid_request` with the step and what was seen; `command_line_only` when
    /// the window gives or changes SQL or a program.
    #[crate::boxed]
    pub async fn set_recovery_steps(
        &self,
        project: &str,
        steps: Vec<NewStep>,
    ) -> Result<Vec<RecoveryStep>, Failure> {
        let project = self.profile.project(project).await?;
        let known = self.recovery_steps_of(&project.id).await?;
        let (steps, secrets) = checked(&project, steps, &known)?;
        if self.profile.jobs.trigger() == Trigger::Window {
            refuse_new_programs(&steps, &known)?;
        }
        // The keychain first: a step whose secret was lost on the way would look complete.
        for (name, value) in &secrets {
            self.profile.secrets.put(name, value).await?;
        }
        let records = steps.iter().map(written).collect::<Result<Vec<_>, _>>()?;
        let titles = steps.iter().map(|step| format!("{}: {}", step.act.kind(), step.title));
        let details = Details::none()
            .with("steps", Fact::Count(steps.len() as u64))
            .with("titles", Fact::Name(&titles.collect::<Vec<_>>().join("; ")))
            .with("new_secrets", Fact::Count(secrets.len() as u64));
        let subject = Subject::project(&project);
        let mut writing = self.profile.audit.begin(Act::RecoveryStepsSet, &subject, details).await?;
        Catalog::set_recovery_steps(writing.connection(), &project.id, &records).await?;
        writing.commit().await?;
        let kept: HashSet<&str> = secret_ids(&steps).collect();
        for gone in secret_ids(&known).filter(|id| !kept.contains(id)) {
            self.profile.secrets.remove(&header_secret(gone)).await?;
        }
        self.profile.jobs.changed(&[Topic::Projects]);
        Ok(steps)
    }

    /// Forgets the secrets of a project's steps; the steps themselves go with the project, or stay
    /// without them.
    pub(crate) async fn forget_step_secrets(&self, project_id: &str) -> Result<(), Failure> {
        for id in secret_ids(&self.recovery_steps_of(project_id).await?) {
            self.profile.secrets.remove(&header_secret(id)).await?;
        }
        Ok(())
    }
}

fn secret_ids(steps: &[RecoveryStep]) -> impl Iterator<Item = &str> {
    steps.iter().filter_map(|step| match &step.act {
        StepAct::Webhook { header: Some(header), .. } => Some(header.secret_id.as_str()),
        _ => None,
    })
}

/// The steps as they will be kept, and the values to store for them.
fn checked(
    project: &ProjectRecord,
    steps: Vec<NewStep>,
    known: &[RecoveryStep],
) -> Result<(Vec<RecoveryStep>, NewSecrets), Failure> {
    if steps.len() > STEPS_MAX {
        return Err(Failure::invalid(
            format!("{} recovery steps", steps.len()),
            format!("Give at most {STEPS_MAX}; what belongs together is a program of its own."),
        ));
    }
    let (mut kept, mut secrets) = (Vec::with_capacity(steps.len()), NewSecrets::new());
    let (mut titles, mut ids) = (HashSet::new(), HashSet::new());
    for (index, step) in steps.into_iter().enumerate() {
        let title = step.title.trim().to_owned();
        let at = At { number: index + 1, title: &title };
        at.title(&mut titles)?;
        at.when(step.when, step.also_after_failure)?;
        let before = known.iter().find(|known| Some(&known.id) == step.id.as_ref());
        // The same step twice in a list is a copy, with an id of its own.
        let before = before.filter(|known| ids.insert(known.id.clone()));
        let act = with_secret(&at, step.act, before, &mut secrets)?;
        at.act(&act)?;
        at.reach(project, &act)?;
        let timeout_s = at.timeout(&act, step.timeout_s)?;
        kept.push(RecoveryStep {
            id: before.map_or_else(new_id, |known| known.id.clone()),
            when: step.when,
            act,
            is_critical: step.is_critical,
            timeout_s,
            also_after_failure: step.also_after_failure,
            title,
        });
    }
    Ok((kept, secrets))
}

fn new_id() -> String {
    let mut id = Uuid::new_v4().simple().to_string();
    id.truncate(ID_CHARACTERS);
    id
}

/// The act without its secret, which goes to `secrets` where it is new.
fn with_secret(
    at: &At<'_>,
    act: NewAct,
    before: Option<&RecoveryStep>,
    secrets: &mut NewSecrets,
) -> Result<StepAct, Failure> {
    Ok(match act {
        NewAct::Sql { statements } => StepAct::Sql { statements },
        NewAct::Program { argv } => StepAct::Program { argv },
        NewAct::Pause => StepAct::Pause,
        NewAct::Resume => StepAct::Resume,
        NewAct::Wait { instructions } => StepAct::Wait { instructions: instructions.trim().to_owned() },
        NewAct::Webhook { url, header: None } => {
            StepAct::Webhook { url: url.trim().to_owned(), header: None }
        }
        NewAct::Webhook { url, header: Some(NewHeader { name, value }) } => {
            let (url, name) = (url.trim().to_owned(), name.trim().to_owned());
            let secret_id = match value.filter(|value| !value.is_empty()) {
                Some(value) => {
                    check_value(at, &value)?;
                    let id = Uuid::new_v4().simple().to_string();
                    secrets.push((header_secret(&id), value));
                    id
                }
                None => stored(at, &url, &name, before)?,
            };
            StepAct::Webhook { url, header: Some(Header { name, secret_id }) }
        }
    })
}

fn check_value(at: &At<'_>, value: &Secret) -> Result<(), Failure> {
    let is_value = remote::hook::is_header_value(value.expose());
    if !is_value || value.expose().len() > HEADER_VALUE_BYTES_MAX {
        return Err(at.wrong(
            "the value of its header is too long, or holds what no header can",
            format!("Give one line of at most {HEADER_VALUE_BYTES_MAX} bytes."),
        ));
    }
    Ok(())
}

/// The stored value: it is kept for the server and name that it was entered for.
fn stored(at: &At<'_>, url: &str, name: &str, before: Option<&RecoveryStep>) -> Result<String, Failure> {
    let known = before.and_then(|step| match &step.act {
        StepAct::Webhook { url, header: Some(header) } => Some((url, header)),
        _ => None,
    });
    let (known_url, header) = known.ok_or_else(|| {
        at.wrong(format!("its header {name} has no value"), "Enter the value; it rests in the keychain.")
    })?;
    if place_of(known_url) != place_of(url) || !header.name.eq_ignore_ascii_case(name) {
        return Err(at.wrong(
            format!("the stored value belongs to {} at {}", header.name, place_of(known_url)),
            "Enter the value for the new one; the stored one is never sent there.",
        ));
    }
    Ok(header.secret_id.clone())
}

/// What can start programs, here or by way of a server's superuser, is not for a page, which shows names
/// from servers. It may be moved, renamed and removed there.
fn refuse_new_programs(steps: &[RecoveryStep], known: &[RecoveryStep]) -> Result<(), Failure> {
    let is_new = |step: &&RecoveryStep| {
        step.act.starts_programs() && !known.iter().any(|known| known.id == step.id && known.act == step.act)
    };
    match steps.iter().find(is_new) {
        None => Ok(()),
        Some(step) => Err(Failure::new(
            Code::CommandLineOnly,
            format!("“{}”: SQL and programs can be given on the command line only", step.title),
            "See `holdfast steps --help` there.",
        )),
    }
}

fn written(step: &RecoveryStep) -> Result<StepRecord, Failure> {
    let act = serde_json::to_string(&step.act)
        .map_err(|error| Failure::new(Code::Internal, error.to_string(), "Report this."))?;
    Ok(StepRecord {
        id: step.id.clone(),
        title: step.title.clone(),
        place: step.when.as_str().to_owned(),
        act,
        is_critical: step.is_critical,
        timeout_s: step.timeout_s,
        also_after_failure: step.also_after_failure,
    })
}

fn read(record: StepRecord) -> Result<RecoveryStep, CatalogError> {
    let StepRecord { id, title, place, act, is_critical, timeout_s, also_after_failure } = record;
    let when = match place.as_str() {
        "before" => StepTime::Before,
        "after" => StepTime::After,
        _ => return Err(CatalogError::Unknown { column: "place", value: place }),
    };
    let act = serde_json::from_str(&act)
        .map_err(|error| CatalogError::Unknown { column: "act", value: error.to_string() })?;
    Ok(RecoveryStep { id, title, when, act, is_critical, timeout_s, also_after_failure })
}
