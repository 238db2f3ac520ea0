//! Looks at files that go on, by the name by which they can be ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

/// The looks of this process, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Looks(Arc<Mutex<HashMap<String, CancellationToken>>>);

impl Looks {
    /// Begins one. It ends with what is given back, also where that is dropped half-way.
    pub(crate) fn begin(&self, id: Option<String>) -> Look {
        let token = CancellationToken::new();
        if let Some(id) = &id {
            self.known().insert(id.clone(), token.clone());
        }
        Look { looks: self.clone(), id, token }
    }

    /// Ends one. One that has ended already, or is not known, needs nothing.
    pub(crate) fn stop(&self, id: &str) {
        if let Some(token) = self.known().get(id) {
            token.cancel();
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A look that goes on.
#[derive(Debug)]
pub(crate) struct Look {
    looks: Looks,
    id: Option<String>,
    pub(crate) token: CancellationToken,
}

impl Drop for Look {
    fn drop(&mut self) {
        // Whoever reads for somebody who is gone ends at its next chunk.
        self.token.cancel();
        if let Some(id) = &self.id {
            self.looks.known().remove(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_ended_by_its_name_and_by_nobody_waiting_for_it_and_then_forgotten() {
        let looks = Looks::default();
        let (one, other) = (looks.begin(Some("one".into())), looks.begin(None));
        looks.stop("other");
        assert!(!one.token.is_cancelled());
        looks.stop("one");
        assert!(one.token.is_cancelled() && !other.token.is_cancelled());
        let token = other.token.clone();
        drop((one, other));
        assert!(token.is_cancelled() && looks.known().is_empty());
    }
}
