//! What scenarios stand on: real peers of their own, and the verbs that tests are written in.
//!
//! Everything here fails by panicking, with words; nothing here is part of the application.
//! A peer that is missing fails a test in CI (`CI=true`); elsewhere the test is skipped with a line
//! that says why.

#![allow(clippy::disallowed_methods, reason = "what stands in for the world makes files and starts programs")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a fixture that cannot be made fails its test")]
#![expect(clippy::missing_panics_doc, reason = "all of it panics where something is not as it should be")]

pub mod child;
mod clock;
mod command_line;
mod console;
mod containers;
mod damage;
mod database;
mod docker;
mod doomed;
mod extension;
mod file_server;
mod first_process;
mod fixture;
mod full_disk;
mod hook;
mod installation;
mod keyring;
mod large_vault;
mod loud;
mod mail_server;
mod object_store;
mod password_server;
mod peer;
pub mod platforms;
pub mod poll;
mod pooler;
mod power;
mod proxy;
mod read_only_store;
mod redis;
mod sample_platform;
mod script;
mod server;
mod sshd;
mod supabase;
mod terra;

pub use clock::{SilentClock, StoppedClock};
pub use command_line::{Called, CommandLine};
pub use console::{Console, PROJECT};
pub use containers::Containers;
pub use damage::{VaultFile, flip};
pub use database::Database;
pub use docker::{Docker, Runs};
pub use extension::Extension;
pub use file_server::{Ask, Content, Encoded, FileServer, Marked, Parts, Said, ServedLinks, Serving};
pub use first_process::FirstProcess;
pub use fixture::fixture;
pub use full_disk::FullDisk;
pub use hook::{Call, Hook, Reply};
pub use installation::Installation;
pub use keyring::Keyring;
pub use large_vault::large_vault;
pub use mail_server::{Letter, MailServer, Refusal};
pub use object_store::ObjectStore;
pub use password_server::{Asks, PasswordServer};
pub use peer::{find_program, is_root, skip};
pub use pooler::{PoolMode, Pooler};
pub use power::{Kept, Recording};
pub use proxy::{Fault, FaultProxy};
pub use read_only_store::ReadOnlyStore;
pub use redis::Redis;
pub use sample_platform::SamplePlatform;
pub use script::script;
pub use server::{Server, every_version, tool_sets};
pub use sshd::{Key, PASSPHRASE, Sshd};
pub use supabase::Supabase;
pub use terra::Terra;
