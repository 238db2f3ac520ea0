//! Whether the network is metered, as `NetworkManager` says (D-Bus API, `org.freedesktop.NetworkManager.Metered`).

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use zbus::{Connection, Proxy};

/// A bus that does not answer for so long has nothing to say.
const ANSWER_MAX: Duration = Duration::from_secs(1);
/// An answer is good for so long: networks change seldom, and many ask.
const GOOD_FOR: Duration = Duration::from_secs(30);

const SERVICE: &str = "org.freedesktop.NetworkManager";
const PATH: &str = "/org/freedesktop/NetworkManager";

/// `NM_METERED_YES` and `NM_METERED_GUESS_YES`, `NM_METERED_NO` and `NM_METERED_GUESS_NO`.
const METERED: [u32; 2] = [1, 3];
const UNMETERED: [u32; 2] = [2, 4];

static LAST: Mutex<Option<(Instant, Option<bool>)>> = Mutex::new(None);

/// Whether it is; `None` if unknown.
pub(super) async fn look() -> Option<bool> {
    let last = *LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, answer)) = last.filter(|(at, _)| at.elapsed() < GOOD_FOR) {
        return answer;
    }
    let answer = tokio::time::timeout(ANSWER_MAX, ask()).await.ok().and_then(Result::ok).flatten();
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), answer));
    answer
}

async fn ask() -> zbus::Result<Option<bool>> {
    let bus = Connection::system().await?;
    let manager = Proxy::new(&bus, SERVICE, PATH, SERVICE).await?;
    let said: u32 = manager.get_property("Metered").await?;
    Ok(match said {
        said if METERED.contains(&said) => Some(true),
        said if UNMETERED.contains(&said) => Some(false),
        _ => None,
    })
}
