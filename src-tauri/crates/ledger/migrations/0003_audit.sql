-- The audit chain: who did what, each entry bound to the one before it by its hash (docs/formats.md).
-- Texts are as they were hashed; a subject that there is none of is the empty text.

CREATE TABLE audit (
    seq           INTEGER NOT NULL PRIMARY KEY,
    at_ms         INTEGER NOT NULL,
    who           TEXT NOT NULL,
    host          TEXT NOT NULL,
    origin        TEXT NOT NULL,
    process       TEXT NOT NULL,
    act           TEXT NOT NULL,
    subject_kind  TEXT NOT NULL,
    subject_id    TEXT NOT NULL,
    subject_name  TEXT NOT NULL,
    details       TEXT NOT NULL,
    prev          TEXT NOT NULL,
    hash          TEXT NOT NULL
) STRICT;

-- Against mistakes and other programs; whoever can write the file can drop them, which the chain then shows.
CREATE TRIGGER audit_grows_at_its_end BEFORE INSERT ON audit
WHEN new.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit)
  OR new.prev IS NOT coalesce(
      (SELECT hash FROM audit WHERE seq = new.seq - 1),
      '0000000000000000000000000000000000000000000000000000000000000000')
BEGIN
    SELECT RAISE(ABORT, 'the audit chain only grows at its end');
END;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit chain is not changed');
END;

CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit chain is not shortened');
END;
