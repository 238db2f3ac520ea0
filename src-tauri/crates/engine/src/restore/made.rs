//! Tables created beside others by a restore: identified by OID, and dropped without objects that others
//! built on them since.

use super::confirm::stale;
use super::plan::RestorePlan;
use super::record::Traces;
use super::tables::beside;
use super::transaction::Work;
use base::failure::Failure;
use base::words::first_of;
use postgres::connection::Session;
use postgres::target::{Target, quote_identifier, quote_literal};

/// Somebody may read them; they are not waited for without an end.
const LOCK_WAIT_SECONDS: u32 = 30;
/// Limit of listed names; the total is reported.
const NAMED_MAX: usize = 20;
const SCHEMA: &str = "select oid from pg_catalog.pg_namespace where nspname = $1";
const TABLES: &str = "select c.oid, c.relname::text from pg_catalog.pg_class c \
    where c.relnamespace = $1 and c.relkind in ('r', 'p') and c.oid = any($2) order by 2";
/// As a restore noted them that did not note their numbers.
const TABLES_BY_NAME: &str = "select c.oid from pg_catalog.pg_class c \
    where c.relnamespace = $1 and c.relkind in ('r', 'p') and c.relname::text = any($2)";
/// What is in the schema, or depends on what the restore made in it, and is neither made by it nor a part of that.
const OTHERS: &str = "with ours as (select c.oid, c.reltype from pg_catalog.pg_class c where c.relnamespace = $1 and c.oid = any($2)), \
    parts(classid, objid) as ( \
      select 'pg_catalog.pg_class'::regclass::oid, oid from ours \
      union all select 'pg_catalog.pg_type'::regclass::oid, t.oid from pg_catalog.pg_type t, ours o \
        where t.oid = o.reltype or t.typelem = o.reltype \
      union all select 'pg_catalog.pg_constraint'::regclass::oid, k.oid from pg_catalog.pg_constraint k join ours o on o.oid = k.conrelid \
      union all select 'pg_catalog.pg_class'::regclass::oid, i.indexrelid from pg_catalog.pg_index i join ours o on o.oid = i.indrelid), \
    found(classid, objid) as ( \
      select d.classid, d.objid from pg_catalog.pg_depend d \
        where d.refclassid = 'pg_catalog.pg_namespace'::regclass and d.refobjid = $1 \
      union select d.classid, d.objid from pg_catalog.pg_depend d \
        join parts p on p.classid = d.refclassid and p.objid = d.refobjid where d.deptype = 'n') \
    select distinct pg_catalog.pg_describe_object(f.classid, f.objid, 0) from found f \
      where not exists (select from parts p where p.classid = f.classid and p.objid = f.objid) \
      and not exists (select from pg_catalog.pg_depend o join parts p on p.classid = o.refclassid and p.objid = o.refobjid \
        where o.classid = f.classid and o.objid = f.objid and o.deptype in ('a', 'i', 'P', 'S')) order by 1";

/// A schema and the tables that were made in it.
pub(super) struct Made {
    pub(super) schema: u32,
    pub(super) tables: Vec<u32>,
}

impl Made {
    /// What the transaction made, before it is committed.
    pub(super) async fn of(work: &Work<'_>, plan: &RestorePlan) -> Result<Self, Failure> {
        let asked = format!(
            "select n.oid, array(select c.oid from pg_catalog.pg_class c where c.relnamespace = n.oid and c.relkind in ('r', 'p')) \
             from pg_catalog.pg_namespace n where n.nspname = {}",
            quote_literal(beside(plan))
        );
        let rows = work.query(&asked).await?;
        let row = rows.first().ok_or_else(|| stale(&format!("{} is not there", beside(plan))))?;
        Ok(Self { schema: row.get(0), tables: row.get(1) })
    }

