-- How much a drill could not bring back where it was made: indexes, functions and the like of extensions that are
-- missing there. A project may demand drills without such limits.
ALTER TABLE drill ADD COLUMN limits INTEGER NOT NULL DEFAULT 0;
UPDATE drill SET limits = coalesce(json_array_length(report, '$.limits'), 0) WHERE json_valid(report);
ALTER TABLE goal ADD COLUMN whole_drills INTEGER NOT NULL DEFAULT 0 CHECK (whole_drills IN (0, 1));
