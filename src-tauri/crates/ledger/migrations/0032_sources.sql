-- Where a project's components beside its database come from: folders, configuration, Redis, logs.
CREATE TABLE source (
    id             TEXT NOT NULL PRIMARY KEY,
    project_id     TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    -- Its name in the project, which is also its folder in a backup.
    name           TEXT NOT NULL COLLATE NOCASE,
    component      TEXT NOT NULL CHECK (component IN ('storage', 'config', 'redis', 'logs')),
    -- The place, as JSON, without secrets.
    place          TEXT NOT NULL,
    has_secret     INTEGER NOT NULL CHECK (has_secret IN (0, 1)),
    created_at_ms  INTEGER NOT NULL,
    UNIQUE (project_id, name)
) STRICT;
