//! Reads from the catalogue what belongs to extensions and what needs them, in the snapshot of a backup.

use std::collections::{BTreeMap, HashMap, HashSet};

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row};

use super::queries;
use super::{
    BesideFunction, Dependent, ExtensionPart, OwnColumn, OwnTable, OwnType, Part, TypeForm, TypeName,
};
use crate::custom_format::RightsKey;
use crate::facts::{FactsError, PLAIN_TEXT};

/// So many things that need an extension are no database that anybody could read a list of; a manifest that held them
/// would be larger than one may be.
const NODES_MAX: usize = 200_000;
/// No catalogue depends on itself so deep; what goes on is a mistake.
const LEVELS_MAX: usize = 200;
const WHAT: &str = "what needs the extensions";

/// `pg_class`, `pg_type`, `pg_namespace`: the same in every version.
const RELATION: u32 = 1259;
const TYPE: u32 = 1247;
const SCHEMA: u32 = 2615;

/// Something in the catalogue, and the extension that it needs.
type Node = (u32, u32, u32, i32);

/// Every extension of the database with what belongs to it and what needs it.
///
/// # Errors
/// `FactsError`; nothing is known of the extensions then. The session's settings are others afterwards.
#[crate::boxed]
pub async fn extension_parts(client: &Client) -> Result<Vec<ExtensionPart>, FactsError> {
    let failed = |source| FactsError::Query { what: WHAT, source };
    client.batch_execute(PLAIN_TEXT).await.map_err(failed)?;
    let extensions = ask(client, queries::EXTENSIONS, &[]).await?;
    let ids: Vec<u32> = extensions.iter().map(|row| row.get(0)).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut parts: BTreeMap<u32, ExtensionPart> = extensions
        .iter()
        .map(|row| {
            let part = ExtensionPart {
                name: row.get(1),
                version: row.get(2),
                schema: row.get(3),
                requires: row.get(4),
                ..ExtensionPart::default()
            };
            (row.get(0), part)
        })
        .collect();
    let members: Vec<Member> = ask(client, queries::MEMBERS, &[&ids]).await?.iter().map(Member::of).collect();
    let opaque = own_things(client, &members, &mut parts).await?;
    for row in ask(client, queries::WITH_RIGHTS, &[&ids]).await? {
        if let Some(part) = parts.get_mut(&row.get(0)) {
            part.with_rights.push(RightsKey { class: row.get(1), schema: row.get(2), name: row.get(3) });
        }
    }
    for row in ask(client, queries::BESIDE, &[&ids]).await? {
        if let Some(part) = parts.get_mut(&row.get(0)) {
            let (extension, schema, name) = (row.get(1), row.get(2), row.get(3));
            part.beside.push(BesideFunction {
                extension,
                schema,
                name,
                owner: row.get(4),
                definition: row.get(5),
            });
        }
    }
    let holding = holding(client, opaque).await?;
    let nodes = needing(client, seeds(client, &members, &holding).await?).await?;
    described(client, &nodes, &mut parts).await?;
    held(client, &holding, &mut parts).await?;
    for part in parts.values_mut() {
        part.with_rights.sort_by(|a, b| (&a.class, &a.schema, &a.name).cmp(&(&b.class, &b.schema, &b.name)));
        part.with_rights.dedup();
        part.needed_by.sort_by(|a, b| (&a.kind, &a.name).cmp(&(&b.kind, &b.name)));
    }
    Ok(parts.into_values().collect())
}

