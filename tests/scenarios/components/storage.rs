//! The buckets of a Supabase project, by its Storage API, beside its database.

mod odd;

use base::Code;
use base::secret::Secret;
use engine::archive::Manifest;
use engine::component::NewSource;
use engine::drill::DrillRequest;
use engine::parts::PartTarget;
use ledger::catalog::Verdict;
use ledger::component::Component;
use ledger::job::CheckVerdict;
use remote::storage_api::StorageAddress;
use source::Place;
use testkit::platforms::supabase_storage::{AtGet, SupabaseStorage};
use testkit::{CommandLine, Console, Database, Fault, FaultProxy, PROJECT, Sshd, Supabase};

use super::{apply, backup, console_of, folder, plan, tree, wanted};

const OBJECTS: &str = "select bucket_id, name, metadata->>'size', metadata->>'eTag', metadata->>'mimetype', \
                       metadata->>'cacheControl', user_metadata::text from storage.objects order by 1, 2";
const BUCKETS: &str =
    "select id, public, file_size_limit, allowed_mime_types from storage.buckets order by 1";

fn source(url: &str, key: &str) -> NewSource {
    let place = Place::StorageApi(StorageAddress::parse(url).unwrap());
    NewSource { component: Component::Files, place, name: None, secret: Some(Secret::new(key)) }
}

/// A project with its database and its storage service, in which there are two buckets.
struct Project {
    console: Console,
    database: Database<'static>,
    service: SupabaseStorage,
}

impl Project {
    async fn new() -> Option<Self> {
        let supabase = Supabase::shared()?;
        let database = supabase.new_project().await;
        database
            .run(
                "insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types) values \
                 ('avatars', 'avatars', true, 50000000, '{image/png,text/html}'), ('docs', 'docs', false, null, null)",
            )
            .await;
        let service = SupabaseStorage::start(&database);
        let console = supabase.console(database.name(), supabase.with_extensions()).await;
        console.engine.add_source(PROJECT, source(&service.url(), &service.service_key())).await.unwrap();
        Some(Self { console, database, service })
    }

    async fn filled() -> Option<Self> {
        let project = Self::new().await?;
        let service = &project.service;
        let noted = "eyJzY2FuIjogImNsZWFuIiwgInNpemVzIjogWzEsIDJdfQ==";
        let plain = "eyJieSI6ICJhbm5hIn0=";
        let told = [("content-type", "image/png"), ("cache-control", "max-age=60"), ("x-metadata", plain)];
        service.put("avatars", "anna/me.png", &told, "a face").await;
        let page =
            [("content-type", "text/html"), ("cache-control", "public, max-age=5"), ("x-metadata", noted)];
        service.put("avatars", "page.html", &page, "<h1>hello</h1>").await;
        for name in ["a b/ü.txt", "plain", "100%41+&=.txt"] {
            service.put("docs", name, &[], format!("content of {name}")).await;
        }
        service.put("docs", "empty", &[], "").await;
        Some(project)
    }

    async fn state(&self) -> (Vec<String>, Vec<String>) {
        (self.database.rows(OBJECTS).await, self.database.rows(BUCKETS).await)
    }
}

