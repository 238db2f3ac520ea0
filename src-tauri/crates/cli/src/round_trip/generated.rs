//! Requests of every kind, with texts that a shell, or a parser of options, would rather take for something else.

use std::collections::{BTreeMap, BTreeSet};

use base::command::{
    BackupRows, BackupRun, BackupSave, BundleExport, BundleImport, BundleReceipt, BundleRows, Command,
    DrillRun, Packing, PlatformAt, PlatformCreate, PlatformNewProject, PlatformRestore, ProjectSet, Pull,
    Report, RestorePlan, RestoreTo, RetentionSet, SaveForm, SshAt, TableChoice, TableWay,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use postgres::connection::{Settings, TlsMode};
use proptest::option::of as maybe;
use proptest::prelude::*;
use proptest::sample::select;

mod around;
mod components;
mod rules;

use components::{of_components, of_parts};
use rules::{channel, goal, policy, schedule};

/// A backup there, a moment, or a named point.
type BackTo = (Option<String>, Option<i64>, Option<String>);

/// What people, or those who do not like them, call things. No capitals: those stand for a file.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9_-]{0,12}",
        "[a-z0-9 '\"$`\\\\*?;&|<>(){}!#~=,.:@/+_äß-]{1,12}",
        "-{1,2}[a-z=' ]{0,8}",
    ]
}

/// Absolute, as files are named in a request.
fn path() -> impl Strategy<Value = String> {
    "/[a-z '$,-]{1,6}[a-z]/[a-z '\"$&-]{1,6}[a-z]"
}

/// Between 1970 and 2096, to the millisecond.
fn moment() -> impl Strategy<Value = i64> {
    prop_oneof![0_i64..4_000_000_000_000, day()]
}

/// The beginning of a day, by the clock of this computer.
fn day() -> impl Strategy<Value = i64> {
    (1980_i16..2090, 1_i8..=12, 1_i8..=28).prop_map(|(year, month, day)| {
        let day = Date::new(year, month, day).unwrap();
        day.to_zoned(TimeZone::system()).unwrap().timestamp().as_millisecond()
    })
}

fn span() -> impl Strategy<Value = i64> {
    prop_oneof![
        1_i64..100_000,
        (1_i64..900).prop_map(|seconds| seconds * 1000),
        (1_i64..900).prop_map(|hours| hours * 3_600_000),
        (1_i64..900).prop_map(|days| days * 86_400_000),
    ]
}

const LABELS: [&str; 3] = ["production", "staging", "development"];

fn time() -> impl Strategy<Value = String> {
    "[0-2][0-9]:[0-5][0-9]"
}

fn hours() -> impl Strategy<Value = String> {
    (time(), time()).prop_map(|(from, to)| format!("{from}-{to}"))
}

fn weekday() -> impl Strategy<Value = String> {
    select(vec!["mon", "tue", "sun", "sunday"]).prop_map(str::to_owned)
}

fn packing() -> impl Strategy<Value = Packing> {
    select(vec![Packing::None, Packing::Gzip, Packing::Zstd])
}

fn tables() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text(), 1..4)
}

/// The URL of a server, as it is written without its password.
fn url() -> impl Strategy<Value = String> {
    let host = prop_oneof!["[a-z][a-z0-9.-]{0,20}", "/[a-z/]{1,20}", Just("2001:db8::7".to_owned())];
    let tls = select(vec![TlsMode::Disable, TlsMode::Prefer, TlsMode::Require, TlsMode::VerifyFull]);
    let name = || "[a-z0-9'\"$`%&=@/:?+-]{1,12}";
    (host, 1_u16.., name(), name(), tls, maybe("/[a-z%&=]{1,20}")).prop_map(
        |(host, port, database, user, tls, root)| {
            let root_certificate = root.map(Into::into);
            Settings { host, port, database, user, tls, root_certificate, ssh: None, container: None }
                .redacted_url()
        },
    )
}

