//! Projects of an account at a platform: listed, chosen, many at once.

use serde_json::Value;

use crate::pull::bench::{Bench, OWNER};

fn listed(line: &testkit::CommandLine) -> Vec<(String, Option<String>)> {
    let all = line.expect(0, &["--json", "platform", "projects", "shop"]).output;
    let all: Value = serde_json::from_str(&all).unwrap();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    all.as_array()
        .unwrap()
        .iter()
        .map(|one| (text(&one["reference"]).unwrap(), text(&one["hereName"])))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_projects_of_an_account_are_listed_and_those_that_are_not_here_are_added_at_once() {
    let with_both = |options: &mut testkit::platforms::supamanager::StandInOptions| {
        options.accounts[0].projects.push("clinic".to_owned());
    };
    let Some(bench) = Bench::with(with_both).await else { return };
    let line = bench.line();
    let (shop, clinic) = (("shop".to_owned(), Some("shop".to_owned())), "clinic".to_owned());
    assert_eq!(listed(&line), [(clinic.clone(), None), shop.clone()]);
    // By the account alone too, before anything of it is here.
    let account = ["--supamanager", bench.server.address(), "--email", OWNER];
    let by = ["--credential-file", "password=platform-password"];
    let named = line.expect(0, &[&["platform", "projects"], &account[..], &by[..]].concat());
    assert!(
        named.output.contains("The clinic") && named.output.contains("1 project not here yet"),
        "{named:?}"
    );

    let odd = line.call(&["project", "add", "--choose", "nobody", "--from", "shop"]);
    assert!(odd.status == Some(1) && odd.output.contains("nobody is not added"), "{odd:?}");
    line.expect(0, &["project", "add", "--all", "--from", "shop", "--label", "staging"]);

    assert_eq!(listed(&line), [(clinic, Some("The clinic".to_owned())), shop]);
    let shown: Value =
        serde_json::from_str(&line.expect(0, &["--json", "project", "show", "The clinic"]).output).unwrap();
    assert_eq!(
        (&shown["platform"]["reference"], &shown["row"]["label"]),
        (&"clinic".into(), &"staging".into())
    );
    // What signs in came along.
    line.expect(0, &["project", "test", "The clinic"]);
    let again = line.expect(0, &["project", "add", "--all", "--from", "shop"]);
    assert!(again.output.contains("here already"), "{again:?}");
    let twice = line.call(&["project", "add", "--choose", "clinic", "--from", "shop"]);
    assert!(twice.output.contains("it is here already"), "{twice:?}");
}

#[test]
fn a_setting_that_is_one_of_a_few_words_is_no_other() {
    let line = testkit::CommandLine::new();
    std::fs::write(line.folder().join("token"), "t").unwrap();
    let add = |name: &str, set: &str| {
        let at = ["project", "add", name, "--opttius", "https://app.example", "--ref", "o-1", "--set", set];
        line.call(&[&at[..], &["--credential-file", "token=token"]].concat())
    };
    for wrong in ["session=basic", "cron_header=cookie"] {
        let refused = add("shop", wrong);
        assert_eq!(refused.status, Some(2), "{wrong}: {refused:?}");
    }
    assert_eq!(add("shop", "session=bearer").status, Some(0));
    assert_eq!(add("clinic", "cron_header=x-cron-secret").status, Some(0));
}
