//! The wall of Linux: Landlock for files, signals and ports, and a filter of calls for the rest.
//!
//! Both bind a thread and what it starts, for good, and neither needs a right. So a thread of its own walls
//! itself in, starts the server, and ends: no program has to be put in between.
//! Source: Linux docs, "Landlock: unprivileged access control"; seccomp(2).

use std::thread;

use camino::Utf8PathBuf;
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, LandlockStatus, NetPort, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, Scope, make_bitflags, path_beneath_rules,
};

use super::bounds::Bounds;
use super::{Gap, NoWall, Wall};
use crate::cluster::error::ClusterError;

/// What is asked for; of it, what the kernel knows is done.
const ASKED: ABI = ABI::V6;
/// Since then emptying a file is told from writing to it.
const EMPTYING_SINCE: ABI = ABI::V3;
/// Since then signals can be kept within.
const SIGNALS_SINCE: ABI = ABI::V6;

/// The wall that this kernel can put up, by doing it.
pub(super) fn here() -> Wall {
    let raised = in_thread(|| raise(&Bounds::default()));
    raised.unwrap_or(Wall::None { why: NoWall::NoLandlock })
}

/// Does `start` behind the wall. What it starts stays there, with all that it starts in its turn.
pub(super) fn behind<T: Send>(
    bounds: &Bounds,
    start: impl FnOnce() -> Result<T, ClusterError> + Send,
) -> Result<(T, Wall), ClusterError> {
    in_thread(move || {
        let wall = raise(bounds)?;
        Ok((start()?, wall))
    })
}

fn in_thread<T: Send>(work: impl FnOnce() -> Result<T, ClusterError> + Send) -> Result<T, ClusterError> {
    thread::scope(|scope| {
        let builder = thread::Builder::new().name("wall".to_owned());
        let walled = builder.spawn_scoped(scope, work).map_err(|source| ClusterError::Wall { source })?;
        walled.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Walls this thread in.
fn raise(bounds: &Bounds) -> Result<Wall, ClusterError> {
    let failed = |error: RulesetError| ClusterError::Wall { source: std::io::Error::other(error) };
    let status = restrict(bounds).map_err(failed)?;
    let is_filtered = filter_calls(bounds);
    let LandlockStatus::Available { effective_abi, .. } = status else {
        return Ok(Wall::None { why: NoWall::NoLandlock });
    };
    let missing: Vec<Gap> = [
        (effective_abi < EMPTYING_SINCE, Gap::Emptying),
        (effective_abi < SIGNALS_SINCE, Gap::Signals),
        (!is_filtered, Gap::Calls),
    ]
    .into_iter()
    .filter_map(|(is_missing, gap)| is_missing.then_some(gap))
    .collect();
    Ok(if missing.is_empty() { Wall::Whole } else { Wall::Partly { missing } })
}

fn restrict(bounds: &Bounds) -> Result<LandlockStatus, RulesetError> {
    // No links, so that what we read of a server's folder lies in it, and no pipes, on which we would wait.
    let own = make_bitflags!(AccessFs::{
        ReadFile | ReadDir | WriteFile | Truncate | MakeReg | MakeDir | MakeSock | RemoveFile | RemoveDir
    });
    let beneath =
        |paths: &[Utf8PathBuf], access: BitFlags<AccessFs>| path_beneath_rules(paths.to_vec(), access);
    let ports = bounds.port.map(|port| Ok::<_, RulesetError>(NetPort::new(port, AccessNet::BindTcp)));
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(ASKED))?
        .handle_access(AccessNet::from_all(ASKED))?
        .scope(Scope::from_all(ASKED))?
        .create()?
        .add_rules(beneath(&bounds.own, own))?
        .add_rules(beneath(&bounds.readable, make_bitflags!(AccessFs::{ReadFile | ReadDir})))?
        .add_rules(beneath(&bounds.executable, make_bitflags!(AccessFs::{ReadFile | Execute})))?
        .add_rules(beneath(&bounds.devices, make_bitflags!(AccessFs::{ReadFile | WriteFile})))?
        .add_rules(ports)?
        .restrict_self()?;
    Ok(status.landlock)
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn filter_calls(bounds: &Bounds) -> bool {
    let filtered = super::calls::deny(bounds.port.is_some());
    if let Err(error) = &filtered {
        tracing::warn!(%error, "calls of a private server cannot be filtered");
    }
    filtered.is_ok()
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn filter_calls(_: &Bounds) -> bool {
    false
}
