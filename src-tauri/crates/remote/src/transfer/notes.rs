//! Sentences for the log, each kind of them a few times only.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// A link that runs out every two seconds must not fill a log.
const SAID_MAX: u32 = 3;

/// What is said about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    Journal,
    Ranges,
    Changed,
    Link,
    Again,
    Coding,
    Length,
    Sleep,
    Slower,
}

/// Collects them, and hands them on.
pub(super) struct Notes<'a> {
    name: &'a str,
    on_note: &'a (dyn Fn(&str) + Send + Sync),
    said: Mutex<(BTreeMap<About, u32>, Vec<String>)>,
}

impl<'a> Notes<'a> {
    pub(super) fn new(name: &'a str, on_note: &'a (dyn Fn(&str) + Send + Sync)) -> Self {
        Self { name, on_note, said: Mutex::default() }
    }

    /// Says it, unless it was said often enough. It must not hold an address.
    pub(super) fn say(&self, about: About, text: &str) {
        let text = {
            let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
            let times = said.0.entry(about).or_default();
            *times += 1;
            if *times > SAID_MAX {
                return;
            }
            let more = if *times == SAID_MAX { " (this is not said again)" } else { "" };
            let text = format!("{}: {text}{more}", self.name);
            said.1.push(text.clone());
            text
        };
        (self.on_note)(&text);
    }

    /// All that was said.
    pub(super) fn all(&self) -> Vec<String> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }
}
