//! Downloads from a server that lies, breaks, runs out and changes; the server's own counts are the judge.

mod killed;
mod links;
mod networks;
mod pull;
mod resume;
mod servers;
mod streams;
