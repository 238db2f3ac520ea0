//! Which tables of a database a role may fill where they are, and how triggers, rules and foreign keys are kept from
//! acting meanwhile: by each table's owner, or for the session alone, as far as the role may.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::request::TableMode;
use base::failure::Failure;
use postgres::connection::Session;
use postgres::orphans::{self, Key};

/// Schema and name.
pub(super) type Name = (String, String);

/// Tables with what the connected role may do to each; what runs though the session switches triggers off; sequences
/// that are a table's own and whose numbers the role may not set.
const TABLES: &str = "select n.nspname::text, c.relname::text, pg_catalog.pg_get_userbyid(c.relowner)::text, \
      pg_catalog.pg_has_role(c.relowner, 'usage'), \
      pg_catalog.has_table_privilege(c.oid, 'select') and pg_catalog.has_table_privilege(c.oid, 'insert') \
        and pg_catalog.has_schema_privilege(n.oid, 'usage'), \
      pg_catalog.has_table_privilege(c.oid, 'truncate'), pg_catalog.has_table_privilege(c.oid, 'delete'), \
      pg_catalog.has_table_privilege(c.oid, 'update'), pg_catalog.has_table_privilege(c.oid, 'references'), \
      pg_catalog.row_security_active(c.oid), \
      array(select 'the trigger ' || t.tgname from pg_catalog.pg_trigger t \
        where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled in ('A', 'R') \
        union all select 'the rule ' || r.rulename from pg_catalog.pg_rewrite r \
        where r.ev_class = c.oid and r.ev_type <> '1' and r.ev_enabled in ('A', 'R') order by 1), \
      array(select s.relname::text from pg_catalog.pg_depend d join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S' \
        where d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass \
          and d.refobjid = c.oid and d.refobjsubid > 0 and d.deptype in ('a', 'i') \
          and not (pg_catalog.has_sequence_privilege(s.oid, 'update') and pg_catalog.has_sequence_privilege(s.oid, 'select')) order by 1), \
      (select pg_catalog.min(k.conname::text) from pg_catalog.pg_constraint k \
        where k.conrelid = c.oid and k.contype in ('p', 'u', 'x') and k.condeferrable) \
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
    where c.relkind in ('r', 'p') and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";
/// Undone at once. What refuses it is the server, whoever gave the right: a provider's own module may.
const SILENCE: &str = "begin; set local session_replication_role = replica";

/// How triggers, rules and foreign keys are kept from acting while rows go in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Triggers {
    /// Each is set aside and put back by its table's owner. The server checks the keys over all rows.
    #[default]
    SetAside,
    /// None of them acts in the restore's session. Each key is asked for rows that point to nothing before the commit.
    Silent,
}

/// What a role may do to a table.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a right of its own")]
struct Rights {
    owner: String,
    is_owned: bool,
    may_fill: bool,
    may_truncate: bool,
    may_delete: bool,
    may_update: bool,
    may_reference: bool,
    hides_rows: bool,
    /// Triggers and rules that run in any session.
    always: Vec<String>,
    /// A key that the server checks by a trigger.
    deferrable: Option<String>,
    /// Its own sequences, whose numbers the role may not set.
    stuck: Vec<String>,
}

/// What was seen of a database with respect to filling its tables.
#[derive(Debug, Default)]
pub(super) struct Writable {
    user: String,
    tables: HashMap<Name, Rights>,
    keys: Vec<Key>,
    may_silence: bool,
}

impl Writable {
    /// Asks the server. Changes nothing.
    pub(super) async fn look(session: &Session) -> Result<Self, Failure> {
        let client = &session.client;
        let tables = client.query(TABLES, &[]).await.map_err(postgres::refused)?;
        let user = client.query_one("select current_user::text", &[]).await.map_err(postgres::refused)?;
        let keys = orphans::keys(client).await.map_err(postgres::refused)?;
        let may_silence = client.batch_execute(SILENCE).await.is_ok();
        client.batch_execute("rollback").await.map_err(postgres::refused)?;
        let rights = |row: &tokio_postgres::Row| Rights {
            owner: row.get(2),
            is_owned: row.get(3),
            may_fill: row.get(4),
            may_truncate: row.get(5),
            may_delete: row.get(6),
            may_update: row.get(7),
            may_reference: row.get(8),
            hides_rows: row.get(9),
            always: row.get(10),
            stuck: row.get(11),
            deferrable: row.get(12),
        };
        Ok(Self {
            user: user.get(0),
            tables: tables.iter().map(|row| ((row.get(0), row.get(1)), rights(row))).collect(),
            keys,
            may_silence,
        })
    }

