//! The sample shop at a platform of its own: a stand-in on the loopback, over a private Postgres.

use std::path::Path;
use std::time::Duration;

use engine::sample;

use crate::platforms::Postgres;
use crate::platforms::supamanager::{Account, Project, StandInOptions, Supamanager};
use crate::server::Server;

/// How long a step of a backup takes at least: long enough to be seen.
const STEP: Duration = Duration::from_millis(600);
const KONG: &str = "_format_version: '1.1'\nservices:\n  - name: rest-v1\n    url: http://rest:3000/\n";
const SETTINGS: &str = "SITE_URL=https://tidewater.example\nJWT_EXPIRY=3600\n";

/// The platform; it, its server and its files are gone once this is dropped and the process has ended.
#[derive(Debug)]
pub struct SamplePlatform {
    stand_in: Supamanager,
    _server: Server,
    _folder: tempfile::TempDir,
}

impl SamplePlatform {
    /// Starts it on a port of the loopback, 0 for a free one; `None`, loudly, without Postgres.
    pub async fn start(port: u16) -> Option<Self> {
        let server = Server::doomed()?;
        let database = server.database_named(sample::DATABASE).await;
        let session = database.session().await;
        sample::fill(&session.client).await.unwrap();
        session.close().await;
        let folder = tempfile::Builder::new().prefix("holdfast-sample-platform-").tempdir().unwrap();
        lay_out(folder.path());
        let mut options = StandInOptions::new(folder.path());
        (options.port, options.step) = (port, STEP);
        options.projects = vec![Project {
            reference: sample::PLATFORM_REFERENCE.to_owned(),
            name: format!("{} (a stand-in on this computer)", sample::PROJECT),
            postgres: Postgres::of(&database),
            storage: folder.path().join("storage"),
            config: folder.path().join("config"),
        }];
        options.accounts = vec![Account {
            email: sample::PLATFORM_ACCOUNT.to_owned(),
            password: sample::PLATFORM_PASSWORD.to_owned(),
            projects: vec![sample::PLATFORM_REFERENCE.to_owned()],
            is_owner: true,
        }];
        Some(Self { stand_in: Supamanager::start(options), _server: server, _folder: folder })
    }

    /// Its address.
    pub fn address(&self) -> &str {
        self.stand_in.address()
    }
}

/// Buckets and configuration: the same bytes on every computer.
fn lay_out(folder: &Path) {
    for bucket in ["storage/products", "storage/receipts", "config"] {
        std::fs::create_dir_all(folder.join(bucket)).unwrap();
    }
    for number in 1..=40_u32 {
        let hue = number * 9;
        let picture = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 64 64'><rect width='64' height='64' fill='hsl({hue} 40% 60%)'/></svg>\n"
        );
        std::fs::write(folder.join(format!("storage/products/{number:03}.svg")), picture).unwrap();
        let receipt = format!("Tidewater Outfitters\nReceipt {number:05}\nThank you.\n");
        std::fs::write(folder.join(format!("storage/receipts/{number:05}.txt")), receipt).unwrap();
    }
    std::fs::write(folder.join("config/kong.yml"), KONG).unwrap();
    std::fs::write(folder.join("config/auth.env"), SETTINGS).unwrap();
}
