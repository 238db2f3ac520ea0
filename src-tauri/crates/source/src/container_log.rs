//! What a container printed, by day: `docker logs` or `podman logs`, on an SSH server or on this computer.
//!
//! A day that is over is marked as such, and read once; what an engine threw away since then, and what a container that
//! was made anew does not have any more, is kept from the backup before. An engine reads its whole log for each
//! question: all days that are wanted come in one answer, and are told apart by the times before their lines.
//! Source: Docker docs, `docker logs`, `docker inspect`; Podman docs, `podman-logs`.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use ssh::{Container, ContainerProblem, Host, Run, SftpError, SshError};
use tokio::io::AsyncRead;
use tokio::runtime::Handle;
use tokio_util::io::SyncIoBridge;
use tokio_util::sync::CancellationToken;

use crate::error::SourceError;
use crate::object::{Each, Found, Object, Objects, Opened};
use base::clock::now_ms;

const LIMIT: Duration = Duration::from_secs(30);
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// A log has one file for each day; older ones are named.
const DAYS_MAX: i64 = 400;
/// So long after its end a day is taken as over. The clock that is asked may not be the engine's own, which stands
/// still for hours where a laptop sleeps.
const OVER_AFTER_S: i64 = 24 * 60 * 60;
/// A line without an end is none that an engine writes.
const LINE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// The characters of a day: `2026-11-25`.
const DAY_BYTES: usize = 10;
/// Those of a time before a line, with nanoseconds and an offset.
const TIME_BYTES_MAX: usize = 48;
/// What an engine writes into a log that it cannot read on.
const BROKEN: &[u8] = b"Error grabbing logs:";
/// When it was made, and how late it is there.
const LOOK: &str = "for program in docker podman; do if command -v $program >/dev/null 2>&1; then \
                    $program inspect --type container -f 'holdfast {{.Id}} {{.Created}}' \"$1\" \
                    && date -u '+holdfast-now %s'; exit; \
                    fi; done; echo holdfast: no docker >&2; exit 127";
/// Both outputs of a container are its log, in their order. The status is the last word.
const READ: &str = "for program in docker podman; do if command -v $program >/dev/null 2>&1; then \
                    echo holdfast-open; $program logs --timestamps --since \"$2\" \"$1\" 2>&1; \
                    echo \"holdfast-ended $?\" >&2; exit; fi; done; echo holdfast: no docker >&2; exit 127";
const OPEN: &[u8] = b"holdfast-open\n";
const ENDED: &str = "holdfast-ended ";

/// The log of a container.
pub struct ContainerLog {
    host: Host,
    container: Container,
    words: String,
    runtime: Handle,
    token: CancellationToken,
    /// The answer that is being read: its days are opened one after the other.
    answer: Arc<Mutex<Option<Answer>>>,
}

/// For people: `log of the container shop-api on shop.example`.
pub(crate) fn words(ssh: Option<&ssh::Address>, container: &Container) -> String {
    match ssh {
        Some(ssh) => format!("log of the container {container} on {}", ssh.server()),
        None => format!("log of the container {container}"),
    }
}

impl ContainerLog {
    /// The log of a container there. Nothing is contacted.
    ///
    /// # Errors
    /// [`SourceError::Io`] on this computer, where it has no shell.
    pub fn new(host: Host, container: &Container, token: CancellationToken) -> Result<Self, SourceError> {
        let ssh = match &host {
            Host::There(gateway) => Some(gateway.address()),
            Host::Here => None,
        };
        let words = words(ssh, container);
        if cfg!(windows) && host == Host::Here {
            let source = io::Error::other("it is read by way of an SSH server alone, not on Windows");
            return Err(SourceError::Io { place: words, source });
        }
        Ok(Self {
            host,
            container: container.clone(),
            words,
            runtime: Handle::current(),
            token,
            answer: Arc::default(),
        })
    }

    fn failed(&self, error: SshError) -> SourceError {
        SourceError::Sftp { place: self.words.clone(), source: Box::new(SftpError::Ssh(error)) }
    }

    fn odd(&self, said: impl Into<String>) -> SourceError {
        self.failed(self.container.failed(&self.host, ContainerProblem::Other(said.into())))
    }

    async fn start(&self, script: &str, arguments: &[&str]) -> Result<Run, SourceError> {
        self.container.check().map_err(|error| self.odd(error.to_string()))?;
        let name = String::from(self.container.clone());
        let mut words = vec!["sh", "-c", script, "holdfast", &name];
        words.extend(arguments);
        tokio::select! {
            run = self.host.run(&words, LIMIT) => run.map_err(|error| self.failed(error)),
            () = self.token.cancelled() => Err(SourceError::Cancelled),
        }
    }

