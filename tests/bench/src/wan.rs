//! A line to a far place: what goes either way arrives later, and not all at once.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// What is read at a time, in bytes.
const PIECE: usize = 16 * 1024;
/// Pieces on their way at once, which is more than the line holds.
const PIECES: usize = 512;

/// How far it is, and how much passes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    /// There and back.
    pub(crate) round_trip: Duration,
    /// Bits in a second, each way.
    pub(crate) bits_per_second: f64,
}

/// Opens a port of the loopback whose connections reach `to` over the line. It stays until this process ends.
pub(crate) fn open(line: Line, to: u16) -> io::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for near in listener.incoming().flatten() {
            if let Err(error) = carry(line, near, to) {
                eprintln!("The line to {to} broke: {error}");
            }
        }
    });
    Ok(port)
}

fn carry(line: Line, near: TcpStream, to: u16) -> io::Result<()> {
    let far = TcpStream::connect(("127.0.0.1", to))?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    for (from, to) in [(near.try_clone()?, far.try_clone()?), (far, near)] {
        let (sender, receiver) = sync_channel(PIECES);
        thread::spawn(move || arrive(to, &receiver));
        thread::spawn(move || leave(line, from, |piece| sender.send(piece).is_ok()));
    }
    Ok(())
}

/// Reads pieces, each with the time at which it arrives.
fn leave(line: Line, mut from: TcpStream, send: impl Fn((Instant, Vec<u8>)) -> bool) {
    let mut free = Instant::now();
    let mut space = vec![0; PIECE];
    while let Ok(count @ 1..) = from.read(&mut space) {
        let bits = f64::from(u32::try_from(count).unwrap_or(u32::MAX)) * 8.0;
        free = free.max(Instant::now()) + Duration::from_secs_f64(bits / line.bits_per_second);
        if !send((free + line.round_trip / 2, space[..count].to_vec())) {
            return;
        }
        // The line takes no more than it carries.
        thread::sleep(free.saturating_duration_since(Instant::now() + line.round_trip));
    }
}

fn arrive(mut to: TcpStream, pieces: &Receiver<(Instant, Vec<u8>)>) {
    for (at, piece) in pieces {
        thread::sleep(at.saturating_duration_since(Instant::now()));
        if to.write_all(&piece).is_err() {
            break;
        }
    }
    // Whoever listens on the other side learns that nothing more comes; it may be gone already.
    let _ = to.shutdown(Shutdown::Write);
}
