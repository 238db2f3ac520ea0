//! A failure is said when it happens: libtest tells at the end of a run, which may be half an hour later, and never
//! where the run is ended before.

use std::io::Write as _;
use std::sync::Once;

/// From now on each panic of this process is said at once, beside what the test keeps for the end.
pub(crate) fn from_now_on() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let thread = std::thread::current();
            // Written past `eprintln`, whose output a test keeps.
            let _ = writeln!(std::io::stderr(), "\n{}: {panic}", thread.name().unwrap_or("a thread"));
            usual(panic);
        }));
    });
}
