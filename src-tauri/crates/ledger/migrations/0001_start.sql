-- The catalogue: a cache of the vault, and what belongs to this computer alone.
-- A migration that shipped is never edited. Times are UTC milliseconds, sizes are bytes.

CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE vault (
    id                  TEXT NOT NULL PRIMARY KEY,
    name                TEXT NOT NULL,
    path                TEXT NOT NULL,
    created_at_ms       INTEGER NOT NULL,
    kit_confirmed_at_ms INTEGER
) STRICT;

CREATE TABLE project (
    id                  TEXT NOT NULL PRIMARY KEY,
    name                TEXT NOT NULL UNIQUE COLLATE NOCASE,
    label               TEXT NOT NULL CHECK (label IN ('production', 'staging', 'development')),
    kind                TEXT NOT NULL CHECK (kind IN ('postgres')),
    is_sample           INTEGER NOT NULL DEFAULT 0 CHECK (is_sample IN (0, 1)),
    is_archived         INTEGER NOT NULL DEFAULT 0 CHECK (is_archived IN (0, 1)),
    -- The connection as JSON, without the password, which lives in the keychain only.
    connection          TEXT NOT NULL,
    has_password        INTEGER NOT NULL DEFAULT 0 CHECK (has_password IN (0, 1)),
    server_version      TEXT,
    acknowledged_at_ms  INTEGER NOT NULL DEFAULT 0,
    created_at_ms       INTEGER NOT NULL
) STRICT;

CREATE TABLE backup (
    id             TEXT NOT NULL PRIMARY KEY,
    project_id     TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    at_ms          INTEGER NOT NULL,
    reason         TEXT,
    trigger_kind   TEXT NOT NULL CHECK (trigger_kind IN ('window', 'command_line', 'schedule', 'sample')),
    who            TEXT NOT NULL,
    components     TEXT NOT NULL,
    size_bytes     INTEGER NOT NULL,
    added_bytes    INTEGER NOT NULL,
    row_count      INTEGER,
    table_count    INTEGER NOT NULL,
    migration      TEXT,
    warning_count  INTEGER NOT NULL
) STRICT;
CREATE INDEX backup_by_project ON backup (project_id, at_ms DESC, id);
CREATE INDEX backup_by_time ON backup (at_ms DESC, id);

CREATE TABLE proof (
    number      INTEGER PRIMARY KEY,
    backup_id   TEXT NOT NULL REFERENCES backup (id) ON DELETE CASCADE,
    store       TEXT NOT NULL,
    level       INTEGER NOT NULL CHECK (level IN (1, 2, 3)),
    verdict     TEXT NOT NULL CHECK (verdict IN ('pass', 'fail', 'inconclusive')),
    at_ms       INTEGER NOT NULL,
    elapsed_ms  INTEGER NOT NULL,
    reason      TEXT NOT NULL
) STRICT;
CREATE INDEX proof_by_backup ON proof (backup_id, level, number DESC);

CREATE TABLE job (
    id              TEXT NOT NULL PRIMARY KEY,
    kind            TEXT NOT NULL CHECK (kind IN ('backup', 'restore', 'verify', 'check', 'sample')),
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
CREATE INDEX job_by_time ON job (created_at_ms DESC);
CREATE INDEX job_by_project ON job (project_id, created_at_ms DESC);
CREATE INDEX job_open ON job (state) WHERE state IN ('queued', 'running');

CREATE TABLE job_line (
    job_id   TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    number   INTEGER NOT NULL,
    at_ms    INTEGER NOT NULL,
    level    INTEGER NOT NULL CHECK (level IN (0, 1, 2)),
    phase    TEXT NOT NULL,
    message  TEXT NOT NULL,
    PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE plan (
    id              TEXT NOT NULL PRIMARY KEY,
    body            TEXT NOT NULL,
    made_at_ms      INTEGER NOT NULL,
    applied_at_ms   INTEGER
) STRICT;

CREATE TABLE scratch (
    id             TEXT NOT NULL PRIMARY KEY,
    backup_id      TEXT NOT NULL,
    project        TEXT NOT NULL,
    record         TEXT NOT NULL,
    -- The job that fills it; a scratch whose job did not succeed is swept.
    job_id         TEXT NOT NULL,
    created_at_ms  INTEGER NOT NULL
) STRICT;
