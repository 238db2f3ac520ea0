//! A stand-in for an SSH server that asks for passwords: OpenSSH's own takes those of the system's accounts alone, and
//! needs an administrator's rights for that. It admits by its rule, and opens streams as a real one does.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base::secret::Secret;
use russh::keys::{Algorithm, HashAlg, PrivateKey};
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Response, Session, run_stream};
use russh::{Channel, MethodKind, MethodSet};
use tokio::net::{TcpListener, TcpStream};

/// How it asks who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// For the password, as such.
    Password,
    /// For the password, as a question, and in no other way.
    Question,
    /// For the password, as a question, and then for a code that is shown as it is typed.
    QuestionAndCode,
    /// For the password, as such, and then for a code.
    PasswordAndCode,
    /// For nothing that it would take: questions without an end.
    Forever,
    /// For the password, as such; then it opens channels that nobody asked for.
    PasswordAndOpens,
}

/// A running one, on the loopback; it ends with this.
#[derive(Debug)]
pub struct PasswordServer {
    address: ssh::Address,
    attempts: Arc<AtomicUsize>,
    opened: Arc<(AtomicUsize, AtomicUsize)>,
    task: tokio::task::JoinHandle<()>,
}

impl PasswordServer {
    /// What it takes.
    pub const PASSWORD: &'static str = "open, sesame";

    /// Starts one.
    pub async fn start(asks: Asks) -> Self {
        let key = PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519).unwrap();
        let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
        let methods: &[MethodKind] = match asks {
            Asks::Password | Asks::PasswordAndCode | Asks::PasswordAndOpens => {
                &[MethodKind::PublicKey, MethodKind::Password]
            }
            Asks::Question | Asks::QuestionAndCode | Asks::Forever => {
                &[MethodKind::PublicKey, MethodKind::KeyboardInteractive]
            }
        };
        let config = Arc::new(Config {
            keys: vec![key],
            methods: methods.into(),
            auth_rejection_time: std::time::Duration::ZERO,
            ..Config::default()
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let attempts = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&attempts);
        let opened: Arc<(AtomicUsize, AtomicUsize)> = Arc::default();
        let opens = Arc::clone(&opened);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let config = Arc::clone(&config);
                let door =
                    Door { asks, attempts: Arc::clone(&counted), opened: Arc::clone(&opens), rounds: 0 };
                connections.spawn(async move {
                    if let Ok(running) = run_stream(config, stream, door).await {
                        let _ = running.await;
                    }
                });
            }
        });
        let address: ssh::Address = format!("admin@127.0.0.1:{port}").parse().unwrap();
        Self { address: address.with_host_key(fingerprint), attempts, opened, task }
    }

    /// Its address, which believes its key.
    pub fn address(&self) -> &ssh::Address {
        &self.address
    }

    /// How many passwords it was sent.
    pub fn attempts(&self) -> usize {
        self.attempts.load(Ordering::Relaxed)
    }

    /// How many channels it tried to open, and how many of them were taken.
    pub fn opened(&self) -> (usize, usize) {
        let (tried, taken) = &*self.opened;
        (tried.load(Ordering::Relaxed), taken.load(Ordering::Relaxed))
    }

    /// The secret that it takes.
    pub fn password() -> Secret {
        Secret::new(Self::PASSWORD)
    }
}

impl Drop for PasswordServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One connection.
struct Door {
    asks: Asks,
    attempts: Arc<AtomicUsize>,
    opened: Arc<(AtomicUsize, AtomicUsize)>,
    /// Questions that were answered.
    rounds: usize,
}

/// One question.
fn ask(question: &'static str, is_shown: bool) -> Auth {
    let prompts = vec![(Cow::Borrowed(question), is_shown)];
    Auth::Partial { name: "".into(), instructions: "".into(), prompts: prompts.into() }
}

impl Handler for Door {
    type Error = russh::Error;

    async fn auth_password(&mut self, _: &str, password: &str) -> Result<Auth, Self::Error> {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        let is_right = password == PasswordServer::PASSWORD;
        Ok(match self.asks {
            Asks::Password | Asks::PasswordAndOpens if is_right => Auth::Accept,
            Asks::PasswordAndCode if is_right => Auth::Reject {
                proceed_with_methods: Some(MethodSet::from([MethodKind::KeyboardInteractive].as_slice())),
                partial_success: true,
            },
            _ => Auth::reject(),
        })
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        let Some(answers) = response else { return Ok(ask("Password:", false)) };
        let answers: Vec<Vec<u8>> = answers.map(|answer| answer.to_vec()).collect();
        self.rounds += 1;
        let is_right = answers == [PasswordServer::PASSWORD.as_bytes()];
        Ok(match self.asks {
            // OpenSSH's own ends such a conversation with a round of no questions.
            Asks::Question if self.rounds == 1 && is_right => {
                Auth::Partial { name: "".into(), instructions: "".into(), prompts: Vec::new().into() }
            }
            Asks::Question if self.rounds == 2 && answers.is_empty() => Auth::Accept,
            Asks::QuestionAndCode if self.rounds == 1 && is_right => ask("Code:", true),
            Asks::Forever => {
                Auth::Partial { name: "".into(), instructions: "".into(), prompts: Vec::new().into() }
            }
            _ => Auth::reject(),
        })
    }

    async fn auth_succeeded(&mut self, session: &mut Session) -> Result<(), Self::Error> {
        if self.asks == Asks::PasswordAndOpens {
            let (server, opened) = (session.handle(), Arc::clone(&self.opened));
            tokio::spawn(async move {
                let (tried, taken) = &*opened;
                for _ in 0..100 {
                    let open = server.channel_open_session().await;
                    taken.fetch_add(usize::from(open.is_ok()), Ordering::Relaxed);
                    tried.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Ok(())
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host: &str,
        port: u32,
        _: &str,
        _: u32,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        let Ok(mut there) = TcpStream::connect((host, u16::try_from(port).unwrap())).await else {
            reply.reject(russh::ChannelOpenFailure::ConnectFailed).await;
            return Ok(());
        };
        reply.accept().await;
        tokio::spawn(async move {
            let _ = tokio::io::copy_bidirectional(&mut channel.into_stream(), &mut there).await;
        });
        Ok(())
    }
}
