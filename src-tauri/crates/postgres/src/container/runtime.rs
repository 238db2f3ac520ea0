//! Docker or Podman, as a program: what it is asked, and what it answers.

use std::io::{self, Read};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::ContainerError;
use crate::process::{Kill, ProcessError, Running, bare_command};
use base::container_program;

/// For a question.
pub(super) const ASK_MAX: Duration = Duration::from_secs(30);
/// For making a container of an image that is there.
pub(super) const START_MAX: Duration = Duration::from_mins(2);
/// For ending a server, and removing what it wrote.
pub(super) const REMOVE_MAX: Duration = Duration::from_mins(2);
/// For fetching an image of some gigabytes.
const PULL_MAX: Duration = Duration::from_hours(1);
/// For what a process that was killed left, while a person waits for the start: an engine that answers takes a second.
pub(super) const SWEEP_MAX: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(20);
/// What it wrote is there soon after its end; a helper of its own may hold the pipe for ever.
const READ_AFTER_MAX: Duration = Duration::from_secs(2);
/// Much longer than any answer that is understood.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
const LOG_LINES: &str = "12";
const NAME_BYTES_MAX: usize = 255;
/// The program that makes containers.
#[derive(Debug, Clone)]
pub struct Runtime {
    program: Utf8PathBuf,
    /// Ends what it does.
    token: CancellationToken,
}

/// An image, and what it says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its name.
    pub name: String,
    /// The superuser that it insists on; absent where any name will do.
    pub user: Option<String>,
    /// What it runs, where it says so.
    pub command: Vec<String>,
    /// The major version of its server, where it says so.
    pub major: Option<u16>,
}

impl Image {
    /// An image of which nothing but its name is known.
    ///
    /// # Errors
    /// [`ContainerError::NotAnImage`].
    pub fn named(name: &str) -> Result<Self, ContainerError> {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:@".contains(&byte);
        let is_name = name.len() <= NAME_BYTES_MAX
            && name.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
            && name.bytes().all(is_part);
        if !is_name {
            return Err(ContainerError::NotAnImage { name: name.chars().take(80).collect() });
        }
        Ok(Self { name: name.to_owned(), user: None, command: Vec::new(), major: None })
    }
}

/// What `image inspect` says of an image, as far as it matters.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    env: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
}

impl Runtime {
    /// The first of the programs that is on the PATH.
    ///
    /// # Errors
    /// [`ContainerError::NoProgram`].
    pub fn find() -> Result<Self, ContainerError> {
        container_program::find().map(Self::at).ok_or(ContainerError::NoProgram)
    }

    /// The program of this path.
    pub fn at(program: Utf8PathBuf) -> Self {
        Self { program, token: CancellationToken::new() }
    }

    /// The same, whose work ends with this token.
    #[must_use]
    pub fn until(&self, token: &CancellationToken) -> Self {
        Self { program: self.program.clone(), token: token.clone() }
    }

    /// Its path.
    pub fn program(&self) -> &Utf8Path {
        &self.program
    }

