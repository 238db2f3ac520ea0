//! Where the database of a project on a platform is, as the platform says.

use std::collections::BTreeMap;

use base::Code;
use contract::api;
use contract::connection::{ConnectionView, DatabaseAddressesView};
use contract::error::UserError;
use contract::platform::AskAccount;
use postgres::connection::Settings;

use super::{PlatformSource, ask_for_platform};
use crate::console::Console;
use crate::error::failure;
use crate::table::{pairs, parts};

/// The address to connect to, and what signed in at the platform to learn it. It is shown before a password is asked for.
pub(super) async fn find(
    console: &Console<'_>,
    platform: &PlatformSource,
) -> Result<(ConnectionView, BTreeMap<String, String>), UserError> {
    let (settings, mut credentials) = (platform.settings()?, platform.credentials()?);
    if let Some(settings) = &settings {
        ask_for_platform(settings, &mut credentials).await?;
    }
    let account = AskAccount { platform: settings, credentials: credentials.clone(), project: None };
    let found = api::platform_database(&console.engine, account).await?;
    console.output.say(&address_words(&found));
    // The server itself cannot be reached from most networks.
    match found.session_pooler.or(found.direct) {
        Some(connection) => Ok((connection, credentials)),
        None => Err(failure(
            Code::PlatformCannot,
            "the platform does not say where the project's database is",
            "Give its address with --postgres URL.",
        )),
    }
}

/// The addresses, for people.
pub(crate) fn address_words(found: &DatabaseAddressesView) -> String {
    let url = |connection: &Option<ConnectionView>| {
        connection.clone().map(|connection| Settings::from(connection).redacted_url()).unwrap_or_default()
    };
    let addresses =
        pairs(&[("Session pooler", url(&found.session_pooler)), ("Server itself", url(&found.direct))]);
    if addresses.is_empty() {
        let none = "The platform does not say where the project's database is.".to_owned();
        return parts(&[none, found.notes.join("\n")]);
    }
    parts(&[addresses, found.notes.join("\n")])
}
