//! Secrets come from standard input, a file or a prompt, never from the command line.

use base::Code;
use base::secret::{Place, SecretError, SecretsState};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use contract::api;
use contract::error::UserError;
use contract::setup::Passphrase;
use engine::Failure;

use crate::console::Console;
use crate::error::{failure, unreadable};
use crate::prompt;

/// Longer ones are not passwords but the wrong file.
const SECRET_BYTES_MAX: u64 = 64 * 1024;
/// As in the window: a passphrase that seals a new file has at least so many characters.
const PASSPHRASE_CHARACTERS_MIN: usize = 8;

/// What the environment says about secrets.
#[derive(Debug)]
pub(crate) struct Environment {
    /// `HOLDFAST_SECRETS`.
    pub(crate) place: Option<Place>,
    /// `HOLDFAST_PASSPHRASE_FILE`.
    passphrase_file: Option<Utf8PathBuf>,
}

impl Environment {
    /// Reads the variables.
    pub(crate) fn read() -> Result<Self, UserError> {
        let value = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
        let place = value("HOLDFAST_SECRETS").map(|text| place(&text)).transpose()?;
        Ok(Self { place, passphrase_file: value("HOLDFAST_PASSPHRASE_FILE").map(Into::into) })
    }
}

fn place(text: &str) -> Result<Place, UserError> {
    let odd = || {
        failure(
            Code::InvalidRequest,
            format!("HOLDFAST_SECRETS is {text:?}"),
            "Set it to keychain, or to file:PATH for a file sealed with a passphrase.",
        )
    };
    match text.strip_prefix("file:") {
        Some(path) if !path.is_empty() => camino::absolute_utf8(path).map(Place::File).map_err(|_| odd()),
        None if text == "keychain" => Ok(Place::Keychain),
        _ => Err(odd()),
    }
}

/// Opens the sealed file of the profile, where secrets rest in one and its passphrase is to be had.
pub(crate) async fn unlock(console: &Console<'_>, environment: &Environment) -> Result<(), UserError> {
    let path = match &environment.place {
        Some(Place::Keychain) => return Ok(()),
        Some(Place::File(path)) => path.clone(),
        None => {
            let state = console.engine.state().await?;
            match (state.place, state.secrets) {
                (Place::File(path), SecretsState::Locked(_)) => path,
                _ => return Ok(()),
            }
        }
    };
    let is_lost = !path.exists() && console.engine.state().await?.vault.is_some();
    let passphrase = match &environment.passphrase_file {
        Some(file) => from_file(file)?,
        // Nobody is asked for a new one where the old file is only not to be found.
        None if is_lost && prompt::is_possible() => return Err(missing(path)),
        None if prompt::is_possible() => ask_passphrase(&path).await?,
        // Commands that do come to need a secret say what is missing.
        None => return Ok(()),
    };
    if !path.exists() && passphrase.chars().count() < PASSPHRASE_CHARACTERS_MIN {
        return Err(failure(
            Code::InvalidRequest,
            format!("the passphrase has fewer than {PASSPHRASE_CHARACTERS_MIN} characters"),
            "Choose a longer one; a few unrelated words are good.",
        ));
    }
    match api::secrets_unlock(&console.engine, Passphrase { passphrase }).await {
        // Commands that do come to need a secret say so; a vault is opened with its kit.
        Err(error) if error.code == Code::SealedFileMissing => Ok(()),
        unlocked => unlocked.map(drop),
    }
}

fn missing(path: Utf8PathBuf) -> UserError {
    Failure::from(SecretError::FileMissing { path }).into()
}

async fn ask_passphrase(path: &Utf8Path) -> Result<String, UserError> {
    if path.exists() {
        return prompt::ask(&format!("Passphrase of {path}:")).await;
    }
    twice(&format!("New passphrase, to seal {path}:")).await
}

/// A new passphrase, typed twice.
async fn twice(question: &str) -> Result<String, UserError> {
    let first = prompt::ask(question).await?;
    if prompt::ask("The same again:").await? != first {
        return Err(failure(Code::PassphrasesDiffer, "the two passphrases differ", "Type them again."));
    }
    Ok(first)
}

/// Where a password comes from.
#[derive(Debug, Clone, Args)]
#[group(multiple = false)]
pub(crate) struct PasswordSource {
    /// Read the password from standard input.
    #[arg(long)]
    password_stdin: bool,
    /// Read the password from a file.
    #[arg(long, value_name = "FILE")]
    password_file: Option<Utf8PathBuf>,
    /// There is no password; do not ask for one.
    #[arg(long)]
    no_password: bool,
}

