//! Platforms in words: what one has, and what an act there would do.

use contract::platform::{PlatformView, RemotePartView, RemotePlanView, RemoteScheduleView};

use crate::table::{Side, listed, pairs, parts, table};
use crate::words;

/// What an act that does harm would do, and how it is confirmed.
pub(crate) fn plan_words(plan: &RemotePlanView) -> String {
    let end = if plan.blockers.is_empty() {
        format!("Nothing was done. To do it: {} --confirm {}", plan.command, words::quoted(&plan.confirm))
    } else {
        format!("Nothing was done, and cannot be as it is. Asked for: {}", plan.command)
    };
    let of_parts: Vec<String> = plan.parts.iter().map(part_words).collect();
    parts(&[
        listed(&format!("{}:", plan.button), &plan.effects),
        listed("Parts:", &of_parts),
        listed("In the way:", &plan.blockers),
        listed("To know:", &plan.warnings),
        end,
    ])
}

fn part_words(part: &RemotePartView) -> String {
    let RemotePartView { part, is_chosen, cannot, is_kept } = part;
    let word = match part.as_str() {
        "storage" => "stored files",
        "config" => "configuration",
        _ => "database",
    };
    match (is_chosen, cannot, is_kept) {
        (false, Some(why), _) => format!("{word}: cannot be brought back there; {why}"),
        (false, None, _) => format!("{word}: stays as it is"),
        (true, _, true) => format!("{word}: brought back; kept first as it is now"),
        (true, _, false) => format!("{word}: brought back; NOT kept as it is now"),
    }
}

/// When it backs up by itself.
pub(crate) fn scheduled(schedule: &RemoteScheduleView) -> String {
    if !schedule.enabled {
        return "off".to_owned();
    }
    let kept = schedule.retention.map(|kept| format!(", {kept} kept")).unwrap_or_default();
    format!("{} at {} UTC{kept}", schedule.frequency, schedule.time)
}

/// What a platform has, and what it can do.
pub(crate) fn shown(view: &PlatformView) -> String {
    let facts = pairs(&[
        ("Project", format!("{} on {}", view.remote_name, view.platform)),
        ("Says of itself", view.remote_status.clone().unwrap_or_default()),
        ("Account", view.account.clone().unwrap_or_default()),
        ("Role", view.role.clone().unwrap_or_default()),
        ("Token until", view.token_expires_at_ms.map(words::moment).unwrap_or_default()),
        ("Makes", view.creatable.join(", ")),
        ("Passphrase", if view.has_passphrase { "stored here".to_owned() } else { String::new() }),
        ("Schedule", view.schedule.as_ref().map(scheduled).unwrap_or_default()),
    ]);
    let rows: Vec<Vec<String>> = view
        .backups
        .iter()
        .map(|one| {
            let here = match (&one.backup_id, &one.no_download) {
                (Some(id), _) => id.chars().take(8).collect(),
                (None, Some(reason)) => format!("no: {reason}"),
                (None, None) => "not yet".to_owned(),
            };
            vec![
                one.id.clone(),
                one.kind.clone(),
                one.state.clone(),
                one.created_at_ms.map(words::moment).unwrap_or_default(),
                one.size_bytes.map(|size| words::bytes(size.0)).unwrap_or_default(),
                one.expires_at_ms.map(words::moment).unwrap_or_default(),
                here,
            ]
        })
        .collect();
    let columns = [
        ("ID", Side::Left),
        ("KIND", Side::Left),
        ("STATE", Side::Left),
        ("MADE", Side::Left),
        ("SIZE", Side::Right),
        ("DELETED THERE", Side::Left),
        ("HERE", Side::Left),
    ];
    let backups = if rows.is_empty() { "No backups there.".to_owned() } else { table(&columns, &rows) };
    let cannot: Vec<String> = view
        .abilities
        .iter()
        .filter_map(|one| Some(format!("{}: {}", one.words, one.reason.as_ref()?)))
        .collect();
    let can: Vec<&str> = view.abilities.iter().filter(|one| one.can).map(|one| one.words.as_str()).collect();
    let can = if can.is_empty() { String::new() } else { format!("It can: {}.", can.join(", ")) };
    parts(&[facts, backups, listed("To know:", &view.notes), can, listed("It cannot:", &cannot)])
}
