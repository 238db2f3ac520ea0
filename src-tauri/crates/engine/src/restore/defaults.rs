//! Default privileges during a restore in place: the restorer's own would be given to everything that is made again,
//! beside what the backup gives. They are set aside in the same transaction, and put back before it ends.

use super::transaction::Work;
use base::failure::Failure;
use postgres::target::quote_identifier;

/// What the connected role gives to whatever it makes: kind, schema, grantee, right, whether it may be passed on, and
/// whether it is given or, against the server's own defaults, taken.
const OWN: &str = "select case d.defaclobjtype when 'r' then 'TABLES' when 'S' then 'SEQUENCES' when 'f' then 'FUNCTIONS' \
      when 'T' then 'TYPES' when 'n' then 'SCHEMAS' else 'LARGE OBJECTS' end, n.nspname::text, \
      case x.grantee when 0 then null else pg_catalog.pg_get_userbyid(x.grantee)::text end, x.privilege_type, x.is_grantable, x.is_given \
    from pg_catalog.pg_default_acl d left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace cross join lateral ( \
      select a.grantee, a.privilege_type, a.is_grantable, true as is_given from ( \
        select e.grantee, e.privilege_type, e.is_grantable from pg_catalog.aclexplode(d.defaclacl) e \
        except select e.grantee, e.privilege_type, e.is_grantable from pg_catalog.aclexplode( \
          case when d.defaclnamespace = 0 then pg_catalog.acldefault(case d.defaclobjtype when 'S' then 's' else d.defaclobjtype end, d.defaclrole) end) e) a \
      union all select b.grantee, b.privilege_type, false, false from ( \
        select e.grantee, e.privilege_type from pg_catalog.aclexplode( \
          case when d.defaclnamespace = 0 then pg_catalog.acldefault(case d.defaclobjtype when 'S' then 's' else d.defaclobjtype end, d.defaclrole) end) e \
        except select e.grantee, e.privilege_type from pg_catalog.aclexplode(d.defaclacl) e) b) x \
    where d.defaclrole = (select r.oid from pg_catalog.pg_roles r where r.rolname = current_user)";

/// What was set aside.
pub(super) struct Defaults {
    put_back: String,
}

impl Defaults {
    /// Takes them away for now.
    pub(super) async fn set_aside(work: &Work<'_>) -> Result<Self, Failure> {
        let rows = work.session.client.query(OWN, &[]).await.map_err(postgres::refused)?;
        let (mut aside, mut put_back) = (String::new(), String::new());
        for row in rows {
            let (kind, right): (&str, &str) = (row.get(0), row.get(3));
            let (is_grantable, is_given): (bool, bool) = (row.get(4), row.get(5));
            let place = row.get::<_, Option<&str>>(1);
            let place =
                place.map_or_else(String::new, |schema| format!("IN SCHEMA {} ", quote_identifier(schema)));
            let who = row.get::<_, Option<&str>>(2).map_or_else(|| "PUBLIC".to_owned(), quote_identifier);
            let option = if is_grantable { " WITH GRANT OPTION" } else { "" };
            let give = format!("ALTER DEFAULT PRIVILEGES {place}GRANT {right} ON {kind} TO {who}{option};\n");
            let take = format!("ALTER DEFAULT PRIVILEGES {place}REVOKE {right} ON {kind} FROM {who};\n");
            let (first, then) = if is_given { (take, give) } else { (give, take) };
            aside.push_str(&first);
            put_back.push_str(&then);
        }
        if !aside.is_empty() {
            work.run("to set default privileges aside", &aside).await?;
        }
        Ok(Self { put_back })
    }

    /// Gives them back.
    pub(super) async fn put_back(self, work: &Work<'_>) -> Result<(), Failure> {
        if self.put_back.is_empty() {
            return Ok(());
        }
        work.run("to put default privileges back", &self.put_back).await
    }
}
