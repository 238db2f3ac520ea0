//! Who we are: a key file, a password, the agent, or the keys that `ssh` itself would try.

use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse as Asked};
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::{AgentClient, AgentStream};
use russh::keys::ssh_key::Kdf;
use russh::keys::{Algorithm, HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKey, decode_secret_key};
use russh::{MethodKind, MethodSet};
use tokio::time::timeout;

use crate::address::Address;
use crate::error::{KeyProblem, SshError};
use crate::host_key::HostKey;
use base::secret::Secret;

/// A server ends the connection after six refusals (`MaxAuthTries` of sshd).
const AGENT_KEYS_MAX: usize = 5;
/// Rounds of questions that one password may answer.
const QUESTIONS_MAX: usize = 3;
/// No private key has more bytes.
const KEY_BYTES_MAX: u64 = 64 * 1024;
/// An agent that is there answers at once; only before it signs it may ask a person.
const AGENT_ANSWERS: Duration = Duration::from_secs(5);
/// `ssh-keygen` takes 24 rounds, and people who are careful a hundred.
const BCRYPT_ROUNDS_MAX: u32 = 1_000;
/// What may be asked for to open a key in `PuTTY`'s form: memory in KiB, passes, and lanes.
const ARGON2_MAX: [(&str, u32); 3] =
    [("Argon2-Memory:", 1024 * 1024), ("Argon2-Passes:", 1_000), ("Argon2-Parallelism:", 64)];
/// What `ssh` tries by itself, as far as it can be used here.
const OWN_KEYS: [&str; 2] = ["id_ed25519", "id_ecdsa"];

type Agent = AgentClient<Box<dyn AgentStream + Send + Unpin>>;

/// Proves to a server who we are.
pub(crate) struct Identity {
    address: Address,
    secret: Option<Secret>,
    /// The opened key: to open one that is sealed takes a tenth of a second and more, each time.
    opened: Mutex<Option<Arc<PrivateKey>>>,
}

/// A key that could not be opened.
struct Unopened {
    problem: KeyProblem,
    /// Its public half, which the file does not seal.
    public: Option<Box<PublicKey>>,
}

/// What an agent's keys came to.
struct ByAgent {
    is_in: bool,
    /// How many were shown to the server.
    shown: usize,
}

