//! The project's configuration, document by document; what cannot be read back is named.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use super::Supabase;
use crate::https::causes;
use crate::platform::http::Call;
use crate::platform::{Configuration, ConfigurationFile, PlatformError};

/// Documents: the name of the file, and the path of the call.
const DOCUMENTS: [(&str, &[&str]); 12] = [
    ("auth", &["config", "auth"]),
    ("postgrest", &["postgrest"]),
    ("storage", &["config", "storage"]),
    ("realtime", &["config", "realtime"]),
    ("postgres", &["config", "database", "postgres"]),
    ("pooler", &["config", "database", "pooler"]),
    ("network-restrictions", &["network-restrictions"]),
    ("ssl-enforcement", &["ssl-enforcement"]),
    ("functions", &["functions"]),
    ("secrets", &["secrets"]),
    ("buckets", &["storage", "buckets"]),
    ("custom-hostname", &["custom-hostname"]),
];
/// A function's bundle is at most 20 MB there.
const FUNCTION_BYTES_MAX: usize = 64 * 1024 * 1024;
const FUNCTION_LIMIT: Duration = Duration::from_mins(2);

impl Supabase {
    pub(super) async fn read_configuration(&self) -> Result<Configuration, PlatformError> {
        let mut configuration = Configuration::default();
        for (name, path) in DOCUMENTS {
            let Some(document) = self.document(name, path, &mut configuration.missing).await? else {
                continue;
            };
            configuration.hidden.extend(hidden(name, &document));
            let bytes =
                serde_json::to_vec_pretty(&document).map_err(|error| self.http.odd(error.to_string()))?;
            let path = format!("/config/supabase/{name}.json");
            configuration.files.push(ConfigurationFile { path, bytes });
            if name == "functions" {
                self.functions(&document, &mut configuration).await?;
            }
        }
        Ok(configuration)
    }

    /// One document; one that is refused is missing, and why is said. Who is not signed in reads nothing.
    async fn document(
        &self,
        name: &str,
        path: &[&str],
        missing: &mut Vec<String>,
    ) -> Result<Option<Value>, PlatformError> {
        let segments = [["v1", "projects", self.reference.as_str()].as_slice(), path].concat();
        let doing = format!("give its configuration of {name}");
        let answer = self.http.call(&Call::new(Method::GET, &segments, &doing).bearer(&self.token)).await?;
        if answer.status.is_success() {
            if answer.body.is_null() {
                missing.push(format!("{name}: what it answered is no document"));
                return Ok(None);
            }
            return Ok(Some(answer.body));
        }
        match self.http.error(&doing, &answer) {
            error @ (PlatformError::NotSignedIn { .. } | PlatformError::TooMany { .. }) => Err(error),
            _ if answer.status.as_u16() == 402 => {
                missing.push(format!("{name}: {}", super::calls::NO_PLAN));
                Ok(None)
            }
            error => {
                missing.push(format!("{name}: {error}"));
                Ok(None)
            }
        }
    }

    /// The code of each function, as it is deployed.
    async fn functions(&self, list: &Value, into: &mut Configuration) -> Result<(), PlatformError> {
        for function in list.as_array().map(Vec::as_slice).unwrap_or_default() {
            let slug = function["slug"].as_str().unwrap_or_default();
            let is_slug = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            if slug.is_empty() || !slug.chars().all(is_slug) {
                into.missing.push(format!("the code of a function whose name is no slug: {slug:?}"));
                continue;
            }
            match self.body(slug).await {
                Ok(bytes) => into.files.push(ConfigurationFile {
                    path: format!("/config/supabase/functions/{slug}.body"),
                    bytes,
                }),
                Err(error @ (PlatformError::NotSignedIn { .. } | PlatformError::TooMany { .. })) => {
                    return Err(error);
                }
                Err(error) => into.missing.push(format!("the code of the function {slug}: {error}")),
            }
        }
        Ok(())
    }

    /// Bytes as they are: no text, and not to be read as one.
    async fn body(&self, slug: &str) -> Result<Vec<u8>, PlatformError> {
        let place = || self.http.place().to_owned();
        let mut url = self.http.base().clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["v1", "projects", &self.reference, "functions", slug, "body"]);
        }
        let broken =
            |error: reqwest::Error| PlatformError::Unreachable { place: place(), what: causes(error) };
        let request = self.http.client()?.get(url).timeout(FUNCTION_LIMIT).bearer_auth(self.token.expose());
        let mut answer = request.send().await.map_err(broken)?;
        let status = answer.status();
        if !status.is_success() {
            let said = format!("status {}", status.as_u16());
            return Err(match status.as_u16() {
                401 => PlatformError::NotSignedIn { place: place(), said },
                429 => PlatformError::TooMany { place: place(), wait: Duration::from_mins(1) },
                _ => self.failed("give the code", &said, status.is_server_error()),
            });
        }
        let mut bytes = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(broken)? {
            if bytes.len() + piece.len() > FUNCTION_BYTES_MAX {
                return Err(self.http.odd(format!("code of more than {FUNCTION_BYTES_MAX} bytes")));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }
}

/// What a document only hints at: values that no call gives back.
fn hidden(name: &str, document: &Value) -> Vec<String> {
    if name == "secrets" {
        let secrets = document.as_array().map(Vec::as_slice).unwrap_or_default();
        let names = secrets.iter().filter_map(|secret| secret["name"].as_str());
        return names
            .map(|name| format!("the value of the secret {name}: only its digest can be read back"))
            .collect();
    }
    let Some(fields) = document.as_object().filter(|_| name == "auth") else { return Vec::new() };
    let is_secret =
        |field: &str| ["_secret", "_secrets", "_pass", "_auth_token"].iter().any(|end| field.ends_with(end));
    let kept = fields
        .iter()
        .filter(|(field, value)| is_secret(field) && value.as_str().is_some_and(|text| !text.is_empty()));
    kept.map(|(field, _)| format!("the value of {field} in auth: a digest may stand in its place")).collect()
}
