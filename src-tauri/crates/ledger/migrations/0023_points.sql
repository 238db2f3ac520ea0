-- What a backup holds, as a set that queries ask; without which other backup it is none; and why it counts for nothing.
-- A recovery point is of something: of a component that a backup holds, and that was proven.

-- The components among the parts of the manifest, a bit for each: 1 database, 2 stored files, 4 configuration,
-- 8 Redis, 16 logs (`component.rs`). Roles, and the file that a backup came as, are none of them. It follows the list of
-- parts by itself, so that there is no way to write one without the other.
ALTER TABLE backup ADD COLUMN holds INTEGER NOT NULL DEFAULT 0 CHECK (holds BETWEEN 0 AND 31);
UPDATE backup SET holds =
    (instr(',' || components || ',', ',database,') > 0) * 1
    + (instr(',' || components || ',', ',storage,') > 0) * 2
    + (instr(',' || components || ',', ',config,') > 0) * 4
    + (instr(',' || components || ',', ',redis,') > 0) * 8
    + (instr(',' || components || ',', ',logs,') > 0) * 16;
CREATE TRIGGER backup_comes_with_its_components AFTER INSERT ON backup BEGIN
    UPDATE backup SET holds =
        (instr(',' || new.components || ',', ',database,') > 0) * 1
        + (instr(',' || new.components || ',', ',storage,') > 0) * 2
        + (instr(',' || new.components || ',', ',config,') > 0) * 4
        + (instr(',' || new.components || ',', ',redis,') > 0) * 8
        + (instr(',' || new.components || ',', ',logs,') > 0) * 16
    WHERE rowid = new.rowid;
END;
CREATE TRIGGER backup_changes_its_components AFTER UPDATE OF components ON backup BEGIN
    UPDATE backup SET holds =
        (instr(',' || new.components || ',', ',database,') > 0) * 1
        + (instr(',' || new.components || ',', ',storage,') > 0) * 2
        + (instr(',' || new.components || ',', ',config,') > 0) * 4
        + (instr(',' || new.components || ',', ',redis,') > 0) * 8
        + (instr(',' || new.components || ',', ',logs,') > 0) * 16
    WHERE rowid = new.rowid;
END;
-- The backup that it is nothing without, as a platform's incremental is without a full one: its id here, or its id there.
ALTER TABLE backup ADD COLUMN needs_id TEXT;
-- Why it counts for nothing, in a sentence: a table in it was cut, for instance.
ALTER TABLE backup ADD COLUMN held_back TEXT;

-- Backups that stand at a level, that nobody deletes, that did not fail to come back, and that are not held back.
-- `whole` is what of a backup all that it needs has as well, and what of it can be brought back therefore; `counts` is
-- what of that is proven to be a recovery point: a database (and Redis) once it is readable, files once every byte is.
-- A query for one component asks `holds` too, which chooses the index of that component.
CREATE VIEW proven (id, project_id, at_ms, level, remote_id, holds, whole, counts) AS
SELECT a.id, a.project_id, a.at_ms, a.level, a.remote_id, a.holds, a.whole,
       a.whole & CASE WHEN a.level >= 2 THEN 31 ELSE 22 END
FROM (
    SELECT b.id, b.project_id, b.at_ms, b.level, b.remote_id, b.holds,
        CASE WHEN b.needs_id IS NULL THEN b.holds ELSE coalesce((
            WITH RECURSIVE chain (needs_id, at_ms, whole) AS (
                VALUES (b.needs_id, b.at_ms, b.holds)
                UNION
                SELECT f.needs_id, f.at_ms, c.whole & f.holds
                FROM chain c JOIN backup f ON f.rowid IN (
                        SELECT i.rowid FROM backup i WHERE i.id = c.needs_id UNION ALL
                        SELECT r.rowid FROM backup r WHERE r.remote_id = c.needs_id AND r.project_id = b.project_id)
                    AND +f.project_id = b.project_id AND +f.at_ms <= c.at_ms AND f.id <> b.id
                    AND +f.level > 0 AND +f.restore_failed = 0 AND +f.held_back IS NULL AND +f.leaving IS NULL)
            SELECT max(c.whole) FROM chain c WHERE c.needs_id IS NULL), 0) END AS whole
    FROM backup b
    WHERE b.level > 0 AND b.restore_failed = 0 AND b.held_back IS NULL AND b.leaving IS NULL) a;

-- The newest of each component, however many came after it that do not hold it.
CREATE INDEX backup_database ON backup (project_id, at_ms DESC, id, level)
    WHERE holds & 1 AND level > 0 AND restore_failed = 0 AND held_back IS NULL AND leaving IS NULL;
CREATE INDEX backup_files ON backup (project_id, at_ms DESC, id, level)
    WHERE holds & 2 AND level > 0 AND restore_failed = 0 AND held_back IS NULL AND leaving IS NULL;
CREATE INDEX backup_configuration ON backup (project_id, at_ms DESC, id, level)
    WHERE holds & 4 AND level > 0 AND restore_failed = 0 AND held_back IS NULL AND leaving IS NULL;
CREATE INDEX backup_redis ON backup (project_id, at_ms DESC, id, level)
    WHERE holds & 8 AND level > 0 AND restore_failed = 0 AND held_back IS NULL AND leaving IS NULL;
CREATE INDEX backup_logs ON backup (project_id, at_ms DESC, id, level)
    WHERE holds & 16 AND level > 0 AND restore_failed = 0 AND held_back IS NULL AND leaving IS NULL;
CREATE INDEX backup_needing ON backup (needs_id, project_id) WHERE needs_id IS NOT NULL;
-- What each day brought, without a look at the rows; for who asks for it by its name alone, as every row is in it.
CREATE INDEX backup_days ON backup (project_id, at_ms, level, holds) WHERE holds >= 0;
