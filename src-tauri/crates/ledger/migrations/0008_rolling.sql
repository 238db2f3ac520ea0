-- Rolling checks: the data of the vault read again part by part. A cycle has so many parts; which pack is in
-- which part is said by the pack's own name, and a new cycle begins once all parts of one are done.

CREATE TABLE check_cycle (
    number          INTEGER PRIMARY KEY,
    vault_id        TEXT NOT NULL,
    parts           INTEGER NOT NULL CHECK (parts > 0),
    started_at_ms   INTEGER NOT NULL,
    -- Absent while parts are left.
    finished_at_ms  INTEGER
) STRICT;
CREATE INDEX check_cycle_by_vault ON check_cycle (vault_id, number DESC);

CREATE TABLE check_part (
    cycle  INTEGER NOT NULL REFERENCES check_cycle (number) ON DELETE CASCADE,
    part   INTEGER NOT NULL CHECK (part > 0),
    -- When the last pack of it had been read.
    at_ms  INTEGER NOT NULL,
    PRIMARY KEY (cycle, part)
) STRICT, WITHOUT ROWID;

-- When each pack was last read whole, and what was wrong with it then.
CREATE TABLE pack_read (
    vault_id  TEXT NOT NULL,
    pack      TEXT NOT NULL,
    at_ms     INTEGER NOT NULL,
    problem   TEXT,
    PRIMARY KEY (vault_id, pack)
) STRICT, WITHOUT ROWID;
CREATE INDEX pack_damaged ON pack_read (vault_id, at_ms) WHERE problem IS NOT NULL;

-- Drills that go on: what the history will say of one whose process ended before it could.
CREATE TABLE drill_begun (
    -- The job's id.
    id          TEXT NOT NULL PRIMARY KEY,
    project_id  TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    -- The entry of the history as far as it is known (JSON).
    record      TEXT NOT NULL
) STRICT;
