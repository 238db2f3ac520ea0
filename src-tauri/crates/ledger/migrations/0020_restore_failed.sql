-- A backup that did not come back when it was last tried counts for nothing that backups are kept for. Its blocks can
-- still be read, and that is all that stands; and its row says why.

ALTER TABLE backup ADD COLUMN restore_failed INTEGER NOT NULL DEFAULT 0 CHECK (restore_failed IN (0, 1));

-- The highest level whose last verdict is a pass, unless another level failed since; 0 for none. A drill that could
-- not be made shows nothing, and so takes nothing away from what was shown before.
DROP TRIGGER proof_moves_standing;
DROP VIEW standing;
CREATE VIEW standing (backup_id, level, restore_failed) AS
SELECT id, CASE
    WHEN bytes = 'fail' THEN 0
    WHEN readable = 'fail' OR restored = 'fail' THEN CASE WHEN bytes = 'pass' THEN 1 ELSE 0 END
    WHEN restored = 'pass' THEN 3
    WHEN readable = 'pass' THEN 2
    WHEN bytes = 'pass' THEN 1
    ELSE 0
END, coalesce(restored = 'fail', 0) FROM (
    SELECT b.id,
        (SELECT p.verdict FROM proof p WHERE p.backup_id = b.id AND p.level = 1 ORDER BY p.number DESC LIMIT 1) AS bytes,
        (SELECT p.verdict FROM proof p WHERE p.backup_id = b.id AND p.level = 2 ORDER BY p.number DESC LIMIT 1) AS readable,
        (SELECT p.verdict FROM proof p WHERE p.backup_id = b.id AND p.level = 3 AND p.verdict <> 'inconclusive'
         ORDER BY p.number DESC LIMIT 1) AS restored
    FROM backup b);

CREATE TRIGGER proof_moves_standing AFTER INSERT ON proof BEGIN
    UPDATE backup SET
        (level, restore_failed) =
            (SELECT s.level, s.restore_failed FROM standing s WHERE s.backup_id = new.backup_id),
        last_proof = new.number
    WHERE id = new.backup_id;
    UPDATE backup SET level_proof =
        (SELECT max(p.number) FROM proof p WHERE p.backup_id = new.backup_id AND p.level = backup.level)
    WHERE id = new.backup_id;
END;

-- No others stand differently now.
UPDATE backup SET (level, restore_failed) =
    (SELECT s.level, s.restore_failed FROM standing s WHERE s.backup_id = backup.id)
WHERE id IN (SELECT p.backup_id FROM proof p INDEXED BY proof_not_passed WHERE p.verdict <> 'pass' AND p.level = 3);
UPDATE backup SET level_proof =
    (SELECT max(p.number) FROM proof p WHERE p.backup_id = backup.id AND p.level = backup.level)
WHERE restore_failed = 1;
