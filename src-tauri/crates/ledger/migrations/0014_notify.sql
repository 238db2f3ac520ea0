-- Notifications: to whom things are told, what is told, and what became of telling it.

CREATE TABLE channel (
    id               TEXT NOT NULL PRIMARY KEY,
    -- What people call it.
    name             TEXT NOT NULL COLLATE NOCASE UNIQUE,
    kind             TEXT NOT NULL CHECK (kind IN ('desktop', 'email', 'webhook', 'telegram', 'heartbeat')),
    -- Where to, as JSON, without a secret; those rest in the keychain under `secret_id`.
    target           TEXT NOT NULL,
    secret_id        TEXT,
    level            TEXT NOT NULL CHECK (level IN ('all', 'warnings', 'errors', 'none')),
    -- Whether each scheduled run is told, or what changed only.
    each_run         INTEGER NOT NULL CHECK (each_run IN (0, 1)),
    -- When nothing is told, as JSON.
    quiet            TEXT,
    errors_in_quiet  INTEGER NOT NULL CHECK (errors_in_quiet IN (0, 1)),
    -- The time of day at which all but errors is told as one; absent means at once.
    digest_at        TEXT,
    -- What happened before is not told.
    created_at_ms    INTEGER NOT NULL,
    -- The last time that something arrived.
    sent_at_ms       INTEGER,
    -- Why the last attempt did not work, until one does.
    problem          TEXT,
    problem_at_ms    INTEGER,
    -- Since when it is given up for each message.
    failing_since_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX channel_desktop ON channel (kind) WHERE kind = 'desktop';

INSERT INTO channel (id, name, kind, target, level, each_run, errors_in_quiet, created_at_ms)
VALUES ('desktop', 'Desktop', 'desktop', '{"kind":"desktop"}', 'all', 1, 0, unixepoch() * 1000);

CREATE TABLE message (
    id          TEXT NOT NULL PRIMARY KEY,
    -- What makes it this message: the same thing is told once, whichever processes see it.
    key         TEXT NOT NULL UNIQUE,
    kind        TEXT NOT NULL CHECK (kind IN ('run_started', 'run_completed', 'run_failed', 'gave_up', 'over_goal',
                    'within_goal', 'expiring', 'drill_report', 'channel_failing', 'test')),
    severity    TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'error')),
    is_change   INTEGER NOT NULL CHECK (is_change IN (0, 1)),
    project_id  TEXT,
    job_id      TEXT,
    -- The channel that it is about, which cannot tell it.
    channel_id  TEXT,
    at_ms       INTEGER NOT NULL,
    -- Subject, sentences, figures, as JSON.
    words       TEXT NOT NULL
) STRICT;
CREATE INDEX message_by_time ON message (at_ms);

-- A message on its way to a channel; the row is the claim of the process that sends it.
CREATE TABLE delivery (
    message_id     TEXT NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    channel_id     TEXT NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
    -- `dropped`: it came too late to be of use, or the channel was changed and does not want it any more.
    state          TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'failed', 'dropped')),
    due_at_ms      INTEGER NOT NULL,
    attempts       INTEGER NOT NULL DEFAULT 0,
    -- Names the lock file of the process that sends it; the process is dead when that lock can be taken.
    process        TEXT,
    ended_at_ms    INTEGER,
    said           TEXT,
    PRIMARY KEY (message_id, channel_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_open ON delivery (channel_id, state, due_at_ms) WHERE state IN ('waiting', 'sending');

-- How things stood when they were last told, so that a change is told and not a state.
CREATE TABLE told (
    subject   TEXT NOT NULL PRIMARY KEY,
    state     TEXT NOT NULL,
    since_ms  INTEGER NOT NULL
) STRICT;
