//! What `pg_restore` says, sorted by what is known of it. What is not known is an error.
//!
//! It tells no SQLSTATE: libpq prints one only when a program asks for it, and this one does not. But it says which
//! statement failed, and of which entry of the archive; what is known is known of those statements alone. Where a
//! function was running, whatever it said is not known: it may say anything.

use crate::target::quote_identifier;

/// How a known message is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noise {
    /// Always so, and without consequence.
    Expected,
    /// Something of the original is missing here, and the data is not affected.
    Degraded,
}

/// A message that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// How it is to be taken.
    pub noise: Noise,
    /// Its text.
    pub text: String,
}

/// What each of its messages begins with.
const PREFIX: &str = "pg_restore: ";
/// What an older server says of a parameter that a newer `pg_restore` sets, once for each session. A message is
/// written in pieces, and this is the last piece of it.
const TIMEOUT: &str = "could not execute query: ERROR:  unrecognized configuration parameter \"transaction_timeout\"\nCommand was: SET transaction_timeout = 0;\n";
/// The pieces before it.
const PIECES: [&str; 3] = ["pg_restore:", "error:", " "];
/// The count at its end, without the number.
const IGNORED: &str = "warning: errors ignored on restore: ";
/// What stands before the statement, on a line of its own.
const COMMAND: &str = "\nCommand was: ";
/// What a statement ends with that is longer than it shows.
const CUT: &str = "...";
/// Statements that name roles, which live in the server and not in the database. None of them runs a function.
const OF_ROLES: &[&str] = &[
    "GRANT ",
    "REVOKE ",
    "ALTER DEFAULT PRIVILEGES ",
    "SET SESSION AUTHORIZATION ",
    "CREATE POLICY ",
    "CREATE USER MAPPING ",
];
/// Kinds of entries that are made by CREATE, so that what is altered of one is its owner.
const CREATED: &[&str] = &[
    "AGGREGATE ",
    "COLLATION ",
    "DOMAIN ",
    "FOREIGN TABLE ",
    "FUNCTION ",
    "MATERIALIZED VIEW ",
    "OPERATOR ",
    "PROCEDURE ",
    "SCHEMA ",
    "SEQUENCE ",
    "TABLE ",
    "TEXT SEARCH ",
    "TYPE ",
    "VIEW ",
];
/// What belongs to a superuser or to nobody.
const MADE_BY_SUPERUSERS: &[&str] =
    &["ALTER EVENT TRIGGER ", "ALTER FOREIGN DATA WRAPPER ", "ALTER PUBLICATION ", "ALTER SUBSCRIPTION "];
/// Kinds that only begin like one of those.
const NOT_CREATED: &[&str] = &["TABLE ATTACH ", "TABLE DATA ", "SEQUENCE OWNED BY ", "SEQUENCE SET "];

/// An error, with what is said of how it came about.
struct Said<'a> {
    /// What the server said, its first line.
    text: &'a str,
    /// The beginning of the statement.
    command: Option<&'a str>,
    /// Kind, name and owner of the archive's entry.
    entry: Option<&'a str>,
    /// Whether a function was running.
    is_of_code: bool,
}

/// Sorts what a tool said: known messages, and those that are not.
pub(super) fn sort(stderr: &str) -> (Vec<Message>, Vec<String>) {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    let mut entry = None;
    for block in blocks(stderr) {
        if let Some(said) = Said::read(block, entry) {
            match said.noise() {
                Some(noise) => known.push(Message { noise, text: said.text.to_owned() }),
                None => unknown.push(said.text.to_owned()),
            }
        } else if block.contains(COMMAND) {
            // Only errors name a statement: this is the rest of a message that was made to look like two.
            unknown.push(block.lines().next().unwrap_or_default().to_owned());
        } else if let Some((_, of)) = block.split_once("from TOC entry ") {
            // Behind its number and those of its object.
            entry = of.lines().next().and_then(|of| of.split_once("; ")?.1.splitn(3, ' ').nth(2));
        }
    }
    (known, unknown)
}

