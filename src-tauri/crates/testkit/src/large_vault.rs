//! A vault with thousands of small backups, written without a server, for what has to stay quick.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8Path;
use engine::archive::{
    DatabasePart, MANIFEST_FORMAT, Manifest, Origin, Part, ServerStamp, TAG_KIND_POSTGRES, Who, project_tag,
};
use ledger::catalog::Label;
use postgres::connection::{Settings, TlsMode};
use postgres::custom_format::TableDigest;
use vault::{BeginOptions, Cancel, FileMeta, KeyOwner, KeyWork, LocalStore, Password, Vault};

/// Tables in each manifest: enough that it is not the smallest that there can be.
const TABLES: u64 = 20;
/// Writers at once; each waits for its disk most of the time.
const WRITERS: u64 = 4;

/// Makes a vault at `place` that `key` opens, with so many backups of so many projects.
pub fn large_vault(place: &Utf8Path, key: &str, backups: u64, projects: u64) {
    let owner = KeyOwner { hostname: "computer".into(), username: "ada".into() };
    let store = Arc::new(LocalStore::create(place.as_std_path()).unwrap());
    let vault = Vault::create_with(store, &Password::new(key), &owner, KeyWork::LEAST).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let vault = &vault;
            scope.spawn(move || {
                for number in (writer..backups).step_by(usize::try_from(WRITERS).unwrap()) {
                    write(vault, number, number % projects);
                }
            });
        }
    });
}

fn write(vault: &Vault, number: u64, project: u64) {
    let project_id = format!("{project:032x}");
    let options = BeginOptions {
        tags: vec![project_tag(&project_id), TAG_KIND_POSTGRES.into()],
        parent: None,
        hostname: "computer".into(),
        username: "ada".into(),
        time: jiff::Timestamp::from_millisecond(at_ms(number)).unwrap(),
    };
    let writer = vault.begin(options, Cancel::new()).unwrap();
    let meta = FileMeta { mode: 0o600, modified: jiff::Timestamp::UNIX_EPOCH };
    let dump = format!("what {number} holds");
    let written = writer.file("/database/shop.dump", &meta, dump.as_bytes()).unwrap();
    let part = Part { path: "/database/shop.dump".into(), bytes: written.bytes, sha256: "00".repeat(32) };
    let manifest = manifest(number, project, project_id, part);
    writer.commit(&serde_json::to_vec_pretty(&manifest).unwrap()).unwrap();
}

/// Hourly, ending a few years ago.
fn at_ms(number: u64) -> i64 {
    1_600_000_000_000 + i64::try_from(number).unwrap() * 3_600_000
}

fn manifest(number: u64, project: u64, project_id: String, part: Part) -> Manifest {
    let connection = Settings {
        host: "db.example".into(),
        port: 5432,
        database: "shop".into(),
        user: "ada".into(),
        tls: TlsMode::Require,
        root_certificate: None,
        ssh: None,
        container: None,
    };
    let at_ms = at_ms(number);
    Manifest {
        format: MANIFEST_FORMAT,
        holdfast: "0".into(),
        origin: Origin {
            project_id,
            project: format!("project {project}"),
            label: Label::Production,
            is_sample: false,
            connection: Some(connection),
            platform: None,
        },
        backup_type: None,
        reason: None,
        needs: None,
        held_back: None,
        trigger: "command_line".into(),
        who: Who { user: "ada".into(), host: "computer".into() },
        started_at_ms: at_ms,
        moment_at_ms: at_ms,
        finished_at_ms: at_ms + 1000,
        server: Some(ServerStamp {
            version: "15.4".into(),
            major: 15,
            system_identifier: None,
            lsn: None,
            clock_skew_ms: 0,
            settings: BTreeMap::new(),
        }),
        database: Some(database(number, part)),
        artifact: None,
        trees: Vec::new(),
        documents: None,
        taken: Vec::new(),
        inventories: Vec::new(),
        absent: Vec::new(),
        coverage: None,
        roles: None,
        access: None,
        extensions: Vec::new(),
        extension_parts: Vec::new(),
        recognised: None,
        migration: None,
        warnings: Vec::new(),
        audit_head: None,
    }
}

fn database(number: u64, part: Part) -> DatabasePart {
    let table = |at| TableDigest {
        schema: "public".into(),
        name: format!("table_{at}"),
        rows: number,
        bytes: 100 * number,
        fingerprint: format!("{:032x}", number * TABLES + at),
    };
    DatabasePart {
        part,
        name: "shop".into(),
        encoding: "UTF8".into(),
        collate: "C".into(),
        ctype: "C".into(),
        locale_provider: "libc".into(),
        locale: None,
        server_bytes: None,
        tool: "15.4".into(),
        tables: Some((0..TABLES).map(table).collect()),
        uncounted: None,
        large_objects: (0, 0),
        large_objects_fingerprint: None,
        prefix_bytes: 0,
        blocks: Vec::new(),
        not_taken: None,
    }
}
