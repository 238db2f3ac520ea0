//! Projects of an account, added at once.

use base::Code;
use base::command::split_names;
use clap::Args;
use contract::api;
use contract::error::UserError;
use contract::platform::{AccountProjectView, AddAccountProjects, AddedProjectView, AskAccount};
use contract::project::LabelView;

use super::PlatformSource;
use crate::console::Console;
use crate::error::{Ended, failure};
use crate::secrets::PasswordSource;
use crate::status::Status;
use crate::table::{Side, parts, table};
use crate::words;

/// Which projects of an account are added.
#[derive(Debug, Args)]
pub(crate) struct Many {
    /// Add every project that the account sees and that is not here yet; each gets its name there.
    #[arg(long, conflicts_with_all = ["name", "choose", "postgres", "reference"])]
    all: bool,
    /// Add these projects of the account, by their references, with commas between them.
    #[arg(long, value_name = "REF,REF", conflicts_with_all = ["name", "postgres", "reference"])]
    choose: Vec<String>,
    /// The account is the one with which this project signs in.
    #[arg(long, value_name = "PROJECT", conflicts_with_all = ["name", "postgres"])]
    from: Option<String>,
}

impl Many {
    /// Adds them.
    pub(super) async fn run(
        self,
        console: &Console<'_>,
        platform: &PlatformSource,
        label: LabelView,
        password: &PasswordSource,
    ) -> Ended {
        let is_all = self.all;
        let mut request = self.request(platform, label, password).await?;
        if is_all {
            let all = api::platform_projects(&console.engine, request.account.clone()).await?;
            request.references =
                all.into_iter().filter(|one| one.here_id.is_none()).map(|one| one.reference).collect();
        }
        if request.references.is_empty() {
            let none: Vec<AddedProjectView> = Vec::new();
            console.output.answer(&none, || "Every project of the account is here already.".into());
            return Ok(Status::Done);
        }
        let added = api::platform_projects_add(&console.engine, request).await?;
        console.output.answer(&added, || added_words(&added));
        Ok(if added.iter().all(|one| one.id.is_some()) { Status::Done } else { Status::Failed })
    }

    /// What is asked for, with the references that were named.
    pub(super) async fn request(
        self,
        platform: &PlatformSource,
        label: LabelView,
        password: &PasswordSource,
    ) -> Result<AddAccountProjects, UserError> {
        let account = account(platform, password, self.from).await?;
        let references = self.choose.iter().flat_map(|text| split_names(text)).collect();
        Ok(AddAccountProjects { account, label, references })
    }
}

/// The account that was named, with what signs in; that of a project here needs nothing else.
pub(crate) async fn account(
    platform: &PlatformSource,
    password: &PasswordSource,
    project: Option<String>,
) -> Result<AskAccount, UserError> {
    let (settings, mut credentials) = (platform.account()?, platform.credentials()?);
    match (&settings, &project) {
        (None, None) => Err(failure(
            Code::InvalidRequest,
            "no account was named",
            "Name a project that signs in with it, or the platform: --supamanager URL --email E-MAIL, --supabase, --telegram-platform URL.",
        )),
        (Some(settings), _) => {
            let main = PlatformSource::main_credential(settings);
            let question = (!credentials.contains_key(main) && project.is_none())
                .then(|| format!("The {main} for {}:", settings.address));
            if let Some(secret) = password.read(question.as_deref()).await? {
                credentials.insert(main.to_owned(), secret);
            }
            Ok(AskAccount { platform: Some(settings.clone()), credentials, project })
        }
        (None, Some(_)) => Ok(AskAccount { platform: None, credentials, project }),
    }
}

/// Projects of an account, for people.
pub(crate) fn list_words(all: &[AccountProjectView]) -> String {
    if all.is_empty() {
        return "The account sees no project.".into();
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|one| {
            let text = |value: &Option<String>| value.clone().unwrap_or_default();
            vec![
                one.name.clone(),
                one.reference.clone(),
                text(&one.region),
                text(&one.status),
                text(&one.server_version),
                one.here_name.clone().unwrap_or_else(|| "not yet".into()),
            ]
        })
        .collect();
    let columns = [
        ("NAME", Side::Left),
        ("REFERENCE", Side::Left),
        ("REGION", Side::Left),
        ("STATE", Side::Left),
        ("POSTGRES", Side::Left),
        ("HERE", Side::Left),
    ];
    let missing = all.iter().filter(|one| one.here_id.is_none()).count() as u64;
    let end = match missing {
        0 => "All of them are here.".to_owned(),
        _ => format!(
            "{} not here yet. Add some with `holdfast project add --choose REF,REF`, or all with `--all`; name the account as here.",
            words::counted(missing, "project")
        ),
    };
    parts(&[table(&columns, &rows), end])
}

fn added_words(added: &[AddedProjectView]) -> String {
    let line = |one: &AddedProjectView| match (&one.name, &one.problem) {
        (Some(name), _) => format!("{name} is added ({}).", one.reference),
        (None, problem) => {
            format!("{} is not added: {}.", one.reference, problem.as_deref().unwrap_or("no reason is known"))
        }
    };
    added.iter().map(line).collect::<Vec<_>>().join("\n")
}
