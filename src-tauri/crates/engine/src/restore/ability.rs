//! What a role may do on a server, before anything is tried: which extensions it may make there and in which database,
//! and which rights of the backup it cannot give back.

use std::collections::BTreeSet;

use super::plan::RestorePlan;
use super::request::Strategy;
use super::target::Server;
use crate::archive::Manifest;
use base::failure::Failure;
use base::words::counted;
use postgres::access::AccessFact;
use postgres::connection::Session;
use postgres::facts;

/// So many are in a plan; all are counted.
const LOST_KEPT: usize = 500;
/// So many stand in a sentence.
const LOST_NAMED: usize = 5;

/// Extensions with whether the connected role may make them: as it is, since everybody may, or since the provider lets
/// some roles make some that only superusers may elsewhere.
const EXTENSIONS: &str = "select a.name::text, pg_catalog.bool_or(r.rolsuper or not v.superuser or coalesce((pg_catalog.to_jsonb(v) ->> 'trusted')::bool, false) \
      or a.name::text = any (pg_catalog.string_to_array(pg_catalog.replace( \
        coalesce(pg_catalog.current_setting('supautils.privileged_extensions', true), ''), ' ', ''), ','))) \
    from pg_catalog.pg_available_extensions a \
    join pg_catalog.pg_available_extension_versions v on v.name = a.name and v.version = a.default_version \
    join pg_catalog.pg_roles r on r.rolname = current_user group by 1 order by 1";
const ABOUT: &str = "select pg_catalog.current_setting('cron.database_name', true), \
    array(select rolname::text from pg_catalog.pg_roles), \
    array(select rolname::text from pg_catalog.pg_roles o where pg_catalog.pg_has_role(current_user, o.oid, 'member'))";

/// Tables of extensions whose rows are worth nothing without a key that is outside of the database.
const UNDER_A_KEY: [(&str, &str, &str); 2] =
    [("pgsodium", "key", "pgsodium"), ("vault", "secrets", "supabase_vault")];

/// Says of rows whose key no database holds that they are worthless without it, and what to do.
pub(super) fn warn_of_keys(plan: &mut RestorePlan, manifest: &Manifest) {
    let of = |schema: &str, name: &str| {
        manifest.tables().iter().find(|table| table.schema == schema && table.name == name && table.rows > 0)
    };
    let found = UNDER_A_KEY.iter().filter_map(|(schema, name, extension)| {
        let is_there = manifest.extensions.iter().any(|one| one.split(' ').next() == Some(extension));
        let table = of(schema, name).filter(|_| is_there)?;
        Some(format!("{schema}.{name} ({})", counted(table.rows, "row")))
    });
    let found: Vec<String> = found.collect();
    if !found.is_empty() {
        plan.warnings.push(format!(
            "What is in {} is encrypted under a root key of its server, which is in no database and no backup of one. On another server it cannot be read: keep that key apart (of a Supabase project: its pgsodium root key), and give it to the new server before anybody writes there.",
            found.join(" and ")
        ));
    }
}

/// What a role may do on a server.
#[derive(Debug, Clone, Default)]
pub(super) struct Ability {
    /// Extensions, each with whether the role may make it.
    extensions: Vec<(String, bool)>,
    /// The one database that takes `pg_cron`, where the server names it.
    cron_database: Option<String>,
    roles: BTreeSet<String>,
    /// Roles that it may act for.
    member_of: BTreeSet<String>,
}

impl Ability {
    /// Asks the server.
    pub(super) async fn look(session: &Session) -> Result<Self, Failure> {
        let rows = facts::extension_files(&session.client, EXTENSIONS).await.map_err(postgres::refused)?;
        let about = session.client.query_one(ABOUT, &[]).await.map_err(postgres::refused)?;
        Ok(Self {
            extensions: rows.iter().map(|row| (row.get(0), row.get(1))).collect(),
            cron_database: about.get::<_, Option<String>>(0).filter(|name| !name.is_empty()),
            roles: about.get::<_, Vec<String>>(1).into_iter().collect(),
            member_of: about.get::<_, Vec<String>>(2).into_iter().collect(),
        })
    }
}

impl Server {
    /// These will be there by the time that rights are given.
    pub(super) fn expect_roles(&mut self, roles: &[String]) {
        self.ability.roles.extend(roles.iter().cloned());
    }

