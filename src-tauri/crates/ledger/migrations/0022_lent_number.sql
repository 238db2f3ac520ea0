-- The number that a database on somebody's server has there: it is dropped by it, and not by a name that another
-- may have by then. Absent until it is made.
ALTER TABLE lent_database ADD COLUMN oid INTEGER;
