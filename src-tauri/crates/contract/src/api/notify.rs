//! Notifications: list, set, test, remove.

use base::command::{ChannelSet, ChannelWhat, Command};
use base::secret::Secret;
use engine::Engine;
use engine::channel::{
    Channel, ChannelStanding, Email, Heartbeat, Level, MailSecurity, Target, Taste, Telegram, Webhook,
    WebhookStyle,
};
use engine::notify::{ChannelSecrets, NewChannel, Trial};
use engine::schedule::{QuietHours, TimeOfDay};

use super::Answer;
use crate::command::Nothing;
use crate::error::UserError;
use crate::notify::{
    ChannelRef, ChannelStateView, ChannelTargetView, ChannelTested, ChannelView, MailSecurityView,
    NotifyLevelView, SetChannel, WebhookStyleView,
};
use crate::number::{Count, Millis};
use crate::schedule::QuietHoursView;

/// All channels, and how each stands.
///
/// # Errors
/// When the profile does not answer.
#[crate::boxed]
pub async fn notify_list(engine: &Engine, _: Nothing) -> Answer<Vec<ChannelView>> {
    Ok(engine.channels().await?.into_iter().map(Into::into).collect())
}

/// Adds a channel, or changes one.
///
/// # Errors
/// `channel_not_found`, `project_not_found`; `invalid_request` with what was seen; what the keychain says.
#[crate::boxed]
pub async fn notify_set(engine: &Engine, request: SetChannel) -> Answer<ChannelView> {
    Ok(engine.set_channel(request.try_into()?).await?.into())
}

/// Sends a test through a channel.
///
/// # Errors
/// `channel_not_found`; `notification_failed` with what its peer said; what the keychain says.
#[crate::boxed]
pub async fn notify_test(engine: &Engine, request: ChannelRef) -> Answer<ChannelTested> {
    let is_taken = engine.test_channel(&request.channel).await? == Trial::Taken;
    Ok(ChannelTested { is_taken })
}

/// Removes a channel with its secrets.
///
/// # Errors
/// `channel_not_found`; `invalid_request` for the desktop.
#[crate::boxed]
pub async fn notify_remove(engine: &Engine, request: ChannelRef) -> Answer<Nothing> {
    engine.remove_channel(&request.channel).await?;
    Ok(Nothing {})
}

impl From<Level> for NotifyLevelView {
    fn from(level: Level) -> Self {
        match level {
            Level::All => Self::All,
            Level::Warnings => Self::Warnings,
            Level::Errors => Self::Errors,
            Level::None => Self::None,
        }
    }
}

impl From<NotifyLevelView> for Level {
    fn from(level: NotifyLevelView) -> Self {
        match level {
            NotifyLevelView::All => Self::All,
            NotifyLevelView::Warnings => Self::Warnings,
            NotifyLevelView::Errors => Self::Errors,
            NotifyLevelView::None => Self::None,
        }
    }
}

impl TryFrom<SetChannel> for NewChannel {
    type Error = UserError;

    fn try_from(request: SetChannel) -> Result<Self, UserError> {
        let SetChannel {
            channel,
            name,
            target,
            url,
            key,
            level,
            each_run,
            quiet,
            errors_in_quiet,
            digest_at,
        } = request;
        let quiet = quiet.map(|QuietHoursView { from, to }| {
            QuietHours::new(TimeOfDay::parse(&from)?, TimeOfDay::parse(&to)?)
        });
        let digest_at = digest_at.as_deref().map(TimeOfDay::parse).transpose()?;
        Ok(Self {
            channel,
            name,
            target: target.into(),
            secrets: ChannelSecrets { url: url.map(Secret::new), key: key.map(Secret::new) },
            taste: Taste {
                level: level.into(),
                each_run,
                quiet: quiet.transpose()?,
                errors_in_quiet,
                digest_at,
            },
        })
    }
}

impl From<ChannelTargetView> for Target {
    fn from(target: ChannelTargetView) -> Self {
        match target {
            ChannelTargetView::Desktop => Self::Desktop,
            ChannelTargetView::Email { host, port, security, user, from, to } => {
                let security = match security {
                    MailSecurityView::Starttls => MailSecurity::Starttls,
                    MailSecurityView::Tls => MailSecurity::Tls,
                    MailSecurityView::Plain => MailSecurity::Plain,
                };
                Self::Email(Email { host, port, security, user, from, to })
            }
            ChannelTargetView::Webhook { style } => {
                let style = match style {
                    WebhookStyleView::Json => WebhookStyle::Json,
                    WebhookStyleView::Slack => WebhookStyle::Slack,
                    WebhookStyleView::Discord => WebhookStyle::Discord,
                    WebhookStyleView::Teams => WebhookStyle::Teams,
                };
                // The engine takes the place from the address.
                Self::Webhook(Webhook { style, place: String::new() })
            }
            ChannelTargetView::Telegram { chat, base } => {
                Self::Telegram(Telegram { chat, base: base.unwrap_or_default() })
            }
            ChannelTargetView::Heartbeat { project } => {
                Self::Heartbeat(Heartbeat { place: String::new(), project_id: project })
            }
        }
    }
}

