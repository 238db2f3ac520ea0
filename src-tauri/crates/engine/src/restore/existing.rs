//! An existing database: its identity, its connections, its dependents. Reads only.

use serde::{Deserialize, Serialize};

use super::structure::{self, OURS};
use base::Code;
use base::failure::Failure;
use postgres::connection::Session;
use postgres::target::Target;

/// Databases that a session may use while another one changes its name.
const MAINTENANCE: [&str; 2] = ["postgres", "template1"];

/// Identity and state of the current database, in one row.
const LOOK: &str = "select d.oid, coalesce(pg_catalog.pg_database_size(d.oid), 0)::int8, \
    pg_catalog.pg_get_userbyid(d.datdba)::text, \
    pg_catalog.pg_has_role(current_user, d.datdba, 'member'), \
    (select count(*) from pg_catalog.pg_replication_slots s where s.database = d.datname)::int8, \
    (select count(*) from pg_catalog.pg_prepared_xacts p where p.database = d.datname)::int8, \
    current_setting('max_locks_per_transaction')::int8 * \
      (current_setting('max_connections')::int8 + current_setting('max_prepared_transactions')::int8), \
    (select count(*) from pg_catalog.pg_subscription s where s.subdbid = d.oid)::int8, \
    (select count(*) from pg_catalog.pg_largeobject_metadata)::int8, \
    (select count(*) from pg_catalog.pg_default_acl)::int8, \
    (select count(*) from (select oid, pronamespace as place, 'pg_catalog.pg_proc'::regclass as of from pg_catalog.pg_proc \
       union all select oid, typnamespace, 'pg_catalog.pg_type'::regclass from pg_catalog.pg_type where typtype in ('d', 'e')) one \
       join pg_catalog.pg_namespace n on n.oid = one.place where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' \
       and not exists (select from pg_catalog.pg_depend e where e.objid = one.oid and e.classid = one.of and e.deptype = 'e'))::int8 \
    from pg_catalog.pg_database d where d.datname = current_database()";
const CONNECTED: &str = "select coalesce(usename, '')::text, coalesce(application_name, ''), \
    coalesce(pg_catalog.host(client_addr), 'local'), coalesce(state, ''), \
    coalesce((extract(epoch from now() - state_change) * 1000)::int8, 0) \
    from pg_catalog.pg_stat_activity where datname = current_database() and pid <> pg_catalog.pg_backend_pid() \
    and backend_type = 'client backend' order by 1, 2, 3 limit 200";
/// Who and what a database is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Server, as a person reads it.
    pub server: String,
    /// Identity of the cluster, where it may be read.
    pub system_identifier: Option<String>,
    /// The database.
    pub database: String,
    /// Its number on that server; it stays when the name changes.
    pub oid: u32,
    /// Its owner.
    pub owner: String,
    /// Its size on the server's disk.
    pub size_bytes: u64,
    /// Tables in it.
    pub table_count: u64,
    /// Who is connected to it.
    pub connections: Vec<Connected>,
}

/// A session of somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {
    /// Role.
    pub user: String,
    /// What it calls itself.
    pub application: String,
    /// Address, or `local`.
    pub from: String,
    /// `active`, `idle`, `idle in transaction`.
    pub state: String,
    /// For so long.
    pub since_ms: i64,
}

/// A table or view that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Relation {
    pub(super) schema: String,
    pub(super) name: String,
    /// `r` table, `p` partitioned, `v` view, `m` materialised view, `f` foreign table, `S` sequence.
    pub(super) kind: char,
    /// The planner's estimate of its rows.
    pub(super) estimate: Option<u64>,
    pub(super) bytes: u64,
}

impl Relation {
    pub(super) fn has_rows(&self) -> bool {
        matches!(self.kind, 'r' | 'm')
    }
}

/// What was seen of a database.
pub(super) struct Existing {
    pub(super) identity: Identity,
    /// Changes with every change of structure, and with nothing else.
    pub(super) digest: String,
    pub(super) relations: Vec<Relation>,
    pub(super) is_owner: bool,
    pub(super) slots: i64,
    pub(super) prepared: i64,
    pub(super) subscriptions: i64,
    pub(super) large_objects: i64,
    pub(super) default_privileges: i64,
    /// Functions and types of people.
    routines_and_types: i64,
    /// Locks that one transaction can hold at least.
    pub(super) locks_max: i64,
    pub(super) roles: Vec<String>,
    /// Roles that the connected one may act for.
    pub(super) member_of: Vec<String>,
    pub(super) installed: Vec<String>,
    pub(super) schemas: Vec<String>,
}

