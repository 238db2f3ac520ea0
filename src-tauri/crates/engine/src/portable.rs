//! Portable files in a Telegram chat: sent in encrypted parts, listed, fetched completely, deleted.
//!
//! A verb. Bot and chat are those of a project on the Telegram platform. Telegram keeps no list of what a bot
//! sent, so each file has a receipt, in the catalogue, in the vault and on paper; it contains no secret. Only
//! the owner has the passphrase.

mod receipts;

use std::sync::{Arc, Mutex};

use camino::{Utf8Path, Utf8PathBuf};

use crate::archive::ReceiptDocument;
use crate::engine::Engine;
use base::Code;
use base::command::{BundleReceipt, Command};
use base::failure::Failure;
use base::secret::Secret;
use base::words::{bytes_words, counted};
use ledger::catalog::ProjectRecord;
use ledger::event::Topic;
use ledger::job::{JobContext, JobKind, JobOutput, JobSpec, PhaseSpec};
use receipts::{Found, Noting};
use remote::platform;
use remote::platform::telegram::{PortableStore, Receipt, StoreError, StoreKey};

pub use receipts::FetchBy;

/// Enough of an id for people.
const ID_SHOWN: usize = 8;

/// A file that was sent, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentFile {
    /// What it is found by.
    pub receipt: Receipt,
    /// Why it cannot be had: its sending did not come to its end, or Telegram does not name it any more.
    pub gone: Option<String>,
    /// Whether its receipt is in the vault.
    pub is_in_vault: bool,
}

impl Engine {
    /// Starts to send a file to the chat of a project's bot; writes its receipt to a file if one is given.
    /// Returns the job's id at once.
    ///
    /// # Errors
    /// `no_chat` where the project has no bot or chat, `command_line_only`, `file_exists`.
    #[crate::boxed]
    pub async fn start_portable_send(
        &self,
        project: &str,
        file: &Utf8Path,
        passphrase: Secret,
        receipt_to: Option<&Utf8Path>,
    ) -> Result<String, Failure> {
        // A page that was taken over could send any file of this account.
        self.require_picked(file, "a file for a chat")?;
        if let Some(receipt) = receipt_to {
            self.require_picked(receipt, "a file for a receipt")?;
        }
        let (project, store) = self.chat_of(project).await?;
        if let Some(taken) = receipt_to.filter(|path| path.exists()) {
            let message = format!("{taken} is there already");
            return Err(Failure::new(Code::FileExists, message, "Choose another path for the receipt."));
        }
        let (file, receipt_to) = (file.to_owned(), receipt_to.map(Utf8Path::to_owned));
        let name = file.file_name().unwrap_or("file").to_owned();
        let spec = spec(
            &project,
            format!("Sending {name}"),
            format!("{file}, in sealed parts, to the chat of {}.", project.name),
        );
        let engine = self.clone();
        let work = move |context: JobContext| async move {
            context.phase("platform");
            if let Ok(known) = std::fs::metadata(&file) {
                context.expect_bytes(known.len());
            }
            let noting = Noting {
                profile: Arc::clone(&engine.profile),
                project: project.clone(),
                meter: Arc::clone(context.meter()),
                last: Mutex::default(),
            };
            // Not dropped in the middle: what was sent by then is taken back.
            let sent = store.put(&name, &file, &StoreKey::Passphrase(passphrase), &noting).await;
            match sent {
                Ok(receipt) => engine.sent(&context, &project, &receipt, receipt_to.as_deref()).await,
                Err(error) => {
                    if let Err(failure) = noting.failed(&error).await {
                        context.warn("platform", format!("What is left is not noted: {}.", failure.message));
                    }
                    Err(error.into())
                }
            }
        };
        self.profile.jobs.start(spec, work).await
    }

