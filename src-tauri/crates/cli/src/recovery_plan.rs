//! `holdfast recovery-plan`: what to do when it happened, who is called, and which backup is clean.

use base::Code;
use base::command::{About, Command};
use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, Subcommand};
use contract::api;
use contract::command::Nothing;
use contract::error::UserError;
use contract::number::Millis;
use contract::project::ProjectRef;
use contract::runbook::{
    CleanCheckView, ContactView, ContactsView, FindClean, PlanExportView, SaveRecoveryPlan, SetContacts,
    SetKitPlace, SetPlanFolder,
};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::console::Console;
use crate::drill_words;
use crate::error::{Ended, failure};
use crate::follow::follow;
use crate::status::{Status, taught};
use crate::table::{Side, listed, parts, table};
use crate::words;

/// What to do with recovery plans.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast recovery-plan show shop                                       to read it here
  holdfast recovery-plan show shop --html plan.html                      to print it
  holdfast recovery-plan export --folder /srv/shared/recovery            a page of each project, kept current from now on
  holdfast recovery-plan export                                          write what has changed, now
  holdfast recovery-plan clean-before shop --before 2026-11-20T14:00Z    the newest backup before it, and is it clean?
  holdfast recovery-plan contacts add shop --name 'Ana Ruiz' --role 'database' --phone '+34 600 000 000'
  holdfast recovery-plan contacts list shop
  holdfast recovery-plan kit-place 'the safe in the office, second shelf'

No password and no key is in a recovery plan. clean-before ends with 0 for pass, 1 for fail, 3 for inconclusive."))]
pub(crate) enum Verb {
    /// The plan of a project: scenarios, steps, times, copies, keys, people.
    Show {
        /// Name or id of the project.
        project: String,
        /// Also write it as a page that needs nothing else.
        #[arg(long, value_name = "FILE")]
        html: Option<Utf8PathBuf>,
    },
    /// Keep a page of each project's plan in a folder; without a folder, write those that have changed.
    Export {
        /// The folder from now on; it has to be there.
        #[arg(long, value_name = "DIR", conflicts_with = "stop")]
        folder: Option<Utf8PathBuf>,
        /// Keep none any more; what is there stays.
        #[arg(long)]
        stop: bool,
    },
    /// Find the newest verified backup before a moment, read it, and compare it with the ones before it.
    CleanBefore(CleanBefore),
    /// Who is called, in order.
    #[command(subcommand)]
    Contacts(Contacts),
    /// Say where the recovery kit lies; without a place, take the note away.
    KitPlace {
        /// In words: where it lies, not what is on it.
        place: Option<String>,
    },
}

/// Of which project, and before when.
#[derive(Debug, Args)]
pub(crate) struct CleanBefore {
    /// Name or id of the project.
    pub(crate) project: String,
    /// The moment: 2026-11-20T14:00:00Z, or 2026-11-20 14:00 or 2026-11-20 by the clock of this computer.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) before: Millis,
}

/// What to do with contacts.
#[derive(Debug, Subcommand)]
pub(crate) enum Contacts {
    /// Those of a project.
    List {
        /// Name or id of the project.
        project: String,
    },
    /// Add one; by telephone or e-mail they have to be reachable.
    Add(Add),
    /// Remove one.
    Remove {
        /// Name or id of the project.
        project: String,
        /// The name, as the list has it.
        name: String,
    },
}

/// Somebody who is called.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// Name or id of the project.
    project: String,
    /// Who.
    #[arg(long)]
    name: String,
    /// What they are for.
    #[arg(long, default_value = "", hide_default_value = true)]
    role: String,
    /// Telephone.
    #[arg(long, default_value = "", hide_default_value = true)]
    phone: String,
    /// E-mail address.
    #[arg(long, default_value = "", hide_default_value = true)]
    email: String,
    /// Anything else.
    #[arg(long, default_value = "", hide_default_value = true)]
    note: String,
    /// At which place in the order [default: the last].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    at: Option<u16>,
}

