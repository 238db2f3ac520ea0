//! `holdfast vault`: init, open, info, check, repair, prune, rebuild-catalog, kit, key.

use camino::{Utf8Path, Utf8PathBuf};
use clap::Subcommand;
use contract::api;
use contract::backup::VerdictView;
use contract::command::Nothing;
use contract::error::UserError;
use contract::job::JobStarted;
use contract::replica::DeclarePlace;
use contract::vault::{
    CheckVault, ConfirmKit, KitFormat, NextPart, OpenVault, RebuildView, RollingView, SaveKit, SliceView,
    VaultState, VaultView,
};

use crate::console::Console;
use crate::error::{Ended, failure, unreadable};
use crate::follow::follow;
use crate::prune::Prune;
use crate::secrets::{KeySource, key_in};
use crate::status::{Status, taught};
use crate::store::{PlaceSaid, declared};
use crate::table::{listed, pairs, parts};
use crate::vault_key;
use crate::words;
use base::Code;

/// What to do with the vault.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast vault init --path /mnt/disk/vault --kit kit.html     keep the kit apart from this computer
  holdfast vault open --path /mnt/disk/vault --key-file kit.txt  on a new computer
  holdfast vault info
  holdfast vault check                                          structure only
  holdfast vault check --read-data 1/7                          also a seventh of the data
  holdfast vault check --read-data next                         the part whose turn it is
  holdfast vault repair                                         after a check found damage
  holdfast vault prune --dry-run                                what freeing space would remove
  holdfast vault prune                                          after backups were deleted
  holdfast vault kit --to kit.txt
  holdfast vault key list                                       which keys open it; add, revoke
  holdfast vault rebuild-catalog                                from the vault alone"))]
pub(crate) enum Verb {
    /// Create a vault in an empty or new directory.
    Init {
        /// Directory of the new vault.
        #[arg(long, value_name = "DIR")]
        path: Utf8PathBuf,
        /// Name for people.
        #[arg(long, default_value = "Anchor")]
        name: String,
        /// Save the recovery kit here: a page to print where the name ends in .html, text otherwise.
        #[arg(long, value_name = "FILE")]
        kit: Option<Utf8PathBuf>,
    },
    /// Open an existing vault with its key, and rebuild the catalogue from it.
    Open {
        /// Directory of the vault.
        #[arg(long, value_name = "DIR")]
        path: Utf8PathBuf,
        #[command(flatten)]
        key: KeySource,
    },
    /// The vault of this profile.
    Info,
    /// Say where the vault is, so that it may count as the copy elsewhere than what is backed up.
    Place(PlaceSaid),
    /// Check that the vault is whole.
    Check {
        /// Also read the data: all of it, the N-th of T slices, or `next`: the part whose turn it is, of 12
        /// or, as `next/T`, of T. Which parts are done is remembered, and a new cycle begins after the last.
        #[arg(long, value_name = "N/T", num_args = 0..=1, default_missing_value = "1/1", value_parser = data)]
        read_data: Option<CheckVault>,
    },
    /// Make the vault's index again from what its data really holds, and name the backups that are not
    /// whole; nothing but old index files is removed. Exit status 3 if a backup is not whole.
    Repair,
    /// Free the space of what no backup needs any more: the plan is shown, and done if the vault is still as it was
    /// then. No backup is removed.
    Prune(Prune),
    /// Make the catalogue again from the vault alone.
    RebuildCatalog,
    /// The keys that open the vault: list, add, revoke.
    #[command(subcommand)]
    Key(vault_key::Verb),
    /// Save the recovery kit; with it and the vault, everything can be brought back.
    Kit {
        /// File to write: a page to print where the name ends in .html, text otherwise.
        #[arg(long, value_name = "FILE")]
        to: Utf8PathBuf,
    },
}

impl Verb {
    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        match self {
            Self::Init { path, name, kit } => init(console, &path, &name, kit.as_deref()).await,
            Self::Open { path, key } => open(console, path, &key).await,
            Self::Info => info(console).await,
            Self::Place(said) => {
                let request = DeclarePlace { replica: None, is_elsewhere: said.is_elsewhere() };
                api::place_declare(&console.engine, request).await?;
                info(console).await
            }
            Self::Check { read_data } => check(console, read_data).await,
            Self::Repair => {
                let started = api::vault_repair(&console.engine, Nothing {}).await?;
                judged(console, started).await
            }
            Self::Prune(prune) => prune.run(console).await,
            Self::RebuildCatalog => {
                let rebuild = api::vault_rebuild_catalog(&console.engine, Nothing {}).await?;
                Ok(rebuilt(console, &rebuild, ""))
            }
            Self::Key(verb) => verb.run(console).await,
            Self::Kit { to } => kit(console, &to).await,
        }
    }
}

