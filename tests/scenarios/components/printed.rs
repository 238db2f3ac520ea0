//! What a container printed, by day: `docker logs` over SSH and on this computer.

use engine::component::NewSource;
use engine::parts::PartTarget;
use jiff::{Timestamp, ToSpan as _};
use ledger::catalog::Verdict;
use ledger::component::{Component, Components};
use source::Place;
use testkit::{CommandLine, Docker, PROJECT, Sshd};

use super::{apply, backup, console_of, files, folder, plan, run, tree, wanted, write};

/// A line of so many days ago.
fn line(days_ago: i64, clock: &str, said: &str) -> String {
    let day = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).date();
    format!("{}T{clock}.000000000Z {said}\n", day.checked_sub(days_ago.days()).unwrap())
}

/// The name of a day's file, by the id that the stand-in has for its containers.
fn day(days_ago: i64, id: &str) -> String {
    format!("{} {id}.log", &line(days_ago, "00:00:00", "")[..10])
}

/// The hour before now, so that no day begins in the middle of a test unseen.
fn now() -> String {
    Timestamp::now().strftime("%H:%M:%S").to_string()
}

fn log(ssh: ssh::Address) -> NewSource {
    let place = Place::ContainerLog { ssh: Some(ssh), container: ssh::Container::new("shop-api") };
    NewSource { component: Component::Logs, place, name: None, secret: None }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_containers_log_is_kept_by_day_and_what_the_engine_threw_away_stays() {
    let docker = Docker::new();
    let Some(sshd) = Sshd::start_with(&docker.for_sshd()).await else { return };
    let made = line(3, "08:00:00", "");
    let old =
        [line(3, "09:00:00", "began"), line(2, "10:00:00", "two days ago"), line(1, "11:00:00", "ü 'x' $y")];
    docker.prints("shop-api", made.trim_end(), &format!("{}{}", old.concat(), line(0, &now(), "today")));
    let console = console_of(vec![log(sshd.address())]).await;
    let (_, look) = console.engine.test_source(PROJECT, "shop-api").await.unwrap();
    assert_eq!(look.items, Some(4), "{look:?}");
    let (_, manifest) = backup(&console).await;
    assert_eq!((manifest.taken[0].files, manifest.taken[0].unchanged), (4, 0), "{:?}", manifest.taken);

    // It grows, and the engine threw away what is three days old. The last two days are read again.
    docker.prints("shop-api", made.trim_end(), &format!("{}{}", old[2], line(0, &now(), "today, later")));
    let (_, manifest) = backup(&console).await;
    let taken = &manifest.taken[0];
    assert!(taken.files == 4 && (1..=2).contains(&taken.unchanged), "{taken:?}");
    assert!(
        docker.calls().iter().filter(|call| call.contains(" logs ")).count() == 2,
        "{:?}",
        docker.calls()
    );

    // Of a day that is not over yet, too, what the engine throws away stays: only today's last line is there.
    docker.prints("shop-api", made.trim_end(), &line(0, "23:59:59", "the last one"));
    let (_, manifest) = backup(&console).await;
    assert_eq!(manifest.taken[0].files, 4, "{:?}", manifest.taken);

    // It was made anew under its name: its days are days of their own, and the old ones stay.
    docker.is_made_anew("shop-api", "aaaabbbbcccc0000");
    docker.prints("shop-api", line(0, "00:00:00", "").trim_end(), &line(0, &now(), "from the new one"));
    let (third, manifest) = backup(&console).await;
    assert_eq!(manifest.taken[0].files, 5, "{:?}", manifest.taken);
    let (_kept, place) = folder();
    let target = PartTarget::Folder { path: place.join("back") };
    let plan = plan(&console, wanted(&third.record.id, Component::Logs, target)).await;
    assert_eq!(apply(&console, &plan).await.0, Verdict::Pass);
    let back = tree(place.join("back"));
    let text = |name: String| String::from_utf8(back[&name].clone()).unwrap();
    let first = "4f9c0a11b2c3";
    assert_eq!(text(day(3, first)), old[0]);
    assert_eq!(text(day(1, first)), old[2]);
    let today = text(day(0, first));
    assert!(today.contains("today, later\n") && today.ends_with("the last one\n"), "{today}");
    assert!(text(day(0, "aaaabbbbcccc")).ends_with("from the new one\n"), "{back:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_breaks_in_its_middle_and_a_container_that_is_gone_are_named() {
    let docker = Docker::new();
    let Some(sshd) = Sshd::start_with(&docker.for_sshd()).await else { return };
    let lines = format!("{}{}", line(1, "09:00:00", "one"), line(0, &now(), "two"));
    docker.prints("shop-api", line(4, "08:00:00", "").trim_end(), &lines);
    let console = console_of(vec![log(sshd.address())]).await;
    backup(&console).await;
    docker.breaks(true);
    let job = run(&console, Components::NONE).await.output.unwrap();
    assert_eq!(job.verdict, Some(Verdict::Inconclusive), "{}", job.outcome);
    let manifest = console.engine.backup_details(&job.backup_id.unwrap()).await.unwrap().manifest;
    let taken = &manifest.taken[0];
    // What cannot be read now is as the backup before has it, and is said to be that.
    assert!(taken.files == 5 && taken.changed >= 1, "{taken:?}");
    assert!(
        taken.named[0].contains("ended with status 1; it is kept as the backup before has it"),
        "{taken:?}"
    );
    docker.breaks(false);

    let gone = Place::ContainerLog { ssh: Some(sshd.address()), container: ssh::Container::new("nobody") };
    let source = NewSource { component: Component::Logs, place: gone, name: None, secret: None };
    console.engine.add_source(PROJECT, source).await.unwrap();
    let failure = console.engine.test_source(PROJECT, "nobody").await.unwrap_err();
    assert_eq!(failure.code, base::Code::ContainerUnreachable, "{failure:?}");
    let (_, manifest) = backup(&console).await;
    assert_eq!(manifest.absent.len(), 1, "{:?}", manifest.absent);
    assert!(manifest.absent[0].why.contains("does not exist"), "{:?}", manifest.absent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_without_the_logs_in_between_loses_no_day_of_them() {
    let docker = Docker::new();
    let Some(sshd) = Sshd::start_with(&docker.for_sshd()).await else { return };
    let (_kept, place) = folder();
    write(&place, "a", "1");
    let old = line(4, "09:00:00", "long ago");
    docker.prints(
        "shop-api",
        line(5, "08:00:00", "").trim_end(),
        &format!("{old}{}", line(0, &now(), "now")),
    );
    let console = console_of(vec![files(&place), log(sshd.address())]).await;
    backup(&console).await;
    // The newest backup with files is the one that unchanged files are kept from, and this one has no logs.
    run(&console, Components::NONE.with(Component::Files)).await;
    docker.is_made_anew("shop-api", "aaaabbbbcccc0000");
    docker.prints("shop-api", line(0, "00:00:00", "").trim_end(), &line(0, &now(), "anew"));
    let (last, manifest) = backup(&console).await;
    let taken = manifest.taken.iter().find(|taken| taken.component == Component::Logs).unwrap();
    assert_eq!((taken.files, taken.left_out), (7, 0), "{taken:?}");
    let target = PartTarget::Folder {
        path: place.parent().unwrap().join(format!("{}-back", place.file_name().unwrap())),
    };
    let plan = plan(&console, wanted(&last.record.id, Component::Logs, target.clone())).await;
    assert_eq!(apply(&console, &plan).await.0, Verdict::Pass);
    let PartTarget::Folder { path } = target else { return };
    assert_eq!(tree(&path)[&day(4, "4f9c0a11b2c3")], old.as_bytes());
    std::fs::remove_dir_all(path).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_command_line_the_log_of_a_container_of_this_computer_is_added() {
    let docker = Docker::new();
    docker.prints("shop-api", line(1, "08:00:00", "").trim_end(), &line(0, &now(), "hello"));
    let cli = CommandLine::new().finding(docker.programs());
    cli.expect(0, &["vault", "init", "--path", "vault", "--kit", "kit.txt"]);
    cli.expect(0, &["project", "add", "shop", "--no-database"]);
    cli.expect(0, &["component", "add", "shop", "--logs", "docker:shop-api"]);
    let tested = cli.expect(0, &["component", "test", "shop", "shop-api"]);
    assert!(tested.output.contains("log of the container shop-api has 2 files"), "{tested:?}");
    cli.expect(0, &["backup", "run", "shop"]);
    let refused = cli.expect(2, &["component", "add", "shop", "--logs", "docker:--all"]);
    assert!(refused.said.contains("not the name of a container"), "{refused:?}");
    let planned =
        ["restore", "plan", "shop@latest", "--component", "logs", "--in-place", "--out", "plan.json"];
    let blocked = cli.call(&planned);
    assert!(
        blocked.said.contains("nothing takes it back") || blocked.output.contains("nothing takes it back"),
        "{blocked:?}"
    );
}