impl Existing {
    /// Looks at the database of `target`.
    pub(super) async fn look(
        target: &Target,
        server: String,
        system: Option<String>,
    ) -> Result<Self, Failure> {
        let session = target.session().await?;
        let looked = Self::read(&session, &target.settings.database, server, system).await;
        session.close().await;
        looked
    }

    async fn read(
        session: &Session,
        database: &str,
        server: String,
        system_identifier: Option<String>,
    ) -> Result<Self, Failure> {
        let client = &session.client;
        let row = client.query_one(LOOK, &[]).await.map_err(postgres::refused)?;
        let connections = client.query(CONNECTED, &[]).await.map_err(postgres::refused)?;
        let connections = connections.iter().map(|row| Connected {
            user: row.get(0),
            application: row.get(1),
            from: row.get(2),
            state: row.get(3),
            since_ms: row.get(4),
        });
        let relations = relations(session).await?;
        let names = async |sql: &str| -> Result<Vec<String>, Failure> {
            Ok(client
                .query(sql, &[])
                .await
                .map_err(postgres::refused)?
                .iter()
                .map(|row| row.get(0))
                .collect())
        };
        Ok(Self {
            digest: structure::digest(session).await.map_err(postgres::refused)?,
            is_owner: row.get(3),
            slots: row.get(4),
            prepared: row.get(5),
            locks_max: row.get(6),
            subscriptions: row.get(7),
            large_objects: row.get(8),
            default_privileges: row.get(9),
            routines_and_types: row.get(10),
            roles: names("select rolname::text from pg_catalog.pg_roles").await?,
            member_of: names(
                "select rolname::text from pg_catalog.pg_roles r where pg_catalog.pg_has_role(current_user, r.oid, 'member')",
            )
            .await?,
            installed: names("select extname::text from pg_catalog.pg_extension").await?,
            schemas: names("select nspname::text from pg_catalog.pg_namespace").await?,
            identity: Identity {
                server,
                system_identifier,
                database: database.to_owned(),
                oid: row.get(0),
                owner: row.get(2),
                size_bytes: u64::try_from(row.get::<_, i64>(1)).unwrap_or(0),
                table_count: relations.iter().filter(|one| matches!(one.kind, 'r' | 'p')).count() as u64,
                connections: connections.collect(),
            },
            relations,
        })
    }

    /// A plan holds as long as this does not change.
    pub(super) fn fingerprint(&self) -> String {
        let identity = self.identity.system_identifier.as_deref().unwrap_or("unknown");
        format!(
            "system {identity}, database {} ({}), structure {}",
            self.identity.database, self.identity.oid, self.digest
        )
    }

    /// Whether anything would be lost with it.
    pub(super) fn is_empty(&self) -> bool {
        self.relations.is_empty() && self.large_objects == 0 && self.routines_and_types == 0
    }
}

async fn relations(session: &Session) -> Result<Vec<Relation>, Failure> {
    let sql = format!(
        "select n.nspname::text, c.relname::text, c.relkind::text, c.reltuples::int8, c.relpages, \
         case when c.relkind in ('r', 'm', 'p') then coalesce(pg_catalog.pg_total_relation_size(c.oid), 0) else 0 end::int8 \
         from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
         where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relpersistence <> 't' and (({OURS}) or c.oid in ( \
           select k.id from pg_catalog.pg_extension e, pg_catalog.unnest(e.extconfig) k(id))) order by 1, 2"
    );
    let found = session.client.query(&sql, &[]).await.map_err(postgres::refused)?;
    Ok(found
        .iter()
        .map(|row| {
            let (estimate, pages): (i64, i32) = (row.get(3), row.get(4));
            let is_known = estimate > 0 || (estimate == 0 && pages > 0);
            Relation {
                schema: row.get(0),
                name: row.get(1),
                kind: row.get::<_, String>(2).chars().next().unwrap_or('r'),
                estimate: is_known.then(|| u64::try_from(estimate).unwrap_or(0)),
                bytes: u64::try_from(row.get::<_, i64>(5)).unwrap_or(0),
            }
        })
        .collect())
}

/// A target on the same server, connected to another database, so that `target`'s database can be renamed.
pub(super) async fn maintenance(target: &Target) -> Result<Target, Failure> {
    let mut why = None;
    for name in MAINTENANCE.into_iter().filter(|name| *name != target.settings.database) {
        let other = target.with_database(name);
        match other.session().await {
            Ok(session) => {
                session.close().await;
                return Ok(other);
            }
            Err(error) => why = Some(Failure::from(error)),
        }
    }
    Err(why.unwrap_or_else(|| {
        Failure::new(
            Code::NoMaintenanceDatabase,
            "there is no other database to connect to while this one changes its name",
            "Restore in place, or into a new database.",
        )
    }))
}
