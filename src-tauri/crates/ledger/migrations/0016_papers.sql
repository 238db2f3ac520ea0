-- What the recovery plan of a project says that only people know, and what became of its file; and checks of whether a
-- backup is clean.

-- Who is called, in this order.
CREATE TABLE contact (
    project_id  TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    position    INTEGER NOT NULL CHECK (position > 0),
    role        TEXT NOT NULL,
    name        TEXT NOT NULL,
    phone       TEXT NOT NULL,
    email       TEXT NOT NULL,
    note        TEXT NOT NULL,
    PRIMARY KEY (project_id, position)
) STRICT;

-- The file of a recovery plan in the folder that a person named. The digest is that of what it says.
CREATE TABLE recovery_plan_file (
    project_id     TEXT NOT NULL PRIMARY KEY REFERENCES project (id) ON DELETE CASCADE,
    path           TEXT NOT NULL,
    digest         TEXT,
    written_at_ms  INTEGER,
    -- Why it could not be written the last time; absent once it was.
    problem        TEXT,
    tried_at_ms    INTEGER NOT NULL
) STRICT;

-- One row per check; it stays when its backup goes.
CREATE TABLE clean_check (
    -- The job's id.
    id           TEXT NOT NULL PRIMARY KEY,
    project_id   TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    backup_id    TEXT NOT NULL,
    before_ms    INTEGER NOT NULL,
    verdict      TEXT NOT NULL CHECK (verdict IN ('pass', 'fail', 'inconclusive')),
    reason       TEXT NOT NULL,
    -- Every check that was made, as JSON.
    checks       TEXT NOT NULL,
    at_ms        INTEGER NOT NULL
) STRICT;
CREATE INDEX clean_check_by_project ON clean_check (project_id, at_ms DESC, id);
