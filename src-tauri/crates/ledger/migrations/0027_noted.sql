-- Projects whose database follows WedSync's design, as it was found there, and whether the result of each drill is
-- written into its backup_tests.

CREATE TABLE noted (
    project_id     TEXT NOT NULL PRIMARY KEY REFERENCES project (id) ON DELETE CASCADE,
    records_drills INTEGER NOT NULL DEFAULT 0 CHECK (records_drills IN (0, 1)),
    found_at_ms    INTEGER NOT NULL
) STRICT;
