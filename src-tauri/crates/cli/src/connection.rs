//! Connections as they are typed, and how their test is shown.

use contract::api;
use contract::connection::{ConnectionView, LadderView, ParseConnection, RungState, RungView};
use contract::error::UserError;

use crate::error::failure;
use crate::table::parts;
use base::Code;

/// Reads the URL of a server. One with a password in it is refused: other users of this computer can
/// read the arguments of a process, and shells keep them.
pub(crate) fn read(text: &str) -> Result<ConnectionView, UserError> {
    let parsed = api::parse_connection(&ParseConnection { text: text.to_owned() })?;
    if parsed.password.is_some() {
        return Err(failure(
            Code::PasswordInArgv,
            "the connection string holds a password, and others on this computer can read the command line",
            "Take it out of the URL and give it with --password-stdin or --password-file FILE; change it if this computer is shared.",
        ));
    }
    Ok(parsed.connection)
}

/// One rung in one line, with what to do below it.
pub(crate) fn rung(rung: &RungView) -> String {
    let sign = match rung.state {
        RungState::Passed => "ok     ",
        RungState::Warned => "look at",
        RungState::Failed => "failed ",
        RungState::Waiting => "-      ",
    };
    let mut text = format!("{sign}  {:<12}  {}", rung.title, rung.message);
    if let Some(fix) = &rung.fix {
        text.extend(["\n           ", &fix.title, ": ", &fix.detail]);
        if let Some(sql) = &fix.sql {
            text.extend(["\n           ", sql]);
        }
    }
    text
}

/// The whole ladder in words.
pub(crate) fn ladder(view: &LadderView) -> String {
    let rungs: Vec<String> = view.rungs.iter().map(rung).collect();
    let end = if view.passed { "The connection works." } else { "The connection does not work yet." };
    parts(&[rungs.join("\n"), end.into()])
}
