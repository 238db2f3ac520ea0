//! Restores: as a superuser everything is as it was; as an ordinary role it is refused before, or not called a pass.

use base::Code;
use engine::restore::{RestorePlan, RestoreTarget};
use ledger::catalog::Verdict;
use testkit::{Console, Database, PROJECT, Server, Supabase};

const OWNERS: &str = "select 'event trigger ' || evtname || ' ' || pg_get_userbyid(evtowner) from pg_event_trigger t \
      where not exists (select from pg_depend where classid = 'pg_event_trigger'::regclass and objid = t.oid and deptype = 'e') \
    union all select 'wrapper ' || fdwname || ' ' || pg_get_userbyid(fdwowner) from pg_foreign_data_wrapper \
    union all select 'table ' || oid::regclass || ' ' || pg_get_userbyid(relowner) from pg_class \
      where relkind in ('r', 'p', 'v', 'm', 'S') and relnamespace::regnamespace::text in ('public', 'auth', 'storage', 'realtime', 'private') \
    order by 1";
const GRANTS: &str = "select p.oid::regprocedure || ' ' || coalesce(x.grantee::regrole::text, '') || ' ' || x.privilege_type \
      from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x where p.pronamespace::regnamespace::text in ('public', 'auth', 'storage', 'realtime') \
        and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = p.oid and deptype = 'e') \
    union all select c.oid::regclass || ' ' || x.grantee::regrole || ' ' || x.privilege_type from pg_class c, aclexplode(coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::\"char\", c.relowner))) x \
      where c.relnamespace::regnamespace::text in ('public', 'auth', 'storage', 'realtime') \
    union all select 'new ' || defaclrole::regrole || defaclnamespace::regnamespace || defaclobjtype::text || ' ' || x.grantee::regrole || x.privilege_type \
      from pg_default_acl, aclexplode(defaclacl) x order by 1";

#[tokio::test]
async fn a_superuser_gets_every_owner_and_right_back() {
    for supabase in Supabase::each() {
        let database = supabase.database().await;
        let console = supabase.console(database.name(), supabase.with_extensions()).await;
        let server = supabase.server();
        console.add_project("root", server.settings("postgres"), server.password()).await.unwrap();
        let backup = console.backup().await.record.id;
        let name = server.free_name();

        let to = RestoreTarget::NewDatabase { name: name.clone(), project: Some("root".into()) };
        let plan = console.plan(&backup, to).await.unwrap();
        assert_eq!(plan.blockers, Vec::<String>::new());
        let report = console.apply(&plan).await;

        assert_eq!(report.verdict, Verdict::Pass, "{}\n{:#?}", report.reason, report.checks);
        let restored = server.at(&name);
        for what in [OWNERS, GRANTS] {
            let (now, was) = (restored.rows(what).await, database.rows(what).await);
            let lost: Vec<&String> = was.iter().filter(|one| !now.contains(one)).collect();
            let gained: Vec<&String> = now.iter().filter(|one| !was.contains(one)).collect();
            assert!(lost.is_empty() && gained.is_empty(), "lost {lost:?}, gained {gained:?}");
        }
        // Whoever was made a superuser for a moment is none now.
        assert_eq!(
            server.at("postgres").value("select rolsuper from pg_roles where rolname = 'postgres'").await,
            "f"
        );
    }
}

#[tokio::test]
async fn what_the_user_may_not_make_is_said_before_and_all_of_it_at_once() {
    for supabase in Supabase::each() {
        let database = supabase.database().await;
        let console = supabase.console(database.name(), supabase.with_extensions()).await;
        let backup = console.backup().await.record.id;
        let project = || Some(PROJECT.to_owned());

        for to in [
            RestoreTarget::NewDatabase { name: supabase.server().free_name(), project: project() },
            RestoreTarget::Swap { project: project(), keep_days: None },
        ] {
            let plan = console.plan(&backup, to).await.unwrap();
            assert!(is_blocked(&plan, "may not make these extensions"), "{:?}", plan.blockers);
            assert!(is_blocked(&plan, "foreign-data wrapper stripe_wrapper"), "{:?}", plan.blockers);
            assert!(plan.rights_lost_count > 100, "{}", plan.rights_lost_count);
            let refused = console.engine.apply_restore(&plan.id, &plan.database, true).await.unwrap_err();
            assert_eq!(refused.code, Code::PlanBlocked);
            for blocker in &plan.blockers {
                assert!(
                    refused.message.contains(blocker.trim_end_matches('.')),
                    "{blocker}: {}",
                    refused.message
                );
            }
        }
    }
}

fn is_blocked(plan: &RestorePlan, words: &str) -> bool {
    plan.blockers.iter().any(|blocker| blocker.contains(words))
}

