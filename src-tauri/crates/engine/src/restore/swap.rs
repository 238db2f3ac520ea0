//! Side by side and swap: the restored database replaces the old one atomically.
//!
//! Both renames are in one transaction. The server admits nobody to a database that is being renamed, and
//! waits for its sessions; sessions of others are ended only with consent. If the process is killed, either
//! both names changed or none did.

use std::time::Duration;

use tokio_postgres::error::SqlState;

use super::confirm::stale;
use super::record::{Restore, RestoreState};
use super::rest::is_at_rest;
use crate::scratch::open_to_all;
use base::Code;
use base::command::{About, Command};
use base::failure::Failure;
use base::words::counted;
use ledger::catalog::Catalog;
use ledger::job::JobContext;
use postgres::connection::{Session, said};
use postgres::stored_setting::StoredSetting;
use postgres::target::{Target, quote_identifier, quote_literal};

/// The server waits five seconds for other sessions to leave, and applications reconnect at once.
const TRIES_MAX: usize = 6;
const PAUSE: Duration = Duration::from_millis(300);
/// A session that was ended is connected for a moment still: so often it is looked again before it counts.
const LOOKS_MAX: usize = 17;

/// Rights, limits and comment of a database.
const PROPERTIES: &str = "select pg_catalog.pg_get_userbyid(d.datdba)::text, d.datconnlimit, \
    pg_catalog.shobj_description(d.oid, 'pg_database'), d.datacl is not null from pg_catalog.pg_database d where d.datname = $1";
const GRANTS: &str = "select case when a.grantee = 0 then 'PUBLIC' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) end, \
    a.privilege_type::text, a.is_grantable from pg_catalog.pg_database d, pg_catalog.aclexplode(d.datacl) a where d.datname = $1 order by 1, 2";
/// Settings, with the role that each is of; none of one that is of all.
const SETTINGS: &str = "select r.rolname::text, u.setting from pg_catalog.pg_db_role_setting s \
    join pg_catalog.pg_database d on d.oid = s.setdatabase left join pg_catalog.pg_roles r on r.oid = s.setrole, \
    pg_catalog.unnest(s.setconfig) with ordinality u(setting, place) where d.datname = $1 order by 1 nulls first, u.place";

/// Copies the properties of the database `from` to `to`: owner, privileges, settings, limit, comment. What
/// the server refuses or cannot be read becomes a note: no row depends on it.
pub(super) async fn carry_over(server: &Target, from: &str, to: &str) -> Result<Vec<String>, Failure> {
    let session = server.session().await?;
    let (settings, mut notes) = settings(&session, from).await?;
    for statement in statements(&session, &settings, from, to).await? {
        // Prepared, so that it is one statement.
        if let Err(error) = session.client.execute(statement.as_str(), &[]).await {
            let said = said(&error);
            notes.push(format!("{statement}: {said}"));
        }
    }
    session.close().await;
    Ok(notes)
}

/// What of a database's settings a swap would leave behind, for its plan.
pub(super) async fn left_behind(target: &Target) -> Result<Vec<String>, Failure> {
    let session = target.session().await?;
    let (_, notes) = settings(&session, &target.settings.database).await?;
    session.close().await;
    Ok(notes)
}

/// A setting of a database, for one role or for all.
struct Setting {
    role: Option<String>,
    setting: StoredSetting,
}

/// The settings of a database; and those whose stored text is not what it has to be, as sentences. Any role
/// may store any text for itself.
async fn settings(session: &Session, database: &str) -> Result<(Vec<Setting>, Vec<String>), Failure> {
    let (mut all, mut notes) = (Vec::new(), Vec::new());
    for row in session.client.query(SETTINGS, &[&database]).await.map_err(postgres::refused)? {
        let (role, text): (Option<String>, String) = (row.get(0), row.get(1));
        let Some((name, value)) = text.split_once('=') else { continue };
        match StoredSetting::of_catalogue(name, value) {
            Ok(setting) => all.push(Setting { role, setting }),
            Err(name) => {
                let whose = role.map_or_else(String::new, |role| format!(" of the role {role}"));
                notes.push(format!("The setting {name}{whose} is not carried over: its value is no list."));
            }
        }
    }
    Ok((all, notes))
}

