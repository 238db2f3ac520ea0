//! Buckets, names, notes and tables that are not as everybody has them.

use engine::parts::PartTarget;
use ledger::catalog::Verdict;
use ledger::component::Component;

use super::super::{apply, backup, folder, plan, tree, wanted};
use super::{Project, named};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buckets_whose_names_are_those_of_addresses_are_buckets_like_others() {
    let Some(project) = Project::new().await else { return };
    let (console, service) = (&project.console, &project.service);
    project
        .database
        .run("insert into storage.buckets (id, name) select b, b from unnest('{public,sign,list}'::text[]) b")
        .await;
    for bucket in ["public", "sign", "list"] {
        service.put(bucket, "avatars/x", &[], format!("of {bucket}")).await;
    }
    service.put("docs", "form", &[("content-type", "multipart/form-data; boundary=x")], "no form").await;
    let before = project.state().await;
    let (first, _) = backup(console).await;
    let session = project.database.session().await;
    let harm = "set storage.allow_delete_query = 'true'; delete from storage.objects; \
                delete from storage.buckets where id = 'public'";
    session.client.batch_execute(harm).await.unwrap();
    session.close().await;
    let planned = plan(console, wanted(&first.record.id, Component::Files, PartTarget::InPlace)).await;
    let (verdict, outcome) = apply(console, &planned).await;
    assert_eq!(verdict, Verdict::Pass, "{outcome}");
    assert_eq!(project.state().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notes_that_no_list_could_hold_leave_out_one_file_and_fail_nothing() {
    let Some(project) = Project::filled().await else { return };
    let console = &project.console;
    project
        .database
        .run(
            "update storage.objects set user_metadata = jsonb_build_object('x', repeat('y', 3000000)) where name = 'plain'; \
             update storage.objects set metadata = '{\"eTag\": 1}' where name = 'empty'; \
             update storage.objects set user_metadata = '[1]' where name = 'page.html'",
        )
        .await;
    let job = super::super::run(console, ledger::component::Components::NONE).await;
    let output = job.output.unwrap();
    assert_eq!(output.verdict, Some(Verdict::Inconclusive), "{}", output.outcome);
    let id = output.backup_id.unwrap();
    let manifest = console.engine.backup_details(&id).await.unwrap().manifest;
    assert_eq!((manifest.taken[0].files, manifest.taken[0].left_out), (5, 1), "{:?}", named(&manifest));
    assert!(
        named(&manifest)[0].starts_with("docs/plain: its name, or what is noted"),
        "{:?}",
        named(&manifest)
    );
    let (_kept, place) = folder();
    let target = PartTarget::Folder { path: place.join("out") };
    let planned = plan(console, wanted(&id, Component::Files, target)).await;
    assert_eq!(apply(console, &planned).await.0, Verdict::Pass);
    assert_eq!(tree(place.join("out")).len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_view_that_takes_the_place_of_the_table_is_not_asked() {
    let Some(project) = Project::filled().await else { return };
    let session = project.database.session().await;
    session.client.batch_execute("begin isolation level repeatable read read only; select 1").await.unwrap();
    let found = postgres::storage_rows::StorageTable::find(&session.client).await.unwrap().unwrap();
    project
        .database
        .run(
            "create function public.evil() returns text language plpgsql as $$ begin raise exception 'it ran'; end $$; \
             alter table storage.objects rename to o; \
             create view storage.objects as select public.evil() bucket_id, public.evil() as name",
        )
        .await;
    let refused = found.rows(&session.client, Some(10)).await.err().unwrap().to_string();
    assert!(refused.contains("exchanged") || refused.contains("view"), "{refused}");
    assert!(!refused.contains("it ran"), "{refused}");
    session.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_of_another_kind_is_named_and_the_others_are_not_read_again_for_it() {
    let Some(project) = Project::filled().await else { return };
    project
        .database
        .run("insert into storage.buckets (id, name, type) values ('zeta', 'zeta', 'ANALYTICS')")
        .await;
    let none = ledger::component::Components::NONE;
    super::super::run(&project.console, none).await;
    let job = super::super::run(&project.console, none).await;
    let output = job.output.unwrap();
    assert_eq!(output.verdict, Some(Verdict::Inconclusive), "{}", output.outcome);
    let details = project.console.engine.backup_details(&output.backup_id.unwrap()).await.unwrap();
    let taken = &details.manifest.taken[0];
    assert_eq!((taken.files, taken.unchanged, taken.left_out), (6, 6, 1), "{:?}", taken.named);
    assert!(taken.named[0].starts_with("zeta/: it is a bucket of the kind ANALYTICS"), "{:?}", taken.named);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_says_that_it_set_a_bucket_and_did_not_is_no_pass() {
    let Some(project) = Project::filled().await else { return };
    let (first, _) = backup(&project.console).await;
    project.database.run("update storage.buckets set public = false where id = 'avatars'").await;
    project.service.set_nothing();
    let target = PartTarget::InPlace;
    let planned = plan(&project.console, wanted(&first.record.id, Component::Files, target)).await;
    let (verdict, outcome) = apply(&project.console, &planned).await;
    assert_eq!(verdict, Verdict::Fail, "{outcome}");
    assert!(outcome.contains("bucket avatars: it is not set as in the backup afterwards"), "{outcome}");
}
