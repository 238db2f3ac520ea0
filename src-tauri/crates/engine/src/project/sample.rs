//! The sample project: a private Postgres with a shop in it, started and stopped by Holdfast.

use std::collections::BTreeMap;

use camino::Utf8Path;
use uuid::Uuid;

use super::entered::Entered;
use crate::archive::opened::blocking;
use crate::engine::Engine;
use crate::sample;
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use base::secret::Secret;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{Catalog, Label, ProjectRecord, SourceRecord};
use ledger::component::{Component, Components};
use ledger::event::Topic;
use ledger::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};
use postgres::cluster::{self, Cluster, ClusterRecord, ClusterSpec, Purpose};
use postgres::tools::{SearchRoots, ToolSet, Tools};
use remote::platform::{PlatformKind, PlatformSettings};
use source::Place;

impl Engine {
    /// Starts to make the sample project. Returns the job's id at once.
    ///
    /// # Errors
    /// `sample_exists`, or why no private server can be made here.
    #[crate::boxed]
    pub async fn start_sample(&self) -> Result<String, Failure> {
        let known = self.profile.catalog.projects().await?.into_iter();
        let known = known.filter(|one| one.is_sample && !one.is_archived).find(ProjectRecord::has_database);
        if let Some(known) = known {
            return Err(Failure::new(
                Code::SampleExists,
                format!("the sample project {} is there already", known.name),
                "Use it, or remove it first.",
            ));
        }
        let tools = self.profile.tools().await?.newest_server()?.clone();
        let spec = JobSpec {
            kind: JobKind::Sample,
            title: "Making the sample project".into(),
            sentence: "A private Postgres on this computer with a small shop in it.".into(),
            project_id: None,
            writes_vault: false,
            phases: vec![
                PhaseSpec {
                    id: "server",
                    title: "Server",
                    weight: 50,
                    sentence: format!("A private Postgres {} that nobody else can reach.", tools.version),
                },
                PhaseSpec {
                    id: "data",
                    title: "Data",
                    weight: 50,
                    sentence:
                        "Customers, orders, products and events of a shop; its uploads and its configuration."
                            .into(),
                },
            ],
            if_cancelled: "The private server is removed again.".into(),
        };
        let engine = self.clone();
        self.profile
            .jobs
            .start(spec, move |context| async move { engine.make_sample(context, &tools).await })
            .await
    }

    async fn make_sample(&self, context: JobContext, tools: &ToolSet) -> Result<JobOutput, Failure> {
        context.phase("server");
        let owner = self.profile.jobs.process().path().to_owned();
        let spec = ClusterSpec::new(self.profile.home.clone(), Purpose::Sample, tools, owner);
        let cluster = Cluster::create(spec).await?;
        let directory = cluster.record().place.directory;
        context.info("server", format!("private Postgres {} in {directory}", tools.version));
        context.fact(
            "Folder",
            directory.to_string(),
            Some("unencrypted, private, until you remove the sample".into()),
        );
        let made = async {
            cluster.start().await?;
            context.checkpoint()?;
            context.phase("data");
            sample::create(&cluster).await?;
            context.checkpoint()?;
            let below = directory.clone();
            blocking(move || sample::files::write(&below).map_err(|error| unwritten(&error))).await?;
            let project = self.add_sample(&cluster).await?;
            if let Err(failure) = self.add_sample_sources(&project, &directory).await {
                context.warn("data", format!("what is beside the shop's database is left out: {failure}"));
            }
            Ok(project)
        };
        match made.await {
            Ok(project) => {
                if let Err(failure) = self.add_sample_at_its_platform(&context).await {
                    context.warn("data", format!("the sample's platform is left out: {failure}"));
                }
                context.safe_next("Back it up, restore it, break it: it is there for that.");
                *self.sample.lock().await = Some(cluster);
                Ok(JobOutput { outcome: format!("{} is ready.", project.name), ..JobOutput::default() })
            }
            Err(failure) => {
                if let Err(error) = cluster.remove().await {
                    context.warn("server", format!("{directory} could not be removed: {error}"));
                }
                Err(failure)
            }
        }
    }

    async fn add_sample(&self, cluster: &Cluster) -> Result<ProjectRecord, Failure> {
        let mut name = sample::PROJECT.to_owned();
        if self.profile.catalog.project(&name).await?.is_some() {
            name = format!("{name} {}", &Uuid::new_v4().simple().to_string()[..4]);
        }
        let project = ProjectRecord {
            id: Uuid::now_v7().simple().to_string(),
            name,
            label: Label::Development,
            is_sample: true,
            is_archived: false,
            connection: Some(cluster.settings(sample::DATABASE)),
            platform: None,
            parts: Components::NONE,
            has_password: true,
            server_version: None,
            acknowledged_at_ms: 0,
            created_at_ms: now_ms(),
        };
        let entered = Entered { password: Some(cluster.password()), ..Entered::NOTHING };
        self.store_project(Act::ProjectAdded, project, None, entered).await
    }

