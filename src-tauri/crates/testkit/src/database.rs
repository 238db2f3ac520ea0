//! A database of the shared server: filled, looked at, compared.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use postgres::connection::{ConnectOptions, Session, Settings, connect};
use postgres::tools::Program;
use tokio_postgres::SimpleQueryMessage;

use crate::server::Server;

/// All relations that hold rows of their own; a materialized view that was never filled cannot be read.
const RELATIONS: &str = "select format('%I.%I', n.nspname, c.relname) \
    from pg_class c join pg_namespace n on n.oid = c.relnamespace \
    where c.relkind in ('r', 'm', 'S') and c.relispopulated and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' \
    order by 1";

/// A database.
#[derive(Debug, Clone)]
pub struct Database<'server> {
    pub(crate) server: &'server Server,
    pub(crate) name: String,
}

impl Database<'_> {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the superuser reaches it.
    pub fn settings(&self) -> Settings {
        self.server.settings(&self.name)
    }

    /// A session of the superuser, as an application would have one: with the path of its role.
    pub async fn session(&self) -> Session {
        let options = ConnectOptions::new("test");
        let session = connect(&self.settings(), Some(self.server.password()), &options).await.unwrap();
        session.client.batch_execute("reset search_path").await.unwrap();
        session
    }

    /// Runs statements.
    pub async fn run(&self, sql: &str) {
        let session = self.session().await;
        session.client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{error:?}: {sql}"));
        session.close().await;
    }

    /// The rows of a query as text, columns joined by `|`.
    pub async fn rows(&self, sql: &str) -> Vec<String> {
        let session = self.session().await;
        let answer =
            session.client.simple_query(sql).await.unwrap_or_else(|error| panic!("{error:?}: {sql}"));
        session.close().await;
        let rows = answer.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                let columns: Vec<&str> = (0..row.len()).map(|at| row.get(at).unwrap_or("NULL")).collect();
                Some(columns.join("|"))
            }
            _ => None,
        });
        rows.collect()
    }

    /// The one value of a query, as text.
    pub async fn value(&self, sql: &str) -> String {
        let rows = self.rows(sql).await;
        assert_eq!(rows.len(), 1, "{sql}: {rows:?}");
        rows.into_iter().next().unwrap()
    }

    /// Rows and a hash of all rows, of every relation: two databases with equal ones hold the same.
    pub async fn census(&self) -> BTreeMap<String, String> {
        let mut census = BTreeMap::new();
        for relation in self.rows(RELATIONS).await {
            let sql = if self.is_sequence(&relation).await {
                format!("select last_value || ' ' || is_called from {relation}")
            } else {
                format!(
                    "select count(*) || ' ' || coalesce(md5(string_agg(t::text, e'\\n' order by t::text collate \"C\")), '') \
                     from only {relation} t"
                )
            };
            census.insert(relation, self.value(&sql).await);
        }
        let objects = "select count(*) || ' ' || coalesce(md5(string_agg(md5(lo_get(oid)), ',' order by oid)), '') \
            from pg_largeobject_metadata";
        census.insert("large objects".into(), self.value(objects).await);
        census
    }

    async fn is_sequence(&self, relation: &str) -> bool {
        let literal = relation.replace('\'', "''");
        self.value(&format!("select relkind = 'S' from pg_class where oid = '{literal}'::regclass")).await
            == "t"
    }

    /// The whole database as `pg_dump` writes it, without the lines that differ from run to run.
    pub fn dump_text(&self) -> String {
        let output = self.client(Program::PgDump).arg("--format=plain").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let lines =
            text.lines().filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Runs a script that `pg_dump` wrote.
    pub fn run_script(&self, script: &Path) {
        let output = self
            .client(Program::Psql)
            .args(["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--output=/dev/null", "--file"])
            .arg(script)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// A client program, told where this database is.
    pub fn client(&self, program: Program) -> Command {
        let settings = self.settings();
        let mut command = Command::new(self.server.program(program));
        command.env("PGHOST", &settings.host).env("PGPORT", settings.port.to_string());
        command.env("PGUSER", &settings.user).env("PGDATABASE", &settings.database);
        command.env("PGPASSWORD", self.server.password().expose());
        command
    }
}
