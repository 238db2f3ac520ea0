//! What a person recognises their project by: a platform's database by what is in it, and any other by what any has.

use std::collections::BTreeSet;

use postgres::provider::{PROFILES, Recognised};
use testkit::{CommandLine, Console, Database, PROJECT, Server, Supabase};

/// Nothing beside the database.
fn no_component(_: &str) -> bool {
    false
}

async fn backed_up(console: &Console) -> Option<Recognised> {
    let backup = console.backup().await.record.id;
    console.engine.backup_details(&backup).await.unwrap().manifest.recognised
}

/// Functions that a person made, by the server's own account.
async fn functions(database: &Database<'_>, schemas: &str) -> String {
    let of_people = format!(
        "select count(*) from pg_proc p where p.pronamespace::regnamespace::text in ({schemas}) \
         and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = p.oid and deptype = 'e')"
    );
    database.value(&of_people).await
}

#[tokio::test]
async fn a_person_recognises_their_project_and_is_not_told_that_files_are_here() {
    for supabase in Supabase::each() {
        let database = supabase.database().await;
        let console = supabase.console(database.name(), supabase.with_extensions()).await;

        let found = backed_up(&console).await.unwrap();

        assert_eq!(found.provider.as_deref(), Some("Supabase"));
        let functions = functions(&database, "'public', 'private', 'stripe'").await;
        assert_eq!(
            found.sentences(no_component),
            [
                format!("301 users, 3 buckets, 3 secrets, 3 jobs, {functions} functions"),
                "the rows of 500 objects; their files (5.1 MB) are not in this backup".to_owned(),
            ]
        );
    }
}

#[tokio::test]
async fn a_size_that_is_not_one_is_left_out_and_the_backup_goes_on() {
    for supabase in Supabase::each() {
        let database = supabase.database().await;
        let odd = "update storage.objects set metadata = '{\"size\": \"much\"}' where bucket_id <> 'exports';
        update storage.objects set metadata = null where bucket_id = 'avatars';
        update storage.objects set metadata = '{\"size\": 1000}' where bucket_id = 'exports'";
        database.run(odd).await;
        let exports = "select count(*) from storage.objects where bucket_id = 'exports'";
        let exports: u64 = database.value(exports).await.parse().unwrap();
        let console = supabase.console(database.name(), supabase.with_extensions()).await;

        let found = backed_up(&console).await.unwrap();

        let objects = found.things.iter().find(|thing| thing.many == "objects").unwrap();
        assert_eq!(objects.count, 500);
        assert_eq!(objects.files.as_ref().unwrap().bytes, Some(exports * 1000));
    }
}

#[tokio::test]
async fn what_the_profile_says_is_so() {
    for supabase in Supabase::each() {
        let database = supabase.database().await;
        let profile = PROFILES.into_iter().find(|profile| profile.name == "Supabase").unwrap();

        let schemas =
            "select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'";
        let known: BTreeSet<&str> = profile.schemas.iter().copied().collect();
        let there: BTreeSet<String> = database.rows(schemas).await.into_iter().collect();
        let of_people: Vec<&String> =
            there.iter().filter(|schema| !known.contains(schema.as_str())).collect();
        assert_eq!(of_people, ["private", "public", "stripe", "supabase_migrations"]);

        let of_extensions = profile.extension_tables.iter().map(|(schema, table, _)| (*schema, *table));
        for (schema, table) in profile.noise.iter().copied().chain(of_extensions) {
            let kind =
                format!("select relkind from pg_class where oid = '\"{schema}\".\"{table}\"'::regclass");
            let kind = database.value(&kind).await;
            assert!(kind == "r" || kind == "p", "{schema}.{table} is {kind}");
        }
        for (schema, table, function) in profile.extension_tables {
            let functions = format!(
                "select count(*) > 0 from pg_proc where pronamespace::regnamespace || '.' || proname = '{function}'"
            );
            assert_eq!(database.value(&functions).await, "t", "{function}");
            let is_dumped = format!(
                "select count(*) from pg_extension where '\"{schema}\".\"{table}\"'::regclass = any (extconfig)"
            );
            assert_eq!(database.value(&is_dumped).await, "1", "{schema}.{table}");
        }
        // Not whether it is a superuser: it is one for a moment while another database is built.
        let attributes = format!(
            "select string_agg(what, ' ' order by what) from pg_roles cross join lateral (values ('bypassrls', rolbypassrls), \
           ('createdb', rolcreatedb), ('createrole', rolcreaterole), ('replication', rolreplication)) a (what, has) \
         where has and rolname = '{}'",
            profile.user.name
        );
        assert_eq!(database.value(&attributes).await, profile.user.attributes.join(" "));
    }
}

