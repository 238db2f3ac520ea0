//! The configuration that a project's platform gives, in the same run and the same snapshot as the dump: one restore
//! point of both.
//!
//! It is asked for while the dump runs, so that it is of about the same moment and holds nothing up. A platform that
//! refuses is no reason to make no backup: what is missing is named in it.

use std::sync::Arc;
use std::time::Duration;

use vault::{SnapshotId, Vault};

use crate::archive::snapshot::OpenSnapshot;
use crate::archive::{Documents, Manifest, Tree};
use crate::engine::Engine;
use crate::intake::{GivenDocuments, store_documents};
use base::failure::Failure;
use base::words::counted;
use ledger::catalog::ProjectRecord;
use ledger::job::JobContext;
use remote::platform::Platform;

/// A dozen documents and the code of functions; a platform that takes longer is not waited for.
const ASK_LIMIT: Duration = Duration::from_mins(5);

/// The platform that is asked, or why it cannot be.
pub(super) type Source = Option<Result<Arc<dyn Platform>, Failure>>;

/// What the platform gave.
#[derive(Debug, Default)]
pub(super) struct Read {
    given: Option<GivenDocuments>,
    warnings: Vec<String>,
}

/// What of it is in the snapshot.
#[derive(Debug, Default)]
pub(super) struct Kept {
    tree: Option<Tree>,
    documents: Option<Box<Documents>>,
    warnings: Vec<String>,
}

impl Engine {
    /// Who gives the configuration of a project whose database is backed up; nobody for most.
    pub(super) async fn configuration_source(&self, project: &ProjectRecord) -> Source {
        let settings = project.platform.as_ref().filter(|settings| settings.kind.gives_configuration());
        match settings {
            Some(_) => Some(self.platform_of(project).await),
            None => None,
        }
    }
}

/// Asks for it. A cancelled run gets nothing: its dump says that it was cancelled, once it is cleaned up.
pub(super) async fn read(context: &JobContext, project: &ProjectRecord, source: Source) -> Read {
    let Some(source) = source else { return Read::default() };
    let asked = async {
        let platform = source.map_err(|failure| failure.message)?;
        let asked = tokio::time::timeout(ASK_LIMIT, platform.configuration()).await;
        let configuration = asked.map_err(|_| format!("it took more than {} s", ASK_LIMIT.as_secs()))?;
        Ok::<_, String>((platform.kind().name(), configuration.map_err(|error| error.to_string())?))
    };
    let Ok(answer) = context.unless_cancelled(asked).await else { return Read::default() };
    match answer {
        Ok((_, configuration)) if configuration.files.is_empty() => {
            let why = configuration.missing.into_iter().next();
            Read::nothing(&why.unwrap_or_else(|| "the platform gave no document".into()))
        }
        Ok((given_by, configuration)) => {
            let documents = counted(configuration.files.len() as u64, "document");
            context.info("dump", format!("{documents} of the configuration came from {given_by}"));
            let (given, warnings) = GivenDocuments::configuration(given_by, project, configuration);
            Read { given: Some(given), warnings }
        }
        Err(why) => Read::nothing(&why),
    }
}

impl Read {
    fn nothing(why: &str) -> Self {
        let why = why.trim_end_matches('.');
        Self { given: None, warnings: vec![format!("The configuration is not in this backup: {why}.")] }
    }

    /// Hands it to the snapshot of the dump, compared with that of the backup before.
    pub(super) async fn store(
        self,
        context: &JobContext,
        vault: &Vault,
        writer: OpenSnapshot,
        before: Option<&(SnapshotId, Manifest)>,
    ) -> Result<(OpenSnapshot, Kept), Failure> {
        let Self { given, warnings } = self;
        let Some(given) = given else {
            return Ok((writer, Kept { warnings, ..Kept::default() }));
        };
        let before = before.and_then(|(id, manifest)| Some((*id, manifest.documents.as_deref()?.clone())));
        let (writer, tree, documents) = store_documents(context, vault, writer, given, before).await?;
        for change in documents.change_words() {
            context.info("dump", change);
        }
        Ok((writer, Kept { tree: Some(tree), documents: Some(Box::new(documents)), warnings }))
    }
}

impl Kept {
    /// Writes it into the manifest.
    pub(super) fn note(self, manifest: &mut Manifest) {
        let Self { tree, documents, warnings } = self;
        manifest.trees.extend(tree);
        manifest.documents = documents;
        manifest.warnings.extend(warnings);
    }
}
