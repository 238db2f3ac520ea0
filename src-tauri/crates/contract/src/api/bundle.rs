//! Backup files: looking at them, and keeping them.

use base::Severity;
use std::sync::Arc;

use base::command::{BundleImport, Command};
use base::secret::Secret;
use bundle::{self, Checksum, Inspection, PartKind};
use engine::Engine;
use engine::import::{ImportRequest, InspectedFile, LookedAt, Looking};

use super::Answer;
use crate::bundle::{
    BelongsTo, BundlePartView, BundleTableView, FindingLevel, FindingView, ImportFiles, InspectFiles,
    InspectionView, LookProgress, LookRef,
};
use crate::command::Nothing;
use crate::job::JobStarted;
use crate::number::{Count, Millis};

/// Says what files are. Runs nothing, keeps nothing. `tell` hears how far it is, ten times a second at most.
///
/// # Errors
/// Why one cannot be read, or is refused; `cancelled` when the look was ended.
pub async fn bundle_inspect(
    engine: &Engine,
    request: InspectFiles,
    tell: impl Fn(LookProgress) + Send + Sync + 'static,
) -> Answer<Vec<InspectionView>> {
    let InspectFiles { paths, passphrase, look } = request;
    let paths = paths.into_iter().map(Into::into).collect();
    let passphrase = passphrase.filter(|text| !text.is_empty()).map(Secret::new);
    let tell = move |at: LookedAt| {
        let LookedAt { bytes, bytes_total } = at;
        tell(LookProgress { bytes: Count(bytes), bytes_total: Count(bytes_total) });
    };
    let looking = Looking { id: look, tell: Arc::new(tell) };
    Ok(engine.look_at_files(paths, passphrase, looking).await?.into_iter().map(Into::into).collect())
}

/// Ends a look; one that has ended already needs nothing.
///
/// # Errors
/// Never.
#[crate::boxed]
pub async fn bundle_inspect_stop(engine: &Engine, request: LookRef) -> Answer<Nothing> {
    engine.stop_looking(&request.look);
    Ok(Nothing {})
}

/// Keeps files in the vault.
///
/// # Errors
/// `invalid_request`, `project_not_found`, `name_taken`, `no_vault`; all else is the run's own end.
#[crate::boxed]
pub async fn bundle_import(engine: &Engine, request: ImportFiles) -> Answer<JobStarted> {
    let ImportFiles { paths, passphrase, into, as_project, reason, is_trusted } = request;
    let request = ImportRequest {
        paths: paths.into_iter().map(Into::into).collect(),
        passphrase: passphrase.filter(|text| !text.is_empty()).map(Secret::new),
        into,
        as_project,
        reason,
        is_trusted,
    };
    Ok(JobStarted { job_id: engine.start_import(request).await? })
}

impl From<InspectedFile> for InspectionView {
    fn from(inspected: InspectedFile) -> Self {
        let InspectedFile { path, inspection, belongs_to, backup_id } = inspected;
        let command = command(path.as_str(), belongs_to.as_ref().map(|(project, _)| project.name.as_str()));
        let Inspection {
            file,
            layers,
            kind,
            sentence,
            project,
            made_by,
            created_at,
            server_version,
            tool_version,
            encryption: _,
            needs_passphrase,
            parts,
            tables,
            rows,
            large_objects: _,
            buckets,
            objects,
            unpacked_bytes,
            findings,
            // Both are findings, too.
            cut: _,
            unread: _,
        } = inspection;
        let has_database = parts.iter().any(|part| part.kind == PartKind::Database);
        Self {
            paths: vec![path.into_string()],
            name: file.name,
            size_bytes: Count(file.bytes),
            sha256: file.sha256.into_iter().collect(),
            sentence,
            kind: kind_word(kind).to_owned(),
            layers: layers.into_iter().map(bundle::Layer::words).collect(),
            made_by,
            made_at_ms: created_at.map(|at| Millis(at.as_millisecond())),
            server_version,
            tool_version,
            project,
            needs_passphrase,
            can_keep: !needs_passphrase
                && !matches!(kind, bundle::BundleKind::Unknown | bundle::BundleKind::Encrypted)
                && !parts.iter().any(|part| matches!(part.checksum, Checksum::Mismatch { .. })),
            has_database,
            unpacked_bytes: Count(unpacked_bytes),
            parts: parts.into_iter().map(Into::into).collect(),
            tables: tables.into_iter().map(Into::into).collect(),
            rows: rows.map(Count),
            files: Count(objects),
            buckets: Count(buckets.len() as u64),
            findings: findings.into_iter().map(Into::into).collect(),
            belongs_to: belongs_to.map(|(project, why)| BelongsTo {
                project_id: project.id,
                project: project.name,
                why,
            }),
            backup_id,
            import_command: command,
        }
    }
}

fn command(path: &str, into: Option<&str>) -> String {
    Command::BundleImport(BundleImport {
        files: vec![path.to_owned()],
        is_encrypted: false,
        into: into.map(str::to_owned),
        as_project: into.is_none().then(|| "NAME".to_owned()),
        reason: None,
        is_trusted: false,
    })
    .into()
}

fn kind_word(kind: bundle::BundleKind) -> &'static str {
    use bundle::BundleKind as Kind;
    match kind {
        Kind::PgDumpCustom => "pg_dump_custom",
        Kind::PgDumpTar => "pg_dump_tar",
        Kind::PgDumpDirectory => "pg_dump_directory",
        Kind::PlainSql => "plain_sql",
        Kind::SupabaseCli => "supabase_cli",
        Kind::SupaManagerBackup => "supamanager_backup",
        Kind::SupaManagerExport => "supamanager_export",
        Kind::OpttiusOrganisation => "opttius_organisation",
        Kind::Redis => "redis",
        Kind::ResticRepository => "restic_repository",
        Kind::Holdfast => "holdfast",
        Kind::Logs => "logs",
        Kind::Files => "files",
        Kind::Encrypted => "encrypted",
        Kind::Unknown => "unknown",
    }
}

impl From<bundle::Part> for BundlePartView {
    fn from(part: bundle::Part) -> Self {
        let bundle::Part { kind, path, format: _, bytes, sha256, checksum } = part;
        let component = match kind {
            PartKind::Database => "database",
            PartKind::Roles => "roles",
            PartKind::Access => "access",
            PartKind::Storage => "storage",
            PartKind::Config => "config",
            PartKind::Redis => "redis",
            PartKind::Logs => "logs",
            PartKind::Metadata => "metadata",
            PartKind::Other => "other",
        };
        let checksum = match checksum {
            Checksum::Match => "match",
            Checksum::Mismatch { .. } => "mismatch",
            Checksum::NotComparable => "not_comparable",
            Checksum::NotGiven => "none",
        };
        Self {
            component: component.to_owned(),
            path,
            size_bytes: Count(bytes),
            sha256,
            checksum: checksum.to_owned(),
        }
    }
}

impl From<bundle::Table> for BundleTableView {
    fn from(table: bundle::Table) -> Self {
        let bundle::Table { schema, name, rows, bytes } = table;
        Self { schema, name, rows: rows.map(Count), size_bytes: Some(Count(bytes)) }
    }
}

impl From<bundle::Finding> for FindingView {
    fn from(finding: bundle::Finding) -> Self {
        let bundle::Finding { severity, title, words } = finding;
        let level = match severity {
            Severity::Ok | Severity::Info => FindingLevel::Good,
            Severity::Warning | Severity::Unknown => FindingLevel::Warning,
            Severity::Critical => FindingLevel::Danger,
        };
        Self { level, title, words }
    }
}