    /// Adds what the shop has beside its database: uploaded files, its configuration, a table of events as logs.
    async fn add_sample_sources(&self, project: &ProjectRecord, below: &Utf8Path) -> Result<(), Failure> {
        let (schema, table, column) = sample::files::LOG;
        let uploads = Place::Folder { path: below.join(sample::files::UPLOADS), patterns: Vec::new() };
        let app = Place::Files { paths: vec![below.join(sample::files::APP)], patterns: Vec::new() };
        let log = Place::LogTable { schema: schema.into(), table: table.into(), column: column.into() };
        for (component, name, place) in [
            (Component::Files, "uploads", uploads),
            (Component::Configuration, "app", app),
            (Component::Logs, "events", log),
        ] {
            let record = SourceRecord {
                id: Uuid::now_v7().simple().to_string(),
                project_id: project.id.clone(),
                name: name.to_owned(),
                component,
                place,
                has_secret: false,
                created_at_ms: now_ms(),
            };
            let words = record.place.words();
            let details = Details::none()
                .with("component", Fact::Word(component.as_str()))
                .with("name", Fact::Name(name))
                .with("place", Fact::Name(&words));
            let subject = Subject::project(project);
            let mut writing = self.profile.audit.begin(Act::ComponentAdded, &subject, details).await?;
            Catalog::put_source_on(writing.connection(), &record).await?;
            writing.commit().await?;
        }
        self.profile.jobs.changed(&[Topic::Projects, Topic::Drills]);
        Ok(())
    }

    /// Adds the sample as a platform has it, where a stand-in of one runs on this computer.
    async fn add_sample_at_its_platform(&self, context: &JobContext) -> Result<(), Failure> {
        let Some(address) = &self.profile.sample_platform else { return Ok(()) };
        let known = self.profile.catalog.project(sample::PLATFORM_PROJECT).await?;
        if known.is_some() {
            return Ok(());
        }
        let platform = super::platform::checked(PlatformSettings {
            kind: PlatformKind::Supamanager,
            address: address.clone(),
            reference: sample::PLATFORM_REFERENCE.into(),
            account: Some(sample::PLATFORM_ACCOUNT.into()),
            more: BTreeMap::new(),
        })?;
        context.info(
            "data",
            format!(
                "{} is a stand-in on this computer, at {}: no real platform",
                sample::PLATFORM_PROJECT,
                platform.place()
            ),
        );
        let project = ProjectRecord {
            id: Uuid::now_v7().simple().to_string(),
            name: sample::PLATFORM_PROJECT.into(),
            label: Label::Development,
            is_sample: true,
            is_archived: false,
            connection: None,
            platform: Some(platform),
            parts: Components::NONE,
            has_password: false,
            server_version: None,
            acknowledged_at_ms: 0,
            created_at_ms: now_ms(),
        };
        let credentials = [("password".to_owned(), Secret::new(sample::PLATFORM_PASSWORD))].into();
        let entered = Entered { credentials: &credentials, ..Entered::NOTHING };
        self.store_project(Act::ProjectAdded, project, None, entered).await.map(drop)
    }

    /// Starts the sample's server where it does not run, for instance after the computer was started.
    pub(crate) async fn wake(&self, project: &ProjectRecord) -> Result<(), Failure> {
        if !project.is_sample || project.is_archived || !project.has_database() {
            return Ok(());
        }
        let Some(cluster) = self.sample_cluster(project).await? else {
            return Err(Failure::new(
                Code::SampleGone,
                "the sample's private server is gone",
                "Remove the sample project, and try it anew.",
            ));
        };
        if !cluster.is_running() {
            cluster.start().await?;
            *self.sample.lock().await = Some(cluster);
        }
        Ok(())
    }

    async fn sample_cluster(&self, project: &ProjectRecord) -> Result<Option<Cluster>, Failure> {
        let Some(record) = self.sample_record()? else { return Ok(None) };
        let Some(password) = self.profile.password(project).await? else { return Ok(None) };
        let tools = Tools::discover(&SearchRoots::none().with_directory(&record.tools));
        let Some(tools) = tools.found.into_iter().next() else { return Ok(None) };
        Ok(Some(Cluster::attach(record, &tools, password)?))
    }

    fn sample_record(&self) -> Result<Option<ClusterRecord>, Failure> {
        Ok(cluster::records(&self.profile.home)?.into_iter().find(|record| record.purpose == Purpose::Sample))
    }

    /// Where the sample's data is.
    pub(crate) fn sample_directory(&self) -> Option<String> {
        self.sample_record().ok().flatten().map(|record| record.place.directory.to_string())
    }

    /// Stops the sample's server and removes its data.
    pub(crate) async fn remove_sample_server(&self, project: &ProjectRecord) -> Result<(), Failure> {
        *self.sample.lock().await = None;
        if let Some(cluster) = self.sample_cluster(project).await? {
            cluster.remove().await?;
        }
        Ok(())
    }

    /// Stops the sample's server where this process started it; its data stays.
    pub(crate) async fn rest_sample(&self) {
        // Another process may be in the middle of something with it.
        let is_busy = self.profile.catalog.open_jobs().await.is_ok_and(|jobs| !jobs.is_empty());
        if is_busy {
            return;
        }
        if let Some(cluster) = self.sample.lock().await.take()
            && let Err(error) = cluster.stop().await
        {
            tracing::warn!(%error, "the sample's server does not stop");
        }
    }
}

fn unwritten(error: &std::io::Error) -> Failure {
    Failure::new(
        Code::SampleFailed,
        format!("the sample's files cannot be written: {error}"),
        "Check the space on the disk, and try it again.",
    )
}
