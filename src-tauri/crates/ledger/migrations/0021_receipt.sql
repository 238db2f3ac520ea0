-- Receipts: what is needed to find a file again that was sent to a chat, a row for each. Telegram keeps no list.

CREATE TABLE receipt (
    bundle       TEXT NOT NULL PRIMARY KEY,
    -- The project whose bot sent it, and its name then. The project may be gone, or not be here yet.
    project_id   TEXT NOT NULL,
    project      TEXT NOT NULL,
    at_ms        INTEGER NOT NULL,
    -- The receipt (JSON). Without a manifest its sending has not come to its end, and may never.
    receipt      TEXT NOT NULL,
    -- The snapshot of the vault that holds it; absent until it is there.
    snapshot_id  TEXT
) STRICT;
CREATE INDEX receipt_by_project ON receipt (project_id, at_ms);

-- They were one setting, written over as a whole.
INSERT OR IGNORE INTO receipt (bundle, project_id, project, at_ms, receipt)
SELECT json_extract(noted.value, '$.receipt.bundle'),
       json_extract(noted.value, '$.project_id'),
       coalesce((SELECT p.name FROM project p WHERE p.id = json_extract(noted.value, '$.project_id')), ''),
       coalesce(CAST(strftime('%s', json_extract(noted.value, '$.receipt.made_at')) AS INTEGER), 0) * 1000,
       json_extract(noted.value, '$.receipt')
FROM setting, json_each(CASE WHEN json_valid(setting.value) THEN setting.value ELSE '[]' END) noted
WHERE setting.name = 'portable_receipts'
  AND json_extract(noted.value, '$.receipt.bundle') IS NOT NULL
  AND json_extract(noted.value, '$.project_id') IS NOT NULL;
DELETE FROM setting WHERE name = 'portable_receipts' AND json_valid(value);