    /// What it is called, for a person.
    pub fn title(&self) -> &'static str {
        match self.program.file_stem() {
            Some("podman") => "Podman",
            _ => "Docker",
        }
    }

    /// What an image says of itself. Blocks for a moment.
    ///
    /// # Errors
    /// [`ContainerError::NoImage`] where it is not on this computer; why the engine does not answer.
    pub fn inspect(&self, name: &str) -> Result<Image, ContainerError> {
        let mut image = Image::named(name)?;
        // A failed question may be an engine that does not answer, or an image that is not there.
        self.run(&["version".into()], &[], ASK_MAX)?;
        let asked = ["image", "inspect", "--format", "{{json .Config}}", name].map(str::to_owned);
        let answer = match self.run(&asked, &[], ASK_MAX) {
            Ok(answer) => answer,
            Err(ContainerError::Failed { said, .. }) if is_unknown(&said) => {
                return Err(ContainerError::NoImage { name: name.to_owned() });
            }
            Err(error) => return Err(error),
        };
        let config: Option<Config> = serde_json::from_str(answer.trim()).map_err(|error| {
            ContainerError::Answer { program: self.program.clone(), what: error.to_string() }
        })?;
        let config = config.unwrap_or_default();
        let env = config.env.unwrap_or_default();
        let value = |name: &str| env.iter().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        image.user = value("POSTGRES_USER").filter(|user| !user.is_empty()).map(str::to_owned);
        image.major = value("PG_MAJOR").and_then(|major| major.parse().ok());
        image.command = config.cmd.unwrap_or_default();
        Ok(image)
    }

    /// Fetches an image. Blocks for minutes.
    ///
    /// # Errors
    /// What the registry or the engine said.
    pub fn pull(&self, name: &str) -> Result<(), ContainerError> {
        let image = Image::named(name)?;
        self.run(&["pull".into(), "--quiet".into(), image.name], &[], PULL_MAX).map(drop)
    }

    /// Whether a container runs; nothing where there is none.
    pub(super) fn is_running(
        &self,
        container: &str,
        limit: Duration,
    ) -> Result<Option<bool>, ContainerError> {
        let asked = ["container", "inspect", "--format", "{{.State.Running}}", container].map(str::to_owned);
        match self.run(&asked, &[], limit) {
            Ok(answer) => Ok(Some(answer.trim() == "true")),
            Err(ContainerError::Failed { said, .. }) if is_unknown(&said) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The end of what its server wrote.
    pub(super) fn log(&self, container: &str) -> String {
        let asked = ["logs", "--tail", LOG_LINES, container].map(str::to_owned);
        let ended = self.end(&asked, &[], ASK_MAX);
        // Postgres writes to what the program passes on as its own standard error.
        ended.map(|ended| format!("{}{}", ended.output, ended.said).trim().to_owned()).unwrap_or_default()
    }

    /// The port of the loopback that leads to a port of the container.
    pub(super) fn published_port(&self, container: &str, port: u16) -> Result<u16, ContainerError> {
        let answer = self.run(&["port".into(), container.into(), format!("{port}/tcp")], &[], ASK_MAX)?;
        let found = answer.lines().find_map(|line| line.trim().rsplit_once(':')?.1.parse().ok());
        found.ok_or_else(|| ContainerError::Answer {
            program: self.program.clone(),
            what: answer.trim().chars().take(200).collect(),
        })
    }

    /// Runs the program to its end; what it wrote to its standard output.
    pub(super) fn run(
        &self,
        arguments: &[String],
        variables: &[(&str, String)],
        limit: Duration,
    ) -> Result<String, ContainerError> {
        let ended = self.end(arguments, variables, limit)?;
        if ended.is_success {
            return Ok(ended.output);
        }
        Err(ContainerError::Failed {
            program: self.program.clone(),
            what: what(arguments),
            said: reason(&ended.said).chars().take(500).collect(),
        })
    }

    fn end(
        &self,
        arguments: &[String],
        variables: &[(&str, String)],
        limit: Duration,
    ) -> Result<Ended, ContainerError> {
        let mut command = bare_command(&self.program);
        for name in container_program::VARIABLES {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.args(arguments).envs(variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let failed = |error: ProcessError| ContainerError::Start {
            program: self.program.clone(),
            source: match error {
                ProcessError::Start { source, .. } => source,
                other => io::Error::other(other),
            },
        };
        let mut running = Running::start("container program", command, None).map_err(failed)?;
        let output = running.take_stdout().map(Output::of);
        let kill = running.kill_handle();
        let finished = CancellationToken::new();
        let exit = thread::scope(|scope| {
            scope.spawn(|| self.end_in_time(&kill, limit, &finished));
            let exit = running.finish();
            finished.cancel();
            exit
        });
        let exit = exit.map_err(failed)?;
        if exit.is_cancelled {
            let what = what(arguments);
            return Err(if self.token.is_cancelled() {
                ContainerError::Cancelled
            } else {
                ContainerError::Late { program: self.program.clone(), what, after: limit }
            });
        }
        let output = output.map(Output::text).unwrap_or_default();
        Ok(Ended { is_success: exit.is_success(), output, said: exit.stderr })
    }

    /// Ends it with all it started, once its time is over or a person ends it.
    fn end_in_time(&self, kill: &Kill, limit: Duration, finished: &CancellationToken) {
        let begun = Instant::now();
        while !finished.is_cancelled() {
            if self.token.is_cancelled() || begun.elapsed() >= limit {
                return kill.kill();
            }
            thread::sleep(PAUSE);
        }
    }
}

/// What a program writes to its standard output, read beside it.
struct Output {
    reader: thread::JoinHandle<()>,
    bytes: Arc<Mutex<Vec<u8>>>,
}

impl Output {
    fn of(mut from: impl Read + Send + 'static) -> Self {
        let bytes = Arc::<Mutex<Vec<u8>>>::default();
        let kept = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            let mut piece = [0; 8192];
            while let Ok(read @ 1..) = from.read(&mut piece) {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                let room = ANSWER_BYTES_MAX.saturating_sub(kept.len());
                kept.extend_from_slice(&piece[..read.min(room)]);
            }
        });
        Self { reader, bytes }
    }

    fn text(self) -> String {
        let begun = Instant::now();
        while !self.reader.is_finished() && begun.elapsed() < READ_AFTER_MAX {
            thread::sleep(PAUSE);
        }
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// How the program ended.
struct Ended {
    is_success: bool,
    output: String,
    said: String,
}

/// What both programs say of an image or a container that is not there.
pub(super) fn is_unknown(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    let words = ["no such image", "image not known", "no such object", "no such container"];
    words.iter().any(|words| said.contains(words))
}

/// The last line that is no advice on how to call the program.
fn reason(said: &str) -> &str {
    let mut lines = said.lines().map(str::trim).filter(|line| !line.is_empty()).rev();
    let last = lines.next().unwrap_or("it said nothing");
    if last.contains("--help") { lines.next().unwrap_or(last) } else { last }
}

/// The first words, which hold nothing that a person entered.
fn what(arguments: &[String]) -> String {
    let words = arguments.iter().take_while(|word| !word.starts_with('-')).take(2);
    words.cloned().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_an_image_is_no_option_and_no_second_argument() {
        for good in ["postgres", "supabase/postgres:15.8.1.085", "localhost:5000/a_b/c@sha256:0123abcd"] {
            assert!(Image::named(good).is_ok(), "{good}");
        }
        for bad in ["", "--privileged", "-v/:/host", "a b", "a\nb", "a;b", "$(id)", &"a".repeat(256)] {
            assert!(Image::named(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_failed_is_said_and_not_how_to_call_the_program() {
        let docker = "docker: Error response from daemon: no space left on device.\n\nRun 'docker run --help' for more information\n";
        assert_eq!(reason(docker), "docker: Error response from daemon: no space left on device.");
        assert_eq!(reason("Error: a\nError: b\n"), "Error: b");
        assert_eq!(reason("See 'docker run --help'."), "See 'docker run --help'.");
        assert_eq!(reason("\n"), "it said nothing");
    }

    #[cfg(unix)]
    #[test]
    fn a_program_is_ended_with_what_it_started_when_a_person_ends_it() {
        let token = CancellationToken::new();
        let shell = Runtime::at("/bin/sh".into()).until(&token);
        let ends = token.clone();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("started");
        // Its number is there at once or not at all.
        let script = format!("sleep 600 & echo $! > '{0}.new'; mv '{0}.new' '{0}'; wait", file.display());
        let started = file.clone();
        let ending = thread::spawn(move || {
            while !started.exists() {
                thread::sleep(PAUSE);
            }
            ends.cancel();
        });
        let begun = Instant::now();
        // What it started holds its output open.
        let ended = shell.run(&["-c".into(), script], &[], ASK_MAX).unwrap_err();
        ending.join().unwrap();
        assert!(matches!(ended, ContainerError::Cancelled), "{ended}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        let grandchild = std::fs::read_to_string(&file).unwrap().trim().parse().unwrap();
        assert!(crate::process::is_gone_soon(grandchild));
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_hangs_is_ended_and_one_that_fails_is_quoted() {
        let sleeps = Runtime::at("/bin/sleep".into());
        let late = sleeps.run(&["30".into()], &[], Duration::from_millis(100)).unwrap_err();
        assert!(matches!(late, ContainerError::Late { .. }), "{late}");
        let failed = sleeps.run(&["no time".into()], &[], ASK_MAX).unwrap_err();
        assert!(failed.to_string().contains("invalid time interval"), "{failed}");
        let nowhere =
            Runtime::at("/nowhere/docker".into()).run(&["version".into()], &[], ASK_MAX).unwrap_err();
        assert!(matches!(nowhere, ContainerError::Start { .. }), "{nowhere}");
    }
}