    /// Its id, the day on which it was made, and the seconds since 1970 there.
    async fn look_there(&self) -> Result<(String, Date, i64), SourceError> {
        let run = self.start(LOOK, &[]).await?;
        let answer = tokio::time::timeout(LIMIT, run.output(ANSWER_BYTES_MAX)).await;
        let (text, end) = match answer {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(self.odd(error.to_string())),
            Err(_) => {
                let server = self.host.to_string();
                return Err(self.failed(SshError::Timeout { server, after: LIMIT }));
            }
        };
        if let Some(problem) = self.container.problem(&end) {
            return Err(self.failed(self.container.failed(&self.host, problem)));
        }
        let text = String::from_utf8_lossy(&text);
        read_look(&text).ok_or_else(|| match end.stderr.lines().next_back() {
            Some(line) => self.odd(line),
            None => self.odd("it does not say when it was made"),
        })
    }
}

/// The answer of [`LOOK`].
fn read_look(text: &str) -> Option<(String, Date, i64)> {
    let after = |marker: &str| text.lines().find_map(|line| line.strip_prefix(marker));
    let (id, made) = after("holdfast ")?.split_once(' ')?;
    let day: Date = made.get(..10)?.parse().ok()?;
    // Podman writes it in the clock of the server, which may be a day ahead.
    let day = if made.as_bytes().get(10) == Some(&b'T') { day } else { day.yesterday().ok()? };
    let now = after("holdfast-now ")?.trim().parse().ok()?;
    Some((id.chars().take(12).collect(), day, now))
}

/// A day, and whether it is over.
type Day = (Date, bool);

/// Its days, the oldest first, and the first that is left out.
fn days(made: Date, now_s: i64) -> Option<(Vec<Day>, Option<Date>)> {
    let now = Timestamp::from_second(now_s).ok()?.to_zoned(TimeZone::UTC);
    let oldest = now.date().checked_sub((DAYS_MAX - 1).days()).ok()?;
    let first = made.max(oldest);
    let mut all = Vec::new();
    let mut day = first;
    while day <= now.date() {
        let next = day.tomorrow().ok()?;
        let end_s = next.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
        all.push((day, now_s >= end_s + OVER_AFTER_S));
        day = next;
    }
    Some((all, (made < oldest).then_some(made)))
}

/// `2026-11-25 4f9c0a11b2c3.log`, with the container's id: one that is made anew under its name has days of its own.
fn key(id: &str, day: Date) -> String {
    format!("{day} {id}.log")
}

fn day_of(key: &str) -> Option<Date> {
    key.get(..DAY_BYTES)?.parse().ok()
}

/// The time before a line, whatever the clock that it is written in.
fn time_of(line: &[u8]) -> Option<Timestamp> {
    let end = line.iter().take(TIME_BYTES_MAX).position(|byte| *byte == b' ')?;
    std::str::from_utf8(&line[..end]).ok()?.parse().ok()
}

/// Whether a line is of a later day. One without a time belongs to the line before.
fn is_later(line: &[u8], day: Date) -> bool {
    time_of(line).is_some_and(|time| time.to_zoned(TimeZone::UTC).date() > day)
}

impl Objects for ContainerLog {
    fn list(&self, each: &mut Each<'_>) -> Result<(), SourceError> {
        let (id, made, now_s) = self.runtime.block_on(self.look_there())?;
        let (days, left_out) = days(made, now_s).ok_or_else(|| self.odd("its clock shows no time"))?;
        if days.is_empty() {
            let why = "the clock there is before the day on which it was made".to_owned();
            return each(Found::LeftOut { key: key(&id, made), why, is_missed: true });
        }
        if let (Some(first), Some((oldest, _))) = (left_out, days.first()) {
            let why = format!("it and what follows before {oldest} are older than {DAYS_MAX} days");
            each(Found::LeftOut { key: key(&id, first), why, is_missed: false })?;
        }
        days.into_iter().try_for_each(|(day, is_over)| {
            each(Found::Object(Object {
                key: key(&id, day),
                // One that goes on is read each time.
                version: is_over.then(|| format!("{id} over")),
                ..Object::default()
            }))
        })
    }

    fn open(&self, object: &Object) -> Result<Option<Opened>, SourceError> {
        self.open_day(object, None)
    }

    fn accumulates(&self) -> bool {
        true
    }

    fn open_after(
        &self,
        object: &Object,
        before: Box<dyn Read + Send>,
    ) -> Result<Option<Opened>, SourceError> {
        self.open_day(object, Some(BufReader::new(before)))
    }

    /// One after the other: they are parts of one answer.
    fn at_once(&self) -> usize {
        1
    }