    /// Keeps the receipt of a file that was sent: here, in the vault, in a file where one was named.
    async fn sent(
        &self,
        context: &JobContext,
        project: &ProjectRecord,
        receipt: &Receipt,
        receipt_to: Option<&Utf8Path>,
    ) -> Result<JobOutput, Failure> {
        self.note_sent(project, receipt).await?;
        let id = shown(&receipt.bundle);
        let command =
            Command::BundleReceipt(BundleReceipt { id: id.to_owned(), project: project.name.clone() });
        context.fact("Manifest in the chat", &receipt.manifest_file_id, None);
        context.fact("SHA-256 of the manifest", &receipt.manifest_sha256, None);
        context.safe_next(format!(
            "Keep the passphrase: without it nobody opens what was sent. Print the receipt (`{command}`): with it, the bot's token and the passphrase any computer fetches the file."
        ));
        let mut outcome = format!(
            "{}, {} in {}, as {}.",
            receipt.name,
            bytes_words(receipt.bytes),
            counted(receipt.messages.len() as u64, "message"),
            receipt.bundle
        );
        if let Some(why) = self.keep_receipts_if_possible().await {
            let said = format!("Its receipt is on this computer alone: {}.", why.message);
            outcome.extend([" ", said.as_str()]);
            context.warn("platform", said);
        } else {
            outcome.push_str(" Its receipt is in the vault.");
        }
        if let Some(to) = receipt_to {
            receipts::save(&ReceiptDocument::new(&project.id, &project.name, receipt.clone()), to)?;
            outcome.extend([" It is in ", to.as_str(), " too."]);
        }
        Ok(JobOutput { outcome, ..JobOutput::default() })
    }

    /// What was sent into the chat of a project's bot, from this computer or from another one with the same vault, and
    /// whether it is still there.
    ///
    /// # Errors
    /// `no_chat`.
    #[crate::boxed]
    pub async fn portable_files(&self, project: &str) -> Result<Vec<SentFile>, Failure> {
        let (project, store) = self.chat_of(project).await?;
        // A vault that is away is no reason to show nothing.
        self.keep_receipts_if_possible().await;
        let mut files = Vec::new();
        for (receipt, is_in_vault) in self.receipts_of(&project, store.bot_number()).await? {
            let gone = if receipt.is_whole() {
                store.gone(&receipt).await
            } else {
                let there = counted(receipt.messages.len() as u64, "message");
                Some(format!("it was not sent to its end, {there} of it are there"))
            };
            files.push(SentFile { receipt, gone, is_in_vault });
        }
        Ok(files)
    }

    /// The receipt of a file that was sent. Asks neither the chat nor the vault.
    ///
    /// # Errors
    /// `bundle_not_found`; `bundle_damaged` for one that was not sent to its end.
    #[crate::boxed]
    pub async fn portable_receipt(&self, project: &str, bundle: &str) -> Result<ReceiptDocument, Failure> {
        let project = self.profile.project(project).await?;
        let receipt = self.receipt(&project, bundle).await?;
        require_whole(&receipt)?;
        Ok(ReceiptDocument::new(&project.id, &project.name, receipt))
    }

    /// Writes the receipt of a file that was sent into a file.
    ///
    /// # Errors
    /// As [`Engine::portable_receipt`]; `file_exists`, `bundle_file`, `command_line_only`.
    #[crate::boxed]
    pub async fn save_portable_receipt(
        &self,
        project: &str,
        bundle: &str,
        to: &Utf8Path,
    ) -> Result<(), Failure> {
        self.require_picked(to, "a file for a receipt")?;
        receipts::save(&self.portable_receipt(project, bundle).await?, to)
    }