pub(super) fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        3 => of_backups(),
        3 => of_files(),
        4 => of_restores(),
        4 => of_platforms(),
        2 => of_projects(),
        6 => of_settings(),
        2 => of_papers(),
        4 => around::command(),
    ]
}

fn of_backups() -> impl Strategy<Value = Command> {
    prop_oneof![
        (
            text(),
            maybe(text()),
            prop::collection::vec(select(vec!["database", "files", "config"]), 0..3),
            choice()
        )
            .prop_map(|(project, reason, only, tables)| {
                let only = only.into_iter().map(str::to_owned).collect();
                Command::BackupRun(BackupRun { project, reason, only, tables })
            }),
        of_components(),
        of_parts(),
        (text(), text()).prop_map(|(one, other)| Command::BackupDiff { one, other }),
        (text(), text()).prop_map(|(backup, reason)| Command::BackupHold { backup, reason }),
        (text(), maybe(moment())).prop_map(|(backup, until_ms)| Command::BackupExpire { backup, until_ms }),
        (text(), maybe(text())).prop_map(|(backup, confirm)| Command::BackupDelete { backup, confirm }),
        (text(), text(), text(), 0_u64..1000, 1_u32..=500).prop_map(
            |(backup, schema, name, first, count)| {
                Command::BackupRows(BackupRows { backup, schema, name, first, count })
            }
        ),
        (text(), select(vec!["bytes", "readable", "restored"]))
            .prop_map(|(backup, level)| Command::Verify { backup, level }),
        (text(), any::<bool>(), prop_oneof![Just(Vec::new()), tables()], place(), maybe(path())).prop_map(
            |(reference, data_only, tables, (on, image, pull), program)| {
                // A sample is of data and keys anyway.
                let data_only = data_only && tables.is_empty();
                Command::DrillRun(DrillRun { reference, data_only, tables, on, image, pull, program })
            }
        ),
        (text(), text(), text()).prop_map(|(project, name, query)| Command::DrillAssertAdd {
            project,
            name,
            query
        }),
    ]
}

fn of_files() -> impl Strategy<Value = Command> {
    let forms = vec![SaveForm::Dump, SaveForm::Sql, SaveForm::Tar];
    let files = || prop::collection::vec(path(), 1..3);
    let texts = || prop::collection::vec(text(), 0..3);
    prop_oneof![
        (text(), text(), texts(), maybe(select(forms)), text(), packing(), any::<[bool; 4]>()).prop_map(
            |(backup, part, tables, form, file, packing, [clean, no_owner, is_encrypted, replace])| {
                let (part, form) = if tables.is_empty() {
                    (part, form)
                } else {
                    ("database".to_owned(), Some(SaveForm::Json))
                };
                Command::BackupSave(BackupSave {
                    backup,
                    part,
                    tables,
                    form,
                    clean,
                    no_owner,
                    file,
                    packing,
                    is_encrypted,
                    replace,
                })
            }
        ),
        (text(), text(), packing(), any::<[bool; 2]>()).prop_map(
            |(backup, file, packing, [is_encrypted, replace])| {
                Command::BundleExport(BundleExport { backup, file, packing, is_encrypted, replace })
            }
        ),
        (files(), maybe(text()), any::<[bool; 3]>(), maybe(text())).prop_map(
            |(files, project, [is_new, is_encrypted, is_trusted], reason)| {
                let (into, as_project) = if is_new { (None, project) } else { (project, None) };
                Command::BundleImport(BundleImport {
                    files,
                    is_encrypted,
                    into,
                    as_project,
                    reason,
                    is_trusted,
                })
            }
        ),
        (files(), any::<bool>(), text(), text(), 0_u64..1000, 1_u32..=500).prop_map(
            |(files, is_encrypted, schema, name, first, count)| {
                Command::BundleRows(BundleRows { files, is_encrypted, schema, name, first, count })
            }
        ),
        (text(), text()).prop_map(|(id, project)| Command::BundleReceipt(BundleReceipt { id, project })),
    ]
}

