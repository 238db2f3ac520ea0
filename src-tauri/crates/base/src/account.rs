//! Who and where: the account that runs us, and the name of this computer.

/// The account that runs us, as the system calls it.
#[cfg(unix)]
pub(crate) fn this_account() -> Option<String> {
    let uid = rustix::process::getuid().as_raw().to_string();
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _, id) = (fields.next()?, fields.next()?, fields.next()?);
        (id == uid).then(|| name.to_owned())
    });
    // Directory services know accounts that the file does not.
    named.or_else(|| std::env::var("USER").ok()).filter(|name| !name.is_empty())
}

/// The account that runs us, as the system calls it.
#[cfg(not(unix))]
pub(crate) fn this_account() -> Option<String> {
    std::env::var("USERNAME").ok().filter(|name| !name.is_empty())
}

/// The name of this computer.
pub fn this_host() -> String {
    let name = gethostname::gethostname().to_string_lossy().into_owned();
    if name.is_empty() { "localhost".into() } else { name }
}

/// The name of this account, for people.
pub fn this_user() -> String {
    this_account().unwrap_or_else(|| "unknown".into())
}