    /// How it is done with these tables, and why some of them cannot be filled. Tables that are not there are not
    /// judged.
    pub(super) fn judge(&self, chosen: &[Name], mode: TableMode) -> (Triggers, BTreeMap<Name, String>) {
        let there: Vec<(&Name, &Rights)> =
            chosen.iter().filter_map(|name| self.tables.get_key_value(name)).collect();
        let of_others: Vec<&Name> = there
            .iter()
            .filter(|(name, rights)| !self.is_ours(name, rights))
            .map(|(name, _)| *name)
            .collect();
        let triggers =
            if of_others.is_empty() || !self.may_silence { Triggers::SetAside } else { Triggers::Silent };
        let judged = there.iter().filter_map(|(name, rights)| {
            let why = match triggers {
                Triggers::SetAside => self.why_not_set_aside(rights, of_others.contains(name)),
                Triggers::Silent => self.why_not_silent(name, rights, mode),
            };
            Some(((*name).clone(), why?))
        });
        (triggers, judged.collect())
    }

    /// Whether the role may set aside all that acts on a table, foreign keys of others' tables included.
    fn is_ours(&self, name: &Name, rights: &Rights) -> bool {
        let owned = |name: &Name| self.tables.get(name).is_some_and(|rights| rights.is_owned);
        let referable =
            |name: &Name| self.tables.get(name).is_some_and(|rights| rights.is_owned || rights.may_reference);
        rights.is_owned
            && self
                .keys
                .iter()
                .filter(|key| key.child == *name || key.parent == *name)
                .all(|key| owned(&key.child) && referable(&key.parent))
    }

    fn why_not_set_aside(&self, rights: &Rights, is_of_others: bool) -> Option<String> {
        let user = &self.user;
        if rights.hides_rows {
            return Some(format!("row security hides rows of it from {user}"));
        }
        if !is_of_others {
            return None;
        }
        Some(if rights.is_owned {
            format!(
                "a foreign key ties it to a table of another owner, and {user} may neither set that key aside nor switch it off (session_replication_role)"
            )
        } else {
            format!(
                "it belongs to {}, and {user} may neither set its triggers and keys aside nor switch them off (session_replication_role)",
                rights.owner
            )
        })
    }

    fn why_not_silent(&self, name: &Name, rights: &Rights, mode: TableMode) -> Option<String> {
        let user = &self.user;
        let may_empty = rights.may_truncate || rights.may_delete;
        let its = || self.keys.iter().filter(|key| key.tables.contains(name));
        let temporal = its().find(|key| key.is_temporal);
        let hidden = its().find(|key| key.is_validated && !key.is_temporal && !key.is_readable);
        if !rights.may_fill {
            Some(format!("it belongs to {}, and {user} may not read and fill it", rights.owner))
        } else if mode == TableMode::Replace && !may_empty {
            Some(format!("it belongs to {}, and {user} may not empty it", rights.owner))
        } else if mode == TableMode::Merge && !rights.may_update {
            Some(format!("it belongs to {}, and {user} may not change its rows", rights.owner))
        } else if !may_empty && !rights.may_update {
            Some(format!("it belongs to {}, and {user} may not lock it", rights.owner))
        } else if rights.hides_rows {
            Some(format!("row security hides rows of it from {user}"))
        } else if let Some(what) = rights.always.first() {
            Some(format!("{what} of it runs in every session"))
        } else if let Some(sequence) = rights.stuck.first() {
            Some(format!("{user} may not set the numbers of its sequence {sequence}"))
        } else if let Some(key) = rights.deferrable.as_ref().filter(|_| mode.keeps_rows()) {
            // The rows of the backup satisfied it; those of both together may not.
            Some(format!("its key {key} is checked by a trigger, and none runs in such a session"))
        } else if let Some(key) = hidden {
            Some(format!(
                "{user} may not read all rows of both tables of its key {}, to find those that point to nothing",
                key.name
            ))
        } else {
            temporal.map(|key| format!("rows of its key {} cannot be told by a join", key.name))
        }
    }
}

/// Questions for the keys that these tables take part in, of their own or as partitions. Those that were never checked
/// may have had orphans all along.
pub(super) fn keys_of<'a>(keys: &'a [Key], chosen: &'a [&Name]) -> impl Iterator<Item = &'a Key> {
    keys.iter().filter(move |key| {
        key.is_validated && !key.is_temporal && key.tables.iter().any(|table| chosen.contains(&table))
    })
}

