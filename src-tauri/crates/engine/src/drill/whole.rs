//! What a backup holds beside its database, brought back in a drill: every file is written to this computer, read back
//! and compared; the keys of a snapshot of Redis are read one by one; rows that name files are compared with the files.

use std::sync::Arc;

use camino::Utf8PathBuf;
use vault::{SnapshotId, Vault};

use super::loaded::{Loaded, load};
use super::run::OF_THE_BACKUP;

use crate::archive::failure::vault_failure;
use crate::archive::opened::{blocking, snapshot_id};
use crate::archive::{Manifest, Taken, inventory_path};
use crate::parts::{CameBack, bring_back, largest};
use crate::profile::Profile;
use crate::proof::{Begun, Brought, overall, redis};
use crate::scratch::DRILL_FOLDERS;
use base::Code;
use base::disk;
use base::failure::Failure;
use base::words::{bytes_words, counted};
use ledger::catalog::Verdict;
use ledger::component::Component;
use ledger::job::{Check, CheckVerdict, JobContext, PhaseSpec};

/// The folders of drills, below the profile's own.
const FOLDER: &str = "run";
const PREFIX: &str = DRILL_FOLDERS;
/// Left free for everybody else.
const SPARE_BYTES: u64 = 256 * 1024 * 1024;

/// The phase in which they come back, where a backup has such.
pub(super) fn parts_phase(manifest: &Manifest) -> Option<PhaseSpec> {
    (!manifest.taken.is_empty() || !manifest.absent.is_empty()).then(|| PhaseSpec {
        id: "parts",
        title: "Beside the database",
        weight: 20,
        sentence: "Files, configuration and logs are written here, read back and compared; keys of Redis are read one by one, and loaded into a private server where one is here.".into(),
    })
}

/// Brings all of it back, one source after the other; what is written goes again.
///
/// # Errors
/// When the vault fails, or the run was cancelled. That something does not come back is a check that fails.
pub(super) async fn parts_back(
    context: &JobContext,
    profile: &Profile,
    backup_id: &str,
    manifest: &Manifest,
) -> Result<Vec<Check>, Failure> {
    let Some(phase) = parts_phase(manifest) else { return Ok(Vec::new()) };
    context.phase(phase.id);
    context.expect_bytes(manifest.taken.iter().map(|taken| taken.bytes).sum());
    let (vault, id) = (profile.archive.vault().await?, snapshot_id(backup_id)?);
    let mut checks = Vec::new();
    for component in Component::ALL {
        for taken in manifest.taken_of(component) {
            let folder = profile.home.join(FOLDER).join(format!("{PREFIX}{}", context.id()));
            let check = one_back(context, (&vault, id), taken, folder).await?;
            context.checkpoint()?;
            checks.push(check);
        }
    }
    checks.extend(manifest.absent.iter().map(|absent| {
        let (id, title) = name_of(absent.component, &absent.name);
        Begun::new(id, title)
            .not_checked(format!("The backup lacks it: {}.", absent.why.trim_end_matches('.')))
    }));
    Ok(checks)
}

/// `storage:uploads`, and “Stored files “uploads””.
fn name_of(component: Component, name: &str) -> (String, String) {
    let words = component.words();
    let mut letters = words.chars();
    let capital: String =
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
    (format!("{}:{name}", component.as_str()), format!("{capital} “{name}”"))
}

