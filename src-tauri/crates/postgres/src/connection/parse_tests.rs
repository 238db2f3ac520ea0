//! Connection strings as people paste them.

use proptest::prelude::*;

use super::*;

fn here() -> Defaults {
    Defaults { host: "/run/pg".into(), user: "me".into() }
}

fn read(text: &str) -> Parsed {
    parse_with(text, &here()).unwrap()
}

fn brief(text: &str) -> String {
    let Parsed { settings: s, password, .. } = read(text);
    let password = password.map(|secret| secret.expose().to_owned()).unwrap_or_default();
    format!("{}|{}|{}|{}|{}|{}", s.host, s.port, s.database, s.user, password, s.tls)
}

#[test]
fn connection_strings_are_read_as_libpq_reads_them() {
    for (text, expected) in [
        ("postgres://u:p@h:6543/d?sslmode=require", "h|6543|d|u|p|require"),
        ("postgresql://u@h", "h|5432|u|u||prefer"),
        ("postgresql://", "/run/pg|5432|me|me||prefer"),
        ("postgresql:///d", "/run/pg|5432|d|me||prefer"),
        ("postgresql://%2Fvar%2Frun%2Fpg:5433/d", "/var/run/pg|5433|d|me||prefer"),
        ("postgresql:///d?host=/var/run/pg&port=5433", "/var/run/pg|5433|d|me||prefer"),
        ("postgresql://[2001:db8::1]:5433/d", "2001:db8::1|5433|d|me||prefer"),
        ("postgres://a%40b:p%3Aw%2F@h/my%20shop", "h|5432|my shop|a@b|p:w/|prefer"),
        ("postgres://u:p@ss@h/d", "h|5432|d|u|p@ss|prefer"),
        ("postgres://u:a:b@h/d", "h|5432|d|u|a:b|prefer"),
        ("POSTGRES://h/d", "h|5432|d|me||prefer"),
        (
            "host=h port=1 dbname='my shop' user=u password='it\\'s' sslmode=verify-full",
            "h|1|my shop|u|it's|verify-full",
        ),
        ("hostaddr=10.0.0.1 user = u", "10.0.0.1|5432|u|u||prefer"),
        ("host=/tmp dbname=a\\ b", "/tmp|5432|a b|me||prefer"),
        ("psql \"postgresql://u@h/d\"", "h|5432|d|u||prefer"),
        ("DATABASE_URL=\"postgres://u:p@h/d\"", "h|5432|d|u|p|prefer"),
        ("postgres://u:[YOUR-PASSWORD]@h/d", "h|5432|d|u||prefer"),
        ("postgres://h/d?ssl=true", "h|5432|d|me||require"),
        ("postgres://h/d?sslrootcert=system", "h|5432|d|me||verify-full"),
    ] {
        assert_eq!(brief(text), expected, "{text}");
    }
}

#[test]
fn texts_that_are_no_connection_string_are_named_without_being_repeated() {
    for (text, expected) in [
        ("", ParseError::Empty),
        ("  ", ParseError::Empty),
        ("hunter2", ParseError::Unrecognised),
        ("mysql://u:hunter2@h/d", ParseError::Unrecognised),
        ("postgres://u:hunter2/x@h/d", ParseError::PasswordNeedsEncoding),
        ("postgres://u:hunter2?x@h/d", ParseError::PasswordNeedsEncoding),
        ("postgres://u:hunter2%zz@h/d", ParseError::BadEscape { part: "password" }),
        ("postgres://h:hunter2/d", ParseError::BadPort),
        ("postgres://h:0/d", ParseError::BadPort),
        ("postgres://[::1/d", ParseError::MissingBracket),
        ("postgres://2001:db8::1/d", ParseError::MissingBracket),
        ("postgres://a,b/d", ParseError::SeveralHosts),
        ("host=a password='hunter2", ParseError::UnterminatedQuote),
        ("host=a hunter2", ParseError::MissingValue),
        ("host=a sslmode=maybe", ParseError::UnknownTlsMode { value: "maybe".into() }),
    ] {
        let error = parse_with(text, &here()).unwrap_err();
        assert_eq!(error, expected, "{text}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{text}");
    }
}

#[test]
fn options_without_a_use_are_named() {
    assert_eq!(
        read("postgres://h/d?pgbouncer=true&connect_timeout=3").ignored,
        ["pgbouncer", "connect_timeout"]
    );
}

#[test]
fn a_parsed_password_does_not_print() {
    let printed = format!("{:?}", read("postgres://u:hunter2@h/d"));
    assert!(!printed.contains("hunter2"), "{printed}");
}

proptest! {
    #[test]
    fn parsing_never_panics(text in "\\PC{0,200}") {
        let _ = parse_with(&text, &here());
        let _ = parse_with(&format!("postgres://{text}"), &here());
        let _ = parse_with(&format!("host={text}"), &here());
    }

    #[test]
    fn a_redacted_url_reads_back_as_the_same_settings(
        host in prop_oneof!["[a-z][a-z0-9.-]{0,20}", "/[a-z/ ]{1,20}", Just("2001:db8::7".to_owned())],
        port in 1_u16..,
        database in "[^\\x00]{1,20}",
        user in "[^\\x00]{1,20}",
        root in proptest::option::of("/[a-z %&=]{1,20}"),
    ) {
        let settings = Settings {
            host, port, database, user, tls: TlsMode::VerifyCa,
            root_certificate: root.map(Utf8PathBuf::from),
            ssh: None,
            container: None,
        };
        let parsed = parse_with(&settings.redacted_url(), &here()).unwrap();
        prop_assert_eq!(parsed.settings, settings);
        prop_assert_eq!(parsed.password, None);
    }
}

#[test]
fn a_zero_byte_in_any_value_is_refused() {
    for key in ["host", "dbname", "user", "password", "sslrootcert"] {
        let text = format!("port=1 {key}=a\0b");
        assert!(parse_with(&text, &Defaults { host: "h".into(), user: "u".into() }).is_err(), "{text:?}");
    }
}
