//! The moments of rules, over short months and over clocks that are set.

use base::Code;
use engine::schedule::{Rule, TimeOfDay, first_after, last_within, upcoming};
use jiff::Timestamp;
use jiff::tz::TimeZone;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn daily(at: &str) -> Rule {
    Rule::Daily { at: TimeOfDay::parse(at).unwrap() }
}

/// The next moments after `after`, as the clock of the zone shows them, with its offset.
fn next(rule: &Rule, zone: &TimeZone, after: &str, count: usize) -> Vec<String> {
    let after: Timestamp = after.parse().unwrap();
    let shown = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%a %d %b %H:%M %:z").to_string();
    upcoming(rule, zone, after, count).into_iter().map(shown).collect()
}

#[test]
fn a_time_that_a_clock_skips_is_due_at_the_next_one_that_exists() {
    // Berlin goes from 02:00 to 03:00, São Paulo from 00:00 to 01:00, Lord Howe by half an hour to 02:30.
    assert_eq!(
        next(&daily("02:30"), &zone("Europe/Berlin"), "2026-03-28T12:00Z", 2),
        ["Sun 29 Mar 03:00 +02:00", "Mon 30 Mar 02:30 +02:00"]
    );
    assert_eq!(
        next(&daily("00:30"), &zone("America/Sao_Paulo"), "2018-11-03T12:00Z", 2),
        ["Sun 04 Nov 01:00 -02:00", "Mon 05 Nov 00:30 -02:00"]
    );
    assert_eq!(
        next(&daily("02:15"), &zone("Australia/Lord_Howe"), "2026-10-03T00:00Z", 2),
        ["Sun 04 Oct 02:30 +11:00", "Mon 05 Oct 02:15 +11:00"]
    );
    assert_eq!(
        next(&Rule::cron("30 2 * * *").unwrap(), &zone("Europe/Berlin"), "2026-03-28T12:00Z", 2),
        ["Sun 29 Mar 03:00 +02:00", "Mon 30 Mar 02:30 +02:00"]
    );
}

#[test]
fn a_time_that_comes_twice_is_due_once() {
    assert_eq!(
        next(&daily("02:30"), &zone("Europe/Berlin"), "2026-10-24T12:00Z", 2),
        ["Sun 25 Oct 02:30 +02:00", "Mon 26 Oct 02:30 +01:00"]
    );
    assert_eq!(
        next(&daily("23:30"), &zone("America/Sao_Paulo"), "2018-02-17T12:00Z", 2),
        ["Sat 17 Feb 23:30 -02:00", "Sun 18 Feb 23:30 -03:00"]
    );
    assert_eq!(
        next(&daily("01:45"), &zone("Australia/Lord_Howe"), "2026-04-04T00:00Z", 2),
        ["Sun 05 Apr 01:45 +11:00", "Mon 06 Apr 01:45 +10:30"]
    );
    assert_eq!(
        next(&Rule::cron("30 2 * * *").unwrap(), &zone("Europe/Berlin"), "2026-10-24T12:00Z", 2),
        ["Sun 25 Oct 02:30 +02:00", "Mon 26 Oct 02:30 +01:00"]
    );
}

#[test]
fn several_times_of_a_day_are_due_as_one_is_over_a_skipped_hour_and_once_over_a_repeated_one() {
    let (berlin, rule) = (zone("Europe/Berlin"), Rule::cron("0,30 2,14 * * *").unwrap());
    assert_eq!(
        next(&rule, &berlin, "2026-03-28T22:00Z", 3),
        ["Sun 29 Mar 03:00 +02:00", "Sun 29 Mar 14:00 +02:00", "Sun 29 Mar 14:30 +02:00"]
    );
    assert_eq!(
        next(&rule, &berlin, "2026-10-24T22:00Z", 3),
        ["Sun 25 Oct 02:00 +02:00", "Sun 25 Oct 02:30 +02:00", "Sun 25 Oct 14:00 +01:00"]
    );
    let often = Rule::cron("0-59 2 * * *").unwrap();
    assert_eq!(next(&often, &berlin, "2026-10-25T00:59Z", 1), ["Mon 26 Oct 02:00 +01:00"]);
}

#[test]
fn hours_are_counted_and_none_is_left_out_or_done_twice_where_a_clock_is_set() {
    for (name, day) in [("Europe/Berlin", "2026-03-28T23:00Z"), ("Europe/Berlin", "2026-10-24T22:00Z")] {
        for rule in [Rule::Hourly, Rule::cron("0 * * * *").unwrap()] {
            let slots = upcoming(&rule, &zone(name), day.parse().unwrap(), 6);
            let gaps: Vec<i64> =
                slots.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_mins()).collect();
            assert_eq!(gaps, [60; 5], "{rule:?} {day}: {slots:?}");
        }
    }
}

#[test]
fn the_31st_is_the_last_day_of_a_shorter_month() {
    let rule = Rule::monthly("31", "04:00").unwrap();
    assert_eq!(
        next(&rule, &TimeZone::UTC, "2027-12-31T04:00Z", 5),
        [
            "Mon 31 Jan 04:00 +00:00",
            "Tue 29 Feb 04:00 +00:00",
            "Fri 31 Mar 04:00 +00:00",
            "Sun 30 Apr 04:00 +00:00",
            "Wed 31 May 04:00 +00:00"
        ]
    );
    assert!(rule.words().ends_with("in shorter months on the last day"), "{}", rule.words());
}

#[test]
fn a_week_begins_anew_on_its_day_also_over_the_end_of_a_year() {
    assert_eq!(
        next(&Rule::weekly("Sunday", "03:00").unwrap(), &zone("Europe/Berlin"), "2026-12-27T02:00Z", 2),
        ["Sun 03 Jan 03:00 +01:00", "Sun 10 Jan 03:00 +01:00"]
    );
}

#[test]
fn what_comes_seldom_is_found_however_long_it_is_ago() {
    let leap = Rule::cron("0 3 29 2 *").unwrap();
    let (before, now) = ("2024-02-29T03:00Z".parse().unwrap(), "2028-02-28T12:00Z".parse().unwrap());
    assert_eq!(last_within(&leap, &TimeZone::UTC, None, now), Some(before));
    assert_eq!(last_within(&leap, &TimeZone::UTC, Some(before), now), None);
    assert_eq!(first_after(&leap, &TimeZone::UTC, before), Some("2028-02-29T03:00Z".parse().unwrap()));
}

#[test]
fn what_is_no_rule_is_named_with_what_to_give_instead() {
    let said = |refused: Result<Rule, engine::Failure>| {
        let failure = refused.unwrap_err();
        assert_eq!(failure.code, Code::InvalidRequest);
        assert!(failure.hint.is_some());
        failure.message
    };
    assert_eq!(said(Rule::weekly("someday", "02:00")), "\"someday\" is no day of the week");
    assert_eq!(said(Rule::weekly("mon", "24:00")), "\"24:00\" is no time of day");
    assert_eq!(said(Rule::weekly("mon", "2")), "\"2\" is no time of day");
    assert_eq!(said(Rule::weekly("mon", "02:5")), "\"02:5\" is no time of day");
    assert_eq!(said(Rule::monthly("32", "02:00")), "\"32\" is no day of a month");
    assert_eq!(said(Rule::cron("0 3 30 2 *")), "\"0 3 30 2 *\" never comes");
    assert!(said(Rule::cron("61 * * * *")).starts_with("\"61 * * * *\" is no cron expression: "));
    assert!(said(Rule::cron("* * * * * *")).contains("is no cron expression"));
}