async fn statements(
    session: &Session,
    settings: &[Setting],
    from: &str,
    new: &str,
) -> Result<Vec<String>, Failure> {
    let to = quote_identifier(new);
    let row = session.client.query_one(PROPERTIES, &[&from]).await.map_err(postgres::refused)?;
    let mut all = vec![format!("ALTER DATABASE {to} CONNECTION LIMIT {}", row.get::<_, i32>(1))];
    if let Some(comment) = row.get::<_, Option<String>>(2) {
        all.push(format!("COMMENT ON DATABASE {to} IS {}", quote_literal(&comment)));
    }
    all.extend(settings.iter().map(|Setting { role, setting }| match role {
        None => format!("ALTER DATABASE {to} {}", setting.assignment()),
        Some(role) => {
            format!("ALTER ROLE {} IN DATABASE {to} {}", quote_identifier(role), setting.assignment())
        }
    }));
    if row.get(3) {
        all.push(format!("REVOKE ALL ON DATABASE {to} FROM PUBLIC"));
        for grant in session.client.query(GRANTS, &[&from]).await.map_err(postgres::refused)? {
            let (grantee, right, may_pass_on): (String, String, bool) =
                (grant.get(0), grant.get(1), grant.get(2));
            let option = if may_pass_on { " WITH GRANT OPTION" } else { "" };
            all.push(format!("GRANT {right} ON DATABASE {to} TO {grantee}{option}"));
        }
    } else {
        all.push(open_to_all(new));
    }
    // Last: afterwards the restorer may have no say in it.
    all.push(format!("ALTER DATABASE {to} OWNER TO {}", quote_identifier(row.get(0))));
    Ok(all)
}

/// Who changes names, each with its number where that is known.
pub(super) struct Names<'a> {
    /// The database that people use.
    pub(super) live: (&'a str, Option<u32>),
    /// Under which name it stays.
    pub(super) old: &'a str,
    /// The database that takes its place.
    pub(super) new: (&'a str, Option<u32>),
}

impl Names<'_> {
    /// The SQL that swaps both names if the OIDs are still the expected ones. `RENAME` resolves names, so the
    /// OIDs are checked afterwards, in the same transaction, when nobody else can rename them.
    fn exchange(&self) -> String {
        let [live, old, new] = [self.live.0, self.old, self.new.0].map(quote_identifier);
        let known = [(self.old, self.live.1), (self.live.0, self.new.1)];
        let known: Vec<String> = known
            .iter()
            .filter_map(|(name, oid)| Some(format!("({}, {}::oid)", quote_literal(name), (*oid)?)))
            .collect();
        let check = if known.is_empty() {
            String::new()
        } else {
            // By zero where one of them is another.
            format!(
                "SELECT 1 / (pg_catalog.count(*) / {}) FROM pg_catalog.pg_database WHERE (datname, oid) IN ({}); ",
                known.len(),
                known.join(", ")
            )
        };
        format!(
            "BEGIN; ALTER DATABASE {live} RENAME TO {old}; ALTER DATABASE {new} RENAME TO {live}; {check}COMMIT"
        )
    }
}

/// Changes both names in one transaction. Sessions of others are ended only with `may_end`.
///
/// # Errors
/// `connections_open` when somebody is connected and may not be ended; what the server says otherwise.
/// Nothing changed then.
pub(super) async fn swap(
    context: &JobContext,
    catalog: &Catalog,
    server: &Target,
    names: &Names<'_>,
    may_end: bool,
    restore: &mut Restore,
) -> Result<(), Failure> {
    let session = server.session().await?;
    let swapped = try_swap(context, catalog, server, &session, names, may_end, restore).await;
    session.close().await;
    swapped
}

