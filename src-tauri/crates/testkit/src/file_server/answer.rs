//! One answer of the file server.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::serving::{Encoded, Marked, Parts, Said, Serving};
use super::{Content, Shared, lock};

/// Written at once; less where the rate is limited, so that it is even.
const PIECE_BYTES: u64 = 256 * 1024;
const PIECE_BYTES_PACED: u64 = 16 * 1024;
/// So much of a line that was not used is not lost.
const CATCH_UP: Duration = Duration::from_millis(50);
/// What is too much where more is given than said.
const SURPLUS: &[u8] = b"surplus!";
/// A time of change long ago.
const MODIFIED: &str = "Sat, 21 Nov 2026 08:00:00 GMT";
const DATE: &str = "Sat, 21 Nov 2026 12:00:00 GMT";

/// The bytes of an answer.
struct Body<'a> {
    content: &'a Content,
    at: u64,
    end: u64,
    is_chunked: bool,
    surplus: bool,
}

impl Shared {
    /// Answers a request; whether the connection goes on.
    pub(super) fn answer(&self, client: &mut TcpStream, path: &str, head: &str) -> bool {
        let serving = lock(&self.serving).clone();
        if let Some((status, wait)) = lock(&self.serving).first.pop_front() {
            let wait = wait.map_or_else(String::new, |wait| format!("retry-after: {wait}\r\n"));
            return self.short(client, path, head, status, &wait);
        }
        if let Some(hop) = path.strip_prefix("/hop/") {
            let name = hop.split('?').next().unwrap_or_default();
            let to = serving.hops.iter().find(|(known, _)| known == name).map(|(_, to)| to.as_str());
            return match to {
                Some(to) => self.short(client, path, head, 302, &format!("location: {to}\r\n")),
                None => self.short(client, path, head, 404, ""),
            };
        }
        if !self.is_alive(path, &serving) {
            return self.short(client, path, head, 403, "");
        }
        self.file(client, path, head, serving)
    }

    fn short(&self, client: &mut TcpStream, path: &str, head: &str, status: u16, headers: &str) -> bool {
        self.note(path, head, status);
        let text = format!("HTTP/1.1 {status} So\r\n{headers}content-length: 4\r\n\r\nnope");
        client.write_all(text.as_bytes()).is_ok()
    }

    fn file(&self, client: &mut TcpStream, path: &str, head: &str, mut serving: Serving) -> bool {
        if serving.encoded == Encoded::Gzip {
            return self.encoded(client, path, head, &serving);
        }
        let total = serving.content.bytes();
        let asked = asked(head, &serving, total);
        if serving.parts == Parts::RefusedAtFirst && asked.is_some() {
            lock(&self.serving).parts = Parts::Honoured;
        }
        let is_refused = asked.is_some_and(|(start, _)| start >= total)
            || (serving.parts == Parts::RefusedAtFirst && asked.is_some());
        if is_refused {
            return self.short(client, path, head, 416, &format!("content-range: bytes */{total}\r\n"));
        }
        let mut headers = marks(&serving);
        let (status, mut start, mut end) = match asked {
            Some((start, end)) => (206, start, end),
            None => (200, 0, total),
        };
        match serving.parts {
            Parts::AtMost(most) if status == 206 => end = end.min(start + most),
            Parts::Shifted if status == 206 && start > 0 => start -= 1,
            _ => {}
        }
        if serving.parts != Parts::Ignored {
            headers.push_str("accept-ranges: bytes\r\n");
        }
        if status == 206 {
            let _ = write!(headers, "content-range: bytes {start}-{}/{total}\r\n", end - 1);
        }
        if serving.encoded == Encoded::InName {
            headers.push_str("content-encoding: gzip\r\n");
        }
        let surplus = serving.parts == Parts::TooMany && status == 206;
        let is_chunked = serving.said == Said::Nothing || surplus;
        match serving.said {
            _ if is_chunked => headers.push_str("transfer-encoding: chunked\r\n"),
            Said::Claimed(bytes) if status == 200 => {
                let _ = write!(headers, "content-length: {bytes}\r\n");
            }
            _ => {
                let _ = write!(headers, "content-length: {}\r\n", end - start);
            }
        }
        let ask = self.note(path, head, status);
        let text = format!("HTTP/1.1 {status} So\r\n{headers}\r\n");
        let content = serving.content.clone();
        let body = Body { content: &content, at: start, end, is_chunked, surplus };
        let claims = matches!(serving.said, Said::Claimed(_));
        serving.first.clear();
        client.write_all(text.as_bytes()).is_ok() && self.body(client, ask, path, &body, &serving) && !claims
    }