fn of_restores() -> impl Strategy<Value = Command> {
    let ways = vec![TableWay::Beside, TableWay::Replace, TableWay::MissingRows, TableWay::Merge];
    let all_ways = vec![TableWay::Replace, TableWay::MissingRows, TableWay::Merge];
    let to =
        prop_oneof![
            Just(RestoreTo::Scratch),
            (text(), maybe(text())).prop_map(|(name, on)| RestoreTo::NewDatabase { name, on }),
            (text(), url(), any::<bool>()).prop_map(|(name, url, has_password)| RestoreTo::OtherServer {
                name,
                url,
                has_password
            }),
            (maybe(text()), maybe(1_u16..=3650))
                .prop_map(|(on, keep_days)| RestoreTo::Swap { on, keep_days }),
            maybe(text()).prop_map(|on| RestoreTo::InPlace { on }),
            (maybe(text()), tables(), select(ways)).prop_map(|(on, tables, way)| RestoreTo::Tables {
                on,
                tables,
                way
            }),
            (maybe(text()), select(all_ways), any::<bool>())
                .prop_map(|(on, way, makes)| RestoreTo::AllRows { on, way, makes }),
        ];
    prop_oneof![
        3 => (text(), to, maybe(text()), any::<bool>(), text(), text()).prop_map(
            |(backup, to, no_safety_because, lets_writers_write, later, out)| {
                let is_merge = matches!(
                    to,
                    RestoreTo::Tables { way: TableWay::Merge, .. } | RestoreTo::AllRows { way: TableWay::Merge, .. }
                );
                let after = is_merge.then_some(later);
                // Where nothing is saved, nobody waits for it.
                let lets_writers_write =
                    lets_writers_write && no_safety_because.is_none() && to != RestoreTo::Scratch;
                Command::RestorePlan(RestorePlan { backup, to, no_safety_because, lets_writers_write, after, out })
            }
        ),
        1 => (text(), text(), any::<bool>()).prop_map(|(plan, confirm, end_connections)| {
            Command::RestoreApply { plan, confirm, end_connections }
        }),
        1 => (text(), maybe(text())).prop_map(|(restore, no_safety_because)| {
            Command::RestoreUndo { restore, no_safety_because }
        }),
    ]
}

fn of_platforms() -> impl Strategy<Value = Command> {
    let create = (
        (text(), maybe(text()), maybe(text()), maybe(text()), maybe(text())),
        any::<[bool; 3]>(),
        maybe((moment(), moment())),
    )
        .prop_map(
            |((project, kind, format, reason, notify_email), [compress, encrypt, then_pull], range)| {
                let (from_ms, to_ms) = range.unzip();
                Command::PlatformCreate(PlatformCreate {
                    project,
                    kind,
                    compress,
                    encrypt,
                    format,
                    reason,
                    notify_email,
                    from_ms,
                    to_ms,
                    then_pull,
                })
            },
        );
    let goal = prop_oneof![
        text().prop_map(|id| -> BackTo { (Some(id), None, None) }),
        moment().prop_map(|at| -> BackTo { (None, Some(at), None) }),
        text().prop_map(|point| -> BackTo { (None, None, Some(point)) }),
    ];
    let restore = (text(), goal, any::<[Option<bool>; 3]>(), maybe(text()), maybe(text())).prop_map(
        |(project, (id, at_ms, point), [database, storage, config], no_safety_because, uncovered_because)| {
            Command::PlatformRestore(PlatformRestore {
                project,
                id,
                at_ms,
                point,
                database,
                storage,
                config,
                no_safety_because,
                uncovered_because,
            })
        },
    );
    let ids = prop_oneof![
        Just((true, Vec::<String>::new())),
        prop::collection::vec(text(), 0..3).prop_map(|ids| (false, ids))
    ];
    let pull = (text(), ids, any::<bool>(), maybe(1_u8..=16), maybe(0_u64..9_000_000)).prop_map(
        |(project, (all, ids), is_encrypted, streams, bytes_per_second)| {
            Command::Pull(Pull { project, ids, all, is_encrypted, streams, bytes_per_second })
        },
    );
    prop_oneof![
        3 => create,
        1 => new_project(),
        3 => restore,
        2 => pull,
        1 => (text(), text()).prop_map(|(project, id)| Command::PlatformDelete { project, id }),
        1 => (text(), text(), maybe(text())).prop_map(|(project, act, name)| {
            Command::PlatformAsk { project, act, name }
        }),
        1 => (text(), any::<bool>()).prop_map(|(project, forget)| {
            Command::PlatformPassphrase { project, forget }
        }),
        1 => (text(), text()).prop_map(|(project, backup)| Command::PlatformUpload { project, backup }),
        1 => (text(), text(), text()).prop_map(|(project, backup, new_name)| {
            Command::PlatformImport { project, backup, new_name }
        }),
    ]
}