/// A database of an ordinary role, in which others own things and have rights.
pub(super) async fn of_several_owners(server: &'static Server) -> (Console, Database<'static>, String) {
    let database = server.database().await;
    let (name, number) = (database.name().to_owned(), database.name().trim_start_matches("test_"));
    let (role, other) = (format!("app_{number}"), format!("other_{number}"));
    let made = format!(
        "create role {role} login createdb password 'app'; create role {other}; alter database {name} owner to {role};
         grant create on schema public to {role};
         set role {role}; create table mine (i int); insert into mine values (1); grant select on mine to {other};
         create function secret() returns int language sql as 'select 1'; revoke execute on function secret() from public;
         grant execute on function secret() to {other}; reset role;
         create table theirs (i int); alter table theirs owner to {other}; grant all on theirs to {role};
         alter default privileges for role {other} grant select on tables to {role};"
    );
    database.run(&made).await;
    let console = Console::new().await.with_vault().await;
    let mut settings = server.settings(&name);
    settings.user.clone_from(&role);
    let password = base::secret::Secret::new("app".to_owned());
    console.add_project(PROJECT, settings, &password).await.unwrap();
    (console, database, other)
}

#[tokio::test]
async fn an_ordinary_role_gives_back_what_it_can_and_the_rest_is_no_pass() {
    let Some(server) = Server::shared() else { return };
    let (console, _, other) = of_several_owners(server).await;
    let backup = console.backup().await.record.id;
    let name = server.free_name();

    let plan = console.plan_new(&backup, &name).await;
    let report = console.apply(&plan).await;

    assert_eq!(plan.blockers, Vec::<String>::new());
    assert!(
        plan.rights_lost.iter().any(|one| one.contains("table public.theirs belongs to")),
        "{:?}",
        plan.rights_lost
    );
    assert!(
        plan.warnings.iter().any(|warning| warning.contains("will not be as in the backup")),
        "{:?}",
        plan.warnings
    );
    assert_eq!(report.verdict, Verdict::Inconclusive, "{}", report.reason);
    let check = report.checks.iter().find(|check| check.id == "rights").unwrap();
    assert!(check.findings.iter().any(|one| one.contains("public.theirs")), "{check:?}");
    let restored = server.at(&name);
    let may = |what: &str| format!("select has_{what}_privilege('{other}', ");
    assert_eq!(restored.value(&format!("{}'mine', 'select')", may("table"))).await, "t");
    assert_eq!(restored.value(&format!("{}'secret()', 'execute')", may("function"))).await, "t");
    let public = "select has_function_privilege('pg_monitor', 'secret()', 'execute')";
    assert_eq!(restored.value(public).await, "f", "what was taken from everybody is taken again");
}

#[tokio::test]
async fn a_swap_that_would_lose_rights_is_refused_before_anything_is_touched() {
    let Some(server) = Server::shared() else { return };
    let (console, database, _) = of_several_owners(server).await;
    let backup = console.backup().await.record.id;
    let before = database.dump_text();

    let to = RestoreTarget::Swap { project: Some(PROJECT.to_owned()), keep_days: None };
    let plan = console.plan(&backup, to).await.unwrap();

    assert!(is_blocked(&plan, "will not be as in the backup"), "{:?}", plan.blockers);
    assert!(plan.rights_lost_count >= 2, "{:?}", plan.rights_lost);
    let refused = console.engine.apply_restore(&plan.id, &plan.database, true).await.unwrap_err();
    assert_eq!(refused.code, Code::PlanBlocked);
    assert_eq!(database.dump_text(), before);
}

#[tokio::test]
async fn default_privileges_are_set_aside_in_place_and_put_back() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let number = database.name().trim_start_matches("test_").to_owned();
    let reader = format!("reader_{number}");
    let made = format!(
        "create role {reader}; create table kept (i int); insert into kept values (1), (2); revoke all on kept from {reader};
         create function open() returns int language sql as 'select 1';
         alter default privileges in schema public grant select, insert on tables to {reader} with grant option;
         alter default privileges revoke execute on functions from public;"
    );
    database.run(&made).await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    let backup = console.backup().await.record.id;
    let before = database.dump_text();
    database.run("delete from kept").await;

    let plan =
        console.plan(&backup, RestoreTarget::InPlace { project: Some(PROJECT.to_owned()) }).await.unwrap();
    let report = console.apply(&plan).await;

    assert_eq!(plan.blockers, Vec::<String>::new());
    assert_eq!(report.verdict, Verdict::Pass, "{}\n{:#?}", report.reason, report.checks);
    assert_eq!(database.dump_text(), before);
    let may = format!("select has_table_privilege('{reader}', 'kept', 'select')");
    assert_eq!(database.value(&may).await, "f", "nobody gave it");
}
