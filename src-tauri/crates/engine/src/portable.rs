//! Portable files kept in a Telegram chat: sent in sealed parts, listed, fetched back whole, deleted.
//!
//! A verb. The bot and the chat are those of a project on the Telegram platform; what was sent is noted on
//! this computer, and each note holds no secret. The passphrase is nowhere but with its owner.

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::audit::{Act, Details, Fact, Subject};
use crate::catalog::{Catalog, ProjectRecord};
use crate::engine::Engine;
use crate::failure::Failure;
use crate::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};
use crate::platform;
use crate::platform::telegram::{Listed, PortableStore, Receipt, StoreKey};
use crate::secret::Secret;
use crate::words::{bytes_words, counted};

/// Where the notes of what was sent are kept.
const SETTING: &str = "portable_receipts";

/// A note of a file that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Noted {
    project_id: String,
    receipt: Receipt,
}

impl Engine {
    /// Starts to send a file into the chat of a project's bot. Returns the job's id at once.
    ///
    /// # Errors
    /// `no_chat` where the project has no bot or chat, `command_line_only`.
    #[crate::boxed]
    pub async fn start_portable_send(
        &self,
        project: &str,
        file: &Utf8Path,
        passphrase: Secret,
    ) -> Result<String, Failure> {
        // A page that was taken over could send any file of this account.
        self.profile.only_on_the_command_line("a file for a chat")?;
        let (project, store) = self.chat_of(project).await?;
        let name = file.file_name().unwrap_or("file").to_owned();
        let file = file.to_owned();
        let spec = spec(
            &project,
            format!("Sending {name}"),
            format!("{file}, in sealed parts, to the chat of {}.", project.name),
        );
        let engine = self.clone();
        let work = move |context: JobContext| async move {
            context.phase("platform");
            let meter = std::sync::Arc::clone(context.meter());
            if let Ok(known) = std::fs::metadata(&file) {
                context.expect_bytes(known.len());
            }
            let (key, told) = (StoreKey::Passphrase(passphrase), move |bytes| meter.add_bytes(bytes));
            // Not dropped in the middle: what was sent by then is taken back.
            let receipt = store.put(&name, &file, &key, &told).await?;
            let mut all = engine.receipts().await?;
            all.push(Noted { project_id: project.id.clone(), receipt: receipt.clone() });
            engine.keep_receipts(&project, "send", &receipt, &all).await?;
            context.safe_next("Keep the passphrase: without it nobody opens what was sent.");
            let parts = counted(receipt.messages.len() as u64, "message");
            let outcome =
                format!("{name}, {} in {parts}, as {}.", bytes_words(receipt.bytes), receipt.bundle);
            Ok(JobOutput { outcome, ..JobOutput::default() })
        };
        self.profile.jobs.start(spec, work).await
    }

    /// What was sent from this computer into the chat of a project's bot, and whether it is still there.
    ///
    /// # Errors
    /// `no_chat`.
    #[crate::boxed]
    pub async fn portable_files(&self, project: &str) -> Result<Vec<Listed>, Failure> {
        let (project, store) = self.chat_of(project).await?;
        let all = self.receipts().await?.into_iter().filter(|noted| noted.project_id == project.id);
        let receipts: Vec<Receipt> = all.map(|noted| noted.receipt).collect();
        Ok(store.list(&receipts).await)
    }

    /// Starts to fetch a file back. Returns the job's id at once. It gets its name only when all of it checks
    /// out.
    ///
    /// # Errors
    /// `no_chat`, `bundle_not_found`, `command_line_only`.
    #[crate::boxed]
    pub async fn start_portable_fetch(
        &self,
        project: &str,
        bundle: &str,
        to: &Utf8Path,
        passphrase: Secret,
    ) -> Result<String, Failure> {
        self.profile.only_on_the_command_line("a file for a chat")?;
        let (project, store) = self.chat_of(project).await?;
        let (receipt, to): (Receipt, Utf8PathBuf) = (self.receipt(&project, bundle).await?, to.to_owned());
        let sentence = format!("{} from the chat of {} to {to}.", receipt.name, project.name);
        let spec = spec(&project, format!("Fetching {}", receipt.name), sentence);
        let work = move |context: JobContext| async move {
            context.phase("platform");
            let key = StoreKey::Passphrase(passphrase);
            let fetched = context.unless_cancelled(store.get(&receipt, &key, &to)).await?;
            fetched?;
            let outcome = format!(
                "{} in {to}; every part and the whole match their SHA-256.",
                bytes_words(receipt.bytes)
            );
            Ok(JobOutput { outcome, ..JobOutput::default() })
        };
        self.profile.jobs.start(spec, work).await
    }

