-- Replicas: other places that hold what the vault holds, and what each of them has.

CREATE TABLE replica (
    id             TEXT NOT NULL PRIMARY KEY,
    -- The vault that it is a replica of.
    vault_id       TEXT NOT NULL,
    name           TEXT NOT NULL COLLATE NOCASE UNIQUE,
    path           TEXT NOT NULL UNIQUE,
    -- Whether it is in another place than the vault: what takes the one leaves the other.
    is_elsewhere   INTEGER NOT NULL CHECK (is_elsewhere IN (0, 1)),
    added_at_ms    INTEGER NOT NULL,
    -- When the last copy began that came to its end.
    copied_at_ms   INTEGER,
    -- When a part of it was last read back, and found sound.
    checked_at_ms  INTEGER,
    -- Which part that was, from 1; 0 before the first.
    checked_part   INTEGER NOT NULL DEFAULT 0,
    -- Backups that it has, that the vault lost, and that nobody removed.
    only_here      INTEGER NOT NULL DEFAULT 0,
    -- How many rows of `replica_backup` it has; kept by the triggers below, since it is asked for at every look.
    backups        INTEGER NOT NULL DEFAULT 0,
    -- Why the last copy did not work, until one does.
    problem        TEXT,
    problem_at_ms  INTEGER,
    -- What was found damaged when a part was read back, until a part reads back sound.
    damage         TEXT
) STRICT;

-- Which backups of the catalogue a replica has, as its last copy left it.
CREATE TABLE replica_backup (
    replica_id  TEXT NOT NULL REFERENCES replica (id) ON DELETE CASCADE,
    backup_id   TEXT NOT NULL REFERENCES backup (id) ON DELETE CASCADE,
    PRIMARY KEY (replica_id, backup_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX replica_backup_by_backup ON replica_backup (backup_id);
CREATE TRIGGER replica_backup_added AFTER INSERT ON replica_backup BEGIN
    UPDATE replica SET backups = backups + 1 WHERE id = NEW.replica_id;
END;
CREATE TRIGGER replica_backup_gone AFTER DELETE ON replica_backup BEGIN
    UPDATE replica SET backups = backups - 1 WHERE id = OLD.replica_id;
END;

-- The newest backup of each project that a replica has: the home screen asks for it often.
CREATE TABLE replica_project (
    replica_id    TEXT NOT NULL REFERENCES replica (id) ON DELETE CASCADE,
    project_id    TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    newest_at_ms  INTEGER NOT NULL,
    PRIMARY KEY (replica_id, project_id)
) STRICT, WITHOUT ROWID;

-- Copies to them are runs of their own.
DROP INDEX job_by_kind;
DROP INDEX job_failed;
ALTER TABLE job ADD COLUMN kind_next TEXT NOT NULL DEFAULT 'check' CHECK (kind_next IN ('backup', 'restore', 'verify', 'check', 'repair', 'prune', 'drill', 'sample', 'pull', 'import', 'export', 'platform', 'retention', 'copy'));
UPDATE job SET kind_next = kind;
ALTER TABLE job DROP COLUMN kind;
ALTER TABLE job RENAME COLUMN kind_next TO kind;
CREATE INDEX job_by_kind ON job (project_id, kind, created_at_ms DESC, finished_at_ms);
CREATE INDEX job_failed ON job (project_id, created_at_ms) WHERE kind IN ('backup', 'pull') AND state IN ('failed', 'interrupted');
