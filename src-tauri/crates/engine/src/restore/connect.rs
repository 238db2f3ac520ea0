//! How a person connects to what was restored: a line for a shell.

use base::words::argument_words;
use postgres::connection::Settings;

/// The port of this computer at which `ssh` begins its way; one that few programs use.
const NEAR: u16 = 15_432;

/// The line; it holds no password.
pub(super) fn connect_words(settings: &Settings) -> String {
    let psql = |url: &str| format!("psql {}", argument_words(url));
    if let Some(container) = &settings.container {
        return within(settings, container);
    }
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

/// The line that runs `psql` inside of a container.
fn within(settings: &Settings, container: &ssh::Container) -> String {
    let psql = argument_words(&settings.redacted_url());
    let inner = format!("docker exec -it {} psql {psql}", argument_words(&container.to_string()));
    let Some(ssh) = &settings.ssh else { return inner };
    let key = ssh.key.as_ref().map(|key| format!("-i {} ", argument_words(key.as_str()))).unwrap_or_default();
    format!("ssh -t {key}{} {}", argument_words(&format!("ssh://{ssh}")), argument_words(&inner))
}

#[cfg(test)]
mod tests {
    use super::*;
    use postgres::connection::parse;

    #[test]
    fn what_is_in_a_container_is_reached_from_inside_of_it() {
        let mut settings = parse("postgresql://postgres@localhost:5432/shop").unwrap().settings;
        settings.container = Some(ssh::Container::new("shop-db"));
        let inner = "docker exec -it shop-db psql 'postgresql://postgres@localhost:5432/shop?sslmode=prefer'";
        assert_eq!(connect_words(&settings), inner);
        settings.ssh = Some("admin@gate.example".parse().unwrap());
        let outer = connect_words(&settings);
        assert!(
            outer.starts_with("ssh -t ssh://admin@gate.example 'docker exec -it shop-db psql "),
            "{outer}"
        );
    }

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
