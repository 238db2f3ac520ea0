//! The private server, and the shop in it: 1.4 GB of text, documents, amounts and times.

use std::fmt::Write as _;
use std::path::Path;
use std::pin::pin;
use std::process::Command;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use camino::{Utf8Path, Utf8PathBuf};
use futures_util::SinkExt as _;
use postgres::cluster::{Cluster, ClusterSpec, Confinement, Listens, Purpose, sweep};
use postgres::connection::{ConnectOptions, Session, connect};
use postgres::tools::{Program, SearchRoots, Tools};

use crate::measure::ServerProcess;
use crate::random::{Random, Words};

/// The database that is measured.
pub(crate) const SHOP: &str = "shop";
/// One without a row: what is left of a measurement is start-up and key derivation.
pub(crate) const EMPTY: &str = "empty";

const SCHEMA: &str = include_str!("shop.sql");
const KEYS: &str = include_str!("shop_keys.sql");
/// COPY data is sent in pieces of this size.
const PIECE_BYTES: usize = 1 << 20;
/// Tables with their rows at full size; updates hit a table as often as it has rows.
const TABLES: [(&str, u64, Line); 6] = [
    ("customers", 200_000, customer),
    ("products", 50_000, product),
    ("orders", 1_500_000, order),
    ("order_lines", 3_000_000, order_line),
    ("events", 1_200_000, event),
    ("reviews", 400_000, review),
];

type Line = fn(&mut Writer<'_>, u64);

/// A private server with the shop in it. Dropped, it is gone.
#[derive(Debug)]
pub(crate) struct Database {
    cluster: Cluster,
    runtime: tokio::runtime::Runtime,
    /// Its process.
    pub(crate) process: ServerProcess,
    /// One of that many rows is there: 1, or 10.
    divisor: u64,
}

impl Database {
    /// Makes the server and fills it.
    pub(crate) fn make(work: &Utf8Path, divisor: u64) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let tools = Tools::discover(&SearchRoots::of_this_system());
        let set = tools.newest_server()?;
        let profile = profile(work);
        let mut spec = ClusterSpec::new(&profile, Purpose::Scratch, set, profile.join("owner.lock"));
        spec.listens = Listens::AlsoOnLoopback;
        spec.confinement = Confinement::Open;
        let cluster = runtime.block_on(async {
            let cluster = Cluster::create(spec).await?;
            cluster.start().await?;
            anyhow::Ok(cluster)
        })?;
        let process = ServerProcess::of(cluster.record().place.data().as_std_path())?;
        let database = Self { cluster, runtime, process, divisor };
        for name in [EMPTY, SHOP] {
            database.sql("postgres", &format!("create database {name} template template0"))?;
        }
        database.sql(SHOP, SCHEMA)?;
        for (seed, (table, rows, line)) in (2..).zip(TABLES) {
            database.fill(table, rows / divisor, seed, line)?;
        }
        database.sql(SHOP, KEYS)?;
        Ok(database)
    }

    /// Removes what a killed run left.
    pub(crate) fn sweep(work: &Utf8Path) -> Result<()> {
        sweep(&profile(work))?;
        Ok(())
    }

    /// Runs statements.
    pub(crate) fn sql(&self, database: &str, sql: &str) -> Result<()> {
        self.runtime.block_on(async {
            let session = self.session(database).await?;
            session.client.batch_execute(sql).await.with_context(|| sql.to_owned())?;
            session.close().await;
            Ok(())
        })
    }

    /// Changes 3,000 rows anywhere (a tenth of them in a tenth of the data).
    pub(crate) fn change_rows(&self, round: u64) -> Result<()> {
        const CHANGES: u64 = 3000;
        let mut random = Random::new(1000 + round);
        let all: u64 = TABLES.iter().map(|(_, rows, _)| rows / self.divisor).sum();
        let mut sql = "begin;".to_owned();
        for _ in 0..CHANGES / self.divisor {
            let mut at = random.below(all);
            for (table, rows, _) in TABLES {
                let rows = rows / self.divisor;
                if at < rows {
                    let id = at + 1;
                    writeln!(sql, "update {table} set changes = {} where id = {id};", random.below(90_000))?;
                    break;
                }
                at -= rows;
            }
        }
        sql.push_str("commit;");
        self.sql(SHOP, &sql)
    }

    /// A client program that knows how to reach the server.
    pub(crate) fn client(&self, program: Program) -> Command {
        let settings = self.cluster.loopback_settings(SHOP);
        let mut command = Command::new(self.cluster.tools().path(program));
        command.env("PGHOST", &settings.host).env("PGPORT", settings.port.to_string());
        command.env("PGUSER", &settings.user).env("PGPASSWORD", self.password());
        command
    }

    /// The superuser's password.
    pub(crate) fn password(&self) -> &str {
        self.cluster.password().expose()
    }

    /// Its port of the loopback.
    pub(crate) fn port(&self) -> u16 {
        self.cluster.loopback_settings(SHOP).port
    }

    /// What a project is added with.
    pub(crate) fn url(&self, database: &str) -> String {
        let settings = self.cluster.loopback_settings(database);
        format!(
            "postgresql://{}@{}:{}/{database}?sslmode=disable",
            settings.user, settings.host, settings.port
        )
    }

    async fn session(&self, database: &str) -> Result<Session> {
        let settings = self.cluster.loopback_settings(database);
        let session =
            connect(&settings, Some(self.cluster.password()), &ConnectOptions::new("bench")).await?;
        // As an application has it.
        session.client.batch_execute("reset search_path").await?;
        Ok(session)
    }

    fn fill(&self, table: &str, rows: u64, seed: u64, line: Line) -> Result<()> {
        let words = Words::new();
        let parents = Parents { divisor: self.divisor };
        let mut writer = Writer { text: String::new(), random: Random::new(seed), words: &words, parents };
        self.runtime.block_on(async {
            let session = self.session(SHOP).await?;
            let sink = session.client.copy_in::<_, Bytes>(&format!("copy {table} from stdin")).await?;
            let mut sink = pin!(sink);
            for id in 1..=rows {
                let _ = write!(writer.text, "{id}");
                line(&mut writer, id);
                writer.text.push('\n');
                if writer.text.len() >= PIECE_BYTES || id == rows {
                    sink.send(std::mem::take(&mut writer.text).into()).await?;
                }
            }
            sink.finish().await?;
            session.close().await;
            Ok(())
        })
    }
}

