//! The level `restored`: loads a backup into an empty database and checks it. The verdict is that of the
//! restore or drill.

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::Utf8Path;

use super::access::stored_access;
use super::check::overall;
use super::checks::{self, Looked};
use super::limits;
use super::selection::{Selected, Selection, select};
use crate::archive::{Manifest, not_taken_sentences, opened};
use crate::profile::Profile;
use base::clock::now_ms;
use base::failure::Failure;
use base::secret::Secret;
use base::words::{bytes_words, counted};
use ledger::catalog::Verdict;
use ledger::job::{Check, CheckVerdict, Difference, JobContext, PhaseSpec};
use postgres::compare::TableDifference;
use postgres::fill::{LoadReport, LoadStep, Message, Noise, Ownership, StoredDump, load_as};
use postgres::guest::as_guest;
use postgres::missing::Limit;
use postgres::target::Target;
use postgres::tools::ToolSet;

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
    /// The guest's password, if the target's role is a superuser of a private server: restored code then runs
    /// as the guest.
    pub(crate) guest: Option<&'a Secret>,
}

/// How much is brought back, and what is asked of it beside the project's own assertions.
pub(crate) struct Asked<'a> {
    pub(crate) selection: Selection,
    /// A program of the user's own.
    pub(crate) program: Option<&'a Utf8Path>,
}

/// Which checks are made.
#[derive(Clone, Copy)]
enum Which {
    All,
    Structure,
    /// Of a database at another moment than the backup's.
    AnotherMoment,
}

/// What came back.
#[derive(Clone)]
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
    /// Every check that was made, or was not.
    pub(crate) checks: Vec<Check>,
    /// What the tools said that is expected or tolerable.
    pub(crate) notes: Vec<String>,
    /// What was not brought back here, and why.
    pub(crate) limits: Vec<Limit>,
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
            checks: Vec::new(),
            differences: Vec::new(),
            notes: Vec::new(),
            limits: Vec::new(),
            restore_ms: 0,
            check_ms: 0,
        }
    }
}

impl Brought {
    /// Says beside the verdict what was not brought back.
    fn limited(&mut self, limits: Vec<Limit>) {
        if let Some(words) = limits::restored_words(&limits) {
            self.reason = format!("{} {words}", self.reason);
        }
        self.limits = limits;
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
            sentence: "Sequences, constraints, indexes, policies and large objects; every foreign key asked for orphans; your own assertions.".into(),
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
        self.fill_as(target, &Asked { selection: Selection::Everything, program: None }).await
    }

    /// The same, of a part of the backup, or with more questions.
    ///
    /// # Errors
    /// As `fill`.
    pub(crate) async fn fill_as(&self, target: &Target, asked: &Asked<'_>) -> Result<Brought, Failure> {
        let context = self.context;
        let started = now_ms();
        let dump = stored_dump(self.profile, self.backup_id, self.manifest).await?;
        let (dump, limits, said) = self.fitting(dump, target, asked).await?;
        let Selected { dump, toc, left_out } = select(dump, &asked.selection).await?;
        if left_out > 0 {
            context.info("structure", format!("{left_out} entries of the archive are left out"));
        }
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
        let filler = self.filler(target);
        let loaded = load_as(
            &dump,
            target,
            &filler,
            self.tools,
            &folder,
            sessions(),
            self.ownership,
            context.meter(),
            context.token(),
            &on_step,
        )
        .await?;
        tell(context, &loaded.messages);
        let loaded_ms = now_ms() - started;
        context.phase("check");
        let checked = now_ms();
        let LoadReport { tables, rows, messages, differences, compared_after } = loaded;
        let differences = differences?;
        let access = stored_access(self.profile, self.backup_id, self.manifest).await?;
        let looked = Looked {
            context,
            manifest: self.manifest,
            toc: &toc,
            digests: &dump.tables,
            selection: &asked.selection,
            ownership: self.ownership,
            access: access.as_deref(),
            keeps_others: false,
            limits: &limits,
            target: &filler,
            sessions: sessions(),
            assertions: &self.profile.catalog.assertions(&self.manifest.origin.project_id).await?,
            program: asked.program,
        };
        let checks = checks::make(&looked, &differences).await?;
        let mut brought = judge(Loaded { tables, rows, messages }, differences, checks);
        brought.notes.extend(said);
        brought.limited(limits);
        // What is compared beside the building of indexes costs no time of its own.
        let compared_ms = i64::try_from(compared_after.as_millis()).unwrap_or(loaded_ms);
        brought.restore_ms = loaded_ms - compared_ms;
        brought.check_ms = compared_ms + now_ms() - checked;
        Ok(brought)
    }