/// The same of several workers, which write at once and into each other's messages. Only what each of them says as it
/// connects is known; beside anything else, nothing is.
pub(super) fn sort_of_workers(stderr: &str) -> (Vec<Message>, Vec<String>) {
    let stderr = stderr.replace("\r\n", "\n");
    let times = stderr.matches(TIMEOUT).count();
    let rest = stderr.replace(TIMEOUT, "");
    let mut more =
        rest.lines().map(behind_pieces).filter(|line| !line.is_empty() && !line.starts_with(IGNORED));
    let Some(first) = more.next() else {
        return (sort(&format!("{PREFIX}error: {TIMEOUT}").repeat(times)).0, Vec::new());
    };
    let (known, mut unknown) = sort(&rest);
    unknown.extend(known.into_iter().map(|message| message.text));
    if unknown.is_empty() {
        unknown.push(first.to_owned());
    }
    (Vec::new(), unknown)
}

/// A line without what messages begin with.
fn behind_pieces(mut line: &str) -> &str {
    while let Some(after) = PIECES.iter().find_map(|piece| line.strip_prefix(piece)) {
        line = after;
    }
    line
}

/// How many errors `pg_restore` went past, by its own count at its end.
pub(super) fn errors_ignored(stderr: &str) -> Option<usize> {
    let count = stderr.lines().rev().find_map(|line| line.strip_prefix(PREFIX)?.strip_prefix(IGNORED));
    count?.trim().parse().ok()
}

/// Its messages, each with the lines that belong to it.
fn blocks(stderr: &str) -> Vec<&str> {
    let mut starts = Vec::new();
    let mut at = 0;
    for line in stderr.split_inclusive('\n') {
        if line.starts_with(PREFIX) {
            starts.push(at);
        }
        at += line.len();
    }
    starts.push(stderr.len());
    starts.windows(2).map(|pair| &stderr[pair[0]..pair[1]]).collect()
}

impl<'a> Said<'a> {
    /// Reads an error; other messages are progress, hints and warnings.
    fn read(block: &'a str, entry: Option<&'a str>) -> Option<Self> {
        let (_, said) = block.split_once("pg_restore: error: ")?;
        let text = said.lines().next().unwrap_or_default();
        let text = text.split_once("ERROR:").map_or(text, |(_, server)| server).trim();
        let mut commands = said.split(COMMAND).skip(1);
        // Two of them are a name or a message that holds another one: nobody can tell which is meant.
        let command = commands.next().filter(|_| commands.next().is_none()).map(str::trim_end);
        Some(Self { text, command, entry, is_of_code: said.contains("\nCONTEXT:") })
    }

    /// How it is to be taken, where it is known.
    fn noise(&self) -> Option<Noise> {
        let command = self.command.filter(|_| !self.is_of_code)?;
        let begins = |with: &str| command.starts_with(with);
        let expected = match self.text {
            // Every new database has it.
            "schema \"public\" already exists" => begins("CREATE SCHEMA public;"),
            // Written by a newer pg_dump for a parameter that an older server does not know.
            "unrecognized configuration parameter \"transaction_timeout\"" => {
                begins("SET transaction_timeout ")
            }
            text => text.starts_with("must be owner of extension ") && begins("COMMENT ON EXTENSION "),
        };
        if expected {
            return Some(Noise::Expected);
        }
        // Owners and grantees live in the server; publications and event triggers need rights that a restorer need
        // not have.
        let degraded = match self.text {
            "permission denied to change default privileges" => begins("ALTER DEFAULT PRIVILEGES "),
            "must be superuser to create FOR ALL TABLES publication" => begins("CREATE PUBLICATION "),
            text if text.starts_with("permission denied to create event trigger ") => {
                begins("CREATE EVENT TRIGGER ")
            }
            // Only superusers may own these, and a role that is made here is none.
            text if text.starts_with("permission denied to change owner of ") => {
                MADE_BY_SUPERUSERS.iter().any(|statement| begins(statement))
            }
            // Rights to what an extension made are its maker's to give, and those that another gave that one's.
            text if text.starts_with("permission denied to set session authorization") => {
                begins("SET SESSION AUTHORIZATION ")
            }
            text if text.starts_with("event trigger \"") && text.ends_with(" does not exist") => {
                begins("COMMENT ON EVENT TRIGGER ") || begins("ALTER EVENT TRIGGER ")
            }
            // A function that an extension had, and does not make here.
            text if is_of_nothing(text) || text.starts_with("permission denied for ") => {
                begins("GRANT ") || begins("REVOKE ")
            }
            text => role(text).is_some_and(|role| {
                OF_ROLES.iter().any(|statement| begins(statement)) || self.is_of_owner(command, role)
            }),
        };
        degraded.then_some(Noise::Degraded)
    }

