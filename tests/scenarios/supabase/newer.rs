//! The same on newer versions of Postgres, which have no extension of their own where they are fetched for the tests.

use engine::restore::TableMode;
use ledger::catalog::Verdict;
use ledger::job::CheckVerdict;
use testkit::Supabase;

use super::restored::everything_comes_back;
use super::rows::{all_rows, damage, let_switch_triggers_off};
use super::{assert_passed, limits, on_a_plain_computer};
use crate::drill::{check, drill, request};

const MAJORS: [u16; 2] = [16, 18];

#[tokio::test]
async fn newer_versions_are_drilled_on_a_plain_computer() {
    for major in MAJORS {
        let Some(supabase) = Supabase::of_major(major) else { return };
        let (console, _, _) = on_a_plain_computer(supabase).await;

        let drill = drill(&console, request()).await;

        assert_passed(&drill);
        for id in ["tables", "rows", "fingerprints", "sequences", "constraints", "indexes", "orphans"] {
            assert_eq!(check(&drill, id).verdict, CheckVerdict::Pass, "{major}: {:?}", check(&drill, id));
        }
        let named = limits(&drill);
        for what in [
            "column public.documents.embedding",
            "column public.profiles.username",
            "index public.documents_title_trgm_idx: it needs the extension pg_trgm",
            "trigger handle_updated_at",
            "extension pg_stat_statements",
        ] {
            assert!(named.iter().any(|one| one.starts_with(what)), "{major}: {what}: {named:#?}");
        }
    }
}

#[tokio::test]
async fn newer_versions_are_drilled_without_limits_where_the_extensions_are() {
    for major in MAJORS {
        let Some(supabase) = Supabase::of_major(major) else { return };
        let database = supabase.database().await;
        let console = supabase.console(database.name(), supabase.with_extensions()).await;
        console.backup().await;

        let drill = drill(&console, request()).await;

        assert_passed(&drill);
        assert_eq!(limits(&drill), Vec::<String>::new(), "{major}");
    }
}

#[tokio::test]
async fn on_newer_versions_a_superuser_gets_every_owner_and_right_back() {
    for major in MAJORS {
        let Some(supabase) = Supabase::of_major(major) else { return };
        everything_comes_back(supabase).await;
    }
}

#[tokio::test]
async fn on_newer_versions_an_ordinary_role_brings_the_rows_of_people_and_files_back() {
    for major in MAJORS {
        let Some(supabase) = Supabase::of_major(major) else { return };
        let database = supabase.database().await;
        let_switch_triggers_off(supabase.server(), "postgres").await;
        let console = supabase.console(database.name(), supabase.with_extensions()).await;
        let backup = console.backup().await.record.id;
        let was = database.dump_text();
        damage(&database).await;
        assert_ne!(database.dump_text(), was);

        let plan = console.plan(&backup, all_rows(TableMode::Replace)).await.unwrap();
        assert_eq!(plan.blockers, Vec::<String>::new(), "{major}");
        let report = console.apply(&plan).await;

        assert_eq!(report.verdict, Verdict::Pass, "{major}: {}\n{:#?}", report.reason, report.checks);
        assert_eq!(database.dump_text(), was, "{major}");
    }
}
