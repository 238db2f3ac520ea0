//! What waits for what, without a server.

use std::sync::Arc;

use proptest::prelude::*;

use super::StoredDump;
use super::builds::{Build, builds};
use super::data::tables;
use super::schedule::{Compared, Schedule, Task};
use super::stages::Stages;
use crate::custom_format::{Block, BlockKind, Header, Section, Toc, TocEntry};

const MIB: u64 = 1 << 20;

fn entry(dump_id: i64, kind: &str, tag: &str, definition: &str, dependencies: &[i64]) -> TocEntry {
    let section = match kind {
        "TABLE DATA" => Section::Data,
        "INDEX" | "CONSTRAINT" | "FK CONSTRAINT" | "TRIGGER" => Section::PostData,
        _ => Section::PreData,
    };
    TocEntry {
        dump_id,
        section,
        has_data: kind == "TABLE DATA",
        tag: tag.into(),
        kind: kind.into(),
        definition: definition.into(),
        copy: (kind == "TABLE DATA").then(|| format!("COPY public.{tag} (id) FROM stdin;\n")),
        schema: Some("public".into()),
        owner: None,
        dependencies: dependencies.to_vec(),
        object: (0, 0),
    }
}

/// A large table 1 and a small one 2, filled, and a partitioned one 3.
fn built(more: &[TocEntry]) -> Vec<Build> {
    let header = Header {
        version: (1, 14, 0),
        int_bytes: 4,
        is_compressed: false,
        database: None,
        server_version: None,
        tool_version: None,
    };
    let mut entries = vec![
        entry(1, "TABLE", "large", "", &[]),
        entry(2, "TABLE", "small", "", &[]),
        entry(3, "TABLE", "parted", "", &[]),
        entry(4, "FUNCTION", "f(int)", "", &[]),
        entry(5, "EXTENSION", "ext", "", &[]),
        entry(11, "TABLE DATA", "large", "", &[1]),
        entry(12, "TABLE DATA", "small", "", &[2]),
    ];
    entries.extend_from_slice(more);
    let block = |dump_id, length| Block { dump_id, kind: BlockKind::Rows, offset: 0, length };
    let mut blocks = vec![block(11, 100 * MIB), block(12, 1)];
    if more.iter().any(|entry| entry.dump_id == 13) {
        blocks.push(block(13, 1));
    }
    let dump = StoredDump {
        beside: Vec::new(),
        bytes: 0,
        prefix_bytes: 0,
        blocks,
        tables: Vec::new(),
        open: Arc::new(|_, _| Ok(Box::new(std::io::empty()))),
    };
    let toc = Toc { header, entries, prefix_bytes: 0 };
    builds(&toc, &tables(&dump, &toc).unwrap())
}

fn ids(builds: &[Build]) -> Vec<i64> {
    builds.iter().map(|build| build.dump_id).collect()
}

#[test]
fn a_large_tables_indexes_go_ahead_with_what_they_need_and_small_tables_stay_for_the_end() {
    let found = built(&[
        entry(21, "CONSTRAINT", "small_pkey", "ADD CONSTRAINT small_pkey PRIMARY KEY (id)", &[2]),
        entry(22, "CONSTRAINT", "large_pkey", "ADD CONSTRAINT large_pkey PRIMARY KEY (id)", &[1]),
        entry(23, "INDEX", "i", "CREATE INDEX i ON public.large USING gin (t)", &[1, 1]),
        entry(24, "INDEX", "j", "CREATE INDEX j ON public.small USING gin (t)", &[2]),
        entry(25, "FK CONSTRAINT", "fk", "ADD CONSTRAINT fk FOREIGN KEY", &[1, 2, 21]),
        entry(26, "TRIGGER", "t", "CREATE TRIGGER t", &[1]),
    ]);
    assert_eq!(ids(&found), [21, 22, 23, 25]);
    // The index after the constraint of its table, the foreign key after the other's key.
    assert_eq!((&found[2].after, &found[3].after), (&vec![1], &vec![0]));
    assert_eq!((found[2].is_exclusive, found[3].is_exclusive), (false, true));
    assert_eq!((&found[2].tables, &found[3].tables), (&vec![0], &vec![0, 1]));
}

