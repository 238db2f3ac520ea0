//! While a run goes on the computer does not go to sleep by itself; a lid that is closed, and a person, still win.

use std::sync::mpsc::{Receiver, Sender, channel};

/// Keeps the computer awake until it is dropped.
///
/// The system is asked on a thread of its own: a bus that does not answer holds nobody up. Where nothing can be
/// asked, the run goes on all the same; what a sleep does to it is taken up when it ends.
#[derive(Debug)]
pub(super) struct Awake {
    _until: Sender<()>,
}

impl Awake {
    /// From now on.
    pub(super) fn new(why: &'static str) -> Self {
        let (until, dropped) = channel();
        // Without a thread the run is not worse off than on a system that cannot be asked.
        if let Err(error) =
            std::thread::Builder::new().name("awake".into()).spawn(move || hold(why, &dropped))
        {
            tracing::debug!(%error, "nothing keeps the computer awake");
        }
        Self { _until: until }
    }
}

fn hold(why: &str, dropped: &Receiver<()>) {
    let ask = |sleep: bool| {
        keepawake::Builder::default()
            .idle(true)
            .sleep(sleep)
            .reason(why)
            .app_name("Holdfast")
            .app_reverse_domain("app.holdfast")
            .create()
    };
    // Not everybody may forbid a sleep that a program asks for; an idle computer is the usual case.
    match ask(true).or_else(|_| ask(false)) {
        Ok(held) => {
            // Ends when the other side is dropped.
            let _ = dropped.recv();
            drop(held);
        }
        Err(error) => tracing::debug!(%error, "nothing keeps the computer awake"),
    }
}
