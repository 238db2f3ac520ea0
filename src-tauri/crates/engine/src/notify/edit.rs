//! Adding, changing and removing channels. A stored secret is sent only to the peer that it was entered for.

use lettre::message::Mailbox;
use uuid::Uuid;

use super::message::Message;
use super::route;
use crate::channel;
use crate::channel::{Channel, ChannelStanding, Level, Taste, secret_name};
use crate::channel::{
    Email, Heartbeat, Kept, MailSecurity, Target, Telegram, Webhook, WebhookStyle, address, is_loopback,
    place_of,
};
use crate::engine::Engine;
use base::clock::{Clock as _, SystemClock};
use base::failure::Failure;
use base::secret::Secret;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::Catalog;
use ledger::event::Topic;

/// Maximum number of channels.
const CHANNELS_MAX: usize = 50;
/// Longer names do not fit into a list.
const NAME_CHARACTERS_MAX: usize = 60;
/// More mailboxes are a mailing list of their own.
const MAILBOXES_MAX: usize = 20;
/// A shorter key is guessed.
const SIGNING_KEY_BYTES_MIN: usize = 16;
/// Longer ones are the wrong file.
const SECRET_BYTES_MAX: usize = 4096;

/// A channel as a person gives it.
#[derive(Debug, Clone)]
pub struct NewChannel {
    /// Id or name of the channel that it was; absent for a new one.
    pub channel: Option<String>,
    /// What people call it.
    pub name: String,
    /// Where it leads. The place of a webhook or heartbeat is taken from its address; a heartbeat's project may be
    /// an id or a name.
    pub target: Target,
    /// What is secret about it.
    pub secrets: ChannelSecrets,
    /// What it is told, and when.
    pub taste: Taste,
}

/// What is secret about a channel; absent means that what is stored stays.
#[derive(Debug, Clone, Default)]
pub struct ChannelSecrets {
    /// The address of a webhook or heartbeat.
    pub url: Option<Secret>,
    /// What signs a webhook, the password for a mail server, the token of a bot.
    pub key: Option<Secret>,
}

impl Engine {
    /// Adds a channel, or changes one.
    ///
    /// # Errors
    /// `channel_not_found`, `project_not_found`; `invalid_request` with what was seen, also where a stored secret
    /// would go to another peer than the one that it was entered for; what the keychain says.
    #[crate::boxed]
    pub async fn set_channel(&self, new: NewChannel) -> Result<ChannelStanding, Failure> {
        let all = self.stored_channels().await?;
        let before = match &new.channel {
            Some(reference) => Some(channel::find(&all, reference)?.clone()),
            None if all.len() >= CHANNELS_MAX => {
                return Err(Failure::invalid(
                    format!("there are {} channels already", all.len()),
                    "Remove one that nobody reads: `holdfast notify remove NAME`.",
                ));
            }
            None => None,
        };
        let name = checked_name(&new.name, before.as_ref(), &all)?;
        let stored = match before.as_ref().and_then(|before| before.secret_id.as_deref()) {
            Some(id) => Some(Kept::read(&self.profile.secrets.get(&secret_name(id)).await?)?),
            None => None,
        };
        let (target, kept) =
            self.completed(new.target, &new.secrets, before.as_ref(), stored.as_ref()).await?;
        let is_kept_as_it_was = new.secrets.url.is_none() && new.secrets.key.is_none();
        let known_id = before.as_ref().and_then(|before| before.secret_id.clone());
        let secret_id = match (kept.is_empty(), known_id) {
            (true, _) => None,
            (false, Some(id)) if is_kept_as_it_was => Some(id),
            (false, _) => Some(Uuid::new_v4().simple().to_string()),
        };
        let channel = Channel {
            id: before
                .as_ref()
                .map_or_else(|| Uuid::new_v4().simple().to_string(), |before| before.id.clone()),
            name,
            target,
            secret_id,
            taste: new.taste,
            created_at_ms: before
                .as_ref()
                .map_or_else(|| SystemClock.now().as_millisecond(), |before| before.created_at_ms),
            sent_at_ms: None,
            problem: None,
            failing_since_ms: None,
        };
        self.write_channel(&channel, before.as_ref(), &kept).await?;
        self.route_anew(&channel).await?;
        self.profile.jobs.changed(&[Topic::Notify]);
        self.channel(&channel.id).await
    }

