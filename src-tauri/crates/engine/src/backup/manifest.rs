//! Builds the manifest of a backup from all parts of a run.

use vault::SnapshotId;

use super::plan::{compare, table_names};
use crate::archive::{MANIFEST_FORMAT, Manifest, Origin, Part, Who};
use crate::moment::{Moment, Stored};
use base::account::{this_host, this_user};
use base::clock::now_ms;
use ledger::catalog::ProjectRecord;
use postgres::connection::{Peer, TlsMode};

#[expect(clippy::too_many_arguments, reason = "the manifest is where all parts of a run come together")]
pub(super) fn manifest(
    moment: &Moment,
    project: &ProjectRecord,
    reason: Option<String>,
    trigger: String,
    started_at_ms: i64,
    stored: Stored,
    roles: Result<Part, String>,
    before: Option<&(SnapshotId, Manifest)>,
) -> Manifest {
    let facts = moment.facts();
    let mut warnings = Vec::new();
    if let Err(error) = &stored.summary {
        warnings.push(format!("The dump could not be counted, so it has no fingerprints: {error}."));
    }
    if let Err(why) = &roles {
        warnings.push(format!("Roles are not in this backup: {why}."));
    }
    let tls = project.connection.as_ref().map_or(TlsMode::Disable, |connection| connection.tls);
    let (peer, is_encrypted) = moment.peer();
    warnings.extend(plain_text_warning(tls, peer, is_encrypted));
    let recognised = moment.recognised(&stored);
    let mut manifest = Manifest {
        format: MANIFEST_FORMAT,
        holdfast: env!("CARGO_PKG_VERSION").into(),
        origin: Origin::of(project),
        reason,
        trigger,
        who: Who { user: this_user(), host: this_host() },
        started_at_ms,
        moment_at_ms: moment.at_ms(),
        finished_at_ms: now_ms(),
        server: Some(moment.server()),
        database: Some(moment.database_part(stored)),
        roles: roles.ok(),
        access: None,
        extensions: facts.extensions.iter().map(|one| format!("{} {}", one.name, one.version)).collect(),
        extension_parts: moment.extension_parts().to_vec(),
        recognised,
        migration: facts.migrations.first().map(|stamp| stamp.newest.clone()),
        artifact: None,
        trees: Vec::new(),
        documents: None,
        warnings,
        needs: None,
        held_back: None,
        audit_head: None,
    };
    let (new, gone) =
        compare(before.map(|(_, manifest)| table_names(manifest)).as_ref(), &table_names(&manifest));
    manifest.warnings.extend(
        new.iter().map(|table| format!("Table {table} is new since the last backup; it is included.")),
    );
    manifest.warnings.extend(gone.iter().map(|table| format!("Table {table} of the last backup is gone.")));
    manifest
}

/// Warns if encryption was preferred but not used, except for connections within this computer.
fn plain_text_warning(tls: TlsMode, peer: &Peer, is_encrypted: bool) -> Option<String> {
    let is_remote = peer.address().is_some_and(|address| !address.ip().is_loopback());
    (tls == TlsMode::Prefer && is_remote && !is_encrypted).then(|| {
        "The connection was not encrypted: the server offers no TLS, and the project only prefers it. Demand it with sslmode=require."
            .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_where_tls_was_preferred_is_said() {
        let peer = |address: &str| Peer::Tcp(address.parse().unwrap());
        let said =
            |tls, address, is_encrypted| plain_text_warning(tls, &peer(address), is_encrypted).is_some();
        assert!(said(TlsMode::Prefer, "192.0.2.1:5432", false));
        assert!(!said(TlsMode::Prefer, "192.0.2.1:5432", true));
        assert!(!said(TlsMode::Disable, "192.0.2.1:5432", false), "that was decided");
        assert!(!said(TlsMode::Prefer, "127.0.0.1:5432", false), "nobody is in between");
    }
}
