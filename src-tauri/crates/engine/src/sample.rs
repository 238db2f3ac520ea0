//! The sample shop: a small realistic database to try everything on, without configuration.
//!
//! It is identical on every computer: no random numbers, no clock. This module creates the sample project's
//! database, and what belongs to it beside that.

pub mod files;

use base::Code;
use base::failure::Failure;
use base::words::full_text;
use tokio_postgres::Client;

use postgres::cluster::Cluster;
use postgres::connection::{ConnectError, ConnectOptions, connect};

/// Name of the database.
pub const DATABASE: &str = "tidewater_shop";
/// Name of the sample project.
pub const PROJECT: &str = "Tidewater Outfitters";
/// Name of the project that is the sample at a stand-in of its platform.
pub const PLATFORM_PROJECT: &str = "Tidewater at its platform";
/// Names the address of the stand-in to whatever opens a profile.
pub const PLATFORM_VARIABLE: &str = "HOLDFAST_SAMPLE_PLATFORM";
/// Its reference there.
pub const PLATFORM_REFERENCE: &str = "tidewater";
/// The account that signs in there.
pub const PLATFORM_ACCOUNT: &str = "owner@tidewater.example";
/// Its password: known to everybody, and good for a stand-in on this computer alone.
pub const PLATFORM_PASSWORD: &str = "a sample, no secret";
/// Role that the shop's application would use; it cannot sign in.
pub const APPLICATION_ROLE: &str = "shop_app";
/// Tables with their rows, by name.
pub const TABLES: [(&str, u64); 11] = [
    ("Gift Cards", 120),
    ("addresses", 5_200),
    ("categories", 12),
    ("customers", 4_000),
    ("events", 9_000),
    ("order_items", ORDER_ITEMS),
    ("orders", 12_000),
    ("payments", PAYMENTS),
    ("products", 640),
    ("reviews", 2_400),
    ("schema_migrations", 7),
];
const ORDER_ITEMS: u64 = 30_060;
const PAYMENTS: u64 = 10_417;
/// The newest entry of its `schema_migrations`.
pub const MIGRATION: &str = "20260914101500";
/// Makes types, tables, rows, views and rights, in one transaction.
pub const SQL: &str = include_str!("sample/shop.sql");

/// Why the sample could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// No session with the private server.
    #[error("cannot reach the private server of the sample")]
    Connect {
        /// Why not.
        source: ConnectError,
    },
    /// The server refused a statement.
    #[error("cannot make the sample's database")]
    Sql {
        /// What it said.
        source: tokio_postgres::Error,
    },
}

/// Makes the database on a running cluster and fills it: a few seconds, a few megabytes.
///
/// # Errors
/// [`SampleError`]. A database that was half made is the caller's to drop.
pub async fn create(cluster: &Cluster) -> Result<(), SampleError> {
    let options = ConnectOptions::new("holdfast sample");
    let open = async |database: &str| {
        let session = connect(&cluster.settings(database), Some(cluster.password()), &options).await;
        session.map_err(|source| SampleError::Connect { source })
    };
    let session = open("postgres").await?;
    let made = session.client.batch_execute(&format!("create database {DATABASE}")).await;
    session.close().await;
    made.map_err(|source| SampleError::Sql { source })?;
    let session = open(DATABASE).await?;
    let filled = fill(&session.client).await;
    session.close().await;
    filled
}

/// Fills an empty database.
///
/// # Errors
/// [`SampleError::Sql`]; nothing of it stays then.
pub async fn fill(client: &Client) -> Result<(), SampleError> {
    client.batch_execute(SQL).await.map_err(|source| SampleError::Sql { source })
}

impl From<SampleError> for Failure {
    fn from(error: SampleError) -> Self {
        let message = full_text(&error);
        match error {
            SampleError::Connect { source } => source.into(),
            SampleError::Sql { .. } => {
                Self::new(Code::SampleFailed, message, "Remove the sample project and try it again.")
            }
        }
    }
}
