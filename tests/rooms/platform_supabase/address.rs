//! Where the database of a project is: what the API answers becomes two addresses, or is refused.

use base::Code;
use remote::platform::{Platform as _, PlatformError};
use serde_json::{Value, json};
use testkit::platforms::supabase::Faults;

use super::stage::{REFERENCE, Stage, stage};

const POOLER: &str = "config/database/pooler";

fn pooler(name: &str, value: Value) -> Value {
    let mut pooler = json!({
        "database_type": "PRIMARY", "db_user": format!("postgres.{REFERENCE}"), "db_name": "postgres",
        "db_host": "aws-0-eu-central-1.pooler.supabase.com", "db_port": 6543, "pool_mode": "transaction",
    });
    pooler[name] = value;
    json!([pooler])
}

async fn refused(stage: &Stage, document: Value) -> PlatformError {
    stage.cloud.configure(POOLER, document);
    stage.client.database_addresses().await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_pooler_and_the_server_are_found_and_nobody_else_is_asked() {
    let Some(stage) = stage().await else { return };

    let found = stage.client.database_addresses().await.unwrap();

    assert_eq!(
        found.session_pooler.unwrap().redacted_url(),
        format!(
            "postgresql://postgres.{REFERENCE}@aws-0-eu-central-1.pooler.supabase.com:5432/postgres?sslmode=require"
        )
    );
    assert_eq!(
        found.direct.unwrap().redacted_url(),
        format!("postgresql://postgres@db.{REFERENCE}.supabase.co:5432/postgres?sslmode=require")
    );
    assert!(found.notes[0].contains("IPv6 alone"), "{:?}", found.notes);
    let project = format!("GET /v1/projects/{REFERENCE}");
    assert_eq!(stage.cloud.calls(), [project.clone(), format!("{project}/config/database/pooler")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_no_address_is_refused_with_what_is_wrong_with_it() {
    let Some(stage) = stage().await else { return };
    for (document, said) in [
        (pooler("db_host", json!("not a host")), "whose host is no host name"),
        (pooler("db_host", json!("127.0.0.1")), "whose host is no host name"),
        (pooler("db_host", json!(["a"])), "whose host is no host name"),
        (pooler("db_port", json!("6543")), "whose port is no port"),
        (pooler("db_port", json!(70_000)), "whose port is no port"),
        (pooler("db_user", json!("postgres.zzzzzzzzzzzzzzzzzzzz")), "whose user is not of this project"),
        (pooler("db_name", json!(7)), "whose database has no name"),
        (json!({ "poolers": [] }), "poolers that are no list"),
        (json!("x"), "poolers that are no list"),
        (pooler("identifier", json!("x".repeat(10 * 1024 * 1024))), "more than 262144 bytes"),
    ] {
        let error = refused(&stage, document).await;
        assert!(matches!(error, PlatformError::Unintelligible { .. }), "{error}");
        assert!(error.to_string().contains(said), "{error}");
        assert!(error.to_string().len() < 400, "{error}");
        stage.holds_no_token(&error);
        assert_eq!(engine::Failure::from(error).code, Code::PlatformUnintelligible);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_that_may_not_be_seen_or_is_none_leaves_the_server_and_says_so() {
    let Some(stage) = stage().await else { return };
    stage.cloud.configure(POOLER, json!([]));
    let none = stage.client.database_addresses().await.unwrap();
    assert!(none.session_pooler.is_none() && none.direct.is_some());
    assert!(none.notes[0].contains("no pooler of its primary database"), "{:?}", none.notes);
    stage.cloud.misbehave(Faults { refuses: [(POOLER.to_owned(), 403)].into(), ..Faults::default() });
    let unseen = stage.client.database_addresses().await.unwrap();
    assert!(unseen.session_pooler.is_none() && unseen.direct.is_some());
    assert!(unseen.notes[0].contains("Forbidden action"), "{:?}", unseen.notes);
    stage.cloud.misbehave(Faults { describes_another: true, ..Faults::default() });
    assert!(stage.client.database_addresses().await.is_err(), "another project's address is nobody's");
}