#[test]
fn what_may_look_at_other_tables_stays_for_the_end() {
    let index = |id, dependencies: &[i64]| {
        entry(id, "INDEX", "i", "CREATE INDEX i ON public.large USING btree (public.f(id))", dependencies)
    };
    let more = [index(21, &[1, 4]), index(22, &[1, 3]), index(23, &[1, 99]), index(24, &[1, 21])];
    assert_eq!(ids(&built(&more)), [] as [i64; 0]);
    let mut of_an_extension = vec![index(21, &[1, 5])];
    assert_eq!(ids(&built(&of_an_extension)), [21]);
    of_an_extension.push(entry(13, "TABLE DATA", "spatial_ref_sys", "", &[5]));
    assert_eq!(ids(&built(&of_an_extension)), [] as [i64; 0]);
}

#[test]
fn a_table_whose_rows_may_come_through_its_root_is_not_taken_for_filled() {
    let through_root = [
        entry(6, "TABLE", "part", "", &[]),
        entry(13, "TABLE DATA", "part", "-- load via partition root public.parted", &[6]),
        entry(21, "INDEX", "i", "CREATE INDEX i ON public.part USING btree (id)", &[6]),
    ];
    assert_eq!(ids(&built(&through_root)), [] as [i64; 0]);
}

#[test]
fn checks_are_added_by_themselves_and_event_triggers_come_last_each_with_its_comment() {
    let late = |id, kind: &str, dependencies: &[i64]| TocEntry {
        section: Section::PostData,
        ..entry(id, kind, "x", "", dependencies)
    };
    let header = Header {
        version: (1, 14, 0),
        int_bytes: 4,
        is_compressed: false,
        database: None,
        server_version: None,
        tool_version: None,
    };
    let entries = vec![
        entry(1, "TABLE", "t", "", &[]),
        late(2, "INDEX", &[1]),
        late(3, "CHECK CONSTRAINT", &[1]),
        late(4, "COMMENT", &[3]),
        late(5, "EVENT TRIGGER", &[]),
        late(6, "COMMENT", &[5]),
        late(7, "COMMENT", &[2]),
        late(8, "TRIGGER", &[1]),
    ];
    let mut toc = Toc { header, entries, prefix_bytes: 0 };

    let stages = Stages::of(&toc, &[2].into());

    assert_eq!((stages.is_plain, stages.first), (false, vec![7, 8]));
    assert_eq!((stages.checks, stages.last), (vec![3, 4], vec![5, 6]));
    toc.entries.retain(|entry| !(3..=6).contains(&entry.dump_id));
    let plain = Stages::of(&toc, &[].into());
    assert_eq!((plain.is_plain, plain.first), (true, vec![2, 7, 8]));
}

#[test]
fn what_may_name_a_role_that_is_missing_is_made_by_one_worker_and_views_are_filled_after_it() {
    let late = |id, kind: &str, dependencies: &[i64]| TocEntry {
        section: Section::PostData,
        ..entry(id, kind, "x", "", dependencies)
    };
    let header = Header {
        version: (1, 14, 0),
        int_bytes: 4,
        is_compressed: false,
        database: None,
        server_version: None,
        tool_version: None,
    };
    let entries = vec![
        late(1, "FK CONSTRAINT", &[]),
        late(2, "POLICY", &[]),
        late(3, "COMMENT", &[2]),
        late(4, "PUBLICATION", &[]),
        late(5, "MATERIALIZED VIEW DATA", &[]),
        late(6, "INDEX", &[]),
        late(7, "DEFAULT ACL", &[]),
        late(8, "STATISTICS", &[]),
        late(9, "ROW SECURITY", &[]),
    ];

    let mut toc = Toc { header, entries, prefix_bytes: 0 };
    let stages = Stages::of(&toc, &[].into());

    assert_eq!((stages.is_plain, stages.has_owners, stages.first), (false, false, vec![1, 6]));
    // The owner of a view may be missing, which is known of one worker alone.
    toc.entries.push(late(10, "MATERIALIZED VIEW", &[]));
    let with_a_view = Stages::of(&toc, &[].into());
    assert_eq!((with_a_view.has_owners, with_a_view.first), (true, vec![1, 6, 10]));
    assert_eq!((stages.alone, stages.refreshed), (vec![2, 3, 4, 7, 8, 9], vec![5]));
}

