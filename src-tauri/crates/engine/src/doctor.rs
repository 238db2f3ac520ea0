//! The doctor: checks whether this computer has what Holdfast needs.

use crate::engine::Engine;
use crate::upkeep::VaultStatus;
use base::Severity;
use base::command::{About, Command};
use base::disk;
use base::failure::Failure;
use base::secret::{Place, SecretsState};
use base::words::bytes_words;
use postgres::cluster::Wall;
use postgres::tools::Program;

/// Below this a backup is likely to fail.
pub(crate) const FREE_BYTES_LOW: u64 = 2_000_000_000;

/// One thing that was looked at.
#[derive(Debug, Clone)]
pub struct Finding {
    /// Stable name of the check.
    pub check: &'static str,
    /// How it is.
    pub severity: Severity,
    /// What was seen.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, severity: Severity::Ok, message: message.into(), hint: None }
    }

    fn not_ok(
        check: &'static str,
        severity: Severity,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { check, severity, message: message.into(), hint: Some(hint.into()) }
    }
}

impl Engine {
    /// Looks at everything that Holdfast needs.
    ///
    /// # Errors
    /// When the catalogue does not answer; all else is a finding.
    #[crate::boxed]
    pub async fn examine(&self) -> Result<Vec<Finding>, Failure> {
        let mut findings = vec![Finding::ok("profile", format!("the profile is {}", self.profile.home))];
        findings.extend(self.examine_tools().await?);
        findings.extend(tokio::task::spawn_blocking(Wall::here).await.ok().map(|wall| examine_wall(&wall)));
        findings.push(self.examine_secrets().await);
        match self.vault_status().await? {
            None => findings.push(Finding::not_ok(
                "vault",
                Severity::Warning,
                "there is no vault yet",
                "Create one: `holdfast vault init --path DIR --kit FILE`.",
            )),
            Some(status) => findings.extend(examine_vault(&status)),
        }
        findings.extend(self.examine_channels().await?);
        findings.push(match disk::free_bytes(&self.profile.home) {
            Ok(free) if free >= FREE_BYTES_LOW => {
                Finding::ok("disk", format!("{} free at the profile", bytes_words(free)))
            }
            Ok(free) => Finding::not_ok(
                "disk",
                Severity::Warning,
                format!("only {} free at the profile", bytes_words(free)),
                "Free some space.",
            ),
            Err(error) => Finding::not_ok(
                "disk",
                Severity::Critical,
                format!("the free space cannot be read: {error}"),
                "Check the disk of the profile.",
            ),
        });
        Ok(findings)
    }

    pub(crate) async fn examine_tools(&self) -> Result<Vec<Finding>, Failure> {
        let tools = self.tools().await?;
        if !tools.found.iter().any(|set| set.has(Program::PgDump)) {
            return Ok(vec![Finding::not_ok(
                "tools",
                Severity::Critical,
                "no pg_dump was found",
                "Install the Postgres client tools of your server's major version or newer, or choose their folder in the settings.",
            )]);
        }
        let mut findings: Vec<Finding> = tools
            .found
            .iter()
            .map(|set| Finding::ok("tools", format!("Postgres tools {}", set.label())))
            .collect();
        if !tools.found.iter().any(postgres::tools::ToolSet::can_run_a_server) {
            findings.push(Finding::not_ok(
                "server",
                Severity::Warning,
                "no Postgres server programs were found",
                "Install the Postgres server package to look inside backups on this computer and to try the sample project.",
            ));
        }
        Ok(findings)
    }

    /// Channels that tell nobody anything.
    async fn examine_channels(&self) -> Result<Vec<Finding>, Failure> {
        let all = self.channels().await?.into_iter().map(|one| one.channel);
        let problems = all.filter_map(|channel| {
            let (problem, _) = channel.problem.clone()?;
            let severity = channel.failing_since_ms.map_or(Severity::Warning, |_| Severity::Critical);
            let hint = format!(
                "Put it right, then test it: `{}`.",
                Command::about(About::NotifyTest, &channel.name)
            );
            let message = format!("notifications do not reach “{}”: {problem}", channel.name);
            Some(Finding::not_ok("notify", severity, message, hint))
        });
        Ok(problems.collect())
    }

    pub(crate) async fn examine_secrets(&self) -> Finding {
        let place = match self.profile.secrets.place() {
            Place::Keychain => "the keychain".to_owned(),
            Place::File(path) => format!("the sealed file {path}"),
        };
        match self.profile.secrets.state().await {
            SecretsState::Ready => Finding::ok("keychain", format!("secrets rest in {place}, which answers")),
            SecretsState::Locked(why) => {
                Finding::not_ok("keychain", Severity::Critical, why, "Unlock it, then look again.")
            }
            SecretsState::Unavailable(why) => Finding::not_ok(
                "keychain",
                Severity::Critical,
                why,
                "Start a Secret Service (for instance gnome-keyring), or keep secrets in a sealed file: HOLDFAST_SECRETS=file:PATH.",
            ),
        }
    }
}

/// How private servers are walled in, on which what others wrote is run.
fn examine_wall(wall: &Wall) -> Finding {
    let message = match (wall, wall.fact()) {
        (Wall::Whole, _) => {
            return Finding::ok(
                "wall",
                "private servers are walled in: they start no program, touch no other file, and reach nobody",
            );
        }
        (Wall::Partly { .. }, (_, more)) => {
            format!("private servers are walled in only in part: {}", more.unwrap_or_default())
        }
        (Wall::None { .. }, (_, more)) => {
            format!("nothing walls private servers in: {}", more.unwrap_or_default())
        }
    };
    Finding::not_ok("wall", Severity::Warning, message, wall.hint().unwrap_or_default())
}

fn examine_vault(status: &VaultStatus) -> Vec<Finding> {
    let name = format!("vault “{}” in {}", status.record.name, status.record.path);
    let mut findings = vec![match &status.problem {
        None => Finding::ok(
            "vault",
            format!(
                "{name}: {} kept, {}",
                bytes_words(status.stored_bytes),
                base::words::counted(status.backups, "backup")
            ),
        ),
        Some(failure) => Finding::not_ok(
            "vault",
            Severity::Critical,
            format!("{name}: {}", failure.message),
            failure.hint.clone().unwrap_or_default(),
        ),
    }];
    if status.record.kit_confirmed_at_ms.is_none() {
        findings.push(Finding::not_ok(
            "kit",
            Severity::Critical,
            "the recovery kit was not saved: if this computer is lost, so is the vault",
            "Save it: `holdfast vault kit --to FILE`, and keep it apart from this computer.",
        ));
    } else {
        findings.push(Finding::ok("kit", "the recovery kit was saved"));
    }
    if let Some(free) = status.free_bytes.filter(|free| *free < FREE_BYTES_LOW) {
        findings.push(Finding::not_ok(
            "space",
            Severity::Warning,
            format!("only {} free at the vault", bytes_words(free)),
            "Free some space there.",
        ));
    }
    findings
}
