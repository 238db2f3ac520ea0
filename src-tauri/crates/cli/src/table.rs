//! Aligned columns, and names with values.

/// On which side of a column its text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Words.
    Left,
    /// Figures.
    Right,
}

/// Rows under headings, two spaces apart; the last column is not filled up.
pub(crate) fn table(columns: &[(&str, Side)], rows: &[Vec<String>]) -> String {
    let width = |index: usize| {
        let cells = rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.chars().count());
        cells.chain([columns[index].0.chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let heading: Vec<String> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    let lines: Vec<String> =
        std::iter::once(&heading).chain(rows).map(|row| line(columns, &widths, row)).collect();
    lines.join("\n")
}

fn line(columns: &[(&str, Side)], widths: &[usize], row: &[String]) -> String {
    let cells = row.iter().zip(columns.iter().zip(widths));
    let text = cells.map(|(cell, ((_, side), width))| match side {
        Side::Left => format!("{cell:<width$}"),
        Side::Right => format!("{cell:>width$}"),
    });
    text.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

/// Names and values below each other; what is empty is left out.
pub(crate) fn pairs(pairs: &[(&str, String)]) -> String {
    let shown = || pairs.iter().filter(|(_, value)| !value.is_empty());
    let width = shown().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    shown().map(|(name, value)| format!("{name:<width$}  {value}")).collect::<Vec<_>>().join("\n")
}

/// A heading with sentences under it; nothing when there are none.
pub(crate) fn listed(heading: &str, sentences: &[String]) -> String {
    if sentences.is_empty() {
        return String::new();
    }
    let lines: Vec<String> = sentences.iter().map(|sentence| format!("  - {sentence}")).collect();
    format!("{heading}\n{}", lines.join("\n"))
}

/// Parts with an empty line between them; empty ones are left out.
pub(crate) fn parts(parts: &[String]) -> String {
    parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_do_not_end_in_spaces() {
        let rows = [vec!["a".into(), "1".into()], vec!["long".into(), "1,000".into()]];
        let text = table(&[("NAME", Side::Left), ("ROWS", Side::Right)], &rows);
        assert_eq!(text, "NAME   ROWS\na         1\nlong  1,000");
    }

    #[test]
    fn empty_values_and_empty_parts_are_left_out() {
        assert_eq!(pairs(&[("Name", "x".into()), ("Longer", String::new())]), "Name  x");
        assert_eq!(parts(&[listed("Look", &[]), "b".into()]), "b");
    }
}
