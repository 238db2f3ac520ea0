-- Of which tables a project's backups take the rows, where a person chose some.
CREATE TABLE table_choice (
    project_id TEXT PRIMARY KEY REFERENCES project (id) ON DELETE CASCADE,
    choice TEXT NOT NULL
);
-- Tables whose rows a backup leaves out by choice: that they are not in it is no finding.
ALTER TABLE backup_counted ADD COLUMN not_taken TEXT NOT NULL DEFAULT '[]';
