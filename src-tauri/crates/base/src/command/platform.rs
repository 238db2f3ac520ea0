//! Commands for platforms: create, pull, restore.

use jiff::tz::TimeZone;

use super::backup::passphrase;
use super::line::Line;
use super::moment;

/// A backup that a platform is to make.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlatformCreate {
    /// Id or name of the project.
    pub project: String,
    /// Kind; absent means the usual.
    pub kind: Option<String>,
    /// Whether it is compressed.
    pub compress: bool,
    /// Whether the platform encrypts it.
    pub encrypt: bool,
    /// Its format.
    pub format: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Whom the platform tells.
    pub notify_email: Option<String>,
    /// First and last moment, of logs.
    pub from_ms: Option<i64>,
    /// The last one.
    pub to_ms: Option<i64>,
    /// Whether it comes here then.
    pub then_pull: bool,
}

/// A new, empty project that a platform is to make.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlatformNewProject {
    /// Id or name of the project whose account makes it.
    pub like: String,
    /// Its name.
    pub name: String,
    /// What it is to its owner.
    pub label: String,
    /// The organisation that pays for it.
    pub organization: Option<String>,
    /// Where it runs.
    pub region: Option<String>,
    /// How large its server is.
    pub size: Option<String>,
}

/// A restore that a platform is to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlatformRestore {
    /// Id or name of the project.
    pub project: String,
    /// The backup's id there; or
    pub id: Option<String>,
    /// a moment; or
    pub at_ms: Option<i64>,
    /// a restore point.
    pub point: Option<String>,
    /// Whether the database comes back; absent leaves it to what the platform can.
    pub database: Option<bool>,
    /// Whether stored files do.
    pub storage: Option<bool>,
    /// Whether the configuration does.
    pub config: Option<bool>,
    /// Why no safety backup is made.
    pub no_safety_because: Option<String>,
    /// Why what the safety backup does not hold may be lost.
    pub uncovered_because: Option<String>,
}

/// What comes from a platform.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pull {
    /// Id or name of the project.
    pub project: String,
    /// Ids there.
    pub ids: Vec<String>,
    /// All that are not here yet.
    pub all: bool,
    /// Whether a passphrase opens them.
    pub is_encrypted: bool,
    /// Streams at most.
    pub streams: Option<u8>,
    /// Bytes per second at most.
    pub bytes_per_second: Option<u64>,
}

/// What a platform logged, for a range of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformLogs {
    /// Id or name of the project.
    pub project: String,
    /// The first moment.
    pub from_ms: i64,
    /// The moment after the last one.
    pub to_ms: i64,
    /// One of the platform's sources; absent means its usual.
    pub source: Option<String>,
    /// The file to write.
    pub file: Option<LogFile>,
    /// Whether they are kept in the vault.
    pub keep: bool,
}

/// A file of logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// Where it goes.
    pub path: String,
    /// Lines of text in place of JSON documents.
    pub is_text: bool,
    /// Whether a file of that name may be replaced.
    pub replace: bool,
}

impl PlatformCreate {
    pub(super) fn line(&self) -> Line {
        let Self {
            project,
            kind,
            compress,
            encrypt,
            format,
            reason,
            notify_email,
            from_ms,
            to_ms,
            then_pull,
        } = self;
        Line::of("platform create")
            .argument(project)
            .maybe("kind", kind.as_ref())
            .flag("no-compression", !compress)
            .flag("encrypt", *encrypt)
            .maybe("format", format.as_ref())
            .maybe("reason", reason.as_ref())
            .maybe("notify", notify_email.as_ref())
            .maybe("from", from_ms.map(moment))
            .maybe("to", to_ms.map(moment))
            .flag("pull", *then_pull)
    }
}

impl PlatformNewProject {
    pub(super) fn line(&self) -> Line {
        let Self { like, name, label, organization, region, size } = self;
        Line::of("platform new-project")
            .argument(like)
            .option("name", name)
            .option("label", label)
            .maybe("organization", organization.as_ref())
            .maybe("region", region.as_ref())
            .maybe("size", size.as_ref())
    }
}

impl PlatformRestore {
    pub(super) fn line(&self) -> Line {
        let Self {
            project,
            id,
            at_ms,
            point,
            database,
            storage,
            config,
            no_safety_because,
            uncovered_because,
        } = self;
        let mut line = Line::of("platform restore").argument(project);
        if let Some(id) = id {
            line = line.argument(id);
        }
        line = line.maybe("at", at_ms.map(moment)).maybe("point", point.as_ref());
        for (name, wanted) in [("database", database), ("storage", storage), ("config", config)] {
            line = match wanted {
                Some(true) => line.flag(name, true),
                Some(false) => line.flag(&format!("no-{name}"), true),
                None => line,
            };
        }
        line.maybe("no-safety-because", no_safety_because.as_ref())
            .maybe("uncovered-because", uncovered_because.as_ref())
    }
}

impl Pull {
    pub(super) fn line(&self) -> Line {
        let Self { project, ids, all, is_encrypted, streams, bytes_per_second } = self;
        let line = Line::of("pull").argument(project).flag("all", *all);
        let line = ids.iter().fold(line, |line, id| line.option("id", id));
        let line = passphrase(line, *is_encrypted).maybe("streams", streams.map(|n| n.to_string()));
        // Whole kilobytes are what people type; the rest is said in bytes.
        match bytes_per_second {
            Some(bytes) if bytes.is_multiple_of(1000) => line.option("limit", (bytes / 1000).to_string()),
            Some(bytes) => line.option("limit-bytes", bytes.to_string()),
            None => line,
        }
    }
}

impl PlatformLogs {
    pub(super) fn line(&self) -> Line {
        let Self { project, from_ms, to_ms, source, file, keep } = self;
        let line = Line::of("platform logs")
            .argument(project)
            .option("from", utc_day(*from_ms).map_or_else(|| moment(*from_ms), |day| day.to_string()))
            // The last day counts whole; a moment is the very end.
            .option("to", last_utc_day(*to_ms).map_or_else(|| moment(*to_ms), |day| day.to_string()))
            .maybe("source", source.as_ref());
        let line = file.iter().fold(line, |line, LogFile { path, is_text, replace }| {
            line.option("to-file", path).maybe("format", is_text.then_some("text")).flag("replace", *replace)
        });
        line.flag("keep", *keep)
    }
}

/// The day that begins at a moment, in UTC: so platforms date their logs.
fn utc_day(at_ms: i64) -> Option<jiff::civil::Date> {
    let at = jiff::Timestamp::from_millisecond(at_ms).ok()?;
    let day = at.to_zoned(TimeZone::UTC).date();
    let begins = day.to_zoned(TimeZone::UTC).ok()?.timestamp();
    (begins == at).then_some(day)
}

fn last_utc_day(at_ms: i64) -> Option<jiff::civil::Date> {
    utc_day(at_ms)?.yesterday().ok()
}