    /// What is left of it in the schema of this number: tables that were moved elsewhere stay.
    pub(super) async fn left(
        session: &Session,
        schema: u32,
        traces: &Traces,
        plan: &RestorePlan,
    ) -> Result<Self, tokio_postgres::Error> {
        let tables = if traces.schema_oid.is_some() {
            traces.schema_tables.clone()
        } else {
            let names: Vec<&str> = plan.tables.iter().map(|table| table.name.as_str()).collect();
            let rows = session.client.query(TABLES_BY_NAME, &[&schema, &names]).await?;
            rows.iter().map(|row| row.get(0)).collect()
        };
        Ok(Self { schema, tables })
    }

    /// What others built upon it since, or put beside it; as a sentence, where there is anything.
    pub(super) async fn others(
        &self,
        session: &Session,
        name: &str,
    ) -> Result<Option<String>, tokio_postgres::Error> {
        let rows = session.client.query(OTHERS, &[&self.schema, &self.tables]).await?;
        let named: Vec<String> = rows
            .iter()
            .map(|row| {
                let what: String = row.get(0);
                what.strip_prefix("rule _RETURN on ").map_or_else(|| what.clone(), str::to_owned)
            })
            .collect();
        Ok((!named.is_empty()).then(|| {
            format!(
                "{name} is not dropped, since others built upon it: {}. Drop these first, or keep it.",
                first_of(&named, NAMED_MAX, ", ")
            )
        }))
    }

    /// Drops it in one transaction, and nothing that is not its own: where anything else would have to go, all stays.
    pub(super) async fn drop_alone(&self, target: &Target, name: &str) -> Result<(), Failure> {
        let session = target.session().await?;
        // Where it fails, the session ends, and with it the transaction.
        let dropped = self.drop_within(&session, name).await;
        session.close().await;
        dropped
    }

    async fn drop_within(&self, session: &Session, name: &str) -> Result<(), Failure> {
        let client = &session.client;
        client
            .batch_execute(&format!("BEGIN; SET LOCAL lock_timeout = '{LOCK_WAIT_SECONDS}s'"))
            .await
            .map_err(postgres::refused)?;
        let is_it = client
            .query_opt(SCHEMA, &[&name])
            .await
            .map_err(postgres::refused)?
            .map(|row| row.get::<_, u32>(0));
        if is_it != Some(self.schema) {
            return Err(stale(&format!("{name} is not the schema that was shown; nothing was dropped")));
        }
        let tables = self.named(session).await.map_err(postgres::refused)?;
        if !tables.is_empty() {
            let quoted: Vec<String> = tables
                .iter()
                .map(|(_, table)| format!("{}.{}", quote_identifier(name), quote_identifier(table)))
                .collect();
            client
                .batch_execute(&format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", quoted.join(", ")))
                .await
                .map_err(postgres::refused)?;
            // Under their locks no other table takes their names any more.
            if self.named(session).await.map_err(postgres::refused)? != tables {
                return Err(stale(&format!("tables of {name} were changed just now; nothing was dropped")));
            }
            drop_or_say(session, &format!("DROP TABLE {} RESTRICT", quoted.join(", "))).await?;
        }
        drop_or_say(session, &format!("DROP SCHEMA {} RESTRICT", quote_identifier(name))).await?;
        client.batch_execute("COMMIT").await.map_err(postgres::refused)
    }

    async fn named(&self, session: &Session) -> Result<Vec<(u32, String)>, tokio_postgres::Error> {
        let rows = session.client.query(TABLES, &[&self.schema, &self.tables]).await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }
}

/// The server refuses to drop what others depend on; the list is in what it says.
async fn drop_or_say(session: &Session, drop: &str) -> Result<(), Failure> {
    let Err(error) = session.client.batch_execute(drop).await else { return Ok(()) };
    match error.as_db_error() {
        Some(said) if said.code() == &tokio_postgres::error::SqlState::DEPENDENT_OBJECTS_STILL_EXIST => {
            let what = said.detail().unwrap_or_default().replace('\n', "; ");
            Err(stale(&format!(
                "others built upon it since it was looked at, so nothing was dropped: {what}"
            )))
        }
        _ => Err(postgres::refused(error)),
    }
}