    /// Removes a channel with its secrets, and what was on its way to it.
    ///
    /// # Errors
    /// `channel_not_found`; `invalid_request` for the desktop, which is turned off instead.
    #[crate::boxed]
    pub async fn remove_channel(&self, reference: &str) -> Result<(), Failure> {
        let all = self.stored_channels().await?;
        let channel = channel::find(&all, reference)?;
        if channel.target == Target::Desktop {
            return Err(Failure::invalid(
                "the desktop is always there",
                "Turn it off: `holdfast notify edit desktop --level none`.",
            ));
        }
        let mut writing =
            self.profile.audit.begin(Act::ChannelRemoved, &subject(channel), details(channel)).await?;
        Catalog::remove_channel(writing.connection(), &channel.id).await?;
        writing.commit().await?;
        if let Some(id) = &channel.secret_id {
            self.profile.secrets.remove(&secret_name(id)).await?;
        }
        self.profile.jobs.changed(&[Topic::Notify]);
        Ok(())
    }

    async fn write_channel(
        &self,
        channel: &Channel,
        before: Option<&Channel>,
        kept: &Kept,
    ) -> Result<(), Failure> {
        let known_id = before.and_then(|before| before.secret_id.as_deref());
        // The keychain first: a channel whose secret was lost on the way would look complete.
        if let Some(id) = channel.secret_id.as_deref().filter(|id| Some(*id) != known_id) {
            self.profile.secrets.put(&secret_name(id), &kept.secret()?).await?;
        }
        let act = if before.is_some() { Act::ChannelEdited } else { Act::ChannelAdded };
        let mut writing = self.profile.audit.begin(act, &subject(channel), details(channel)).await?;
        Catalog::put_channel(writing.connection(), &channel.record()?).await?;
        writing.commit().await?;
        if let Some(id) = known_id.filter(|id| Some(*id) != channel.secret_id.as_deref()) {
            self.profile.secrets.remove(&secret_name(id)).await?;
        }
        Ok(())
    }

    /// What waits for a channel that was changed is due as it says now, or not at all.
    async fn route_anew(&self, channel: &Channel) -> Result<(), Failure> {
        let (now, zone) = (SystemClock.now(), SystemClock.zone());
        for record in self.profile.catalog.waiting_for(&channel.id).await? {
            let message = Message::try_from(record)?;
            let due = route::takes(channel, &message)
                .then(|| route::due(channel, &message, now, &zone).as_millisecond());
            self.profile.catalog.set_due(&message.id, &channel.id, due).await?;
        }
        Ok(())
    }

    /// The target with what its address says, and the secrets that it has from now on.
    async fn completed(
        &self,
        target: Target,
        given: &ChannelSecrets,
        before: Option<&Channel>,
        stored: Option<&Kept>,
    ) -> Result<(Target, Kept), Failure> {
        if let Some(before) = before.filter(|before| before.target.kind() != target.kind()) {
            return Err(Failure::invalid(
                format!("“{}” is no {} but a {}", before.name, target.kind(), before.target.kind()),
                "Add another channel, and remove this one.",
            ));
        }
        let (target, url) = match target {
            Target::Desktop if before.is_none() => {
                return Err(Failure::invalid("there is a desktop already", "Change that one."));
            }
            Target::Desktop => return Ok((Target::Desktop, Kept::default())),
            Target::Webhook(Webhook { style, .. }) => {
                let (url, place) = called(given, stored)?;
                (Target::Webhook(Webhook { style, place }), Some(url))
            }
            Target::Heartbeat(Heartbeat { project_id, .. }) => {
                let (url, place) = called(given, stored)?;
                let project_id = match project_id {
                    Some(project) => Some(self.profile.project(&project).await?.id),
                    None => None,
                };
                (Target::Heartbeat(Heartbeat { place, project_id }), Some(url))
            }
            Target::Email(email) => (Target::Email(checked_email(email)?), None),
            Target::Telegram(telegram) => (Target::Telegram(checked_telegram(&telegram)?), None),
        };
        let key = checked_key(&target, given, before, stored)?;
        Ok((target, Kept { url, key }))
    }
}

