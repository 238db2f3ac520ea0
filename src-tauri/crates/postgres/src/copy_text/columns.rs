//! The list of columns of a statement.

/// The names in the first brackets of a text, those in quotes as they are: of `COPY s.t (a, "B") FROM stdin;`
/// they are `a` and `B`. None without brackets.
pub fn columns_in(text: &str) -> Vec<String> {
    let (mut columns, mut name) = (Vec::new(), String::new());
    let (mut is_quoted, mut is_inside) = (false, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                letters.next();
                name.push('"');
            }
            '"' => is_quoted = !is_quoted,
            '(' if !is_quoted && !is_inside => {
                is_inside = true;
                name.clear();
            }
            ',' | ')' if is_inside && !is_quoted => {
                columns.push(std::mem::take(&mut name));
                if letter == ')' {
                    return columns;
                }
            }
            _ if !is_quoted && letter.is_whitespace() => {}
            letter => name.push(letter),
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::columns_in;

    #[test]
    fn names_are_read_as_they_are_quoted() {
        assert_eq!(columns_in("COPY s.\"t (1)\" (id, \"B,\"\"c\", d) FROM stdin;"), ["id", "B,\"c", "d"]);
        assert_eq!(columns_in("COPY s.t FROM stdin;"), Vec::<String>::new());
        assert_eq!(columns_in("COPY s.t (id, b"), Vec::<String>::new());
    }
}
