//! A folder to make files in, the programs that make them, and a database that was really dumped.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use base::secret::Secret;
use bundle::{BundleError, InspectRequest, Inspection, Limits, PartHead, Sink, Watch, inspect, unpack};
use camino::{Utf8Path, Utf8PathBuf};
use postgres::cluster::{Cluster, ClusterSpec, Purpose};
use postgres::target::Target;
use postgres::tools::{Program, ToolSet};
use testkit::tool_sets;
use tokio_util::sync::CancellationToken;

/// What is awkward in a dump, and enough of it to need more than one chunk.
const SHOP: &str = r#"
create schema "Sch (ema";
create table "Sch (ema"."t ""q"" FROM stdin; é" (id bigint generated always as identity, "a, b)" text, n numeric);
insert into "Sch (ema"."t ""q"" FROM stdin; é" ("a, b)", n) select repeat(chr(233) || chr(128512), i % 7), i / 3.0 from generate_series(1, 500) i;
create table texts (t text, b bytea); insert into texts values (E'\\.', '\x00ff0a5c'), (E'\\N', null), (E'a\nb\tc\rd\\e', '\x'), ('\! rm -rf /', null), (E'x\n\\! touch /tmp/y', null);
insert into texts (t) select repeat('long ', 100000 + i) from generate_series(1, 3) i;
create table orders (id int primary key, word text, at timestamptz default now());
insert into orders select i, md5(i::text) from generate_series(1, 20000) i;
create table empty (); create table rows_of_nothing (); insert into rows_of_nothing select from generate_series(1, 9);
create index on orders (word); create sequence far start 7;
create function f() returns text language sql as $body$ select 'a;b' || $x$ \! $x$ $body$;
comment on table orders is E'a \\ comment''s\nsecond line';
select lo_from_bytea(0, convert_to(repeat('large object ', i * 4000), 'UTF8')) from generate_series(0, 5) i;
"#;

/// A server of its own with the shop in it.
pub(crate) struct Shop {
    pub(crate) set: ToolSet,
    pub(crate) cluster: Cluster,
    pub(crate) folder: tempfile::TempDir,
}

impl Shop {
    pub(crate) async fn open(set: &ToolSet) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap();
        let lock = path.join("owner.lock");
        let cluster = Cluster::create(ClusterSpec::new(path, Purpose::Scratch, set, lock)).await.unwrap();
        cluster.start().await.unwrap();
        let shop = Self { set: set.clone(), cluster, folder };
        shop.run("postgres", "create database shop").await;
        shop.run("shop", SHOP).await;
        shop
    }

    pub(crate) fn target(&self, database: &str) -> Target {
        let settings = self.cluster.settings(database);
        Target {
            settings,
            password: Some(self.cluster.password().clone()),
            application: "holdfast test".into(),
        }
    }

    pub(crate) async fn run(&self, database: &str, sql: &str) {
        let session = self.target(database).session().await.unwrap();
        // As an application has it, with the path of its role.
        session.client.batch_execute("reset search_path").await.unwrap();
        session.client.batch_execute(sql).await.unwrap();
        session.close().await;
    }

    /// Runs one of Postgres's programs against a database; its output.
    pub(crate) fn program(
        &self,
        program: Program,
        database: &str,
        arguments: &[&str],
        input: &[u8],
    ) -> Vec<u8> {
        let target = self.target(database);
        let mut command = Command::new(self.set.path(program));
        command
            .env("PGHOST", &target.settings.host)
            .env("PGPORT", target.settings.port.to_string())
            .env("PGUSER", &target.settings.user)
            .env("PGDATABASE", &target.settings.database)
            .env("PGPASSWORD", target.password.as_ref().unwrap().expose())
            .env("PGTZ", "UTC")
            .args(arguments);
        output(&mut command, input)
    }

    pub(crate) fn dump(&self, arguments: &[&str]) -> Vec<u8> {
        self.program(Program::PgDump, "shop", arguments, &[])
    }
}

