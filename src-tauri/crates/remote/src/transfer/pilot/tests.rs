//! A simulated network: what each number of streams brings is known, and the pilot has to find out.

use super::*;

const MIB: f64 = 1024.0 * 1024.0;

/// Flies for so many seconds; the targets over time.
fn fly(max: usize, seconds: u64, limit: Option<u64>, rate_of: impl Fn(f64) -> f64) -> Vec<usize> {
    let step = Duration::from_millis(50);
    let (mut now, mut received) = (Duration::ZERO, 0.0);
    let mut pilot = Pilot::new(max, now);
    let mut targets = Vec::new();
    while now < Duration::from_secs(seconds) {
        now += step;
        received += rate_of(float(pilot.target() as u64)) * step.as_secs_f64();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes of a simulation")]
        let received = received as u64;
        targets.push(pilot.look(Look { now, received, left: 1 << 40, is_flowing: true, limit }));
    }
    targets
}

#[test]
fn streams_that_each_bring_their_share_are_added_within_three_seconds() {
    let targets = fly(8, 10, None, |streams| streams * MIB);
    assert_eq!(targets[60], 8, "{targets:?}");
    assert!(targets[60..].iter().all(|target| *target == 8));
}

#[test]
fn where_one_stream_brings_all_there_is_it_stays_at_one_nearly_always() {
    let targets = fly(8, 120, None, |_| 10.0 * MIB);
    let more = targets.iter().filter(|target| **target > 1).count();
    assert!(targets.iter().all(|target| *target <= 2) && more * 20 < targets.len(), "{more}");
}

#[test]
fn a_bottleneck_of_four_streams_is_found() {
    let targets = fly(16, 60, None, |streams| streams.min(4.0) * MIB);
    let last = &targets[200..];
    let at_four = last.iter().filter(|target| **target == 4).count();
    assert!(at_four * 10 > last.len() * 9, "{last:?}");
}

#[test]
fn a_limit_that_is_reached_needs_no_more_streams() {
    assert!(fly(8, 60, Some(1 << 20), |_| 0.99 * MIB).iter().all(|target| *target == 1));
}

#[test]
fn too_many_streams_are_given_up_when_half_of_them_bring_as_much() {
    // At first each brings its share; later the line itself is what limits.
    let calls = std::cell::Cell::new(0);
    let targets = fly(8, 400, None, |streams| {
        calls.set(calls.get() + 1);
        if calls.get() < 200 { streams * MIB } else { 2.0 * MIB }
    });
    assert!(targets[199] == 8 && *targets.last().unwrap() < 8, "{:?}", targets.last());
}

#[test]
fn a_stream_is_judged_once_it_brings_bytes_and_not_waited_for_for_ever() {
    let mut pilot = Pilot::new(8, Duration::ZERO);
    let at = |ms: u64, is_flowing: bool| {
        let now = Duration::from_millis(ms);
        Look { now, received: ms * 1000, left: 1 << 40, is_flowing, limit: None }
    };
    // Far away: the first bytes take a second.
    assert!((0..20).all(|step| pilot.look(at(step * 50, false)) == 1) && pilot.rate() < 1.0);
    assert!((20..40).any(|step| pilot.look(at(step * 50, true)) == 2));
    // The second one never brings any, and is given up.
    assert!((40..160).any(|step| pilot.look(at(step * 50, false)) == 1));
}

#[test]
fn a_server_that_is_busy_is_asked_by_fewer() {
    let mut pilot = Pilot::new(8, Duration::ZERO);
    pilot.target = 8;
    pilot.fewer(Duration::ZERO);
    assert_eq!(pilot.target(), 4);
    pilot.only_one();
    assert_eq!(pilot.target(), 1);
}
