-- Schedules: when which work of a project is due, and who does what is due.

CREATE TABLE schedule (
    id               TEXT NOT NULL PRIMARY KEY,
    project_id       TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    -- What people call it; a project has one of each name.
    name             TEXT NOT NULL COLLATE NOCASE,
    -- `prune` and `copy` are words that nothing stores yet.
    work             TEXT NOT NULL CHECK (work IN ('backup', 'pull', 'verify_quick', 'verify_sample', 'verify_full', 'drill', 'prune', 'copy')),
    -- When, as JSON.
    rule             TEXT NOT NULL,
    zone             TEXT NOT NULL CHECK (zone IN ('local', 'utc')),
    -- When not, as JSON.
    conditions       TEXT NOT NULL,
    jitter_s         INTEGER NOT NULL CHECK (jitter_s >= 0),
    -- Nothing before this moment is due.
    set_at_ms        INTEGER NOT NULL,
    paused_at_ms     INTEGER,
    -- Absent while it is paused means until somebody resumes it.
    paused_until_ms  INTEGER,
    UNIQUE (project_id, name)
) STRICT;

-- What became of each moment at which work was due; the row is the claim of the process that does it.
CREATE TABLE schedule_run (
    schedule_id    TEXT NOT NULL REFERENCES schedule (id) ON DELETE CASCADE,
    slot_ms        INTEGER NOT NULL,
    -- `stopped`: a person ended it, and it is not tried again.
    state          TEXT NOT NULL CHECK (state IN ('running', 'succeeded', 'failed', 'interrupted', 'stopped')),
    -- Names the lock file of the process that runs it; the process is dead when that lock can be taken.
    process        TEXT NOT NULL,
    attempts       INTEGER NOT NULL CHECK (attempts > 0),
    claimed_at_ms  INTEGER NOT NULL,
    ended_at_ms    INTEGER,
    job_id         TEXT,
    -- What it came to, as a sentence.
    said           TEXT,
    PRIMARY KEY (schedule_id, slot_ms)
) STRICT, WITHOUT ROWID;
CREATE INDEX schedule_run_running ON schedule_run (schedule_id) WHERE state = 'running';