fn data(text: &str) -> Result<CheckVault, String> {
    let Some(parts) = text.strip_prefix("next") else {
        return Ok(CheckVault { slice: Some(slice(text)?), next_part: None });
    };
    let odd = || "give `next` or `next/T`, for instance next/12".to_owned();
    let parts = match parts.strip_prefix('/') {
        None if parts.is_empty() => None,
        None => return Err(odd()),
        Some(parts) => Some(parts.parse().ok().filter(|parts| *parts > 0).ok_or_else(odd)?),
    };
    Ok(CheckVault { slice: None, next_part: Some(NextPart { parts }) })
}

fn slice(text: &str) -> Result<SliceView, String> {
    let odd = || "give N/T, for instance 1/7, or `next`".to_owned();
    let (n, t) = text.split_once('/').ok_or_else(odd)?;
    let (n, t) = (n.parse().map_err(|_| odd())?, t.parse().map_err(|_| odd())?);
    if n == 0 || n > t { Err(format!("there is no slice {n} of {t}")) } else { Ok(SliceView { n, t }) }
}

async fn init(console: &Console<'_>, path: &Utf8Path, name: &str, kit: Option<&Utf8Path>) -> Ended {
    // Half of it would be worse than all: the first Ctrl-C waits.
    let _hearing = console.interrupts.hear();
    let view = create(console, path, name, kit).await?;
    console.output.answer(&view, || {
        let made = format!("The vault “{}” is ready in {}.", view.name, view.path);
        let of_kit = match kit {
            Some(kit) => format!("Its recovery kit is {kit}. Keep it apart from this computer and from the vault."),
            None => "Its recovery kit is NOT saved: if this computer is lost, so is the vault, and no backup counts as \
                     done. Save it now: holdfast vault kit --to FILE"
                .into(),
        };
        parts(&[made, of_kit])
    });
    Ok(Status::Done)
}

/// Creates a vault, with its kit where one is wanted.
pub(crate) async fn create(
    console: &Console<'_>,
    path: &Utf8Path,
    name: &str,
    kit: Option<&Utf8Path>,
) -> Result<VaultView, UserError> {
    let kit = kit.map(|kit| (kit, kit_format(kit).into()));
    console.engine.init_vault(name, path, kit).await.map_err(UserError::from)?;
    api::current(&console.engine).await
}

/// A page to print where the name ends so, text otherwise.
pub(crate) fn kit_format(path: &Utf8Path) -> KitFormat {
    match path.extension() {
        Some(extension)
            if extension.eq_ignore_ascii_case("html") || extension.eq_ignore_ascii_case("htm") =>
        {
            KitFormat::Html
        }
        _ => KitFormat::Text,
    }
}

async fn open(console: &Console<'_>, path: Utf8PathBuf, key: &KeySource) -> Ended {
    let key = key.read().await?;
    let rebuild = api::vault_open(&console.engine, OpenVault { path: path.into_string(), key }).await?;
    let next = "Passwords are not in the vault: give those of its projects with `holdfast project edit NAME --password-stdin`.";
    Ok(rebuilt(console, &rebuild, if rebuild.projects.0 > 0 { next } else { "" }))
}

fn rebuilt(console: &Console<'_>, rebuild: &RebuildView, next: &str) -> Status {
    console.output.answer(rebuild, || {
        let what = format!(
            "{} read from the vault: the catalogue holds {} of {}.",
            words::counted(rebuild.snapshots.0, "snapshot"),
            words::counted(rebuild.backups.0, "backup"),
            words::counted(rebuild.projects.0, "project"),
        );
        parts(&[what, next.into(), listed("Left out", &rebuild.skipped)])
    });
    if rebuild.skipped.is_empty() { Status::Done } else { Status::Inconclusive }
}

