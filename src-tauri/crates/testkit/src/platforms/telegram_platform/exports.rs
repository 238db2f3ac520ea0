//! Exports: jobs that wait, run, and leave a row.

use std::io::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;
use remote::platform::telegram_platform::Dialect;
use serde_json::{Value, json};

use super::Shared;
use crate::platforms::loopback::answer;

/// What a job does.
#[derive(Debug, Clone)]
pub(super) enum Work {
    Database { format: String, compress: bool },
    Logs { text: bool, from: Option<String>, to: Option<String>, most: u64 },
    Restore { backup: String },
}

impl Work {
    fn kind(&self) -> &'static str {
        match self {
            Self::Database { .. } => "export_backup",
            Self::Logs { .. } => "export_logs",
            Self::Restore { .. } => "restore_backup",
        }
    }
}

pub(super) async fn export(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    if let Err(refused) = shared.admits(&headers, "backup:write").and_then(|()| shared.own(&body)) {
        return *refused;
    }
    let format = body["format"].as_str().unwrap_or("sql").to_owned();
    if !matches!(format.as_str(), "sql" | "tar") {
        return shared.error(400, "VALIDATION_ERROR", "format must be sql or tar");
    }
    let compress = body["compress"].as_bool().unwrap_or(true);
    shared.begin(Work::Database { format, compress })
}

pub(super) async fn export_logs(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    if let Err(refused) = shared.admits(&headers, "backup:write").and_then(|()| shared.own(&body)) {
        return *refused;
    }
    let range = &body["date_range"];
    let (names, is_right): (_, fn(&str) -> bool) = match shared.options.dialect {
        Dialect::Documented => {
            (["start", "end"], |text| text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10)
        }
        Dialect::Server => (["from", "to"], |text| text.parse::<Timestamp>().is_ok()),
    };
    let [from, to] = names.map(|name| range[name].as_str().map(str::to_owned));
    let bad =
        range.is_object() && [&from, &to].into_iter().any(|text| !text.as_deref().is_some_and(is_right));
    let most = body["max_entries"].as_u64().unwrap_or(10_000);
    if bad || most > 100_000 {
        return shared.error(
            400,
            "VALIDATION_ERROR",
            &format!("date_range needs {} and {}", names[0], names[1]),
        );
    }
    // A day that ends counts whole.
    let to = to.map(|text| if text.len() == 10 { format!("{text} 23:59:59.999999+00") } else { text });
    shared.begin(Work::Logs { text: body["format"] == json!("text"), from, to, most })
}

pub(super) async fn retry(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    if let Err(refused) = shared.admits(&headers, "backup:write") {
        return *refused;
    }
    let found = shared.held().jobs.iter().find(|job| job["id"] == json!(id)).cloned();
    let Some(job) = found else { return shared.error(404, "NOT_FOUND", "no such job") };
    if job["status"] != json!("failed") {
        return shared.error(409, "CONFLICT", "only failed jobs are tried again");
    }
    shared.change(&id, |job| {
        job["status"] = json!("pending");
        job["last_error"] = Value::Null;
    });
    let work = shared.held().works.get(&id).cloned();
    shared.spawn(&id, work.expect("each job has its work"));
    answer(200, &json!({ "data": { "id": id, "status": "pending", "project_id": shared.options.project } }))
}

impl Shared {
    /// Whether a body is one for this project; keeps it.
    pub(super) fn own(&self, body: &Value) -> Result<(), Box<Response>> {
        self.held().bodies.push(body.clone());
        if body["project_id"].as_str().is_some_and(|project| project != self.options.project) {
            return Err(Box::new(self.error(403, "FORBIDDEN", "this project is not yours")));
        }
        Ok(())
    }

