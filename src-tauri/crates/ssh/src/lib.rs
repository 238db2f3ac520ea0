//! SSH: one way to reach what a server does not expose.
//!
//! A [`Gateway`] is an SSH server with what signs in there. It lends connections, each to one stream at a time: a
//! stream that nobody reads would stop every other one on its connection. Streams are TCP connections that the
//! server opens for us, and the output of programs that it runs; a [`NearEnd`] offers the first to child processes on
//! this computer. What is inside a [`Container`], there or here, is reached by a program that runs in it.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests make and break files"))]

mod address;
mod container;
mod error;
mod failure;
mod gateway;
mod host_key;
mod identity;
mod known_hosts;
mod link;
mod near_end;
mod route;
mod run;
mod running;
mod sftp;
mod stream;

pub use address::{Address, AddressError};
pub use container::{Container, NotAContainer};
pub use error::{ContainerProblem, KeyProblem, SshError};
pub use gateway::{Gateway, gateway, no_gateway, provide};
pub use near_end::NearEnd;
pub use route::{Route, Stream};
pub use run::{Host, Run, RunEnd};
pub use running::Running;
pub use sftp::{RemoteFacts, RemoteFile, RemoteKind, Sftp, SftpError};