    /// The dump as the server can take it: a private one stands in for extensions that are not on this computer.
    async fn fitting(
        &self,
        dump: StoredDump,
        target: &Target,
        asked: &Asked<'_>,
    ) -> Result<(StoredDump, Vec<Limit>, Vec<String>), Failure> {
        let mut parts = self.manifest.extension_parts.clone();
        let (mut missing, mut said) = (BTreeSet::new(), Vec::new());
        if self.guest.is_some() {
            (missing, said) = limits::not_here(target, &parts).await?;
        }
        if let Some(part) = limits::not_taken_part(self.manifest.not_taken()) {
            missing.insert(part.name.clone());
            parts.push(part);
        }
        let (dump, limits) = limits::without(dump, &parts, &missing, &asked.selection).await?;
        // What is not in the backup by choice is no limit of this place; that it is left out is said.
        let (by_choice, limits): (Vec<Limit>, Vec<Limit>) =
            limits.into_iter().partition(|limit| limit.extension.is_empty());
        let by_choice = by_choice.iter().filter(|limit| limit.kind != "extension");
        said.extend(by_choice.map(|Limit { kind, name, .. }| {
            format!("{kind} {name} is left out: by choice the backup does not have what it needs")
        }));
        for limit in limits::limit_sentences(&limits) {
            self.context.info("structure", limit);
        }
        for note in &said {
            self.context.warn("structure", note.clone());
        }
        said.extend(self.manifest.not_taken().into_iter().flat_map(not_taken_sentences));
        Ok((dump, limits, said))
    }

    /// Who fills it, and asks what came back.
    pub(crate) fn filler(&self, target: &Target) -> Target {
        self.guest.map_or_else(|| target.clone(), |password| as_guest(target, password))
    }

    /// Makes the checks on a database that was filled within a transaction, whose rows were compared there.
    ///
    /// # Errors
    /// When the database cannot be reached, or the job was cancelled.
    pub(crate) async fn check(&self, target: &Target, brought: Brought) -> Result<Brought, Failure> {
        let checked = now_ms();
        let checks = self.checks(target, Which::All).await?;
        let Brought { tables, rows, restore_ms, check_ms, .. } = brought;
        let judged = judge(Loaded { tables, rows, messages: Vec::new() }, Vec::new(), checks);
        Ok(Brought { restore_ms, check_ms: check_ms + now_ms() - checked, ..judged })
    }

    /// Whether everything but rows is there: constraints, indexes, owners and rights. Rows were compared already.
    ///
    /// # Errors
    /// As `check`.
    pub(crate) async fn check_structure(
        &self,
        target: &Target,
        brought: Brought,
    ) -> Result<Brought, Failure> {
        let checked = now_ms();
        let checks = self.checks(target, Which::Structure).await?;
        let open = checks.iter().filter(|check| check.verdict != CheckVerdict::Pass);
        let first = open.clone().find_map(|check| Some((&check.title, check.findings.first()?)));
        let (verdict, reason) = match (overall(&checks), first) {
            (Verdict::Pass, _) => (brought.verdict, brought.reason),
            (_, Some((title, finding))) => {
                let found = counted(open.map(|check| check.found).sum(), "thing");
                let said = format!(
                    "Beside the rows {found} of the backup could not be made or given, or stayed otherwise; the first, of {}: {finding}.",
                    title.to_lowercase()
                );
                (Verdict::Inconclusive, format!("{} {said}", brought.reason))
            }
            (_, None) => {
                let said = "Whether everything beside the rows is as in the backup could not be looked at.";
                (Verdict::Inconclusive, format!("{} {said}", brought.reason))
            }
        };
        let check_ms = brought.check_ms + now_ms() - checked;
        Ok(Brought { verdict, reason, checks, check_ms, ..brought })
    }

    /// Looks at a database that somebody else restored beside this backup, which is of another moment. Rows are not
    /// compared.
    ///
    /// # Errors
    /// As `check`.
    pub(crate) async fn look_beside(&self, target: &Target) -> Result<(Verdict, Vec<Check>), Failure> {
        let checks = self.checks(target, Which::AnotherMoment).await?;
        Ok((overall(&checks), checks))
    }

