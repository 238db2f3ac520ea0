//! `holdfast notify`: who is told what, and whether it arrives.

use camino::Utf8PathBuf;
use clap::{Args, Subcommand, ValueEnum};
use contract::api;
use contract::command::Nothing;
use contract::error::UserError;
use contract::notify::{
    ChannelRef, ChannelTargetView, ChannelView, MailSecurityView, NotifyLevelView, SetChannel,
    WebhookStyleView,
};
use contract::schedule::QuietHoursView;

use crate::console::Console;
use crate::error::{Ended, failure};
use crate::notify_words as said;
use crate::secrets::from_source;
use crate::status::{Status, taught};
use crate::yes_no::YesNo;
use base::Code;

/// What to do with channels.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast notify list
  holdfast notify add webhook ops --url-file url.txt --style slack --level warnings
  holdfast notify add webhook audit --url-file url.txt --key-file key.txt       signed JSON, see docs/formats.md
  holdfast notify add email oncall --host smtp.example --port 587 --user bot --password-file pw.txt \\
                                   --from bot@example.org --to ops@example.org --quiet-hours 22:00-07:00
  holdfast notify add telegram phone --chat 123456 --token-file token.txt --digest 08:00
  holdfast notify add heartbeat checks --url-file url.txt --project shop
  holdfast notify test ops
  holdfast notify edit desktop --each-run no

A channel is told of scheduled runs, of missed goals, of runs by hand that fail while nobody is there, and of what health
finds: as it appears, gets worse, and is over. `--level errors` lets through what is critical, `warnings` also what will
become a failure or cannot be told, `all` notes too; whoever heard of a finding hears of its end. Many at once are one
message, and an hour has six of them at most.

What is secret (addresses, passwords, keys, tokens) comes from a file or, with `-`, from standard input, and rests
in the keychain. Quiet hours hold everything back until they end, unless errors may come through; a digest tells
all but errors once a day. A stored secret is only sent to the server that it was entered for."))]
pub(crate) enum Verb {
    /// All channels, and how each stands.
    List,
    /// Add a channel.
    Add(Add),
    /// Change a channel; what is not given stays.
    Edit(Edit),
    /// Send a test through a channel, and say whether it was taken.
    Test {
        /// Name or id of the channel.
        channel: String,
    },
    /// Remove a channel, with its secrets.
    Remove {
        /// Name or id of the channel.
        channel: String,
    },
}

/// A new channel.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// What it is.
    #[arg(value_enum)]
    kind: Kind,
    /// What people call it.
    name: String,
    #[command(flatten)]
    given: Given,
}

/// A change.
#[derive(Debug, Args)]
pub(crate) struct Edit {
    /// Name or id of the channel.
    pub(crate) channel: String,
    /// Another name.
    #[arg(long = "name", value_name = "NAME")]
    new_name: Option<String>,
    #[command(flatten)]
    given: Given,
}

