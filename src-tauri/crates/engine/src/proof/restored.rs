//! The level `restored`: a backup brought back into an empty database, and what is found there.
//! Its verdict is the restore's, or the drill's.

use std::sync::Arc;

use super::Difference;
use crate::archive::{Manifest, opened};
use crate::catalog::Verdict;
use crate::clock::now_ms;
use crate::failure::Failure;
use crate::job::{JobContext, PhaseSpec};
use crate::profile::Profile;
use crate::source::postgres::compare::{RowsError, TableDifference};
use crate::source::postgres::connection::Session;
use crate::source::postgres::facts;
use crate::source::postgres::fill::{LoadReport, LoadStep, Message, Noise, Ownership, StoredDump, load};
use crate::source::postgres::target::Target;
use crate::source::postgres::tools::ToolSet;
use crate::words::{bytes_words, counted};

/// What has to hold beside the rows: nothing that the archive made may be left half-built.
const WEAK: &str = "select 'index ' || indexrelid::regclass::text || ' is not valid' \
    from pg_catalog.pg_index where not indisvalid";

/// Side by side as the processors of this computer allow; the server does most of the work.
const SESSIONS_MAX: usize = 8;

/// What brings a backup back.
pub(crate) struct BringBack<'a> {
    pub(crate) context: &'a JobContext,
    pub(crate) profile: &'a Profile,
    pub(crate) backup_id: &'a str,
    pub(crate) manifest: &'a Manifest,
    pub(crate) tools: &'a ToolSet,
    pub(crate) ownership: Ownership,
}

/// What came back.
pub(crate) struct Brought {
    pub(crate) verdict: Verdict,
    /// Why, as a sentence.
    pub(crate) reason: String,
    /// Tables that were filled and compared.
    pub(crate) tables: u64,
    /// Rows in them.
    pub(crate) rows: u64,
    /// What is not as the manifest says.
    pub(crate) differences: Vec<Difference>,
    /// What the tools said that is expected or tolerable.
    pub(crate) notes: Vec<String>,
    /// How long loading took.
    pub(crate) restore_ms: i64,
    /// How long the checks took once everything else was done.
    pub(crate) check_ms: i64,
}

impl Brought {
    /// For an act that restores nothing, and has nothing to compare.
    pub(crate) fn nothing(reason: String) -> Self {
        Self {
            verdict: Verdict::Pass,
            reason,
            tables: 0,
            rows: 0,
            differences: Vec::new(),
            notes: Vec::new(),
            restore_ms: 0,
            check_ms: 0,
        }
    }
}

/// How many sessions load side by side.
pub(crate) fn sessions() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get).min(SESSIONS_MAX)
}

/// The phases that `BringBack::fill` goes through, for the jobs that call it.
pub(crate) fn phases(table_count: usize, size_bytes: u64) -> [PhaseSpec; 4] {
    [
        PhaseSpec {
            id: "structure",
            title: "Structure",
            weight: 5,
            sentence: format!("Schemas, types, {} and functions.", counted(table_count as u64, "table")),
        },
        PhaseSpec {
            id: "rows",
            title: "Rows",
            weight: 45,
            sentence: format!("{} from the vault into COPY, several tables at once.", bytes_words(size_bytes)),
        },
        PhaseSpec {
            id: "indexes",
            title: "Indexes",
            weight: 42,
            sentence: "Indexes, constraints and triggers, in parallel; beside them, rows and fingerprints of every table against the manifest.".into(),
        },
        PhaseSpec {
            id: "check",
            title: "Check",
            weight: 5,
            sentence: "Nothing differs from the manifest, no index is half-built, every large object is there.".into(),
        },
    ]
}

impl BringBack<'_> {
    /// Loads the backup into the empty database `target`, and checks what is there.
    ///
    /// # Errors
    /// Why it could not be loaded or checked; the database is then incomplete, and the caller drops it.
    /// That it is not what the manifest says is no error but the verdict.
    pub(crate) async fn fill(&self, target: &Target) -> Result<Brought, Failure> {
        let context = self.context;
        let started = now_ms();
        let dump = stored_dump(self.profile, self.backup_id, self.manifest).await?;
        let folder = self.profile.home.join("run").join(format!("restore-{}", context.id()));
        let table_bytes = || dump.tables.iter().map(|table| table.bytes).sum();
        let on_step = |step: LoadStep| match step {
            LoadStep::Structure => context.phase("structure"),
            LoadStep::Rows => {
                context.phase("rows");
                context.expect_bytes(table_bytes());
            }
            LoadStep::Indexes => {
                context.phase("indexes");
                context.expect_bytes(table_bytes());
            }
        };
        let loaded = load(
            &dump,
            target,
            self.tools,
            &folder,
            sessions(),
            self.ownership,
            context.meter(),
            context.token(),
            &on_step,
        )
        .await?;
        for message in &loaded.messages {
            match message.noise {
                Noise::Expected => context.info("structure", message.text.clone()),
                Noise::Degraded => context.warn("structure", message.text.clone()),
            }
        }
        let loaded_ms = now_ms() - started;
        context.phase("check");
        let checked = now_ms();
        let LoadReport { tables, rows, messages, differences, compared_after } = loaded;
        let findings = check(context, self.manifest, target, differences).await?;
        let mut brought = judge(Loaded { tables, rows, messages }, findings);
        // What is compared beside the building of indexes costs no time of its own.
        let compared_ms = i64::try_from(compared_after.as_millis()).unwrap_or(loaded_ms);
        brought.restore_ms = loaded_ms - compared_ms;
        brought.check_ms = compared_ms + now_ms() - checked;
        Ok(brought)
    }
}

