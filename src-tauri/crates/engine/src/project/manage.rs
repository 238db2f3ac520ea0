//! Adding and changing projects, and testing their connections.

use uuid::Uuid;

use super::entered::Entered;
use super::platform::{self, Credentials, refuse_credentials_for_others, refuse_unknown};
use super::way::checked_way;
use crate::engine::Engine;
use crate::profile::ssh_secret_name;
use base::Code;
use base::clock::now_ms;
use base::failure::Failure;
use base::secret::Secret;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{Catalog, Label, ProjectRecord};
use ledger::component::Components;
use ledger::event::Topic;
use postgres::connection::{ConnectOptions, Resolved, Settings, refuse_transaction_pooler};
use postgres::ladder::{self, Ladder, Rung, RungState};
use remote::platform::PlatformSettings;

/// Long enough for anything that people call a project.
const NAME_CHARACTERS_MAX: usize = 80;

/// A project to be added.
#[derive(Debug, Clone)]
pub struct NewProject {
    /// Name, unique.
    pub name: String,
    /// Label.
    pub label: Label,
    /// How its database is reached, where Holdfast reaches one.
    pub connection: Option<Settings>,
    /// Its password.
    pub password: Option<Secret>,
    /// What opens the key of the SSH account by way of which it is reached, or that account's password.
    pub ssh_secret: Option<Secret>,
    /// The platform that backs it up by itself.
    pub platform: Option<PlatformSettings>,
    /// What signs in there, by name.
    pub credentials: Credentials,
}

impl NewProject {
    /// A project whose database Holdfast backs up.
    pub fn postgres(name: &str, label: Label, connection: Settings, password: Option<Secret>) -> Self {
        Self {
            name: name.to_owned(),
            label,
            connection: Some(connection),
            password,
            ssh_secret: None,
            platform: None,
            credentials: Credentials::new(),
        }
    }
}

/// What changes in a project; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct ProjectChange {
    /// New name.
    pub name: Option<String>,
    /// New label.
    pub label: Option<Label>,
    /// New connection.
    pub connection: Option<Settings>,
    /// New password.
    pub password: Option<Secret>,
    /// New passphrase of the SSH account's key, or new password of that account; an empty one removes it.
    pub ssh_secret: Option<Secret>,
    /// New platform.
    pub platform: Option<PlatformSettings>,
    /// New credentials for it; those that are not named stay.
    pub credentials: Credentials,
}

impl Engine {
    /// Adds a project. Nothing is contacted; the password goes to the keychain.
    ///
    /// # Errors
    /// `name_taken`, `invalid_request`, `transaction_pooler`, or why the keychain does not take the password.
    #[crate::boxed]
    pub async fn add_project(&self, new: NewProject) -> Result<ProjectRecord, Failure> {
        let project = ProjectRecord {
            id: Uuid::now_v7().simple().to_string(),
            name: self.free_name(&new.name, None).await?,
            label: new.label,
            is_sample: false,
            is_archived: false,
            connection: new.connection.map(checked).transpose()?,
            platform: new.platform.map(platform::checked).transpose()?,
            parts: Components::NONE,
            has_password: new.password.as_ref().is_some_and(|password| !password.is_empty()),
            server_version: None,
            acknowledged_at_ms: 0,
            created_at_ms: now_ms(),
        };
        let entered = Entered {
            password: new.password.as_ref(),
            ssh_secret: new.ssh_secret.as_ref(),
            credentials: &new.credentials,
        };
        self.store_project(Act::ProjectAdded, project, None, entered).await
    }

    /// Changes a project.
    ///
    /// # Errors
    /// As `add_project`, and `project_not_found`.
    #[crate::boxed]
    pub async fn edit_project(&self, project: &str, change: ProjectChange) -> Result<ProjectRecord, Failure> {
        let known = self.profile.project(project).await?;
        let name = match change.name {
            Some(name) => self.free_name(&name, Some(&known.id)).await?,
            None => known.name.clone(),
        };
        let connection = change.connection.map(checked).transpose()?.or_else(|| known.connection.clone());
        let platform = change.platform.map(platform::checked).transpose()?.or_else(|| known.platform.clone());
        let new_password = change.password.as_ref().is_some_and(|password| !password.is_empty());
        let is_same = match (&connection, &known.connection) {
            (Some(new), Some(old)) => is_same_peer(new, old),
            _ => true,
        };
        if known.has_password && !new_password && !is_same {
            return Err(Failure::new(
                Code::PasswordForNewServer,
                "the stored password belongs to another server or role",
                "Enter the password for the new one; the stored one is never sent there.",
            ));
        }
        let before = known.clone();
        let changed = ProjectRecord {
            name,
            label: change.label.unwrap_or(known.label),
            connection,
            platform,
            has_password: known.has_password || new_password,
            ..known
        };
        refuse_credentials_for_others(&before, &changed, &change.credentials)?;
        let entered = Entered {
            password: change.password.as_ref(),
            ssh_secret: change.ssh_secret.as_ref(),
            credentials: &change.credentials,
        };
        let stored = self.store_project(Act::ProjectEdited, changed, Some(&before), entered).await?;
        if !is_same {
            // What was seen there is of another place.
            self.profile.catalog.forget_found(&stored.id).await?;
        }
        Ok(stored)
    }

