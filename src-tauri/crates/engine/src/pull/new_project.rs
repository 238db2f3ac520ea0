//! Makes a new, empty project at a platform and adds it here: what a backup is brought back into where the old one is
//! gone, or may not be touched.
//!
//! The password of its database is made here, and is in the keychain before the project is asked for: a run that was
//! killed in between is taken up again by the same command, which finds both. Nobody reads it.

use std::time::Duration;

use super::watch::{Watching, watched};
use crate::archive::generate_key;
use crate::engine::Engine;
use crate::project::{NewProject, ProjectChange, Reached, There};
use base::Code;
use base::command::{About, Command, RestorePlan, RestoreTo, TableWay};
use base::failure::Failure;
use base::secret::Secret;
use ledger::audit::{Act as Audited, Details, Fact, Subject};
use ledger::catalog::{Label, ProjectRecord};
use ledger::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};
use postgres::connection::Settings;
use remote::platform::{
    Ability, Act, NewRemoteProject, Platform, PlatformError, PlatformSettings, RemoteProject, Ticket,
};

/// A pooler is told of a project a moment after the project can be used.
const ADDRESS_LOOKS: usize = 5;
const ADDRESS_PAUSE: Duration = Duration::from_secs(3);

/// A project that is to be made.
#[derive(Debug, Clone)]
pub struct NewThere {
    /// Id or name of the project here whose account makes it.
    pub like: String,
    /// Its name, there and here.
    pub name: String,
    /// What it is to its owner.
    pub label: Label,
    /// The organisation that pays for it; absent means that of the other project.
    pub organization: Option<String>,
    /// Where it runs; absent means where the other project runs.
    pub region: Option<String>,
    /// How large its server is; absent means the smallest.
    pub size: Option<String>,
}

impl Engine {
    /// Makes a project at the platform of another one, waits until it can be used, and adds it here. Returns the job's
    /// id at once.
    ///
    /// # Errors
    /// `project_not_found`, `no_platform`, `platform_cannot`, `name_taken`; all else is the job's own end.
    #[crate::boxed]
    pub async fn start_project_there(&self, new: NewThere) -> Result<String, Failure> {
        let like = self.pullable(&new.like).await?;
        let platform = self.platform_of(&like).await?;
        if let Some(Ability::No { reason }) = platform.abilities().remove(&Act::NewProject) {
            let name = platform.kind().name();
            return Err(Failure::new(
                Code::PlatformCannot,
                format!("{name} cannot {}: {reason}", Act::NewProject.words()),
                "Make it there by hand, and add it with `holdfast project add`.",
            ));
        }
        let name = self.free_name(&new.name, None).await?;
        let place = like.reaches_words();
        let spec = JobSpec {
            kind: JobKind::Platform,
            title: format!("Making the project {name} at its platform"),
            sentence: format!("At {place}, with the account of {}.", like.name),
            project_id: Some(like.id.clone()),
            writes_vault: false,
            phases: phases(&place, &name),
            if_cancelled: "What the platform has begun goes on, and may cost money; look there.".into(),
        };
        let (engine, id, reached) = (self.clone(), like.id.clone(), Reached::platform(&like));
        let work = move |context: JobContext| async move {
            let there = engine.reach(&id, &reached).await?;
            Box::pin(engine.project_there(&context, &there, NewThere { name, ..new })).await
        };
        self.profile.jobs.start(spec, work).await
    }

    async fn project_there(
        &self,
        context: &JobContext,
        there: &There,
        new: NewThere,
    ) -> Result<JobOutput, Failure> {
        context.phase("make");
        let (project, settings, password) = self.ask_for_project(context, there, &new).await?;
        context.safe_next(format!(
            "The project is at its platform, and here as {}, with its password. Once it can be used, `{}` shows it there; enter its database's address with `holdfast project edit`.",
            project.name,
            Command::about(About::PlatformShow, &project.name)
        ));

        context.phase("wait");
        let client = self.platform_of(&project).await?;
        let place = project.reaches_words();
        let ticket = Ticket { act: Act::NewProject, id: settings.reference.clone(), memo: None };
        let standing = self.profile.platform_standing;
        watched(context, client.as_ref(), Watching { place: &place, phase: "wait", standing }, ticket)
            .await?;

        context.phase("add");
        let connection = address(context, client.as_ref(), &place).await?;
        context.fact("Database", connection.redacted_url(), None);
        // Under the address from here on, for which the password is.
        let change = ProjectChange {
            connection: Some(connection),
            password: Some(password),
            ..ProjectChange::default()
        };
        let project = self.edit_project(&project.id, change).await?;
        let fill = fill(&there.project, &project);
        context.safe_next(format!("Bring a backup back into it: `{fill}`."));
        Ok(JobOutput {
            outcome: format!(
                "{} can be used, and is a project here. Bring a backup back into it: `{fill}`.",
                project.name
            ),
            made_project: Some(project.id),
            ..JobOutput::default()
        })
    }

