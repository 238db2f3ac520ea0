//! Validates a list of steps. An error names the step and the value.

use std::collections::HashSet;

use camino::Utf8Path;

use super::step::{StepAct, origin};
use base::failure::Failure;
use ledger::catalog::ProjectRecord;
use ledger::job::StepTime;

/// More steps than this are a program of their own.
pub(super) const STEPS_MAX: usize = 50;
const TITLE_CHARACTERS_MAX: usize = 120;
const STATEMENTS_MAX: usize = 50;
/// Longer belongs into a program.
const STATEMENT_BYTES_MAX: usize = 20_000;
const URL_BYTES_MAX: usize = 2000;
const ARGUMENTS_MAX: usize = 64;
const ARGUMENT_BYTES_MAX: usize = 4000;
const INSTRUCTIONS_CHARACTERS_MAX: usize = 2000;
pub(super) const HEADER_VALUE_BYTES_MAX: usize = 4000;

/// Statements that would end the one transaction, or leave it.
const TRANSACTION_WORDS: [&str; 9] =
    ["abort", "begin", "commit", "end", "prepare", "release", "rollback", "savepoint", "start"];

/// Headers that the request itself needs.
const OWN_HEADERS: [&str; 5] = ["connection", "content-length", "content-type", "host", "transfer-encoding"];

/// How long a kind of step may take: where nothing is said, and at most (seconds).
pub(super) fn limits(act: &StepAct) -> (u32, u32) {
    match act {
        StepAct::Sql { .. } => (120, 60 * 60),
        StepAct::Webhook { .. } => (30, 10 * 60),
        StepAct::Program { .. } => (10 * 60, 6 * 60 * 60),
        StepAct::Wait { .. } => (60 * 60, 24 * 60 * 60),
        // A platform stops a dozen services, and starts them again.
        StepAct::Pause | StepAct::Resume => (10 * 60, 60 * 60),
    }
}

/// What is wrong with a step, said with its number.
pub(super) struct At<'a> {
    pub(super) number: usize,
    pub(super) title: &'a str,
}

