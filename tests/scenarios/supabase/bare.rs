//! A computer that has not even the extensions that come with Postgres.

use ledger::job::CheckVerdict;
use testkit::Supabase;

use super::{assert_passed, limits, on_a_plain_computer};
use crate::drill::{check, drill, request};

#[tokio::test]
async fn a_drill_needs_not_even_the_extensions_that_come_with_postgres() {
    for major in [16, 18] {
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
