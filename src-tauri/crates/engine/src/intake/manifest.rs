//! Builds the manifest of imported files.

use std::collections::BTreeMap;

use super::open::Opened;
use super::{Looked, TakeIn, worth};
use crate::archive::{
    Artifact, DatabasePart, MANIFEST_FORMAT, MANIFEST_FORMAT_CHOSEN, MANIFEST_FORMAT_WITHOUT_DATABASE,
    Manifest, Part, ServerStamp, opened,
};
use crate::moment::Stored;
use crate::profile::Profile;
use base::clock::now_ms;
use base::failure::Failure;
use ledger::component::Component;
use postgres::choice::NotTaken;
use postgres::custom_format::Toc;
use postgres::missing::ExtensionPart;
use postgres::provider::{Recognised, recognise};

/// Whoever made the file chose what is in it, and nobody here did.
const CHOSEN: &str = "rows of its database were not taken, by choice of whoever made it";

/// Describes what lies in the vault, not yet visible.
pub(super) async fn describe(
    profile: &Profile,
    request: &TakeIn,
    looked: &[Looked],
    kept: Vec<Part>,
    opened: Opened,
) -> Result<Manifest, Failure> {
    let project = &request.project;
    let now = now_ms();
    let first = &looked[0].inspection;
    // What claims to be of the future is of now: a recovery point may be older than it says, never newer.
    let says = request.made_at.or(first.created_at).map(|at| at.as_millisecond().min(now));
    let made_at_ms = says.or_else(|| modified_ms(request)).unwrap_or(now);
    let recognised = recognised(&opened);
    let (extension_parts, not_taken) = said_of_the_dump(&opened);
    let chosen = not_taken.is_some().then_some(CHOSEN);
    let mut warnings = request.notes.clone();
    warnings.extend(looked.iter().flat_map(Looked::findings));
    warnings.extend(opened.warnings);
    let (server, mut database, extensions) = match (opened.loaded, opened.dump) {
        (Some(loaded), _) => (Some(loaded.server), Some(loaded.database), loaded.extensions),
        (None, Some(stored)) => of_archive(stored, first.project.as_deref()),
        (None, None) => (None, None, Vec::new()),
    };
    if let Some(database) = &mut database {
        database.not_taken = not_taken;
    }
    if says.is_none() {
        warnings.push(
            "The file does not say when it was made; the time at which it was last written stands for it."
                .into(),
        );
    }
    // An older one that comes later lacks nothing of what is newer.
    let last = last_of(profile, request).await.filter(|last| last.moment_at_ms <= made_at_ms);
    warnings.extend(vanished(last.as_ref(), database.as_ref()));
    let worth = worth::judge(profile, request, looked, made_at_ms, last.as_ref()).await?;
    warnings.extend(worth.warnings);
    let sha = |part: &Part| format!("sha256:{}", part.sha256);
    Ok(Manifest {
        format: match &database {
            None => MANIFEST_FORMAT_WITHOUT_DATABASE,
            Some(database) if database.not_taken.is_some() => MANIFEST_FORMAT_CHOSEN,
            Some(_) => MANIFEST_FORMAT,
        },
        reason: request.reason.clone(),
        moment_at_ms: made_at_ms,
        server,
        database,
        roles: opened.roles,
        access: opened.access,
        extensions,
        extension_parts,
        recognised,
        artifact: Some(Artifact {
            what: first.sentence.clone(),
            layers: first.layers.iter().map(|layer| layer.words()).collect(),
            made_by: first.made_by.clone(),
            made_at_ms: says,
            remote_id: request.remote_id.clone().or_else(|| kept.first().map(sha)),
            findings: first
                .findings
                .iter()
                .map(|finding| format!("{}: {}", finding.title, finding.words))
                .collect(),
            parts: kept,
            unloaded: opened.unloaded,
            is_trusted: request.is_trusted,
        }),
        trees: opened.trees.into_values().collect(),
        warnings,
        needs: worth.needs,
        held_back: worth.held_back.or_else(|| chosen.map(str::to_owned)),
        audit_head: profile.audit.current().await?,
        ..Manifest::begun(project, profile.jobs.trigger().as_str().to_owned(), now)
    })
}

/// What an exported manifest says of the very dump that came with it: of its extensions, and of what was not taken. Only
/// where somebody vouches for the file does a drill do without those extensions.
fn said_of_the_dump(opened: &Opened) -> (Vec<ExtensionPart>, Option<Box<NotTaken>>) {
    let (Some(exported), Some(stored)) = (&opened.exported, &opened.dump) else { return Default::default() };
    let of_it = exported.database.as_ref().filter(|one| one.part.sha256 == stored.part.sha256);
    of_it.map_or_else(Default::default, |one| (exported.extension_parts.clone(), one.not_taken.clone()))
}

