-- Removing old backups is a run of its own kind; and a part of a project may be held to more than the project is.
-- Only the rule of the column is made anew. Every row names its kind; the default is only what SQLite asks of a new
-- column.

DROP INDEX job_by_kind;
DROP INDEX job_failed;
ALTER TABLE job ADD COLUMN kind_next TEXT NOT NULL DEFAULT 'check' CHECK (kind_next IN ('backup', 'restore', 'verify', 'check', 'repair', 'prune', 'drill', 'sample', 'pull', 'import', 'export', 'platform', 'retention'));
UPDATE job SET kind_next = kind;
ALTER TABLE job DROP COLUMN kind;
ALTER TABLE job RENAME COLUMN kind_next TO kind;
CREATE INDEX job_by_kind ON job (project_id, kind, created_at_ms DESC, finished_at_ms);
CREATE INDEX job_failed ON job (project_id, created_at_ms) WHERE kind IN ('backup', 'pull') AND state IN ('failed', 'interrupted');

-- How old the newest verified backup with a component in it may get, where that is less than the project's goal.
CREATE TABLE component_goal (
    project_id  TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    component   TEXT NOT NULL CHECK (component IN ('database', 'storage', 'config', 'redis', 'logs')),
    rpo_ms      INTEGER NOT NULL CHECK (rpo_ms > 0),
    PRIMARY KEY (project_id, component)
) STRICT;
