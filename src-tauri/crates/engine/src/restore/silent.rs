//! Rows into tables of others: in a session in which no trigger, rule or foreign key acts, by roles that may have one.
//! What the keys would have refused is asked for before the commit.

use super::tables::Chosen;
use super::transaction::Work;
use super::writable::{Name, keys_of, truncatable};
use base::Code;
use base::failure::Failure;
use base::words::counted;
use postgres::orphans;
use postgres::target::quote_literal;

/// The chosen tables' numbers, and whether the role may truncate each.
const NUMBERS: &str = "select c.oid, pg_catalog.has_table_privilege(c.oid, 'truncate') from pg_catalog.unnest($TABLES) with ordinality t(name, place) \
    join pg_catalog.pg_class c on c.oid = t.name::pg_catalog.regclass order by t.place";
/// Who points to whom, partitions included.
const KEYS: &str = "select distinct conrelid, confrelid from pg_catalog.pg_constraint where contype = 'f'";

/// Nothing acts from here on.
pub(super) async fn begin(work: &Work<'_>) -> Result<(), Failure> {
    work.run("to switch triggers off for the session", "SET LOCAL session_replication_role = replica").await
}

/// Everything acts again.
pub(super) async fn end(work: &Work<'_>) -> Result<(), Failure> {
    work.run("to switch triggers on again", "RESET session_replication_role").await
}

/// Takes the rows of now away: at once where nobody else points to the tables, which a TRUNCATE refuses whatever the
/// session is set to; else row by row.
pub(super) async fn empty(work: &Work<'_>, chosen: &[&Chosen]) -> Result<(), Failure> {
    let names: Vec<String> = chosen.iter().map(|one| quote_literal(&one.quoted)).collect();
    let asked = NUMBERS.replace("$TABLES", &format!("array[{}]::pg_catalog.text[]", names.join(", ")));
    let numbers: Vec<(u32, bool)> =
        work.query(&asked).await?.iter().map(|row| (row.get(0), row.get(1))).collect();
    let keys: Vec<(u32, u32)> = work.query(KEYS).await?.iter().map(|row| (row.get(0), row.get(1))).collect();
    let may: Vec<u32> = numbers.iter().filter(|(_, may)| *may).map(|(number, _)| *number).collect();
    let at_once = truncatable(&may, &keys);
    let (mut truncated, mut deleted) = (Vec::new(), Vec::new());
    for (one, (number, _)) in chosen.iter().zip(&numbers) {
        let list = if at_once.contains(number) { &mut truncated } else { &mut deleted };
        list.push(*one);
    }
    if !truncated.is_empty() {
        let list: Vec<String> = truncated.iter().map(|one| format!("ONLY {}", one.quoted)).collect();
        work.run("to empty the tables", &format!("TRUNCATE {}", list.join(", "))).await?;
    }
    for one in deleted {
        work.run(&one.name, &format!("DELETE FROM ONLY {}", one.quoted)).await?;
    }
    Ok(())
}

/// Every key that the tables take part in points to a row, as the server itself would have made sure.
pub(super) async fn check_keys(work: &Work<'_>, chosen: &[&Chosen]) -> Result<(), Failure> {
    let all = orphans::keys(&work.session.client).await.map_err(postgres::refused)?;
    let names: Vec<Name> = chosen
        .iter()
        .map(|one| (one.entry.schema.clone().unwrap_or_default(), one.entry.tag.clone()))
        .collect();
    let names: Vec<&Name> = names.iter().collect();
    for key in keys_of(&all, &names) {
        // A join of large tables takes minutes.
        let found = work.context.alive(work.query(&key.sql)).await?;
        let orphans = found.first().map_or(0, |row| u64::try_from(row.get::<_, i64>(0)).unwrap_or(0));
        if orphans > 0 {
            return Err(Failure::new(
                Code::ChecksFailed,
                format!(
                    "{} of {} would point to nothing; nothing was changed",
                    counted(orphans, "row"),
                    key.name
                ),
                "The rows that they point to are in a table that is left as it is. Restore the missing rows there first, or bring back the missing rows alone.",
            ));
        }
    }
    Ok(())
}
