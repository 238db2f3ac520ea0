//! Health through the front doors: what is wrong is named, with its reason and the act, and nothing else is.

mod figures;
mod shape;
mod troubles;

use engine::health::{Code, Finding, Health};
use testkit::Console;

/// The finding about `code`; there is one.
pub(crate) fn finding(health: &Health, code: Code) -> &Finding {
    let found: Vec<&Finding> = health.findings.iter().filter(|one| one.code == code).collect();
    let [one] = found[..] else { panic!("one finding about {code:?} in {found:?}") };
    one
}

pub(crate) async fn health(console: &Console) -> Health {
    console.engine.health(None).await.unwrap()
}