async fn try_swap(
    context: &JobContext,
    catalog: &Catalog,
    server: &Target,
    session: &Session,
    names: &Names<'_>,
    may_end: bool,
    restore: &mut Restore,
) -> Result<(), Failure> {
    let (live, new) = (names.live.0, names.new.0);
    let rename = names.exchange();
    let mut last = None;
    for _ in 0..TRIES_MAX {
        context.checkpoint()?;
        if !may_end {
            wait_for_others(context, session, names).await?;
        }
        restore.note(catalog, RestoreState::Switching).await?;
        // While the first statement waits for others to leave, nobody new gets in; they are ended beside it.
        let (renamed, ()) = tokio::join!(session.client.batch_execute(&rename), async {
            if may_end {
                end_others(context, server, &[live, new]).await;
            }
        });
        match renamed {
            Ok(()) => return Ok(()),
            Err(error) => {
                // Where the connection broke, only the names themselves tell.
                if session.is_closed() {
                    return settled(server, names, restore, &error).await;
                }
                if let Err(error) = session.client.batch_execute("ROLLBACK").await {
                    tracing::warn!(%error, "a transaction that failed could not be rolled back");
                }
                restore.note(catalog, RestoreState::Preparing).await?;
                if error.code() == Some(&SqlState::DIVISION_BY_ZERO) {
                    return Err(stale(&format!(
                        "{live} or {new} is another database by now; nothing changed"
                    )));
                }
                last = Some(error);
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    let said = last.as_ref().map_or_else(String::new, said);
    Err(Failure::new(
        Code::SwapFailed,
        format!("the databases could not change names: {said}"),
        format!("Nothing changed: {live} is as it was. Stop what connects to it; then plan again."),
    ))
}

/// After the connection broke in the middle of the exchange: which names the databases have.
async fn settled(
    server: &Target,
    names: &Names<'_>,
    restore: &Restore,
    error: &tokio_postgres::Error,
) -> Result<(), Failure> {
    let looked = has_swapped(server, restore).await;
    match looked {
        Some(true) => Ok(()),
        Some(false) => Err(Failure::new(
            Code::ConnectionLost,
            format!("the connection broke while names changed: {error}; they did not change"),
            format!("{} is as it was. Plan the restore again.", names.live.0),
        )),
        None => Err(Failure::new(
            Code::OutcomeUnknown,
            format!("the connection broke while names changed: {error}"),
            format!("Look whether they did: `{}`.", Command::about(About::RestoreShow, &restore.id[..8])),
        )),
    }
}

/// Whether the old database has its other name, by OID. `None` if the server cannot be asked, or is still
/// busy.
pub(super) async fn has_swapped(server: &Target, restore: &Restore) -> Option<bool> {
    let (oid, old_name) = (restore.traces.old_oid?, restore.traces.old_name.as_deref()?);
    Some(name_of(server, restore, oid).await?.as_deref() == Some(old_name))
}

/// The name of the database with this OID, if it exists, once the server has finished the restore's commands.
/// `None` if it cannot be asked, or is still busy.
pub(super) async fn name_of(server: &Target, restore: &Restore, oid: u32) -> Option<Option<String>> {
    if !is_at_rest(server, &restore.id).await? {
        return None;
    }
    let session = server.session().await.ok()?;
    let asked = "select datname::text from pg_catalog.pg_database where oid = $1";
    let row = session.client.query_opt(asked, &[&oid]).await;
    session.close().await;
    Some(row.ok()?.map(|row| row.get(0)))
}

/// Nobody agreed to end sessions of others, so they have to be gone. Whoever left just now has five seconds, as with
/// the server's own commands.
async fn wait_for_others(context: &JobContext, session: &Session, names: &Names<'_>) -> Result<(), Failure> {
    let (live, new) = (names.live.0, names.new.0);
    for look in 1.. {
        context.checkpoint()?;
        match u64::try_from(others(session, &[live, new]).await?).unwrap_or(0) {
            0 => break,
            others if look == LOOKS_MAX => return Err(still_connected(live, others)),
            _ => tokio::time::sleep(PAUSE).await,
        }
    }
    Ok(())
}

async fn others(session: &Session, databases: &[&str]) -> Result<i64, Failure> {
    let sql = "select count(*)::int8 from pg_catalog.pg_stat_activity where datname = any($1) \
        and pid <> pg_catalog.pg_backend_pid() and backend_type = 'client backend'";
    Ok(session.client.query_one(sql, &[&databases]).await.map_err(postgres::refused)?.get(0))
}

async fn end_others(context: &JobContext, server: &Target, databases: &[&str]) {
    let ended = async {
        let session = server.session().await?;
        let sql = "select usename::text, application_name, pg_catalog.pg_terminate_backend(pid) \
            from pg_catalog.pg_stat_activity where datname = any($1) and pid <> pg_catalog.pg_backend_pid()";
        for row in session.client.query(sql, &[&databases]).await.map_err(postgres::refused)? {
            let (user, application): (Option<String>, Option<String>) = (row.get(0), row.get(1));
            context.warn(
                "switch",
                format!(
                    "ended a session of {} ({})",
                    user.unwrap_or_default(),
                    application.unwrap_or_default()
                ),
            );
        }
        session.close().await;
        Ok::<(), Failure>(())
    };
    if let Err(failure) = ended.await {
        context.warn("switch", format!("sessions could not be ended: {}", failure.message));
    }
}

/// Nobody agreed to end these.
pub(super) fn still_connected(live: &str, others: u64) -> Failure {
    let verb = if others == 1 { "is" } else { "are" };
    Failure::new(
        Code::ConnectionsOpen,
        format!("{} of others {verb} connected to {live}", counted(others, "session")),
        "Stop what is connected, or apply with the consent to end its sessions (`--end-connections`).",
    )
}
