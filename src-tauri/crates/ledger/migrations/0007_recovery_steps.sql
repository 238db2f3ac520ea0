-- What a project wants done around a restore of its database, in order; and what people answered to runs
-- that waited for them.

CREATE TABLE recovery_step (
    project_id          TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    position            INTEGER NOT NULL CHECK (position > 0),
    id                  TEXT NOT NULL,
    title               TEXT NOT NULL,
    place               TEXT NOT NULL CHECK (place IN ('before', 'after')),
    -- What is done, as JSON; the value of a webhook's header is in the keychain alone.
    act                 TEXT NOT NULL,
    is_critical         INTEGER NOT NULL CHECK (is_critical IN (0, 1)),
    timeout_s           INTEGER NOT NULL CHECK (timeout_s > 0),
    also_after_failure  INTEGER NOT NULL CHECK (also_after_failure IN (0, 1)),
    PRIMARY KEY (project_id, position),
    UNIQUE (project_id, id)
) STRICT;

-- One answer for each step of a run that waits; the first one counts.
CREATE TABLE job_answer (
    job_id   TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    step_id  TEXT NOT NULL,
    answer   TEXT NOT NULL CHECK (answer IN ('go_on', 'stop')),
    at_ms    INTEGER NOT NULL,
    PRIMARY KEY (job_id, step_id)
) STRICT;

-- What came of each step (JSON).
ALTER TABLE restore ADD COLUMN steps TEXT NOT NULL DEFAULT '[]';