fn target_view(target: Target, project: Option<String>) -> ChannelTargetView {
    match target {
        Target::Desktop => ChannelTargetView::Desktop,
        Target::Email(Email { host, port, security, user, from, to }) => {
            let security = match security {
                MailSecurity::Starttls => MailSecurityView::Starttls,
                MailSecurity::Tls => MailSecurityView::Tls,
                MailSecurity::Plain => MailSecurityView::Plain,
            };
            ChannelTargetView::Email { host, port, security, user, from, to }
        }
        Target::Webhook(Webhook { style, place: _ }) => ChannelTargetView::Webhook {
            style: match style {
                WebhookStyle::Json => WebhookStyleView::Json,
                WebhookStyle::Slack => WebhookStyleView::Slack,
                WebhookStyle::Discord => WebhookStyleView::Discord,
                WebhookStyle::Teams => WebhookStyleView::Teams,
            },
        },
        Target::Telegram(Telegram { chat, base }) => ChannelTargetView::Telegram { chat, base: Some(base) },
        // One that was removed keeps its id, so that the channel does not become one of all projects.
        Target::Heartbeat(Heartbeat { place: _, project_id }) => {
            ChannelTargetView::Heartbeat { project: project.or(project_id) }
        }
    }
}

impl From<ChannelStanding> for ChannelView {
    fn from(standing: ChannelStanding) -> Self {
        let command = command(&standing);
        let ChannelStanding { channel, waiting, next_at_ms, project } = standing;
        let state = state(&channel);
        let place = channel.target.place();
        let Channel { id, name, target, taste, sent_at_ms, problem, failing_since_ms, .. } = channel;
        let Taste { level, each_run, quiet, errors_in_quiet, digest_at } = taste;
        let (problem, problem_at_ms) = problem.unzip();
        Self {
            id,
            name,
            target: target_view(target, project),
            place,
            level: level.into(),
            each_run,
            quiet: quiet
                .map(|QuietHours { from, to }| QuietHoursView { from: from.to_string(), to: to.to_string() }),
            errors_in_quiet,
            digest_at: digest_at.map(|at| at.to_string()),
            state,
            problem,
            problem_at_ms: problem_at_ms.map(Millis),
            failing_since_ms: failing_since_ms.map(Millis),
            sent_at_ms: sent_at_ms.map(Millis),
            waiting: Count(waiting),
            next_at_ms: next_at_ms.map(Millis),
            command,
        }
    }
}

fn state(channel: &Channel) -> ChannelStateView {
    if channel.taste.level == Level::None {
        ChannelStateView::Off
    } else if channel.failing_since_ms.is_some() {
        ChannelStateView::Failing
    } else if channel.problem.is_some() {
        ChannelStateView::Retrying
    } else if channel.sent_at_ms.is_some() {
        ChannelStateView::Works
    } else {
        ChannelStateView::Unproven
    }
}

/// The command line that says the same; secrets come from files.
fn command(standing: &ChannelStanding) -> String {
    let Channel { name, target, taste, .. } = &standing.channel;
    let has_key = match target {
        Target::Desktop | Target::Heartbeat(_) => false,
        Target::Email(email) => email.user.is_some(),
        Target::Webhook(webhook) => matches!(webhook.style, WebhookStyle::Json),
        Target::Telegram(_) => true,
    };
    // The desktop is always there: it is changed, and the others are added.
    let (channel, name) = match target {
        Target::Desktop => (Some("desktop".to_owned()), None),
        _ => (None, Some(name.clone())),
    };
    Command::ChannelSet(ChannelSet {
        channel,
        name,
        to: target_view(target.clone(), standing.project.clone()).into(),
        has_url: matches!(target, Target::Webhook(_) | Target::Heartbeat(_)),
        has_key,
        what: ChannelWhat {
            level: taste.level.as_str(),
            each_run: taste.each_run,
            quiet: taste.quiet.map(|quiet| quiet.to_string()),
            errors_in_quiet: taste.errors_in_quiet,
            digest_at: taste.digest_at.map(|at| at.to_string()),
        },
    })
    .into()
}
