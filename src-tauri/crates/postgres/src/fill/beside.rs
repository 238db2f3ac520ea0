//! Functions that belong to an extension though its script does not make them: an event trigger of the original made
//! them while the extension was made. Where the extension is made anew there is no such trigger yet, so they are made
//! here as the backup knows them, and given to the extension and to their owners.

use super::LoadError;
use super::data::refused;
use super::messages::{Message, Noise};
use super::rights::give;
use super::run::Ownership;
use crate::connection::{Session, said};
use crate::custom_format::{RightsKey, Toc};
use crate::missing::BesideFunction;
use crate::target::{Target, quote_identifier};

/// What a definition begins with, whatever it makes.
const BEGINS: [&str; 2] = ["CREATE OR REPLACE FUNCTION ", "CREATE OR REPLACE PROCEDURE "];
/// The extension is there, and the function is not.
const LACKS: &str = "select exists (select from pg_catalog.pg_extension e where e.extname = $1) \
    and not exists (select from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace \
      where n.nspname = $2 and p.proname = $3)";
/// What was made, as the server writes its name, and as rights are looked up.
const MADE: &str = "select i.identity, case pg_catalog.to_jsonb(p) ->> 'prokind' when 'p' then 'PROCEDURE' else 'FUNCTION' end, \
      array(select p.proname::text || '(' || pg_catalog.lower(pg_catalog.translate(a.text, ' \"', '')) || ')' from ( \
        values (pg_catalog.pg_get_function_identity_arguments(p.oid)), (pg_catalog.oidvectortypes(p.proargtypes))) a(text)) \
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace \
    cross join lateral pg_catalog.pg_identify_object('pg_catalog.pg_proc'::regclass, p.oid, 0) i \
    where n.nspname = $1 and p.proname = $2 \
      and p.xmin::text::int8 = pg_catalog.txid_current() % 4294967296";
const ROLE: &str = "select exists (select from pg_catalog.pg_roles where rolname = $1)";

/// Makes those that are not there, with their owners and rights.
pub(super) async fn make_beside(
    functions: &[BesideFunction],
    toc: &Toc,
    target: &Target,
    ownership: Ownership,
    messages: &mut Vec<Message>,
) -> Result<(), LoadError> {
    if functions.is_empty() {
        return Ok(());
    }
    let session = target.session().await?;
    let mut lacking = Vec::new();
    for function in functions {
        let BesideFunction { extension, schema, name, .. } = function;
        let asked = session.client.query_one(LACKS, &[extension, schema, name]).await;
        // All are looked for before one is made: several may have one name.
        if asked.map_err(|error| refused(name, &error))?.get(0) {
            lacking.push(function);
        }
    }
    for function in lacking {
        let what = format!("{}.{}", function.schema, function.name);
        let names = match make(&session, function, ownership).await {
            Ok(Some(names)) => names,
            Ok(None) => continue,
            Err(error) if session.client.is_closed() => return Err(refused(&what, &error)),
            // What a helper of an extension needs may not be here; everything else is restored all the same.
            Err(error) => {
                let undone = session.client.batch_execute("ROLLBACK").await;
                undone.map_err(|error| refused(&what, &error))?;
                messages.push(Message {
                    noise: Noise::Degraded,
                    text: format!(
                        "{what}, beside the extension {}, is not made: {}",
                        function.extension,
                        said(&error)
                    ),
                });
                continue;
            }
        };
        if !ownership.privileges {
            continue;
        }
        for entry in toc.entries.iter().filter(|entry| entry.kind == "ACL") {
            let changes = toc.rights(entry).unwrap_or_default();
            let is_of = |key: &RightsKey| {
                key.class == "routine" && key.schema == function.schema && names.contains(&key.name)
            };
            if !changes.is_empty() && changes.iter().all(|change| is_of(&change.key())) {
                messages.extend(give(&session, entry, &changes).await?);
                let missing = format!("function {}.{}(", function.schema, function.name);
                messages.retain(|message| {
                    !(message.text.starts_with(&missing) && message.text.ends_with(" does not exist"))
                });
            }
        }
    }
    session.close().await;
    Ok(())
}

/// Makes one, and tells under which names its rights are looked up; nothing where it need not be made. A definition is
/// prepared, so that it is one statement, and that statement makes a function: it runs nothing.
async fn make(
    session: &Session,
    function: &BesideFunction,
    ownership: Ownership,
) -> Result<Option<Vec<String>>, tokio_postgres::Error> {
    let BesideFunction { extension, schema, name, owner, definition } = function;
    if !BEGINS.iter().any(|begin| definition.starts_with(begin)) {
        return Ok(None);
    }
    session.client.batch_execute("BEGIN; SET LOCAL check_function_bodies = off").await?;
    session.client.execute(definition.as_str(), &[]).await?;
    let rows = session.client.query(MADE, &[schema, name]).await?;
    let [row] = rows.as_slice() else {
        session.client.batch_execute("ROLLBACK").await?;
        return Ok(None);
    };
    let (identity, kind): (String, &str) = (row.get(0), row.get(1));
    let is_there: bool = session.client.query_one(ROLE, &[owner]).await?.get(0);
    if ownership.owners && is_there {
        let give = format!("ALTER {kind} {identity} OWNER TO {}", quote_identifier(owner));
        session.client.batch_execute(&give).await?;
    }
    let add = format!("ALTER EXTENSION {} ADD {kind} {identity}; COMMIT", quote_identifier(extension));
    session.client.batch_execute(&add).await?;
    Ok(Some(row.get(2)))
}
