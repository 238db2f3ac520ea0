//! `holdfast project test`: a connection, rung by rung.

use std::collections::BTreeMap;

use clap::Args;
use contract::api;
use contract::connection::{LadderView, RungView, TestConnection};
use contract::platform::TestPlatform;
use contract::project::ProjectRef;

use super::docker::DockerSource;
use super::ssh::SshSource;
use crate::connection;
use crate::console::Console;
use crate::error::Ended;
use crate::secrets::PasswordSource;
use crate::status::Status;

/// A connection to be tested.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Id or name of the project; absent with --postgres.
    #[arg(required_unless_present = "postgres")]
    pub(crate) project: Option<String>,
    /// Another connection: a URL without a password in it.
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    #[command(flatten)]
    ssh: SshSource,
    #[command(flatten)]
    docker: DockerSource,
    #[command(flatten)]
    password: PasswordSource,
}

impl Test {
    pub(super) async fn run(self, console: &Console<'_>) -> Ended {
        let Self { project, postgres, ssh, docker, password } = self;
        let mut there = None;
        let mut by_another_way = None;
        if let (Some(name), None) = (&project, &postgres) {
            let view = api::project_show(&console.engine, ProjectRef { project: name.clone() }).await?;
            if view.platform.is_some() {
                let request =
                    TestPlatform { platform: None, credentials: BTreeMap::new(), project: project.clone() };
                let tested = api::platform_test(&console.engine, request).await?;
                if view.connection.is_none() {
                    console.output.answer(&tested, || connection::ladder(&tested));
                    return Ok(if tested.passed { Status::Done } else { Status::Failed });
                }
                there = Some(tested);
            }
            by_another_way = view.connection.filter(|_| ssh.is_given() || docker.is_given());
        }
        if let Some(connection) = &mut by_another_way {
            ssh.apply(connection)?;
            docker.apply(connection);
        }
        let (connection, question) = match &postgres {
            Some(text) => {
                let mut connection = connection::read(text)?;
                ssh.apply(&mut connection)?;
                docker.apply(&mut connection);
                let question =
                    format!("Password of {} at {} (empty for none):", connection.user, connection.host);
                (Some(connection), project.is_none().then_some(question))
            }
            None => (by_another_way, None),
        };
        let of_new = connection.as_ref().filter(|_| project.is_none()).and_then(|new| new.ssh.as_ref());
        let ssh_secret = ssh.secret(of_new).await?;
        let password = password.read(question.as_deref()).await?;
        let request = TestConnection { connection, password, ssh_secret, project };
        let output = console.output;
        // On a terminal a person sees where it stands; the answer has all rungs.
        let mut view: LadderView =
            api::connection_test(&console.engine, request, |rung| output.line(&format!("{} …", rung.title)))
                .await?;
        if let Some(there) = there {
            // A project that has both works where both do.
            let named = |rung: RungView| RungView { title: format!("There: {}", rung.title), ..rung };
            view.rungs.extend(there.rungs.into_iter().map(named));
            view.passed &= there.passed;
        }
        console.output.answer(&view, || connection::ladder(&view));
        Ok(if view.passed { Status::Done } else { Status::Failed })
    }
}