impl Identity {
    pub(crate) fn new(address: &Address, secret: Option<Secret>) -> Self {
        Self { address: address.clone(), secret, opened: Mutex::new(None) }
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    pub(crate) fn secret(&self) -> Option<&Secret> {
        self.secret.as_ref()
    }

    /// Signs in.
    ///
    /// # Errors
    /// [`SshError::Key`], [`SshError::NotAdmitted`], [`SshError::SecondProof`], [`SshError::Lost`].
    pub(crate) async fn sign_in(&self, to: &mut Handle<HostKey>) -> Result<(), SshError> {
        match (&self.address.key, &self.secret) {
            (Some(path), _) => self.by_file(to, path).await,
            (None, Some(password)) => self.by_password(to, password).await,
            (None, None) => self.by_agent_or_own_keys(to).await,
        }
    }

    async fn by_file(&self, to: &mut Handle<HostKey>, path: &Utf8Path) -> Result<(), SshError> {
        let (problem, public) = match self.opened(path).await {
            Ok(key) => {
                if self.by_key(to, key).await? {
                    return Ok(());
                }
                // The file may be replaced before the next attempt.
                *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = None;
                return Err(self.not_admitted(format!("the key {path}")));
            }
            Err(Unopened { problem, public }) => (problem, public),
        };
        let is_for_an_agent = matches!(problem, KeyProblem::PassphraseMissing | KeyProblem::AgentOnly);
        if let (true, Some(public)) = (is_for_an_agent, public) {
            match self.by_agent(to, Some(&public)).await? {
                ByAgent { is_in: true, .. } => return Ok(()),
                ByAgent { shown: 0, .. } => {}
                ByAgent { .. } => {
                    return Err(self.not_admitted(format!("the key {path}, which the agent signed with")));
                }
            }
        }
        Err(SshError::Key { path: path.to_owned(), problem })
    }

    async fn by_password(&self, to: &mut Handle<HostKey>, password: &Secret) -> Result<(), SshError> {
        let user = self.address.user.as_str();
        let refused = || self.not_admitted("the password");
        let answer = to.authenticate_password(user, password.expose()).await;
        let remaining = match answer.map_err(|error| self.lost(error))? {
            AuthResult::Success => return Ok(()),
            AuthResult::Failure { partial_success: true, .. } => return Err(self.second_proof()),
            AuthResult::Failure { remaining_methods, .. } => {
                self.still_there(to, &remaining_methods)?;
                remaining_methods
            }
        };
        // Some servers ask for the password as a question, and take it in no other way.
        let is_asked = remaining.contains(&MethodKind::KeyboardInteractive)
            && !remaining.contains(&MethodKind::Password);
        if !is_asked {
            return Err(refused());
        }
        let mut asked = to.authenticate_keyboard_interactive_start(user, None).await;
        for round in 0..QUESTIONS_MAX {
            let answers = match asked.map_err(|error| self.lost(error))? {
                Asked::Success => return Ok(()),
                Asked::Failure { remaining_methods, .. } => {
                    self.still_there(to, &remaining_methods)?;
                    return Err(refused());
                }
                Asked::InfoRequest { prompts, .. } => match prompts.as_slice() {
                    [] => Vec::new(),
                    [one] if !one.echo && round == 0 => vec![password.expose().to_owned()],
                    _ => return Err(self.second_proof()),
                },
            };
            asked = to.authenticate_keyboard_interactive_respond(answers).await;
        }
        match asked.map_err(|error| self.lost(error))? {
            Asked::Success => Ok(()),
            Asked::Failure { .. } => Err(refused()),
            Asked::InfoRequest { .. } => Err(self.second_proof()),
        }
    }

    async fn by_agent_or_own_keys(&self, to: &mut Handle<HostKey>) -> Result<(), SshError> {
        let agents = self.by_agent(to, None).await?;
        if agents.is_in {
            return Ok(());
        }
        let mut tried = match agents.shown {
            0 => Vec::new(),
            1 => vec!["a key of the agent".to_owned()],
            more => vec![format!("{more} keys of the agent")],
        };
        for path in own_keys() {
            // One that is sealed, or cannot be read, is the agent's.
            let Ok(key) = opened(&path, None).await else { continue };
            if self.by_key(to, Arc::new(key)).await? {
                return Ok(());
            }
            tried.push(path.to_string());
        }
        if tried.is_empty() {
            tried
                .push("nothing, since no password is known and neither an agent nor ~/.ssh has a key".into());
        }
        Err(self.not_admitted(tried.join(" and ")))
    }

    /// Offers keys that the agent holds; `only` this one, where it is named. An agent that does not answer has none.
    async fn by_agent(
        &self,
        to: &mut Handle<HostKey>,
        only: Option<&PublicKey>,
    ) -> Result<ByAgent, SshError> {
        let nothing = ByAgent { is_in: false, shown: 0 };
        let Ok(Some(mut agent)) = timeout(AGENT_ANSWERS, agent()).await else { return Ok(nothing) };
        let held = match timeout(AGENT_ANSWERS, agent.request_identities()).await {
            Ok(Ok(held)) => held,
            Ok(Err(error)) => {
                tracing::debug!(%error, "the agent does not say which keys it holds");
                return Ok(nothing);
            }
            Err(_) => {
                tracing::warn!("the SSH agent does not answer; its keys are not used");
                return Ok(nothing);
            }
        };
        let keys = held.into_iter().filter_map(|one| match one {
            AgentIdentity::PublicKey { key, .. } => Some(key),
            AgentIdentity::Certificate { .. } => None,
        });
        let wanted = keys.filter(|key| only.is_none_or(|only| only.key_data() == key.key_data()));
        let mut shown = 0;
        for key in wanted.take(AGENT_KEYS_MAX) {
            let hash = if key.algorithm().is_rsa() {
                let best = to.best_supported_rsa_hash().await.map_err(|error| self.lost(error))?;
                // Never SHA-1, whatever the server would take.
                best.flatten().or(Some(HashAlg::Sha512))
            } else {
                None
            };
            let user = self.address.user.as_str();
            shown += 1;
            match to.authenticate_publickey_with(user, key, hash, &mut agent).await {
                Ok(AuthResult::Success) => return Ok(ByAgent { is_in: true, shown }),
                Ok(AuthResult::Failure { partial_success: true, .. }) => return Err(self.second_proof()),
                Ok(AuthResult::Failure { remaining_methods, .. }) => {
                    self.still_there(to, &remaining_methods)?;
                }
                Err(error) => tracing::debug!(%error, "the agent did not sign"),
            }
        }
        Ok(ByAgent { is_in: false, shown })
    }

    /// Whether the server takes the key.
    async fn by_key(&self, to: &mut Handle<HostKey>, key: Arc<PrivateKey>) -> Result<bool, SshError> {
        let key = PrivateKeyWithHashAlg::new(key, None);
        let answer = to.authenticate_publickey(self.address.user.as_str(), key).await;
        match answer.map_err(|error| self.lost(error))? {
            AuthResult::Success => Ok(true),
            AuthResult::Failure { partial_success: true, .. } => Err(self.second_proof()),
            AuthResult::Failure { remaining_methods, .. } => {
                self.still_there(to, &remaining_methods).map(|()| false)
            }
        }
    }

    async fn opened(&self, path: &Utf8Path) -> Result<Arc<PrivateKey>, Unopened> {
        if let Some(key) = self.opened.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            return Ok(key);
        }
        let key = Arc::new(opened(path, self.secret.clone()).await?);
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&key));
        Ok(key)
    }

    /// The library calls a connection that broke a refusal that leaves no other way; a server names what else it takes.
    fn still_there(&self, to: &Handle<HostKey>, remaining: &MethodSet) -> Result<(), SshError> {
        let is_gone = to.is_closed() && remaining.is_empty();
        if is_gone { Err(self.lost(russh::Error::Disconnect)) } else { Ok(()) }
    }

    fn not_admitted(&self, tried: impl Into<String>) -> SshError {
        let (server, user) = (self.address.server(), self.address.user.clone());
        SshError::NotAdmitted { server, user, tried: tried.into() }
    }

    fn second_proof(&self) -> SshError {
        SshError::SecondProof { server: self.address.server(), user: self.address.user.clone() }
    }

    fn lost(&self, source: russh::Error) -> SshError {
        SshError::Lost { server: self.address.server(), source: Box::new(source) }
    }
}

