//! The way to a database by SSH, or into a container, as a person entered it.

use base::failure::Failure;
use postgres::connection::Settings;

/// 32 bytes in base64, without padding.
const FINGERPRINT_LENGTH: usize = 43;

/// Refuses a way by SSH, or into a container, that could never be taken.
pub(super) fn checked_way(settings: &Settings) -> Result<(), Failure> {
    if settings.is_by_a_way() && settings.socket_directory().is_some() {
        return Err(Failure::invalid(
            "a socket's directory cannot be reached by SSH, nor from inside a container",
            "Give the host as it is seen there, for instance localhost.",
        ));
    }
    if let Some(Err(error)) = settings.container.as_ref().map(ssh::Container::check) {
        return Err(Failure::invalid(error.to_string(), "`docker ps` shows the names of those that run."));
    }
    match &settings.ssh {
        Some(address) => checked_account(address),
        None => Ok(()),
    }
}

fn checked_account(address: &ssh::Address) -> Result<(), Failure> {
    // As it would have been read from a command line. What was typed may be a password, and is not repeated.
    let why = match address.to_string().parse::<ssh::Address>() {
        Ok(read) if read.is_same_account(address) => None,
        Ok(_) => Some("the SSH server and the account are not written as they are meant".to_owned()),
        Err(error) => Some(error.to_string()),
    };
    let Some(why) = why else {
        let is_odd =
            |key: &str| key.strip_prefix("SHA256:").is_none_or(|hash| hash.len() != FINGERPRINT_LENGTH);
        return match &address.host_key {
            Some(key) if is_odd(key) => Err(Failure::invalid(
                format!("{key:?} is not the fingerprint of a key"),
                "It begins with SHA256: and is what `ssh-keygen -lf FILE.pub` prints.",
            )),
            _ => Ok(()),
        };
    };
    Err(Failure::invalid(why, "Give it as USER@HOST or USER@HOST:PORT."))
}
