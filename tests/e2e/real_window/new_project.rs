//! A new project at a platform, by mouse: refused by its name first, then made and found here.

use std::time::Duration;

use testkit::Server;
use testkit::platforms::{Place, supabase};

use super::block_on;
use super::first_run::finish;
use crate::command_line::ask;
use crate::desk::Desk;

const REFERENCE: &str = "abcdefghijklmnopqrst";
const TOKEN: &str = "a token";

#[test]
fn a_new_project_is_made_at_the_platform_and_is_among_the_projects() {
    block_on(async {
        let (Some(desk), Some(server)) = (Desk::open().await, Server::shared()) else { return };
        let database = server.database().await;
        let options = supabase::Options {
            place: Place::from(&database),
            reference: REFERENCE.into(),
            token: TOKEN.into(),
            step_time: Duration::from_millis(10),
            pitr: false,
        };
        let cloud = supabase::start(options).await;
        let place = |name: &str| desk.home().join(name).to_str().unwrap().to_owned();
        std::fs::write(place("token"), TOKEN).unwrap();
        let (address, token) = (format!("address={}", cloud.address()), format!("token={}", place("token")));
        ask(&desk, &["vault", "init", "--path", &place("vault"), "--kit", &place("kit.txt")]);
        let add = ["project", "add", "shop", "--supabase", REFERENCE, "--set", &address];
        ask(&desk, &[add.as_slice(), &["--credential-file", &token]].concat());
        let window = desk.start().await;
        desk.screen().see("Holdfast").await;

        window.press_first("side-project-").await;
        window.press("new-project").await;
        window.fill("new-project-name", "shop").await;
        window.settled().await;
        desk.screen().picture("a-new-project");
        window.press("make-project").await;
        let refused = window.says("It was not begun.").await;
        assert!(refused.contains("shop"), "{refused}");
        window.settled().await;
        desk.screen().picture("a-new-project-whose-name-is-taken");

        window.fill("new-project-name", "shop-new").await;
        window.press("make-project").await;
        finish(&desk, &window, "the new project").await;
        window.settled().await;
        desk.screen().picture("a-new-project-is-made");
        window.end().await;
        let made = ask(&desk, &["project", "show", "shop-new"]);
        assert_eq!(made["hasPassword"], true, "{made}");
        assert_eq!(cloud.calls().iter().filter(|call| *call == "POST /v1/projects").count(), 1);
    });
}