impl At<'_> {
    pub(super) fn wrong(&self, what: impl std::fmt::Display, hint: impl Into<String>) -> Failure {
        Failure::invalid(format!("step {} “{}”: {what}", self.number, self.title), hint)
    }

    /// Checks its title, and that no other step has it.
    pub(super) fn title(&self, titles: &mut HashSet<String>) -> Result<(), Failure> {
        let title = self.title;
        if title.is_empty()
            || title.chars().count() > TITLE_CHARACTERS_MAX
            || title.chars().any(char::is_control)
        {
            return Err(Failure::invalid(
                format!("step {}: {title:?} cannot be a title", self.number),
                format!("Use 1 to {TITLE_CHARACTERS_MAX} characters, without line breaks."),
            ));
        }
        if !titles.insert(title.to_lowercase()) {
            return Err(self.wrong("another step has this title", "Give each step a title of its own."));
        }
        Ok(())
    }

    /// How long it may take.
    pub(super) fn timeout(&self, act: &StepAct, given: Option<u32>) -> Result<u32, Failure> {
        let (usual, most) = limits(act);
        let timeout = given.unwrap_or(usual);
        if timeout == 0 || timeout > most {
            return Err(self.wrong(
                format!("a timeout of {timeout} seconds"),
                format!("A step of this kind takes 1 to {most} seconds."),
            ));
        }
        Ok(timeout)
    }

    /// When it is done, and whether also after a failure.
    pub(super) fn when(&self, when: StepTime, also_after_failure: bool) -> Result<(), Failure> {
        if when == StepTime::Before && also_after_failure {
            return Err(self.wrong(
                "it comes before the restore, and cannot also come after a failure",
                "Mark a step after the restore, which resumes what this one pauses.",
            ));
        }
        Ok(())
    }

    /// What it does.
    pub(super) fn act(&self, act: &StepAct) -> Result<(), Failure> {
        match act {
            StepAct::Sql { statements } => self.statements(statements),
            StepAct::Webhook { url, header } => {
                self.url(url, header.is_some())?;
                header.as_ref().map_or(Ok(()), |header| self.header(&header.name))
            }
            StepAct::Program { argv } => self.argv(argv),
            StepAct::Wait { instructions } => {
                let count = instructions.chars().count();
                if instructions.trim().is_empty() || count > INSTRUCTIONS_CHARACTERS_MAX {
                    return Err(self.wrong(
                        format!("{count} characters of instructions"),
                        format!(
                            "Say in 1 to {INSTRUCTIONS_CHARACTERS_MAX} characters what the person has to do."
                        ),
                    ));
                }
                Ok(())
            }
            StepAct::Pause | StepAct::Resume => Ok(()),
        }
    }

    /// Whether the project has what it is done to.
    pub(super) fn reach(&self, project: &ProjectRecord, act: &StepAct) -> Result<(), Failure> {
        match (act, &project.platform) {
            (StepAct::Sql { .. }, _) if !project.has_database() => Err(self.wrong(
                format!("Holdfast reaches no database of {}", project.name),
                "Add the database's connection to the project first, or run a program of your own.",
            )),
            (StepAct::Pause | StepAct::Resume, None) => Err(self.wrong(
                format!("{} is on no platform", project.name),
                "Add its platform to the project first, or call a webhook.",
            )),
            (StepAct::Pause | StepAct::Resume, Some(platform)) if !platform.kind.has_pauses() => Err(self
                .wrong(
                    format!("{} has no call that pauses or resumes a project", platform.kind.name()),
                    "Call a webhook, or wait until a person has done it.",
                )),
            _ => Ok(()),
        }
    }

    fn statements(&self, statements: &[String]) -> Result<(), Failure> {
        if statements.is_empty() || statements.len() > STATEMENTS_MAX {
            return Err(self
                .wrong(format!("{} statements", statements.len()), format!("Give 1 to {STATEMENTS_MAX}.")));
        }
        for (at, statement) in statements.iter().enumerate() {
            let number = at + 1;
            let first = first_word(statement);
            if first.is_empty() || statement.len() > STATEMENT_BYTES_MAX || statement.contains('\0') {
                return Err(self.wrong(
                    format!("statement {number} is empty or too long"),
                    format!("Give one statement of at most {STATEMENT_BYTES_MAX} bytes."),
                ));
            }
            if TRANSACTION_WORDS.contains(&first.as_str()) {
                return Err(self.wrong(
                    format!("statement {number} begins with {}", first.to_uppercase()),
                    "The statements run in one transaction, which Holdfast begins and ends.",
                ));
            }
        }
        Ok(())
    }

    fn url(&self, text: &str, has_header: bool) -> Result<(), Failure> {
        const EXAMPLE: &str = "Give one like https://shop.example/hooks/pause.";
        if text.len() > URL_BYTES_MAX {
            return Err(self.wrong(format!("an address of {} bytes", text.len()), EXAMPLE));
        }
        let url = url::Url::parse(text)
            .map_err(|error| self.wrong(format!("this is no address: {error}"), EXAMPLE))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err(self.wrong(format!("the address begins with {}:", url.scheme()), EXAMPLE));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(self.wrong(
                "the address holds a user or a password",
                "Take it out; give a secret header, whose value rests in the keychain.",
            ));
        }
        if has_header && url.scheme() == "http" && !is_this_computer(&url) {
            return Err(self.wrong(
                format!("a secret header to {}, which everybody on the way could read", origin(&url)),
                "Use https, or leave the header away.",
            ));
        }
        Ok(())
    }

    fn header(&self, name: &str) -> Result<(), Failure> {
        let is_name = remote::hook::is_header_name(name);
        if !is_name || OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(self.wrong(
                format!("{name:?} cannot be the name of the secret header"),
                "Use a name as Authorization or X-Hook-Secret.",
            ));
        }
        Ok(())
    }

    fn argv(&self, argv: &[String]) -> Result<(), Failure> {
        let Some(program) = argv.first().filter(|program| !program.is_empty()) else {
            return Err(self.wrong("it names no program", "Give its path first, then its arguments."));
        };
        if !Utf8Path::new(program).is_absolute() {
            return Err(self.wrong(
                format!("{program} is no full path"),
                "Give the program's full path: it is started from the window as well as from a terminal.",
            ));
        }
        let is_odd = |argument: &String| argument.len() > ARGUMENT_BYTES_MAX || argument.contains('\0');
        if argv.len() > ARGUMENTS_MAX || argv.iter().any(is_odd) {
            return Err(self.wrong(
                "too many arguments, or a too long one",
                format!("Give at most {ARGUMENTS_MAX} of at most {ARGUMENT_BYTES_MAX} bytes each."),
            ));
        }
        Ok(())
    }
}

