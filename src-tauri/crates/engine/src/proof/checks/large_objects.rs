//! Large objects: their number, bytes, and if the manifest has it, their fingerprint.

use super::super::check::Begun;
use super::Looked;
use base::words::{bytes_words, count_words};
use ledger::job::Check;
use postgres::connection::Session;
use postgres::facts;

pub(super) async fn check(looked: &Looked<'_>, session: &Session) -> Check {
    let begun = Begun::new("large_objects", "Large objects");
    if matches!(looked.selection, super::Selection::Tables(_)) {
        return begun.not_checked("Only the chosen tables were brought back.");
    }
    let Some(of) = &looked.manifest.database else {
        return begun.not_checked("The backup holds no database.");
    };
    let token = looked.context.token();
    let found = match facts::fingerprint_large_objects(&session.client, &|| token.is_cancelled()).await {
        Ok(found) => found,
        Err(error) => return begun.inconclusive(format!("They could not be read: {error}.")),
    };
    let (count, bytes) = of.large_objects;
    let expected = of.large_objects_fingerprint.as_deref();
    let mut findings = Vec::new();
    if (found.count, found.bytes) != (count, bytes) {
        let (there, held) = (found.count, found.bytes);
        findings.push(format!(
            "{there} large objects of {held} bytes are there, the backup holds {count} of {bytes}"
        ));
    } else if expected.is_some_and(|expected| expected != found.fingerprint_text()) {
        findings.push("the large objects' content differs".to_owned());
    }
    let done = match (count, expected) {
        (0, _) => "The backup holds none, and none is there.".to_owned(),
        (_, Some(_)) => format!("{}; number, size and fingerprint as in the manifest.", bytes_words(bytes)),
        (_, None) => {
            format!("{}; number and size as in the manifest, which has no fingerprint.", bytes_words(bytes))
        }
    };
    begun.judged(count_words(found.count), done, findings)
}
