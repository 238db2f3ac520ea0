//! The steps of a load, and those of them that are done once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use camino::Utf8Path;
use tokio_util::sync::CancellationToken;

use super::beside::make_beside;
use super::builds::builds;
use super::data::{refused, tables};
use super::owners::{OF_STRUCTURE, give_owners};
use super::prefix::PrefixFile;
use super::rights::{When, give_rights};
use super::sessions::Sessions;
use super::tool::PgRestore;
use super::work::Work;
use super::{LoadError, LoadReport, LoadStep, StoredDump};
use crate::compare::{DumpedTable, like_the_dump, only_the_users_rows};
use crate::custom_format::{CopiedTable, Section, SequenceSet, Toc, TocEntry};
use crate::target::Target;
use crate::tools::ToolSet;
use base::meter::Meter;

/// One round trip for so many: a distant server takes 30 ms for each.
const SEQUENCES_AT_ONCE: usize = 500;

/// What becomes of owners and rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ownership {
    /// Objects get their owners back; otherwise they belong to whoever restores.
    pub owners: bool,
    /// Rights are granted again.
    pub privileges: bool,
}

/// Loads a dump into an empty database, all of it as the target's role.
///
/// `folder` must not exist; it is made private, and removed at the end whatever happens.
///
/// # Errors
/// `LoadError`; the database is then incomplete, and the caller drops it.
#[expect(clippy::too_many_arguments, reason = "a load is what brings all of these together, once")]
pub async fn load(
    dump: &StoredDump,
    target: &Target,
    tools: &ToolSet,
    folder: &Utf8Path,
    jobs: usize,
    ownership: Ownership,
    meter: &Arc<Meter>,
    token: &CancellationToken,
    on_step: &(dyn Fn(LoadStep) + Sync),
) -> Result<LoadReport, LoadError> {
    load_as(dump, target, target, tools, folder, jobs, ownership, meter, token, on_step).await
}

/// The same by two roles: `target` makes what takes its rights, and `filler`, which stands for the owners, does
/// whatever runs what the dump brings: rows go in, checks are made and rows compared as that role. Once event
/// triggers are there, `target` makes nothing more.
///
/// # Errors
/// As `load`.
#[expect(clippy::too_many_arguments, reason = "a load is what brings all of these together, once")]
pub async fn load_as(
    dump: &StoredDump,
    target: &Target,
    filler: &Target,
    tools: &ToolSet,
    folder: &Utf8Path,
    jobs: usize,
    ownership: Ownership,
    meter: &Arc<Meter>,
    token: &CancellationToken,
    on_step: &(dyn Fn(LoadStep) + Sync),
) -> Result<LoadReport, LoadError> {
    let head = {
        let (dump, folder) = (dump.clone(), folder.to_owned());
        let written = tokio::task::spawn_blocking(move || PrefixFile::write(&dump, &folder)).await;
        written.map_err(|join| LoadError::Io {
            what: "read the dump's head",
            source: std::io::Error::other(join),
        })??
    };
    let session = target.session().await?;
    let peer = session.peer.clone();
    session.close().await;
    let pg_restore = PgRestore { tools, target, peer: &peer, token };

    on_step(LoadStep::Structure);
    let structure = arguments("--section=pre-data", ownership, &head);
    let mut messages = pg_restore.run(structure, 1, None).await?;
    if ownership.owners {
        give_owners(&head.toc, OF_STRUCTURE, target, &mut messages).await?;
    }
    make_beside(&dump.beside, &head.toc, target, ownership, &mut messages).await?;
    if ownership.privileges {
        messages.extend(give_rights(&head.toc, When::Structure, target).await?);
    }
    meter.beat();

    let tables = tables(dump, &head.toc)?;
    let builds = builds(&head.toc, &tables);
    let mut counted = dumped_tables(dump, &head.toc);
    // That rows cannot be compared is for the caller to judge; they are restored all the same.
    let conditions = only_the_users_rows(target, &mut counted).await;
    if conditions.is_err() {
        counted.clear();
    }
    let of_maker = if filler.settings.user == target.settings.user {
        HashSet::new()
    } else {
        owned_by_maker(target).await?
    };
    let encoding = head.toc.encoding();
    let work = Work {
        dump,
        head: &head,
        target,
        filler,
        ownership,
        jobs,
        meter,
        sessions: Sessions::new(filler, encoding),
        sessions_of_maker: Sessions::new(target, encoding),
        of_maker,
        tables,
        builds,
        counted,
    };
    on_step(LoadStep::Rows);
    let done = work.run(&pg_restore, token, on_step).await?;
    messages.extend(done.messages);
    Ok(LoadReport {
        tables: work.tables.len() as u64,
        rows: done.rows,
        messages,
        differences: conditions.and(done.differences),
        compared_after: done.compared_at.saturating_duration_since(done.built_at),
    })
}