impl Kept {
    fn is_empty(&self) -> bool {
        self.url.is_none() && self.key.is_none()
    }
}

/// The address that is called, and its place.
fn called(given: &ChannelSecrets, stored: Option<&Kept>) -> Result<(String, String), Failure> {
    let given = given.url.as_ref().filter(|url| !url.is_empty()).map(|url| url.expose().trim().to_owned());
    let url = given.or_else(|| stored.and_then(|kept| kept.url.clone())).ok_or_else(|| {
        Failure::invalid("the address is missing", "Give it: `--url-file FILE`; it rests in the keychain.")
    })?;
    if url.len() > SECRET_BYTES_MAX {
        return Err(Failure::invalid("the address is too long", "Give an address and nothing else."));
    }
    let place = place_of(&address(&url)?);
    Ok((url, place))
}

/// What signs, or says who we are: as it was given, or as it is stored for this very peer.
fn checked_key(
    target: &Target,
    given: &ChannelSecrets,
    before: Option<&Channel>,
    stored: Option<&Kept>,
) -> Result<Option<String>, Failure> {
    let (what, option) = match target {
        Target::Webhook(Webhook { style: WebhookStyle::Json, .. }) => ("signing key", "--key-file FILE"),
        Target::Email(Email { user: Some(_), .. }) => ("password", "--password-file FILE"),
        Target::Telegram(_) => ("bot's token", "--token-file FILE"),
        Target::Desktop | Target::Email(_) | Target::Webhook(_) | Target::Heartbeat(_) => return Ok(None),
    };
    if let Some(key) = given.key.as_ref().filter(|key| !key.is_empty()) {
        let key = key.expose().trim();
        let is_signing = matches!(target, Target::Webhook(_));
        if key.len() > SECRET_BYTES_MAX || (is_signing && key.len() < SIGNING_KEY_BYTES_MIN) {
            return Err(Failure::invalid(
                format!("the {what} is too short, or too long"),
                format!("Give one of {SIGNING_KEY_BYTES_MIN} to {SECRET_BYTES_MAX} bytes."),
            ));
        }
        if matches!(target, Target::Telegram(_)) && !is_token(key) {
            return Err(Failure::invalid(
                "the bot's token is none",
                "Give it as BotFather wrote it: figures, a colon, letters.",
            ));
        }
        return Ok(Some(key.to_owned()));
    }
    let Some((before, key)) = before.zip(stored.and_then(|kept| kept.key.clone())) else {
        return Err(Failure::invalid(
            format!("the {what} is missing"),
            format!("Give it: `{option}`; it rests in the keychain."),
        ));
    };
    if before.target.peer() != target.peer() {
        return Err(Failure::invalid(
            format!("the stored {what} belongs to {}", before.target.place()),
            format!("Enter the {what} for {}; the stored one is never sent there.", target.place()),
        ));
    }
    Ok(Some(key))
}

/// What stands in an address as it is.
fn is_token(token: &str) -> bool {
    token.split_once(':').is_some_and(|(bot, rest)| {
        let is_word =
            |rest: &str| rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        !bot.is_empty() && bot.bytes().all(|b| b.is_ascii_digit()) && !rest.is_empty() && is_word(rest)
    })
}

