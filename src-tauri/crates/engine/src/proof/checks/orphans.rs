//! Orphans: each foreign key asked again, by an anti-join, for rows that point to nothing. Also those
//! that are NOT VALID, which nobody else asks; what they let through was so in the original.

use std::time::Duration;

use tokio::sync::Mutex;

use super::super::check::{Begun, Check};
use super::sequences::capital;
use super::{Looked, concluded};
use base::words::{count_words, counted};
use postgres::compare::like_the_dump;
use postgres::connection::{Session, said};
use postgres::target::quote_identifier;

/// For one key; a join of the largest tables takes minutes.
const KEY_LIMIT: Duration = Duration::from_mins(30);
/// While one is asked, the run is not standing still.
const BEAT: Duration = Duration::from_secs(20);

/// The keys of tables, without the copies that partitions have of them. Equality is the key's own. Columns
/// of the catalogue that older servers do not have are asked for by way of JSON.
const KEYS: &str = "select cn.nspname::text, c.relname::text, c.relkind = 'p', pn.nspname::text, p.relname::text, \
        p.relkind = 'p', k.conname::text, k.convalidated, k.confmatchtype = 'f', \
        coalesce(pg_catalog.to_jsonb(k) ->> 'conperiod', 'false') = 'true', \
        array(select a.attname::text from pg_catalog.unnest(k.conkey) with ordinality u(number, place) \
              join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number order by u.place), \
        array(select a.attname::text from pg_catalog.unnest(k.confkey) with ordinality u(number, place) \
              join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.number order by u.place), \
        array(select pg_catalog.format('OPERATOR(%I.%s)', s.nspname, o.oprname) \
              from pg_catalog.unnest(k.conpfeqop) with ordinality u(number, place) \
              join pg_catalog.pg_operator o on o.oid = u.number \
              join pg_catalog.pg_namespace s on s.oid = o.oprnamespace order by u.place) \
    from pg_catalog.pg_constraint k \
    join pg_catalog.pg_class c on c.oid = k.conrelid join pg_catalog.pg_namespace cn on cn.oid = c.relnamespace \
    join pg_catalog.pg_class p on p.oid = k.confrelid join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace \
    where k.contype = 'f' and coalesce(pg_catalog.to_jsonb(k) ->> 'conparentid', '0') = '0' order by pg_catalog.pg_relation_size(c.oid)";

/// A foreign key.
struct Key {
    /// For people: table and constraint.
    name: String,
    is_validated: bool,
    /// Of ranges of time, which are not joined by equality.
    is_temporal: bool,
    sql: String,
}

/// What was found with one key.
enum Found {
    /// So many rows point to nothing.
    Orphans(i64),
    /// Nobody could ask.
    Unknown(String),
}

pub(super) async fn check(looked: &Looked<'_>) -> Check {
    let begun = Begun::new("orphans", "Orphans");
    let keys = match keys(looked).await {
        Ok(keys) => keys,
        Err(why) => return begun.inconclusive(format!("The foreign keys could not be listed: {why}.")),
    };
    let (temporal, keys): (Vec<Key>, Vec<Key>) = keys.into_iter().partition(|key| key.is_temporal);
    let asked = keys.len() as u64;
    let found = match ask_all(looked, keys).await {
        Ok(found) => found,
        Err(why) => return begun.inconclusive(format!("The foreign keys could not be asked: {why}.")),
    };
    let done = conclude(looked, asked, temporal.len() as u64, found);
    concluded(begun, Ok(done))
}

fn conclude(
    looked: &Looked<'_>,
    asked: u64,
    temporal: u64,
    found: Vec<(Key, Found)>,
) -> impl FnOnce(Begun) -> Check + use<> {
    let (mut wrong, mut as_it_was, mut unknown, mut rows) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for (key, found) in found {
        match found {
            Found::Orphans(0) => {}
            Found::Orphans(count) => {
                rows += u64::try_from(count).unwrap_or(0);
                let what = format!("{}: {} to nothing", key.name, pointing(count));
                if key.is_validated { wrong.push(what) } else { as_it_was.push(what) }
            }
            Found::Unknown(why) => unknown.push(format!("{}: {why}", key.name)),
        }
    }
    let mut done = format!("In {}, each asked by a join.", counted(asked, "foreign key"));
    if temporal > 0 {
        done = format!("{done} {} of ranges of time not asked.", counted(temporal, "key"));
    }
    if !looked.is_everything() {
        done = format!("{done} {}.", capital(looked.left_out()));
    }
    move |begun: Begun| {
        if !unknown.is_empty() && wrong.is_empty() {
            return begun.inconclusive(format!("{done} Not answered: {}.", unknown.join("; ")));
        }
        if wrong.is_empty() && !as_it_was.is_empty() {
            let done = format!(
                "{done} These keys are NOT VALID in the original too; its rows came back as they were."
            );
            return begun.noted(count_words(rows), done, as_it_was);
        }
        wrong.extend(as_it_was);
        wrong.extend(unknown);
        begun.judged(count_words(rows), done, wrong)
    }
}

