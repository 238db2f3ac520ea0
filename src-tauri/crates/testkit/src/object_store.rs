//! An object store that speaks S3: a simulator (`moto`), whose account is asked for nothing.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use crate::child::Guarded;
use crate::peer::{find_program, peers, skip};
use crate::poll;

/// A running store on the loopback; it ends with this.
#[derive(Debug)]
pub struct ObjectStore {
    port: u16,
    _process: Guarded,
}

impl ObjectStore {
    /// Starts one; `None`, loudly, where it was not fetched.
    pub async fn start() -> Option<Self> {
        let python = find_program("python3")?;
        let Some(packages) = peers().map(|peers| peers.join("moto")).filter(|there| there.is_dir()) else {
            skip("the simulator of an object store was not fetched: tools/setup test");
            return None;
        };
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(python);
        command.env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1").args(["-m", "moto.server"]);
        command
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut process = Guarded::start(&mut command);
        poll::until("the object store answers", async || {
            assert!(process.child().try_wait().unwrap().is_none(), "the object store ended");
            std::net::TcpStream::connect(("127.0.0.1", port)).ok()
        })
        .await;
        Some(Self { port, _process: process })
    }

    /// Its address.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Makes a bucket.
    pub fn make_bucket(&self, bucket: &str) {
        assert_eq!(self.ask("PUT", bucket, &[], &[]), 200, "{bucket}");
    }

    /// Puts an object with a type, a cache control and a note of its owner.
    pub fn put(&self, bucket: &str, key: &str, content: impl AsRef<[u8]>) {
        let told =
            [("content-type", "text/x-shop"), ("cache-control", "max-age=60"), ("x-amz-meta-owner", "anna")];
        self.put_told(bucket, key, &told, content);
    }

    /// Puts an object of which readers are told this.
    pub fn put_told(&self, bucket: &str, key: &str, told: &[(&str, &str)], content: impl AsRef<[u8]>) {
        assert_eq!(self.ask("PUT", &format!("{bucket}/{key}"), told, content.as_ref()), 200, "{key}");
    }

    /// An object: what its readers are told, by the names of the headers, and its bytes.
    pub fn object(&self, bucket: &str, key: &str) -> Option<(BTreeMap<String, String>, Vec<u8>)> {
        let (status, headers, bytes) = self.send("GET", &encoded(&format!("{bucket}/{key}")), &[], &[]);
        (status == 200).then_some((headers, bytes))
    }

    /// How many objects were begun in parts, and neither completed nor given up.
    pub fn unfinished(&self, bucket: &str) -> usize {
        let (_, _, listed) = self.send("GET", &format!("{}?uploads", encoded(bucket)), &[], &[]);
        String::from_utf8_lossy(&listed).matches("<UploadId>").count()
    }

    /// Removes an object.
    pub fn remove(&self, bucket: &str, key: &str) {
        assert_eq!(self.ask("DELETE", &format!("{bucket}/{key}"), &[], &[]), 204, "{key}");
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> u16 {
        self.send(method, &encoded(path), headers, body).0
    }

    /// The answer to a request of some account, whose signature the simulator does not look at.
    fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> (u16, BTreeMap<String, String>, Vec<u8>) {
        let headers: Vec<String> =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let headers = headers.concat();
        let head = format!(
            "{method} /{path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n\
             authorization: AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/us-east-1/s3/aws4_request, \
             SignedHeaders=host, Signature=0\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
            self.port,
            body.len()
        );
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer with a head");
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let told = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let told = told.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        (status.unwrap_or_else(|| panic!("{head:?}")), told, answer.split_off(end + 4))
    }
}

/// A path as an address has it.
fn encoded(path: &str) -> String {
    let byte = |byte: u8| match byte {
        b'/' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    path.bytes().map(byte).collect()
}