    /// Stores a project with what was entered for it, and returns the stored record. Fields that others changed since
    /// `before` are kept, for instance a connection that was entered while its platform was.
    pub(crate) async fn store_project(
        &self,
        act: Act,
        project: ProjectRecord,
        before: Option<&ProjectRecord>,
        entered: Entered<'_>,
    ) -> Result<ProjectRecord, Failure> {
        refuse_unknown(&project, entered.credentials)?;
        // The keychain first: a project whose password was lost on the way would look complete.
        let put = self.put_entered(&project, before, entered).await?;
        let project = match self.write_project(act, project, before, entered.password().is_some()).await {
            Ok(project) => project,
            Err(failure) => {
                self.take_back(put).await;
                return Err(failure);
            }
        };
        if let Some(before) = before {
            self.profile.jobs.renamed(&before.name, &project.name);
        }
        self.profile.jobs.changed(&[Topic::Projects]);
        // Only now: whoever cannot edit a project keeps what it is reached with.
        if let Some(before) = before {
            self.forget_replaced(before, &project, entered).await?;
        }
        Ok(project)
    }

    async fn write_project(
        &self,
        act: Act,
        project: ProjectRecord,
        before: Option<&ProjectRecord>,
        has_new_password: bool,
    ) -> Result<ProjectRecord, Failure> {
        let platform = project.platform.as_ref().map(PlatformSettings::place);
        let mut details = Details::none().with("label", Fact::Word(project.label.as_str()));
        if let Some(connection) = &project.connection {
            details = details
                .with("server", Fact::Server(connection))
                .with("tls", Fact::Word(connection.tls.as_libpq()));
        }
        let ssh = project.connection.as_ref().and_then(|connection| connection.ssh.as_ref());
        let words = ssh.map(ToString::to_string);
        if let Some(words) = &words {
            details = details.with("ssh", Fact::Name(words));
        }
        if let Some(key) = ssh.and_then(|ssh| ssh.host_key.as_ref()) {
            details = details.with("ssh_host_key", Fact::Name(key));
        }
        let within = project.connection.as_ref().and_then(|connection| connection.container.as_ref());
        let within = within.map(ToString::to_string);
        if let Some(container) = &within {
            details = details.with("container", Fact::Name(container));
        }
        if let Some(platform) = &platform {
            details = details.with("platform", Fact::Name(platform));
        }
        let details = details.with("new_password", Fact::Flag(has_new_password));
        let mut writing = self.profile.audit.begin(act, &Subject::project(&project), details).await?;
        let now = match before {
            Some(_) => Catalog::project_on(writing.connection(), &project.id).await?,
            None => None,
        };
        let project = match (before, now) {
            (Some(before), Some(now)) => merged(project, before, now),
            _ => project,
        };
        Catalog::put_project_on(writing.connection(), &project).await?;
        writing.commit().await?;
        Ok(project)
    }