/// What of a database needs tables, views and sequences that are not taken, beside what is a part of them.
///
/// # Errors
/// `FactsError`.
pub(crate) async fn needing_absent(
    client: &Client,
    relations: &[(String, String)],
    schemas: &[String],
) -> Result<Vec<Dependent>, FactsError> {
    let (of, names): (Vec<&str>, Vec<&str>) =
        relations.iter().map(|(schema, name)| (schema.as_str(), name.as_str())).unzip();
    let rows = ask(client, queries::ABSENT, &[&of, &names, &schemas]).await?;
    let seeds: Vec<Node> = rows.iter().map(|row| (0, row.get(0), row.get(1), 0)).collect();
    let gone: HashSet<(u32, u32)> = seeds.iter().map(|node| (node.1, node.2)).collect();
    let tables: HashSet<(String, String)> =
        rows.iter().filter_map(|row| Some((row.get::<_, Option<String>>(2)?, row.get(3)))).collect();
    let nodes = needing(client, seeds).await?;
    let mut parts = BTreeMap::from([(0, ExtensionPart::default())]);
    described(client, &nodes, &mut parts).await?;
    let mut needed_by = parts.remove(&0).unwrap_or_default().needed_by;
    // Nothing stands in for the type of a column.
    let of_columns =
        nodes.iter().filter(|node| node.1 == RELATION && node.3 > 0 && !gone.contains(&(RELATION, node.2)));
    let (tables_of, numbers): (Vec<u32>, Vec<i32>) = of_columns.map(|node| (node.2, node.3)).unzip();
    for row in ask(client, queries::TYPED, &[&tables_of, &numbers]).await? {
        let (schema, name, column): (String, String, String) = (row.get(1), row.get(2), row.get(3));
        needed_by.push(Dependent {
            object: (RELATION, row.get(0)),
            kind: "column".to_owned(),
            name: format!("{schema}.{name}.{column}"),
            of: Some((schema, name)),
            part: Some(Part::Column { column }),
        });
    }
    // Without such a policy more rows could be read, and a role would have more rights than it had.
    let policies: Vec<u32> =
        needed_by.iter().filter(|one| one.kind == "policy").map(|one| one.object.1).collect();
    let restrictive = ask(client, queries::RESTRICTIVE, &[&policies]).await?;
    let restrictive: HashSet<u32> = restrictive.iter().map(|row| row.get(0)).collect();
    for one in needed_by.iter_mut().filter(|one| one.kind == "policy" && restrictive.contains(&one.object.1))
    {
        one.part = Some(Part::Table);
    }
    needed_by
        .retain(|one| !gone.contains(&one.object) && one.of.as_ref().is_none_or(|of| !tables.contains(of)));
    needed_by.sort_by(|a, b| (&a.kind, &a.name).cmp(&(&b.kind, &b.name)));
    needed_by.dedup();
    Ok(needed_by)
}

/// What an extension made.
struct Member {
    extension: u32,
    class: u32,
    id: u32,
    relation: Option<String>,
    schema: Option<String>,
    name: Option<String>,
}

impl Member {
    fn of(row: &Row) -> Self {
        Self {
            extension: row.get(0),
            class: row.get(1),
            id: row.get(2),
            relation: row.get(3),
            schema: row.get(4),
            name: row.get(5),
        }
    }

    fn is_relation(&self, kinds: &[&str]) -> bool {
        self.class == RELATION && self.relation.as_deref().is_some_and(|kind| kinds.contains(&kind))
    }

    /// Whether something stands in for it, so that what needs it is not lost.
    fn has_stand_in(&self) -> bool {
        self.class == TYPE || self.class == SCHEMA || self.is_relation(&["r", "p", "S", "c"])
    }
}

