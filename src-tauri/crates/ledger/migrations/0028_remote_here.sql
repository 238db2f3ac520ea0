-- Which backups of a platform are here. One without a proof stays here after the catalogue was made anew from the
-- vault, which holds no proofs. One whose proof failed, or whose run ended before it had any, does not count as here:
-- the platform may still have it whole.
CREATE VIEW remote_here (backup_id, project_id, remote_id) AS
SELECT b.id, b.project_id, b.remote_id FROM backup b
WHERE b.remote_id IS NOT NULL
  AND (b.level > 0 OR b.held_back IS NOT NULL
       OR NOT EXISTS (SELECT 1 FROM proof p WHERE p.backup_id = b.id AND p.verdict = 'fail')
          AND NOT EXISTS (
              SELECT 1 FROM job j,
                   json_each(CASE WHEN json_valid(j.progress) THEN j.progress ELSE '{}' END, '$.goes_on.remote_ids') i
              WHERE j.project_id = b.project_id AND j.kind = 'pull'
                AND j.state IN ('failed', 'interrupted', 'cancelled') AND i.value = b.remote_id));
