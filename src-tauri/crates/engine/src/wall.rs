//! How a run says what walls a private server in.

use ledger::job::JobContext;
use postgres::cluster::Cluster;

/// Under which name a run says how its private server is walled in.
pub const WALL: &str = "Wall around it";

/// Says how the system walls a server in, before anything is loaded into it.
pub(crate) fn tell(context: &JobContext, phase: &str, cluster: &Cluster) {
    let Some(wall) = cluster.wall() else { return };
    let (value, note) = wall.fact();
    context.fact(WALL, value, note);
    if let Some(warning) = wall.warning() {
        context.warn(phase, warning);
    }
}
