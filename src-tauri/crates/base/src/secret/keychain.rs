//! The keychain of the operating system.
//!
//! A locked Secret Service without a prompter never answers, so each call runs on a blocking thread
//! and is waited for with a limit. The thread itself cannot be stopped; it ends when the service does.

use std::time::Duration;

use keyring::{Entry, Error};

use super::{Secret, SecretError};

/// The service under which all our entries stand.
const SERVICE: &str = "Holdfast";

async fn ask<T: Send + 'static>(
    wait: Duration,
    name: &str,
    call: impl FnOnce(&Entry) -> keyring::Result<T> + Send + 'static,
) -> Result<T, SecretError> {
    let user = name.to_owned();
    let task = tokio::task::spawn_blocking(move || {
        let entry = Entry::new(SERVICE, &user)?;
        call(&entry)
    });
    match tokio::time::timeout(wait, task).await {
        Err(_) => Err(SecretError::Locked { waited_s: wait.as_secs() }),
        Ok(Err(join)) => Err(SecretError::Keychain { what: join.to_string() }),
        Ok(Ok(Ok(value))) => Ok(value),
        Ok(Ok(Err(error))) => Err(explain(error, name)),
    }
}

fn explain(error: Error, name: &str) -> SecretError {
    match error {
        Error::NoEntry => SecretError::NotFound { name: name.to_owned() },
        Error::NoDefaultStore => match Entry::store_status() {
            Err(reason) => SecretError::Unavailable { what: reason.to_string() },
            Ok(()) => SecretError::Unavailable { what: "no default store".into() },
        },
        Error::NoStorageAccess(source) => {
            tracing::warn!(%source, "keychain gives no access");
            SecretError::Locked { waited_s: 0 }
        }
        other => SecretError::Keychain { what: other.to_string() },
    }
}

/// Stores `secret` under `name`.
pub(super) async fn put(wait: Duration, name: &str, secret: &Secret) -> Result<(), SecretError> {
    let secret = secret.clone();
    ask(wait, name, move |entry| entry.set_password(secret.expose())).await
}

/// Reads the secret `name`.
pub(super) async fn get(wait: Duration, name: &str) -> Result<Secret, SecretError> {
    ask(wait, name, |entry| entry.get_password().map(Secret::new)).await
}

/// Removes the secret `name`; it is well if there is none.
pub(super) async fn remove(wait: Duration, name: &str) -> Result<(), SecretError> {
    match ask(wait, name, Entry::delete_credential).await {
        Err(SecretError::NotFound { .. }) => Ok(()),
        other => other,
    }
}