fn pointing(count: i64) -> String {
    let rows = counted(u64::try_from(count).unwrap_or(0), "row");
    if count == 1 { format!("{rows} points") } else { format!("{rows} point") }
}

async fn keys(looked: &Looked<'_>) -> Result<Vec<Key>, String> {
    let session = looked.target.session_for_tables().await.map_err(|error| error.to_string())?;
    let rows = session.client.query(KEYS, &[]).await;
    session.close().await;
    let rows = rows.map_err(|error| said(&error))?;
    Ok(rows.iter().map(read).collect())
}

fn read(row: &tokio_postgres::Row) -> Key {
    let (child, parent): ((String, String), (String, String)) =
        ((row.get(0), row.get(1)), (row.get(3), row.get(4)));
    let (constraint, is_full): (String, bool) = (row.get(6), row.get(8));
    let (of_child, of_parent, equal): (Vec<String>, Vec<String>, Vec<String>) =
        (row.get(10), row.get(11), row.get(12));
    let from = |(schema, name): &(String, String), is_partitioned: bool| {
        let only = if is_partitioned { "" } else { "only " };
        format!("{only}{}.{}", quote_identifier(schema), quote_identifier(name))
    };
    let columns: Vec<String> = of_child.iter().map(|name| format!("c.{}", quote_identifier(name))).collect();
    let given = |joint: &str| {
        columns.iter().map(|column| format!("{column} is not null")).collect::<Vec<_>>().join(joint)
    };
    let same: Vec<String> = columns
        .iter()
        .zip(&of_parent)
        .zip(&equal)
        .map(|((child, parent), equal)| format!("p.{} {equal} {child}", quote_identifier(parent)))
        .collect();
    let sql = format!(
        "select count(*) from {} c where ({}) and not exists (select 1 from {} p where {})",
        from(&child, row.get(2)),
        // Half a key points to nothing where all of it has to match.
        if is_full { given(" or ") } else { given(" and ") },
        from(&parent, row.get(5)),
        same.join(" and ")
    );
    let name = format!("{}.{} {constraint}", child.0, child.1);
    Key { name, is_validated: row.get(7), is_temporal: row.get(9), sql }
}

/// Asks all keys over several sessions, the largest tables first.
async fn ask_all(looked: &Looked<'_>, keys: Vec<Key>) -> Result<Vec<(Key, Found)>, String> {
    let sessions = looked.sessions.min(keys.len());
    let (queue, found) = (Mutex::new(keys), Mutex::new(Vec::new()));
    let worker = || async {
        let session = looked.target.session_for_tables().await.map_err(|error| error.to_string())?;
        // Policies must hide no row, and no path may find another operator.
        like_the_dump(&session, None).await.map_err(|error| said(&error))?;
        loop {
            let Some(key) = queue.lock().await.pop() else { break };
            let answer = ask(looked, &session, &key.sql).await?;
            found.lock().await.push((key, answer));
        }
        session.close().await;
        Ok::<_, String>(())
    };
    futures_util::future::try_join_all((0..sessions).map(|_| worker())).await?;
    Ok(found.into_inner())
}

async fn ask(looked: &Looked<'_>, session: &Session, sql: &str) -> Result<Found, String> {
    let limited = format!("set statement_timeout = {}", KEY_LIMIT.as_millis());
    session.client.batch_execute(&limited).await.map_err(|error| said(&error))?;
    let mut answer = std::pin::pin!(session.client.query_one(sql, &[]));
    let mut beat = tokio::time::interval(BEAT);
    loop {
        tokio::select! {
            answer = &mut answer => return Ok(match answer {
                Ok(row) => Found::Orphans(row.get(0)),
                Err(error) => Found::Unknown(said(&error)),
            }),
            _ = beat.tick() => looked.context.meter().beat(),
            () = looked.context.token().cancelled() => return Err("cancelled".into()),
        }
    }
}
