//! The account's projects: the first one, and those that are made: each a real database of an owner of its own.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{Shared, described, empty};
use crate::platforms::loopback::answer;

const REGIONS: [&str; 3] = ["eu-central-1", "eu-west-1", "us-east-1"];
/// A server takes a while to come up: so many steps.
const STEPS: u32 = 3;

/// A project that was made.
#[derive(Debug, Clone)]
pub(super) struct Newer {
    pub(super) reference: String,
    pub(super) name: String,
    region: String,
    status: &'static str,
    /// The first project's database, which is no other stand-in's.
    beside: String,
}

impl Newer {
    /// Its database, and the role that owns it.
    pub(super) fn place(&self) -> (String, String) {
        (format!("anew_{}", self.beside), format!("postgres.{}", self.beside))
    }

    fn describe(&self) -> Value {
        described(&self.reference, &self.name, &self.region, self.status)
    }
}

pub(super) async fn list(State(shared): State<Arc<Shared>>) -> Response {
    let first = shared.describe();
    let newer: Vec<Value> = shared.held().newer.iter().map(Newer::describe).collect();
    answer(200, &[first].into_iter().chain(newer).collect())
}

pub(super) async fn one(State(shared): State<Arc<Shared>>, Path(reference): Path<String>) -> Response {
    let newer = shared.held().newer.iter().find(|one| one.reference == reference).map(Newer::describe);
    answer(200, &newer.unwrap_or_else(|| shared.describe()))
}

pub(super) async fn make(State(shared): State<Arc<Shared>>, Json(body): Json<Value>) -> Response {
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let (name, password, region) = (text("name"), text("db_pass"), body["region_selection"]["code"].clone());
    let region = region.as_str().unwrap_or_default().to_owned();
    if name.is_empty() || password.len() < 16 || body["organization_slug"] != "org" {
        return shared.refusal(400, "name, db_pass or organization_slug are not valid");
    }
    if !REGIONS.contains(&region.as_str()) {
        return shared.refusal(400, "region_selection.code must be one of the supported regions");
    }
    let (made, faults) = {
        let mut held = shared.held();
        held.bodies.push(json!({ "name": name, "region": region }));
        let letter = char::from(b'b' + u8::try_from(held.newer.len()).unwrap());
        let reference: String = std::iter::repeat_n(letter, shared.options.reference.len()).collect();
        let beside = format!("{}_{letter}", shared.options.place.database);
        (Newer { reference, name, region, status: "COMING_UP", beside }, held.faults.clone())
    };
    let (database, owner) = made.place();
    let quoted = password.replace('\'', "''");
    for sql in [
        format!("create role \"{owner}\" login createrole password '{quoted}'"),
        format!("create database {database} owner \"{owner}\" template template0"),
    ] {
        // Not within one transaction, in which no database is made.
        let args = ["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--file=-"];
        if let Err(said) = shared.options.place.run("psql", &args, sql.into_bytes()).await {
            return shared.refusal(500, &said);
        }
    }
    shared.held().newer.push(made.clone());
    let (later, reference) = (Arc::clone(&shared), made.reference.clone());
    let end = if faults.new_projects_die { "INIT_FAILED" } else { "ACTIVE_HEALTHY" };
    tokio::spawn(async move {
        tokio::time::sleep(later.options.step_time * STEPS).await;
        let mut held = later.held();
        held.newer.iter_mut().filter(|one| one.reference == reference).for_each(|one| one.status = end);
    });
    if faults.loses_new_projects {
        return empty(201);
    }
    answer(201, &made.describe())
}
