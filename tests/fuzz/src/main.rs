//! The targets under libFuzzer, which brings `main`; `HOLDFAST_FUZZ_TARGET` says which one.

#![allow(clippy::disallowed_methods, reason = "tests make and break files, and start programs")]
#![no_main]

use std::sync::OnceLock;

use fuzz::Target;

static TARGET: OnceLock<Target> = OnceLock::new();

fn target() -> Target {
    let name = std::env::var("HOLDFAST_FUZZ_TARGET").unwrap_or_default();
    match fuzz::find(&name) {
        Some(target) => target,
        None => {
            eprintln!("HOLDFAST_FUZZ_TARGET={name:?} is none of:");
            fuzz::TARGETS.iter().for_each(|target| eprintln!("{}", target.name));
            std::process::exit(2);
        }
    }
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| (TARGET.get_or_init(target).run)(input));
