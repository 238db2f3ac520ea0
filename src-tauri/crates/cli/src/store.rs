//! `holdfast store`: replicas of the vault.

use base::command::Command;
use camino::Utf8PathBuf;
use clap::{Args, Subcommand};
use contract::api;
use contract::command::Nothing;
use contract::replica::{
    AddReplica, CopyVault, DeclarePlace, DeclaredView, ReplicaRef, ReplicaState, ReplicaView,
};

use crate::console::Console;
use crate::error::Ended;
use crate::follow::follow;
use crate::status::{Status, taught};
use crate::table::{Side, pairs, parts, table};
use crate::words;

/// What to do with replicas.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast store add /mnt/usb/holdfast --name usb
  holdfast store add /mnt/office-nas/holdfast --elsewhere      another building: three copies, two media, one elsewhere
  holdfast store place usb --elsewhere                         declared by you, with its date; --here, --not-known
  holdfast store copy                                          to all that are connected
  holdfast store copy usb
  holdfast store list
  holdfast schedule set shop --daily 05:00 --kind copy         by itself
  holdfast vault open --path /mnt/usb/holdfast --key-file kit.txt     where the vault is lost

Health counts three copies on two media with one elsewhere. Media are measured: a replica on the vault's own disk, or in
its computer, is none. Elsewhere is what you declare; what nobody declared is not known.
A replica is made from the vault and never by reading a project again. It is the same repository with the same key.
What the vault lost stays in its replicas; only what was removed on purpose goes there too."))]
pub(crate) enum Verb {
    /// All replicas, and how each stands.
    List,
    /// Add a folder on another disk or share; nothing is copied yet.
    Add {
        /// The folder: empty, not there yet, or one that was a replica of this vault.
        path: Utf8PathBuf,
        /// What to call it [default: the folder's name].
        #[arg(long)]
        name: Option<String>,
        /// It is in another place than the vault: what takes the one leaves the other.
        #[arg(long)]
        elsewhere: bool,
    },
    /// Say where a replica is, so that it may count as the copy elsewhere.
    Place {
        /// Name or id.
        replica: String,
        #[command(flatten)]
        said: PlaceSaid,
    },
    /// Prove that a replica can be opened and written to.
    Test {
        /// Name or id.
        replica: String,
    },
    /// Copy what is missing, and read a part back.
    Copy {
        /// Name or id; all that are connected where it is not given.
        replica: Option<String>,
        /// Let go of backups that only this replica has: it holds what the vault holds then, and nothing else.
        #[arg(long, requires = "replica")]
        let_go: bool,
        /// The name of the replica, where it is to let go of something.
        #[arg(long, requires = "let_go", value_name = "NAME")]
        confirm: Option<String>,
    },
    /// Keep a folder current no more; its files stay.
    Remove {
        /// Name or id.
        replica: String,
    },
}

/// What is said of a place.
#[derive(Debug, Clone, Copy, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct PlaceSaid {
    /// It is elsewhere: what takes the others leaves it.
    #[arg(long)]
    elsewhere: bool,
    /// It is in the same place as the others.
    #[arg(long)]
    here: bool,
    /// It is not known; what was said before is taken back.
    #[arg(long)]
    not_known: bool,
}

impl PlaceSaid {
    /// What is meant; absent where it is not known.
    pub(crate) fn is_elsewhere(self) -> Option<bool> {
        (!self.not_known).then_some(self.elsewhere && !self.here)
    }
}