    fn keeps_when_gone(&self, object: &Object) -> bool {
        let today = Timestamp::from_millisecond(now_ms()).ok().map(|now| now.to_zoned(TimeZone::UTC).date());
        let oldest = today.and_then(|today| today.checked_sub(DAYS_MAX.days()).ok());
        day_of(&object.key).is_some_and(|day| oldest.is_none_or(|oldest| day >= oldest))
    }
}

impl ContainerLog {
    fn open_day(&self, object: &Object, before: Option<Before>) -> Result<Option<Opened>, SourceError> {
        let Some(day) = day_of(&object.key) else { return Ok(None) };
        let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        // One answer serves days that follow each other: what comes late is of the day before, which was read.
        if !answer.as_ref().is_some_and(|answer| answer.reached.tomorrow().is_ok_and(|next| next == day)) {
            *answer = None;
            *answer = Some(self.runtime.block_on(self.ask(day))?);
        }
        drop(answer);
        let failed = |source| SourceError::Io { place: format!("{} of {}", object.key, self.words), source };
        let since = match &before {
            Some(_) => first_time(&self.answer, day).map_err(failed)?,
            None => None,
        };
        let answer = Arc::clone(&self.answer);
        let reader = Lines { answer, day, before, since, line: Vec::new(), at: 0 };
        Ok(Some(Opened { object: object.clone(), reader: Box::new(reader) }))
    }

    async fn ask(&self, day: Date) -> Result<Answer, SourceError> {
        let mut run = self.start(READ, &[&format!("{day}T00:00:00Z")]).await?;
        let stdout = run.take_stdout().ok_or_else(|| self.odd("it has no output"))?;
        let (stop, token) = (run.stop(), self.token.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = token.cancelled() => stop.cancel(),
                () = stop.cancelled() => {}
            }
        });
        Ok(Answer {
            output: BufReader::new(SyncIoBridge::new(stdout)),
            is_open: false,
            next: None,
            reached: day,
            run: Some(run),
            container: self.container.clone(),
            runtime: self.runtime.clone(),
        })
    }
}

/// What the engine prints, from a day on. It is all there only where the program said so last.
struct Answer {
    output: BufReader<SyncIoBridge<Box<dyn AsyncRead + Send + Unpin>>>,
    is_open: bool,
    /// A line of a later day, which waits for that.
    next: Option<Vec<u8>>,
    /// The day that was asked for last.
    reached: Date,
    run: Option<Run>,
    container: Container,
    runtime: Handle,
}

impl Answer {
    /// The next line of this day, or of one before that nobody asks for; `None` where later ones follow, or none.
    fn line(&mut self, day: Date) -> io::Result<Option<Vec<u8>>> {
        self.reached = day;
        if !self.is_open {
            self.skip_to_open()?;
        }
        let line = match self.next.take() {
            Some(line) => line,
            None => self.read_line()?,
        };
        if line.is_empty() {
            self.judge()?;
            return Ok(None);
        }
        if line.starts_with(BROKEN) {
            // Into a terminal an engine writes its own errors, and calls it a success.
            return Err(io::Error::other(String::from_utf8_lossy(&line).trim().to_owned()));
        }
        if is_later(&line, day) {
            self.next = Some(line);
            return Ok(None);
        }
        Ok(Some(line))
    }

    fn read_line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        (&mut self.output).take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
        Ok(line)
    }

    fn skip_to_open(&mut self) -> io::Result<()> {
        let mut seen = 0;
        loop {
            let line = self.read_line()?;
            seen += line.len();
            if line.is_empty() || line.ends_with(OPEN) || seen > ANSWER_BYTES_MAX {
                break;
            }
        }
        self.is_open = true;
        Ok(())
    }

    fn judge(&mut self) -> io::Result<()> {
        let Some(run) = self.run.take() else { return Ok(()) };
        let end = self.runtime.block_on(run.end());
        let ended = end.stderr.rsplit_once(ENDED).and_then(|(_, status)| status.trim().parse::<u32>().ok());
        if ended == Some(0) && !end.is_lost {
            return Ok(());
        }
        let why = self.container.problem(&end).map_or_else(
            || match ended {
                Some(status) => format!("its log ended with status {status}"),
                None => "its log ended before its end".to_owned(),
            },
            |problem| format!("the container {} {problem}", self.container),
        );
        Err(io::Error::other(why))
    }
}

/// What the backup before has of a day.
type Before = BufReader<Box<dyn Read + Send>>;

