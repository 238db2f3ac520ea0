//! The climb itself.

use std::time::Instant;

use super::diagnosis;
use super::rights;
use super::rung::{Finding, Rung, RungId, RungState, Suggestion};
use super::words;
use crate::connection::{
    ConnectError, ConnectOptions, Dialled, Peer, Resolved, Session, Settings, TlsFacts, TlsMode, connect,
    dial, negotiate, resolve, session_address,
};
use crate::facts;
use crate::tools::Tools;
use base::secret::Secret;

/// Further apart, two clocks are worth a word: recovery points are read to the minute.
pub const SKEW_MS_MAX: u64 = 5_000;
/// The oldest server that current client tools read (Postgres docs, `pg_dump`, "Notes": 9.2).
const SERVER_NUMBER_MIN: u32 = 90_600;

/// For the ladder's own session.
const LIMITS: &str = "set lock_timeout = '3s'; set statement_timeout = '30s'";

/// What the ladder climbs.
#[derive(Debug, Clone, Copy)]
pub struct Ladder<'a> {
    /// The server, database and role.
    pub settings: &'a Settings,
    /// The password, if one is known.
    pub password: Option<&'a Secret>,
    /// The client tools of this computer.
    pub tools: &'a Tools,
    /// Name, time limit, tunnel.
    pub options: &'a ConnectOptions,
}

/// `Ok`: passed, or warned if the finding has a code. `Err`: failed.
type Step<T> = Result<(T, Finding), Finding>;

/// Climbs until a rung fails. Each rung is told as it ends; the rungs above a failed one wait.
pub async fn climb(ladder: Ladder<'_>, on_rung: &mut (dyn FnMut(&Rung) + Send)) -> Vec<Rung> {
    let mut progress =
        Progress { settings: ladder.settings, rungs: Vec::new(), on_rung, started: Instant::now() };
    // The steps end early where a rung fails; the rest is told as waiting.
    let _ = steps(ladder, &mut progress).await;
    progress.finish()
}

async fn steps(ladder: Ladder<'_>, progress: &mut Progress<'_>) -> Option<()> {
    let Ladder { settings, password, tools, options } = ladder;
    if let Some(address) = &settings.ssh {
        progress.rung(RungId::Ssh, reach(ladder, address).await)?;
    }
    let to = progress.rung(RungId::Name, name(ladder).await)?;
    let dialled = progress.rung(RungId::Connection, connection(ladder, &to).await)?;
    let peer = dialled.peer.clone();
    progress.rung(RungId::Tls, tls(ladder, dialled).await)?;
    // From the address that answered, so that every rung speaks of the same server.
    let options = ConnectOptions { to: peer.again().or_else(|| options.to.clone()), ..options.clone() };
    let session = progress.rung(RungId::SignIn, sign_in(settings, password, &options).await)?;
    let major = progress.rung(RungId::Version, version(&session, tools).await)?;
    progress.rung(RungId::Rights, rights::look(&session, settings, major).await)?;
    progress.rung(RungId::Size, size(&session).await)?;
    progress.rung(RungId::Clock, clock(&session).await)?;
    progress.rung(RungId::Tools, Ok(((), server_tools(tools, major))))?;
    session.close().await;
    Some(())
}

/// Whether the SSH server is the one that was meant, and lets us in.
async fn reach(ladder: Ladder<'_>, address: &ssh::Address) -> Step<()> {
    let Ladder { settings, options, .. } = ladder;
    let gateway = match &options.to {
        Some(Resolved::Route(route)) => route.gateway().cloned(),
        _ => ssh::gateway(address),
    };
    let Some(gateway) = gateway else {
        let error = ConnectError::NoGateway { server: address.server() };
        return Err(diagnosis::of(&error, settings));
    };
    let reached = gateway.reach(options.timeout).await;
    reached.map_err(|error| diagnosis::of(&ConnectError::Ssh(error), settings))?;
    let key = if address.host_key.is_some() { "is the accepted one" } else { "is in your known_hosts" };
    Ok(((), Finding::fine(format!("{address} lets us in; the server's key {key}"))))
}

