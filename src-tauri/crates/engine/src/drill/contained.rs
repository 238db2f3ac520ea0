//! A drill in a container: on a server of an image that a person named, which has the extensions that are missing here.

use super::plan::{AskedImage, DrillPlan, short_version};
use crate::engine::Engine;
use crate::proof::Brought;
use crate::scratch::{Contained, Contents, create_database};
use base::Code;
use base::disk;
use base::failure::Failure;
use base::words::bytes_words;
use ledger::job::JobContext;
use postgres::container::{Image, Runtime};

/// The database in the container: the original's name may be that of one that every server has.
const DATABASE: &str = "holdfast_drill";

/// The image of a planned drill.
#[derive(Debug, Clone)]
pub(super) struct PlannedImage {
    runtime: Runtime,
    name: String,
    /// What it says of itself; absent where it is fetched first.
    known: Option<Image>,
}

impl Engine {
    /// Looks whether the image is here. Nothing is fetched and nothing is started.
    pub(super) async fn plan_in_container(
        &self,
        plan: &mut DrillPlan,
        asked: &AskedImage,
    ) -> Result<(), Failure> {
        let runtime = Runtime::find()?;
        let name = Image::named(&asked.name)?.name;
        let (of_runtime, of_name) = (runtime.clone(), name.clone());
        let known = crate::archive::opened::blocking(move || of_runtime.inspect(&of_name)).await;
        let known = match known {
            Ok(image) => Some(image),
            Err(failure) if failure.code == Code::ImageMissing => None,
            Err(failure) => return Err(failure),
        };
        plan.place = format!("a container of {name}, by {} on this computer", runtime.title());
        match &known {
            Some(image) => {
                let from_major = plan.manifest.server_major()?;
                if let Some(major) = image.major {
                    plan.server = major.to_string();
                    if major < from_major {
                        plan.obstacles.push(older(&name, major, from_major));
                    }
                }
            }
            None if asked.pull => {
                plan.warnings.push(format!("The image {name} is not on this computer: it is fetched from its registry first."));
            }
            None => plan.obstacles.push(format!(
                "The image {name} is not on this computer, and nothing is fetched unasked. Add --pull, or fetch it with: {} pull {name}",
                runtime.title().to_lowercase()
            )),
        }
        if plan.server.is_empty() {
            "not known yet".clone_into(&mut plan.server);
        }
        plan.need_extensions(None);
        plan.warnings.push(if cfg!(target_os = "linux") {
            "The container reaches no network. Its image runs with what your container engine gives it.".to_owned()
        } else {
            "The container is not kept from the network here. Its image runs with what your container engine gives it.".to_owned()
        });
        plan.free_bytes = disk::free_bytes(&self.profile.home).ok();
        if let Some(free) = plan.free_bytes.filter(|free| *free < plan.needed_bytes) {
            let (needed, free) = (bytes_words(plan.needed_bytes), bytes_words(free));
            // Where the engine keeps its containers it alone knows.
            plan.warnings.push(format!("It needs about {needed} where your container engine keeps its containers; where this profile is, {free} are free."));
        }
        plan.image = Some(PlannedImage { runtime, name, known });
        Ok(())
    }

    /// Makes the container, brings the backup back in it, looks, and removes it.
    pub(super) async fn bring_back_in_container(
        &self,
        context: &JobContext,
        plan: &mut DrillPlan,
        image: PlannedImage,
        measured: impl FnOnce(),
    ) -> Result<Brought, Failure> {
        let runtime = image.runtime.until(context.token());
        let known = if let Some(known) = image.known {
            known
        } else {
            context.info("server", format!("fetching {}", image.name));
            let (of_runtime, name) = (runtime.clone(), image.name.clone());
            let fetched = crate::archive::opened::blocking(move || {
                of_runtime.pull(&name)?;
                of_runtime.inspect(&name)
            });
            context.alive(fetched).await?
        };
        let contents = Contents {
            backup_id: &plan.backup_id,
            project: &plan.project,
            database: DATABASE,
            manifest: &plan.manifest,
        };
        let contained = Contained::begin(self, context, &contents, runtime, known).await?;
        let brought = self.fill_contained(context, plan, &contained).await;
        measured();
        context.phase("clean");
        let name = contained.name().to_owned();
        if let Err(failure) = contained.discard().await {
            let why = failure.message;
            context.warn(
                "clean",
                format!("the container {name} is still there: {why}; the next start of Holdfast removes it"),
            );
        }
        brought
    }

    async fn fill_contained(
        &self,
        context: &JobContext,
        plan: &mut DrillPlan,
        contained: &Contained,
    ) -> Result<Brought, Failure> {
        let server = contained.target(context.id());
        let found = contained.look(context.id()).await?;
        plan.server = short_version(&found.version);
        let from_major = plan.manifest.server_major()?;
        if found.major < from_major {
            return Err(Failure::new(
                Code::ContainerFailed,
                older(&plan.place, found.major, from_major),
                "Name an image of the same major version, or of a newer one.",
            ));
        }
        if !plan.has_stand_ins()
            && let Some(lacking) = plan.lacks(&found.extensions)
        {
            let words = lacking.trim_end_matches('.').to_owned();
            return Err(Failure::new(Code::ExtensionMissing, words, "Name an image that has it."));
        }
        create_database(&server, DATABASE, &plan.manifest).await?;
        self.fill(context, plan, &server.with_database(DATABASE), contained.guest()).await
    }
}

fn older(place: &str, major: u16, from_major: u16) -> String {
    format!(
        "The server of {place} is Postgres {major}, the backup comes from {from_major}. An older server does not understand what a newer one dumped."
    )
}
