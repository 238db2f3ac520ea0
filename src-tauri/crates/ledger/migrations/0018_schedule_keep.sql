-- How long a backup that a schedule made is kept, whatever the policy says, and no longer; absent leaves that to the
-- policy.
ALTER TABLE schedule ADD COLUMN keep_ms INTEGER CHECK (keep_ms > 0);
