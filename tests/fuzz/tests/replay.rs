//! What the fuzzer found worth keeping, through every target, without the fuzzer.

#![allow(clippy::disallowed_methods, reason = "tests make and break files, and start programs")]

use std::path::Path;

use fuzz::TARGETS;

#[test]
fn every_target_holds_for_every_input_of_its_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for target in TARGETS {
        let mut inputs = 0;
        for entry in std::fs::read_dir(corpus.join(target.name)).unwrap() {
            let path = entry.unwrap().path();
            let input = std::fs::read(&path).unwrap();
            std::panic::catch_unwind(|| (target.run)(&input))
                .unwrap_or_else(|_| panic!("{} does not hold for {}", target.name, path.display()));
            inputs += 1;
        }
        assert!(inputs > 0, "{} has no corpus", target.name);
    }
}

#[test]
fn every_target_holds_for_nothing_and_for_noise() {
    let noise: Vec<u8> = (0..4096_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for target in TARGETS {
        (target.run)(&[]);
        (target.run)(&noise);
    }
}