/// Dumps of the shop, made once for all tests.
pub(crate) struct Dumps {
    /// `-Fc`, compressed as the program likes.
    pub(crate) custom: Vec<u8>,
    /// `-Ft`.
    pub(crate) tar: Vec<u8>,
    /// `-Fp`.
    pub(crate) plain: Vec<u8>,
    /// `-Fp --inserts`.
    pub(crate) inserts: Vec<u8>,
    /// `pg_dumpall --roles-only`.
    pub(crate) roles: Vec<u8>,
    /// `-Fd`: names and contents.
    pub(crate) directory: Vec<(String, Vec<u8>)>,
}

pub(crate) fn dumps() -> Option<&'static Dumps> {
    static DUMPS: OnceLock<Option<Dumps>> = OnceLock::new();
    let mut is_first = false;
    let dumps = DUMPS.get_or_init(|| {
        is_first = true;
        let set = tool_sets().into_iter().next()?;
        let made = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(make_dumps(&set))
        });
        Some(made.join().unwrap())
    });
    if dumps.is_none() && !is_first {
        testkit::skip("no PostgreSQL server is installed");
    }
    dumps.as_ref()
}

async fn make_dumps(set: &ToolSet) -> Dumps {
    let shop = Shop::open(set).await;
    let folder = shop.folder.path().join("directory");
    shop.dump(&["-Fd", "-f", folder.to_str().unwrap()]);
    let mut directory: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())
        })
        .collect();
    directory.sort();
    let dumps = Dumps {
        custom: shop.dump(&["-Fc"]),
        tar: shop.dump(&["-Ft"]),
        plain: shop.dump(&["-Fp"]),
        inserts: shop.dump(&["-Fp", "--inserts"]),
        roles: shop.program(Program::PgDumpall, "postgres", &["--roles-only", "--no-role-passwords"], &[]),
        directory,
    };
    shop.cluster.remove().await.unwrap();
    dumps
}

/// The standard output of a program that has to succeed.
pub(crate) fn output(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let fed = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    let _ = fed.join().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Bytes through a program, named with its arguments.
pub(crate) fn through(line: &str, input: &[u8]) -> Vec<u8> {
    let mut words = line.split(' ');
    output(Command::new(words.next().unwrap()).args(words), input)
}

/// A folder to make files in.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.folder.path()).unwrap().join(name)
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> Utf8PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A tar by the real program, with what lies in the folder `tree`.
    pub(crate) fn tar(&self, arguments: &[&str]) -> Vec<u8> {
        output(
            Command::new("tar").current_dir(self.folder.path().join("tree")).args(["-c"]).args(arguments),
            &[],
        )
    }
}

pub(crate) fn watch(cancel: &CancellationToken) -> Watch<'_> {
    Watch { cancel, progress: &|_| {} }
}

pub(crate) fn look_with(
    path: &Utf8Path,
    passphrase: Option<&str>,
    limits: &Limits,
    expected: &BTreeMap<String, String>,
) -> Result<Inspection, BundleError> {
    let (secret, cancel) = (passphrase.map(Secret::new), CancellationToken::new());
    inspect(path, &InspectRequest { passphrase: secret.as_ref(), limits, expected, watch: watch(&cancel) })
}

/// An inspection with what a laptop can bear.
pub(crate) fn look(path: &Utf8Path, passphrase: Option<&str>) -> Result<Inspection, BundleError> {
    look_with(path, passphrase, &Limits::generous(), &BTreeMap::new())
}

/// Keeps everything.
#[derive(Default)]
pub(crate) struct Kept(pub(crate) Vec<(PartHead, Vec<u8>)>);

impl Sink for Kept {
    fn part(&mut self, head: &PartHead, reader: &mut dyn Read) -> Result<(), BundleError> {
        let mut content = Vec::new();
        reader.read_to_end(&mut content).map_err(BundleError::sink)?;
        self.0.push((head.clone(), content));
        Ok(())
    }
}

/// All parts of a file.
pub(crate) fn parts(
    path: &Utf8Path,
    passphrase: Option<&str>,
) -> Result<Vec<(PartHead, Vec<u8>)>, BundleError> {
    let (secret, cancel) = (passphrase.map(Secret::new), CancellationToken::new());
    let mut kept = Kept::default();
    unpack(path, secret.as_ref(), &Limits::generous(), watch(&cancel), &mut kept).map(|()| kept.0)
}