    /// Starts to fetch a file: a known one, or by a receipt or manifest file. Returns the job's id at once.
    /// The file is renamed to its final name only after all checks passed.
    ///
    /// # Errors
    /// `no_chat`, `bundle_not_found`, `receipt_unreadable`, `other_bot`, `command_line_only`.
    #[crate::boxed]
    pub async fn start_portable_fetch(
        &self,
        project: &str,
        by: FetchBy,
        to: &Utf8Path,
        passphrase: Secret,
    ) -> Result<String, Failure> {
        // And write what somebody sent there to any place.
        self.require_picked(to, "a place for a file from a chat")?;
        if let FetchBy::File(receipt) = &by {
            self.require_picked(receipt, "a receipt")?;
        }
        let (project, store) = self.chat_of(project).await?;
        let found = match by {
            FetchBy::Id(bundle) => Found::Receipt(Box::new(self.receipt(&project, &bundle).await?)),
            FetchBy::File(path) => receipts::found_in(&path)?,
        };
        let name = match &found {
            Found::Receipt(receipt) => {
                require_whole(receipt)?;
                require_bot(&project, &store, receipt)?;
                receipt.name.clone()
            }
            Found::Manifest(_) => "a file by its manifest".to_owned(),
        };
        let to: Utf8PathBuf = to.to_owned();
        let sentence = format!("{name} from the chat of {} to {to}.", project.name);
        let spec = spec(&project, format!("Fetching {name}"), sentence);
        let work = move |context: JobContext| async move {
            context.phase("platform");
            let key = StoreKey::Passphrase(passphrase);
            let fetching = async {
                match found {
                    Found::Receipt(receipt) => store.get(&receipt, &key, &to).await,
                    Found::Manifest(document) => store.get_by(document, &key, &to).await,
                }
            };
            let fetched = context.unless_cancelled(fetching).await??;
            let outcome = format!(
                "{} in {to}; every part and the whole match their SHA-256.",
                bytes_words(fetched.bytes)
            );
            Ok(JobOutput { outcome, ..JobOutput::default() })
        };
        self.profile.jobs.start(spec, work).await
    }

    /// Deletes a file from the chat, once its name was typed. What Telegram keeps is named, and stays noted.
    ///
    /// # Errors
    /// `no_chat`, `bundle_not_found`, `not_confirmed`, `project_busy` while it may still be sent; or why the receipt
    /// stays in the vault.
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
        if !receipt.is_whole() {
            self.require_no_sending(&project).await?;
        }
        let left = store.delete(&receipt).await.left;
        self.note_deleted(&project, &receipt, left.is_empty()).await?;
        self.profile.jobs.changed(&[Topic::Projects]);
        Ok(left.into_iter().map(|(message, why)| format!("Message {message} stays there: {why}.")).collect())
    }

    /// What goes on to be sent must not lose its first parts.
    async fn require_no_sending(&self, project: &ProjectRecord) -> Result<(), Failure> {
        self.profile.jobs.recover().await?;
        let open = self.profile.catalog.open_jobs().await?;
        let is_of_it = |of: &Option<String>| of.as_deref() == Some(project.id.as_str());
        if !open.iter().any(|job| job.kind == JobKind::Platform && is_of_it(&job.project_id)) {
            return Ok(());
        }
        Err(Failure::new(
            Code::ProjectBusy,
            format!("a run of {} is going on, which may be the one that sends it", project.name),
            "Wait for its end, or cancel it.",
        ))
    }

    async fn chat_of(&self, project: &str) -> Result<(ProjectRecord, PortableStore), Failure> {
        let project = self.profile.project(project).await?;
        let credentials = self.stored_credentials(&project).await?;
        let found = project.platform.as_ref().and_then(|settings| platform::bot_of(settings, &credentials));
        let (bot, chat) = found.transpose()?.ok_or_else(|| {
            Failure::new(
                Code::NoChat,
                format!("{} has no bot with a chat", project.name),
                "Name both in the project's connection: `holdfast project edit PROJECT --credential-file bot=FILE --set chat=ID`, with its address.",
            )
        })?;
        Ok((project, PortableStore::new(bot, chat)))
    }
}

fn require_whole(receipt: &Receipt) -> Result<(), Failure> {
    if receipt.is_whole() {
        return Ok(());
    }
    let id = shown(&receipt.bundle);
    Err(StoreError::Damaged { what: format!("{} was not sent to its end ({id})", receipt.name) }.into())
}

/// To another bot the ids of a receipt mean nothing; Telegram would only say that they are wrong.
fn require_bot(project: &ProjectRecord, store: &PortableStore, receipt: &Receipt) -> Result<(), Failure> {
    let (Some(sent_by), Some(ours)) = (receipt.bot.as_deref(), store.bot_number()) else { return Ok(()) };
    if sent_by == ours {
        return Ok(());
    }
    Err(Failure::new(
        Code::OtherBot,
        format!("{} was sent by the bot {sent_by}, and the bot of {} is {ours}", receipt.name, project.name),
        "Give the token of that bot: `holdfast project edit PROJECT --credential-file bot=FILE`.",
    ))
}

fn shown(bundle: &str) -> &str {
    bundle.get(..ID_SHOWN).unwrap_or(bundle)
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