fn new_project() -> impl Strategy<Value = Command> {
    (text(), text(), select(LABELS.to_vec()), maybe(text()), maybe(text()), maybe(text())).prop_map(
        |(like, name, label, organization, region, size)| {
            let label = label.to_owned();
            Command::PlatformNewProject(PlatformNewProject { like, name, label, organization, region, size })
        },
    )
}

fn platform_at() -> impl Strategy<Value = PlatformAt> {
    let kinds = vec!["supamanager", "supabase", "opttius", "telegram-platform"];
    let more = prop::collection::btree_map("[a-z_]{1,8}", text(), 0..3);
    let address = prop_oneof![Just("https://api.supabase.com".to_owned()), text()];
    (select(kinds), address, text(), maybe(text()), more).prop_map(
        |(kind, address, reference, account, more): (_, _, _, _, BTreeMap<String, String>)| {
            // Where a platform is is said once.
            let more = more.into_iter().filter(|(name, _)| name != "address").collect();
            PlatformAt { kind, address, reference, account, more }
        },
    )
}

fn choice() -> impl Strategy<Value = TableChoice> {
    let tables = || prop::collection::vec(text(), 0..3);
    (tables(), tables()).prop_map(|(only, without_rows)| TableChoice { only, without_rows })
}

fn part_keys() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text(), 0..3)
}

fn of_projects() -> impl Strategy<Value = Command> {
    prop_oneof![
        1 => (text(), choice()).prop_map(|(project, choice)| Command::ProjectTables { project, choice }),
        1 => (text(), part_keys(), part_keys()).prop_map(|(project, without, with)| {
            // Without either it is another command: a look.
            let without = if without.is_empty() && with.is_empty() { vec!["redis".into()] } else { without };
            Command::ProjectCoverage { project, without, with }
        }),
        3 => project_set(),
        1 => (text(), maybe(text()), any::<bool>()).prop_map(|(project, confirm, keep_backups)| {
            Command::ProjectRemove { project, confirm, keep_backups }
        }),
    ]
}

fn project_set() -> impl Strategy<Value = Command> {
    let account = "[a-z][a-z0-9_-]{0,8}@[a-z][a-z0-9.]{0,10}(:(2222|65535))?";
    let ssh_at = (account, maybe(path()), maybe("SHA256:[A-Za-z0-9+/]{43}"))
        .prop_map(|(account, key, host_key)| SshAt { account, key, host_key });
    let reached = (
        maybe(url()),
        any::<bool>(),
        maybe(platform_at()),
        maybe((ssh_at, any::<bool>())),
        maybe("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,12}"),
    );
    let credentials = prop::collection::btree_set("[a-z_]{1,8}", 0..3);
    (maybe(text()), text(), maybe(text()), select(LABELS.to_vec()), any::<bool>(), reached, credentials)
        .prop_map(
            |(
                project,
                name,
                new_name,
                label,
                has_label,
                (postgres, has_password, platform, by_ssh, container),
                credentials,
            )| {
                let is_new = project.is_none();
                // A new project is reached by something.
                let postgres = match (&postgres, &platform) {
                    (None, None) if is_new => Some("postgresql://u@h:5432/d?sslmode=prefer".to_owned()),
                    _ => postgres,
                };
                // A new one that is on a platform alone is asked for what signs in there.
                let credentials: BTreeSet<String> = if is_new && postgres.is_none() && credentials.is_empty()
                {
                    BTreeSet::from(["token".to_owned()])
                } else {
                    credentials
                };
                // A way leads to something.
                let (ssh, has_ssh_secret) = by_ssh.filter(|_| postgres.is_some()).unzip();
                Command::ProjectSet(ProjectSet {
                    ssh,
                    has_ssh_secret: has_ssh_secret.unwrap_or_default(),
                    container: container.filter(|_| postgres.is_some()),
                    name: if is_new { Some(name) } else { new_name },
                    label: (is_new || has_label).then(|| label.to_owned()),
                    has_password: has_password && postgres.is_some(),
                    project,
                    postgres,
                    platform,
                    credentials,
                })
            },
        )
}

