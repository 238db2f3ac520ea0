//! Single rooms of the engine with real peers: what Postgres, files from elsewhere, platforms and servers of downloads
//! say and do, and decisions over any history. Whole situations are in `scenarios`.

#![allow(clippy::disallowed_methods, reason = "what stands in for the world makes files and starts programs")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod archive_against_pg_dump;
mod bundle;
mod platform_opttius;
mod platform_supabase;
mod platform_supamanager;
mod platform_telegram;
mod platform_wedsync;
mod postgres_reachable;
mod retention;
mod schedule;
mod session;
mod transfer;
