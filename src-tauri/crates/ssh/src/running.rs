//! Which containers run on a host, and what they are: names, images, folders, ports. Their environment is never asked
//! for: it holds passwords.
//!
//! Source: Docker docs, `docker ps`, `docker inspect`; Podman docs, `podman-inspect`; Compose docs, labels.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use tokio::time::timeout;

use base::container_program;

use crate::container::Container;
use crate::error::{ContainerProblem, SshError};
use crate::run::{Host, RunEnd};

const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// A name, a path or an image that is longer is none that anybody wrote.
const TEXT_CHARACTERS_MAX: usize = 400;
/// A container that ends between the two questions is left out, and is no failure.
const LIST: &str = r#"for program in docker podman; do if command -v $program >/dev/null 2>&1; then
ids=$($program ps -q --no-trunc) || exit 1
[ -z "$ids" ] || $program inspect --type container -f "$1" $ids
echo holdfast-listed; exit; fi; done; echo holdfast: no docker >&2; exit 127"#;
/// What is asked of each.
const FORMAT: &str = r#"holdfast {"id":{{json .Id}},"name":{{json .Name}},"image":{{json .Config.Image}},"labels":{{json .Config.Labels}},"mounts":{{json .Mounts}},"ports":{{json .NetworkSettings.Ports}}}"#;
const IDS_MAX: usize = 500;
const LISTED: &str = "holdfast-listed";

/// A container that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// Its id, whole.
    pub id: String,
    /// Its name.
    pub name: Container,
    /// The image that it was made of, as it was asked for: `redis:7-alpine`.
    pub image: String,
    /// The compose project that it belongs to.
    pub project: Option<String>,
    /// The folder of that project's compose file, on the host.
    pub folder: Option<String>,
    /// Folders of the host that it sees: where there, and where inside.
    pub mounts: Vec<(String, String)>,
    /// Ports that the host gives to it: there, and inside.
    pub ports: Vec<(u16, u16)>,
}

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    id: String,
    name: String,
    image: String,
    #[serde(default)]
    labels: Option<BTreeMap<String, String>>,
    #[serde(default)]
    mounts: Option<Vec<Mount>>,
    #[serde(default)]
    ports: Option<BTreeMap<String, Option<Vec<Port>>>>,
}

#[derive(Deserialize)]
struct Mount {
    #[serde(rename = "Type", default)]
    kind: String,
    #[serde(rename = "Source", default)]
    source: String,
    #[serde(rename = "Destination", default)]
    destination: String,
}

#[derive(Deserialize)]
struct Port {
    #[serde(rename = "HostPort", default)]
    host_port: String,
}

impl Host {
    /// The containers that run there, by name. `None` where neither Docker nor Podman is.
    ///
    /// # Errors
    /// [`SshError`], where nothing may be run there, or the engine refuses the account.
    pub async fn containers(&self, limit: Duration) -> Result<Option<Vec<Running>>, SshError> {
        if *self == Self::Here {
            return self.containers_here(limit).await;
        }
        let (text, end) = self.said(&["sh", "-c", LIST, "holdfast", FORMAT], limit).await?;
        if text.lines().any(|line| line == LISTED) {
            return Ok(Some(listed(&text)));
        }
        let engine = Container::new("engine");
        match engine.problem(&end) {
            Some(ContainerProblem::NoProgram) => Ok(None),
            Some(problem) => Err(engine.failed(self, problem)),
            None => Err(self.odd(end.stderr.lines().last().unwrap_or("it does not answer"))),
        }
    }

    /// The same on this computer, which may have no shell.
    async fn containers_here(&self, limit: Duration) -> Result<Option<Vec<Running>>, SshError> {
        let Some(program) = container_program::find() else { return Ok(None) };
        let engine = Container::new("engine");
        let (ids, end) = self.said(&[program.as_str(), "ps", "-q", "--no-trunc"], limit).await?;
        if end.status != Some(0) {
            let other = || ContainerProblem::Other(end.stderr.lines().last().unwrap_or_default().to_owned());
            return Err(engine.failed(self, engine.problem(&end).unwrap_or_else(other)));
        }
        let ids: Vec<&str> = ids.lines().filter(|id| id.parse::<Container>().is_ok()).take(IDS_MAX).collect();
        if ids.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let words = [&[program.as_str(), "inspect", "--type", "container", "-f", FORMAT][..], &ids].concat();
        // One that ended meanwhile is none that runs.
        let (text, _) = self.said(&words, limit).await?;
        Ok(Some(listed(&text)))
    }

