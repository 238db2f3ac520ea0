//! One way to reach a Postgres server, for the test ladder, browsing, dumps and restores alike.
//!
//! Each step (name, connection, TLS, sign-in) is its own function with its own error, so that the ladder can
//! show where a connection stops. It is not a pool, and it runs no queries but the one that makes a session
//! safe to ask in.
//! Source: Postgres docs, "libpq", chapters "Connection Strings" and "SSL Support".

mod binding;
mod bounded;
mod dial;
mod error;
mod foreign;
mod keyword;
mod negotiate;
mod parse;
mod path;
mod pooler;
mod resolve;
mod session;
mod settings;
mod supabase;
mod uri;
mod verify;
mod wire;

#[cfg(feature = "fuzz")]
pub(crate) use binding::end_point_digest;
pub use dial::{Attempt, Dialled, dial};
pub use error::{CertificateProblem, ConnectError};
pub use foreign::{ForeignError, ForeignSession};
pub use negotiate::{TlsFacts, negotiate};
pub use parse::{Defaults, ParseError, Parsed, parse, parse_with};
pub use path::{PATH_OF_ROLE, SAFE_PATH};
pub use pooler::forget_poolers;
pub(crate) use resolve::way;
pub use resolve::{Resolved, resolve};
pub use session::said;
pub use session::{Canceller, ConnectOptions, Session, connect, connect_over};
pub use settings::{Settings, TlsMode};
pub use supabase::{
    SUPABASE_SESSION_PORT, SUPABASE_TRANSACTION_PORT, refuse_transaction_pooler, session_address,
};
pub(crate) use supabase::{is_transaction_pooler, project_of_server};
pub use wire::{AnyStream, Peer, Wire};
