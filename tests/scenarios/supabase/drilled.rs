//! Drills of it: on a plain computer, where its extensions are missing, and on one that has them.

use engine::drill::DrillRequest;
use ledger::job::CheckVerdict;
use testkit::Supabase;

use super::{assert_passed, limits, on_a_plain_computer};
use crate::drill::{check, drill, request};

#[tokio::test]
async fn a_drill_on_a_plain_computer_brings_all_rows_back_and_names_what_is_not_here() {
    for supabase in Supabase::each() {
        let (console, _, _) = on_a_plain_computer(supabase).await;

        let plan = console.engine.plan_drill(request()).await.unwrap();
        let drill = drill(&console, request()).await;

        assert_eq!(plan.obstacles, Vec::<String>::new());
        assert!(plan.warnings.iter().any(|warning| warning.contains("pg_graphql")), "{:?}", plan.warnings);
        assert_passed(&drill);
        for id in ["tables", "rows", "fingerprints", "sequences", "constraints", "indexes", "orphans"] {
            assert_eq!(check(&drill, id).verdict, CheckVerdict::Pass, "{:?}", check(&drill, id));
        }
        let named = limits(&drill);
        for what in [
            "column public.documents.embedding",
            "index public.documents_embedding_idx: it needs the extension vector",
            "index public.documents_short_name_idx: it needs the extension pg_hashids",
            "check constraint preferences_shape on public.profiles: it needs the extension pg_jsonschema",
            "default",
            "server stripe_server: it needs the extension wrappers",
            "extension pg_graphql",
        ] {
            assert!(named.iter().any(|one| one.starts_with(what)), "{what}: {named:#?}");
        }
        let reason = &drill.row.record.reason;
        assert!(reason.contains("Restored: all rows; not here: "), "{reason}");
        assert!(reason.contains("1 index (vector)"), "{reason}");
    }
}

#[tokio::test]
async fn a_drill_on_a_computer_with_the_extensions_has_no_limits() {
    for supabase in Supabase::each() {
        let database = supabase.database().await;
        let console = supabase.console(database.name(), supabase.with_extensions()).await;
        console.backup().await;

        let drill = drill(&console, request()).await;

        assert_passed(&drill);
        assert_eq!(limits(&drill), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_sample_of_tables_that_need_no_extension_has_no_limits() {
    for supabase in Supabase::each() {
        let (console, _, _) = on_a_plain_computer(supabase).await;
        let of = |table: &str| DrillRequest { tables: vec![table.into()], ..request() };

        let without = drill(&console, of("auth.users")).await;
        let with = drill(&console, of("public.documents")).await;

        assert_passed(&without);
        assert_eq!(limits(&without), Vec::<String>::new());
        assert_passed(&with);
        assert!(
            limits(&with).iter().any(|one| one.contains("documents_embedding_idx")),
            "{:?}",
            limits(&with)
        );
        assert!(!limits(&with).iter().any(|one| one.contains("profiles")), "{:?}", limits(&with));
    }
}

#[tokio::test]
async fn a_look_inside_works_on_a_plain_computer() {
    for supabase in Supabase::each() {
        let (console, _, backup) = on_a_plain_computer(supabase).await;

        let report = console.restore_to_scratch(&backup).await;

        assert_eq!(report.verdict, ledger::catalog::Verdict::Pass, "{}", report.reason);
        assert!(report.limits.iter().any(|limit| limit.extension == "vector"), "{:?}", report.limits);
    }
}