#[tokio::test]
async fn a_plain_database_is_like_no_platforms_whatever_its_name() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;
    database.run("create table t (i int)").await;
    assert_eq!(backed_up(&console).await, None);

    let made = "create schema auth; create schema storage; create table auth.users (id int, email text);
        insert into auth.users values (1, 'a@b.example'); create table storage.buckets (id text, name text, public bool);
        create table storage.objects (id int, bucket_id text, name text, metadata text);
        create function auth.mine() returns int language sql as 'select 1';
        create extension if not exists pgcrypto";
    database.run(made).await;
    let found = backed_up(&console).await.unwrap();

    assert_eq!(found.provider, None);
    assert_eq!(found.sentences(no_component), ["1 function"], "those of the extension are nobody's");
}

#[tokio::test]
async fn a_view_in_the_place_of_a_table_is_never_evaluated() {
    let Some(server) = Server::shared() else { return };
    let database = server.database().await;
    // Whoever reads one of the views has an error; the tables beside them are as the platform's.
    let made = "create schema auth; create schema storage;
        create function public.trap() returns int language plpgsql as $$ begin raise exception 'the trap ran'; end $$;
        create view auth.users as select public.trap() as id, public.trap() as instance_id, ''::text as aud, ''::text as role,
            ''::text as email, ''::text as encrypted_password, '{}'::jsonb as raw_app_meta_data;
        create table storage.buckets (id text, name text, public bool);
        create view storage.objects as select public.trap() as id, ''::text as bucket_id, ''::text as name,
            jsonb_build_object('size', public.trap()) as metadata";
    database.run(made).await;
    let console = Console::new().await.with_vault().await.with_project(server, database.name()).await;

    let job = console.engine.start_backup(PROJECT, None).await.unwrap();
    let backup = console.succeeded(&job).await.output.unwrap().backup_id.unwrap();

    let found = console.engine.backup_details(&backup).await.unwrap().manifest.recognised.unwrap();
    assert_eq!((found.provider.as_deref(), found.sentences(no_component)), (None, vec!["1 function".into()]));
    let log = console.engine.job_log(&job, 0, ledger::catalog::Level::Info, 500).await.unwrap();
    assert!(!format!("{log:?}").contains("the stored files"), "nothing was asked of the views: {log:?}");
}

#[tokio::test]
async fn the_command_line_says_what_a_person_recognises() {
    // The command line finds the programs of this system alone.
    let Some(supabase) = Supabase::shared() else { return };
    let database = supabase.database().await;
    let line = CommandLine::new();
    let (password, url) = line.credentials(supabase.server(), database.name());
    line.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    line.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    line.expect(0, &["backup", "run", "shop"]);

    let shown = line.expect(0, &["backup", "show", "shop@latest"]).output;
    let document = line.expect(0, &["--json", "backup", "show", "shop@latest"]).output;

    assert!(shown.contains("- 301 users, 3 buckets, 3 secrets, 3 jobs, "), "{shown}");
    let apart = "- the rows of 500 objects; their files (5.1 MB) are not in this backup";
    assert!(shown.contains(apart), "{shown}");
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let objects = &document["recognised"]["things"][2];
    assert_eq!((&objects["name"], &objects["count"]), (&"objects".into(), &500.into()));
    assert_eq!(objects["files"]["isHeld"], false);
}