async fn info(console: &Console<'_>) -> Ended {
    let view = api::current(&console.engine).await?;
    let rolling = api::vault_rolling(&console.engine, Nothing {}).await?;
    let place = api::vault_place(&console.engine, Nothing {}).await?;
    console.output.answer(&view, || {
        let state = match view.state {
            VaultState::Ready => "ready",
            VaultState::Gone => "not there",
            VaultState::KeyMissing => "its key is not to be had",
            VaultState::Broken => "broken",
        };
        let kit = view.kit_confirmed_at_ms.map_or_else(
            || "NOT saved; no backup counts as done before: holdfast vault kit --to FILE".into(),
            |at| format!("saved, {}", words::moment(at)),
        );
        pairs(&[
            ("Vault", view.name.clone()),
            ("Id", view.id.clone()),
            ("Directory", view.path.clone()),
            ("Place", declared(place.declared.as_ref())),
            ("State", state.into()),
            ("Problem", view.problem.clone().unwrap_or_default()),
            ("Recovery kit", kit),
            ("Backups", words::count(view.backups.0)),
            ("Read again", read_again(&rolling)),
            ("Damaged", damaged(&rolling)),
            ("Stored", words::bytes(view.stored_bytes.0)),
            ("Free", view.free_bytes.map(|free| words::bytes(free.0)).unwrap_or_default()),
        ])
    });
    Ok(if view.state == VaultState::Ready { Status::Done } else { Status::Failed })
}

/// How far the data was read again.
fn read_again(rolling: &RollingView) -> String {
    let now = rolling
        .started_at_ms
        .map(|at| format!("{} of {} parts since {}", rolling.done.len(), rolling.parts, words::moment(at)));
    let all =
        rolling.last_finished_at_ms.map(|at| format!("everything was last read by {}", words::moment(at)));
    let said: Vec<String> = now.into_iter().chain(all).collect();
    if said.is_empty() {
        "not yet; backups read a bit of it, at most every hour".into()
    } else {
        said.join("; ")
    }
}

fn damaged(rolling: &RollingView) -> String {
    let all: Vec<String> =
        rolling.damaged.iter().map(|pack| format!("{}: {}", pack.file, pack.message)).collect();
    all.join("\n")
}

async fn check(console: &Console<'_>, data: Option<CheckVault>) -> Ended {
    let request = data.unwrap_or(CheckVault { slice: None, next_part: None });
    let started = api::vault_check(&console.engine, request).await?;
    judged(console, started).await
}

/// Follows a job that ends with a verdict.
async fn judged(console: &Console<'_>, started: JobStarted) -> Ended {
    let job = follow(console, started).await?;
    let verdict = job.verdict.unwrap_or(VerdictView::Inconclusive);
    console.output.answer(&job, || {
        format!("{}: {}", words::verdict(verdict), job.row.outcome.clone().unwrap_or_default())
    });
    Ok(Status::from(verdict))
}

/// Saves the kit, and confirms it by the key that stands in the file.
async fn kit(console: &Console<'_>, to: &Utf8Path) -> Ended {
    let request = SaveKit { draft_id: None, path: to.to_string(), format: kit_format(to) };
    api::vault_kit_save(&console.engine, request).await?;
    let saved = std::fs::read_to_string(to).map_err(|source| unreadable(to, &source))?;
    let last_group = key_in(&saved).and_then(|key| key.rsplit('-').next()).ok_or_else(|| {
        failure(
            Code::WriteFailed,
            format!("{to} does not hold the key after it was written"),
            "Save the kit to another file.",
        )
    })?;
    let view =
        api::vault_kit_confirm(&console.engine, ConfirmKit { last_group: last_group.to_owned() }).await?;
    console.output.answer(&view, || {
        format!("The recovery kit of “{}” is saved to {to}, and reads back. Keep it apart from this computer and from the vault.", view.name)
    });
    Ok(Status::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_is_one_of_so_many() {
        let parsed = slice("2/7").unwrap();
        assert_eq!((parsed.n, parsed.t), (2, 7));
        assert!(slice("0/7").is_err() && slice("8/7").is_err() && slice("7").is_err());
    }

    #[test]
    fn the_next_part_is_one_of_those_that_are_or_of_so_many() {
        let parts = |text| data(text).map(|check| check.next_part.map(|next| next.parts));
        assert_eq!(parts("next"), Ok(Some(None)));
        assert_eq!(parts("next/12"), Ok(Some(Some(12))));
        assert_eq!(parts("1/7"), Ok(None));
        for wrong in ["next/", "next/0", "nextish", "next12"] {
            assert!(parts(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_name_of_a_kit_decides_its_format() {
        assert_eq!(kit_format("a/kit.HTML".into()), KitFormat::Html);
        assert_eq!(kit_format("kit.txt".into()), KitFormat::Text);
    }
}