    fn body(
        &self,
        client: &mut TcpStream,
        ask: usize,
        path: &str,
        body: &Body<'_>,
        serving: &Serving,
    ) -> bool {
        let cut = self.take(|serving| &mut serving.cuts);
        let stall = self.take(|serving| &mut serving.stalls);
        let (mut at, begin) = (body.at, Instant::now());
        while at < body.end {
            let sent = at - body.at;
            if cut.is_some_and(|cut| sent >= cut) || !self.is_alive(path, serving) {
                return false;
            }
            if stall.is_some_and(|stall| sent >= stall) {
                return wait_for_the_other_side(client);
            }
            let (rate, line_rate) = {
                let serving = lock(&self.serving);
                (serving.rate, serving.line_rate)
            };
            if let Some(rate) = rate {
                std::thread::sleep(time_of(sent, rate).saturating_sub(begin.elapsed()));
            }
            let most = if rate.is_some() || line_rate.is_some() { PIECE_BYTES_PACED } else { PIECE_BYTES };
            if let Some(line_rate) = line_rate {
                self.wait_for_the_line(time_of(most, line_rate));
            }
            let until = [cut, stall].into_iter().flatten().min().map_or(u64::MAX, |most| most - sent);
            let piece = body.content.piece(at, most.min(body.end - at).min(until));
            let written =
                if body.is_chunked { chunk(client, piece) } else { client.write_all(piece).is_ok() };
            if !written {
                return false;
            }
            at += piece.len() as u64;
            self.sent(ask, piece.len() as u64);
        }
        if body.surplus && !chunk(client, SURPLUS) {
            return false;
        }
        !body.is_chunked || client.write_all(b"0\r\n\r\n").is_ok()
    }

    /// Waits until this much time of the line is ours.
    fn wait_for_the_line(&self, takes: Duration) {
        let due = {
            let mut next = lock(&self.line);
            // A thread that slept too long may catch up: the line was free meanwhile.
            let now = Instant::now();
            *next = (*next).max(now.checked_sub(CATCH_UP).unwrap_or(now)) + takes;
            *next
        };
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }

    /// One of the answers that end early, while there are any.
    fn take(&self, of: impl FnOnce(&mut Serving) -> &mut (u32, u64)) -> Option<u64> {
        let mut serving = lock(&self.serving);
        let (left, bytes) = of(&mut serving);
        (*left > 0).then(|| {
            *left -= 1;
            *bytes
        })
    }

    /// The whole, encoded.
    fn encoded(&self, client: &mut TcpStream, path: &str, head: &str, serving: &Serving) -> bool {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&serving.content.to_vec()).unwrap();
        let bytes = encoder.finish().unwrap();
        let ask = self.note(path, head, 200);
        let text = format!(
            "HTTP/1.1 200 So\r\n{}content-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
            marks(serving),
            bytes.len()
        );
        let cut = self.take(|serving| &mut serving.cuts);
        let sent = cut.map_or(bytes.len(), |cut| usize::try_from(cut).unwrap().min(bytes.len()));
        let is_written =
            client.write_all(text.as_bytes()).is_ok() && client.write_all(&bytes[..sent]).is_ok();
        self.sent(ask, sent as u64);
        is_written && cut.is_none()
    }
}

fn time_of(bytes: u64, rate: u64) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "a time to sleep")]
    let seconds = bytes as f64 / rate as f64;
    Duration::from_secs_f64(seconds)
}

/// The range that is to be given, if one is.
fn asked(head: &str, serving: &Serving, total: u64) -> Option<(u64, u64)> {
    let value = |name: &str| {
        head.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    if matches!(serving.parts, Parts::Ignored | Parts::Promised) {
        return None;
    }
    let range = value("range")?;
    let mark = match serving.marked {
        Marked::Strong => format!("\"v{}\"", serving.version),
        _ => MODIFIED.to_owned(),
    };
    if value("if-range").is_some_and(|known| known != mark) {
        return None;
    }
    let (start, end) = range.strip_prefix("bytes=")?.split_once('-')?;
    let end = end.parse::<u64>().map_or(total, |end| (end + 1).min(total));
    Some((start.parse().ok()?, end))
}

fn marks(serving: &Serving) -> String {
    match serving.marked {
        Marked::Strong => format!("etag: \"v{}\"\r\n", serving.version),
        Marked::Weak => format!("etag: W/\"v{}\"\r\n", serving.version),
        Marked::Modified => format!("last-modified: {MODIFIED}\r\ndate: {DATE}\r\n"),
        Marked::Not => String::new(),
    }
}

fn chunk(client: &mut TcpStream, piece: &[u8]) -> bool {
    let head = format!("{:x}\r\n", piece.len());
    let all = [head.as_bytes(), piece, b"\r\n"];
    all.into_iter().all(|bytes| client.write_all(bytes).is_ok())
}

/// Gives nothing any more until the other side has gone.
fn wait_for_the_other_side(client: &mut TcpStream) -> bool {
    let mut piece = [0; 64];
    while matches!(std::io::Read::read(client, &mut piece), Ok(count) if count > 0) {}
    false
}
