//! Backup files from elsewhere, made by the real programs.

use std::process::Command;

use testkit::{Database, Server};

use super::{Seeds, output};

const DOCUMENT: &str = r#"{"backup_id":"backup_o_1","created_at":"2026-11-14T02:00:00.000Z","created_by":null,"organization_id":"o","version":"1.5","tables":{
"orders":{"data":[{"id":"7f1b0a52-8f0e-4c0b-9d5c-3a3d0d2f4b11","n":-1.5e3,"at":"2026-11-14T02:00:00.1+00:00","d":"2026-11-14","ok":true,"doc":{"a":[1,null,"\u00e9\ud83d\ude00"]}},{"id":null,"n":12}],"record_count":2},
"left":{"data":[],"record_count":0,"skipped":true,"error":"permission denied"}}}"#;

const SCRIPT: &str = r#"\connect -reuse-previous=on "dbname='it\'s'"
\set ON_ERROR_STOP on
select 'it''s', E'\'', U&'\', $$ $x$ $$, $t$ $ $t$, "a""b", 1e-5, a$$b, :'x', x::text; -- \! x
/* /* \! */ */ create or replace function f() begin atomic select case when true then 1 end; end;
insert into a.b (c) values (1, '('), (2, ')');
copy "S"."t" (a, b) from stdin with (format csv);
1,\!
\.
\! id
copy t from program 'x'; copy t to '/x'; select 'a\'; \! x
"#;

/// Letters with a backslash for their second byte, and quotes that a setting opens.
const LETTERS: &[u8] = b"\x05\xef\xbb\xbfset names 'SJIS';\nselect E'\x83\\';\n\\encoding windows950\nselect '\xa5\\' -- x\n'y';
set session client_encoding to UTF8;\nset standard_conforming_strings = off; select 'a\\'; ', n'\\\\';\n\\restrict a\n\\unrestrict a
copy t from stdin;\n\xc3\xa9\n\\.\n";

fn dump(server: &Server, database: &Database<'_>, arguments: &[&str]) -> Vec<u8> {
    let settings = database.settings();
    let mut command = Command::new("pg_dump");
    command.env("PGHOST", &settings.host).env("PGPORT", settings.port.to_string());
    command.env("PGUSER", &settings.user).env("PGDATABASE", &settings.database);
    command.env("PGPASSWORD", server.password().expose()).args(arguments);
    output(&mut command, &[])
}

fn through(line: &str, input: &[u8]) -> Vec<u8> {
    let mut words = line.split(' ');
    output(Command::new(words.next().expect("a program")).args(words), input)
}

/// What `tar` makes of a backup's folders.
fn tar(folder: &std::path::Path, format: &str) -> Vec<u8> {
    let mut tar = Command::new("tar");
    output(tar.current_dir(folder).args(["-c", format, "db", "storage", "config"]), &[])
}

pub(super) fn add(seeds: &Seeds, server: &Server, database: &Database<'_>) {
    let custom = dump(server, database, &["-Fc"]);
    for (name, archive) in
        [("compressed", custom.clone()), ("plain", dump(server, database, &["-Fc", "-Z0"]))]
    {
        seeds.add("dump_inflate", name, [&[40], archive.as_slice()].concat());
    }
    seeds.add("bundle_sql", "real", [&[9], dump(server, database, &["-Fp", "-C"]).as_slice()].concat());
    seeds.add("bundle_sql", "odd", format!("\x05{SCRIPT}"));
    seeds.add("bundle_sql", "letters", LETTERS);
    seeds.add("bundle_organisation", "real", DOCUMENT);

    let folder = tempfile::tempdir().expect("a folder");
    let long = format!("storage/{}/{}", "bucket".repeat(30), "object".repeat(20));
    for (name, content) in [
        ("db/x.dump.gz", through("gzip -c", &custom)),
        ("config/.env", b"A=1".to_vec()),
        (&long, b"x".to_vec()),
    ] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        std::fs::write(path, content).expect("it can be written");
    }
    for format in ["gnu", "pax"] {
        let tar = tar(folder.path(), &format!("--format={format}"));
        seeds.add("bundle_tar", format, &tar);
        seeds.add("bundle_inspected", &format!("{format}-gz"), through("gzip -c", &tar));
        seeds.add("bundle_inspected", format, tar);
    }
    seeds.add("bundle_inspected", "tar-dump", dump(server, database, &["-Ft"]));
    for (name, line) in [("zstd", "zstd -c -q"), ("bzip2", "bzip2 -c"), ("xz", "xz -c")] {
        seeds.add("bundle_inspected", name, through(line, &custom));
    }
    seeds.add("bundle_inspected", "organisation", DOCUMENT);
    let redis = b"REDIS0011\xfa\x09redis-ver\x057.2.4\xfa\x05ctime\xc2\x80\x5a\xd8\x69\xfe\x00\xfb\x01\x00\x00\x03key\x05value\xff\0\0\0\0\0\0\0\0";
    seeds.add("bundle_inspected", "redis", redis);
    seeds.add("bundle_redis", "real", redis);
    for way in ["-pbkdf2", "-md md5", "-md sha256"] {
        let line = format!("openssl enc -aes-256-cbc -salt {way} -pass pass:passphrase");
        let encrypted = through(&line, &through("gzip -c", b"select 1; a short script"));
        seeds.add("bundle_encrypted", &way[way.len() - 3..], &encrypted[8..]);
    }
}