async fn ask(client: &Client, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, FactsError> {
    client.query(sql, values).await.map_err(|source| FactsError::Query { what: WHAT, source })
}

/// Schemas, types, tables and sequences of the extensions. Gives the types that only their extension understands.
async fn own_things(
    client: &Client,
    members: &[Member],
    parts: &mut BTreeMap<u32, ExtensionPart>,
) -> Result<Vec<(u32, u32)>, FactsError> {
    let of = |class: u32| members.iter().filter(move |member| member.class == class);
    for member in members {
        let (Some(part), Some(name)) = (parts.get_mut(&member.extension), member.name.clone()) else {
            continue;
        };
        if member.class == SCHEMA {
            part.schemas.push(name);
        } else if let (true, Some(schema)) = (member.is_relation(&["S"]), member.schema.clone()) {
            part.sequences.push((schema, name));
        }
    }
    let types: Vec<u32> = of(TYPE).map(|member| member.id).collect();
    let tables: Vec<u32> =
        members.iter().filter(|member| member.is_relation(&["r", "p"])).map(|member| member.id).collect();
    let mut of_relation: HashMap<u32, Vec<OwnColumn>> = HashMap::new();
    let mut of_type: HashMap<u32, Vec<OwnColumn>> = HashMap::new();
    for row in ask(client, queries::COLUMNS, &[&tables, &types]).await? {
        let of = TypeName { schema: row.get(3), name: row.get(4), is_array: row.get(5) };
        let column = OwnColumn { name: row.get(2), of };
        of_type.entry(row.get(1)).or_default().push(column.clone());
        of_relation.entry(row.get(0)).or_default().push(column);
    }
    for member in members.iter().filter(|member| member.is_relation(&["r", "p"])) {
        let (Some(schema), Some(name)) = (member.schema.clone(), member.name.clone()) else { continue };
        let columns = of_relation.remove(&member.id).unwrap_or_default();
        if let Some(part) = parts.get_mut(&member.extension) {
            part.tables.push(OwnTable { schema, name, columns });
        }
    }
    let extension_of: HashMap<u32, u32> = of(TYPE).map(|member| (member.id, member.extension)).collect();
    let mut opaque = Vec::new();
    for row in ask(client, queries::TYPES, &[&types]).await? {
        let id: u32 = row.get(0);
        let Some(extension) = extension_of.get(&id).copied() else { continue };
        let form = form(&row, of_type.remove(&id));
        if matches!(form, TypeForm::Opaque { .. }) {
            opaque.push((extension, id));
        }
        if let Some(part) = parts.get_mut(&extension) {
            part.types.push(OwnType { schema: row.get(1), name: row.get(2), form });
        }
    }
    Ok(opaque)
}

fn form(row: &Row, attributes: Option<Vec<OwnColumn>>) -> TypeForm {
    let base: Option<String> = row.get(9);
    match (row.get::<_, &str>(3), base) {
        ("e", _) => TypeForm::Enum { labels: row.get(7) },
        ("c", _) => TypeForm::Composite { attributes: attributes.unwrap_or_default() },
        ("d", Some(name)) => TypeForm::Domain {
            of: TypeName {
                schema: row.get::<_, Option<String>>(8).unwrap_or_default(),
                name,
                is_array: row.get(10),
            },
        },
        _ => TypeForm::Opaque {
            delimiter: row.get::<_, &str>(4).chars().next().unwrap_or(','),
            is_collatable: row.get(5),
            has_modifier: row.get(6),
        },
    }
}

/// The types that values of these are part of, with them.
async fn holding(client: &Client, opaque: Vec<(u32, u32)>) -> Result<Vec<(u32, u32)>, FactsError> {
    let mut all: HashSet<(u32, u32)> = opaque.iter().copied().collect();
    let mut new = opaque;
    for _ in 0..LEVELS_MAX {
        if new.is_empty() {
            break;
        }
        let (extensions, types): (Vec<u32>, Vec<u32>) = new.into_iter().unzip();
        let rows = ask(client, queries::HOLDING, &[&extensions, &types]).await?;
        new = rows.iter().map(|row| (row.get(0), row.get(1))).filter(|pair| all.insert(*pair)).collect();
    }
    let mut all: Vec<(u32, u32)> = all.into_iter().collect();
    all.sort_unstable();
    Ok(all)
}

/// What is missing with each extension itself, and what compares values of its types without saying so.
async fn seeds(client: &Client, members: &[Member], holding: &[(u32, u32)]) -> Result<Vec<Node>, FactsError> {
    let mut seeds: Vec<Node> = members
        .iter()
        .filter(|member| !member.has_stand_in())
        .map(|member| (member.extension, member.class, member.id, 0))
        .collect();
    let (extensions, types): (Vec<u32>, Vec<u32>) = holding.iter().copied().unzip();
    let comparing = ask(client, queries::COMPARING, &[&extensions, &types]).await?;
    let tables = members.iter().filter(|member| member.is_relation(&["r", "p"]));
    let (extensions, relations): (Vec<u32>, Vec<u32>) =
        tables.map(|member| (member.extension, member.id)).unzip();
    let beside = ask(client, queries::BESIDE_COLUMNS, &[&extensions, &relations]).await?;
    seeds.extend(comparing.iter().chain(&beside).map(|row| (row.get(0), row.get(1), row.get(2), 0)));
    Ok(seeds)
}

/// The seeds, and everything that needs one of them.
async fn needing(client: &Client, seeds: Vec<Node>) -> Result<Vec<Node>, FactsError> {
    let mut all: HashSet<Node> = seeds.iter().copied().collect();
    let mut new = seeds;
    for _ in 0..LEVELS_MAX {
        if new.is_empty() {
            let mut all: Vec<Node> = all.into_iter().collect();
            all.sort_unstable();
            return Ok(all);
        }
        let [extensions, classes, ids, parts] = columns(&new);
        let parts: Vec<i32> = parts.into_iter().map(u32::cast_signed).collect();
        let rows = ask(client, queries::NEEDING, &[&extensions, &classes, &ids, &parts]).await?;
        new = Vec::new();
        for row in rows {
            let node = (row.get(0), row.get(1), row.get(2), row.get(3));
            let is_end: bool = row.get(4);
            if all.insert(node) && !is_end {
                new.push(node);
            }
        }
        if all.len() > NODES_MAX {
            break;
        }
    }
    Err(FactsError::Shape { what: WHAT })
}

fn columns(nodes: &[Node]) -> [Vec<u32>; 4] {
    let of = |get: fn(&Node) -> u32| nodes.iter().map(get).collect();
    [of(|node| node.0), of(|node| node.1), of(|node| node.2), of(|node| node.3.cast_unsigned())]
}

async fn described(
    client: &Client,
    nodes: &[Node],
    parts: &mut BTreeMap<u32, ExtensionPart>,
) -> Result<(), FactsError> {
    let [extensions, classes, ids, sub] = columns(nodes);
    let sub: Vec<i32> = sub.into_iter().map(u32::cast_signed).collect();
    let rows = ask(client, queries::DESCRIBED, &[&extensions, &classes, &ids, &sub]).await?;
    for row in rows {
        if let Some(part) = parts.get_mut(&row.get(0)) {
            part.needed_by.extend(dependent(&row));
        }
    }
    Ok(())
}

fn dependent(row: &Row) -> Option<Dependent> {
    let text = |at: usize| row.get::<_, Option<String>>(at);
    let pair = |schema: usize, name: usize| Some((text(schema)?, text(name)?));
    let (class, kind, name): (u32, String, String) = (row.get(1), row.get(3), row.get(4));
    let object = (class, row.get(2));
    let (is_generated, is_check): (bool, bool) = (row.get(9), row.get(11));
    let (table, domain) = (pair(5, 6), pair(12, 13));
    let (of_kind, kind_of_relation): (&str, &str) = (row.get(7), row.get(14));
    let whole = |kind: &str| Dependent {
        object,
        kind: kind.to_owned(),
        name: name.clone(),
        of: table.clone(),
        part: None,
    };
    let with = |kind: &str, of: &Option<(String, String)>, part| {
        Some(Dependent { of: of.clone(), part: Some(part), ..whole(kind) })
    };
    let is_in_table = matches!(of_kind, "r" | "p");
    match kind.as_str() {
        // The column says it.
        "default value" if is_generated => None,
        "default value" if is_in_table => with("default", &table, Part::Default { column: text(8)? }),
        "table column" if is_generated => {
            with("generated column", &table, Part::Generated { column: text(8)? })
        }
        "table constraint" if is_check && is_in_table => {
            with("check constraint", &table, Part::Check { name: text(10)? })
        }
        "domain constraint" => with("check constraint", &domain, Part::Check { name: text(10)? }),
        "table" if kind_of_relation == "p" => with("partitioning", &table, Part::PartitionKey),
        "table" => with("table", &table, Part::Table),
        "type" if class == TYPE && row.get::<_, &str>(15) == "d" => {
            with("default", &Some(domain?), Part::DomainDefault)
        }
        "type" if class == TYPE => with("type", &Some(domain?), Part::Type),
        "default value" => Some(whole("default")),
        "table constraint" => Some(whole("constraint")),
        "statistics object" => Some(whole("statistics")),
        "foreign-data wrapper" => Some(whole("foreign-data wrapper")),
        "type"
        | "table column"
        | "view column"
        | "materialized view column"
        | "foreign table column"
        | "sequence"
        | "composite type"
        | "extension" => None,
        other => Some(whole(other)),
    }
}

/// The columns whose values would be kept as text.
async fn held(
    client: &Client,
    holding: &[(u32, u32)],
    parts: &mut BTreeMap<u32, ExtensionPart>,
) -> Result<(), FactsError> {
    let (extensions, types): (Vec<u32>, Vec<u32>) = holding.iter().copied().unzip();
    for row in ask(client, queries::HELD, &[&extensions, &types]).await? {
        let (schema, table, column): (String, String, String) = (row.get(2), row.get(3), row.get(4));
        let Some(part) = parts.get_mut(&row.get(0)) else { continue };
        part.needed_by.push(Dependent {
            object: (RELATION, row.get(1)),
            kind: "column as text".into(),
            name: format!("{schema}.{table}.{column}"),
            of: Some((schema, table)),
            part: Some(Part::Column { column }),
        });
    }
    Ok(())
}
