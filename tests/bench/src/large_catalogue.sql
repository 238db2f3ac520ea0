-- A profile that was in use for years: one verified backup each eight hours in every project, and the
-- runs that made them; one run of fifty failed. :projects, :backups and :now_ms are parameters.
pragma busy_timeout = 10000;
begin;
with recursive n (i) as (select 0 union all select i + 1 from n where i < :projects - 1)
insert into project (id, name, label, connection, created_at_ms)
select printf('%032x', i), 'project ' || i, 'production',
       '{"host":"db.example","port":5432,"database":"d","user":"u","tls":"require"}', i
from n;
with recursive n (i) as (select 0 union all select i + 1 from n where i < :backups - 1)
insert into backup (id, project_id, at_ms, trigger_kind, who, components, size_bytes, added_bytes, row_count,
                    table_count, warning_count)
select printf('%064x', i), printf('%032x', i % :projects), :now_ms - (i / :projects) * 28800000, 'schedule', 'u@h',
       'database', 1000000 + i, 1000, i, 20, 0
from n;
insert into proof (backup_id, store, level, verdict, at_ms, elapsed_ms, reason)
select b.id, 'vault', l.level, 'pass', b.at_ms, 5, 'read'
from backup b, (select 1 as level union all select 2) l;
insert into job (id, kind, title, sentence, project_id, writes_vault, trigger_kind, state, process, created_at_ms,
                 started_at_ms, finished_at_ms, outcome, progress, failure)
select substr(id, 33), 'backup', 'Backing up', 'From here to there.', project_id, 1, 'schedule',
       iif(row_count % 50 = 7, 'failed', 'succeeded'), 'gone', at_ms, at_ms, at_ms + 1000, 'done',
       printf('{"phases":[],"facts":[],"safe_next":"%s","bytes_per_second":null,"left_ms":null}', printf('%.800c', 'x')),
       iif(row_count % 50 = 7, '{"code":"server_gone","message":"gone","hint":null,"retry":"now"}', null)
from backup;
commit;
