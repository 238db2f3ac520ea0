//! `--docker`: the container that a database is reached from inside of.

use base::Code;
use clap::Args;
use contract::connection::ConnectionView;
use contract::error::UserError;

use crate::error::failure;

/// A container.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct DockerSource {
    /// Reach it from inside this container, by `docker exec` (or Podman): on the SSH server, or on this computer. The
    /// URL's host and port are as they are seen from there.
    #[arg(long, value_name = "CONTAINER")]
    docker: Option<ssh::Container>,
}

impl DockerSource {
    /// Whether anything is said about it.
    pub(crate) fn is_given(&self) -> bool {
        self.docker.is_some()
    }

    /// Puts what was given into a connection; what was not given stays as it is there.
    pub(crate) fn apply(&self, connection: &mut ConnectionView) {
        if let Some(container) = &self.docker {
            connection.container = Some(container.to_string());
        }
    }

    /// Refuses a new address of what is reached from inside a container, where nothing is said about that: without it the
    /// same name would be another server.
    ///
    /// # Errors
    /// `invalid_request`.
    pub(crate) fn refuse_silence(
        &self,
        project: &str,
        known: Option<&ConnectionView>,
    ) -> Result<(), UserError> {
        let Some(container) = known.and_then(|known| known.container.as_ref()).filter(|_| !self.is_given())
        else {
            return Ok(());
        };
        Err(failure(
            Code::InvalidRequest,
            format!("{project} is reached from inside the container {container}"),
            format!("Add --docker {container}, or --no-docker to reach the new address without it."),
        ))
    }

    /// Refuses a container without a database in it.
    ///
    /// # Errors
    /// `invalid_request`.
    pub(crate) fn refuse_alone(&self) -> Result<(), UserError> {
        if !self.is_given() {
            return Ok(());
        }
        Err(failure(
            Code::InvalidRequest,
            "a container was named, and no database in it",
            "Name the database as it is seen from there: --postgres postgresql://USER@localhost/DATABASE.",
        ))
    }
}