async fn one_back(
    context: &JobContext,
    (vault, id): (&Vault, SnapshotId),
    taken: &Taken,
    folder: Utf8PathBuf,
) -> Result<Check, Failure> {
    let (of, title) = name_of(taken.component, &taken.name);
    let begun = Begun::new(of, title);
    let (folder, again) = (Scratch(folder.clone()), Scratch(folder));
    let opened = (vault, id);
    let (vault, taken, meter) = (vault.clone(), taken.clone(), Arc::clone(context.meter()));
    let cancelled = context.token().clone();
    let tried = blocking(move || {
        if taken.component == Component::Redis {
            let keys = redis(&vault, &id, &taken, &meter);
            if let (Err(_), Err(error)) = (&keys, vault.read(&id, &inventory_path(taken.component)))
                && error.is_fatal()
            {
                return Err(vault_failure(error));
            }
            return Ok(Tried::Keys(taken, keys));
        }
        let of = (taken.component, taken.name.as_str());
        let needed = largest((&vault, id), of)?.saturating_add(SPARE_BYTES);
        if let Some(free) = folder.free_bytes().filter(|free| *free < needed) {
            return Ok(Tried::NoRoom { needed, free });
        }
        folder.make()?;
        let is_cancelled = || cancelled.is_cancelled();
        let came = bring_back((&vault, id), of, &folder.0, &meter, &is_cancelled)?;
        Ok::<_, Failure>(Tried::Files(taken, came))
    })
    .await;
    context.checkpoint()?;
    Ok(match tried {
        Ok(Tried::Keys(taken, keys)) => {
            let loaded = match keys {
                Ok(keys) if keys == taken.keys.unwrap_or_default() => {
                    Some(loaded_keys(context, opened, &taken, again).await?)
                }
                Ok(_) | Err(_) => None,
            };
            judged_keys(begun, &taken, keys, loaded)
        }
        Ok(Tried::Files(taken, came)) => judged_files(begun, &taken, came),
        Ok(Tried::NoRoom { needed, free }) => begun.inconclusive(format!(
            "It needs about {} on this computer, and {} are free.",
            bytes_words(needed),
            bytes_words(free)
        )),
        // It says nothing of the database, nor of the other parts.
        Err(failure) if OF_THE_BACKUP.contains(&failure.code) => {
            begun.judged("unreadable", "Its list in the backup.", vec![failure.message])
        }
        Err(failure) => begun.inconclusive(format!("{}.", failure.message.trim_end_matches('.'))),
    })
}

/// What came of a source.
enum Tried {
    Keys(Taken, Result<u64, String>),
    Files(Taken, CameBack),
    NoRoom { needed: u64, free: u64 },
}

/// Loads a snapshot into a private server. That there is no room for it is no reason to end the drill.
async fn loaded_keys(
    context: &JobContext,
    opened: (&Vault, SnapshotId),
    taken: &Taken,
    folder: Scratch,
) -> Result<Loaded, Failure> {
    let needed = taken.bytes.saturating_add(SPARE_BYTES);
    if folder.free_bytes().is_some_and(|free| free < needed) {
        return Ok(Loaded::NotTried(format!("it needs about {} on this computer", bytes_words(needed))));
    }
    folder.make()?;
    match load(context, opened, taken, &folder.0).await {
        Err(failure) if failure.code == Code::WriteFailed => Ok(Loaded::NotTried(failure.message)),
        loaded => loaded,
    }
}

fn judged_keys(
    begun: Begun,
    taken: &Taken,
    counted_keys: Result<u64, String>,
    loaded: Option<Loaded>,
) -> Check {
    let expected = taken.keys.unwrap_or_default();
    let done = "The snapshot was read to its end, value by value, with its checksum";
    match counted_keys {
        Ok(keys) if keys == expected => {
            let figure = format!("{keys} of {expected} keys");
            match loaded {
                Some(Loaded::Keys { keys, version, wall }) => {
                    let warning = wall.warning().map(|text| format!(" {text}")).unwrap_or_default();
                    let done = format!("{done}; a private Redis {version} loaded it.{warning}");
                    let differs =
                        (keys != expected).then(|| format!("the server that loaded it has {keys} keys"));
                    begun.judged(figure, done, differs.into_iter().collect())
                }
                Some(Loaded::TooOld(why)) => {
                    let why = format!("the Redis on this computer does not load it: {why}");
                    begun.noted(figure, format!("{done}. No server loaded it: {why}."), vec![why])
                }
                Some(Loaded::Refused(why)) => {
                    let finding = format!("the Redis on this computer refused it: {why}");
                    begun.lost(figure, format!("{done}, and no server loaded it."), vec![finding])
                }
                Some(Loaded::NotTried(why)) => {
                    begun.noted(figure, format!("{done}. No server loaded it: {why}."), vec![why])
                }
                None => begun.judged(figure, format!("{done}. No server loaded it."), Vec::new()),
            }
        }
        Ok(keys) => {
            let finding = format!("{keys} keys are in it, and the backup describes {expected}");
            begun.judged(format!("{keys} of {expected} keys"), done, vec![finding])
        }
        Err(why) => begun.judged("unreadable", format!("{done}."), vec![why]),
    }
}