    /// Deletes a file from the chat, once its name was typed. What Telegram keeps is named, and stays noted.
    ///
    /// # Errors
    /// `no_chat`, `bundle_not_found`, `not_confirmed`.
    #[crate::boxed]
    pub async fn delete_portable(
        &self,
        project: &str,
        bundle: &str,
        confirm: &str,
    ) -> Result<Vec<String>, Failure> {
        let (project, store) = self.chat_of(project).await?;
        let receipt = self.receipt(&project, bundle).await?;
        if confirm.trim() != receipt.name {
            return Err(Failure::not_confirmed(&receipt.name));
        }
        let left = store.delete(&receipt).await.left;
        let mut all = self.receipts().await?;
        if left.is_empty() {
            all.retain(|noted| noted.receipt.bundle != receipt.bundle);
        }
        self.keep_receipts(&project, "delete", &receipt, &all).await?;
        Ok(left.into_iter().map(|(message, why)| format!("Message {message} stays there: {why}.")).collect())
    }

    async fn chat_of(&self, project: &str) -> Result<(ProjectRecord, PortableStore), Failure> {
        let project = self.profile.project(project).await?;
        let credentials = self.stored_credentials(&project).await?;
        let found = project.platform.as_ref().and_then(|settings| platform::bot_of(settings, &credentials));
        let (bot, chat) = found.transpose()?.ok_or_else(|| {
            Failure::refused(
                "no_chat",
                format!("{} has no bot with a chat", project.name),
                "Name both in the project's connection: `holdfast project edit PROJECT --credential-file bot=FILE --set chat=ID`, with its address.",
            )
        })?;
        Ok((project, PortableStore::new(bot, chat)))
    }

    async fn receipts(&self) -> Result<Vec<Noted>, Failure> {
        let Some(text) = self.profile.catalog.setting(SETTING).await? else { return Ok(Vec::new()) };
        serde_json::from_str(&text).map_err(|error| {
            Failure::new(
                "catalog_damaged",
                format!("the notes of what was sent cannot be read: {error}"),
                "Restore catalog.db from a copy; the files themselves are in the chat.",
            )
        })
    }

    async fn receipt(&self, project: &ProjectRecord, bundle: &str) -> Result<Receipt, Failure> {
        let of_project =
            |noted: &Noted| noted.project_id == project.id && noted.receipt.bundle.starts_with(bundle);
        let mut found = self.receipts().await?.into_iter().filter(of_project);
        match (found.next(), found.next()) {
            (Some(noted), None) if !bundle.is_empty() => Ok(noted.receipt),
            _ => Err(Failure::new(
                "bundle_not_found",
                format!("no one file sent for {} has the id {bundle:?}", project.name),
                "List what was sent: `holdfast bundle sent PROJECT`.",
            )),
        }
    }

    async fn keep_receipts(
        &self,
        project: &ProjectRecord,
        word: &'static str,
        receipt: &Receipt,
        all: &[Noted],
    ) -> Result<(), Failure> {
        let text =
            serde_json::to_string(all).map_err(|error| Failure::invalid(error.to_string(), "Try again."))?;
        let details = Details::none().with("act", Fact::Word(word)).with("file", Fact::Name(&receipt.name));
        let mut writing =
            self.profile.audit.begin(Act::PlatformActed, &Subject::project(project), details).await?;
        Catalog::set_setting(writing.connection(), SETTING, &text).await?;
        Ok(writing.commit().await?)
    }
}

fn spec(project: &ProjectRecord, title: String, sentence: String) -> JobSpec {
    JobSpec {
        kind: JobKind::Platform,
        title,
        sentence: sentence.clone(),
        project_id: Some(project.id.clone()),
        writes_vault: false,
        phases: vec![PhaseSpec { id: "platform", title: "There", weight: 100, sentence }],
        if_cancelled: "Nothing is left that looks whole.".into(),
    }
}
