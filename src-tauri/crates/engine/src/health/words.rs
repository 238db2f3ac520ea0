//! Ages, goals and shares as text.

/// An age for people: `2 h 14 min`, `3 d 1 h`.
pub fn age_words(millis: i64) -> String {
    let minutes = (millis / 60_000).max(0);
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, 0) => "less than a minute".into(),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// A goal for people: whole days from two on, whole hours, below that minutes.
pub fn goal_words(millis: i64) -> String {
    match millis / 60_000 {
        minutes if minutes >= 2 * 1440 && minutes % 1440 == 0 => format!("{} d", minutes / 1440),
        minutes if minutes % 60 == 0 => format!("{} h", minutes / 60),
        minutes => format!("{minutes} min"),
    }
}

/// A message as a sentence: `Connection refused.`
pub(crate) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str().trim_end_matches('.'))
}

/// `12 %`; small shares keep a digit behind the point.
#[expect(clippy::cast_precision_loss, reason = "a few digits are shown")]
pub(crate) fn share_words(part: i64, whole: i64) -> String {
    if whole == 0 {
        return "0 %".into();
    }
    let percent = part as f64 * 100.0 / whole as f64;
    if percent.abs() < 10.0 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_goals_read_as_people_say_them() {
        assert_eq!(
            (age_words(40_000), age_words(8_040_000)),
            ("less than a minute".into(), "2 h 14 min".into())
        );
        assert_eq!((age_words(262_800_000), goal_words(5_400_000)), ("3 d 1 h".into(), "90 min".into()));
        assert_eq!((goal_words(86_400_000), goal_words(604_800_000)), ("24 h".into(), "7 d".into()));
        assert_eq!(sentence("connection refused"), "Connection refused.");
    }
}