/// Those of `tables` that one `TRUNCATE` can empty, by their numbers: no table outside of them points to one.
/// `keys` are pairs of who points to whom.
pub(super) fn truncatable(tables: &[u32], keys: &[(u32, u32)]) -> Vec<u32> {
    let mut left: Vec<u32> = tables.to_vec();
    loop {
        let before = left.len();
        let kept: Vec<u32> = left
            .iter()
            .copied()
            .filter(|table| keys.iter().all(|(child, parent)| parent != table || left.contains(child)))
            .collect();
        left = kept;
        if left.len() == before {
            return left;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> Name {
        ("public".to_owned(), name.to_owned())
    }

    fn key(child: &str, parent: &str) -> Key {
        Key {
            name: format!("{child}_{parent}"),
            child: name(child),
            parent: name(parent),
            tables: vec![name(child), name(parent)],
            is_readable: true,
            is_validated: true,
            is_temporal: false,
            sql: String::new(),
        }
    }

    fn all_rights(owner: &str, is_owned: bool) -> Rights {
        Rights {
            owner: owner.to_owned(),
            is_owned,
            may_fill: true,
            may_truncate: true,
            may_delete: true,
            may_update: true,
            may_reference: is_owned,
            ..Rights::default()
        }
    }

    /// `profiles` of the role's own point to `users` of somebody else; `notes` stand alone.
    fn seen(may_silence: bool) -> Writable {
        let tables = [
            (name("users"), all_rights("auth", false)),
            (name("profiles"), all_rights("app", true)),
            (name("notes"), all_rights("app", true)),
        ];
        Writable {
            user: "app".into(),
            tables: tables.into_iter().collect(),
            keys: vec![key("profiles", "users")],
            may_silence,
        }
    }

    #[test]
    fn what_is_the_roles_own_is_set_aside_and_the_rest_is_silenced_where_the_role_may() {
        let all = [name("users"), name("profiles"), name("notes")];
        let (triggers, why) = seen(true).judge(&all[2..], TableMode::Replace);
        assert_eq!((triggers, why.len()), (Triggers::SetAside, 0));
        let (triggers, why) = seen(true).judge(&all, TableMode::Replace);
        assert_eq!((triggers, why.len()), (Triggers::Silent, 0));
    }

    #[test]
    fn without_that_right_tables_of_others_and_those_tied_to_them_are_left_each_with_a_reason() {
        let all = [name("users"), name("profiles"), name("notes")];
        let (triggers, why) = seen(false).judge(&all, TableMode::Replace);
        assert_eq!(triggers, Triggers::SetAside);
        assert!(why[&name("users")].starts_with("it belongs to auth"), "{why:?}");
        assert!(why[&name("profiles")].starts_with("a foreign key ties it"), "{why:?}");
        assert!(!why.contains_key(&name("notes")));
    }

    #[test]
    fn a_table_that_may_not_be_emptied_takes_missing_rows_alone() {
        let mut seen = seen(true);
        let users = seen.tables.get_mut(&name("users")).unwrap();
        (users.may_truncate, users.may_delete) = (false, false);
        let chosen = [name("users")];
        assert!(seen.judge(&chosen, TableMode::Replace).1[&name("users")].ends_with("may not empty it"));
        assert!(seen.judge(&chosen, TableMode::MissingRows).1.is_empty());
        seen.tables.get_mut(&name("users")).unwrap().always = vec!["the trigger audit".into()];
        let why = &seen.judge(&chosen, TableMode::MissingRows).1[&name("users")];
        assert_eq!(why, "the trigger audit of it runs in every session");
    }

    #[test]
    fn keys_of_others_are_not_asked_and_one_that_cannot_be_asked_keeps_its_tables() {
        let mut seen = seen(true);
        let partition = name("events_2026");
        seen.tables.insert(partition.clone(), all_rights("auth", false));
        let mut of_partitions = key("events", "sources");
        of_partitions.tables.push(partition.clone());
        seen.keys.push(of_partitions);
        let asked =
            |name: &Name| keys_of(&seen.keys, &[name]).map(|key| key.name.clone()).collect::<Vec<_>>();
        assert_eq!(asked(&name("notes")), [] as [&str; 0]);
        assert_eq!(asked(&partition), ["events_sources"]);

        seen.keys[1].is_readable = false;
        let (_, why) = seen.judge(&[name("notes"), name("users"), partition.clone()], TableMode::Replace);
        assert_eq!(why.keys().collect::<Vec<_>>(), [&partition], "{why:?}");
        assert!(why[&partition].contains("its key events_sources"), "{why:?}");
    }

    #[test]
    fn only_tables_that_nobody_outside_points_to_are_truncated() {
        // 2 points to 1, 3 to 2, and 9, which is not among them, to 3.
        let keys = [(2, 1), (3, 2), (9, 3), (4, 4)];
        assert_eq!(truncatable(&[1, 2, 3, 4], &keys), [4]);
        assert_eq!(truncatable(&[1, 2, 3, 4, 9], &keys), [1, 2, 3, 4, 9]);
    }
}