    /// Tests a connection, rung by rung; `on_rung` hears of each as it is climbed.
    ///
    /// # Errors
    /// `project_not_found`, or why its password is not to be had. That a rung fails is no error.
    pub async fn test_connection(
        &self,
        connection: Option<Settings>,
        password: Option<Secret>,
        ssh_secret: Option<Secret>,
        project: Option<&str>,
        on_rung: &mut (dyn FnMut(&Rung) + Send),
    ) -> Result<Vec<Rung>, Failure> {
        let known = match project {
            Some(project) => Some(self.profile.project(project).await?),
            None => None,
        };
        let settings = connection.or_else(|| known.as_ref().and_then(|project| project.connection.clone()));
        let settings = settings.ok_or_else(|| {
            Failure::invalid(
                "neither a connection nor a project was given",
                "Fill in the fields, or name a project.",
            )
        })?;
        checked_way(&settings)?;
        let password = match (password.filter(|password| !password.is_empty()), &known) {
            (Some(password), _) => Some(password),
            // The stored password goes to the server that it belongs to, and to no other.
            (None, Some(project))
                if project.connection.as_ref().is_some_and(|known| is_same_peer(&settings, known)) =>
            {
                self.profile.password(project).await?
            }
            (None, _) => None,
        };
        if let Some(project) = &known {
            self.wake(project).await?;
        }
        let tools = self.profile.tools().await?;
        let to = self.way_of_test(&settings, ssh_secret, known.as_ref()).await?;
        let options = ConnectOptions { to, ..ConnectOptions::new("holdfast test") };
        let ladder =
            Ladder { settings: &settings, password: password.as_ref(), tools: &tools, options: &options };
        let mut rungs = ladder::climb(ladder, on_rung).await;
        if let Some(project) = &known {
            self.name_session_pooler(project, &mut rungs).await;
        }
        let is_its_own = |project: &ProjectRecord| {
            let known = project.connection.as_ref();
            known.is_some_and(|known| is_same_peer(&settings, known) && settings.database == known.database)
        };
        let has_failed = rungs.iter().any(|rung| rung.state == RungState::Failed);
        if let Some(known) = known.filter(|project| !has_failed && is_its_own(project)) {
            self.profile.catalog.saw_original(&known.id, now_ms()).await?;
        }
        Ok(rungs)
    }

    /// The way by SSH to what is tested, which nobody else takes: it may never be stored. Without a new secret the stored
    /// one goes to the account that it was entered for.
    async fn way_of_test(
        &self,
        settings: &Settings,
        secret: Option<Secret>,
        known: Option<&ProjectRecord>,
    ) -> Result<Option<Resolved>, Failure> {
        let container = settings.container.as_ref();
        let Some(address) = &settings.ssh else {
            let route = container
                .map(|container| ssh::Route::into_container(container, &settings.host, settings.port));
            return Ok(route.map(Resolved::Route));
        };
        let secret = match (secret.filter(|secret| !secret.is_empty()), known) {
            (Some(secret), _) => Some(secret),
            (None, Some(project)) => {
                let tested = ProjectRecord { connection: Some(settings.clone()), ..project.clone() };
                match ssh_secret_name(&tested) {
                    Some((_, name)) => self.profile.secrets.find(&name).await?,
                    None => None,
                }
            }
            (None, None) => None,
        };
        let gateway = ssh::Gateway::new(address, secret.as_ref());
        Ok(Some(Resolved::Route(gateway.route(&settings.host, settings.port).within(container))))
    }

    /// Notes that a person has seen the last failure of a project.
    ///
    /// # Errors
    /// `project_not_found`.
    #[crate::boxed]
    pub async fn acknowledge(&self, project: &str) -> Result<(), Failure> {
        let mut known = self.profile.project(project).await?;
        known.acknowledged_at_ms = now_ms();
        let subject = Subject::project(&known);
        let mut writing =
            self.profile.audit.begin(Act::ProjectAcknowledged, &subject, Details::none()).await?;
        Catalog::put_project_on(writing.connection(), &known).await?;
        writing.commit().await?;
        self.profile.jobs.changed(&[Topic::Projects]);
        Ok(())
    }

    pub(crate) async fn free_name(&self, name: &str, but: Option<&str>) -> Result<String, Failure> {
        let name = name.trim();
        let is_odd = name.is_empty()
            || name.chars().count() > NAME_CHARACTERS_MAX
            || name.chars().any(char::is_control);
        if is_odd || name.contains('@') {
            return Err(Failure::invalid(
                format!("{name:?} cannot be the name of a project"),
                format!("Use 1 to {NAME_CHARACTERS_MAX} characters, without @ and line breaks."),
            ));
        }
        match self.profile.catalog.project(name).await? {
            Some(other) if Some(other.id.as_str()) != but => Err(Failure::new(
                Code::NameTaken,
                format!("there is already a project {:?}", other.name),
                "Choose another name, or edit that project.",
            )),
            _ => Ok(name.to_owned()),
        }
    }
}