impl Verb {
    /// Whether secrets are needed: the vault has to be opened for what a plan says.
    pub(crate) fn needs_secrets(&self) -> bool {
        match self {
            Self::Show { .. } | Self::Export { .. } | Self::CleanBefore(_) => true,
            Self::Contacts(_) | Self::KitPlace { .. } => false,
        }
    }

    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        let engine = &console.engine;
        match self {
            Self::Show { project, html } => show(console, project, html).await,
            Self::Export { folder, stop } => {
                let export = match (folder, stop) {
                    (None, false) => api::recovery_plan_export(engine, Nothing {}).await?,
                    (folder, _) => {
                        let folder = folder.as_deref().map(absolute).transpose()?;
                        api::recovery_plan_folder_set(engine, SetPlanFolder { folder }).await?
                    }
                };
                console.output.answer(&export, || exported(&export));
                Ok(if export.problems.is_empty() { Status::Done } else { Status::Failed })
            }
            Self::CleanBefore(CleanBefore { project, before }) => {
                let request = FindClean { project: project.clone(), before_ms: before };
                let job = follow(console, api::clean_check_start(engine, request).await?).await?;
                let all = api::clean_check_list(engine, ProjectRef { project }).await?;
                let looked = all.into_iter().find(|one| one.id == job.row.id).ok_or_else(|| {
                    failure(
                        Code::CleanCheckLost,
                        "what was found is not in the catalogue any more",
                        "Start it again.",
                    )
                })?;
                console.output.answer(&looked, || found(&looked));
                Ok(Status::from(looked.verdict))
            }
            Self::Contacts(verb) => verb.run(console).await,
            Self::KitPlace { place } => {
                let done = api::kit_place_set(engine, SetKitPlace { place: place.clone() }).await?;
                console.output.answer(&done, || match place {
                    Some(place) => format!("Every recovery plan says now that the kit lies here: {place}"),
                    None => "No recovery plan says any more where the kit lies.".into(),
                });
                Ok(Status::Done)
            }
        }
    }
}

async fn show(console: &Console<'_>, project: String, html: Option<Utf8PathBuf>) -> Ended {
    let engine = &console.engine;
    if let Some(path) = html {
        let request = SaveRecoveryPlan { project: project.clone(), path: path.to_string() };
        api::recovery_plan_save(engine, request).await?;
        console.output.say(&format!("Written: {path}"));
    }
    let view = api::recovery_plan_show(engine, ProjectRef { project: project.clone() }).await?;
    let text = Box::pin(engine.recovery_plan(&project)).await.map_err(UserError::from)?.text();
    console.output.answer(&view, || {
        let kept = match (&view.file.folder, &view.file.problem, &view.file.path) {
            (None, _, _) => "Kept in no folder: holdfast recovery-plan export --folder DIR".to_owned(),
            (Some(_), Some(problem), _) => format!("NOT kept current: {problem}"),
            (Some(_), None, Some(path)) => format!("Kept current in {path}"),
            (Some(folder), None, None) => format!("To be kept in {folder}: holdfast recovery-plan export"),
        };
        parts(&[text, kept])
    });
    Ok(Status::Done)
}

impl Contacts {
    async fn run(self, console: &Console<'_>) -> Ended {
        let engine = &console.engine;
        let known = async |project: &str| {
            api::contacts_show(engine, ProjectRef { project: project.to_owned() }).await
        };
        let contacts = match self {
            Self::List { project } => known(&project).await?,
            Self::Add(Add { project, name, role, phone, email, note, at }) => {
                let mut people = known(&project).await?.people;
                let at = at.map_or(people.len(), |at| usize::from(at) - 1).min(people.len());
                people.insert(at, ContactView { role, name, phone, email, note });
                api::contacts_set(engine, SetContacts { project, people }).await?
            }
            Self::Remove { project, name } => {
                let mut people = known(&project).await?.people;
                let before = people.len();
                people.retain(|one| one.name != name);
                if people.len() == before {
                    let hint = format!("See `{}`.", Command::about(About::ContactsList, &project));
                    return Err(failure(
                        Code::ContactNotFound,
                        format!("there is no contact {name:?}"),
                        hint,
                    ));
                }
                api::contacts_set(engine, SetContacts { project, people }).await?
            }
        };
        console.output.answer(&contacts, || people(&contacts));
        Ok(Status::Done)
    }
}

