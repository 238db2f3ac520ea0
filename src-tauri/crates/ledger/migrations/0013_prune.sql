-- Freeing space in the vault is a job of its own kind. Only the rule of the column is made anew, so that whatever else
-- the table has by then stays as it is. Every row names its kind; the default is only what SQLite asks of a new column.

DROP INDEX job_by_kind;
DROP INDEX job_failed;
ALTER TABLE job ADD COLUMN kind_next TEXT NOT NULL DEFAULT 'check' CHECK (kind_next IN ('backup', 'restore', 'verify', 'check', 'repair', 'prune', 'drill', 'sample', 'pull', 'import', 'export', 'platform'));
UPDATE job SET kind_next = kind;
ALTER TABLE job DROP COLUMN kind;
ALTER TABLE job RENAME COLUMN kind_next TO kind;
CREATE INDEX job_by_kind ON job (project_id, kind, created_at_ms DESC, finished_at_ms);
CREATE INDEX job_failed ON job (project_id, created_at_ms) WHERE kind IN ('backup', 'pull') AND state IN ('failed', 'interrupted');
