-- Findings of health as they are told, and where the copies are that health counts.

-- A finding that is worse than well, and how it was told. The row is what keeps it from being told twice.
CREATE TABLE alarm (
    key         TEXT NOT NULL PRIMARY KEY,
    project_id  TEXT,
    -- How it stood at the last look, and since when.
    severity    TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'unknown', 'critical')),
    since_ms    INTEGER NOT NULL,
    -- How it was told last; absent where it was not told yet.
    told        TEXT CHECK (told IN ('info', 'warning', 'unknown', 'critical')),
    told_at_ms  INTEGER,
    -- Since when it is away; absent while it is there.
    gone_ms     INTEGER,
    -- What its end is told with.
    subject     TEXT NOT NULL,
    title       TEXT NOT NULL
) STRICT;

-- The messages in which it was told last, for the channels that heard of it.
CREATE TABLE alarm_message (
    key         TEXT NOT NULL REFERENCES alarm (key) ON DELETE CASCADE,
    message_id  TEXT NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    PRIMARY KEY (key, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX alarm_message_by_message ON alarm_message (message_id);

-- Backups of which was told that their project's policy lets them go.
CREATE TABLE leaving_told (
    backup_id  TEXT NOT NULL PRIMARY KEY REFERENCES backup (id) ON DELETE CASCADE,
    at_ms      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Findings, and runs that were begun by hand.
ALTER TABLE message ADD COLUMN kind_next TEXT NOT NULL DEFAULT 'test' CHECK (kind_next IN ('run_started', 'run_completed', 'run_failed', 'gave_up', 'over_goal', 'within_goal', 'expiring', 'drill_report', 'channel_failing', 'test', 'health', 'hand_failed'));
UPDATE message SET kind_next = kind;
ALTER TABLE message DROP COLUMN kind;
ALTER TABLE message RENAME COLUMN kind_next TO kind;
CREATE INDEX message_health ON message (at_ms) WHERE kind = 'health';

-- Runs of a command line that nobody sits at.
ALTER TABLE job ADD COLUMN is_unattended INTEGER NOT NULL DEFAULT 0 CHECK (is_unattended IN (0, 1));

-- When the original of a project last answered: to a test, a backup or a pull.
CREATE TABLE original_seen (
    project_id  TEXT NOT NULL PRIMARY KEY REFERENCES project (id) ON DELETE CASCADE,
    at_ms       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO original_seen (project_id, at_ms)
SELECT project_id, max(finished_at_ms) FROM job
WHERE kind IN ('backup', 'pull') AND state = 'succeeded' AND project_id IN (SELECT id FROM project)
  AND finished_at_ms IS NOT NULL GROUP BY project_id;

-- What is known of a place, the vault or a replica: what a person declared, and the medium that was seen there.
CREATE TABLE place (
    id              TEXT NOT NULL PRIMARY KEY,
    is_elsewhere    INTEGER CHECK (is_elsewhere IN (0, 1)),
    declared_at_ms  INTEGER,
    declared_by     TEXT,
    medium          TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO place (id, is_elsewhere, declared_at_ms) SELECT id, 1, added_at_ms FROM replica WHERE is_elsewhere = 1;
CREATE TRIGGER place_gone AFTER DELETE ON replica BEGIN
    DELETE FROM place WHERE id = OLD.id;
END;
ALTER TABLE replica DROP COLUMN is_elsewhere;

-- Failures of runs that were begun by hand are told from now on, and not those of last week.
INSERT INTO setting (name, value) VALUES ('hand_failures_since_ms', unixepoch() * 1000);
CREATE INDEX job_by_hand ON job (finished_at_ms)
    WHERE trigger_kind IN ('window', 'command_line') AND state IN ('failed', 'interrupted');
