//! A stand-in for the storage service of Supabase: rows in the real `storage` schema of a real database, read and written
//! as the role of the key, so that the policies there decide what is seen; bytes in a folder.
//!
//! It answers 400 to almost everything that it refuses, with what it means in the body, and tells everybody a wrong address
//! of itself, as behind a proxy.

mod bucket;
mod resumable;
mod token;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use ring::digest::{Context, SHA256};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio_postgres::{Client, Row, Transaction};
use uuid::Uuid;

use self::bucket::{buckets, make_bucket, set_bucket};
use self::resumable::Upload;
use self::token::{key_of, role_of};
use super::answer::hex;
use super::postgres::Postgres;
use super::serve::{Faults, Running, Seen, Watch};
use crate::Database;

/// What happens to an object when it is asked for, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtGet {
    /// It is deleted before.
    Deletes(String),
    /// It has other bytes before.
    Replaces(String, Vec<u8>),
}

struct Service {
    postgres: Postgres,
    client: tokio::sync::Mutex<Option<Client>>,
    folder: TempDir,
    secret: String,
    at_get: Mutex<Option<AtGet>>,
    /// Says that it sets a bucket, and does not.
    sets_nothing: AtomicBool,
    uploads: Mutex<HashMap<String, Upload>>,
}

/// A running service.
#[derive(Debug)]
pub struct SupabaseStorage {
    running: Running,
    watch: Arc<Watch>,
    service: Arc<Service>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("folder", &self.folder).finish_non_exhaustive()
    }
}

type Answered = Result<Response, Refused>;

/// What it refuses, with the status that it means.
#[derive(Debug)]
struct Refused(u16, &'static str, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body =
            json!({ "statusCode": self.0.to_string(), "error": self.1, "code": self.1, "message": self.2 });
        let status = if self.0 == 500 { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST };
        (status, Json(body)).into_response()
    }
}

impl From<tokio_postgres::Error> for Refused {
    fn from(error: tokio_postgres::Error) -> Self {
        let code = error.code().map(|code| code.code().to_owned()).unwrap_or_default();
        match code.as_str() {
            "42501" => Self(403, "AccessDenied", "new row violates row-level security policy".into()),
            "23503" => Self(404, "NoSuchBucket", "Bucket not found".into()),
            "23505" => Self(409, "KeyAlreadyExists", "The resource already exists".into()),
            _ => Self(500, "DatabaseError", format!("{error:?}")),
        }
    }
}

impl SupabaseStorage {
    /// The service of a database that has the schema.
    pub fn start(database: &Database<'_>) -> Self {
        let service = Arc::new(Service {
            postgres: Postgres::of(database),
            client: tokio::sync::Mutex::default(),
            folder: TempDir::new().unwrap(),
            secret: Uuid::new_v4().to_string(),
            at_get: Mutex::default(),
            sets_nothing: AtomicBool::default(),
            uploads: Mutex::default(),
        });
        let watch = Arc::new(Watch::default());
        let of_routes = Arc::clone(&service);
        let running = Running::start(&watch, 0, |_| routes(of_routes));
        Self { running, watch, service }
    }

    /// Its address: `http://127.0.0.1:PORT/storage/v1`.
    pub fn url(&self) -> String {
        format!("{}/storage/v1", self.running.address)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.running.address.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// A key of a role, which runs out after so many seconds.
    pub fn key(&self, role: &str, seconds: i64) -> String {
        key_of(&self.service.secret, role, seconds)
    }

    /// A key of a role that does not tell whose it is.
    pub fn opaque_key(&self, role: &str) -> String {
        format!("opaque.{}.{role}", self.service.secret)
    }

    /// Loses the bytes of an object, whose row stays.
    pub async fn lose(&self, database: &Database<'_>, bucket: &str, name: &str) {
        let version =
            format!("select version from storage.objects where bucket_id = '{bucket}' and name = '{name}'");
        std::fs::remove_file(self.service.path(&database.value(&version).await)).unwrap();
    }

    /// The key that sees everything.
    pub fn service_key(&self) -> String {
        self.key("service_role", 3600)
    }

    /// What is wrong with its answers.
    pub fn set(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.watch.faults());
    }

    /// From now on it says that it sets a bucket that is there, and does not.
    pub fn set_nothing(&self) {
        self.service.sets_nothing.store(true, Ordering::Relaxed);
    }

    /// What happens when an object, as `bucket/name`, is asked for next.
    pub fn at_get(&self, what: AtGet) {
        *self.service.at_get.lock().unwrap_or_else(PoisonError::into_inner) = Some(what);
    }

    /// Calls that came since the start.
    pub fn seen(&self) -> Vec<Seen> {
        self.watch.seen()
    }

