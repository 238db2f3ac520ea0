//! A judge that is not ours: Prism, which knows the published specification of Supabase's Management API.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempPath;

use crate::child::Guarded;
use crate::fixture::fixture;
use crate::peer::skip;
use crate::poll;

/// The specification, whole.
pub(super) const SPECIFICATION: &str = "supabase-api/openapi.json";

/// A server that looks at every call, and says what the specification has against it or against its answer.
#[derive(Debug)]
pub struct Prism {
    address: String,
    log: tempfile::NamedTempFile,
    _process: Guarded,
    _specification: TempPath,
}

impl Prism {
    /// Answers by itself, with what the specification says, and refuses every call that it does not allow, with 422.
    /// `None`, loudly, without Prism.
    pub async fn start() -> Option<Self> {
        Self::run("mock", None).await
    }

    /// Stands before a server, and passes calls and answers on as they are. `None`, loudly, without Prism.
    pub async fn before(server: &str) -> Option<Self> {
        Self::run("proxy", Some(server)).await
    }

    async fn run(verb: &str, server: Option<&str>) -> Option<Self> {
        let program =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../target/peers/prism/node_modules/.bin/prism");
        if !program.is_file() {
            skip("Prism is not here; `tools/setup test` brings it");
            return None;
        }
        let specification = fixture(SPECIFICATION);
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut command = Command::new(program);
        command.args([verb, "--host", "127.0.0.1", "--port", &port.to_string()]).arg(&specification);
        command.args(server).env("NO_COLOR", "1").stdout(log.reopen().unwrap()).stderr(Stdio::null());
        let child = Guarded::start(&mut command);
        poll::soon("Prism answers", async || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()).await;
        let address = format!("http://127.0.0.1:{port}");
        Some(Self { address, log, _process: child, _specification: specification })
    }

    /// Its address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What it said of each call that it answered by itself, in order: the call, and whether it may be made so.
    pub fn verdicts(&self) -> Vec<(String, bool)> {
        let mut verdicts: Vec<(String, bool)> = Vec::new();
        for line in self.said().lines() {
            if let Some(call) = received(line) {
                verdicts.push((call, false));
            } else if let (Some(last), true) =
                (verdicts.last_mut(), line.contains("passed the validation rules"))
            {
                last.1 = true;
            }
        }
        verdicts
    }

    /// What it had against the calls that it passed on, and against their answers, in order: each call, and its words.
    pub fn objections(&self) -> Vec<(String, Vec<String>)> {
        let mut calls: Vec<(String, Vec<String>)> = Vec::new();
        for line in self.said().lines() {
            if let Some(call) = received(line) {
                calls.push((call, Vec::new()));
            } else if let (Some((_, words)), Some(last)) = (line.split_once("Violation: "), calls.last_mut())
            {
                last.1.push(words.to_owned());
            }
        }
        calls
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.log.path()).unwrap()
    }
}

/// Method and path of a call that came.
fn received(line: &str) -> Option<String> {
    let (_, call) = line.split_once("[HTTP SERVER]").filter(|_| line.contains("Request received"))?;
    Some(call.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
}
