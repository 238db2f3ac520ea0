//! What is missing, and how it is said.

use super::*;

fn part(name: &str, requires: &[&str]) -> ExtensionPart {
    ExtensionPart {
        name: name.into(),
        requires: requires.iter().map(|&one| one.to_owned()).collect(),
        ..ExtensionPart::default()
    }
}

#[test]
fn an_extension_that_needs_a_missing_one_is_missing_too() {
    let parts = [part("a", &[]), part("b", &["a"]), part("c", &["b"]), part("d", &[])];
    let there = ["b", "c", "d"].map(str::to_owned).into();
    assert_eq!(missing(&parts, &there).into_iter().collect::<Vec<_>>(), ["a", "b", "c"]);
}

#[test]
fn what_is_left_out_is_counted_by_kind_and_extension() {
    let limit = |kind: &str, extension: &str| Limit {
        kind: kind.into(),
        name: String::new(),
        extension: extension.into(),
    };
    let all = [
        limit("extension", "x"),
        limit("index", "vector"),
        limit("index", "vector"),
        limit("policy", "y"),
        limit("policy", "y"),
    ];
    assert_eq!(summary(&all), "2 indexes (vector), 2 policies (y)");
    assert_eq!(summary(&[limit("extension", "x"), limit("extension", "y")]), "the extensions x, y");
}