impl PasswordSource {
    /// The password from where it was said to be; otherwise `question` is asked where a person can answer.
    pub(crate) async fn read(&self, question: Option<&str>) -> Result<Option<String>, UserError> {
        let password = match (&self.password_file, question) {
            (Some(file), _) => Some(from_file(file)?),
            (None, _) if self.password_stdin => Some(from_stdin().await?),
            (None, Some(question)) if !self.no_password && prompt::is_possible() => {
                Some(prompt::ask(question).await?)
            }
            _ => None,
        };
        Ok(password.filter(|password| !password.is_empty()))
    }
}

/// Where the passphrase of a new file comes from; without any of these the file is not encrypted.
#[derive(Debug, Clone, Args)]
#[group(multiple = false)]
pub(crate) struct NewPassphrase {
    /// Encrypt the file with the passphrase in this one.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<Utf8PathBuf>,
    /// Encrypt the file with a passphrase from standard input.
    #[arg(long)]
    passphrase_stdin: bool,
    /// Encrypt the file with a passphrase that is asked for.
    #[arg(long)]
    encrypt: bool,
}

impl NewPassphrase {
    /// The passphrase from where it was said to be.
    pub(crate) async fn read(&self, path: &Utf8Path) -> Result<Option<String>, UserError> {
        match &self.passphrase_file {
            Some(file) => from_file(file).map(Some),
            None if self.passphrase_stdin => from_stdin().await.map(Some),
            None if self.encrypt => twice(&format!("New passphrase, to encrypt {path}:")).await.map(Some),
            None => Ok(None),
        }
    }
}

/// Where the key of a vault comes from.
#[derive(Debug, Clone, Args)]
#[group(multiple = false)]
pub(crate) struct KeySource {
    /// Read the key from standard input.
    #[arg(long)]
    key_stdin: bool,
    /// Read the key from a file: the key alone, or a recovery kit.
    #[arg(long, value_name = "FILE")]
    key_file: Option<Utf8PathBuf>,
}

impl KeySource {
    /// The key from where it was said to be, or from a prompt.
    pub(crate) async fn read(&self) -> Result<String, UserError> {
        let text = match &self.key_file {
            Some(file) => from_file(file)?,
            None if self.key_stdin => from_stdin().await?,
            None if prompt::is_possible() => prompt::ask("Key of the vault, from its recovery kit:").await?,
            None => {
                return Err(failure(
                    Code::KeyMissing,
                    "the key of the vault was not given",
                    "Give it with --key-file FILE or --key-stdin; it stands in the recovery kit.",
                ));
            }
        };
        Ok(key_in(&text).unwrap_or(&text).to_owned())
    }
}

/// The key in the text of a recovery kit, after its `Key:`.
pub(crate) fn key_in(kit: &str) -> Option<&str> {
    let (_, rest) = kit.split_once("Key: ")?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
    Some(&rest[..end])
}

/// The text of a file, or of standard input for `-`, without the line break at its end.
pub(crate) async fn from_source(path: &Utf8Path) -> Result<String, UserError> {
    if path == "-" { from_stdin().await } else { from_file(path) }
}

/// The text of a file, without the line break at its end.
pub(crate) fn from_file(path: &Utf8Path) -> Result<String, UserError> {
    let read = std::fs::File::open(path).and_then(read_text);
    read.map_err(|source| unreadable(path, &source))
}

async fn from_stdin() -> Result<String, UserError> {
    let read = tokio::task::spawn_blocking(|| read_text(std::io::stdin().lock())).await;
    let read = read.unwrap_or_else(|join| Err(std::io::Error::other(join)));
    read.map_err(|source| unreadable(Utf8Path::new("standard input"), &source))
}

fn read_text(reader: impl std::io::Read) -> std::io::Result<String> {
    let mut text = String::new();
    let mut limited = std::io::Read::take(reader, SECRET_BYTES_MAX + 1);
    std::io::Read::read_to_string(&mut limited, &mut text)?;
    if text.len() as u64 > SECRET_BYTES_MAX {
        return Err(std::io::Error::other("it is too long for a secret"));
    }
    let trimmed =
        text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    Ok(trimmed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_line_break_at_the_end_is_no_part_of_a_password() {
        assert_eq!(read_text(&b" a b \r\n"[..]).unwrap(), " a b ");
        assert_eq!(read_text(&b"a\n\n"[..]).unwrap(), "a\n");
    }

    #[test]
    fn the_key_is_found_in_a_kit_of_either_form() {
        assert_eq!(key_in("Vault: x\nKey: 7QK4-M2RX\n\nKeep"), Some("7QK4-M2RX"));
        assert_eq!(key_in("<p>Key: 7QK4-M2RX</p>"), Some("7QK4-M2RX"));
        assert_eq!(key_in("7QK4-M2RX"), None);
    }

    #[test]
    fn a_place_is_the_keychain_or_a_file() {
        assert_eq!(place("keychain").unwrap(), Place::Keychain);
        assert_eq!(place("file:/a/b").unwrap(), Place::File("/a/b".into()));
        assert!(place("file:").is_err() && place("plain").is_err());
    }
}
