//! A database that uses an extension everywhere where a database can, on a computer without that extension.

use ledger::catalog::Verdict;
use ledger::job::CheckVerdict;
use postgres::tools::SearchRoots;
use testkit::{Console, Database, Terra, every_version};

use crate::drill::{check, drill, request};
use crate::supabase::{assert_passed, limits};

/// More than the longest list of what needs the extension.
const ROWS: u64 = 20_000;

async fn console(terra: &Terra, database: &Database<'_>, roots: SearchRoots) -> Console {
    let console = Console::with(|options| options.tool_roots = roots).await.with_vault().await;
    console.with_project(terra.server(), database.name()).await
}

async fn every_row_comes_back(terra: &'static Terra) {
    let database = terra.database(ROWS).await;
    let console = console(terra, &database, every_version()).await;
    console.backup().await;

    let drill = drill(&console, request()).await;

    assert_passed(&drill);
    for id in ["tables", "rows", "fingerprints", "sequences", "constraints", "indexes"] {
        assert_eq!(check(&drill, id).verdict, CheckVerdict::Pass, "{:?}", check(&drill, id));
    }
    let named = limits(&drill);
    for what in [
        "column public.towns.at",
        "column public.towns.trips",
        "constraint towns_pkey on public.towns",
        "constraint visits_town_fkey on public.visits",
        "constraint towns_system_fkey on public.towns",
        "check constraint \"in, reach\" on public.towns",
        "check constraint \"not, far\" on public.\"Home\"",
        "default public.\"Home\"",
        "generated column public.towns.x",
        "partitioning public.tracks",
        "partitioning public.spread",
        "index public.towns_near",
        "index public.towns_others",
        "index public.towns_walks",
        "index public.towns_x",
        "materialized view public.by_place",
        "view public.far_towns",
        "function public.distance",
        "function public.listed()",
        "policy nearby on public.towns",
        "trigger stamped on public.towns",
        "rule quiet on public.visits",
        "statistics public.towns_told",
        "type public.walk",
    ] {
        assert!(named.iter().any(|one| one.starts_with(what)), "{what}: {named:#?}");
    }
    // What needs nothing of it is there.
    for what in
        ["towns_name", "towns_kind", "named on", "all, of them", "by_name", "public.names", "tracks_id"]
    {
        assert!(!named.iter().any(|one| one.contains(what)), "{what}: {named:#?}");
    }
}

#[tokio::test]
async fn every_row_of_every_table_comes_back_and_what_needs_the_extension_is_named() {
    let Some(terra) = Terra::shared() else { return };
    every_row_comes_back(terra).await;
}

#[tokio::test]
async fn the_same_on_newer_versions() {
    for major in [16, 18] {
        let Some(terra) = Terra::of_major(major) else { return };
        every_row_comes_back(terra).await;
    }
}

#[tokio::test]
async fn a_look_inside_finds_the_rows_of_keys_and_partitions() {
    let Some(terra) = Terra::shared() else { return };
    let database = terra.database(10).await;
    let console = console(terra, &database, SearchRoots::of_this_system()).await;
    let backup = console.backup().await.record.id;

    let report = console.restore_to_scratch(&backup).await;

    assert_eq!(report.verdict, Verdict::Pass, "{}", report.reason);
    assert!(report.limits.iter().any(|limit| limit.kind == "partitioning"), "{:?}", report.limits);
}

#[tokio::test]
async fn with_the_extension_there_are_no_limits() {
    let Some(terra) = Terra::shared() else { return };
    let database = terra.database(10).await;
    let console = console(terra, &database, terra.with_extensions()).await;
    console.backup().await;

    let drill = drill(&console, request()).await;

    assert_passed(&drill);
    assert_eq!(limits(&drill), Vec::<String>::new());
}