impl Verb {
    /// Whether secrets are needed.
    pub(crate) fn needs_secrets(&self) -> bool {
        !matches!(self, Self::List | Self::Remove { .. } | Self::Place { .. })
    }

    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        let engine = &console.engine;
        match self {
            Self::List => {
                let all = api::replica_list(engine, Nothing {}).await?;
                console.output.answer(&all, || listed(&all));
            }
            Self::Add { path, name, elsewhere } => {
                let request =
                    AddReplica { path: path.into_string(), name, is_elsewhere: elsewhere.then_some(true) };
                let replica = api::replica_add(engine, request).await?;
                console.output.answer(&replica, || {
                    let copy = format!("Copy to it: {}", Command::copy_to(&replica.name));
                    parts(&[one(&replica), copy])
                });
            }
            Self::Place { replica, said } => {
                let is_elsewhere = said.is_elsewhere();
                let request = DeclarePlace { replica: Some(replica.clone()), is_elsewhere };
                api::place_declare(engine, request).await?;
                let all = api::replica_list(engine, Nothing {}).await?;
                let is_it = |one: &&ReplicaView| {
                    one.id == replica || one.name.to_lowercase() == replica.trim().to_lowercase()
                };
                console.output.answer(&all, || all.iter().find(is_it).map(one).unwrap_or_default());
            }
            Self::Test { replica } => {
                let replica = api::replica_test(engine, ReplicaRef { replica }).await?;
                console.output.answer(&replica, || {
                    format!(
                        "“{}” opens with the vault's key, and can be written to. {}",
                        replica.name, replica.words
                    )
                });
            }
            Self::Copy { replica, let_go, confirm } => {
                let let_go = let_go.then(|| confirm.unwrap_or_default());
                let started = api::replica_copy(engine, CopyVault { replica, let_go }).await?;
                let job = follow(console, started).await?;
                console.output.answer(&job, || job.row.outcome.clone().unwrap_or_default());
            }
            Self::Remove { replica } => {
                let gone = api::replica_remove(engine, ReplicaRef { replica }).await?;
                console
                    .output
                    .answer(&gone, || "It is kept current no more. Its files stay where they are.".into());
            }
        }
        Ok(Status::Done)
    }
}

fn listed(all: &[ReplicaView]) -> String {
    if all.is_empty() {
        return "The vault has no replica. Add a folder on another disk: holdfast store add PATH".into();
    }
    let moment = |at: Option<contract::number::Millis>| at.map_or_else(|| "–".into(), words::moment);
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|one| {
            vec![
                one.name.clone(),
                state(one.state).into(),
                words::count(one.backups.0),
                words::count(one.waiting.0),
                moment(one.copied_at_ms),
                moment(one.checked_at_ms),
                format!("{}, {}", one.path, declared(one.declared.as_ref())),
            ]
        })
        .collect();
    let columns = [
        ("REPLICA", Side::Left),
        ("STATE", Side::Left),
        ("BACKUPS", Side::Right),
        ("WAITING", Side::Right),
        ("COPIED", Side::Left),
        ("READ BACK", Side::Left),
        ("WHERE", Side::Left),
    ];
    let notes = all.iter().flat_map(notes).collect::<Vec<_>>().join("\n");
    parts(&[table(&columns, &rows), notes])
}

fn one(replica: &ReplicaView) -> String {
    let facts = pairs(&[
        ("Replica", replica.name.clone()),
        ("Where", replica.path.clone()),
        ("On", replica.medium.clone()),
        ("Place", declared(replica.declared.as_ref())),
        ("Free", replica.free_bytes.map(|bytes| words::bytes(bytes.0)).unwrap_or_default()),
        ("State", replica.words.clone()),
    ]);
    parts(&[facts, notes(replica).join("\n")])
}

/// What was said of a place, by whom and when.
pub(crate) fn declared(said: Option<&DeclaredView>) -> String {
    let Some(DeclaredView { is_elsewhere, at_ms, by }) = said else {
        return "not declared".into();
    };
    let place = if *is_elsewhere { "declared elsewhere" } else { "declared to be in the same place" };
    let by = by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    format!("{place} on {}{by}", words::moment(*at_ms))
}

/// What a person should know of it beyond its state.
fn notes(replica: &ReplicaView) -> Vec<String> {
    let name = &replica.name;
    let all = [
        replica.problem.as_ref().map(|problem| format!("“{name}”: {problem}.")),
        replica
            .is_same_disk
            .then(|| format!("“{name}” is on the disk of the vault: what takes that disk takes both.")),
        (replica.only_here.0 > 0).then(|| {
            format!(
                "“{name}” has {} that the vault lost and nobody removed. Do not remove it. If they were removed on purpose: {}",
                words::counted(replica.only_here.0, "backup"),
                Command::StoreCopy { replica: Some(name.clone()), let_go: Some(name.clone()) }
            )
        }),
    ];
    all.into_iter().flatten().collect()
}

fn state(state: ReplicaState) -> &'static str {
    match state {
        ReplicaState::Current => "current",
        ReplicaState::Behind => "behind",
        ReplicaState::Never => "empty",
        ReplicaState::Away => "not connected",
        ReplicaState::Failed => "failed",
    }
}
