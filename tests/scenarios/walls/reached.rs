//! Nobody is reached from a private server: no port, no socket, no process.

use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use camino::Utf8Path;
use postgres::cluster::Wall;
use testkit::skip;

use super::{Pair, session};

/// Something that would be reached, and counts who does. It ends with this process.
struct Peer {
    reached: Arc<AtomicUsize>,
    port: u16,
}

impl Peer {
    /// On the loopback and, by the same port's number, on a socket in the folder.
    fn listen(folder: &Utf8Path) -> Self {
        let on_loopback = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = on_loopback.local_addr().unwrap().port();
        let socket = folder.join(format!(".s.PGSQL.{port}"));
        let on_socket = UnixListener::bind(&socket).unwrap();
        let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        std::fs::set_permissions(&socket, everybody).unwrap();
        let reached = Arc::new(AtomicUsize::new(0));
        // Whoever connects is counted before it is let go, and so before it can be told anything.
        let count = Arc::clone(&reached);
        std::thread::spawn(move || {
            on_loopback.incoming().for_each(|_| _ = count.fetch_add(1, Ordering::SeqCst));
        });
        let count = Arc::clone(&reached);
        std::thread::spawn(move || {
            on_socket.incoming().for_each(|_| _ = count.fetch_add(1, Ordering::SeqCst));
        });
        Self { reached, port }
    }

    fn reached(&self) -> usize {
        self.reached.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_restored_database_calls_neither_a_port_nor_a_socket() {
    let Some(pair) = Pair::start(&[]).await else { return };
    let folder = pair.path("");
    let peer = Peer::listen(&folder);
    let places = ["127.0.0.1", folder.as_str().trim_end_matches('/')]
        .map(|host| format!("host={host} port={} user=x password=x dbname=x connect_timeout=10", peer.port));
    // A subscription is part of every server; the others come in a package of their own on some systems.
    let ways = [
        ("", "create subscription far connection '{}' publication p"),
        ("dblink", "select public.dblink_connect('{}')"),
        ("postgres_fdw", "{}"),
    ];

    for (cluster, is_walled) in pair.both() {
        let session = session(cluster).await;
        for (extension, call) in ways {
            let created = format!("create extension {extension} schema public");
            if !extension.is_empty() && session.client.batch_execute(&created).await.is_err() {
                skip(&format!("the extension {extension} is not installed"));
                continue;
            }
            for place in &places {
                let before = peer.reached();
                let call = match extension {
                    "postgres_fdw" => foreign_table(place),
                    _ => call.replace("{}", place),
                };
                let answered = session.client.batch_execute(&call).await;
                assert!(answered.is_err(), "nobody there speaks as a server does");
                assert_eq!(peer.reached() > before, !is_walled, "{extension} {place}: {answered:?}");
            }
        }
        session.close().await;
    }
    pair.remove().await;
}

/// What looks at a table of another server.
fn foreign_table(place: &str) -> String {
    let options: Vec<String> = place
        .split(' ')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(name, _)| !["user", "password"].contains(name))
        .map(|(name, value)| format!("{name} '{value}'"))
        .collect();
    format!(
        "create server far foreign data wrapper postgres_fdw options ({});
         create user mapping for current_user server far options (user 'x', password 'x');
         create foreign table public.seen (i int) server far; select * from public.seen",
        options.join(", ")
    )
}

#[tokio::test]
async fn what_a_private_server_runs_cannot_see_or_end_another_program() {
    use std::os::unix::fs::MetadataExt as _;
    use std::os::unix::process::CommandExt as _;
    let Some(pair) = Pair::start(&[]).await else { return };
    let owner = pair.walled.record().place.data().metadata().unwrap();
    let mut bystander = Command::new("sleep");
    bystander.arg("300").uid(owner.uid()).gid(owner.gid()).env("SECRET", "of the bystander");
    let mut bystander = testkit::child::Guarded::start(&mut bystander);
    let file = format!("select pg_catalog.pg_read_binary_file('/proc/{}/environ')", bystander.child().id());

    for (cluster, is_walled) in pair.both() {
        let session = session(cluster).await;
        let read = session.client.batch_execute(&file).await;
        assert_eq!(read.is_ok(), !is_walled, "{read:?}");
        session.close().await;
    }
    // A function would have to be a library to send a signal, so the system is asked what it thinks of the server.
    let wall = pair.walled.wall().unwrap();
    let server = std::fs::read_to_string(pair.walled.record().place.data().join("postmaster.pid")).unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.lines().next().unwrap())).unwrap();
    let says = |name: &str, value: &str| status.lines().any(|line| line == format!("{name}:\t{value}"));
    assert!(says("NoNewPrivs", "1"), "{status}");
    assert!(says("Seccomp", "2") || wall != Wall::Whole, "{status}");
    pair.remove().await;
}
