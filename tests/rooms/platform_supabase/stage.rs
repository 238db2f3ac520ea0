//! A project on a stand-in of the cloud, with a real database behind it, and a client.

use std::time::Duration;

use base::secret::Secret;
use remote::platform::supabase::{Supabase, SupabaseSettings};
use remote::platform::{Platform as _, PlatformError, Ticket, Watched};
use testkit::platforms::{Place, supabase};
use testkit::{Database, Server, poll};

pub(crate) const REFERENCE: &str = "abcdefghijklmnopqrst";
pub(crate) const TOKEN: &str = "sbp_0123456789abcdef0123456789abcdef01234567";

pub(crate) struct Stage {
    pub(crate) database: Database<'static>,
    pub(crate) cloud: supabase::Supabase,
    pub(crate) client: Supabase,
}

pub(crate) async fn stage() -> Option<Stage> {
    stage_with(true).await
}

/// `None`, loudly, without Postgres.
pub(crate) async fn stage_with(pitr: bool) -> Option<Stage> {
    let database = Server::shared()?.database().await;
    database.run("create table orders (id int); insert into orders select generate_series(1, 100)").await;
    let cloud = supabase::start(supabase::Options {
        place: Place::from(&database),
        reference: REFERENCE.into(),
        token: TOKEN.into(),
        step_time: Duration::from_millis(150),
        pitr,
    })
    .await;
    let client = Supabase::new(settings(cloud.address())).unwrap();
    Some(Stage { database, cloud, client })
}

pub(crate) fn settings(base: &str) -> SupabaseSettings {
    SupabaseSettings {
        base: base.to_owned(),
        begins_within: Duration::from_secs(2),
        ..SupabaseSettings::cloud(REFERENCE, Secret::new(TOKEN))
    }
}

impl Stage {
    /// Looks until it ends in whatever way; what was said meanwhile, and how it ended.
    pub(crate) async fn end(&self, ticket: &Ticket) -> (Vec<String>, Result<Watched, PlatformError>) {
        let mut said = Vec::new();
        let ended = poll::until("the restore ends", async || match self.client.watch(ticket).await {
            Ok(Watched::Running { words, .. }) => {
                said.push(words);
                None
            }
            ended => Some(ended),
        })
        .await;
        said.dedup();
        (said, ended)
    }

    pub(crate) async fn orders(&self) -> String {
        self.database.value("select count(*) from orders").await
    }

    /// Neither an error, nor what it becomes, nor the client holds the token.
    pub(crate) fn holds_no_token(&self, error: &PlatformError) {
        let all = format!("{error} {error:?} {:?} {:?}", engine::Failure::from(error.clone()), self.client);
        assert!(!all.contains(TOKEN), "the token prints: {all}");
    }
}
