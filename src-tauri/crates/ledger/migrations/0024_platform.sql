-- What a schedule has its platform make before it fetches, as JSON; absent where it only fetches.
ALTER TABLE schedule ADD COLUMN creates TEXT;

-- What a platform showed when it was asked last, of what it deletes by itself: whether that is here by now is told by
-- `backup.remote_id`.
CREATE TABLE remote_backup (
    project_id     TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    remote_id      TEXT NOT NULL,
    kind           TEXT NOT NULL,
    made_at_ms     INTEGER,
    expires_at_ms  INTEGER NOT NULL,
    PRIMARY KEY (project_id, remote_id)
) STRICT, WITHOUT ROWID;

-- When each platform was asked last.
CREATE TABLE platform_look (
    project_id  TEXT NOT NULL PRIMARY KEY REFERENCES project (id) ON DELETE CASCADE,
    at_ms       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Backups of platforms that were here and were removed on purpose: none is fetched again by itself, and neither is one
-- that is older than what a policy let go of.
CREATE TABLE remote_removed (
    project_id  TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    remote_id   TEXT NOT NULL,
    made_at_ms  INTEGER NOT NULL,
    by_policy   INTEGER NOT NULL,
    PRIMARY KEY (project_id, remote_id)
) STRICT, WITHOUT ROWID;
