//! Manifests that are odd.

use serde_json::json;

use super::*;
use postgres::custom_format::BlockKind;

fn parsed(prefix_bytes: u64, blocks: &serde_json::Value) -> Result<Manifest, ArchiveError> {
    let text = json!({
        "format": 1, "holdfast": "0.1.0", "reason": null, "trigger": "command_line",
        "origin": { "project_id": "p1", "project": "shop", "label": "development", "is_sample": false },
        "who": { "user": "anna", "host": "laptop" },
        "started_at_ms": 1, "moment_at_ms": 2, "finished_at_ms": 3,
        "database": {
            "path": "/database/shop.dump", "bytes": 100, "sha256": "", "name": "shop", "encoding": "UTF8",
            "collate": "C", "ctype": "C", "locale_provider": "libc", "locale": null, "server_bytes": null,
            "tool": "15.8", "tables": null, "uncounted": null, "large_objects": [0, 0],
            "prefix_bytes": prefix_bytes, "blocks": blocks },
        "roles": null, "extensions": [], "migration": null, "warnings": [],
    });
    Manifest::parse("s1", text.to_string().as_bytes())
}

#[test]
fn a_manifest_that_claims_what_cannot_be_is_refused() {
    let block = |offset: u64, length: u64| {
        serde_json::to_value([Block { dump_id: 1, kind: BlockKind::Rows, offset, length }]).unwrap()
    };
    assert!(parsed(HEAD_BYTES_MAX, &block(u64::MAX - 5, 5)).is_ok());
    for (prefix_bytes, blocks) in
        [(HEAD_BYTES_MAX + 1, json!([])), (u64::MAX, json!([])), (0, block(u64::MAX, 1))]
    {
        let refused = parsed(prefix_bytes, &blocks);
        assert!(matches!(refused, Err(ArchiveError::Manifest { .. })), "{refused:?}");
    }
}