/// What is said of a channel.
#[derive(Debug, Args)]
struct Given {
    /// How bad something has to be.
    #[arg(long, value_enum)]
    level: Option<Level>,
    /// Whether each scheduled run is told, or only what changes how things stand.
    #[arg(long, value_enum)]
    each_run: Option<YesNo>,
    /// Hours in which nothing is told, as 22:00-07:00; `none` for no such hours.
    #[arg(long, value_name = "FROM-TO")]
    quiet_hours: Option<String>,
    /// Whether errors are told in quiet hours all the same.
    #[arg(long, value_enum)]
    errors_in_quiet_hours: Option<YesNo>,
    /// Tell all but errors once a day at this time, as one; `none` for at once.
    #[arg(long, value_name = "HH:MM")]
    digest: Option<String>,
    /// The mail server.
    #[arg(long)]
    host: Option<String>,
    /// Its port [default: 587, with TLS 465].
    #[arg(long)]
    port: Option<u16>,
    /// How it is spoken to [default: starttls].
    #[arg(long, value_enum)]
    security: Option<Security>,
    /// Who signs in to the mail server; empty for nobody.
    #[arg(long)]
    user: Option<String>,
    /// Who mail is from.
    #[arg(long)]
    from: Option<String>,
    /// Whom mail is to; may be given more than once.
    #[arg(long)]
    to: Vec<String>,
    /// In which form a webhook takes it [default: json].
    #[arg(long, value_enum)]
    style: Option<Style>,
    /// The chat of Telegram: its id, or the public name of a channel.
    #[arg(long, allow_hyphen_values = true)]
    chat: Option<String>,
    /// Another address of Telegram's API; empty for its own.
    #[arg(long, value_name = "URL")]
    api: Option<String>,
    /// Only the runs of this project, for a heartbeat; empty for those of all.
    #[arg(long)]
    project: Option<String>,
    /// The address of a webhook or heartbeat, from a file.
    #[arg(long, value_name = "FILE")]
    url_file: Option<Utf8PathBuf>,
    /// What signs a webhook, from a file.
    #[arg(long, value_name = "FILE")]
    key_file: Option<Utf8PathBuf>,
    /// The password for the mail server, from a file.
    #[arg(long, value_name = "FILE", conflicts_with = "key_file")]
    password_file: Option<Utf8PathBuf>,
    /// The token of the bot, from a file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["key_file", "password_file"])]
    token_file: Option<Utf8PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Email,
    Webhook,
    Telegram,
    Heartbeat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Level {
    All,
    Warnings,
    Errors,
    None,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Security {
    Starttls,
    Tls,
    Plain,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Style {
    Json,
    Slack,
    Discord,
    Teams,
}

impl Verb {
    /// Whether secrets are needed.
    pub(crate) fn needs_secrets(&self) -> bool {
        !matches!(self, Self::List)
    }

    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        let engine = &console.engine;
        match self {
            Self::List => {
                let all = api::notify_list(engine, Nothing {}).await?;
                console.output.answer(&all, || said::list(&all));
            }
            Self::Add(Add { kind, name, given }) => {
                let request = Add { kind, name, given }.request().await?;
                let channel = api::notify_set(engine, request).await?;
                console.output.answer(&channel, || said::one(&channel));
            }
            Self::Edit(Edit { channel, new_name, given }) => {
                let known = find(api::notify_list(engine, Nothing {}).await?, &channel)?;
                let request = Edit { channel, new_name, given }.request(known).await?;
                let channel = api::notify_set(engine, request).await?;
                console.output.answer(&channel, || said::one(&channel));
            }
            Self::Test { channel } => {
                let tested = api::notify_test(engine, ChannelRef { channel }).await?;
                console.output.answer(&tested, || said::tested(tested));
                if !tested.is_taken {
                    return Ok(Status::Inconclusive);
                }
            }
            Self::Remove { channel } => {
                let gone = api::notify_remove(engine, ChannelRef { channel }).await?;
                console.output.answer(&gone, || "Removed, with its secrets.".into());
            }
        }
        Ok(Status::Done)
    }
}

fn find(all: Vec<ChannelView>, reference: &str) -> Result<ChannelView, UserError> {
    let is_it =
        |one: &ChannelView| one.id == reference || one.name.to_lowercase() == reference.trim().to_lowercase();
    all.into_iter().find(is_it).ok_or_else(|| {
        failure(
            Code::ChannelNotFound,
            format!("there is no channel {reference:?}"),
            "List what there is with `holdfast notify list`.",
        )
    })
}

impl Add {
    /// What is asked for.
    pub(crate) async fn request(self) -> Result<SetChannel, UserError> {
        self.given.added(self.kind, self.name).await
    }
}

impl Edit {
    /// What is asked for, of a channel as it is.
    pub(crate) async fn request(self, known: ChannelView) -> Result<SetChannel, UserError> {
        self.given.changed(known, self.new_name).await
    }
}

#[cfg(test)]
impl Edit {
    /// What kind of channel it is, as far as its options tell.
    pub(crate) fn target_by_options(&self) -> ChannelTargetView {
        let Given { host, style, chat, project, .. } = &self.given;
        match (host, style, chat, project) {
            (Some(_), ..) => ChannelTargetView::Email {
                host: String::new(),
                port: 0,
                security: MailSecurityView::Plain,
                user: None,
                from: String::new(),
                to: Vec::new(),
            },
            (_, Some(_), ..) => ChannelTargetView::Webhook { style: WebhookStyleView::Json },
            (_, _, Some(_), _) => ChannelTargetView::Telegram { chat: String::new(), base: None },
            (.., Some(_)) => ChannelTargetView::Heartbeat { project: None },
            _ => ChannelTargetView::Desktop,
        }
    }
}

impl Given {
    /// A new channel.
    async fn added(self, kind: Kind, name: String) -> Result<SetChannel, UserError> {
        let missing = |option: &str| {
            failure(Code::InvalidRequest, format!("{option} is missing"), "See `holdfast notify --help`.")
        };
        let target = match kind {
            Kind::Email => {
                let security = self.security.unwrap_or(Security::Starttls);
                ChannelTargetView::Email {
                    host: self.host.clone().ok_or_else(|| missing("--host"))?,
                    port: self.port.unwrap_or(if matches!(security, Security::Tls) { 465 } else { 587 }),
                    security: security.into(),
                    user: self.user.clone().filter(|user| !user.is_empty()),
                    from: self.from.clone().ok_or_else(|| missing("--from"))?,
                    to: self.to.clone(),
                }
            }
            Kind::Webhook => ChannelTargetView::Webhook { style: self.style.unwrap_or(Style::Json).into() },
            Kind::Telegram => ChannelTargetView::Telegram {
                chat: self.chat.clone().ok_or_else(|| missing("--chat"))?,
                base: self.api.clone(),
            },
            Kind::Heartbeat => ChannelTargetView::Heartbeat { project: self.project.clone() },
        };
        let (url, key) = self.secrets().await?;
        Ok(SetChannel {
            channel: None,
            name,
            target,
            url,
            key,
            level: self.level.map_or(NotifyLevelView::All, Into::into),
            each_run: self.each_run == Some(YesNo::Yes),
            quiet: self.quiet(None)?,
            errors_in_quiet: self.errors_in_quiet_hours == Some(YesNo::Yes),
            digest_at: self.digest(None),
        })
    }

    async fn changed(self, known: ChannelView, name: Option<String>) -> Result<SetChannel, UserError> {
        let (url, key) = self.secrets().await?;
        let said = |said: Option<YesNo>, known| said.map_or(known, |said| said == YesNo::Yes);
        Ok(SetChannel {
            channel: Some(known.id.clone()),
            name: name.unwrap_or_else(|| known.name.clone()),
            url,
            key,
            level: self.level.map_or(known.level, Into::into),
            each_run: said(self.each_run, known.each_run),
            errors_in_quiet: said(self.errors_in_quiet_hours, known.errors_in_quiet),
            quiet: self.quiet(known.quiet.clone())?,
            digest_at: self.digest(known.digest_at.clone()),
            target: self.target(known.target),
        })
    }

    /// The target with what was given.
    fn target(self, known: ChannelTargetView) -> ChannelTargetView {
        match known {
            ChannelTargetView::Desktop => ChannelTargetView::Desktop,
            ChannelTargetView::Email { host, port, security, user, from, to } => ChannelTargetView::Email {
                host: self.host.unwrap_or(host),
                port: self.port.unwrap_or(port),
                security: self.security.map_or(security, Into::into),
                user: given_or(self.user, user),
                from: self.from.unwrap_or(from),
                to: if self.to.is_empty() { to } else { self.to },
            },
            ChannelTargetView::Webhook { style } => {
                ChannelTargetView::Webhook { style: self.style.map_or(style, Into::into) }
            }
            ChannelTargetView::Telegram { chat, base } => ChannelTargetView::Telegram {
                chat: self.chat.unwrap_or(chat),
                base: given_or(self.api, base),
            },
            ChannelTargetView::Heartbeat { project } => {
                ChannelTargetView::Heartbeat { project: given_or(self.project, project) }
            }
        }
    }

    /// Address and key.
    async fn secrets(&self) -> Result<(Option<String>, Option<String>), UserError> {
        let url = match &self.url_file {
            Some(file) => Some(from_source(file).await?),
            None => None,
        };
        let key = match self.key_file.as_ref().or(self.password_file.as_ref()).or(self.token_file.as_ref()) {
            Some(file) => Some(from_source(file).await?),
            None => None,
        };
        Ok((url, key))
    }

    fn quiet(&self, known: Option<QuietHoursView>) -> Result<Option<QuietHoursView>, UserError> {
        match self.quiet_hours.as_deref() {
            None => Ok(known),
            Some("none") => Ok(None),
            Some(text) => crate::schedule::quiet(text).map(Some),
        }
    }

    fn digest(&self, known: Option<String>) -> Option<String> {
        match self.digest.as_deref() {
            None => known,
            Some("none") => None,
            Some(text) => Some(text.to_owned()),
        }
    }
}

/// What is said, where something is: an empty word says that there is none.
fn given_or(given: Option<String>, known: Option<String>) -> Option<String> {
    match given {
        Some(text) => Some(text).filter(|text| !text.is_empty()),
        None => known,
    }
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

impl From<Security> for MailSecurityView {
    fn from(security: Security) -> Self {
        match security {
            Security::Starttls => Self::Starttls,
            Security::Tls => Self::Tls,
            Security::Plain => Self::Plain,
        }
    }
}

impl From<Style> for WebhookStyleView {
    fn from(style: Style) -> Self {
        match style {
            Style::Json => Self::Json,
            Style::Slack => Self::Slack,
            Style::Discord => Self::Discord,
            Style::Teams => Self::Teams,
        }
    }
}
