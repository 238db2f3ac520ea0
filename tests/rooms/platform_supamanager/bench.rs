//! A server with two projects of two accounts, and clients for it.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use base::secret::Secret;
use remote::platform::supamanager::{Settings, Supamanager};
use remote::platform::{CreateRequest, Pace, Platform as _, PlatformError, RemoteBackup, Ticket, Watched};
use testkit::platforms::supamanager::{Account, Project, StandInOptions, Supamanager as StandIn};
use testkit::platforms::{Fetched, Postgres, fetch};
use testkit::{Database, Server, poll};

pub(crate) const PASSWORD: &str = "correct-horse-9";
pub(crate) const OWNER: &str = "owner@shop.example";
pub(crate) const OTHER: &str = "owner@clinic.example";
pub(crate) const MEMBER: &str = "member@shop.example";

pub(crate) struct Bench {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) database: Database<'static>,
    pub(crate) server: StandIn,
}

impl Bench {
    /// `None`, loudly, on a computer without Postgres.
    pub(crate) async fn new() -> Option<Self> {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut StandInOptions)) -> Option<Self> {
        let database = Server::shared()?.database().await;
        let rows = "create table customers(id int primary key, name text); \
            insert into customers select n, 'customer ' || n from generate_series(1, 500) n";
        database.run(rows).await;
        let folder = tempfile::tempdir().unwrap();
        let project = |reference: &str| {
            let (storage, config) =
                (folder.path().join(reference).join("storage"), folder.path().join(reference).join("config"));
            std::fs::create_dir_all(storage.join("avatars")).unwrap();
            std::fs::create_dir_all(&config).unwrap();
            std::fs::write(storage.join("avatars/a.png"), vec![7; 50_000]).unwrap();
            std::fs::write(config.join(".env"), "POSTGRES_PASSWORD=x\n").unwrap();
            std::fs::write(config.join("kong.yml"), "_format_version: '1.1'\n").unwrap();
            let (postgres, name) = (Postgres::of(&database), format!("The {reference}"));
            Project { reference: reference.to_owned(), name, postgres, storage, config }
        };
        let account = |email: &str, projects: &[&str], is_owner| Account {
            email: email.to_owned(),
            password: PASSWORD.to_owned(),
            projects: projects.iter().map(|own| (*own).to_owned()).collect(),
            is_owner,
        };
        let mut options = StandInOptions::new(folder.path());
        options.projects = vec![project("shop"), project("clinic")];
        options.accounts = vec![
            account(OWNER, &["shop"], true),
            account(OTHER, &["clinic"], true),
            account(MEMBER, &["shop"], false),
        ];
        change(&mut options);
        let server = StandIn::start(options);
        Some(Self { folder, database, server })
    }

    pub(crate) fn client(&self) -> Supamanager {
        self.client_of("shop", OWNER, PASSWORD)
    }

    pub(crate) fn client_of(&self, project: &str, email: &str, password: &str) -> Supamanager {
        let settings = Settings {
            base_url: self.server.address().to_owned(),
            project_ref: project.to_owned(),
            email: email.to_owned(),
        };
        Supamanager::paced(settings, Secret::new(password), quick()).unwrap()
    }

    /// A whole backup of the shop.
    pub(crate) async fn backup(&self, client: &Supamanager, request: &CreateRequest) -> RemoteBackup {
        let ticket = client.create(request).await.unwrap();
        let Watched::Done { id: Some(id), notes } = ended(client, &ticket).await.unwrap() else {
            panic!("it failed")
        };
        assert_eq!(notes, Vec::<String>::new());
        client.show(&id).await.unwrap()
    }

    /// The bytes of a backup, by a fresh link, and unpacked into a folder.
    pub(crate) async fn unpacked(&self, client: &Supamanager, backup: &RemoteBackup) -> PathBuf {
        let archive = self.folder.path().join(format!("fetched-{}", backup.file_name.as_ref().unwrap()));
        std::fs::write(&archive, whole(client, &backup.id).await.body).unwrap();
        let folder = archive.with_extension("unpacked");
        std::fs::create_dir_all(&folder).unwrap();
        run(Command::new("tar").arg("xzf").arg(&archive).arg("-C").arg(&folder));
        folder
    }

    pub(crate) fn calls(&self, part: &str) -> usize {
        self.server.seen().iter().filter(|seen| seen.call.contains(part)).count()
    }
}

pub(crate) fn quick() -> Pace {
    Pace { answer: Duration::from_secs(20), first_wait: Duration::from_millis(5) }
}

pub(crate) fn of_kind(kind: &str) -> CreateRequest {
    CreateRequest { kind: Some(kind.to_owned()), compress: true, ..CreateRequest::default() }
}

/// Looks until nothing goes on any more.
pub(crate) async fn ended(client: &Supamanager, ticket: &Ticket) -> Result<Watched, PlatformError> {
    poll::until("an end of what goes on there", async || match client.watch(ticket).await {
        Ok(Watched::Running { .. }) => None,
        end => Some(end),
    })
    .await
}

/// All bytes of a backup.
pub(crate) async fn whole(client: &Supamanager, id: &str) -> Fetched {
    let file = client.download(id).await.unwrap().remove(0);
    let link = file.links.link().await.unwrap();
    let fetched = fetch(link.url.expose(), &[]).await;
    assert!(fetched.status == 200 && fetched.is_whole, "{}", fetched.head);
    assert_eq!((link.bytes, file.bytes), (Some(fetched.body.len() as u64), link.bytes));
    fetched
}

pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
