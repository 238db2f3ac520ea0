-- A project is what it has: a connection, a platform, both, or neither. The one word that stood for that said
-- "platform" of each that has one, whatever else it has.

ALTER TABLE project DROP COLUMN kind;