/// Tables that nobody else may fill: those of an extension, and those whose owner is not there. What runs in
/// them is the extension's.
async fn owned_by_maker(target: &Target) -> Result<HashSet<String>, LoadError> {
    const OWNED: &str = "select n.nspname::text, c.relname::text from pg_catalog.pg_class c \
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p') \
        and n.nspname <> 'pg_catalog' and pg_catalog.pg_get_userbyid(c.relowner) = current_user";
    let session = target.session().await?;
    let owned = session.client.query(OWNED, &[]).await;
    session.close().await;
    let owned = owned.map_err(|error| refused("the tables", &error))?;
    Ok(owned.iter().map(|row| format!("{}.{}", row.get::<_, String>(0), row.get::<_, String>(1))).collect())
}

/// The tables of which figures are known, with the columns of their rows. Whoever loads them has refused
/// those whose columns are not understood.
pub fn dumped_tables(dump: &StoredDump, toc: &Toc) -> Vec<DumpedTable> {
    let digests: HashMap<_, _> =
        dump.tables.iter().map(|table| ((table.schema.as_str(), table.name.as_str()), table)).collect();
    let counted = toc.entries.iter().filter_map(|entry| {
        let digest = *digests.get(&(entry.schema.as_deref().unwrap_or_default(), entry.tag.as_str()))?;
        Some(DumpedTable::new(digest.clone(), CopiedTable::of(entry)?))
    });
    counted.collect()
}

pub(super) fn arguments(section: &str, ownership: Ownership, head: &PrefixFile) -> Vec<String> {
    let mut arguments = vec![section.to_owned()];
    if !ownership.owners {
        arguments.push("--no-owner".into());
    }
    if !ownership.privileges {
        arguments.push("--no-privileges".into());
    }
    arguments.push(head.path.to_string());
    arguments
}

/// Where the archive sets its sequences, by their names and numbers alone.
///
/// # Errors
/// One of them is set by something else than a number.
pub fn sequences(toc: &Toc) -> Result<Vec<SequenceSet>, LoadError> {
    toc.sequences().map_err(|sequence| LoadError::NotUnderstood { object: sequence.to_string() })
}

pub(super) async fn set_sequences(toc: &Toc, target: &Target) -> Result<(), LoadError> {
    let session = target.session().await?;
    like_the_dump(&session, toc.encoding()).await.map_err(|error| refused("the session", &error))?;
    for batch in sequences(toc)?.chunks(SEQUENCES_AT_ONCE) {
        let text: String = batch.iter().map(SequenceSet::sql).collect();
        let set = session.client.batch_execute(&text).await;
        set.map_err(|error| refused(&format!("a sequence from {} on", batch[0].sequence.name), &error))?;
    }
    session.close().await;
    Ok(())
}

/// Large objects are `pg_restore`'s: it gets the archive without the rows by pipe, and a list of what to take.
pub(super) async fn large_objects(
    dump: &StoredDump,
    head: &PrefixFile,
    pg_restore: &PgRestore<'_>,
    ownership: Ownership,
) -> Result<Vec<super::Message>, LoadError> {
    // All of the section but what was done here: since archive version 1.16 it also holds the large
    // objects themselves, their rights and comments, and statistics.
    let is_left = |entry: &&TocEntry| {
        entry.section == Section::Data && !matches!(entry.kind.as_str(), "TABLE DATA" | "SEQUENCE SET")
    };
    let ids: Vec<i64> = head.toc.entries.iter().filter(is_left).map(|entry| entry.dump_id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list = head.list(&ids)?;
    let mut arguments = vec!["--section=data".to_owned(), format!("--use-list={list}")];
    if !ownership.owners {
        arguments.push("--no-owner".into());
    }
    if !ownership.privileges {
        arguments.push("--no-privileges".into());
    }
    pg_restore.run(arguments, 1, Some(dump.clone())).await
}
