//! A platform with a shop in its schema, the bot beside it, and a client of both.

use std::time::Duration;

use base::secret::Secret;
use jiff::{SignedDuration, Timestamp};
use remote::platform::telegram::{Bot, BotServer, BotSettings};
use remote::platform::telegram_platform::{Dialect, TelegramPlatform, TelegramPlatformSettings};
use remote::platform::{CreateRequest, Platform as _, PlatformError, Ticket, Watched};
use testkit::platforms::{Place, telegram_bot, telegram_platform};
use testkit::{Database, Server, poll};

/// The bot's token: long enough, and nowhere to be seen.
pub(crate) const BOT_TOKEN: &str = "123456789:AAE-secretsecretsecretsecretsecret_x";
const SHOP: &str = "create schema tenant_shop; create table tenant_shop.orders (id int primary key, what text); \
    insert into tenant_shop.orders select n, 'thing ' || n from generate_series(1, 500) n; \
    create table tenant_shop.project_logs (created_at timestamptz, message text); \
    insert into tenant_shop.project_logs select timestamptz '2026-01-01Z' + make_interval(days => n), 'line ' || n \
    from generate_series(0, 9) n;";

pub(crate) struct Stage {
    pub(crate) database: Database<'static>,
    pub(crate) bot: telegram_bot::TelegramBot,
    pub(crate) platform: telegram_platform::TelegramPlatform,
    pub(crate) client: TelegramPlatform,
    pub(crate) token: String,
}

/// What can be chosen of a stage.
pub(crate) struct Choices {
    pub(crate) dialect: Dialect,
    pub(crate) spoken: Dialect,
    pub(crate) scopes: Option<&'static str>,
    pub(crate) granted: &'static [&'static str],
    pub(crate) job_time: Duration,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            dialect: Dialect::Server,
            spoken: Dialect::Server,
            scopes: Some("backup:read backup:write"),
            granted: &["backup:read", "backup:write"],
            job_time: Duration::from_millis(50),
        }
    }
}

pub(crate) async fn stage() -> Option<Stage> {
    stage_with(Choices::default()).await
}

/// `None`, loudly, without Postgres.
pub(crate) async fn stage_with(choices: Choices) -> Option<Stage> {
    let database = Server::shared()?.database().await;
    database.run(SHOP).await;
    let bot = telegram_bot::start(telegram_bot::Options::public(BOT_TOKEN)).await;
    let expires_at = Timestamp::now() + SignedDuration::from_hours(1);
    let token = telegram_platform::token("shop", expires_at, choices.scopes);
    let platform = telegram_platform::start(telegram_platform::Options {
        place: Place::from(&database),
        project: "shop".into(),
        schema: "tenant_shop".into(),
        token: token.clone(),
        scopes: choices.granted.iter().map(|scope| (*scope).to_owned()).collect(),
        dialect: choices.dialect,
        shelf: bot.shelf(),
        job_time: choices.job_time,
    })
    .await;
    let settings = TelegramPlatformSettings {
        bot: Some(bot_settings(&bot)),
        chat: Some("-100200".into()),
        ..settings(platform.address(), &token, choices.spoken)
    };
    let client = TelegramPlatform::new(settings).unwrap();
    Some(Stage { database, bot, platform, client, token })
}

pub(crate) fn settings(base: &str, token: &str, dialect: Dialect) -> TelegramPlatformSettings {
    TelegramPlatformSettings {
        base: base.to_owned(),
        project: None,
        token: Secret::new(token),
        dialect,
        log_entries_max: 100_000,
        bot: None,
        chat: None,
    }
}

pub(crate) fn bot_settings(bot: &telegram_bot::TelegramBot) -> BotSettings {
    let (base, token) = (bot.address().to_owned(), Secret::new(BOT_TOKEN));
    BotSettings { base, token, server: BotServer::Public }
}

pub(crate) fn bot_of(bot: &telegram_bot::TelegramBot) -> Bot {
    Bot::new(&bot_settings(bot)).unwrap()
}

impl Stage {
    /// Looks until the job ends in whatever way.
    pub(crate) async fn end(&self, ticket: &Ticket) -> Result<Watched, PlatformError> {
        poll::until("the job ends", async || match self.client.watch(ticket).await {
            Ok(Watched::Running { .. }) => None,
            ended => Some(ended),
        })
        .await
    }

    /// A backup of the database; its id.
    pub(crate) async fn backup(&self, format: &str, compress: bool) -> String {
        let request = CreateRequest { format: Some(format.into()), compress, ..CreateRequest::default() };
        let ticket = self.client.create(&request).await.unwrap();
        let Watched::Done { id: Some(id), .. } = self.end(&ticket).await.unwrap() else {
            panic!("the export did not end well")
        };
        id
    }

    /// A backup's bytes, by its link.
    pub(crate) async fn bytes(&self, id: &str) -> Vec<u8> {
        let files = self.client.download(id).await.unwrap();
        let link = files[0].links.link().await.unwrap();
        assert!(!format!("{link:?} {files:?}").contains("AAE-secret"), "the bot's token prints");
        let path = link.url.expose().strip_prefix(self.bot.address()).unwrap().to_owned();
        raw_get(self.bot.address(), &path)
    }

    /// The claims of an error, and of what it becomes, hold no token.
    pub(crate) fn holds_no_token(&self, error: &PlatformError) {
        let failure = engine::Failure::from(error.clone());
        let all = format!("{error} {error:?} {failure:?} {:?}", self.client);
        assert!(!all.contains(&self.token) && !all.contains("AAE-secret"), "a token prints: {all}");
    }
}

/// Bytes of a path, over a connection of its own.
pub(crate) fn raw_get(address: &str, path: &str) -> Vec<u8> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(address.trim_start_matches("http://")).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..40]));
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    answer.split_off(head + 4)
}
