-- What was seen of a project, and which of its parts a person does not want in backups (JSON arrays and objects).
CREATE TABLE coverage (
    project_id TEXT PRIMARY KEY REFERENCES project (id) ON DELETE CASCADE,
    found TEXT,
    unwanted TEXT NOT NULL DEFAULT '[]'
);