#[test]
fn what_takes_longest_begins_first_and_no_index_waits_for_another_table() {
    let build = |table, after: &[usize], is_exclusive, cost| Build {
        dump_id: 0,
        tables: vec![table],
        after: after.to_vec(),
        is_exclusive,
        cost,
    };
    let builds = [build(1, &[], true, 9), build(1, &[0], false, 400), build(0, &[], false, 30)];
    let mut schedule = Schedule::new(&[100, 50, 90], &builds, &[]);
    assert_eq!((schedule.next(), schedule.next()), (Some(Task::Load(1)), Some(Task::Load(0))));
    schedule.done(Task::Load(1));
    assert_eq!(schedule.next(), Some(Task::Build(0)));
    schedule.done(Task::Build(0));
    assert_eq!(schedule.next(), Some(Task::Build(1)));
    schedule.done(Task::Load(0));
    assert_eq!((schedule.next(), schedule.next()), (Some(Task::Load(2)), Some(Task::Build(2))));
}

proptest! {
    #[test]
    fn everything_is_done_once_and_in_an_order_that_is_safe(
        sizes in proptest::collection::vec(1u64..99, 1..6),
        seeds in proptest::collection::vec((0usize..99, 0usize..99, 0usize..99, any::<bool>(), 0u64..99), 0..12),
        jobs in 1usize..5,
        ends in proptest::collection::vec(0usize..99, 90),
    ) {
        let builds: Vec<Build> = seeds.iter().enumerate().map(|(at, &(one, two, before, is_exclusive, cost))| {
            let mut tables = vec![one % sizes.len(), two % sizes.len()];
            tables.dedup();
            let after = if at > 0 && before % 2 == 0 { vec![before % at] } else { vec![] };
            Build { dump_id: 0, tables, after, is_exclusive, cost }
        }).collect();
        let compared: Vec<Compared> =
            sizes.iter().enumerate().map(|(at, &bytes)| Compared { bytes, table: Some(at) }).collect();
        let mut schedule = Schedule::new(&sizes, &builds, &compared);
        let (mut running, mut done): (Vec<Task>, Vec<Task>) = (Vec::new(), Vec::new());
        for end in ends {
            while running.len() < jobs {
                let Some(task) = schedule.next() else { break };
                let is_done = |task: Task| done.contains(&task);
                let of = |task: &Task| match *task {
                    Task::Build(at) => (builds[at].tables.clone(), builds[at].is_exclusive),
                    Task::Compare(at) => (vec![at], false),
                    Task::Load(at) => (vec![at], true),
                    Task::Rest | Task::Finish => (vec![], false),
                };
                let (mine, is_mine_alone) = of(&task);
                for other in &running {
                    let (theirs, is_theirs_alone) = of(other);
                    let meet = mine.iter().any(|table| theirs.contains(table));
                    prop_assert!(!meet || !(is_mine_alone || is_theirs_alone), "{task:?} beside {other:?}");
                }
                match task {
                    Task::Load(_) => {}
                    Task::Rest => prop_assert!((0..sizes.len()).all(|at| is_done(Task::Load(at)))),
                    Task::Build(at) => {
                        prop_assert!(builds[at].tables.iter().all(|table| is_done(Task::Load(*table))));
                        prop_assert!(builds[at].after.iter().all(|before| is_done(Task::Build(*before))));
                    }
                    Task::Finish => {
                        prop_assert!(is_done(Task::Rest) && (0..builds.len()).all(|at| is_done(Task::Build(at))));
                    }
                    Task::Compare(_) => prop_assert!(is_done(Task::Rest)),
                }
                running.push(task);
            }
            if running.is_empty() {
                break;
            }
            let task = running.swap_remove(end % running.len());
            schedule.done(task);
            prop_assert!(!done.contains(&task));
            done.push(task);
        }
        prop_assert_eq!(done.len(), 2 * sizes.len() + builds.len() + 2);
    }
}
