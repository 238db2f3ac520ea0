//! The model test: after each operation of a random sequence, every committed snapshot reads back
//! byte for byte, and restic agrees.
//!
//! What it cannot see: a disk that loses what it said was synced; two computers; a clock that
//! jumps; what other versions of restic or of this crate would do.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::random::{seed, soak};
use crate::restic;
use crate::sequence::{Operation, generate};
use crate::world::{Verdict, World};

/// When restic judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judge {
    EachStep,
    AtTheEnd,
}

/// Where the repository is.
#[derive(Debug, Clone, Copy)]
enum On {
    Memory,
    Disk,
}

static STEPS: AtomicU64 = AtomicU64::new(0);
static JUDGEMENTS: AtomicU64 = AtomicU64::new(0);

#[test]
fn in_memory_every_snapshot_survives_whatever_happens() {
    torture(On::Memory, 8, 190);
}

#[test]
fn on_a_disk_every_snapshot_survives_whatever_happens() {
    torture(On::Disk, 2, 30);
}

/// Runs so many sequences of such a length, or goes on for the time of a soak.
fn torture(on: On, sequences: u64, length: usize) {
    let (seed, restic, start) = (seed(), restic::is_there(), Instant::now());
    let judge = if soak().is_some() { Judge::EachStep } else { Judge::AtTheEnd };
    eprintln!("{on:?}: to repeat this, set HOLDFAST_SEED={seed}");
    let until = soak().map(|time| start + time);
    let mut number = 0;
    while until.map_or(number < sequences, |until| Instant::now() < until) {
        // The first sequence of a run is that of its seed.
        let seed = seed + number;
        let operations = generate(seed, length);
        if let Err(failure) = run(on, &operations, judge, restic, until) {
            let (short, failure) = shorten(on, operations, failure, judge, restic);
            panic!("{failure}\nseed {seed}, after {} operations:\n{short:#?}", short.len());
        }
        number += 1;
    }
    let (steps, judged) = (STEPS.load(Ordering::Relaxed), JUDGEMENTS.load(Ordering::Relaxed));
    eprintln!(
        "{on:?}: {number} sequences in {:?}; so far {steps} steps, {judged} judged by restic",
        start.elapsed()
    );
    assert!(steps > 0, "the time was too short for a single step");
}

/// Runs a sequence, or as much of it as there is time for; an error says at which step the vault was
/// not as the model.
fn run(on: On, operations: &[Operation], judge: Judge, restic: bool, until: Option<Instant>) -> Verdict {
    let mut world = match on {
        On::Memory => World::in_memory(2),
        On::Disk => World::on_disk(2),
    };
    for (number, operation) in operations.iter().enumerate() {
        if until.is_some_and(|until| Instant::now() >= until) {
            break;
        }
        let step = || {
            world.step(operation)?;
            world.verify(number % world.processes.len())?;
            if restic && (judge == Judge::EachStep || number + 1 == operations.len()) {
                world.judge()?;
                JUDGEMENTS.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        };
        let outcome = catch_unwind(AssertUnwindSafe(step)).unwrap_or_else(|panic| Err(said(&*panic)));
        outcome.map_err(|failure: String| format!("step {number}, {operation:?}: {failure}"))?;
        STEPS.fetch_add(1, Ordering::Relaxed);
    }
    world.check(0).map_err(|failure| format!("at the end: {failure}"))
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text =
        panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("panicked: {}", text.unwrap_or("without a word"))
}

/// Leaves out whatever is not needed for the failure, in ever smaller parts.
fn shorten(
    on: On,
    mut operations: Vec<Operation>,
    mut failure: String,
    judge: Judge,
    restic: bool,
) -> (Vec<Operation>, String) {
    let mut part = operations.len() / 2;
    while part > 0 {
        let mut at = 0;
        while at < operations.len() {
            let mut fewer = operations.clone();
            fewer.drain(at..(at + part).min(operations.len()));
            match run(on, &fewer, judge, restic, None) {
                Err(again) => (operations, failure) = (fewer, again),
                Ok(()) => at += part,
            }
        }
        part /= 2;
    }
    (operations, failure)
}