    pub(super) fn begin(self: &Arc<Self>, work: Work) -> Response {
        let (id, now) = (uuid::Uuid::new_v4().to_string(), Timestamp::now().to_string());
        let job = json!({
            "id": id, "type": work.kind(), "status": "pending", "project_id": self.options.project,
            "attempts": 0, "max_attempts": 3, "last_error": null, "scheduled_at": now, "created_at": now,
        });
        let mut data = json!({
            "job_id": id, "status": "pending", "project_id": self.options.project, "created_at": now,
        });
        if let Work::Restore { backup } = &work {
            data["backup_id"] = json!(backup);
        }
        {
            let mut held = self.held();
            held.jobs.push(job);
            held.works.insert(id.clone(), work.clone());
        }
        self.spawn(&id, work);
        answer(202, &json!({ "data": data }))
    }

    fn spawn(self: &Arc<Self>, id: &str, work: Work) {
        let (shared, id) = (Arc::clone(self), id.to_owned());
        tokio::spawn(async move { shared.run(&id, work).await });
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Value)) {
        if let Some(job) = self.held().jobs.iter_mut().find(|job| job["id"] == json!(id)) {
            change(job);
        }
    }

    async fn run(&self, id: &str, work: Work) {
        tokio::time::sleep(self.options.job_time).await;
        let faults = self.held().faults.clone();
        if faults.stuck {
            return;
        }
        self.change(id, |job| {
            job["status"] = json!("running");
            job["attempts"] = json!(job["attempts"].as_u64().unwrap_or_default() + 1);
            job["started_at"] = json!(Timestamp::now().to_string());
        });
        tokio::time::sleep(self.options.job_time).await;
        let outcome = match faults.fails {
            Some(said) => Err(said),
            None => self.work(work).await,
        };
        self.change(id, |job| {
            job["completed_at"] = json!(Timestamp::now().to_string());
            match outcome {
                Ok(()) => job["status"] = json!("completed"),
                Err(said) => {
                    job["status"] = json!("failed");
                    job["last_error"] = json!(said);
                }
            }
        });
    }

    async fn work(&self, work: Work) -> Result<(), String> {
        let (kind, name, bytes) = match work {
            Work::Restore { backup } => return self.bring_back(&backup).await,
            Work::Database { format, compress } => {
                let (name, bytes) = self.dump(&format, compress).await?;
                ("database", name, bytes)
            }
            Work::Logs { text, from, to, most } => {
                ("logs", "logs.json".to_owned(), self.log_entries(text, from, to, most).await?)
            }
        };
        if self.held().faults.completes_without_a_row {
            return Ok(());
        }
        let file_id = self.options.shelf.keep(&name, &bytes);
        self.record(kind, &file_id, bytes.len());
        Ok(())
    }

    async fn dump(&self, format: &str, compress: bool) -> Result<(String, Vec<u8>), String> {
        let schema = format!("--schema=\"{}\"", self.options.schema.replace('"', "\"\""));
        let format = if format == "tar" { "--format=tar" } else { "--format=plain" };
        let bytes = self.options.place.run("pg_dump", &[&schema, format], Vec::new()).await?;
        if format.ends_with("tar") {
            // What it calls so is a bare tar.
            return Ok(("backup.tar.gz".to_owned(), bytes));
        }
        if !compress {
            return Ok(("backup.sql".to_owned(), bytes));
        }
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(&bytes).map_err(|error| error.to_string())?;
        Ok(("backup.sql.gz".to_owned(), packed.finish().map_err(|error| error.to_string())?))
    }

    /// Entries of the schema's `project_logs`.
    async fn log_entries(
        &self,
        text: bool,
        from: Option<String>,
        to: Option<String>,
        most: u64,
    ) -> Result<Vec<u8>, String> {
        let bound =
            |text: Option<String>, usual: &str| text.unwrap_or_else(|| usual.to_owned()).replace('\'', "''");
        let (from, to) = (bound(from, "-infinity"), bound(to, "infinity"));
        let schema = self.options.schema.replace('"', "\"\"");
        let what = if text {
            "coalesce(string_agg(created_at::text || ' ' || message, e'\\n' order by created_at), '')"
        } else {
            "coalesce(json_agg(l order by created_at), '[]')"
        };
        let sql = format!(
            "select {what} from (select * from \"{schema}\".project_logs where created_at between \
             '{from}'::timestamptz and '{to}'::timestamptz order by created_at limit {most}) l;"
        );
        self.options.place.script(sql.into_bytes()).await
    }
}
