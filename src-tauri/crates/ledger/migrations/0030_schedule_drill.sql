-- Where a scheduled drill brings its backup back: in a database that the server of another project lends, or in a
-- container of an image, which is fetched only where that was asked for; without both, on a private server here.
ALTER TABLE schedule ADD COLUMN drill_on TEXT;
ALTER TABLE schedule ADD COLUMN drill_image TEXT;
ALTER TABLE schedule ADD COLUMN drill_pulls INTEGER NOT NULL DEFAULT 0 CHECK (drill_pulls IN (0, 1));
