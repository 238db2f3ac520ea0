//! A judge of requests: Prism, serving the published specification of Supabase's Management API.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::child::Guarded;
use crate::peer::{skip, test_data};
use crate::poll;

/// The specification; it is not in the repository.
const SPECIFICATION: &str = "supabase-management-openapi.json";

/// A server that refuses every request that the specification does not allow, with 422.
#[derive(Debug)]
pub struct Prism {
    address: String,
    log: tempfile::NamedTempFile,
    _process: Guarded,
}

impl Prism {
    /// Starts one; `None`, loudly, without the specification or without Prism.
    pub async fn start() -> Option<Self> {
        let specification = test_data(SPECIFICATION)?;
        let program =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../target/peers/prism/node_modules/.bin/prism");
        if !program.is_file() {
            skip("Prism is not here; `tools/setup test` brings it");
            return None;
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut command = Command::new(program);
        command.args(["mock", "--host", "127.0.0.1", "--port", &port.to_string()]).arg(specification);
        command.env("NO_COLOR", "1").stdout(log.reopen().unwrap()).stderr(Stdio::null());
        let process = Guarded::start(&mut command);
        poll::soon("Prism answers", async || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()).await;
        Some(Self { address: format!("http://127.0.0.1:{port}"), log, _process: process })
    }

    /// Its address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What it said of each request, in order: the call, and whether it may be made so.
    pub fn verdicts(&self) -> Vec<(String, bool)> {
        let text = std::fs::read_to_string(self.log.path()).unwrap();
        let mut verdicts: Vec<(String, bool)> = Vec::new();
        for line in text.lines() {
            if let (Some(at), true) = (line.find("[HTTP SERVER]"), line.contains("Request received")) {
                let call = line[at + "[HTTP SERVER]".len()..].split_whitespace().take(2);
                verdicts.push((call.collect::<Vec<_>>().join(" "), false));
            } else if let (Some(last), true) =
                (verdicts.last_mut(), line.contains("passed the validation rules"))
            {
                last.1 = true;
            }
        }
        verdicts
    }
}
