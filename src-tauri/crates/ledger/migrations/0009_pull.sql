-- Projects can be on platforms that back themselves up, or hold imported files alone; pulling, importing and
-- exporting are jobs of their own kinds, and so is what goes on at a platform.

ALTER TABLE project DROP COLUMN kind;
ALTER TABLE project ADD COLUMN kind TEXT NOT NULL DEFAULT 'postgres' CHECK (kind IN ('postgres', 'platform', 'files'));
-- How the platform is reached, as JSON without credentials, which live in the keychain only.
ALTER TABLE project ADD COLUMN platform TEXT;
-- The id on its platform of what was pulled, and of a file the hash, so that nothing is fetched or kept twice.
ALTER TABLE backup ADD COLUMN remote_id TEXT;
CREATE INDEX backup_by_remote ON backup (remote_id, project_id) WHERE remote_id IS NOT NULL;

CREATE TABLE job_next (
    id              TEXT NOT NULL PRIMARY KEY,
    kind            TEXT NOT NULL CHECK (kind IN ('backup', 'restore', 'verify', 'check', 'repair', 'drill', 'sample', 'pull', 'import', 'export', 'platform')),
    title           TEXT NOT NULL,
    sentence        TEXT NOT NULL,
    project_id      TEXT REFERENCES project (id) ON DELETE SET NULL,
    writes_vault    INTEGER NOT NULL CHECK (writes_vault IN (0, 1)),
    trigger_kind    TEXT NOT NULL CHECK (trigger_kind IN ('window', 'command_line', 'schedule', 'sample')),
    state           TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted')),
    -- Names the lock file of the process that runs it; the process is dead when that lock can be taken.
    process         TEXT NOT NULL,
    cancel_asked    INTEGER NOT NULL DEFAULT 0 CHECK (cancel_asked IN (0, 1)),
    created_at_ms   INTEGER NOT NULL,
    started_at_ms   INTEGER,
    finished_at_ms  INTEGER,
    outcome         TEXT,
    -- Phases, facts and figures as JSON; stored at most every 750 ms.
    progress        TEXT NOT NULL,
    failure         TEXT,
    result          TEXT
) STRICT;
INSERT INTO job_next (id, kind, title, sentence, project_id, writes_vault, trigger_kind, state, process, cancel_asked,
    created_at_ms, started_at_ms, finished_at_ms, outcome, progress, failure, result)
SELECT id, kind, title, sentence, project_id, writes_vault, trigger_kind, state, process, cancel_asked,
    created_at_ms, started_at_ms, finished_at_ms, outcome, progress, failure, result
FROM job ORDER BY rowid;

CREATE TABLE job_line_next (
    job_id   TEXT NOT NULL REFERENCES job_next (id) ON DELETE CASCADE,
    number   INTEGER NOT NULL,
    at_ms    INTEGER NOT NULL,
    level    INTEGER NOT NULL CHECK (level IN (0, 1, 2)),
    phase    TEXT NOT NULL,
    message  TEXT NOT NULL,
    PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID;
INSERT INTO job_line_next (job_id, number, at_ms, level, phase, message)
SELECT job_id, number, at_ms, level, phase, message FROM job_line;

CREATE TABLE job_answer_next (
    job_id   TEXT NOT NULL REFERENCES job_next (id) ON DELETE CASCADE,
    step_id  TEXT NOT NULL,
    answer   TEXT NOT NULL CHECK (answer IN ('go_on', 'stop')),
    at_ms    INTEGER NOT NULL,
    PRIMARY KEY (job_id, step_id)
) STRICT;
INSERT INTO job_answer_next SELECT * FROM job_answer;

DROP TABLE job_line;
DROP TABLE job_answer;
DROP TABLE job;
ALTER TABLE job_next RENAME TO job;
ALTER TABLE job_line_next RENAME TO job_line;
ALTER TABLE job_answer_next RENAME TO job_answer;

CREATE INDEX job_by_time ON job (created_at_ms DESC, id);
CREATE INDEX job_by_project ON job (project_id, created_at_ms DESC);
CREATE INDEX job_open ON job (state) WHERE state IN ('queued', 'running');
CREATE INDEX job_by_kind ON job (project_id, kind, created_at_ms DESC, finished_at_ms);
CREATE INDEX job_failed ON job (project_id, created_at_ms) WHERE kind IN ('backup', 'pull') AND state IN ('failed', 'interrupted');