fn profile(work: &Utf8Path) -> Utf8PathBuf {
    work.join("server")
}

/// The path of a directory as the engine wants it.
pub(crate) fn utf8(path: &Path) -> Result<&Utf8Path> {
    Utf8Path::from_path(path).with_context(|| format!("{} is not UTF-8", path.display()))
}

/// How many rows the tables have that others refer to.
#[derive(Debug, Clone, Copy)]
struct Parents {
    divisor: u64,
}

/// Writes the columns of a row.
struct Writer<'a> {
    text: String,
    random: Random,
    words: &'a Words,
    parents: Parents,
}

impl Writer<'_> {
    fn put(&mut self, value: impl std::fmt::Display) {
        let _ = write!(self.text, "\t{value}");
    }

    /// A number below `end`.
    fn number(&mut self, end: u64) {
        let value = self.random.below(end);
        self.put(value);
    }

    fn parent(&mut self, rows: u64) {
        let id = 1 + self.random.below(rows / self.parents.divisor);
        self.put(id);
    }

    fn amount(&mut self, units: u64) {
        let (whole, cents) = (self.random.skewed(units), self.random.below(100));
        self.put(format_args!("{whole}.{cents:02}"));
    }

    fn pick(&mut self, from: &[&str]) {
        let value = self.random.pick(from);
        self.put(value);
    }

    fn word(&mut self) {
        let value = self.words.word(&mut self.random);
        let _ = write!(self.text, "\t{value}");
    }

    fn prose(&mut self, bytes: u64) {
        let bytes = bytes / 2 + self.random.below(bytes);
        self.text.push('\t');
        self.words.text(&mut self.random, bytes, &mut self.text);
    }

    /// Rows come in the order of time, a few seconds after each other.
    fn time(&mut self, id: u64, step_s: u64) {
        let at = id * step_s + self.random.below(step_s.max(1) * 8);
        let (days, second) = (at / 86_400, at % 86_400);
        let (year, day) = (2019 + days / 336, days % 336);
        let (month, day) = (1 + day / 28, 1 + day % 28);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let micros = self.random.below(1_000_000);
        self.put(format_args!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{micros:06}+00"));
    }
}

