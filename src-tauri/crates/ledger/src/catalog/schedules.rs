//! Schedules as they are stored, and what the catalogue knows of what each is about.

use sqlx::sqlite::SqliteConnection;

use super::{Catalog, CatalogError};

/// A schedule as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleRecord {
    /// Id.
    pub id: String,
    /// The project's id.
    pub project_id: String,
    /// The project's name; of its row.
    pub project: String,
    /// What people call it.
    pub name: String,
    /// What is done.
    pub work: String,
    /// When (JSON).
    pub rule: String,
    /// `local`, `utc`.
    pub zone: String,
    /// When not (JSON).
    pub conditions: String,
    /// Seconds by which runs begin later, at most.
    pub jitter_s: i64,
    /// How long its backups are kept (milliseconds).
    pub keep_ms: Option<i64>,
    /// What its platform makes before it fetches (JSON).
    pub creates: Option<String>,
    /// Id of the project whose server lends a database for its drills.
    pub drill_on: Option<String>,
    /// That project's name; of its row.
    pub drill_on_name: Option<String>,
    /// The container image in which its drills are made.
    pub drill_image: Option<String>,
    /// Whether that is fetched where it is not here.
    pub drill_pulls: bool,
    /// When it was set.
    pub set_at_ms: i64,
    /// When it was paused.
    pub paused_at_ms: Option<i64>,
    /// Until when it is.
    pub paused_until_ms: Option<i64>,
}

/// What the catalogue knows of what a schedule is about. Moments are UTC milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScheduleSeen {
    /// The schedule.
    pub schedule_id: String,
    /// The newest verified success of its work until the moment that was asked for.
    pub success_at_ms: Option<i64>,
    /// Bytes that the newest backup of its project added.
    pub added_bytes: Option<i64>,
}

