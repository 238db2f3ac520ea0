//! SSH: one way to reach what a server does not expose.
//!
//! A [`Gateway`] is an SSH server with what signs in there. It lends connections, each to one stream at a time: a
//! stream that nobody reads would stop every other one on its connection. Streams are TCP connections that the
//! server opens for us; a [`NearEnd`] offers them to child processes on this computer.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests make and break files"))]

mod address;
mod error;
mod failure;
mod gateway;
mod host_key;
mod identity;
mod known_hosts;
mod link;
mod near_end;
mod route;
mod sftp;
mod stream;

pub use address::{Address, AddressError};
pub use error::{KeyProblem, SshError};
pub use gateway::{Gateway, gateway, provide};
pub use near_end::NearEnd;
pub use route::Route;
pub use sftp::{RemoteFacts, RemoteFile, RemoteKind, Sftp, SftpError};
pub use stream::Forwarded;
