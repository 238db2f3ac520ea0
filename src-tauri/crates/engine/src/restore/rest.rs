//! Waits until the server has finished a run's last command (`pg_stat_activity`). After a broken connection
//! the server still completes a `RENAME` that it received, so names are judged only once it is idle.

use std::time::Duration;

use postgres::target::Target;

/// Sessions of a run: all, and those that are at something.
const SESSIONS: &str = "select count(*)::int8, count(*) filter (where state is distinct from 'idle')::int8 \
    from pg_catalog.pg_stat_activity where application_name = $1 and pid <> pg_catalog.pg_backend_pid()";
/// A change of names waits five seconds for others to leave.
const LOOKS_MAX: u32 = 24;
/// After so many looks a session that only is there has nothing left to do: no word to it is on its way.
const IDLE_LOOKS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(500);

/// Waits until the server has finished a run's commands. False if it is still busy after the limit; `None` if
/// it cannot be asked.
pub(super) async fn is_at_rest(server: &Target, run: &str) -> Option<bool> {
    for look in 0..LOOKS_MAX {
        let session = server.session().await.ok()?;
        let row = session.client.query_one(SESSIONS, &[&format!("holdfast {run}")]).await;
        session.close().await;
        let row = row.ok()?;
        let (all, at_work): (i64, i64) = (row.get(0), row.get(1));
        if all == 0 || (at_work == 0 && look >= IDLE_LOOKS) {
            return Some(true);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Some(false)
}