/// A day's lines. Where the engine has thrown away its first ones, they come from the backup before.
struct Lines {
    answer: Arc<Mutex<Option<Answer>>>,
    day: Date,
    before: Option<Before>,
    /// The time of the first line that the engine still has.
    since: Option<Timestamp>,
    line: Vec<u8>,
    at: usize,
}

impl Lines {
    fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        if let Some(before) = &mut self.before {
            let mut line = Vec::new();
            before.take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
            let is_there_still = time_of(&line).zip(self.since).is_some_and(|(time, since)| time >= since);
            if !line.is_empty() && !is_there_still {
                return Ok(Some(line));
            }
            self.before = None;
        }
        with(&self.answer, |answer| answer.line(self.day))
    }
}

/// When the first line is that the engine has of a day; `None` where it has none.
fn first_time(answer: &Mutex<Option<Answer>>, day: Date) -> io::Result<Option<Timestamp>> {
    with(answer, |answer| {
        let line = answer.line(day)?;
        let time = line.as_deref().and_then(time_of);
        if line.is_some() {
            answer.next = line;
        }
        Ok(time)
    })
}

/// Asks the answer; one that fails is over for every day.
fn with<T>(answer: &Mutex<Option<Answer>>, ask: impl FnOnce(&mut Answer) -> io::Result<T>) -> io::Result<T> {
    let mut answer = answer.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(of) = answer.as_mut() else { return Err(io::Error::other("its log ended before its end")) };
    let asked = ask(of);
    if asked.is_err() {
        *answer = None;
    }
    asked
}

impl Read for Lines {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.line.len() {
            match self.next()? {
                Some(line) => (self.line, self.at) = (line, 0),
                None => return Ok(0),
            }
        }
        let count = into.len().min(self.line.len() - self.at);
        into[..count].copy_from_slice(&self.line[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_are_over_are_told_from_the_one_that_goes_on() {
        let made: Date = "2026-11-23".parse().unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
        let told = |now: &str| {
            let (days, left_out) = days(made, at(now)).unwrap();
            assert_eq!(left_out, None);
            days.into_iter().map(|(day, is_over)| (day.to_string(), is_over)).collect::<Vec<_>>()
        };
        let day = |day: &str, is_over| (day.to_owned(), is_over);
        assert_eq!(
            told("2026-11-25T00:05:00Z"),
            [day("2026-11-23", true), day("2026-11-24", false), day("2026-11-25", false)]
        );
        assert_eq!(told("2026-11-24T23:30:00Z"), [day("2026-11-23", false), day("2026-11-24", false)]);
        // A clock that is behind the container's own has no day yet.
        assert_eq!(told("2026-11-22T12:00:00Z"), []);
    }

    #[test]
    fn a_line_is_of_the_day_that_is_before_it() {
        let day: Date = "2026-11-25".parse().unwrap();
        assert!(is_later(b"2026-11-26T00:00:00.123456789Z x", day));
        // Podman writes the clock of its server.
        assert!(is_later(b"2026-11-26T02:00:00.1+02:00 x", day));
        for of_it in [
            "2026-11-26T01:59:59.9+02:00 x",
            "2026-11-25T23:59:59Z x",
            "2026-11-24T01:00:00Z x",
            "  at main.js:3",
            "9999-99",
            "",
        ] {
            assert!(!is_later(of_it.as_bytes(), day), "{of_it}");
        }
        assert_eq!(day_of(&key("4f9c", day)), Some(day));
    }

    #[test]
    fn what_is_older_than_its_limit_is_named() {
        let now = "2026-11-25T12:00:00Z".parse::<Timestamp>().unwrap().as_second();
        let (days, left_out) = days("2020-01-01".parse().unwrap(), now).unwrap();
        assert_eq!(days.len(), 400);
        assert_eq!(left_out.unwrap().to_string(), "2020-01-01");
    }

    #[test]
    fn answers_of_docker_and_podman_are_read_behind_what_a_shell_prints() {
        let docker = "Welcome\nholdfast 4f9c0a11b2c3d4e5 2026-11-23T10:11:12.5Z\nholdfast-now 1795648508\n";
        let (id, made, now) = read_look(docker).unwrap();
        assert_eq!(
            (id.as_str(), made.to_string().as_str(), now),
            ("4f9c0a11b2c3", "2026-11-23", 1_795_648_508)
        );
        let podman = "holdfast 4f9c0a11b2c3 2026-11-23 10:11:12.5 +0200 CEST\nholdfast-now 1795648508\n";
        assert_eq!(read_look(podman).unwrap().1.to_string(), "2026-11-22");
        for odd in ["", "holdfast x", "holdfast x today\nholdfast-now 1", "holdfast x 2026-11-23T1\n"] {
            assert!(read_look(odd).is_none(), "{odd}");
        }
    }
}
