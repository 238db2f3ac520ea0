//! Counts, sizes and addresses as people read them.

use std::net::IpAddr;

/// `one table`, `12 tables`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    match number {
        0 => format!("no {many}"),
        1 => format!("one {one}"),
        _ => format!("{number} {many}"),
    }
}

/// `14.6 MB`. Decimal units, as the rest of the application shows them.
pub(super) fn bytes(number: u64) -> String {
    const UNITS: [(&str, u64); 4] =
        [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    let Some((unit, size)) = UNITS.iter().find(|(_, size)| number >= *size) else {
        return format!("{number} B");
    };
    let tenths = u128::from(number) * 10 / u128::from(*size);
    if tenths >= 100 {
        format!("{} {unit}", tenths / 10)
    } else {
        format!("{}.{} {unit}", tenths / 10, tenths % 10)
    }
}

/// `40 ms`, `1.2 s`, `3 min`.
pub(super) fn milliseconds(number: u64) -> String {
    match number {
        0..=999 => format!("{number} ms"),
        1_000..=59_999 => format!("{}.{} s", number / 1000, number % 1000 / 100),
        _ => format!("{} min", number / 60_000),
    }
}

/// `db.example has one address, on IPv6 only`.
pub(super) fn addresses(host: &str, (v4, v6): (usize, usize)) -> String {
    if host.parse::<IpAddr>().is_ok() {
        return format!("{host} is an address");
    }
    let all = count(v4 + v6, "address", "addresses");
    match (v4, v6) {
        (_, 0) => format!("{host} has {all}, on IPv4"),
        (0, _) => format!("{host} has {all}, on IPv6 only"),
        _ => format!("{host} has {all}, on IPv4 and IPv6"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_like_the_rest_of_the_application() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_450), "1.4 kB");
        assert_eq!(bytes(214_000_000), "214 MB");
        assert_eq!(bytes(u64::MAX), "18446744 TB");
    }

    #[test]
    fn addresses_say_when_there_is_only_ipv6() {
        assert_eq!(addresses("db", (0, 1)), "db has one address, on IPv6 only");
        assert_eq!(addresses("db", (2, 1)), "db has 3 addresses, on IPv4 and IPv6");
        assert_eq!(addresses("10.0.0.1", (1, 0)), "10.0.0.1 is an address");
    }

    #[test]
    fn times_are_short() {
        assert_eq!(milliseconds(40), "40 ms");
        assert_eq!(milliseconds(1_250), "1.2 s");
        assert_eq!(milliseconds(180_000), "3 min");
    }
}