    async fn checks(&self, target: &Target, which: Which) -> Result<Vec<Check>, Failure> {
        let dump = stored_dump(self.profile, self.backup_id, self.manifest).await?;
        let Selected { dump, toc, .. } = select(dump, &Selection::Everything).await?;
        let access = stored_access(self.profile, self.backup_id, self.manifest).await?;
        let looked = Looked {
            context: self.context,
            manifest: self.manifest,
            toc: &toc,
            digests: &dump.tables,
            selection: &Selection::Everything,
            ownership: self.ownership,
            access: access.as_deref(),
            keeps_others: true,
            limits: &[],
            target,
            sessions: sessions(),
            assertions: &self.profile.catalog.assertions(&self.manifest.origin.project_id).await?,
            program: None,
        };
        match which {
            Which::All => checks::make(&looked, &[]).await,
            Which::Structure => checks::of_structure(&looked).await,
            Which::AnotherMoment => checks::of_another_moment(&looked).await,
        }
    }
}

fn tell(context: &JobContext, messages: &[Message]) {
    for message in messages {
        match message.noise {
            Noise::Expected => context.info("structure", message.text.clone()),
            Noise::Degraded => context.warn("structure", message.text.clone()),
        }
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
    let database = manifest.dump()?;
    let path = database.part.path.clone();
    Ok(StoredDump {
        beside: manifest.extension_parts.iter().flat_map(|part| part.beside.clone()).collect(),
        bytes: database.part.bytes,
        prefix_bytes: database.prefix_bytes,
        blocks: database.blocks.clone(),
        tables: manifest.tables().to_vec(),
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

/// The verdict, and everything that is shown with it; the times are the caller's.
fn judge(loaded: Loaded, differences: Vec<TableDifference>, checks: Vec<Check>) -> Brought {
    let verdict = overall(&checks);
    let reason = reason(&loaded, verdict, &differences, &checks);
    let of_rows = ["rows", "fingerprints"];
    let others = checks
        .iter()
        .filter(|check| check.verdict == CheckVerdict::Fail && !of_rows.contains(&check.id.as_str()))
        .flat_map(|check| check.findings.clone());
    let others =
        others.map(|what| Difference { table: what, expected_rows: None, found_rows: None, problem: None });
    let differences = differences.into_iter().map(|one| {
        let TableDifference { table, expected_rows, found_rows, problem } = one;
        Difference { table, expected_rows: Some(expected_rows), found_rows, problem }
    });
    Brought {
        verdict,
        reason,
        tables: loaded.tables,
        rows: loaded.rows,
        differences: differences.chain(others).collect(),
        checks,
        notes: loaded.messages.into_iter().map(|message| message.text).collect(),
        limits: Vec::new(),
        restore_ms: 0,
        check_ms: 0,
    }
}

/// Why the verdict is what it is, as a sentence.
fn reason(loaded: &Loaded, verdict: Verdict, differences: &[TableDifference], checks: &[Check]) -> String {
    let came = format!("{}, {} came back", counted(loaded.tables, "table"), counted(loaded.rows, "row"));
    let of = |wanted: CheckVerdict| checks.iter().filter(move |check| check.verdict == wanted);
    match verdict {
        Verdict::Pass => {
            let degraded = loaded.messages.iter().filter(|message| message.noise == Noise::Degraded).count();
            let mut more = String::new();
            if degraded > 0 {
                more = format!(" {degraded} notes about owners and rights.");
            }
            let noted: Vec<String> =
                of(CheckVerdict::Noted).map(|check| check.title.to_lowercase()).collect();
            if !noted.is_empty() {
                more = format!("{more} To look at: {}.", noted.join(", "));
            }
            format!("{came}; rows and fingerprints of every table match the manifest.{more}")
        }
        Verdict::Fail => {
            let things: u64 = of(CheckVerdict::Fail).map(|check| check.found).sum();
            let first = differences.first().map(|one| one.table.clone());
            let first = first.or_else(|| {
                let check = of(CheckVerdict::Fail).next()?;
                let what = check.findings.first().cloned().unwrap_or_default();
                Some(format!("{}: {what}", check.title))
            });
            let first = first.unwrap_or_default();
            let are = if things == 1 { "1 thing is".to_owned() } else { format!("{things} things are") };
            format!("{came}, and {are} not as it should be, the first: {first}.")
        }
        Verdict::Inconclusive => {
            let open: Vec<String> = of(CheckVerdict::Inconclusive)
                .map(|check| format!("{}: {}", check.title, check.done))
                .collect();
            format!("{came}, but not every check could be made. {}", open.join(" "))
        }
    }
}
