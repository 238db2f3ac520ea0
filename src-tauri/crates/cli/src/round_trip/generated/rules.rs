//! Requests of what works by itself: schedules, retention, goals, channels.

use base::command::{
    ChannelSet, ChannelTo, ChannelWhat, Command, GoalSet, ScheduleCreates, ScheduleSet, ScheduleWhen,
};
use engine::retention::{Policy, Preset};
use proptest::option::of as maybe;
use proptest::prelude::*;
use proptest::sample::select;

use super::{hours, span, text, time, weekday};

/// What a schedule has the platform make.
fn creates() -> impl Strategy<Value = ScheduleCreates> {
    (text(), any::<[bool; 2]>(), maybe(text()), maybe(text()), maybe(span())).prop_map(
        |(kind, [compress, encrypt], format, notify_email, range_ms)| ScheduleCreates {
            kind,
            compress,
            encrypt,
            format,
            notify_email,
            range_ms,
        },
    )
}

pub(super) fn schedule() -> impl Strategy<Value = Command> {
    let works =
        vec!["backup", "pull", "verify-quick", "verify-sample", "verify-full", "drill", "prune", "copy"];
    let when = prop_oneof![
        Just(ScheduleWhen::Hourly),
        time().prop_map(ScheduleWhen::Daily),
        (weekday(), time()).prop_map(|(day, at)| ScheduleWhen::Weekly(day, at)),
        (1_u8..=31, time()).prop_map(|(day, at)| ScheduleWhen::Monthly(day, at)),
        text().prop_map(ScheduleWhen::Cron),
    ];
    let maintenance = (maybe(weekday()), hours()).prop_map(|(day, hours)| match day {
        Some(day) => format!("{day} {hours}"),
        None => hours,
    });
    let jitter = prop_oneof![0_u32..=3600, (0_u32..=60).prop_map(|minutes| minutes * 60)];
    let waits = (maybe(0_u8..=100), any::<bool>(), maybe(hours()), maybe(maintenance));
    // What is made is pulled; nobody says both.
    let work = prop_oneof![
        maybe(select(works)).prop_map(|work| (work.map(str::to_owned), None)),
        creates().prop_map(|creates| (None, Some(creates))),
    ];
    // On a server or in an image, which alone can be fetched.
    let place = prop_oneof![
        Just((None, None, false)),
        text().prop_map(|on| (Some(on), None, false)),
        (text(), any::<bool>()).prop_map(|(image, pulls)| (None, Some(image), pulls)),
    ];
    (text(), maybe(text()), work, place, when, any::<bool>(), jitter, maybe(span()), waits).prop_map(
        |(project, name, (work, creates), place, when, is_utc, jitter_s, keep_ms, waits)| {
            let (on, image, pulls_image) = place;
            let (battery_percent_min, unmetered_only, quiet, maintenance) = waits;
            Command::ScheduleSet(ScheduleSet {
                project,
                name,
                work,
                creates,
                on,
                image,
                pulls_image,
                when,
                is_utc,
                jitter_s,
                keep_ms,
                battery_percent_min,
                unmetered_only,
                quiet,
                maintenance,
            })
        },
    )
}

pub(super) fn policy() -> impl Strategy<Value = Policy> {
    let own = (any::<[bool; 6]>(), 1_u32..60, maybe(span())).prop_map(|(tiers, count, within_ms)| {
        let of = |at: usize| if tiers[at] { count } else { 0 };
        let nothing = Policy::nothing();
        Policy {
            keep_last: of(0),
            hourly: of(1),
            daily: of(2),
            weekly: of(3),
            monthly: of(4),
            yearly: of(5),
            within_ms,
            ..nothing
        }
    });
    let ready = select(Preset::ALL.to_vec()).prop_map(Preset::policy);
    (prop_oneof![own, ready], 1_u32..9, text()).prop_map(|(policy, floor, zone)| Policy {
        floor,
        zone,
        ..policy
    })
}

pub(super) fn goal() -> impl Strategy<Value = Command> {
    let presets = vec!["financial", "user-data", "standard", "analytics"];
    (
        text(),
        maybe(select(presets)),
        maybe(span()),
        maybe(span()),
        maybe(1_u32..9),
        maybe(span()),
        any::<bool>(),
    )
        .prop_map(|(project, preset, rpo_ms, rto_ms, copies, drill_every_ms, whole_drills)| {
            let preset = preset.map(str::to_owned);
            Command::GoalSet(GoalSet {
                project,
                preset,
                rpo_ms,
                rto_ms,
                copies,
                drill_every_ms,
                whole_drills,
            })
        })
}

pub(super) fn channel() -> impl Strategy<Value = Command> {
    let security = select(vec!["starttls", "tls", "plain"]);
    let styles = select(vec!["json", "slack", "discord", "teams"]);
    let mail = (text(), 1_u16.., security, maybe(text()), text(), prop::collection::vec(text(), 1..3));
    let to = prop_oneof![
        Just(ChannelTo::Desktop),
        mail.prop_map(|(host, port, security, user, from, to)| {
            ChannelTo::Email { host, port, security, user, from, to }
        }),
        styles.prop_map(|style| ChannelTo::Webhook { style }),
        (text(), maybe(text())).prop_map(|(chat, base)| ChannelTo::Telegram { chat, base }),
        maybe(text()).prop_map(|project| ChannelTo::Heartbeat { project }),
    ];
    let levels = select(vec!["all", "warnings", "errors", "none"]);
    let what = (levels, any::<bool>(), maybe(hours()), any::<bool>(), maybe(time())).prop_map(
        |(level, each_run, quiet, errors_in_quiet, digest_at)| ChannelWhat {
            level,
            each_run,
            quiet,
            errors_in_quiet,
            digest_at,
        },
    );
    (maybe(text()), text(), any::<[bool; 3]>(), to, what).prop_map(
        |(channel, name, [is_renamed, has_url, has_key], to, what)| {
            // The desktop is always there, and has no secret; neither has a heartbeat a key.
            let channel = if to == ChannelTo::Desktop { Some("desktop".to_owned()) } else { channel };
            let has_key = has_key && !matches!(to, ChannelTo::Desktop | ChannelTo::Heartbeat { .. });
            let has_url = has_url && matches!(to, ChannelTo::Webhook { .. } | ChannelTo::Heartbeat { .. });
            let is_same = channel.as_ref() == Some(&name);
            let name = (channel.is_none() || is_renamed && !is_same).then_some(name);
            Command::ChannelSet(ChannelSet { channel, name, to, has_url, has_key, what })
        },
    )
}