async fn name(ladder: Ladder<'_>) -> Step<Resolved> {
    let Ladder { settings, options, .. } = ladder;
    // What an address alone tells needs no network, and no password on the way.
    if session_address(settings).is_some() {
        return Err(diagnosis::transaction_pooler(settings));
    }
    let resolved = match &options.to {
        Some(to) => Ok(to.clone()),
        None => resolve(settings, options.timeout).await,
    };
    let resolved = resolved.map_err(|error| diagnosis::of(&error, settings))?;
    let message = match &resolved {
        Resolved::Socket(path) => format!("a socket on this computer, {path}"),
        Resolved::Route(route) => {
            let by = match route.container() {
                Some(container) => format!("the container {container} on {}", route.host()),
                None => route.host().to_string(),
            };
            format!("{} is looked up by {by}", settings.host)
        }
        Resolved::Addresses(_) => words::addresses(&settings.host, resolved.families()),
    };
    Ok((resolved, Finding::fine(message)))
}

async fn connection(ladder: Ladder<'_>, to: &Resolved) -> Step<Dialled> {
    let Ladder { settings, options, .. } = ladder;
    let dialled =
        dial(&settings.host, to, options.timeout).await.map_err(|error| diagnosis::of(&error, settings))?;
    let message = match &dialled.peer {
        Peer::Tcp(address) => {
            let family = if address.is_ipv4() { "IPv4" } else { "IPv6" };
            let beside =
                dialled.failures.iter().any(|failure| failure.address.is_ipv4() != address.is_ipv4());
            let other = if address.is_ipv4() { "IPv6" } else { "IPv4" };
            let note = if beside { format!(", {other} does not") } else { String::new() };
            format!("{address} answers over {family}{note}")
        }
        Peer::Route { .. } => format!("port {} answers on {}", settings.port, settings.host_words()),
        Peer::Socket(_) | Peer::Given => "the socket answers".to_owned(),
    };
    Ok((dialled, Finding::fine(message)))
}

async fn tls(ladder: Ladder<'_>, dialled: Dialled) -> Step<()> {
    let Ladder { settings, options, .. } = ladder;
    let limit = options.timeout;
    let negotiated = tokio::time::timeout(limit, negotiate(dialled.stream, settings)).await;
    let (_, facts) = negotiated
        .map_err(|_| diagnosis::silent_handshake(settings, limit))?
        .map_err(|error| diagnosis::of(&error, settings))?;
    Ok(((), judge_tls(settings, facts)))
}

fn judge_tls(settings: &Settings, facts: Option<TlsFacts>) -> Finding {
    match facts {
        None if !settings.is_by_a_way() && settings.socket_directory().is_some() => {
            Finding::fine("not needed: the socket does not leave this computer")
        }
        None if settings.is_on_this_computer() => {
            Finding::fine("none: the connection does not leave this computer")
        }
        None if settings.is_within_ssh() => {
            Finding::fine("not needed: SSH encrypts all the way to the server's own computer")
        }
        None if let Some(ssh) = &settings.ssh => Finding::coded(
            "HF-TLS-010",
            format!("SSH encrypts as far as {}. From there to {} nothing does.", ssh.server(), settings.host),
        )
        .fix("Demand TLS", "If the server offers it, sign in with sslmode=require or better.")
        .suggest(Suggestion::Settings(Box::new(Settings { tls: TlsMode::Require, ..settings.clone() }))),
        None => Finding::coded("HF-TLS-009", "Not encrypted. Passwords and rows can be read on the way.")
            .fix("Demand TLS", "If the server offers it, sign in with sslmode=require or better.")
            .suggest(Suggestion::Settings(Box::new(Settings { tls: TlsMode::Require, ..settings.clone() }))),
        Some(facts) if facts.is_verified && settings.tls == TlsMode::VerifyFull => {
            Finding::fine(format!("{}, certificate and host name are right", facts.version))
        }
        Some(facts) if facts.is_verified => {
            Finding::fine(format!("{}, the certificate's authority is trusted", facts.version))
        }
        // libpq's own default for most providers: worth a word, not a warning.
        Some(facts) => Finding::fine(format!("{}, encrypted; the certificate is not checked", facts.version)),
    }
}

