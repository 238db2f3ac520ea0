//! A server with two organisations in one database, and clients for it.

use std::time::Duration;

use base::secret::Secret;
use remote::platform::opttius::{CronHeader, Opttius, Secrets, Settings, SignIn};
use remote::platform::{CreateRequest, Pace, Platform as _, PlatformError, RemoteBackup, Ticket, Watched};
use testkit::platforms::opttius::{Opttius as StandIn, Role, StandInOptions, Table, User};
use testkit::platforms::{Postgres, fetch};
use testkit::{Database, Server};

pub(crate) const PASSWORD: &str = "correct-horse-9";
pub(crate) const ROOT: &str = "root@lentes.example";
pub(crate) const ADMIN: &str = "admin@lentes.example";
pub(crate) const EMPLOYEE: &str = "empleado@lentes.example";
pub(crate) const OTHER: &str = "admin@vista.example";
const TABLES: &str = "create table organizations(id text primary key, name text); \
    create table customers(id int primary key, organization_id text references organizations, name text); \
    create table orders(id int primary key, customer_id int references customers, total numeric); \
    create table notes(id int primary key, order_id int references orders, body text); \
    insert into organizations values ('lentes', 'Lentes'), ('vista', 'Vista'); \
    insert into customers select n, 'lentes', 'cliente ' || n from generate_series(1, 300) n; \
    insert into customers select n, 'vista', 'otro ' || n from generate_series(1001, 1010) n; \
    insert into orders select n, n, n * 1.5 from generate_series(1, 300) n; \
    insert into orders select n, n, 1 from generate_series(1001, 1010) n;";

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
        database.run(TABLES).await;
        let folder = tempfile::tempdir().unwrap();
        let mut options = StandInOptions::new(folder.path(), Postgres::of(&database));
        let table = |name: &str, column: &str, anchor: Option<&str>| Table {
            name: name.to_owned(),
            column: column.to_owned(),
            anchor: anchor.map(str::to_owned),
        };
        options.tables = vec![
            table("organizations", "id", None),
            table("customers", "organization_id", None),
            table("orders", "customer_id", Some("customers")),
            table("notes", "order_id", Some("orders")),
        ];
        let user = |email: &str, organisation: &str, role| User {
            email: email.to_owned(),
            password: PASSWORD.to_owned(),
            organisation: organisation.to_owned(),
            role,
        };
        options.users = vec![
            user(ROOT, "lentes", Role::Root),
            user(ADMIN, "lentes", Role::Admin),
            user(EMPLOYEE, "lentes", Role::Employee),
            user(OTHER, "vista", Role::Admin),
        ];
        options.organisations = vec!["lentes".to_owned(), "vista".to_owned()];
        change(&mut options);
        let server = StandIn::start(options);
        Some(Self { folder, database, server })
    }

    pub(crate) fn client(&self) -> Opttius {
        self.client_of(ROOT, "lentes")
    }

    pub(crate) fn client_of(&self, email: &str, organisation: &str) -> Opttius {
        let sign_in = SignIn::Cookie {
            auth_url: self.server.address().to_owned(),
            email: email.to_owned(),
            reference: None,
        };
        self.client_by(sign_in, organisation, secrets())
    }

    pub(crate) fn client_by(&self, sign_in: SignIn, organisation: &str, secrets: Secrets) -> Opttius {
        let settings = Settings {
            base_url: self.server.address().to_owned(),
            organisation: organisation.to_owned(),
            sign_in,
            cron_header: CronHeader::Authorization,
        };
        Opttius::paced(settings, secrets, quick()).unwrap()
    }

    /// Made, and looked up.
    pub(crate) async fn backup(&self, client: &Opttius, kind: &str) -> RemoteBackup {
        let ticket = client.create(&of_kind(kind)).await.unwrap();
        let Watched::Done { id: Some(id), .. } = client.watch(&ticket).await.unwrap() else {
            panic!("it failed")
        };
        client.show(&id).await.unwrap()
    }

    pub(crate) fn calls(&self, part: &str) -> usize {
        self.server.seen().iter().filter(|seen| seen.call.contains(part)).count()
    }
}

pub(crate) fn secrets() -> Secrets {
    Secrets {
        password: Some(Secret::new(PASSWORD)),
        api_key: Some(Secret::new("anon-key")),
        token: None,
        cron: Some(Secret::new("cron-secret")),
    }
}

pub(crate) fn quick() -> Pace {
    Pace { answer: Duration::from_secs(20), first_wait: Duration::from_millis(5) }
}

pub(crate) fn of_kind(kind: &str) -> CreateRequest {
    CreateRequest { kind: Some(kind.to_owned()), ..CreateRequest::default() }
}

/// What a client says of something that it made under a misbehaviour.
pub(crate) async fn claimed(client: &Opttius, kind: &str) -> PlatformError {
    let ticket: Ticket = client.create(&of_kind(kind)).await.unwrap();
    client.watch(&ticket).await.unwrap_err()
}

/// All bytes of a backup.
pub(crate) async fn whole(client: &Opttius, id: &str) -> Vec<u8> {
    let file = client.download(id).await.unwrap().remove(0);
    let link = file.links.link().await.unwrap();
    let fetched = fetch(link.url.expose(), &[]).await;
    assert!(fetched.status == 200 && fetched.is_whole, "{}", fetched.head);
    assert_eq!(file.bytes, Some(fetched.body.len() as u64));
    fetched.body
}
