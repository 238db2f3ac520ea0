//! Opttius, against a stand-in that really backs up: what it claims, and what is there.

mod bench;
mod cron;
mod dumps;
mod organisations;
mod restoring;
mod signing_in;