/// What a person recognises in it. An archive does not say how large its files are.
fn recognised(opened: &Opened) -> Option<Recognised> {
    match (&opened.loaded, &opened.dump) {
        (Some(loaded), _) => loaded.recognised.clone(),
        (None, Some(stored)) => recognise(stored.summary.as_ref().ok()?, &[]),
        (None, None) => None,
    }
}

/// The manifest of the project's last backup. If it cannot be read, the new one is stored all the same.
async fn last_of(profile: &Profile, request: &TakeIn) -> Option<Manifest> {
    let newest = profile.catalog.newest_with(&request.project.id, Component::Database).await.ok()??;
    let (vault, id) = (profile.archive.vault().await.ok()?, opened::snapshot_id(&newest.id).ok()?);
    opened::blocking(move || Manifest::load(&vault, &id)).await.ok()
}

/// Tables of the project's last backup that are gone: a platform that cannot read a table may leave it out
/// without a word.
fn vanished(last: Option<&Manifest>, database: Option<&DatabasePart>) -> Vec<String> {
    let Some((last, tables)) = last.zip(database.and_then(|database| database.tables.as_ref())) else {
        return Vec::new();
    };
    let not_taken = database.and_then(|database| database.not_taken.as_ref());
    let is_there = |schema: &str, name: &str| {
        tables.iter().any(|table| table.schema == schema && table.name == name)
            || not_taken.is_some_and(|out| out.lacks(schema, name))
    };
    let gone = last.tables().iter().filter(|table| !is_there(&table.schema, &table.name));
    gone.map(|table| {
        let rows = base::words::counted(table.rows, "row");
        format!("Table {}.{} of the last backup is gone; it had {rows} there.", table.schema, table.name)
    })
    .collect()
}

fn modified_ms(request: &TakeIn) -> Option<i64> {
    let modified = std::fs::metadata(&request.files.first()?.path).ok()?.modified().ok()?;
    jiff::Timestamp::try_from(modified).ok().map(jiff::Timestamp::as_millisecond)
}

/// What an archive says of the database and its server: less than a server would, and all that a restore
/// needs.
fn of_archive(
    stored: Stored,
    named: Option<&str>,
) -> (Option<ServerStamp>, Option<DatabasePart>, Vec<String>) {
    let (toc, part) = match stored.summary {
        Ok(summary) => (summary, stored.part),
        Err(error) => {
            let database = DatabasePart {
                tables: None,
                uncounted: Some(error.to_string()),
                ..blank(stored.part, named.unwrap_or("database"))
            };
            return (Some(stamp("")), Some(database), Vec::new());
        }
    };
    let (summary, toc) = (&toc, &toc.toc);
    let locale = toc.database_locale();
    let version = toc.header.server_version.clone().unwrap_or_default();
    let extensions = toc.entries.iter().filter(|entry| entry.kind == "EXTENSION");
    let extensions = extensions.map(|entry| entry.tag.clone()).collect();
    let name = toc.header.database.as_deref().or(named).unwrap_or("database");
    let database = DatabasePart {
        encoding: locale.encoding,
        collate: locale.collate,
        ctype: locale.ctype,
        locale_provider: locale.provider,
        locale: locale.locale,
        tool: tool(toc),
        tables: Some(summary.tables.clone()),
        large_objects: (summary.large_objects.count, summary.large_objects.bytes),
        large_objects_fingerprint: Some(summary.large_objects.fingerprint_text()),
        prefix_bytes: summary.prefix_bytes,
        blocks: summary.blocks.clone(),
        ..blank(part, name)
    };
    (Some(stamp(&version)), Some(database), extensions)
}

fn blank(part: Part, name: &str) -> DatabasePart {
    DatabasePart {
        part,
        name: name.to_owned(),
        encoding: "UTF8".into(),
        collate: "C".into(),
        ctype: "C".into(),
        locale_provider: "libc".into(),
        locale: None,
        server_bytes: None,
        tool: String::new(),
        tables: None,
        uncounted: None,
        large_objects: (0, 0),
        large_objects_fingerprint: None,
        prefix_bytes: 0,
        blocks: Vec::new(),
        not_taken: None,
    }
}

fn tool(toc: &Toc) -> String {
    toc.header.tool_version.clone().unwrap_or_default()
}

/// An archive knows its server's version alone.
fn stamp(version: &str) -> ServerStamp {
    let digits = version.split(|c: char| !c.is_ascii_digit()).find(|part| !part.is_empty());
    ServerStamp {
        version: version.to_owned(),
        major: digits.and_then(|major| major.parse().ok()).unwrap_or(0),
        system_identifier: None,
        lsn: None,
        clock_skew_ms: 0,
        settings: BTreeMap::new(),
    }
}