    /// Asks for it, and adds it here at once: whatever ends this run later, its password is not lost.
    async fn ask_for_project(
        &self,
        context: &JobContext,
        There { project: like, platform }: &There,
        new: &NewThere,
    ) -> Result<(ProjectRecord, PlatformSettings, Secret), Failure> {
        let known = like.platform.clone().ok_or_else(|| Failure::not_found(Code::NoPlatform, &like.name))?;
        let credentials = self.stored_credentials(like).await?;
        let kept = format!("new-project {} {}", like.id, new.name);
        let earlier = self.profile.secrets.find(&kept).await?;
        let password = earlier.clone().or_else(generate_key).ok_or_else(|| {
            Failure::new(Code::Internal, "the system gives no random numbers", "Restart the computer.")
        })?;
        let asked = NewRemoteProject {
            name: new.name.clone(),
            organization: new.organization.clone(),
            region: new.region.clone(),
            size: new.size.clone(),
            password: password.clone(),
        };
        let prepared = context.unless_cancelled(context.alive(platform.prepare_project(asked))).await??;
        // Another run may have added one of that name meanwhile.
        let name = self.free_name(&new.name, None).await?;
        let made = match prepared.there.clone() {
            Some(made) if earlier.is_some() => {
                context.info("make", "it was asked for by an earlier run, and is taken up");
                made
            }
            Some(_) => return Err(taken_there(new)),
            None => {
                context.checkpoint()?;
                self.profile.secrets.put(&kept, &password).await?;
                let made = context.alive(platform.new_project(&prepared)).await;
                self.made_or_not(like, new, &kept, made).await?
            }
        };
        context.fact("Reference", made.reference.clone(), None);
        let settings = PlatformSettings { reference: made.reference, ..known };
        self.refuse_known_reference(&settings).await?;
        let (connection, platform) = (None, Some(settings.clone()));
        let project = NewProject {
            name,
            label: new.label,
            connection,
            password: Some(password.clone()),
            ssh_secret: None,
            platform,
            credentials,
        };
        let project = self.add_project(project).await?;
        self.profile.secrets.remove(&kept).await?;
        Ok((project, settings, password))
    }

    /// Records that it was asked for, and forgets the password where the platform said no before it began.
    async fn made_or_not(
        &self,
        like: &ProjectRecord,
        new: &NewThere,
        kept: &str,
        made: Result<RemoteProject, PlatformError>,
    ) -> Result<RemoteProject, Failure> {
        let is_refused = matches!(
            &made,
            Err(PlatformError::CannotDo { .. }
                | PlatformError::Forbidden { .. }
                | PlatformError::NotFound { .. }
                | PlatformError::NotSignedIn { .. }
                | PlatformError::TooMany { .. }
                | PlatformError::Failed { may_work_now: false, .. })
        );
        let made = made.map_err(Failure::from);
        let mut details =
            Details::none().with("act", Fact::Word("new_project")).with("name", Fact::Name(&new.name));
        if let Err(failure) = &made {
            details = details.failure(failure);
        }
        if is_refused {
            self.profile.secrets.remove(kept).await?;
        }
        self.audit(Audited::PlatformActed, &Subject::project(like), details).await?;
        made
    }

    /// A platform that names a project of somebody's here as the new one would have it filled.
    async fn refuse_known_reference(&self, settings: &PlatformSettings) -> Result<(), Failure> {
        let all = self.profile.catalog.projects().await?;
        let here = all.iter().find(|project| {
            project.platform.as_ref().is_some_and(|known| {
                (known.kind, &known.address, &known.reference)
                    == (settings.kind, &settings.address, &settings.reference)
            })
        });
        match here {
            None => Ok(()),
            Some(project) => Err(Failure::new(
                Code::PlatformClaim,
                format!(
                    "the platform names {} as the new project, and that is {} here",
                    settings.reference, project.name
                ),
                "Nothing was changed there. Look at the projects of the account.",
            )),
        }
    }
}

fn taken_there(new: &NewThere) -> Failure {
    Failure::new(
        Code::NameTaken,
        format!("the account has a project {:?} already", new.name),
        "Choose another name; or add that project here, with its reference and the password of its database.",
    )
}

/// Where its database is, by the pooler that keeps sessions whole as soon as the platform knows one.
async fn address(context: &JobContext, client: &dyn Platform, place: &str) -> Result<Settings, Failure> {
    let mut found = context.unless_cancelled(client.database_addresses()).await??;
    for _ in 1..ADDRESS_LOOKS {
        if found.session_pooler.is_some() {
            break;
        }
        context.meter().beat();
        context.unless_cancelled(tokio::time::sleep(ADDRESS_PAUSE)).await?;
        found = context.unless_cancelled(client.database_addresses()).await??;
    }
    for note in &found.notes {
        context.info("add", note.clone());
    }
    found.session_pooler.or(found.direct).ok_or_else(|| {
        Failure::new(
            Code::PlatformClaim,
            format!("{place} says that the project can be used, and not where its database is"),
            "Look at its page there, and enter the address with `holdfast project edit`.",
        )
    })
}

/// The command that brings the newest backup of a project back into a new one.
fn fill(of: &ProjectRecord, into: &ProjectRecord) -> Command {
    Command::RestorePlan(RestorePlan {
        backup: format!("{}@latest", of.name),
        to: RestoreTo::AllRows { on: Some(into.name.clone()), way: TableWay::Replace, makes: true },
        no_safety_because: None,
        lets_writers_write: false,
        after: None,
        out: "plan.json".to_owned(),
    })
}

fn phases(place: &str, name: &str) -> Vec<PhaseSpec> {
    vec![
        PhaseSpec {
            id: "make",
            title: "Ask",
            weight: 5,
            sentence: format!("{place} is asked for the project {name}, once."),
        },
        PhaseSpec {
            id: "wait",
            title: "Wait",
            weight: 85,
            sentence: format!("{place} makes its server; that takes minutes."),
        },
        PhaseSpec {
            id: "add",
            title: "Add",
            weight: 10,
            sentence: "Where its database is, from the platform; then it is a project here.".into(),
        },
    ]
}