    async fn said(&self, words: &[&str], limit: Duration) -> Result<(String, RunEnd), SshError> {
        let run = self.run(words, limit).await?;
        let answered = timeout(limit, run.output(ANSWER_BYTES_MAX)).await;
        let answered = answered.map_err(|_| SshError::Timeout { server: self.to_string(), after: limit })?;
        let (text, end) = answered.map_err(|error| self.odd(&error.to_string()))?;
        Ok((String::from_utf8_lossy(&text).into_owned(), end))
    }

    fn odd(&self, what: &str) -> SshError {
        Container::new("engine").failed(self, ContainerProblem::Other(what.to_owned()))
    }
}

/// What an engine printed, without what makes no sense.
fn listed(text: &str) -> Vec<Running> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("holdfast "));
    let told = lines.filter_map(|line| serde_json::from_str::<Told>(line).ok());
    let mut all: Vec<Running> = told.filter_map(Told::read).collect();
    all.sort_by_cached_key(|one| one.name.to_string());
    all
}

impl Told {
    fn read(self) -> Option<Running> {
        let name: Container = self.name.trim_start_matches('/').parse().ok()?;
        let labels = self.labels.unwrap_or_default();
        // Docker's own, and that of the program which imitates it.
        let label = |of: &str| {
            let names = [format!("com.docker.compose.project{of}"), format!("io.podman.compose.project{of}")];
            names.iter().find_map(|name| labels.get(name)).and_then(|text| plain(text))
        };
        let mounts = self.mounts.unwrap_or_default().into_iter().filter(|mount| mount.kind == "bind");
        let ports = self.ports.unwrap_or_default().into_iter().flat_map(|(inside, there)| {
            let inside = inside.split('/').next().and_then(|port| port.parse::<u16>().ok());
            let there = there.unwrap_or_default().into_iter().filter_map(|port| port.host_port.parse().ok());
            there.filter_map(move |there: u16| Some((there, inside?))).collect::<Vec<_>>()
        });
        let mut ports: Vec<(u16, u16)> = ports.collect();
        // Once for each of the host's addresses.
        ports.sort_unstable();
        ports.dedup();
        Some(Running {
            id: plain(&self.id).unwrap_or_default(),
            name,
            image: plain(&self.image)?,
            project: label(""),
            folder: label(".working_dir"),
            mounts: mounts.filter_map(|one| Some((plain(&one.source)?, plain(&one.destination)?))).collect(),
            ports,
        })
    }
}

/// A text that may be shown: short, and of one line.
fn plain(text: &str) -> Option<String> {
    let fits =
        !text.is_empty() && text.chars().count() <= TEXT_CHARACTERS_MAX && !text.contains(char::is_control);
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = concat!(
        "Last login: today\n",
        r#"holdfast {"name":"/shop-redis","image":"redis:7-alpine","labels":{"com.docker.compose.project":"shop","com.docker.compose.project.working_dir":"/srv/shop"},"mounts":[{"Type":"bind","Source":"/srv/shop/data","Destination":"/data","Mode":""},{"Type":"volume","Source":"/var/lib/docker/x","Destination":"/y"}],"ports":{"6379/tcp":[{"HostIp":"0.0.0.0","HostPort":"6380"},{"HostIp":"::","HostPort":"6380"}],"16379/tcp":null}}"#,
        "\n",
        r#"holdfast {"name":"alone","image":"nginx","labels":null,"mounts":null,"ports":null}"#,
        "\nholdfast {\"name\":\"--privileged\",\"image\":\"x\"}\nholdfast nonsense\n",
        r#"holdfast {"name":"odd","image":"a\nb"}"#,
        "\nholdfast-listed\n"
    );

    #[test]
    fn containers_are_read_and_what_makes_no_sense_is_left_out() {
        let all = listed(TEXT);
        let names: Vec<String> = all.iter().map(|one| one.name.to_string()).collect();
        assert_eq!(names, ["alone", "shop-redis"]);
        let redis = &all[1];
        assert_eq!((redis.project.as_deref(), redis.folder.as_deref()), (Some("shop"), Some("/srv/shop")));
        assert_eq!(redis.mounts, [("/srv/shop/data".to_owned(), "/data".to_owned())]);
        assert_eq!(redis.ports, [(6380, 6379)]);
        assert_eq!((all[0].image.as_str(), all[0].project.as_deref()), ("nginx", None));
    }
}