fn people(contacts: &ContactsView) -> String {
    if contacts.people.is_empty() {
        return "Nobody is named who is called.".into();
    }
    let columns = [
        ("", Side::Right),
        ("NAME", Side::Left),
        ("ROLE", Side::Left),
        ("TELEPHONE", Side::Left),
        ("E-MAIL", Side::Left),
        ("NOTE", Side::Left),
    ];
    let rows: Vec<Vec<String>> = contacts
        .people
        .iter()
        .enumerate()
        .map(|(at, one)| {
            let ContactView { role, name, phone, email, note } = one.clone();
            vec![(at + 1).to_string(), name, role, phone, email, note]
        })
        .collect();
    table(&columns, &rows)
}

fn exported(export: &PlanExportView) -> String {
    let Some(folder) = &export.folder else {
        return "No folder is named: holdfast recovery-plan export --folder DIR".into();
    };
    let head = format!(
        "{} written into {folder}, {} said the same as before.",
        words::counted(export.written.len() as u64, "page"),
        words::count(export.unchanged.0)
    );
    parts(&[head, listed("Written", &export.written), listed("NOT written", &export.problems)])
}

fn found(looked: &CleanCheckView) -> String {
    let head = format!("{}: {}\nBackup {}", words::verdict(looked.verdict), looked.reason, looked.backup_id);
    let columns =
        [("CHECK", Side::Left), ("VERDICT", Side::Left), ("FOUND", Side::Left), ("WHAT", Side::Left)];
    let rows: Vec<Vec<String>> = looked.checks.iter().map(drill_words::check).collect();
    let findings: Vec<String> = looked.checks.iter().flat_map(drill_words::findings).collect();
    let next = format!("Next: {}", Command::drill(words::short(&looked.backup_id)));
    parts(&[head, table(&columns, &rows), listed("Found", &findings), next])
}

fn absolute(folder: &Utf8Path) -> Result<String, UserError> {
    let whole = camino::absolute_utf8(folder);
    whole.map(Utf8PathBuf::into_string).map_err(|error| {
        failure(Code::InvalidRequest, format!("{folder} is no path: {error}"), "Give the path of a folder.")
    })
}

/// A moment: with its zone, or by the clock of this computer.
pub(crate) fn moment(text: &str) -> Result<Millis, String> {
    let text = text.trim();
    let local = |at: DateTime| at.to_zoned(TimeZone::system()).map(|at| at.timestamp());
    let read =
        text.parse::<Timestamp>().or_else(|_| text.parse::<DateTime>().and_then(local)).or_else(|_| {
            text.parse::<Date>().and_then(|day| local(day.to_datetime(jiff::civil::Time::midnight())))
        });
    read.map(|at| Millis(at.as_millisecond()))
        .map_err(|_| "give a moment as in 2026-11-20T14:00:00Z, 2026-11-20 14:00 or 2026-11-20".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_with_and_without_a_zone_and_nonsense_is_refused() {
        assert_eq!(moment("1970-01-01T00:00:01Z"), Ok(Millis(1000)));
        assert_eq!(moment("1970-01-01T02:00:01+02:00"), Ok(Millis(1000)));
        assert!(moment("2026-11-20 14:00").is_ok() && moment("2026-11-20").is_ok());
        assert!(moment("yesterday").is_err() && moment("").is_err());
    }
}
