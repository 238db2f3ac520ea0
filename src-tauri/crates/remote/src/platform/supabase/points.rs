//! Restore points: moments under a name.

use reqwest::Method;
use serde_json::{Value, json};

use super::Supabase;
use super::calls::not_possible;
use crate::platform::http::Call;
use crate::platform::{Act, PlatformError, RestorePoint, Ticket};

/// What the API takes.
const NAME_CHARACTERS_MAX: usize = 20;

impl Supabase {
    pub(super) async fn read_points(&self) -> Result<Vec<RestorePoint>, PlatformError> {
        let doing = "list its restore points";
        let segments = ["v1", "projects", self.reference.as_str(), "database", "backups", "restore-point"];
        let asked = self.ask(Act::RestorePoints, doing, Call::new(Method::GET, &segments, doing)).await;
        let body = match asked {
            Ok(answer) => answer.body,
            Err(PlatformError::NotFound { .. }) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        // The specification has one, its description several.
        let list = body.as_array().or_else(|| body["restore_points"].as_array());
        Ok(list.map_or_else(
            || point(&body).into_iter().collect(),
            |list| list.iter().filter_map(point).collect(),
        ))
    }

    pub(super) async fn add_point(&self, name: &str) -> Result<RestorePoint, PlatformError> {
        check(name)?;
        let doing = "keep a restore point";
        let segments = ["v1", "projects", self.reference.as_str(), "database", "backups", "restore-point"];
        let call = Call::new(Method::POST, &segments, doing).json(json!({ "name": name }));
        let answer = self.ask(Act::RestorePoints, doing, call).await?;
        let kept = point(&answer.body).ok_or_else(|| self.http.odd("a restore point without a name"))?;
        if kept.status == "FAILED" {
            return Err(self.failed(doing, "its status is FAILED", false));
        }
        Ok(kept)
    }

    /// Whether that point can be gone back to, as far as it is listed.
    pub(super) async fn check_point(&self, name: &str) -> Result<(), PlatformError> {
        check(name)?;
        let points = self.read_points().await?;
        if let Some(point) = points.iter().find(|point| point.name == name && point.status != "AVAILABLE") {
            let reason = format!("the restore point {name:?} is {}, not AVAILABLE", point.status);
            return Err(not_possible(Act::RestorePoints, reason));
        }
        Ok(())
    }

    pub(super) async fn undo_to_point(&self, name: &str) -> Result<Ticket, PlatformError> {
        self.check_point(name).await?;
        let body = json!({ "name": name });
        self.begin(Act::RestorePoints, name, "go back to the restore point", &["undo"], body).await
    }
}

fn check(name: &str) -> Result<(), PlatformError> {
    if (1..=NAME_CHARACTERS_MAX).contains(&name.chars().count()) {
        return Ok(());
    }
    let reason = format!("a restore point's name has 1 to {NAME_CHARACTERS_MAX} characters");
    Err(not_possible(Act::RestorePoints, reason))
}

fn point(value: &Value) -> Option<RestorePoint> {
    let name = value["name"].as_str().filter(|name| !name.is_empty())?.to_owned();
    Some(RestorePoint { name, status: value["status"].as_str().unwrap_or("UNKNOWN").to_owned() })
}
