//! `tools/fuzz seeds`: the first inputs of every target, from a database that was really backed up.
//!
//! Whatever is in the vault is asked of restic, so that its documents are what another program sees.
//! Needs Postgres, restic, zstd and openssl.

#![allow(clippy::disallowed_methods, reason = "tests make files and start programs")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "without a peer there are no seeds")]

#[path = "seeds/bundles.rs"]
mod bundles;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use testkit::{Console, Server};

const SCHEMA: &str = r"
create table texts (id int primary key, t text, b bytea);
insert into texts values (1, E'\\.', '\x00ff0a5c'), (2, null, ''), (3, E'a\nb\tc\\d', null), (4, '', '\x');
create table empty (); create table nothing (); insert into nothing select from generate_series(1, 3);
create sequence odd start 7; create view v as select * from texts;
select lo_from_bytea(0, 'a large object'); select lo_from_bytea(0, '');
";

const CONNECTIONS: [&str; 12] = [
    "postgresql://reader:se%20cret@db.example:6432/shop?sslmode=verify-full&application_name=x",
    "postgres://[fe80::1%25eth0]:5432/shop?sslrootcert=/etc/ca.pem",
    "postgresql://%2Fvar%2Frun%2Fpostgresql/shop",
    "postgresql:///shop?host=/tmp&port=5433",
    "host=db.example port=5432 dbname='my \\'shop\\'' user=me password=secret",
    "host=/tmp hostaddr=10.0.0.1 sslmode=require sslrootcert=system",
    "psql \"postgresql://postgres:[YOUR-PASSWORD]@db.abc.supabase.co:5432/postgres\"",
    "DATABASE_URL='postgres://u:p@h/d?ssl=true'",
    "postgresql://u:p@ss/w@h/d",
    "postgresql://one,two/db",
    "dbname=\u{e9}\u{20ac} user=\u{1f600}",
    "postgresql://u@[::1]",
];

struct Seeds {
    corpus: PathBuf,
}

impl Seeds {
    fn add(&self, target: &str, name: &str, content: impl AsRef<[u8]>) {
        let folder = self.corpus.join(target);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("seed-{name}")), content).unwrap();
    }

    /// A document, as it is and as it lies in the vault.
    fn document(&self, target: &str, json: &[u8]) {
        self.add(target, "real", json);
        self.add("vault_framed", target, json);
        self.add("vault_framed", &format!("{target}-compressed"), [&[2], zstd(json).as_slice()].concat());
    }
}

fn output(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?}");
    output.stdout
}

fn zstd(plain: &[u8]) -> Vec<u8> {
    output(Command::new("zstd").args(["-c", "-q"]), plain)
}