    /// Whether the statement gives an object to this role.
    fn is_of_owner(&self, command: &str, role: &str) -> bool {
        if !command.starts_with("ALTER ") {
            return false;
        }
        if command.ends_with(CUT) {
            let is_of = |kinds: &[&str]| {
                self.entry.is_some_and(|entry| kinds.iter().any(|kind| entry.starts_with(kind)))
            };
            return is_of(CREATED) && !is_of(NOT_CREATED);
        }
        let owner = command.rsplit_once(" OWNER TO ").map(|(_, owner)| owner);
        owner.is_some_and(|owner| {
            owner == format!("{role};") || owner == format!("{};", quote_identifier(role))
        })
    }
}

/// Whether something is not there that an extension makes: what the archive makes has failed by itself then.
fn is_of_nothing(text: &str) -> bool {
    let kinds = ["function ", "procedure ", "aggregate ", "relation ", "type "];
    text.ends_with(" does not exist") && kinds.iter().any(|kind| text.starts_with(kind))
}

/// The role that a message misses, or that the restorer does not belong to.
fn role(text: &str) -> Option<&str> {
    let missing = text.strip_prefix("role \"").and_then(|rest| rest.strip_suffix("\" does not exist"));
    let of = |begin: &str| text.strip_prefix(begin).and_then(|rest| rest.strip_suffix('"'));
    missing.or_else(|| of("must be member of role \"")).or_else(|| of("must be able to SET ROLE \""))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An error as `pg_restore` says it.
    fn error(entry: &str, said: &str, command: &str) -> String {
        format!(
            "pg_restore: from TOC entry 215; 1259 16385 {entry}\n\
             pg_restore: error: could not execute query: ERROR:  {said}\nCommand was: {command}\n\n\n"
        )
    }

    fn noise(entry: &str, said: &str, command: &str) -> Option<Noise> {
        let (known, unknown) = sort(&error(entry, said, command));
        assert_eq!(known.len() + unknown.len(), 1, "{known:?} {unknown:?}");
        known.first().map(|message| message.noise)
    }

    #[test]
    fn known_noise_is_told_from_errors() {
        let said = format!(
            "pg_restore: connecting\npg_restore: while PROCESSING TOC:\n{}{}pg_restore: warning: errors ignored on restore: 2\n",
            error("TABLE t me", "role \"gone\" does not exist", "ALTER TABLE public.t OWNER TO gone;"),
            error(
                "TABLE x me",
                "relation \"x\" already exists",
                "CREATE TABLE public.x (\n    i integer\n);"
            ),
        );
        let (known, unknown) = sort(&said);
        assert_eq!(known, [Message { noise: Noise::Degraded, text: "role \"gone\" does not exist".into() }]);
        assert_eq!(unknown, ["relation \"x\" already exists"]);
    }

    #[test]
    fn owners_and_rights_of_roles_that_are_missing_are_known_of_their_own_statements() {
        let missing = "role \"gone\" does not exist";
        let acl = "REVOKE ALL ON TABLE public.t FROM me;\nGRANT SELECT ON TABLE public.t TO gone;";
        for (entry, command) in [
            ("ACL public TABLE t me", acl),
            (
                "DEFAULT ACL public DEFAULT PRIVILEGES me",
                "ALTER DEFAULT PRIVILEGES FOR ROLE gone IN SCHEMA public",
            ),
            ("POLICY t mine me", "CREATE POLICY mine ON public.t TO gone USING (true);"),
            ("VIEW v gone", "ALTER VIEW public.v OWNER TO \"gone\";"),
            ("FUNCTION f(a, b) gone", "ALTER FUNCTION public.f(a double precision, b double pre..."),
        ] {
            assert_eq!(noise(entry, missing, command), Some(Noise::Degraded), "{command}");
        }
        let public = noise("SCHEMA public me", "schema \"public\" already exists", "CREATE SCHEMA public;");
        assert_eq!(public, Some(Noise::Expected));
        let set = "unrecognized configuration parameter \"transaction_timeout\"";
        assert_eq!(noise("ENCODING ENCODING ", set, "SET transaction_timeout = 0;"), Some(Noise::Expected));
        let trigger = "permission denied to create event trigger \"e\"\nHINT:  Must be superuser.";
        let create = "CREATE EVENT TRIGGER e ON ddl_command_end";
        assert_eq!(noise("EVENT TRIGGER e me", trigger, create), Some(Noise::Degraded));
    }

    #[test]
    fn what_workers_write_into_each_other_is_known_however_its_pieces_fall() {
        let ignored = format!("{PREFIX}{IGNORED}2\n");
        for said in [
            String::new(),
            format!("pg_restore: error: {TIMEOUT}pg_restore: error: {TIMEOUT}{ignored}"),
            format!("pg_restore:pg_restore:  error: error: {TIMEOUT}{TIMEOUT}{ignored}"),
            format!("pg_restore: error: pg_restore: {TIMEOUT}error: {TIMEOUT}{ignored}"),
            format!("pg_restore: error: pg_restore:{TIMEOUT} error: {TIMEOUT}{ignored}")
                .replace('\n', "\r\n"),
        ] {
            let (known, unknown) = sort_of_workers(&said);
            assert_eq!(unknown, [] as [&str; 0], "{said}");
            assert_eq!(known.len(), said.matches("SET transaction_timeout").count());
            assert!(known.iter().all(|message| message.noise == Noise::Expected));
        }
    }

    #[test]
    fn no_error_hides_between_the_pieces_of_what_several_workers_say() {
        let failed = "could not execute query: ERROR:  could not create unique index \"i\"\nDETAIL:  Key (id)=(1) is duplicated.\nCommand was: CREATE UNIQUE INDEX i;\n";
        let owner =
            error("INDEX i me", "role \"gone\" does not exist", "ALTER TABLE public.t OWNER TO gone;");
        for said in [
            format!("pg_restore: error: pg_restore: error: {TIMEOUT}{failed}"),
            format!("pg_restore:pg_restore:  error: error: {failed}{TIMEOUT}"),
            format!("pg_restore:pg_restore:  error: {TIMEOUT}error: {failed}{PREFIX}{IGNORED}2\n"),
            format!("pg_restore: error: {TIMEOUT}pg_restore: error: a worker process died unexpectedly\n"),
            format!("pg_restore: error: {TIMEOUT}pg_restore: error: {TIMEOUT}{}", &TIMEOUT[..40]),
            format!("pg_restore: error: {TIMEOUT}{owner}{PREFIX}{IGNORED}2\n"),
        ] {
            let (known, unknown) = sort_of_workers(&said);
            assert_eq!((known, unknown.is_empty()), (Vec::new(), false), "{said}");
        }
    }

    #[test]
    fn an_object_that_failed_is_an_error_whatever_its_code_says() {
        let missing = "role \"gone\" does not exist";
        let index = "CREATE INDEX i ON public.t USING btree (public.f(note));";
        let raised = format!("{missing}\nCONTEXT:  PL/pgSQL function public.f(text) line 1 at RAISE");
        let forged = format!("{missing}\nCommand was: GRANT SELECT ON TABLE public.t TO gone;");
        let forged_in_two = format!("{forged}\npg_restore: done");
        for (entry, said, command) in [
            ("INDEX i me", missing, index),
            ("INDEX i me", raised.as_str(), index),
            ("INDEX i me", forged.as_str(), index),
            (
                "CONSTRAINT c me",
                missing,
                "ALTER TABLE public.t\n    ADD CONSTRAINT c CHECK ((note <> ' OWNER TO gone'));",
            ),
            (
                "CONSTRAINT c me",
                missing,
                "ALTER TABLE public.with_a_name_so_long_that_the_rest_of_it_is_not_seen...",
            ),
            ("TABLE ATTACH t part me", missing, "ALTER TABLE ONLY public.t ATTACH PARTITION public.part..."),
            ("TABLE t me", "role \"other\" does not exist", "ALTER TABLE public.t OWNER TO gone;"),
            ("MATERIALIZED VIEW DATA m me", missing, "REFRESH MATERIALIZED VIEW public.m;"),
        ] {
            assert_eq!(noise(entry, said, command), None, "{said}: {command}");
        }
        let (_, unknown) = sort(&error("INDEX i me", &forged_in_two, index));
        assert_eq!(unknown, ["pg_restore: done"]);
        let (known, _) = sort("pg_restore: error: role \"gone\" does not exist\n");
        assert!(known.is_empty(), "no statement is named");
    }
}