fn is_this_computer(url: &url::Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The first word of a statement, in small letters, after comments and spaces.
fn first_word(statement: &str) -> String {
    let mut rest = statement.trim_start_matches(|letter: char| letter.is_whitespace() || letter == ';');
    loop {
        let after = if let Some(line) = rest.strip_prefix("--") {
            line.split_once('\n').map_or("", |(_, after)| after)
        } else if let Some(inside) = rest.strip_prefix("/*") {
            after_comment(inside)
        } else {
            break;
        };
        rest = after.trim_start_matches(|letter: char| letter.is_whitespace() || letter == ';');
    }
    let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
    // A statement in brackets is one too.
    if end == 0 { rest.chars().take(1).collect() } else { rest[..end].to_lowercase() }
}

/// What follows a comment, which may hold others.
fn after_comment(mut inside: &str) -> &str {
    let mut depth = 1;
    while depth > 0 {
        let next = match (inside.find("/*"), inside.find("*/")) {
            (Some(open), Some(close)) if open < close => {
                depth += 1;
                open
            }
            (_, Some(close)) => {
                depth -= 1;
                close
            }
            _ => return "",
        };
        inside = &inside[next + 2..];
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::super::step::Header;
    use super::*;

    fn said(act: &StepAct) -> Option<String> {
        At { number: 3, title: "Pause" }.act(act).err().map(|failure| failure.message)
    }

    fn webhook(url: &str, header: Option<&str>) -> Option<String> {
        let header = header.map(|name| Header { name: name.into(), secret_id: "x".into() });
        said(&StepAct::Webhook { url: url.into(), header })
    }

    #[test]
    fn the_first_word_is_found_behind_comments() {
        assert_eq!(first_word("  -- a\n/* b /* c */ d */ Commit;"), "commit");
        assert_eq!(first_word("(select 1)"), "(");
        assert_eq!(first_word("/* only a comment"), "");
        assert_eq!(first_word(" ; ;-- nothing"), "");
    }

    #[test]
    fn statements_that_would_end_the_transaction_are_named() {
        let sql = |text: &str| said(&StepAct::Sql { statements: vec!["select 1".into(), text.into()] });
        assert_eq!(sql("/* now */ COMMIT").unwrap(), "step 3 “Pause”: statement 2 begins with COMMIT");
        assert!(sql("").unwrap().contains("statement 2 is empty"));
        assert_eq!(sql("with gone as (delete from a returning 1) select count(*) from gone"), None);
    }

    #[test]
    fn an_address_is_a_web_address_without_a_password_and_a_secret_goes_over_tls() {
        assert_eq!(webhook("https://shop.example/pause", Some("Authorization")), None);
        assert_eq!(webhook("http://127.0.0.1:8080/pause", Some("X-Key")), None);
        assert_eq!(webhook("http://[::1]/pause", Some("X-Key")), None);
        assert_eq!(webhook("http://shop.example/pause", None), None);
        assert!(
            webhook("http://shop.example/pause", Some("X-Key")).unwrap().contains("everybody on the way")
        );
        assert!(webhook("http://127.0.0.1.example/", Some("X-Key")).is_some());
        assert!(webhook("https://a:b@shop.example/", None).unwrap().contains("a user or a password"));
        assert!(webhook("file:///etc/passwd", None).unwrap().contains("begins with file:"));
        assert!(webhook("shop", None).unwrap().contains("no address"));
        assert!(webhook("https://shop.example", Some("Host")).unwrap().contains("\"Host\""));
        assert!(webhook("https://shop.example", Some("a b")).unwrap().contains("\"a b\""));
    }

    #[test]
    fn a_program_is_named_by_its_full_path() {
        let program = |argv: &[&str]| {
            said(&StepAct::Program { argv: argv.iter().map(|&text| text.to_owned()).collect() })
        };
        assert!(program(&["pause"]).unwrap().contains("pause is no full path"));
        assert!(program(&[]).unwrap().contains("names no program"));
        let path = if cfg!(windows) { r"C:\pause.exe" } else { "/opt/pause" };
        assert_eq!(program(&[path, "--now"]), None);
    }
}