    /// Adds to the plan which extensions of the backup cannot be made on this server, or not by this role, or not in
    /// that database. In place, those that are there already need not be made.
    pub(super) fn judge_extensions(&self, plan: &mut RestorePlan, manifest: &Manifest, installed: &[String]) {
        let needed = manifest.extensions.iter().filter_map(|extension| extension.split(' ').next());
        let needed: Vec<&str> = needed.collect();
        let known = |name: &str| self.ability.extensions.iter().find(|(known, _)| known == name);
        let missing: Vec<&str> = needed.iter().copied().filter(|name| known(name).is_none()).collect();
        if !missing.is_empty() {
            plan.blockers.push(format!(
                "Extensions are not available on that server: {}. Install them there first.",
                missing.join(", ")
            ));
        }
        let refused: Vec<&str> = needed
            .iter()
            .copied()
            .filter(|name| *name != "plpgsql" && !installed.iter().any(|there| there == name))
            .filter(|name| known(name).is_some_and(|(_, may_make)| !may_make))
            .collect();
        if !refused.is_empty() {
            plan.blockers.push(format!(
                "The role {} may not make these extensions on that server, which lets only superusers: {}. Restore as a superuser, or where they are made already.",
                self.user,
                refused.join(", ")
            ));
        }
        if let Some(only) = self.ability.cron_database.as_ref().filter(|only| **only != plan.database)
            && needed.contains(&"pg_cron")
            && !installed.iter().any(|there| there == "pg_cron")
        {
            plan.blockers.push(format!(
                "That server takes the extension pg_cron in the database {only} alone (cron.database_name), and not in {}. Restore in place there, or onto a server of its own.",
                plan.database
            ));
        }
        // Beside the living database it would be made under another name first.
        if plan.strategy == Strategy::Swap
            && self.ability.cron_database.as_ref() == Some(&plan.database)
            && needed.contains(&"pg_cron")
        {
            plan.blockers.push(format!(
                "That server takes the extension pg_cron in the database {} alone (cron.database_name), so no second one can be filled beside it. Restore in place.",
                plan.database
            ));
        }
    }

    /// Adds to the plan which owners and rights of the backup will not be as they were, since the role may not give
    /// them or a role is not on the server: a swap is refused for them.
    pub(super) fn judge_rights(&self, plan: &mut RestorePlan, access: Option<&[AccessFact]>) {
        let lost: Vec<String> = access
            .unwrap_or_default()
            .iter()
            .filter(|fact| self.loses(fact))
            .map(ToString::to_string)
            .collect();
        let absent: BTreeSet<&str> = access
            .unwrap_or_default()
            .iter()
            .flat_map(|fact| &fact.roles)
            .filter(|role| !self.ability.roles.contains(*role))
            .map(String::as_str)
            .collect();
        if !absent.is_empty() {
            let names = absent.into_iter().collect::<Vec<_>>().join(", ");
            plan.warnings.push(format!("Roles of the backup are not on that server: {names}. What they own or may do is not given back; make them first: the roles are in the backup."));
        }
        if access.is_none() && !self.is_superuser {
            plan.warnings.push(format!("Everything will belong to {}, since that role may not give owners back; which rights are lost is not known, since the backup does not say who had them.", self.user));
        }
        let wrappers = access.unwrap_or_default().iter().filter(|fact| {
            fact.kind == "owner" && fact.of.starts_with("foreign-data wrapper ") && !self.is_superuser
        });
        let wrappers: Vec<&str> = wrappers.map(|fact| fact.of.as_str()).collect();
        // What is only tried forbids nothing.
        if !wrappers.is_empty() && plan.makes.is_none() {
            plan.blockers.push(format!(
                "Only a superuser may make what the backup has of these, and {} is none: {}. Restore as a superuser.",
                self.user,
                wrappers.join(", ")
            ));
        }
        if lost.is_empty() {
            return;
        }
        let named = lost.iter().take(LOST_NAMED).cloned().collect::<Vec<_>>().join("; ");
        let sentence = format!(
            "{} will not be as in the backup, since {} may not give them there: {named}{}.",
            counted(lost.len() as u64, "owner or right").replace("owner or rights", "owners and rights"),
            self.user,
            if lost.len() > LOST_NAMED { "; …" } else { "" }
        );
        if plan.strategy == Strategy::Swap {
            plan.blockers.push(format!(
                "{sentence} Swap as a superuser, or restore into a new database and look there."
            ));
        } else {
            plan.warnings.push(sentence);
        }
        plan.rights_lost_count = lost.len() as u64;
        plan.rights_lost = lost.into_iter().take(LOST_KEPT).collect();
    }

    fn loses(&self, fact: &AccessFact) -> bool {
        if !fact.roles.iter().all(|role| self.ability.roles.contains(role)) {
            return true;
        }
        if self.is_superuser {
            return false;
        }
        let is_other = |role: &String| *role != self.user;
        match fact.kind.as_str() {
            "owner" => fact.roles.iter().any(is_other),
            "default privilege" => {
                fact.roles.first().is_some_and(|maker| !self.ability.member_of.contains(maker))
            }
            // What an extension made belongs to whoever may make extensions.
            "grant" => fact.extension.is_some() || fact.what.contains(" by "),
            "event trigger" => fact.extension.is_none(),
            "publication" => fact.what.starts_with("all tables"),
            _ => false,
        }
    }
}
