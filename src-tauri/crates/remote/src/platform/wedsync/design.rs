//! Which parts of the design a database has.

use std::collections::BTreeMap;

use super::{SHORT_LIMIT, WedsyncError, rows, value};
use postgres::connection::Session;
use postgres::stored_setting::StoredSetting;

/// The path that the role has in this database, whatever this session's is.
const PATH_OF_ROLE: &str =
    "select reset_val, current_user::text from pg_catalog.pg_settings where name = 'search_path'";
/// What the role's path finds comes first, then by name: a name in two schemas has one meaning here.
const FUNCTIONS: &str = "select n.nspname::text, p.proname::text, pg_catalog.oidvectortypes(p.proargtypes), \
    pg_catalog.format_type(p.prorettype, null), pg_catalog.has_function_privilege(p.oid, 'execute') \
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace \
    where p.proname::text = any($1) order by pg_catalog.array_position($2::text[], n.nspname::text) nulls last, 1";
const TABLES: &str = "select n.nspname::text, c.relname::text, array_agg(a.attname::text order by a.attnum) \
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped \
    where c.relname::text = any($1) and c.relkind in ('r', 'p', 'v') and n.nspname not like 'pg\\_%' \
    group by c.oid, n.nspname, c.relname \
    order by pg_catalog.array_position($2::text[], n.nspname::text) nulls last, 1";

/// A part of the design.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// The function that notes a manual backup.
    CreateManualBackup,
    /// The function that tests one.
    TestBackupRestoration,
    /// The log of backups.
    BackupLog,
    /// Results of verifications.
    BackupVerification,
    /// Results of tests.
    BackupTests,
    /// Rows that changed.
    ChangeTracking,
}

impl Object {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::CreateManualBackup,
        Self::TestBackupRestoration,
        Self::BackupLog,
        Self::BackupVerification,
        Self::BackupTests,
        Self::ChangeTracking,
    ];

    /// Its name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::CreateManualBackup => "create_manual_backup",
            Self::TestBackupRestoration => "test_backup_restoration",
            Self::BackupLog => "backup_log",
            Self::BackupVerification => "backup_verification",
            Self::BackupTests => "backup_tests",
            Self::ChangeTracking => "change_tracking",
        }
    }

    /// What a function takes and gives; nothing for a table.
    fn signature(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::CreateManualBackup => Some(("text, uuid", "text")),
            Self::TestBackupRestoration => Some(("text", "boolean")),
            _ => None,
        }
    }

    /// The columns that a table must have.
    fn columns(self) -> &'static [&'static str] {
        match self {
            Self::BackupLog => &["backup_id", "backup_type", "reason", "created_by", "started_at", "status"],
            Self::BackupVerification => &[
                "id",
                "backup_id",
                "verification_type",
                "verification_date",
                "success",
                "details",
                "verified_by",
            ],
            Self::BackupTests => &[
                "id",
                "backup_id",
                "test_type",
                "test_environment",
                "started_at",
                "completed_at",
                "success",
                "errors",
                "data_verified",
                "tested_by",
                "notes",
            ],
            Self::ChangeTracking => &["table_name", "record_id", "operation", "changed_at"],
            Self::CreateManualBackup | Self::TestBackupRestoration => &[],
        }
    }
}

/// Whether a part is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// In this schema, as the design has it.
    Here {
        /// Its schema.
        schema: String,
    },
    /// Not, or not so.
    Absent {
        /// Why it cannot be used, without a full stop.
        reason: String,
    },
}

/// What of the design a database has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Design {
    found: BTreeMap<Object, Found>,
}

impl Design {
    /// Whether a part is there.
    pub fn found(&self, object: Object) -> &Found {
        const NEVER: &Found = &Found::Absent { reason: String::new() };
        self.found.get(&object).unwrap_or(NEVER)
    }

    /// Whether all of it is there.
    pub fn is_whole(&self) -> bool {
        self.found.values().all(|found| matches!(found, Found::Here { .. }))
    }

    /// Whether nothing of it is there: another kind of database.
    pub fn is_absent(&self) -> bool {
        self.found.values().all(|found| matches!(found, Found::Absent { .. }))
    }

    pub(super) async fn read(session: &Session) -> Result<Self, WedsyncError> {
        let doing = "say what of the design it has";
        let names: Vec<&str> = Object::ALL.iter().map(|object| object.name()).collect();
        let path = path_of_role(session, doing).await?;
        let functions = rows(session, doing, SHORT_LIMIT, FUNCTIONS, &[&names, &path]).await?;
        let tables = rows(session, doing, SHORT_LIMIT, TABLES, &[&names, &path]).await?;
        let mut found = BTreeMap::new();
        for object in Object::ALL {
            let mut best = Found::Absent { reason: "it is not in this database".to_owned() };
            let candidates = if object.signature().is_some() { &functions } else { &tables };
            for row in candidates {
                if value::<String>(row, 1)? != object.name() {
                    continue;
                }
                best = judge(object, row)?;
                if matches!(best, Found::Here { .. }) {
                    break;
                }
            }
            found.insert(object, best);
        }
        Ok(Self { found })
    }
}

/// The schemas of the role's own path, in their order.
async fn path_of_role(session: &Session, doing: &'static str) -> Result<Vec<String>, WedsyncError> {
    let found = rows(session, doing, SHORT_LIMIT, PATH_OF_ROLE, &[]).await?;
    let Some(row) = found.first() else { return Ok(Vec::new()) };
    let (path, role): (Option<String>, String) = (value(row, 0)?, value(row, 1)?);
    let path = StoredSetting::of_catalogue("search_path", &path.unwrap_or_default());
    let schemas = path.map(|path| path.values).unwrap_or_default();
    Ok(schemas.into_iter().map(|schema| if schema == "$user" { role.clone() } else { schema }).collect())
}

fn judge(object: Object, row: &tokio_postgres::Row) -> Result<Found, WedsyncError> {
    let schema: String = value(row, 0)?;
    let Some((takes, gives)) = object.signature() else {
        let columns: Vec<String> = value(row, 2)?;
        let is_missing = |name: &&&str| !columns.iter().any(|column| column == **name);
        let missing: Vec<&str> = object.columns().iter().filter(is_missing).copied().collect();
        if missing.is_empty() {
            return Ok(Found::Here { schema });
        }
        return Ok(Found::Absent {
            reason: format!("{schema}.{} lacks {}", object.name(), missing.join(", ")),
        });
    };
    let (arguments, result): (String, String) = (value(row, 2)?, value(row, 3)?);
    if (arguments.as_str(), result.as_str()) != (takes, gives) {
        let name = object.name();
        let reason = format!(
            "{schema}.{name}({arguments}) gives {result}; the design has {name}({takes}) giving {gives}"
        );
        return Ok(Found::Absent { reason });
    }
    if !value::<bool>(row, 4)? {
        return Ok(Found::Absent { reason: "this role may not call it".to_owned() });
    }
    Ok(Found::Here { schema })
}
