-- What health compares: the rows of each table in the last backups of each project. A cache of the manifests, as
-- the rows of backups are; a rebuild fills it again.

CREATE TABLE backup_counted (
    backup_id      TEXT NOT NULL PRIMARY KEY REFERENCES backup (id) ON DELETE CASCADE,
    -- Rows by `schema.table` (JSON), and how many tables are not in it.
    tables         TEXT NOT NULL,
    left_out       INTEGER NOT NULL CHECK (left_out >= 0),
    -- The server's clock before this computer's, when it was taken.
    clock_skew_ms  INTEGER,
    -- Which tables stand out against the backups before (JSON); absent until that was looked at.
    odd            TEXT
) STRICT;

-- Until when a person found a project's sizes and rows to be as they should be: nothing before is compared.
CREATE TABLE accepted (
    project_id  TEXT NOT NULL PRIMARY KEY REFERENCES project (id) ON DELETE CASCADE,
    until_ms    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The few entries of the ledger that are no pass, and what each day added.
CREATE INDEX proof_not_passed ON proof (backup_id, number) WHERE verdict <> 'pass';
CREATE INDEX backup_added ON backup (at_ms, added_bytes);
-- Sizes of a project's last backups, without a look at their rows.
CREATE INDEX backup_sizes ON backup (project_id, at_ms DESC, level, last_proof, size_bytes, components);