fn restic(console: &Console, arguments: &[&str]) -> Vec<u8> {
    let mut command = Command::new("restic");
    command.arg("-r").arg(console.vault()).args(["--no-lock", "--no-cache", "-q"]).args(arguments);
    output(command.env("RESTIC_PASSWORD", console.key()), &[])
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// The header that a pack has for these blobs of the index.
fn pack_header(blobs: &[Value]) -> Vec<u8> {
    let mut header = Vec::new();
    for blob in blobs {
        let number = |name: &str| u32::try_from(blob[name].as_u64().unwrap()).unwrap().to_le_bytes();
        let is_compressed = blob["uncompressed_length"].is_u64();
        header.push(u8::from(is_compressed) * 2 + u8::from(blob["type"] == "tree"));
        header.extend(number("length"));
        if is_compressed {
            header.extend(number("uncompressed_length"));
        }
        header.extend(unhex(blob["id"].as_str().unwrap()));
    }
    header
}

fn of_the_vault(seeds: &Seeds, console: &Console) {
    let id = |folder| console.vault_files(folder)[0].clone();
    let snapshot = restic(console, &["cat", "snapshot", &id("snapshots")]);
    seeds.document("vault_snapshot", &snapshot);
    seeds.document("vault_config", &restic(console, &["cat", "config"]));
    let index = restic(console, &["cat", "index", &id("index")]);
    seeds.document("vault_index", &index);
    let index: Value = serde_json::from_slice(&index).unwrap();
    for (number, pack) in index["packs"].as_array().unwrap().iter().enumerate() {
        let header = pack_header(pack["blobs"].as_array().unwrap());
        seeds.add("vault_pack_header", &number.to_string(), header);
    }
    let root: Value = serde_json::from_slice(&snapshot).unwrap();
    let tree = restic(console, &["cat", "blob", root["tree"].as_str().unwrap()]);
    seeds.document("vault_tree", &tree);
    let claim = &u32::try_from(tree.len()).unwrap().to_le_bytes()[..3];
    seeds.add("vault_blob", "compressed", [claim, &zstd(&tree)].concat());
    seeds.add("vault_blob", "plain", [&[0; 3], tree.as_slice()].concat());
    let lock = r#"{"time":"2026-01-02T03:04:05.6+01:00","exclusive":true,"hostname":"h","username":"u","pid":77,"uid":1000,"gid":1000}"#;
    seeds.document("vault_lock", lock.as_bytes());
    let key = std::fs::read_to_string(console.vault().join("keys").join(id("keys"))).unwrap();
    seeds.add("vault_key", "cheap", key.replace("\"N\":32768", "\"N\":2").replace("\"r\":8", "\"r\":1"));
    seeds.add("vault_key", "real", key);
    seeds.add("vault_key", "master", restic(console, &["cat", "masterkey"]));
}

fn of_the_archive(seeds: &Seeds, console: &Console, database: &str) {
    let manifest = restic(console, &["dump", "latest", "/manifest.json"]);
    seeds.add("manifest", "real", &manifest);
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let archive = restic(console, &["dump", "latest", &format!("/database/{database}.dump")]);
    let place = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    let head = place(&manifest["database"]["prefix_bytes"]);
    seeds.add("dump_toc", "head", &archive[..head]);
    for (name, cuts) in [("bytes", [0, 0]), ("pieces", [200, 3]), ("large", [255, 255])] {
        seeds.add("dump_tap", name, [cuts.as_slice(), &archive].concat());
    }
    for (number, block) in manifest["database"]["blocks"].as_array().unwrap().iter().enumerate() {
        let start = place(&block["offset"]);
        let block = &archive[start..start + place(&block["length"])];
        // Numbers of four bytes, read by three.
        seeds.add("dump_block", &number.to_string(), [&[19], block].concat());
        seeds.add("dump_lines", &number.to_string(), [&[2], &block[11.min(block.len())..]].concat());
    }
    seeds.add("dump_lines", "mark", "\x00a\\\\.\tb\n\\\\.\n\\.\n\n\n");
}

fn of_certificates(seeds: &Seeds) {
    let kinds = [
        ("rsa", "rsa:2048 -sha384"),
        ("ec", "ec -pkeyopt ec_paramgen_curve:P-256 -sha512"),
        ("ed25519", "ed25519"),
    ];
    for (name, kind) in kinds {
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-batch", "-nodes", "-subj", "/CN=h", "-outform", "DER"]);
        openssl.args(["-keyout", "/dev/null", "-newkey"]).args(kind.split(' ')).stderr(Stdio::null());
        seeds.add("certificate", name, output(&mut openssl, &[]));
    }
}

fn of_texts(seeds: &Seeds, console: &Console) {
    for (number, text) in CONNECTIONS.iter().enumerate() {
        seeds.add("connection", &number.to_string(), text);
    }
    for (number, name) in
        [&b"dump.sql"[..], b"bad\xff\"\\", b"\\u00e4\\x07\\101\\'\\n", "\u{85}ä\t".as_bytes()]
            .into_iter()
            .enumerate()
    {
        seeds.add("vault_name", &number.to_string(), name);
    }
    let noise: Vec<u8> = (0..9000_u32).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
    seeds.add("vault_chunks", "noise", noise);
    seeds.add("vault_chunks", "same", [7; 5000]);
    let sealed = std::fs::read_to_string(console.home().join("secrets.sealed")).unwrap();
    let cheap = sealed
        .replace("\"memory_kib\": 65536", "\"memory_kib\": 32")
        .replace("\"passes\": 3", "\"passes\": 1");
    seeds.add("secrets", "cheap", cheap);
    seeds.add("secrets", "real", sealed);
    seeds.add("secrets", "key", "7qk4 m2rx 7qk4 m2rx 7qk4 m2rx 7qk4 m2ro");
}

#[tokio::main]
async fn main() {
    let corpus = std::env::args_os().nth(1).expect("the folder of the corpus");
    let seeds = Seeds { corpus: Path::new(&corpus).to_owned() };
    let server = Server::shared().expect("a server");
    let database = server.database_named("shop").await;
    database.run(SCHEMA).await;
    let console = Console::new().await.with_vault().await.with_project(server, "shop").await;
    console.backup().await;
    of_the_vault(&seeds, &console);
    of_the_archive(&seeds, &console, "shop");
    of_certificates(&seeds);
    of_texts(&seeds, &console);
    bundles::add(&seeds, server, &database);
}
