//! Every failure that a person can meet has a code of its own, and a hint.

mod profile;
mod reaching;
mod restoring;
mod vault;

use base::Code;
use engine::Failure;

/// Checks a failure's code, and that it says what was seen and what to do.
fn assert_code(failure: &Failure, code: Code) {
    assert_eq!(failure.code, code, "{failure:?}");
    assert!(!failure.message.is_empty() && !failure.message.ends_with('.'), "{failure:?}");
    assert!(failure.hint.as_ref().is_some_and(|hint| hint.len() > 10), "{failure:?}");
}