fn customer(row: &mut Writer<'_>, id: u64) {
    let (first, last) =
        (row.words.word(&mut row.random).to_owned(), row.words.word(&mut row.random).to_owned());
    row.put(format_args!("{first}.{last}{id}@example.org"));
    row.put(format_args!("{first} {last}"));
    row.word();
    row.pick(&["DE", "FR", "NL", "PL", "TR", "UA", "GB", "US", "BR", "IN"]);
    row.time(id, 900);
    row.amount(2000);
    let (theme, news, size) = (row.random.below(3), row.random.below(2) == 1, row.random.below(64));
    row.put(format_args!(
        r#"{{"theme": {theme}, "newsletter": {news}, "page_size": {size}, "language": "en"}}"#
    ));
    row.put(0);
}

fn product(row: &mut Writer<'_>, id: u64) {
    row.put(format_args!("SKU-{id:07}"));
    row.prose(30);
    row.prose(600);
    row.amount(900);
    let (weight, colour) =
        (row.random.below(9000), row.random.pick(&["red", "blue", "green", "black", "white"]));
    let tag = row.words.word(&mut row.random);
    let _ = write!(
        row.text,
        "\t{{\"weight_g\": {weight}, \"colour\": \"{colour}\", \"tags\": [\"{tag}\", \"sale\"]}}"
    );
    row.put(0);
}

fn order(row: &mut Writer<'_>, id: u64) {
    row.parent(200_000);
    row.pick(&["paid", "paid", "shipped", "shipped", "shipped", "returned", "cancelled", "new"]);
    row.amount(500);
    row.pick(&["EUR", "EUR", "EUR", "USD", "GBP"]);
    row.time(id, 120);
    if row.random.below(4) == 0 {
        row.prose(60);
    } else {
        row.put("\\N");
    }
    row.put(0);
}

fn order_line(row: &mut Writer<'_>, id: u64) {
    // Two lines of an order stand together.
    let orders = 1_500_000 / row.parents.divisor;
    row.put(1 + (id / 2) % orders);
    row.parent(50_000);
    let quantity = 1 + row.random.skewed(9);
    row.put(quantity);
    row.amount(300);
    row.put(0);
}

fn event(row: &mut Writer<'_>, id: u64) {
    row.parent(200_000);
    row.pick(&["page_view", "page_view", "search", "basket_add", "checkout", "sign_in"]);
    row.time(id, 150);
    let (session, product) = (row.random.bits(), 1 + row.random.below(50_000));
    let (ms, agent) = (row.random.skewed(4000), row.random.below(40));
    let (first, second) =
        (row.words.word(&mut row.random).to_owned(), row.words.word(&mut row.random).to_owned());
    row.put(format_args!(
        r#"{{"session": "{session:016x}", "product": {product}, "duration_ms": {ms}, "path": "/shop/{first}/{second}", "agent": "Mozilla/5.0 (X11; Linux x86_64; rv:{agent}.0) Gecko/20100101 Firefox/{agent}.0", "query": ""#
    ));
    let bytes = 100 + row.random.below(400);
    row.words.text(&mut row.random, bytes, &mut row.text);
    row.text.push_str("\"}");
    row.put(0);
}

fn review(row: &mut Writer<'_>, id: u64) {
    row.parent(50_000);
    row.parent(200_000);
    let stars = 5 - row.random.skewed(5);
    row.put(stars);
    row.time(id, 600);
    row.prose(900);
    row.number(40);
    row.put(0);
}