fn judged_files(begun: Begun, taken: &Taken, came: CameBack) -> Check {
    let CameBack { files, bytes, mut problems, problem_count } = came;
    if files < taken.files && problem_count == 0 {
        problems
            .push(format!("{} are in the list of the backup no more", counted(taken.files - files, "file")));
    }
    let unnamed = problem_count.saturating_sub(problems.len() as u64);
    if unnamed > 0 {
        problems.push(format!("and {unnamed} more"));
    }
    let done = format!(
        "{} were written to this computer, read back, and compared by their SHA-256.",
        bytes_words(bytes)
    );
    let figure = format!("{files} of {} files", taken.files);
    let lacking = taken.missing + taken.left_out;
    if problems.is_empty() && lacking > 0 {
        let done = format!("{done} {} of the place are not in the backup.", counted(lacking, "file"));
        return begun.noted(figure, done, taken.named.clone());
    }
    begun.judged(figure, done, problems)
}

impl Brought {
    /// With what came back beside the database: one verdict on all of it.
    #[must_use]
    pub(super) fn with(mut self, checks: Vec<Check>) -> Self {
        if checks.is_empty() {
            return self;
        }
        let of = overall(&checks);
        let told = words(&checks, of);
        let is_worse = match (self.verdict, of) {
            (Verdict::Fail, _) | (Verdict::Inconclusive, Verdict::Pass | Verdict::Inconclusive) => false,
            (_, verdict) => verdict != Verdict::Pass,
        };
        let before = std::mem::take(&mut self.reason);
        let both = if is_worse { [told, before] } else { [before, told] };
        if is_worse {
            self.verdict = of;
        }
        let both = both.iter().filter(|words| !words.is_empty()).cloned().collect::<Vec<_>>();
        self.reason = both.join(" ");
        self.checks.extend(checks);
        self
    }
}

/// What came of them, in a sentence.
fn words(checks: &[Check], verdict: Verdict) -> String {
    let of = |wanted: CheckVerdict| checks.iter().filter(move |check| check.verdict == wanted);
    let named = |check: &Check| {
        let first = check.findings.first().unwrap_or(&check.done).trim_end_matches('.');
        format!("{}: {first}", check.title)
    };
    match verdict {
        Verdict::Fail => {
            let bad: Vec<String> = of(CheckVerdict::Fail).map(named).collect();
            format!("Not all of it came back. {}.", bad.join("; "))
        }
        Verdict::Inconclusive => {
            let open: Vec<String> = of(CheckVerdict::Inconclusive).map(named).collect();
            format!("Not all of it could be tried. {}.", open.join("; "))
        }
        Verdict::Pass => {
            let came: Vec<String> = of(CheckVerdict::Pass)
                .chain(of(CheckVerdict::Noted))
                .map(|check| format!("{}: {}", check.title, check.figure))
                .collect();
            let lacking: Vec<String> = of(CheckVerdict::NotChecked).map(named).collect();
            let came = if came.is_empty() { String::new() } else { format!("{}.", came.join(", ")) };
            let lacking =
                if lacking.is_empty() { String::new() } else { format!(" {}.", lacking.join("; ")) };
            format!("{came}{lacking}").trim().to_owned()
        }
    }
}

/// A folder that goes with this.
struct Scratch(Utf8PathBuf);

impl Scratch {
    fn free_bytes(&self) -> Option<u64> {
        // The folder itself is not there yet.
        let there = self.0.ancestors().find(|path| path.is_dir())?;
        disk::free_bytes(there).ok()
    }

    /// Makes it; the account alone reads what is written there.
    fn make(&self) -> Result<(), Failure> {
        disk::create_private_dir(&self.0).map_err(|error| {
            Failure::new(
                Code::SourceUnreadable,
                format!("cannot make the folder {}: {error}", self.0),
                "Check the disk of this profile.",
            )
        })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, folder = %self.0, "what a drill wrote is still there; the next one removes it");
        }
    }
}
