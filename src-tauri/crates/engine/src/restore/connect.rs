//! How a person connects to what was restored: a line for a shell.

use base::words::argument_words;
use postgres::connection::Settings;

/// The port of this computer at which `ssh` begins its way; one that few programs use.
const NEAR: u16 = 15_432;

/// The line; it holds no password.
pub(super) fn connect_words(settings: &Settings) -> String {
    let psql = |url: &str| format!("psql {}", argument_words(url));
    let Some(ssh) = &settings.ssh else { return psql(&settings.redacted_url()) };
    // The host keeps its name, which its certificate has; the address is that of the near end.
    let near = Settings { port: NEAR, ssh: None, ..settings.clone() };
    let url = format!("{}&hostaddr=127.0.0.1", near.redacted_url());
    let host =
        if settings.host.contains(':') { format!("[{}]", settings.host) } else { settings.host.clone() };
    let forward = argument_words(&format!("127.0.0.1:{NEAR}:{host}:{}", settings.port));
    let key = ssh.key.as_ref().map(|key| format!("-i {} ", argument_words(key.as_str()))).unwrap_or_default();
    let account = argument_words(&format!("ssh://{ssh}"));
    format!("ssh -f -N -o ExitOnForwardFailure=yes {key}-L {forward} {account} && {}", psql(&url))
}

#[cfg(test)]
mod tests {
    use super::*;
    use postgres::connection::parse;

    #[test]
    fn what_is_behind_an_ssh_server_is_not_looked_for_on_this_computer() {
        let straight = parse("postgresql://reader@localhost:5432/shop?sslmode=verify-full").unwrap().settings;
        assert_eq!(
            connect_words(&straight),
            "psql 'postgresql://reader@localhost:5432/shop?sslmode=verify-full'"
        );
        let mut ssh: ssh::Address = "admin@gate.example:2222".parse().unwrap();
        ssh.key = Some("/home/me/a key".into());
        let behind = Settings { ssh: Some(ssh), ..straight };
        assert_eq!(
            connect_words(&behind),
            "ssh -f -N -o ExitOnForwardFailure=yes -i '/home/me/a key' -L 127.0.0.1:15432:localhost:5432 \
             ssh://admin@gate.example:2222 && \
             psql 'postgresql://reader@localhost:15432/shop?sslmode=verify-full&hostaddr=127.0.0.1'"
        );
    }
}
