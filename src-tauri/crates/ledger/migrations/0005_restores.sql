-- Restores: what was planned, how far it came, and what an undo needs. The target's state itself is
-- always looked at; what stands here says where to look.

CREATE TABLE restore (
    id          TEXT NOT NULL PRIMARY KEY,
    project_id  TEXT REFERENCES project (id) ON DELETE SET NULL,
    plan        TEXT NOT NULL,
    -- `switching` is the one moment in which only the server knows whether it happened.
    state       TEXT NOT NULL CHECK (state IN ('preparing', 'switching', 'done', 'failed', 'undone', 'discarded')),
    traces      TEXT NOT NULL,
    report      TEXT,
    at_ms       INTEGER NOT NULL
) STRICT;
CREATE INDEX restore_by_time ON restore (at_ms DESC);
