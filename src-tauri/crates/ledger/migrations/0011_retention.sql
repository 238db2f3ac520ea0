-- How long backups are kept: a policy for each project, what people say of single backups, and what was removed
-- by a plan. And what a project is held to.

CREATE TABLE retention (
    project_id   TEXT NOT NULL PRIMARY KEY REFERENCES project (id) ON DELETE CASCADE,
    keep_last    INTEGER NOT NULL CHECK (keep_last >= 0),
    hourly       INTEGER NOT NULL CHECK (hourly >= 0),
    daily        INTEGER NOT NULL CHECK (daily >= 0),
    weekly       INTEGER NOT NULL CHECK (weekly >= 0),
    monthly      INTEGER NOT NULL CHECK (monthly >= 0),
    yearly       INTEGER NOT NULL CHECK (yearly >= 0),
    within_ms    INTEGER CHECK (within_ms > 0),
    -- So many verified backups always stay, whoever deletes.
    floor        INTEGER NOT NULL CHECK (floor > 0),
    -- Days begin and end in this zone, wherever the computer is.
    zone         TEXT NOT NULL,
    set_at_ms    INTEGER NOT NULL
) STRICT;

-- What a person said of one backup: kept until it is released, or until a date and no longer.
CREATE TABLE backup_keeping (
    backup_id    TEXT NOT NULL PRIMARY KEY REFERENCES backup (id) ON DELETE CASCADE,
    hold_reason  TEXT,
    hold_who     TEXT,
    held_at_ms   INTEGER,
    until_ms     INTEGER
) STRICT;

-- One row for each confirmed plan: which backups it removes, and how far it came.
CREATE TABLE retention_run (
    id              TEXT NOT NULL PRIMARY KEY,
    project_id      TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    plan            TEXT NOT NULL,
    -- The ids, as JSON.
    planned         TEXT NOT NULL,
    removed         INTEGER NOT NULL DEFAULT 0,
    state           TEXT NOT NULL CHECK (state IN ('running', 'done', 'stopped', 'interrupted')),
    process         TEXT NOT NULL,
    -- Stable code of what stopped it.
    code            TEXT,
    started_at_ms   INTEGER NOT NULL,
    finished_at_ms  INTEGER
) STRICT;
CREATE INDEX retention_run_by_project ON retention_run (project_id, started_at_ms DESC, id);
CREATE UNIQUE INDEX retention_run_open ON retention_run (project_id) WHERE state = 'running';

ALTER TABLE goal ADD COLUMN category TEXT CHECK (category IN ('financial', 'user_data', 'standard', 'analytics'));
ALTER TABLE goal ADD COLUMN rpo_ms INTEGER CHECK (rpo_ms > 0);
ALTER TABLE goal ADD COLUMN copies INTEGER CHECK (copies > 0);
ALTER TABLE goal ADD COLUMN drill_every_ms INTEGER CHECK (drill_every_ms > 0);