fn of_settings() -> impl Strategy<Value = Command> {
    let project = text;
    prop_oneof![
        3 => schedule(),
        2 => (project(), maybe(policy())).prop_map(|(project, policy)| {
            Command::RetentionSet(RetentionSet { project, policy: policy.map(|policy| policy.as_typed()) })
        }),
        1 => (project(), maybe((text(), text()))).prop_map(|(project, confirmed)| {
            Command::RetentionApply { project, confirmed }
        }),
        2 => goal(),
        1 => (project(), text(), maybe(span())).prop_map(|(project, component, rpo_ms)| {
            Command::GoalComponentSet { project, component, rpo_ms }
        }),
        3 => channel(),
        1 => (text(), maybe(text()), any::<bool>()).prop_map(|(path, name, is_elsewhere)| {
            Command::StoreAdd { path, name, is_elsewhere }
        }),
        1 => maybe((text(), maybe(text()))).prop_map(|replica| {
            let (replica, let_go) = replica.unzip();
            Command::StoreCopy { replica, let_go: let_go.flatten() }
        }),
        1 => (0_u8..=100).prop_map(|max_unused| Command::VaultPrune { max_unused }),
        1 => maybe(moment()).prop_map(|until_ms| Command::SchedulePauseAll { until_ms }),
        1 => Just(Command::ScheduleResumeAll),
        1 => (text(), any::<bool>()).prop_map(|(job, stop)| Command::JobContinue { job, stop }),
        1 => (text(), any::<bool>()).prop_map(|(job, is_encrypted)| Command::JobResume { job, is_encrypted }),
        1 => text().prop_map(|path| Command::VaultOpen { path }),
        1 => (text(), text(), maybe(text())).prop_map(|(path, name, kit)| Command::VaultInit { path, name, kit }),
    ]
}

fn of_papers() -> impl Strategy<Value = Command> {
    let report = (moment(), moment(), prop::collection::vec(text(), 0..3), text(), any::<bool>()).prop_map(
        |(from_ms, until_ms, projects, path, is_page)| {
            let (html, csv) = if is_page { (Some(path), None) } else { (None, Some(path)) };
            Command::Report(Report { from_ms, until_ms, projects, html, csv })
        },
    );
    prop_oneof![
        report,
        (text(), maybe(text())).prop_map(|(project, html)| Command::RecoveryPlanShow { project, html }),
        (text(), moment()).prop_map(|(project, before_ms)| Command::CleanBefore { project, before_ms }),
        (text(), text()).prop_map(|(project, file)| Command::StepsSet { project, file }),
    ]
}

/// Where a drill is made: here, on another server, or in a container.
fn place() -> impl Strategy<Value = (Option<String>, Option<String>, bool)> {
    prop_oneof![
        Just((None, None, false)),
        text().prop_map(|on| (Some(on), None, false)),
        (text(), any::<bool>()).prop_map(|(image, pull)| (None, Some(image), pull)),
    ]
}
