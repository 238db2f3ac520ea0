//! A session over which text from elsewhere goes, statement by statement.
//!
//! Each statement is sent by the extended protocol, which takes one and no more: where we cut otherwise than
//! the server reads, it says so. What we read depends on two settings of the session, so they are looked at in
//! what the server reports, in the same task that asks, before anything else is sent: text in another encoding
//! than UTF-8, or with other quotes than its reader took them for, never reaches the server. Neither does
//! anything once the session belongs to a superuser.
//!
//! It is for a private server: it looks for no pooler, and its path is the one that such text expects.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

use bytes::Bytes;
use futures_util::SinkExt as _;
use tokio_postgres::{Client, Connection, CopyInSink, Error};

use super::error::ConnectError;
use super::session::{ConnectOptions, signed_in_by_hand};
use super::wire::Wire;
use crate::target::Target;

/// What its sessions begin with and fall back to, whatever a statement stored for the role or the database.
/// The encoding is set by the client itself.
const BEGINS_WITH: &str = "-c search_path=public -c standard_conforming_strings=on -c TimeZone=UTC";
const ENCODING: &str = "client_encoding";
const STRINGS: &str = "standard_conforming_strings";
const SUPERUSER: &str = "is_superuser";

/// Why a statement did not go through.
#[derive(Debug, thiserror::Error)]
pub enum ForeignError {
    /// No session.
    #[error("the private server cannot be reached")]
    Connect(#[from] ConnectError),
    /// What the server said.
    #[error("{}", super::said(.0))]
    Server(#[from] Error),
    /// A setting on which the reading of the text depends is not what the text says, or the session gained
    /// rights.
    #[error("it made {setting} of its session {value}, which it may not do in this way")]
    Changed {
        /// The setting.
        setting: &'static str,
        /// What the server says that it is.
        value: String,
    },
    /// The server ended the session.
    #[error("the server ended the session")]
    Ended,
    /// Rows came outside of a COPY.
    #[error("rows came where none are expected")]
    NoCopy,
}

/// The session.
pub struct ForeignSession {
    client: Client,
    connection: Connection<Wire, Wire>,
    copy: Option<Pin<Box<CopyInSink<Bytes>>>>,
}

impl ForeignSession {
    /// Opens one, as the target's role.
    ///
    /// # Errors
    /// Why there is none; that the role is a superuser.
    pub async fn open(target: &Target) -> Result<Self, ForeignError> {
        let options = ConnectOptions::new(target.application.clone());
        let (client, connection) =
            signed_in_by_hand(&target.settings, target.password.as_ref(), &options, BEGINS_WITH).await?;
        if let Some(changed) = changed(&connection) {
            return Err(changed);
        }
        Ok(Self { client, connection, copy: None })
    }

    /// Runs one statement; what it returns is thrown away. `has_standard_strings` is what its reader takes the
    /// setting for behind it.
    ///
    /// # Errors
    /// What the server said, or has become.
    pub async fn execute(&mut self, sql: &str, has_standard_strings: bool) -> Result<(), ForeignError> {
        drive(&mut self.connection, self.client.execute_typed(sql, &[])).await?;
        self.agree(has_standard_strings)
    }

    fn agree(&self, has_standard_strings: bool) -> Result<(), ForeignError> {
        let expected = if has_standard_strings { "on" } else { "off" };
        match self.connection.parameter(STRINGS) {
            Some(value) if value != expected => {
                Err(ForeignError::Changed { setting: STRINGS, value: value.to_owned() })
            }
            _ => Ok(()),
        }
    }

    /// Begins a `COPY … FROM stdin`.
    ///
    /// # Errors
    /// As `execute`.
    pub async fn copy(&mut self, sql: &str) -> Result<(), ForeignError> {
        let sink = drive(&mut self.connection, self.client.copy_in::<_, Bytes>(sql)).await?;
        self.copy = Some(Box::pin(sink));
        Ok(())
    }

    /// Gives it rows.
    ///
    /// # Errors
    /// As `execute`.
    pub async fn rows(&mut self, rows: Vec<u8>) -> Result<(), ForeignError> {
        let sink = self.copy.as_mut().ok_or(ForeignError::NoCopy)?;
        drive(&mut self.connection, sink.send(Bytes::from(rows))).await
    }

    /// Ends it; the rows that went in.
    ///
    /// # Errors
    /// As `execute`.
    pub async fn rows_end(&mut self) -> Result<u64, ForeignError> {
        let mut sink = self.copy.take().ok_or(ForeignError::NoCopy)?;
        let count = drive(&mut self.connection, sink.as_mut().finish()).await?;
        // What a trigger changed is reported behind the end of the rows: an empty statement waits for it.
        drive(&mut self.connection, self.client.execute_typed("", &[])).await?;
        Ok(count)
    }

    /// Says goodbye.
    pub async fn close(self) {
        let Self { client, mut connection, copy } = self;
        drop((client, copy));
        let goodbye = poll_fn(|cx| {
            loop {
                match connection.poll_message(cx) {
                    Poll::Ready(Some(Ok(_))) => {}
                    Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(()),
                    Poll::Pending => return Poll::Pending,
                }
            }
        });
        let _ = tokio::time::timeout(super::session::GOODBYE, goodbye).await;
    }
}

/// Drives the connection and the work in turns, so that what the server reports is looked at before the work
/// goes on.
async fn drive<T>(
    connection: &mut Connection<Wire, Wire>,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, ForeignError> {
    let mut work = pin!(work);
    poll_fn(|cx| {
        loop {
            match connection.poll_message(cx) {
                // Notices, and what others tell.
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(ForeignError::Server(error))),
                Poll::Ready(None) => return Poll::Ready(Err(ForeignError::Ended)),
                Poll::Pending => break,
            }
        }
        if let Some(changed) = changed(connection) {
            return Poll::Ready(Err(changed));
        }
        work.as_mut().poll(cx).map_err(ForeignError::Server)
    })
    .await
}

/// What the session may at no time be.
fn changed(connection: &Connection<Wire, Wire>) -> Option<ForeignError> {
    let is_other = |setting: &'static str, allowed: &str| {
        let value = connection.parameter(setting)?;
        (value != allowed).then(|| ForeignError::Changed { setting, value: value.to_owned() })
    };
    is_other(ENCODING, "UTF8").or_else(|| is_other(SUPERUSER, "off"))
}
