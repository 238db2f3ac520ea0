-- How a backup stands is kept on its row, so that lists read one row and no ledger.

-- The highest level whose last verdict is a pass, unless a lower level failed since; 0 for none.
CREATE VIEW standing (backup_id, level) AS
SELECT id, CASE
    WHEN bytes = 'fail' THEN 0
    WHEN readable = 'fail' THEN CASE WHEN bytes = 'pass' THEN 1 ELSE 0 END
    WHEN restored = 'pass' THEN 3
    WHEN readable = 'pass' THEN 2
    WHEN bytes = 'pass' THEN 1
    ELSE 0
END FROM (
    SELECT b.id,
        (SELECT p.verdict FROM proof p WHERE p.backup_id = b.id AND p.level = 1 ORDER BY p.number DESC LIMIT 1) AS bytes,
        (SELECT p.verdict FROM proof p WHERE p.backup_id = b.id AND p.level = 2 ORDER BY p.number DESC LIMIT 1) AS readable,
        (SELECT p.verdict FROM proof p WHERE p.backup_id = b.id AND p.level = 3 ORDER BY p.number DESC LIMIT 1) AS restored
    FROM backup b);

ALTER TABLE backup ADD COLUMN level INTEGER NOT NULL DEFAULT 0 CHECK (level IN (0, 1, 2, 3));
-- The entry of the ledger that the level stands on, and the newest entry.
ALTER TABLE backup ADD COLUMN level_proof INTEGER;
ALTER TABLE backup ADD COLUMN last_proof INTEGER;
-- The process that deletes it at this moment; jobs of its project wait meanwhile.
ALTER TABLE backup ADD COLUMN leaving TEXT;

UPDATE backup SET
    level = (SELECT s.level FROM standing s WHERE s.backup_id = backup.id),
    last_proof = (SELECT max(p.number) FROM proof p WHERE p.backup_id = backup.id);
UPDATE backup SET level_proof =
    (SELECT max(p.number) FROM proof p WHERE p.backup_id = backup.id AND p.level = backup.level);

CREATE TRIGGER proof_moves_standing AFTER INSERT ON proof BEGIN
    UPDATE backup SET
        level = (SELECT s.level FROM standing s WHERE s.backup_id = new.backup_id),
        last_proof = new.number
    WHERE id = new.backup_id;
    UPDATE backup SET level_proof =
        (SELECT max(p.number) FROM proof p WHERE p.backup_id = new.backup_id AND p.level = backup.level)
    WHERE id = new.backup_id;
END;

DROP INDEX backup_by_project;
CREATE INDEX backup_by_project ON backup (project_id, at_ms DESC, id, level);
CREATE INDEX backup_by_level ON backup (project_id, level DESC, level_proof DESC);
CREATE INDEX backup_leaving ON backup (project_id) WHERE leaving IS NOT NULL;

CREATE INDEX job_by_kind ON job (project_id, kind, created_at_ms DESC, finished_at_ms);
CREATE INDEX job_failed ON job (project_id, created_at_ms) WHERE kind = 'backup' AND state IN ('failed', 'interrupted');
-- Two runs may begin in the same millisecond; one of them is first.
DROP INDEX job_by_time;
CREATE INDEX job_by_time ON job (created_at_ms DESC, id);
