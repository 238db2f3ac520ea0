//! Accounts, tokens, secrets.

use remote::platform::{Act, Platform as _, PlatformError, Watched};
use testkit::platforms::supamanager::Supamanager as StandIn;

use super::bench::{Bench, MEMBER, OTHER, OWNER, PASSWORD, ended, of_kind};

#[tokio::test]
async fn a_wrong_account_and_a_wrong_password_are_told_apart() {
    let Some(bench) = Bench::new().await else { return };

    let account = bench.client().sign_in().await.unwrap();
    let nobody = bench.client_of("shop", "nobody@shop.example", PASSWORD).sign_in().await.unwrap_err();
    let wrong = bench.client_of("shop", OWNER, "hunter2-wrong").sign_in().await.unwrap_err();

    assert_eq!(account.name.as_deref(), Some(OWNER));
    assert!(account.token_expires_at.is_some());
    let PlatformError::NotSignedIn { said, .. } = &nobody else { panic!("{nobody:?}") };
    assert_eq!(said, "there is no such account (Account not found)");
    let PlatformError::NotSignedIn { said, .. } = &wrong else { panic!("{wrong:?}") };
    assert_eq!(said, "the password is wrong (Invalid password)");
}

#[tokio::test]
async fn a_token_that_runs_out_in_the_middle_is_renewed_without_losing_the_job() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    // A token dies at its third call; showing a backup alone makes several.
    bench.server.misbehave(|wrong| wrong.calls_per_token = Some(3));

    let ticket = client.create(&of_kind("database")).await.unwrap();
    let end = ended(&client, &ticket).await.unwrap();

    assert!(matches!(end, Watched::Done { id: Some(id), .. } if id == ticket.id));
    assert!(bench.calls("POST /auth/token") > 1);
    assert_eq!(bench.calls("POST /platform/projects/shop/backups"), 1, "one backup was begun");
}

#[tokio::test]
async fn an_account_whose_every_token_is_refused_ends_after_one_more_sign_in() {
    let Some(bench) = Bench::new().await else { return };
    bench.server.misbehave(|wrong| wrong.calls_per_token = Some(0));

    let error = bench.client().list().await.unwrap_err();

    assert!(matches!(error, PlatformError::NotSignedIn { .. }), "{error:?}");
    assert_eq!(bench.calls("POST /auth/token"), 2);
}

#[tokio::test]
async fn a_token_near_its_end_is_not_used_for_another_call() {
    let Some(bench) =
        Bench::with(|options| options.token_lifetime = std::time::Duration::from_secs(30)).await
    else {
        return;
    };
    let client = bench.client();

    client.list().await.unwrap();
    client.list().await.unwrap();

    assert_eq!(bench.calls("POST /auth/token"), 2, "its last minute is left alone");
}

#[tokio::test]
async fn neither_password_nor_token_nor_link_is_ever_shown() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    let backup = bench.backup(&client, &of_kind("database")).await;
    let file = client.download(&backup.id).await.unwrap().remove(0);
    let link = file.links.link().await.unwrap();
    let token = bench.server.seen().into_iter().find_map(|seen| {
        let header = seen.headers.get("authorization")?.to_str().ok()?;
        Some(header.trim_start_matches("Bearer ").to_owned())
    });
    let signature = link.url.expose().split("token=").nth(1).unwrap().to_owned();
    let error = bench.client_of("shop", "nobody@x.example", PASSWORD).list().await.unwrap_err();

    let shown = format!("{client:?} {file:?} {link:?} {:?} {error:?} {error}", client.abilities());

    for secret in [PASSWORD, &token.unwrap(), &signature] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("shop"));
}

#[tokio::test]
async fn what_only_owners_may_do_is_learnt_from_the_first_refusal() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client_of("shop", MEMBER, PASSWORD);
    assert!(client.abilities()[&Act::Create].is_yes() && !client.creatable().is_empty());

    let error = client.create(&of_kind("full")).await.unwrap_err();

    assert!(matches!(error, PlatformError::Forbidden { .. }), "{error:?}");
    let ability = format!("{:?}", client.abilities()[&Act::Create]);
    assert!(ability.contains("Only project owners"), "{ability}");
    assert!(client.creatable().is_empty());
    assert!(client.abilities()[&Act::List].is_yes());
    client.list().await.unwrap();
}

#[tokio::test]
async fn another_accounts_project_and_its_backups_are_out_of_reach() {
    let Some(bench) = Bench::new().await else { return };
    let (own, other) = (bench.client(), bench.client_of("clinic", OTHER, PASSWORD));
    let theirs = bench.backup(&other, &of_kind("database")).await;

    let refused = bench.client_of("clinic", OWNER, PASSWORD).list().await.unwrap_err();
    assert!(matches!(refused, PlatformError::Forbidden { .. }), "{refused:?}");
    assert_eq!(
        own.projects().await.unwrap().iter().map(|one| one.reference.as_str()).collect::<Vec<_>>(),
        ["shop"]
    );

    // A server that has lost its isolation: what it sends of others is left out, named, and not touched.
    bench.server.misbehave(|wrong| (wrong.lists_all_projects, wrong.breaks_isolation) = (true, true));
    let listing = own.list().await.unwrap();
    assert_eq!(listing.backups, []);
    assert!(
        listing.notes[0].contains(&theirs.id) && listing.notes[0].contains("clinic"),
        "{:?}",
        listing.notes
    );
    for outcome in [
        own.show(&theirs.id).await.map(|_| ()),
        own.download(&theirs.id).await.map(|_| ()),
        own.delete(&theirs.id).await,
    ] {
        assert!(matches!(outcome, Err(PlatformError::NotFound { .. })), "{outcome:?}");
    }
    assert_eq!((bench.calls("DELETE "), bench.calls("/download")), (0, 1));
    assert_eq!(other.show(&theirs.id).await.unwrap().id, theirs.id);
}

#[tokio::test]
async fn a_projects_number_is_as_good_as_its_reference_and_anothers_number_is_not() {
    let Some(bench) = Bench::new().await else { return };
    let (own, other) = (bench.client(), bench.client_of("clinic", OTHER, PASSWORD));
    let mine = bench.backup(&own, &of_kind("database")).await;
    let theirs = bench.backup(&other, &of_kind("database")).await;
    bench.server.misbehave(|wrong| (wrong.numbers_projects, wrong.lists_all_projects) = (true, true));

    let listing = own.list().await.unwrap();

    let ids: Vec<&str> = listing.backups.iter().map(|backup| backup.id.as_str()).collect();
    assert_eq!(ids, [mine.id.as_str()]);
    assert!(listing.notes[0].contains(&theirs.id), "{:?}", listing.notes);
    assert!(own.show(&mine.id).await.is_ok());
}

#[tokio::test]
async fn a_token_is_not_sent_after_a_redirect() {
    let Some(bench) = Bench::new().await else { return };
    let client = bench.client();
    client.list().await.unwrap();
    let elsewhere = StandIn::start(testkit::platforms::supamanager::StandInOptions::new(bench.folder.path()));
    let to = format!("{}/steal?secret=abc", elsewhere.address());
    bench.server.fail(|faults| faults.redirect_to = Some(to.clone()));

    let error = client.list().await.unwrap_err();

    let PlatformError::Unintelligible { what, .. } = &error else { panic!("{error:?}") };
    assert!(
        what.contains("sends calls elsewhere") && what.contains("/steal") && !what.contains("abc"),
        "{what}"
    );
    assert!(elsewhere.seen().is_empty());
}