fn named(manifest: &Manifest) -> &[String] {
    &manifest.taken[0].named
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_bucket_comes_back_as_it_was_with_what_its_readers_are_told() {
    let Some(project) = Project::filled().await else { return };
    let (console, service) = (&project.console, &project.service);
    let large: Vec<u8> = (0..4_000_000_u32).flat_map(u32::to_le_bytes).collect();
    service.put("docs", "large.bin", &[("cache-control", "max-age=60")], &large).await;
    service.put("docs", "large and odd.bin", &[("cache-control", "private, max-age=60")], &large).await;
    // A limit that came later than the files.
    project.database.run("update storage.buckets set file_size_limit = 10 where id = 'docs'").await;
    let before = project.state().await;
    let (first, manifest) = backup(console).await;
    let taken = &manifest.taken[0];
    assert_eq!(
        (taken.files, taken.missing, taken.changed, taken.left_out),
        (8, 0, 0, 0),
        "{:?}",
        taken.named
    );
    assert_eq!(taken.buckets.len(), 2);
    assert!(manifest.warnings.is_empty(), "{:?}", manifest.warnings);

    let calls = service.seen().len();
    let (_, manifest) = backup(console).await;
    assert_eq!((manifest.taken[0].files, manifest.taken[0].unchanged), (8, 8));
    let later = service.seen();
    let calls: Vec<&str> = later[calls..].iter().map(|seen| seen.call.as_str()).collect();
    assert_eq!(calls, ["GET /storage/v1/bucket"], "nothing that did not change is asked for");

    // One gone, one another, one told otherwise, one of nobody, a bucket set otherwise, and one bucket gone.
    let session = project.database.session().await;
    let harm = "set storage.allow_delete_query = 'true'; delete from storage.objects where bucket_id = 'docs'; \
                delete from storage.buckets where id = 'docs'; \
                update storage.buckets set public = false, allowed_mime_types = null where id = 'avatars'";
    session.client.batch_execute(harm).await.unwrap();
    session.close().await;
    service.put("avatars", "anna/me.png", &[("content-type", "image/png")], "another").await;
    service.put("avatars", "page.html", &[("content-type", "text/html")], "<h1>hello</h1>").await;
    service.put("avatars", "extra.png", &[("content-type", "image/png")], "extra").await;
    let mut request = wanted(&first.record.id, Component::Files, PartTarget::InPlace);
    request.deletes_extra = true;
    let planned = plan(console, request).await;
    let total = planned.total();
    assert_eq!((total.add, total.replace, total.delete, total.same), (6, 2, 1, 0), "{:?}", planned.steps);
    assert!(
        planned.steps.iter().any(|step| step.starts_with("Make the bucket “docs”")),
        "{:?}",
        planned.steps
    );
    assert!(
        planned.steps.iter().any(|step| step.starts_with("Set the bucket “avatars”")),
        "{:?}",
        planned.steps
    );
    assert!(planned.makes_safety);
    let job = console.engine.apply_parts(&planned.id, &planned.project).await.unwrap();
    let output = console.succeeded(&job).await.output.unwrap();
    assert_eq!(output.verdict, Some(Verdict::Pass), "{}", output.outcome);
    assert_eq!(project.state().await, before);

    // What was there before is in the safety backup: settings of buckets too.
    let safety = console.engine.backup_details(&output.backup_id.unwrap()).await.unwrap().manifest;
    let avatars = safety.taken[0].buckets.iter().find(|bucket| bucket.id == "avatars").unwrap();
    assert!(!avatars.public && avatars.allowed_mime_types.is_none(), "{avatars:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drill_finds_a_file_for_each_row_and_a_row_for_each_file() {
    let Some(project) = Project::filled().await else { return };
    backup(&project.console).await;
    let job = project
        .console
        .engine
        .start_drill(DrillRequest::of_backup(format!("{PROJECT}@latest")))
        .await
        .unwrap();
    project.console.succeeded(&job).await;
    let drill = project.console.engine.drill(&job).await.unwrap();
    let check = |id: &str| drill.report.checks.iter().find(|check| check.id == id).unwrap();
    let objects = check("objects");
    assert_eq!(
        (objects.verdict, objects.figure.as_str()),
        (CheckVerdict::Pass, "6 of 6 rows"),
        "{objects:?}"
    );
    assert_eq!(check("storage:storage").verdict, CheckVerdict::Pass);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_gone_or_another_since_the_moment_of_the_database_is_named() {
    let Some(project) = Project::filled().await else { return };
    let (console, service) = (&project.console, &project.service);
    service.at_get(AtGet::Deletes("docs/plain".into()));
    let (_, manifest) = backup(console).await;
    assert_eq!((manifest.taken[0].files, manifest.taken[0].missing), (5, 1), "{manifest:?}");
    assert!(named(&manifest)[0].starts_with("docs/plain: it was gone"), "{:?}", named(&manifest));

    service.put("docs", "plain", &[], "one").await;
    service.at_get(AtGet::Replaces("docs/plain".into(), b"another".to_vec()));
    let (made, manifest) = backup(console).await;
    assert_eq!((manifest.taken[0].files, manifest.taken[0].changed), (6, 1), "{:?}", named(&manifest));
    assert!(named(&manifest)[0].contains("after the moment of the backup"), "{:?}", named(&manifest));
    // It is whole all the same, and told as what it is.
    let (_kept, place) = folder();
    let target = PartTarget::Folder { path: place.join("out") };
    let planned = plan(console, wanted(&made.record.id, Component::Files, target)).await;
    assert_eq!(apply(console, &planned).await.0, Verdict::Pass);
    assert_eq!(tree(place.join("out"))["docs/plain"], b"another");
    // The next one reads it again.
    let (_, manifest) = backup(console).await;
    assert_eq!((manifest.taken[0].unchanged, manifest.taken[0].changed), (5, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_sees_too_little_is_told_from_a_storage_that_is_empty() {
    let Some(project) = Project::filled().await else { return };
    let (console, service) = (&project.console, &project.service);
    let test = async |key: &str| {
        console.engine.add_source(PROJECT, source(&service.url(), key)).await.unwrap();
        console.engine.test_source(PROJECT, "storage").await
    };
    let refused = test(&service.key("anon", 3600)).await.unwrap_err();
    assert_eq!(refused.code, Code::BucketRefused);
    assert!(refused.message.contains("the role anon"), "{}", refused.message);
    let refused = test(&service.key("reporting", 3600)).await.unwrap_err();
    assert!(refused.message.contains("the role reporting"), "{}", refused.message);
    // Of a role that nobody knows, nothing proves nothing.
    project.database.run("grant usage on schema storage to authenticator; grant select on storage.buckets, storage.objects to authenticator").await;
    let refused = test(&service.opaque_key("authenticator")).await.unwrap_err();
    assert!(refused.message.contains("no bucket, and nobody can tell"), "{}", refused.message);
    assert!(refused.hint.as_deref().is_some_and(|hint| hint.contains("service_role")), "{:?}", refused.hint);
    let (_, manifest) = backup(console).await;
    assert_eq!((manifest.taken.len(), manifest.absent.len()), (0, 1), "rows say that there is something");

    let refused = test(&service.key("service_role", -10)).await.unwrap_err();
    assert!(refused.message.contains("jwt expired"), "{}", refused.message);
    assert!(
        refused.hint.as_deref().is_some_and(|hint| hint.contains("service key again")),
        "{:?}",
        refused.hint
    );
    let refused = test(&format!("{}x", service.service_key())).await.unwrap_err();
    assert!(refused.message.contains("InvalidJWT"), "{}", refused.message);

    // The right key at a storage that really is empty.
    let session = project.database.session().await;
    let empty =
        "set storage.allow_delete_query = 'true'; delete from storage.objects; delete from storage.buckets";
    session.client.batch_execute(empty).await.unwrap();
    session.close().await;
    let (_, look) = test(&service.service_key()).await.unwrap();
    assert_eq!(look.items, Some(0), "{}", look.sentence);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_database_the_service_itself_is_asked_for_all_pages() {
    let Some(project) = Project::filled().await else { return };
    let service = &project.service;
    project
        .database
        .run(
            "insert into storage.objects (bucket_id, name, version, metadata) \
             select 'docs', 'many/' || i, (select version from storage.objects where name = 'plain'), \
             (select metadata from storage.objects where name = 'plain') from generate_series(1, 1200) i",
        )
        .await;
    let console = console_of(vec![source(&service.url(), &service.service_key())]).await;
    service.set(|faults| faults.too_many = Some((2, 0)));
    let (made, manifest) = backup(&console).await;
    let taken = &manifest.taken[0];
    assert_eq!((taken.files, taken.left_out), (1206, 0), "{:?}", taken.named);
    let (_, manifest) = backup(&console).await;
    assert_eq!(manifest.taken[0].unchanged, 1206, "what nobody touched is not read again");

    // A page is told as what it is, though the service sends it as plain text.
    let harm = [("content-type", "text/plain")];
    project.database.run("update storage.buckets set allowed_mime_types = null where id = 'avatars'").await;
    service.put("avatars", "page.html", &harm, "<h1>hello</h1>").await;
    let planned = plan(&console, wanted(&made.record.id, Component::Files, PartTarget::InPlace)).await;
    assert_eq!((planned.total().replace, planned.total().same), (1, 1205), "{:?}", planned.steps);
    let (verdict, outcome) = apply(&console, &planned).await;
    assert_eq!(verdict, Verdict::Pass, "{outcome}");
    let told =
        "select metadata->>'mimetype', user_metadata->'sizes' from storage.objects where name = 'page.html'";
    assert_eq!(project.database.rows(told).await, ["text/html|[1, 2]"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_break_end_neither_a_download_nor_an_upload() {
    let Some(project) = Project::filled().await else { return };
    let (console, service) = (&project.console, &project.service);
    let large: Vec<u8> = (0..5_000_000_u32).flat_map(u32::to_le_bytes).collect();
    service.put("docs", "large.bin", &[("cache-control", "max-age=60")], &large).await;
    let before = project.state().await;
    let proxy = FaultProxy::to(service.port());
    let url = format!("http://127.0.0.1:{}/storage/v1", proxy.port());
    console.engine.add_source(PROJECT, source(&url, &service.service_key())).await.unwrap();
    // Each connection carries less than half of it.
    proxy.set(Fault::CutAfter(9_000_000));
    let (made, manifest) = backup(console).await;
    assert_eq!((manifest.taken[0].files, manifest.taken[0].left_out), (7, 0), "{:?}", named(&manifest));
    let session = project.database.session().await;
    let harm =
        "set storage.allow_delete_query = 'true'; delete from storage.objects where name = 'large.bin'";
    session.client.batch_execute(harm).await.unwrap();
    session.close().await;
    let planned = plan(console, wanted(&made.record.id, Component::Files, PartTarget::InPlace)).await;
    assert_eq!(planned.total().add, 1);
    let (verdict, outcome) = apply(console, &planned).await;
    assert_eq!(verdict, Verdict::Pass, "{outcome}");
    assert_eq!(project.state().await, before);
    assert!(proxy.connections() >= 6, "{}", proxy.connections());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_of_the_inner_network_is_reached_by_the_ssh_server_of_the_database() {
    let (Some(project), Some(sshd)) = (Project::filled().await, Sshd::start().await) else { return };
    let supabase = Supabase::shared().unwrap();
    let console =
        Console::with(|options| options.tool_roots = supabase.with_extensions()).await.with_vault().await;
    let mut settings = supabase.settings(project.database.name());
    settings.host = "127.0.0.1".into();
    settings.ssh = Some(sshd.address());
    console.add_project(PROJECT, settings, &supabase.password()).await.unwrap();
    let (url, key) = (project.service.url(), project.service.service_key());
    console.engine.add_source(PROJECT, source(&url, &key)).await.unwrap();
    let (_, manifest) = backup(&console).await;
    let taken = &manifest.taken[0];
    assert_eq!((taken.files, taken.left_out), (6, 0), "{:?}", taken.named);
    assert_eq!(taken.way, Some(sshd.address().to_string()));
    let port = project.service.port();
    let seen = project.service.seen();
    let host = seen.last().unwrap().headers["host"].to_str().unwrap().to_owned();
    assert_eq!(host, format!("127.0.0.1:{port}"), "the service is told its own name");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storage_is_added_tested_and_backed_up_on_the_command_line_and_its_key_is_in_no_file() {
    let Some(project) = Project::filled().await else { return };
    let supabase = Supabase::shared().unwrap();
    let cli = CommandLine::new();
    cli.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    let (password, url) = cli.credentials(supabase.server(), project.database.name());
    cli.expect(0, &["project", "add", "shop", "--postgres", &url, "--password-file", password.as_str()]);
    let key = project.service.service_key();
    std::fs::write(cli.folder().join("key"), format!("{key}\n")).unwrap();
    let base = project.service.url();
    let base = base.trim_end_matches("/storage/v1");
    cli.expect(0, &["component", "add", "shop", "--storage-api", base, "--secret-file", "key"]);
    let said = cli.expect(0, &["component", "test", "shop"]).output;
    assert!(said.contains(&format!("Supabase storage at {base}/storage/v1 has 6 files")), "{said}");
    cli.expect(0, &["backup", "run", "shop"]);
    let out = ["restore", "plan", "shop@latest", "--component", "files", "--prefix", "avatars/"];
    cli.expect(0, &[&out[..], &["--to-folder", "out", "--out", "plan.json"]].concat());
    cli.expect(0, &["restore", "apply", "plan.json", "--confirm", "shop"]);
    let found = tree(cli.folder().join("out"));
    assert_eq!(found.keys().collect::<Vec<_>>(), ["avatars/anna/me.png", "avatars/page.html"]);
    std::fs::remove_file(cli.folder().join("key")).unwrap();
    for (name, content) in tree(cli.folder()) {
        assert!(!content.windows(key.len()).any(|part| part == key.as_bytes()), "{name} has the key");
    }
    let refused = cli.expect(2, &["component", "add", "shop", "--storage-api", base, "--name", "other"]);
    assert!(refused.said.contains("service key"), "{refused:?}");
    let refused = cli.expect(2, &["component", "add", "shop", "--storage-api", "http://shop.example"]);
    assert!(refused.said.contains("show the key to everyone"), "{refused:?}");
    assert!(
        refused.said.contains("https://REF.supabase.co") && !refused.said.contains("s3://"),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_are_lost_behind_their_rows_are_missed_and_come_back_from_an_earlier_backup() {
    let Some(project) = Project::filled().await else { return };
    let (console, service) = (&project.console, &project.service);
    let (first, _) = backup(console).await;
    service.lose(&project.database, "docs", "plain").await;
    service.lose(&project.database, "avatars", "anna/me.png").await;
    // Nobody has looked at them since the first backup, whose they still are.
    let (_, manifest) = backup(console).await;
    assert_eq!(manifest.taken[0].unchanged, 6);

    // A restore believes no row.
    let planned = plan(console, wanted(&first.record.id, Component::Files, PartTarget::InPlace)).await;
    assert_eq!((planned.total().replace, planned.total().same), (2, 4), "{:?}", planned.steps);
    let (verdict, outcome) = apply(console, &planned).await;
    assert_eq!(verdict, Verdict::Pass, "{outcome}");
    let planned = plan(console, wanted(&first.record.id, Component::Files, PartTarget::InPlace)).await;
    assert_eq!((planned.total().replace, planned.total().same), (0, 6), "{:?}", planned.steps);

    // All of them, and one that no backup has: its row goes.
    let objects = "select bucket_id || '|' || name from storage.objects";
    service.put("docs", "bare", &[], "bare").await;
    for row in project.database.rows(objects).await {
        let (bucket, name) = row.split_once('|').unwrap();
        service.lose(&project.database, bucket, name).await;
    }
    let mut request = wanted(&first.record.id, Component::Files, PartTarget::InPlace);
    request.deletes_extra = true;
    let planned = plan(console, request).await;
    assert_eq!((planned.total().replace, planned.total().delete), (6, 1), "{:?}", planned.steps);
    let (verdict, outcome) = apply(console, &planned).await;
    assert_eq!(verdict, Verdict::Pass, "{outcome}");
    assert_eq!(project.database.rows(objects).await.len(), 6);

    // Of a backup that has to read them, they are missed: it counts for less than all.
    service.put("docs", "new", &[], "new").await;
    service.lose(&project.database, "docs", "new").await;
    let job = super::run(console, ledger::component::Components::NONE).await;
    let output = job.output.unwrap();
    assert_eq!(output.verdict, Some(Verdict::Inconclusive), "{}", output.outcome);
    let manifest = console.engine.backup_details(&output.backup_id.unwrap()).await.unwrap().manifest;
    assert!(named(&manifest)[0].contains("its bytes are not there"), "{:?}", named(&manifest));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_of_another_project_do_not_pass_for_what_a_storage_holds() {
    let (Some(project), Some(supabase)) = (Project::filled().await, Supabase::shared()) else { return };
    project
        .database
        .run(
            "alter table storage.objects disable trigger user; \
        update storage.objects set updated_at = now() - interval '1 day'; \
        alter table storage.objects enable trigger user",
        )
        .await;
    let copy = supabase.new_project().await;
    let console = supabase.console(copy.name(), supabase.with_extensions()).await;
    let (url, key) = (project.service.url(), project.service.service_key());
    console.engine.add_source(PROJECT, source(&url, &key)).await.unwrap();
    let (_, manifest) = backup(&console).await;
    assert_eq!((manifest.taken.len(), manifest.absent.len()), (0, 1), "{:?}", manifest.taken);
    assert!(manifest.absent[0].why.contains("the storage of another project"), "{:?}", manifest.absent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_older_than_the_limits_of_its_bucket_comes_back_and_the_limits_stay() {
    let Some(project) = Project::filled().await else { return };
    let (console, service) = (&project.console, &project.service);
    let limits =
        "update storage.buckets set file_size_limit = 3, allowed_mime_types = '{image/*}' where id = 'docs'";
    project.database.run(limits).await;
    let before = project.state().await;
    let (first, _) = backup(console).await;
    let session = project.database.session().await;
    let harm = "set storage.allow_delete_query = 'true'; delete from storage.objects where name = 'plain'";
    session.client.batch_execute(harm).await.unwrap();
    session.close().await;
    let planned = plan(console, wanted(&first.record.id, Component::Files, PartTarget::InPlace)).await;
    assert!(planned.makes_safety && planned.total().add == 1, "{:?}", planned.steps);
    let (verdict, outcome) = apply(console, &planned).await;
    assert_eq!(verdict, Verdict::Pass, "{outcome}");
    assert_eq!(project.state().await, before);

    // Whoever cancels in between finds the limits as they were.
    let session = project.database.session().await;
    session.client.batch_execute(harm).await.unwrap();
    session.close().await;
    let planned = plan(console, wanted(&first.record.id, Component::Files, PartTarget::InPlace)).await;
    service.set(|faults| faults.answers_never = Some("POST /storage/v1/object/docs".into()));
    let job = console.engine.apply_parts(&planned.id, &planned.project).await.unwrap();
    console.wait_for_phase(&job, "restore").await;
    let opened = "select file_size_limit is null from storage.buckets where id = 'docs'";
    testkit::poll::until("the bucket is open", async || {
        (project.database.value(opened).await == "t").then_some(())
    })
    .await;
    console.engine.cancel_job(&job).await.unwrap();
    console.wait(&job).await;
    service.set(|faults| faults.answers_never = None);
    assert_eq!(project.database.rows(BUCKETS).await, before.1);
}