async fn sign_in(settings: &Settings, password: Option<&Secret>, options: &ConnectOptions) -> Step<Session> {
    let failed = |error| diagnosis::of(&error, settings);
    let session = connect(settings, password, options).await.map_err(failed)?;
    // A test must not hang on a table that somebody locked. Refused, it is merely less patient.
    let _ = session.client.batch_execute(LIMITS).await;
    Ok((session, Finding::fine(format!("{} on {}", settings.user, settings.database))))
}

async fn version(session: &Session, tools: &Tools) -> Step<u16> {
    let server = facts::server(&session.client).await.map_err(|error| diagnosis::of_facts(&error))?;
    if server.version_number < SERVER_NUMBER_MIN {
        return Err(Finding::coded(
            "HF-VER-003",
            format!("The server is {}. Holdfast reads 9.6 and newer.", server.version),
        ));
    }
    let set = tools.for_dump(server.major).map_err(|error| diagnosis::of_tools(&error))?;
    let replica = if server.is_in_recovery { " (a replica)" } else { "" };
    let short = server.version.split_whitespace().next().unwrap_or_default();
    let message = format!("server {short}{replica}, dumped with pg_dump {}", set.version);
    Ok((server.major, Finding::fine(message)))
}

async fn size(session: &Session) -> Step<()> {
    let failed = |error| diagnosis::of_facts(&error);
    let database = facts::database(&session.client).await.map_err(failed)?;
    let tables = facts::tables(&session.client).await.map_err(failed)?;
    let count = words::count(tables.len(), "table", "tables");
    let finding = if let Some(size) = database.size_bytes {
        Finding::fine(format!("{} in {count}", words::bytes(size)))
    } else {
        let about = words::bytes(tables.iter().map(|table| table.size_bytes).sum());
        let message = format!("About {about} in {count}. The role may not ask for the whole size.");
        Finding::coded("HF-SIZE-001", message)
    };
    Ok(((), finding))
}

async fn clock(session: &Session) -> Step<()> {
    let clock = facts::clock(&session.client).await.map_err(|error| diagnosis::of_facts(&error))?;
    let apart = clock.skew_ms.unsigned_abs();
    if apart <= SKEW_MS_MAX {
        return Ok(((), Finding::fine(format!("{} apart", words::milliseconds(apart)))));
    }
    let direction = if clock.skew_ms > 0 { "ahead of" } else { "behind" };
    let message =
        format!("The server's clock is {} {direction} this computer's.", words::milliseconds(apart));
    let finding = Finding::coded("HF-CLOCK-001", message).fix(
        "Set the clock that is wrong",
        "Recovery points are shown by the server's clock until both agree.",
    );
    Ok(((), finding))
}

fn server_tools(tools: &Tools, major: u16) -> Finding {
    match tools.for_cluster(major) {
        Ok(set) => Finding::fine(format!("drills run on Postgres {}", set.version)),
        Err(error) => Finding::coded(
            "HF-TOOL-001",
            "Backups work. Drills need a Postgres server of this major or newer here.",
        )
        .fix("Install the server programs", error.hint()),
    }
}

struct Progress<'a> {
    settings: &'a Settings,
    rungs: Vec<Rung>,
    on_rung: &'a mut (dyn FnMut(&Rung) + Send),
    started: Instant,
}

impl Progress<'_> {
    /// Tells the rung, and gives the step's yield unless it failed.
    fn rung<T>(&mut self, id: RungId, step: Step<T>) -> Option<T> {
        let (made, state, finding) = match step {
            Ok((made, finding)) if finding.code.is_some() => (Some(made), RungState::Warned, finding),
            Ok((made, finding)) => (Some(made), RungState::Passed, finding),
            Err(finding) => (None, RungState::Failed, finding),
        };
        let elapsed_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let Finding { message, fix, code } = finding;
        let fix = fix.map(|fix| *fix);
        self.tell(Rung { id, title: id.title(), state, message, elapsed_ms, fix, code });
        self.started = Instant::now();
        made
    }

    fn tell(&mut self, rung: Rung) {
        (self.on_rung)(&rung);
        self.rungs.push(rung);
    }

    fn finish(mut self) -> Vec<Rung> {
        for id in RungId::of(self.settings).skip(self.rungs.len()) {
            self.tell(Rung::waiting(id));
        }
        self.rungs
    }
}