/// A project as it was changed from what it was `before`; the rest of it as it is `now`.
fn merged(changed: ProjectRecord, before: &ProjectRecord, now: ProjectRecord) -> ProjectRecord {
    fn of<T: PartialEq>(changed: T, before: &T, now: T) -> T {
        if changed == *before { now } else { changed }
    }
    ProjectRecord {
        name: of(changed.name, &before.name, now.name),
        label: of(changed.label, &before.label, now.label),
        connection: of(changed.connection, &before.connection, now.connection),
        platform: of(changed.platform, &before.platform, now.platform),
        has_password: changed.has_password || now.has_password,
        ..now
    }
}

/// Whether a password of one is meant for the other too.
fn is_same_peer(one: &Settings, other: &Settings) -> bool {
    // A weaker protection on the way is another peer, and so is whoever another authority vouches for: the one that
    // answers could be somebody else.
    is_same_role(one, other) && one.root_certificate == other.root_certificate && one.tls >= other.tls
}

/// Whether both are the same role of the same server, reached in the same way, however that is protected.
pub(crate) fn is_same_role(one: &Settings, other: &Settings) -> bool {
    let Settings { host, port, database: _, user, tls: _, root_certificate: _, ssh, container } = one;
    let is_same_way = match (ssh, &other.ssh) {
        (Some(one), Some(other)) => one.is_same_account(other),
        (None, None) => true,
        _ => false,
    };
    (host, port, user, container) == (&other.host, &other.port, &other.user, &other.container) && is_same_way
}

fn checked(settings: Settings) -> Result<Settings, Failure> {
    for (what, value) in
        [("host", &settings.host), ("database", &settings.database), ("user", &settings.user)]
    {
        if value.trim().is_empty() || value.contains('\0') {
            return Err(Failure::invalid(format!("the {what} is missing"), format!("Fill in the {what}.")));
        }
    }
    refuse_transaction_pooler(&settings)?;
    checked_way(&settings)?;
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use postgres::connection::{TlsMode, parse};

    #[test]
    fn what_is_entered_of_one_side_stays_while_the_other_is_changed_at_the_same_moment() {
        let settings = parse("postgres://app@db.example/shop").unwrap().settings;
        let platform = PlatformSettings {
            kind: remote::platform::PlatformKind::Supabase,
            address: "https://api.supabase.com".into(),
            reference: "abcdefghijklmnopqrst".into(),
            account: None,
            more: std::collections::BTreeMap::new(),
        };
        let before = ProjectRecord {
            id: "p".into(),
            name: "shop".into(),
            label: Label::Production,
            is_sample: false,
            is_archived: false,
            connection: None,
            platform: None,
            parts: Components::NONE,
            has_password: false,
            server_version: None,
            acknowledged_at_ms: 0,
            created_at_ms: 1,
        };
        let there = ProjectRecord { platform: Some(platform), ..before.clone() };
        let here = ProjectRecord {
            connection: Some(settings),
            parts: Components::NONE,
            has_password: true,
            label: Label::Staging,
            ..before.clone()
        };

        let both = merged(there.clone(), &before, here.clone());

        assert_eq!((&both.connection, &both.platform), (&here.connection, &there.platform));
        assert!(both.has_password && both.label == Label::Staging);
        assert_eq!(merged(there.clone(), &before, before.clone()), there);
    }

    #[test]
    fn a_stored_password_goes_to_its_own_server_and_never_by_a_weaker_or_another_proof_of_who_that_is() {
        let known = parse("postgres://app@db.example/shop?sslmode=verify-ca&sslrootcert=/etc/own.pem");
        let known = known.unwrap().settings;
        let with = |change: &dyn Fn(&mut Settings)| {
            let mut other = known.clone();
            change(&mut other);
            is_same_peer(&other, &known)
        };

        assert!(with(&|_| {}) && with(&|one| one.database = "other".into()));
        assert!(with(&|one| one.tls = TlsMode::VerifyFull), "a stronger proof is as good");
        let another: [&dyn Fn(&mut Settings); 7] = [
            &|one| one.ssh = Some("me@gate.example".parse().unwrap()),
            &|one| one.host = "evil.example".into(),
            &|one| one.port = 5433,
            &|one| one.user = "postgres".into(),
            &|one| one.tls = TlsMode::Require,
            &|one| one.root_certificate = Some("/tmp/evil.pem".into()),
            &|one| one.root_certificate = None,
        ];
        for (number, change) in another.into_iter().enumerate() {
            assert!(!with(change), "change {number}");
        }
    }
}
