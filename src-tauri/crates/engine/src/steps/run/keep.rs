//! What came of the steps, kept with the run: before anything else is done, without the secrets that it knows.

use super::Run;
use base::Code;
use base::failure::Failure;
use base::secret::Secret;
use ledger::event::Topic;
use ledger::job::{StepTime, WaitsFor};

/// What was said is kept to a length that a list can show.
const SAID_CHARACTERS_MAX: usize = 800;
/// A shorter text is in too many words by chance to be taken out of what was said.
const SECRET_BYTES_MIN: usize = 3;
/// The same for one word of a secret.
const SECRET_WORD_BYTES_MIN: usize = 8;

/// Whether a step is done whose note cannot be kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Note {
    /// First it is kept, so that a kill cannot outrun it.
    First,
    /// It is done all the same: a disk that is full is no reason to leave a project paused.
    IfItCan,
}

impl Run<'_> {
    /// What became of a note: where the steps go on without it, it is said at their end.
    pub(super) fn noted(&mut self, note: Note, kept: Result<(), Failure>) -> Result<(), Failure> {
        let Err(failure) = kept else { return Ok(()) };
        if note == Note::First {
            return Err(failure);
        }
        let words = format!("what came of the steps cannot be kept, and they go on: {}", failure.message);
        self.of.context.warn(StepTime::After.as_str(), words);
        self.unkept.get_or_insert(failure);
        Ok(())
    }

    /// Keeps the results with the restore before anything else is done, so that a kill cannot outrun them.
    pub(super) async fn keep(&self, waits_for: Option<WaitsFor>) -> Result<(), Failure> {
        let text = serde_json::to_string(&self.results)
            .map_err(|error| Failure::new(Code::Internal, error.to_string(), "Report this."))?;
        self.of.profile.catalog.set_restore_steps(self.of.context.id(), &text).await?;
        let is_new = self.of.context.show_steps(&self.results, waits_for);
        // What goes on at a platform is no restore of this computer's: its run alone knows of it.
        self.of.profile.jobs.keep(self.of.context).await?;
        if is_new {
            self.of.profile.jobs.changed(&[Topic::Jobs]);
        }
        Ok(())
    }

    /// What was said without the secrets that this run knows, and not too long.
    pub(super) fn redacted(&self, said: String) -> String {
        let password = self.of.target.iter().filter_map(|target| target.password.as_ref());
        let said = self.secrets.values().chain(password).fold(said, |said, secret| redacted(&said, secret));
        let said: String = said.chars().filter(|letter| !letter.is_control()).collect();
        match said.char_indices().nth(SAID_CHARACTERS_MAX) {
            Some((end, _)) => format!("{}…", &said[..end]),
            None => said,
        }
    }
}

/// A text without a secret that it may repeat, whole or without the word before it, as in `Bearer …`.
pub(in crate::steps) fn redacted(said: &str, secret: &Secret) -> String {
    let whole = secret.expose();
    let words = whole.split_whitespace().filter(|word| word.len() >= SECRET_WORD_BYTES_MIN);
    let parts = std::iter::once(whole).filter(|whole| whole.len() >= SECRET_BYTES_MIN).chain(words);
    parts.fold(said.to_owned(), |said, part| said.replace(part, "****"))
}
