//! Figures and errors as people read them.

/// Bytes for people: three significant digits, decimal units.
pub fn bytes_words(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 || value >= 99.95 {
        format!("{value:.0} {}", UNITS[unit])
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// A count for people: `73,856`.
pub fn count_words(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun: `1 table`, `11 tables`.
pub fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count_words(count))
}

/// The first of many, and how many more there are: `a, b, and 3 more`.
pub fn first_of(all: &[String], max: usize, separator: &str) -> String {
    let named = all.iter().take(max).map(String::as_str).collect::<Vec<_>>().join(separator);
    match all.len().saturating_sub(max) {
        0 => named,
        more => format!("{named}{separator}and {more} more"),
    }
}

/// A moment for people, in the local time zone: `21 Nov 2026 03:58:38`.
pub fn moment_words(millis: i64) -> String {
    let moment = jiff::Timestamp::from_millisecond(millis).unwrap_or_default();
    moment.to_zoned(jiff::tz::TimeZone::system()).strftime("%-d %b %Y %H:%M:%S").to_string()
}

/// A day for people, in the local time zone: `21 Nov 2026`.
pub fn day_words(millis: i64) -> String {
    let moment = jiff::Timestamp::from_millisecond(millis).unwrap_or_default();
    moment.to_zoned(jiff::tz::TimeZone::system()).strftime("%-d %b %Y").to_string()
}

/// A moment for paper, which travels: to the minute, with its zone.
pub fn zoned_words(millis: i64) -> String {
    let moment = jiff::Timestamp::from_millisecond(millis).unwrap_or_default();
    moment.to_zoned(jiff::tz::TimeZone::system()).strftime("%-d %b %Y %H:%M %Z").to_string()
}

/// A long span of time for people: `45 min`, `9 h`, `2 h 14 min`, `3 d 4 h`.
pub fn age_words(ms: i64) -> String {
    let minutes = ms.max(0) / 60_000;
    let (hours, days) = (minutes / 60, minutes / 1440);
    let two =
        |one: String, rest: i64, unit: &str| if rest == 0 { one } else { format!("{one} {rest} {unit}") };
    match minutes {
        0 => span_words(ms),
        1..60 => format!("{minutes} min"),
        60..2880 => two(format!("{hours} h"), minutes % 60, "min"),
        _ => two(format!("{days} d"), hours % 24, "h"),
    }
}

/// A span of time for people: `0.8 s`, `2 min 05 s`, `3 h 12 min`.
pub fn span_words(ms: i64) -> String {
    let ms = ms.max(0);
    let seconds = ms / 1000;
    match seconds {
        0..10 => format!("{seconds}.{} s", ms % 1000 / 100),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// An error's text with the causes that it leaves to its sources.
pub fn full_text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = inner.source();
    }
    text
}

/// An argument as a person can paste it into a command line. Whatever any shell may take for something else is
/// quoted: `?` names files, `&` ends a command, and a word that begins with `=` is another program's path in zsh.
pub fn argument_words(text: &str) -> String {
    let is_plain = !text.is_empty()
        && !text.starts_with('=')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/:@=+".contains(c));
    if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_people_write_them() {
        assert_eq!(counted(1, "table"), "1 table");
        assert_eq!(counted(12_491_902, "row"), "12,491,902 rows");
        assert_eq!(count_words(999), "999");
        assert_eq!(bytes_words(950), "950 B");
        assert_eq!(bytes_words(4_950_906), "5.0 MB");
        assert_eq!(bytes_words(999_600), "1.0 MB");
    }

    #[test]
    fn an_argument_that_a_shell_would_read_is_quoted() {
        for plain in ["shop@latest", "--tables=a.b", "/srv/backups/x_1.dump", "postgres://u@h:5432/d", "1+1"]
        {
            assert_eq!(argument_words(plain), plain);
        }
        let url = "postgres://u@h:5432/d?sslmode=verify-full&sslrootcert=/etc/own.pem";
        assert_eq!(argument_words(url), format!("'{url}'"));
        for odd in
            ["", "=ls", "a b", "*", "~", "$(x)", "`x`", "a;b", "a|b", "<x>", "#x", "!x", "{a,b}", "größe"]
        {
            assert_eq!(argument_words(odd), format!("'{odd}'"), "{odd}");
        }
        assert_eq!(argument_words("it's"), "'it'\\''s'");
    }
}
