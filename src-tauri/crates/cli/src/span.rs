//! Spans of time as people type them: `15m`, `24h`, `7d`.

const UNITS: [(char, i64); 5] =
    [('s', 1_000), ('m', 60_000), ('h', 3_600_000), ('d', 86_400_000), ('w', 7 * 86_400_000)];

/// Milliseconds of a span: a whole number and a unit.
pub(crate) fn span(text: &str) -> Result<i64, String> {
    let wrong = || format!("{text:?} is no span of time: give a number and a unit, as in 15m, 24h, 7d or 2w");
    let whole = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.is_empty();
    if let Some(digits) = text.strip_suffix("ms").filter(|digits| whole(digits)) {
        return digits.parse().ok().filter(|ms| *ms > 0).ok_or_else(wrong);
    }
    let (at, unit) = text.char_indices().last().ok_or_else(wrong)?;
    let (_, unit_ms) = UNITS.into_iter().find(|(letter, _)| *letter == unit).ok_or_else(wrong)?;
    let digits = &text[..at];
    if !whole(digits) {
        return Err(wrong());
    }
    let number: i64 = digits.parse().map_err(|_| wrong())?;
    number.checked_mul(unit_ms).filter(|ms| *ms > 0).ok_or_else(wrong)
}

/// A span that somebody wants (milliseconds), or `none`, which takes one away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wish(pub(crate) Option<i64>);

/// A span, or `none`.
pub(crate) fn span_or_none(text: &str) -> Result<Wish, String> {
    if text == "none" { Ok(Wish(None)) } else { span(text).map(|ms| Wish(Some(ms))) }
}

/// A span in its largest whole unit: `15 min`, `24 h`, `7 days`.
pub(crate) fn words(ms: i64) -> String {
    const UNITS: [(i64, &str); 3] = [(86_400_000, "day"), (3_600_000, "h"), (60_000, "min")];
    let whole =
        UNITS.into_iter().find(|(unit_ms, unit)| ms % unit_ms == 0 && (*unit != "day" || ms > *unit_ms));
    let (unit_ms, unit) = whole.unwrap_or((60_000, "min"));
    let plural = if unit == "day" { "s" } else { "" };
    format!("{} {unit}{plural}", ms / unit_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_and_a_unit_and_nothing_else_is() {
        assert_eq!(
            (span("15m"), span("7d"), span_or_none("none")),
            (Ok(900_000), Ok(604_800_000), Ok(Wish(None)))
        );
        assert_eq!(span("1500ms"), Ok(1500));
        for wrong in [
            "",
            "7",
            "ms",
            "0ms",
            "-1ms",
            "d",
            "0h",
            "-1h",
            "+1h",
            "1.5h",
            "1 h",
            "1y",
            "99999999999999999h",
            "7д",
        ] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_span_reads_in_its_largest_whole_unit() {
        let read = [900_000, 3_600_000, 86_400_000, 604_800_000, 5_400_000].map(words);
        assert_eq!(read, ["15 min", "1 h", "24 h", "7 days", "90 min"]);
    }
}
