//! An extension that brings a table, whose rows are in part its own and in part the user's.

use std::path::PathBuf;

use crate::peer::skip;
use crate::server::Server;

const CONTROL: &str = "default_version = '1.0'\nschema = holdfast_conf\nrelocatable = false\n";
const SCRIPT: &str = "create table conf (k text primary key, v text, is_standard bool default false);
    insert into conf values ('standard 1', 'x', true), ('standard 2', 'y', true);
    create table whole (i serial primary key, v text);
    select pg_extension_config_dump('conf', 'where not is_standard');
    select pg_extension_config_dump('whole', ''); select pg_extension_config_dump('whole_i_seq', '');";

/// Its files among those of the server. They go when this is dropped.
#[derive(Debug)]
pub struct Extension {
    files: [PathBuf; 2],
}

impl Extension {
    /// What it is called.
    pub const NAME: &'static str = "holdfast_conf";

    /// Puts its files where the server looks for extensions. Only who may write there can; for others
    /// the test is skipped, loudly.
    pub async fn install(server: &Server) -> Option<Self> {
        let share =
            server.at("postgres").value("select setting from pg_config() where name = 'SHAREDIR'").await;
        let folder = PathBuf::from(share).join("extension");
        let files =
            [folder.join(format!("{}.control", Self::NAME)), folder.join(format!("{}--1.0.sql", Self::NAME))];
        for (file, text) in files.iter().zip([CONTROL, SCRIPT]) {
            if let Err(error) = std::fs::write(file, text) {
                skip(&format!("no extension can be put at {}: {error}", file.display()));
                return None;
            }
        }
        Some(Self { files })
    }
}

impl Drop for Extension {
    fn drop(&mut self) {
        for file in &self.files {
            let _ = std::fs::remove_file(file);
        }
    }
}
