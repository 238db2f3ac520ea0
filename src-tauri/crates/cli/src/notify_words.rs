//! Channels in words.

use base::command::{About, Command};
use contract::notify::{
    ChannelStateView, ChannelTargetView, ChannelTested, ChannelView, NotifyLevelView, WebhookStyleView,
};

use crate::table::{Side, table};
use crate::words;

/// All channels.
pub(crate) fn list(all: &[ChannelView]) -> String {
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|one| {
            vec![
                one.name.clone(),
                kind(&one.target).into(),
                one.place.clone(),
                level(one.level).into(),
                state(one.state).into(),
                one.sent_at_ms.map_or_else(|| "–".into(), words::moment),
            ]
        })
        .collect();
    let columns = [
        ("CHANNEL", Side::Left),
        ("KIND", Side::Left),
        ("WHERE", Side::Left),
        ("TOLD", Side::Left),
        ("STATE", Side::Left),
        ("LAST ARRIVED", Side::Left),
    ];
    let mut text = table(&columns, &rows);
    for one in all.iter().filter(|one| one.problem.is_some()) {
        text.push_str("\n\n");
        text.push_str(&problem(one));
    }
    text
}

/// One channel.
pub(crate) fn one(channel: &ChannelView) -> String {
    let mut lines = vec![format!(
        "{}: {} at {}, {}.",
        channel.name,
        kind(&channel.target),
        channel.place,
        state(channel.state)
    )];
    let runs = if channel.each_run { "each scheduled run" } else { "what changes how things stand" };
    lines.push(match channel.level {
        NotifyLevelView::None => "It is told nothing.".to_owned(),
        other => format!("It is told {} of {runs}.", level(other)),
    });
    if let Some(quiet) = &channel.quiet {
        let errors = if channel.errors_in_quiet { "but errors " } else { "" };
        lines.push(format!("Nothing {errors}from {} to {}; it is told at their end.", quiet.from, quiet.to));
    }
    if let Some(at) = &channel.digest_at {
        lines.push(format!("All but errors once a day at {at}, as one."));
    }
    if channel.problem.is_some() {
        lines.push(problem(channel));
    }
    lines.push(format!("Test it: {}", Command::about(About::NotifyTest, &channel.name)));
    lines.join("\n")
}

/// What came of a test.
pub(crate) fn tested(tested: ChannelTested) -> String {
    if tested.is_taken {
        "Sent, and taken. Look whether you see it.".into()
    } else {
        "It waits: no window of Holdfast is open that could show it.".into()
    }
}

fn problem(one: &ChannelView) -> String {
    let problem = one.problem.as_deref().unwrap_or_default();
    let at = one.problem_at_ms.map(|at| format!(" ({})", words::moment(at))).unwrap_or_default();
    format!("{}: {problem}{at}", one.name)
}

fn kind(target: &ChannelTargetView) -> &'static str {
    match target {
        ChannelTargetView::Desktop => "desktop",
        ChannelTargetView::Email { .. } => "e-mail",
        ChannelTargetView::Webhook { style: WebhookStyleView::Json } => "webhook",
        ChannelTargetView::Webhook { style: WebhookStyleView::Slack } => "Slack",
        ChannelTargetView::Webhook { style: WebhookStyleView::Discord } => "Discord",
        ChannelTargetView::Webhook { style: WebhookStyleView::Teams } => "Teams",
        ChannelTargetView::Telegram { .. } => "Telegram",
        ChannelTargetView::Heartbeat { .. } => "heartbeat",
    }
}

fn level(level: NotifyLevelView) -> &'static str {
    match level {
        NotifyLevelView::All => "all",
        NotifyLevelView::Warnings => "warnings and errors",
        NotifyLevelView::Errors => "errors",
        NotifyLevelView::None => "nothing",
    }
}

fn state(state: ChannelStateView) -> &'static str {
    match state {
        ChannelStateView::Works => "works",
        ChannelStateView::Unproven => "nothing sent yet",
        ChannelStateView::Retrying => "tried again",
        ChannelStateView::Failing => "FAILING",
        ChannelStateView::Off => "off",
    }
}