/// Reads and opens a key. Its file's owner chose how long that takes, so it is done beside everything else.
async fn opened(path: &Utf8Path, passphrase: Option<Secret>) -> Result<PrivateKey, Unopened> {
    let path = path.to_owned();
    let opening = tokio::task::spawn_blocking(move || open(&path, passphrase.as_ref()));
    opening.await.unwrap_or_else(|_| Err(Unopened { problem: KeyProblem::NoPrivateKey, public: None }))
}

fn open(path: &Utf8Path, passphrase: Option<&Secret>) -> Result<PrivateKey, Unopened> {
    let failed = |problem| Unopened { problem, public: None };
    let unreadable = |why: std::io::Error| failed(KeyProblem::Unreadable(why.to_string()));
    let file = std::fs::File::open(path).map_err(unreadable)?;
    // As large as it can become from the beginning: one that grew would leave copies behind that nobody wipes.
    let mut read = String::with_capacity(64 * 1024);
    file.take(KEY_BYTES_MAX).read_to_string(&mut read).map_err(unreadable)?;
    let text = Secret::new(read);
    let sealed = PrivateKey::from_openssh(text.expose()).ok();
    if is_costly(text.expose(), sealed.as_ref()) {
        return Err(failed(KeyProblem::TooCostly));
    }
    let public = sealed.map(|key| Box::new(key.public_key().clone()));
    let key = match decode_secret_key(text.expose(), None) {
        Ok(key) => key,
        Err(russh::keys::Error::KeyIsEncrypted) => match passphrase {
            None => return Err(Unopened { problem: KeyProblem::PassphraseMissing, public }),
            Some(passphrase) => decode_secret_key(text.expose(), Some(passphrase.expose()))
                .map_err(|_| Unopened { problem: KeyProblem::PassphraseWrong, public: public.clone() })?,
        },
        Err(_) => return Err(failed(KeyProblem::NoPrivateKey)),
    };
    match key.algorithm() {
        Algorithm::Ed25519 | Algorithm::Ecdsa { .. } => Ok(key),
        _ => {
            Err(Unopened { problem: KeyProblem::AgentOnly, public: Some(Box::new(key.public_key().clone())) })
        }
    }
}

/// Whether a file demands more than a key needs: what derives the key from the passphrase cannot be stopped.
fn is_costly(text: &str, sealed: Option<&PrivateKey>) -> bool {
    let rounds = sealed
        .is_some_and(|key| matches!(key.kdf(), Kdf::Bcrypt { rounds, .. } if *rounds > BCRYPT_ROUNDS_MAX));
    let of_putty = |line: &str| {
        ARGON2_MAX.iter().any(|(name, max)| {
            line.strip_prefix(name)
                .is_some_and(|given| given.trim().parse::<u32>().map_or(true, |given| given > *max))
        })
    };
    rounds || text.lines().any(of_putty)
}

/// The keys that `ssh` would try, as far as they can be used here.
fn own_keys() -> Vec<Utf8PathBuf> {
    let Some(home) = std::env::home_dir().and_then(|home| Utf8PathBuf::from_path_buf(home).ok()) else {
        return Vec::new();
    };
    let folder = home.join(".ssh");
    OWN_KEYS.into_iter().map(|name| folder.join(name)).filter(|path| path.is_file()).collect()
}

#[cfg(unix)]
async fn agent() -> Option<Agent> {
    AgentClient::connect_env().await.ok().map(AgentClient::dynamic)
}

#[cfg(windows)]
async fn agent() -> Option<Agent> {
    const PIPE: &str = r"\\.\pipe\openssh-ssh-agent";
    if let Ok(agent) = AgentClient::connect_named_pipe(PIPE).await {
        return Some(agent.dynamic());
    }
    AgentClient::connect_pageant().await.ok().map(AgentClient::dynamic)
}