/// The dump of a backup, as it lies in the vault.
pub(crate) async fn stored_dump(
    profile: &Profile,
    backup_id: &str,
    manifest: &Manifest,
) -> Result<StoredDump, Failure> {
    let vault = profile.archive.vault().await?;
    let id = opened::snapshot_id(backup_id)?;
    let path = manifest.database.part.path.clone();
    Ok(StoredDump {
        bytes: manifest.database.part.bytes,
        prefix_bytes: manifest.database.prefix_bytes,
        blocks: manifest.database.blocks.clone(),
        tables: manifest.database.tables.clone().unwrap_or_default(),
        open: Arc::new(move |offset, length| {
            let reader = vault.read_range(&id, &path, offset, length).map_err(std::io::Error::other)?;
            Ok(Box::new(reader))
        }),
    })
}

/// What went in.
struct Loaded {
    tables: u64,
    rows: u64,
    messages: Vec<Message>,
}

/// What the checks found.
struct Findings {
    /// Tables whose rows are others.
    differences: Vec<TableDifference>,
    /// Objects that are not as they should be, as sentences.
    weak: Vec<String>,
}

/// Takes what the comparison of the rows found, and looks at indexes and large objects.
async fn check(
    context: &JobContext,
    manifest: &Manifest,
    target: &Target,
    differences: Result<Vec<TableDifference>, RowsError>,
) -> Result<Findings, Failure> {
    let differences = differences?;
    let session = target.session().await?;
    let mut weak: Vec<String> = session.client.query(WEAK, &[]).await?.iter().map(|row| row.get(0)).collect();
    weak.extend(large_objects(context, manifest, &session).await?);
    session.close().await;
    Ok(Findings { differences, weak })
}

/// What is not right with the large objects. Older manifests know their number and bytes only.
async fn large_objects(
    context: &JobContext,
    manifest: &Manifest,
    session: &Session,
) -> Result<Option<String>, Failure> {
    let found = facts::fingerprint_large_objects(&session.client, &|| context.token().is_cancelled()).await?;
    context.checkpoint()?;
    let (count, bytes) = manifest.database.large_objects;
    if (found.count, found.bytes) != (count, bytes) {
        let (there, of) = (found.count, found.bytes);
        return Ok(Some(format!(
            "{there} large objects of {of} bytes are there, the backup holds {count} of {bytes}"
        )));
    }
    let expected = manifest.database.large_objects_fingerprint.as_deref();
    let is_other = expected.is_some_and(|expected| expected != found.fingerprint_text());
    Ok(is_other.then(|| "the large objects' content differs".to_owned()))
}

/// The verdict, and everything that is shown with it; the times are the caller's.
fn judge(loaded: Loaded, findings: Findings) -> Brought {
    let Findings { differences, weak } = findings;
    let degraded = loaded.messages.iter().filter(|message| message.noise == Noise::Degraded).count();
    let counted = format!("{}, {}", counted(loaded.tables, "table"), counted(loaded.rows, "row"));
    let (verdict, reason) = if differences.is_empty() && weak.is_empty() {
        let notes =
            if degraded > 0 { format!(" {degraded} notes about owners and rights.") } else { String::new() };
        (
            Verdict::Pass,
            format!("{counted} came back; rows and fingerprints of every table match the manifest.{notes}"),
        )
    } else {
        let first = differences
            .first()
            .map(|one| one.table.clone())
            .or_else(|| weak.first().cloned())
            .unwrap_or_default();
        (
            Verdict::Fail,
            format!(
                "{counted} came back, and {} things differ from the manifest, the first: {first}.",
                differences.len() + weak.len()
            ),
        )
    };
    let differences = differences
        .into_iter()
        .map(|TableDifference { table, expected_rows, found_rows, problem }| Difference {
            table,
            expected_rows: Some(expected_rows),
            found_rows,
            problem,
        })
        .chain(weak.into_iter().map(|what| Difference {
            table: what,
            expected_rows: None,
            found_rows: None,
            problem: None,
        }))
        .collect();
    Brought {
        verdict,
        reason,
        tables: loaded.tables,
        rows: loaded.rows,
        differences,
        notes: loaded.messages.into_iter().map(|message| message.text).collect(),
        restore_ms: 0,
        check_ms: 0,
    }
}