    /// Puts an object as an application would; `told` are headers.
    pub async fn put(&self, bucket: &str, name: &str, told: &[(&str, &str)], content: impl AsRef<[u8]>) {
        let mut headers = HeaderMap::new();
        headers.insert("x-upsert", "true".parse().unwrap());
        for (name, value) in told {
            headers.insert(header::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        let (service, content) = (Arc::clone(&self.service), content.as_ref().to_vec());
        let (bucket, name) = (bucket.to_owned(), name.to_owned());
        // In a thread of its own, since each test has a runtime of its own, and the connection lives longer.
        let put =
            async move { service.store("service_role", &bucket, &name, &headers, Body::from(content)).await };
        self.running.on(put).await.unwrap();
    }
}

fn routes(service: Arc<Service>) -> Router {
    let routes = Router::new()
        .route("/bucket", get(buckets).post(make_bucket))
        .route("/bucket/{bucket}", axum::routing::put(set_bucket))
        .route("/object/list-v2/{bucket}", post(list))
        .route("/object/info/{bucket}/{*name}", get(info))
        .route("/object/info/authenticated/{bucket}/{*name}", get(info))
        .route("/object/info/public/{bucket}/{*name}", get(info))
        .route("/object/authenticated/{bucket}/{*name}", get(download))
        .route("/object/{bucket}", axum::routing::delete(remove))
        .route("/object/{bucket}/{*name}", post(upload))
        .merge(resumable::routes());
    Router::new().nest("/storage/v1", routes).with_state(service)
}

type Of = State<Arc<Service>>;

impl Service {
    fn role(&self, headers: &HeaderMap) -> Result<String, Refused> {
        let key = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let key = key.and_then(|key| key.strip_prefix("Bearer ")).unwrap_or_default();
        // A key that tells nothing of itself.
        if let Some(role) = key.strip_prefix(&format!("opaque.{}.", self.secret)) {
            return Ok(role.to_owned());
        }
        role_of(&self.secret, key).map_err(|why| Refused(403, "Unauthorized", why.into()))
    }

    /// Works as a role in a transaction of its own.
    async fn as_role<T>(
        &self,
        role: &str,
        work: impl AsyncFnOnce(&Transaction<'_>) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        let mut client = self.client.lock().await;
        if client.as_ref().is_none_or(Client::is_closed) {
            *client = Some(self.postgres.connect().await.map_err(|why| Refused(500, "InternalError", why))?);
        }
        let within = client.as_mut().unwrap().transaction().await?;
        let claims = json!({ "role": role }).to_string().replace('\'', "''");
        within
            .batch_execute(&format!(
                "set local role {role}; set local request.jwt.claims = '{claims}'; \
                 set local storage.allow_delete_query = 'true'"
            ))
            .await?;
        let done = work(&within).await?;
        within.commit().await?;
        Ok(done)
    }

    fn path(&self, version: &str) -> PathBuf {
        self.folder.path().join(version)
    }

    async fn find(&self, role: &str, bucket: &str, name: &str) -> Result<Row, Refused> {
        let asked = "select id::text, version, metadata::text, user_metadata::text, \
             to_json(updated_at)#>>'{}', to_json(created_at)#>>'{}' from storage.objects where bucket_id = $1 and name = $2";
        let found =
            self.as_role(role, async |within| Ok(within.query_opt(asked, &[&bucket, &name]).await?)).await?;
        found.ok_or_else(|| Refused(404, "NoSuchKey", "Object not found".into()))
    }

    /// Writes an object that is sent whole.
    async fn store(
        &self,
        role: &str,
        bucket: &str,
        name: &str,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(), Refused> {
        let version = Uuid::new_v4().to_string();
        let mut file = tokio::fs::File::create(self.path(&version)).await.unwrap();
        let (mut pieces, mut size) = (body.into_data_stream(), 0);
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| Refused(400, "InvalidRequest", "the body broke off".into()))?;
            size += piece.len() as u64;
            file.write_all(&piece).await.unwrap();
        }
        file.flush().await.unwrap();
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let noted = text("x-metadata").and_then(|text| STANDARD.decode(text).ok());
        let noted = noted.and_then(|noted| String::from_utf8(noted).ok());
        let kind = text("content-type").unwrap_or_else(|| "application/octet-stream".into());
        let control = text("cache-control").unwrap_or_else(|| "no-cache".into());
        let is_upsert = text("x-upsert").as_deref() == Some("true");
        self.note(role, (bucket, name), &version, size, (&kind, &control, noted.as_deref()), is_upsert).await
    }

    /// Writes the row of an object whose bytes are there.
    async fn note(
        &self,
        role: &str,
        (bucket, name): (&str, &str),
        version: &str,
        size: u64,
        (kind, control, noted): (&str, &str, Option<&str>),
        is_upsert: bool,
    ) -> Result<(), Refused> {
        self.check_bucket(bucket, kind, size).await?;
        let etag = self.etag(version).await;
        let metadata = json!({
            "eTag": etag, "size": size, "mimetype": kind, "cacheControl": control,
            "contentLength": size, "httpStatusCode": 200,
        });
        let again = if is_upsert {
            "on conflict (bucket_id, name) do update set version = excluded.version, \
             metadata = excluded.metadata, user_metadata = excluded.user_metadata"
        } else {
            ""
        };
        let insert = format!(
            "insert into storage.objects (bucket_id, name, version, metadata, user_metadata) \
             values ($1, $2, $3, $4::text::jsonb, $5::text::jsonb) {again}"
        );
        let metadata = metadata.to_string();
        self.as_role(role, async |within| {
            within.execute(&insert, &[&bucket, &name, &version, &metadata, &noted]).await?;
            Ok(())
        })
        .await
    }

    async fn check_bucket(&self, bucket: &str, kind: &str, size: u64) -> Result<(), Refused> {
        let asked = "select file_size_limit, allowed_mime_types from storage.buckets where id = $1";
        let found = self
            .as_role("service_role", async |within| Ok(within.query_opt(asked, &[&bucket]).await?))
            .await?;
        let found = found.ok_or_else(|| Refused(404, "NoSuchBucket", "Bucket not found".into()))?;
        let (most, kinds): (Option<i64>, Option<Vec<String>>) = (found.get(0), found.get(1));
        if most.is_some_and(|most| i64::try_from(size).unwrap() > most) {
            return Err(Refused(
                413,
                "EntityTooLarge",
                "The object exceeded the maximum allowed size".into(),
            ));
        }
        if kinds.is_some_and(|kinds| !kinds.iter().any(|one| one == kind)) {
            return Err(Refused(415, "InvalidMimeType", format!("mime type {kind} is not supported")));
        }
        Ok(())
    }

    async fn etag(&self, version: &str) -> String {
        let (mut file, mut hash) =
            (tokio::fs::File::open(self.path(version)).await.unwrap(), Context::new(&SHA256));
        let mut space = vec![0; 256 * 1024];
        loop {
            match file.read(&mut space).await.unwrap() {
                0 => return format!("\"{}\"", &hex(hash.finish().as_ref())[..32]),
                count => hash.update(&space[..count]),
            }
        }
    }

    /// What was to happen at this object.
    async fn happen(&self, key: &str) -> Result<(), Refused> {
        let wish = {
            let mut at_get = self.at_get.lock().unwrap_or_else(PoisonError::into_inner);
            at_get.take_if(|wish| match wish {
                AtGet::Deletes(of) | AtGet::Replaces(of, _) => of == key,
            })
        };
        let (bucket, name) = key.split_once('/').unwrap_or_default();
        match wish {
            Some(AtGet::Deletes(_)) => {
                self.delete("service_role", bucket, &[name.to_owned()]).await.map(|_| ())
            }
            Some(AtGet::Replaces(_, content)) => {
                let mut headers = HeaderMap::new();
                headers.insert("x-upsert", "true".parse().unwrap());
                self.store("service_role", bucket, name, &headers, Body::from(content)).await
            }
            None => Ok(()),
        }
    }

    async fn delete(&self, role: &str, bucket: &str, names: &[String]) -> Result<Vec<Value>, Refused> {
        let delete = "delete from storage.objects where bucket_id = $1 and name = any($2) returning name";
        let rows =
            self.as_role(role, async |within| Ok(within.query(delete, &[&bucket, &names]).await?)).await?;
        Ok(rows.iter().map(|row| json!({ "name": row.get::<_, String>(0), "bucket_id": bucket })).collect())
    }
}

async fn list(
    State(service): Of,
    Path(bucket): Path<String>,
    headers: HeaderMap,
    Json(wish): Json<Value>,
) -> Answered {
    let role = service.role(&headers)?;
    let limit = wish["limit"].as_i64().unwrap_or(1000).min(1000);
    let after = wish["cursor"].as_str().and_then(|cursor| STANDARD.decode(cursor).ok());
    let after = after.and_then(|after| String::from_utf8(after).ok()).unwrap_or_default();
    let asked = "select name, json_build_object('name', name, 'id', id, 'updated_at', updated_at, 'metadata', metadata)::text \
                 from storage.objects where bucket_id = $1 and starts_with(name, $4) and name collate \"C\" > $2 order by name collate \"C\" limit $3";
    let (more, prefix) = (limit + 1, wish["prefix"].as_str().unwrap_or_default());
    let rows = service
        .as_role(&role, async |within| Ok(within.query(asked, &[&bucket, &after, &more, &prefix]).await?))
        .await?;
    let has_next = rows.len() > usize::try_from(limit).unwrap();
    let page = &rows[..rows.len() - usize::from(has_next)];
    let objects: Vec<Value> =
        page.iter().map(|row| serde_json::from_str(row.get::<_, &str>(1)).unwrap()).collect();
    let next = page.last().filter(|_| has_next).map(|row| STANDARD.encode(row.get::<_, String>(0)));
    Ok(Json(json!({ "hasNext": has_next, "nextCursor": next, "folders": [], "objects": objects }))
        .into_response())
}

async fn info(
    State(service): Of,
    Path((bucket, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answered {
    let row = service.find(&service.role(&headers)?, &bucket, &name).await?;
    let text = |at: usize| row.get::<_, Option<String>>(at);
    let kept: Value = text(2).map(|text| serde_json::from_str(&text).unwrap()).unwrap_or_default();
    let noted: Value = text(3).map(|text| serde_json::from_str(&text).unwrap()).unwrap_or_default();
    let body = json!({
        "id": text(0), "name": name, "version": text(1), "bucket_id": bucket, "size": kept["size"],
        "content_type": kept["mimetype"], "cache_control": kept["cacheControl"], "etag": kept["eTag"],
        "metadata": noted, "last_modified": text(4), "created_at": text(5),
    });
    Ok(Json(body).into_response())
}

async fn download(
    State(service): Of,
    Path((bucket, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answered {
    let role = service.role(&headers)?;
    service.happen(&format!("{bucket}/{name}")).await?;
    let row = service.find(&role, &bucket, &name).await?;
    let kept: Value = serde_json::from_str(row.get::<_, Option<&str>>(2).unwrap_or("{}")).unwrap();
    let version: Option<String> = row.get(1);
    // As it is where files are kept in a folder: nobody has a better word for one that is not there.
    let gone = || Refused(500, "Internal", "Internal Server Error".into());
    let mut file =
        tokio::fs::File::open(service.path(&version.ok_or_else(gone)?)).await.map_err(|_| gone())?;
    let size = file.metadata().await.unwrap().len();
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok()?.strip_prefix("bytes="));
    if range == Some("0-0") && size > 0 {
        let range = format!("bytes 0-0/{size}");
        let answer =
            Response::builder().status(StatusCode::PARTIAL_CONTENT).header(header::CONTENT_RANGE, range);
        return Ok(answer.body(Body::from("x")).unwrap());
    }
    let from: Option<u64> = range.and_then(|range| range.strip_suffix('-')?.parse().ok());
    file.seek(std::io::SeekFrom::Start(from.unwrap_or(0))).await.unwrap();
    let rest = size - from.unwrap_or(0);
    let body = futures_util::stream::unfold(file, async |mut file| {
        let mut piece = vec![0; 64 * 1024];
        match file.read(&mut piece).await {
            Ok(0) => None,
            Ok(count) => {
                piece.truncate(count);
                Some((Ok(piece), file))
            }
            Err(error) => Some((Err(error), file)),
        }
    });
    let kind = kept["mimetype"].as_str().unwrap_or("application/octet-stream");
    // A page of HTML is never shown by the service.
    let kind = if kind.contains("text/html") { "text/plain" } else { kind };
    let mut answer = Response::builder()
        .header(header::ETAG, kept["eTag"].as_str().unwrap_or_default())
        .header(header::CONTENT_TYPE, kind)
        .header(header::CONTENT_LENGTH, rest);
    if let Some(from) = from {
        let range = format!("bytes {from}-{}/{size}", size.saturating_sub(1));
        answer = answer.status(StatusCode::PARTIAL_CONTENT).header(header::CONTENT_RANGE, range);
    }
    Ok(answer.body(Body::from_stream(body)).unwrap())
}

async fn upload(
    State(service): Of,
    Path((bucket, name)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Answered {
    let role = service.role(&headers)?;
    service.store(&role, &bucket, &name, &headers, body).await?;
    Ok(Json(json!({ "Key": format!("{bucket}/{name}") })).into_response())
}

async fn remove(
    State(service): Of,
    Path(bucket): Path<String>,
    headers: HeaderMap,
    Json(wish): Json<Value>,
) -> Answered {
    let role = service.role(&headers)?;
    let names: Vec<String> = serde_json::from_value(wish["prefixes"].clone()).unwrap_or_default();
    Ok(Json(service.delete(&role, &bucket, &names).await?).into_response())
}
