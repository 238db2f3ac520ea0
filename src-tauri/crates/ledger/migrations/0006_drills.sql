-- Drills, what a person asserts of a project's data, and how soon it has to be back.

-- One row per drill; it stays when its backup goes, since the history is the project's.
CREATE TABLE drill (
    -- The job's id.
    id             TEXT NOT NULL PRIMARY KEY,
    project_id     TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    backup_id      TEXT NOT NULL,
    backup_at_ms   INTEGER NOT NULL,
    kind           TEXT NOT NULL CHECK (kind IN ('full', 'data', 'sample')),
    place          TEXT NOT NULL,
    verdict        TEXT NOT NULL CHECK (verdict IN ('pass', 'fail', 'inconclusive')),
    reason         TEXT NOT NULL,
    started_at_ms  INTEGER NOT NULL,
    at_ms          INTEGER NOT NULL,
    -- From the beginning to the last check; absent where it did not come that far.
    rto_ms         INTEGER,
    -- Phases, checks, facts and notes as JSON.
    report         TEXT NOT NULL
) STRICT;
CREATE INDEX drill_by_project ON drill (project_id, at_ms DESC, id);
CREATE INDEX drill_by_time ON drill (at_ms DESC, id);

-- Databases that drills made on somebody's server; a row goes once its database is gone.
CREATE TABLE lent_database (
    job_id      TEXT NOT NULL PRIMARY KEY,
    project_id  TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    name        TEXT NOT NULL
) STRICT;

CREATE TABLE assertion (
    project_id     TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    name           TEXT NOT NULL,
    query          TEXT NOT NULL,
    created_at_ms  INTEGER NOT NULL,
    PRIMARY KEY (project_id, name)
) STRICT;

CREATE TABLE goal (
    project_id  TEXT NOT NULL PRIMARY KEY REFERENCES project (id) ON DELETE CASCADE,
    rto_ms      INTEGER CHECK (rto_ms > 0)
) STRICT;

-- A drill that could not be made shows nothing, and so takes nothing away from what was shown before.
DROP VIEW standing;
CREATE VIEW standing (backup_id, level) AS
SELECT id, CASE
    WHEN bytes = 'fail' THEN 0
    WHEN readable = 'fail' THEN CASE WHEN bytes = 'pass' THEN 1 ELSE 0 END
    WHEN restored = 'pass' THEN 3
    WHEN readable = 'pass' THEN 2
    WHEN bytes = 'pass' THEN 1
    ELSE 0
END FROM (
    SELECT b.id,
        (SELECT p.verdict FROM proof p WHERE p.backup_id = b.id AND p.level = 1 ORDER BY p.number DESC LIMIT 1) AS bytes,
        (SELECT p.verdict FROM proof p WHERE p.backup_id = b.id AND p.level = 2 ORDER BY p.number DESC LIMIT 1) AS readable,
        (SELECT p.verdict FROM proof p WHERE p.backup_id = b.id AND p.level = 3 AND p.verdict <> 'inconclusive'
         ORDER BY p.number DESC LIMIT 1) AS restored
    FROM backup b);
