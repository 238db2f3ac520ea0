//! Fuzz targets: every parser of stored or foreign bytes, and what has to hold for any input.
//!
//! `tools/fuzz` runs them under libFuzzer; `tests/replay.rs` runs them over what is kept in
//! `corpus/`. The targets of what the crates do not show stand beside it, in `vault::fuzz` and
//! the `fuzz` modules of the crates.

#![allow(clippy::disallowed_methods, reason = "tests make and break files, and start programs")]
#![expect(clippy::expect_used, reason = "what has to hold for any input")]

mod archive;
mod bundle;
mod text;

/// One parser.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is that of its folder in `corpus/`.
    pub name: &'static str,
    /// Runs it on an input; panics where something does not hold.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: [Target; 29] = [
    Target { name: "vault_pack_header", run: vault::fuzz::pack_header },
    Target { name: "vault_index", run: vault::fuzz::index },
    Target { name: "vault_tree", run: vault::fuzz::tree },
    Target { name: "vault_name", run: vault::fuzz::name },
    Target { name: "vault_snapshot", run: vault::fuzz::snapshot },
    Target { name: "vault_config", run: vault::fuzz::config },
    Target { name: "vault_lock", run: vault::fuzz::lock },
    Target { name: "vault_key", run: vault::fuzz::key_file },
    Target { name: "vault_framed", run: vault::fuzz::framed },
    Target { name: "vault_blob", run: vault::fuzz::blob },
    Target { name: "vault_chunks", run: vault::fuzz::chunks },
    Target { name: "dump_toc", run: archive::toc },
    Target { name: "dump_tap", run: archive::tap },
    Target { name: "dump_block", run: archive::block },
    Target { name: "dump_lines", run: archive::lines },
    Target { name: "connection", run: text::connection },
    Target { name: "certificate", run: postgres::fuzz::certificate },
    Target { name: "manifest", run: text::manifest },
    Target { name: "secrets", run: text::secrets },
    Target { name: "transfer_journal", run: remote::transfer::fuzz_journal },
    Target { name: "bundle_inspected", run: ::bundle::doors::inspected },
    Target { name: "bundle_encrypted", run: ::bundle::doors::encrypted },
    Target { name: "bundle_tar", run: ::bundle::doors::tar },
    Target { name: "bundle_redis", run: ::bundle::doors::snapshot },
    Target { name: "bundle_sql", run: bundle::sql },
    Target { name: "bundle_organisation", run: bundle::organisation },
    Target { name: "redis_rdb", run: text::rdb },
    Target { name: "inventory", run: text::inventory },
    Target { name: "dump_inflate", run: bundle::inflate },
];

/// The target of this name.
pub fn find(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}
