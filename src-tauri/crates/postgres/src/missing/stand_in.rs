//! Statements that make stand-ins for an extension. They are built of names, each quoted, and of nothing else.
//!
//! A type that only its extension understands takes any text and gives it back. Its functions are those of `text`: they
//! know no rows and reach nothing. Whoever makes them has to be a superuser, as on a private server.

use super::{ExtensionPart, OwnColumn, OwnType, TypeForm, TypeName};
use crate::target::{quote_identifier, quote_literal};

/// Schemas that are there in every database.
const THERE: [&str; 2] = ["pg_catalog", "information_schema"];

/// Everything that stands in for it.
pub(super) fn statements(part: &ExtensionPart) -> String {
    let mut all = Vec::new();
    let tables = part.tables.iter().map(|table| &table.schema);
    let sequences = part.sequences.iter().map(|(schema, _)| schema);
    let mut schemas: Vec<&String> = part
        .schemas
        .iter()
        .chain(part.types.iter().map(|one| &one.schema))
        .chain(tables)
        .chain(sequences)
        .collect();
    schemas.sort();
    schemas.dedup();
    for schema in schemas.into_iter().filter(|schema| !THERE.contains(&schema.as_str())) {
        all.push(format!("CREATE SCHEMA IF NOT EXISTS {};", quote_identifier(schema)));
    }
    for own in &part.types {
        all.push(of_type(own));
    }
    for table in &part.tables {
        let name = qualified(&table.schema, &table.name);
        all.push(format!("CREATE TABLE {name} ({});", columns(&table.columns)));
    }
    for (schema, name) in &part.sequences {
        // Wherever it stood, it can stand here.
        let limits = format!("MINVALUE {} MAXVALUE {}", i64::MIN, i64::MAX);
        all.push(format!("CREATE SEQUENCE {} {limits};", qualified(schema, name)));
    }
    all.join("\n")
}

/// A type of the user's that is made of the extension's: it takes text too.
pub(super) fn opaque(schema: &str, name: &str) -> String {
    let form = TypeForm::Opaque { delimiter: ',', is_collatable: false, has_modifier: false };
    of_type(&OwnType { schema: schema.to_owned(), name: name.to_owned(), form })
}

fn of_type(own: &OwnType) -> String {
    let name = qualified(&own.schema, &own.name);
    match &own.form {
        TypeForm::Enum { labels } => {
            let labels: Vec<String> = labels.iter().map(|label| quote_literal(label)).collect();
            format!("CREATE TYPE {name} AS ENUM ({});", labels.join(", "))
        }
        TypeForm::Domain { of } => format!("CREATE DOMAIN {name} AS {};", type_name(of)),
        TypeForm::Composite { attributes } => format!("CREATE TYPE {name} AS ({});", columns(attributes)),
        TypeForm::Opaque { delimiter, is_collatable, has_modifier } => {
            of_opaque(own, *delimiter, *is_collatable, *has_modifier)
        }
    }
}

fn of_opaque(own: &OwnType, delimiter: char, is_collatable: bool, has_modifier: bool) -> String {
    let name = qualified(&own.schema, &own.name);
    // A name of its own, so that no function of the user's is in the way.
    let of = |what: &str| qualified(&own.schema, &format!("{} holdfast {what}", own.name));
    let (input, output, modifier) = (of("in"), of("out"), of("modifier"));
    let mut made = format!(
        "CREATE TYPE {name};\n\
         CREATE FUNCTION {input}(cstring, oid, int4) RETURNS {name} LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textin';\n\
         CREATE FUNCTION {output}({name}) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';\n"
    );
    let mut more = format!("DELIMITER = {}", quote_literal(&delimiter.to_string()));
    if has_modifier {
        // Whatever the modifiers are: the type keeps all values alike.
        made = format!(
            "{made}CREATE FUNCTION {modifier}(cstring[]) RETURNS int4 LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'array_ndims';\n"
        );
        more = format!("TYPMOD_IN = {modifier}, {more}");
    }
    if is_collatable {
        more = format!("{more}, COLLATABLE = true");
    }
    format!(
        "{made}CREATE TYPE {name} (INPUT = {input}, OUTPUT = {output}, INTERNALLENGTH = variable, \
         STORAGE = extended, {more});"
    )
}

fn columns(columns: &[OwnColumn]) -> String {
    let each =
        columns.iter().map(|column| format!("{} {}", quote_identifier(&column.name), type_name(&column.of)));
    each.collect::<Vec<_>>().join(", ")
}

fn type_name(of: &TypeName) -> String {
    let array = if of.is_array { "[]" } else { "" };
    format!("{}{array}", qualified(&of.schema, &of.name))
}

fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", quote_identifier(schema), quote_identifier(name))
}