impl Catalog {
    /// Schedules of one project or of all that are protected, by project and name.
    pub async fn schedules(&self, project: Option<&str>) -> Result<Vec<ScheduleRecord>, CatalogError> {
        Ok(sqlx::query_as!(
            ScheduleRecord,
            r#"SELECT s.id, s.project_id, p.name AS project, s.name, s.work, s.rule, s.zone, s.conditions, s.jitter_s,
                    s.keep_ms, s.creates, s.drill_on, lender.name AS "drill_on_name?", s.drill_image,
                    s.drill_pulls AS "drill_pulls: bool", s.set_at_ms, s.paused_at_ms, s.paused_until_ms
             FROM schedule s JOIN project p ON p.id = s.project_id LEFT JOIN project lender ON lender.id = s.drill_on
             WHERE p.is_archived = 0 AND (?1 IS NULL OR s.project_id = ?1) ORDER BY p.name, s.name, s.id"#,
            project
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Stores a schedule, in the place of the one with its id.
    pub async fn put_schedule(
        on: &mut SqliteConnection,
        schedule: &ScheduleRecord,
    ) -> Result<(), CatalogError> {
        sqlx::query!(
            "INSERT INTO schedule (id, project_id, name, work, rule, zone, conditions, jitter_s, set_at_ms,
                                   paused_at_ms, paused_until_ms, keep_ms, creates, drill_on, drill_image, drill_pulls)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, work = excluded.work, rule = excluded.rule,
                 zone = excluded.zone, conditions = excluded.conditions, jitter_s = excluded.jitter_s,
                 set_at_ms = excluded.set_at_ms, paused_at_ms = excluded.paused_at_ms,
                 paused_until_ms = excluded.paused_until_ms, keep_ms = excluded.keep_ms,
                 creates = excluded.creates, drill_on = excluded.drill_on, drill_image = excluded.drill_image,
                 drill_pulls = excluded.drill_pulls",
            schedule.id,
            schedule.project_id,
            schedule.name,
            schedule.work,
            schedule.rule,
            schedule.zone,
            schedule.conditions,
            schedule.jitter_s,
            schedule.set_at_ms,
            schedule.paused_at_ms,
            schedule.paused_until_ms,
            schedule.keep_ms,
            schedule.creates,
            schedule.drill_on,
            schedule.drill_image,
            schedule.drill_pulls
        )
        .execute(on)
        .await?;
        Ok(())
    }

    /// Removes a schedule, and what became of its slots. False when it is gone already.
    pub async fn remove_schedule(on: &mut SqliteConnection, id: &str) -> Result<bool, CatalogError> {
        let done = sqlx::query!("DELETE FROM schedule WHERE id = ?", id).execute(on).await?;
        Ok(done.rows_affected() == 1)
    }

    /// What is known of the works of schedules until a moment. A backup counts from the moment that it shows, once
    /// it is proven readable; everything else from its beginning, once it came out well.
    pub async fn schedule_seen(
        &self,
        project: Option<&str>,
        until_ms: i64,
    ) -> Result<Vec<ScheduleSeen>, CatalogError> {
        Ok(sqlx::query_as!(
            ScheduleSeen,
            r#"SELECT s.id AS schedule_id,
                 CASE CASE WHEN s.creates IS NULL THEN s.work ELSE 'create' END
                   -- Holdfast itself makes backups of databases.
                   WHEN 'backup' THEN (SELECT m.at_ms FROM proven m
                        WHERE m.project_id = s.project_id AND m.holds & 1 AND m.counts & 1 AND m.at_ms <= ?2
                        ORDER BY m.at_ms DESC, m.id LIMIT 1)
                   WHEN 'pull' THEN (SELECT max(j.started_at_ms) FROM job j
                        WHERE j.project_id = s.project_id AND j.kind = 'pull' AND j.state = 'succeeded'
                          AND j.started_at_ms <= ?2
                          -- One that fetched what a person named, or that its limits stopped, did not look for all.
                          AND json_extract(j.result, '$.is_all')
                          AND coalesce(json_extract(j.result, '$.verdict'), 'pass') = 'pass')
                   WHEN 'verify_sample' THEN (SELECT max(d.started_at_ms) FROM drill d
                        WHERE d.project_id = s.project_id AND d.kind IN ('sample', 'full') AND d.verdict = 'pass'
                          AND d.started_at_ms <= ?2)
                   WHEN 'drill' THEN (SELECT max(d.started_at_ms) FROM drill d
                        WHERE d.project_id = s.project_id AND d.kind = 'full' AND d.verdict = 'pass'
                          AND d.started_at_ms <= ?2)
                   -- Of their own runs: that there was nothing to do leaves no other trace.
                   WHEN 'prune' THEN (SELECT max(r.slot_ms) FROM schedule_run r
                        WHERE r.schedule_id = s.id AND r.state = 'succeeded' AND r.slot_ms <= ?2)
                   -- What another run fetched was not made by this one.
                   WHEN 'create' THEN (SELECT max(r.slot_ms) FROM schedule_run r
                        WHERE r.schedule_id = s.id AND r.state = 'succeeded' AND r.slot_ms <= ?2)
                   WHEN 'copy' THEN (SELECT max(r.slot_ms) FROM schedule_run r
                        WHERE r.schedule_id = s.id AND r.state = 'succeeded' AND r.slot_ms <= ?2)
                   -- Only the newest is verified, and the ledger of all of them is long.
                   ELSE (SELECT max(p.at_ms - p.elapsed_ms) FROM proof p
                        WHERE p.backup_id IN (SELECT b.id FROM backup b WHERE b.project_id = s.project_id
                                              ORDER BY b.at_ms DESC, b.id LIMIT 20)
                          AND p.level = (CASE s.work WHEN 'verify_quick' THEN 1 ELSE 2 END) AND p.verdict = 'pass'
                          AND p.at_ms - p.elapsed_ms <= ?2)
                 END AS "success_at_ms: i64",
                 (SELECT b.added_bytes FROM backup b WHERE b.project_id = s.project_id
                    ORDER BY b.at_ms DESC, b.id LIMIT 1) AS "added_bytes: i64"
               FROM schedule s JOIN project p ON p.id = s.project_id
               WHERE p.is_archived = 0 AND (?1 IS NULL OR s.project_id = ?1)"#,
            project,
            until_ms
        )
        .fetch_all(&self.pool)
        .await?)
    }
}