fn checked_email(email: Email) -> Result<Email, Failure> {
    let Email { host, port, security, user, from, to } = email;
    let host = host.trim().to_owned();
    let parsed = url::Host::parse(&host).map_err(|_| {
        Failure::invalid(format!("{host:?} is no mail server"), "Give its name, as smtp.example.")
    })?;
    if port == 0 {
        return Err(Failure::invalid("0 is no port", "Give 587 for STARTTLS, or 465 for TLS."));
    }
    let user = user.map(|user| user.trim().to_owned()).filter(|user| !user.is_empty());
    let host_ref = match &parsed {
        url::Host::Domain(name) => url::Host::Domain(name.as_str()),
        url::Host::Ipv4(ip) => url::Host::Ipv4(*ip),
        url::Host::Ipv6(ip) => url::Host::Ipv6(*ip),
    };
    if security == MailSecurity::Plain && user.is_some() && !is_loopback(&host_ref) {
        return Err(Failure::invalid(
            "a password would be sent in clear",
            "Choose STARTTLS or TLS; in clear only a server on this computer is given a password.",
        ));
    }
    let to: Vec<String> = to.iter().map(|to| to.trim().to_owned()).filter(|to| !to.is_empty()).collect();
    if to.is_empty() || to.len() > MAILBOXES_MAX {
        return Err(Failure::invalid(
            format!("{} mailboxes to write to", to.len()),
            format!("Give 1 to {MAILBOXES_MAX}."),
        ));
    }
    let from = from.trim().to_owned();
    for mailbox in std::iter::once(&from).chain(&to) {
        if mailbox.parse::<Mailbox>().is_err() {
            let hint = "Give one as ops@example.org, or Ops <ops@example.org>.";
            return Err(Failure::invalid(format!("{mailbox:?} is no mailbox"), hint));
        }
    }
    Ok(Email { host, port, security, user, from, to })
}

fn checked_telegram(telegram: &Telegram) -> Result<Telegram, Failure> {
    let chat = telegram.chat.trim().to_owned();
    let is_chat = chat.parse::<i64>().is_ok()
        || chat.strip_prefix('@').is_some_and(|name| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        });
    if !is_chat {
        return Err(Failure::invalid(
            format!("{chat:?} is no chat"),
            "Give its id, as 123456 or -100123456, or the public name of a channel, as @ops.",
        ));
    }
    let base = match telegram.base.trim() {
        "" => remote::platform::telegram::PUBLIC_BASE.to_owned(),
        base => place_of(&address(base)?),
    };
    Ok(Telegram { chat, base })
}

fn checked_name(name: &str, before: Option<&Channel>, all: &[Channel]) -> Result<String, Failure> {
    let name = name.trim();
    let is_odd = name.is_empty()
        || name.chars().count() > NAME_CHARACTERS_MAX
        || name.chars().any(char::is_control)
        || (name.eq_ignore_ascii_case("desktop") && before.is_none_or(|before| before.id != "desktop"));
    if is_odd {
        return Err(Failure::invalid(
            format!("{name:?} is no name for a channel"),
            format!("Give one of 1 to {NAME_CHARACTERS_MAX} characters, and not the one of the desktop."),
        ));
    }
    let is_taken = |other: &&Channel| {
        other.name.to_lowercase() == name.to_lowercase() && before.is_none_or(|before| before.id != other.id)
    };
    if all.iter().any(|other| is_taken(&other)) {
        return Err(Failure::invalid(format!("there is a channel “{name}” already"), "Give another name."));
    }
    Ok(name.to_owned())
}

pub(super) fn subject(channel: &Channel) -> Subject {
    Subject::new("channel", &channel.id, &channel.name)
}

pub(super) fn details(channel: &Channel) -> Details {
    let place = channel.target.place();
    let level = match channel.taste.level {
        Level::All => "all",
        Level::Warnings => "warnings",
        Level::Errors => "errors",
        Level::None => "none",
    };
    Details::none()
        .with("kind", Fact::Word(channel.target.kind()))
        .with("place", Fact::Name(&place))
        .with("level", Fact::Word(level))
}
