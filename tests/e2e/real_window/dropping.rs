//! Backup files dropped on the window.

use super::block_on;
use crate::desk::Desk;
use crate::drag::Drag;
use crate::peer::wait_for;

#[test]
fn a_file_that_is_dropped_on_any_screen_is_looked_at_and_nothing_in_it_is_run() {
    block_on(async {
        let Some(desk) = Desk::open().await else { return };
        let (file, trace) = (desk.home().join("old shop.sql"), desk.home().join("was-run"));
        let sql = format!(
            "-- PostgreSQL database dump\n\n-- Dumped from database version 15.8\n\
             -- Dumped by pg_dump version 15.10\n\nCREATE TABLE public.orders (id integer);\n\
             COPY public.orders (id) FROM stdin;\n1\n2\n\\.\n\\! touch {}\n\n\
             -- PostgreSQL database dump complete\n",
            trace.display()
        );
        std::fs::write(&file, sql).unwrap();
        let window = desk.start().await;

        let drag = Drag::over(desk.screen(), "Holdfast", &[&file]).await;
        wait_for("the overlay", async || window.has("drop-overlay").await.then_some(())).await;
        window.settled().await;
        desk.screen().picture("drop-overlay");
        drag.release();
        let report = window.text_of("file-report").await;
        window.settled().await;
        desk.screen().picture("dropped");
        assert!(report.contains("old shop.sql") && report.contains("nothing in it was run"), "{report}");
        assert!(!window.has("drop-overlay").await);
        assert!(!trace.exists(), "the file's command was run");
        window.end().await;
    });
}
