//! A TCP proxy on the loopback that does to a connection what networks do.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// What is done to the bytes that come from the server, per connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Each piece arrives this much later.
    Delay(Duration),
    /// Nothing passes any more, either way, until the fault is another.
    Stall,
    /// After so many bytes nothing passes any more.
    StallAfter(u64),
    /// After so many bytes the connection ends as a server ends it.
    CutAfter(u64),
    /// After so many bytes the connection is reset.
    ResetAfter(u64),
}

#[derive(Debug)]
struct Shared {
    to: SocketAddr,
    fault: Mutex<Fault>,
    changed: Condvar,
    connections: AtomicU64,
}

/// The proxy; connections that it carries end with their peers.
#[derive(Debug)]
pub struct FaultProxy {
    port: u16,
    shared: Arc<Shared>,
}

impl FaultProxy {
    /// Listens on a free port of the loopback, and carries what comes to `port` there.
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let own = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            to: SocketAddr::from(([127, 0, 0, 1], port)),
            fault: Mutex::new(Fault::None),
            changed: Condvar::new(),
            connections: AtomicU64::new(0),
        });
        let of_thread = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                carry(&client, &of_thread);
            }
        });
        Self { port: own, shared }
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Connections that it was asked for so far.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// From now on this is done, also to connections that are open.
    pub fn set(&self, fault: Fault) {
        *self.shared.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
        self.shared.changed.notify_all();
    }
}

fn carry(client: &TcpStream, shared: &Arc<Shared>) {
    shared.connections.fetch_add(1, Ordering::Relaxed);
    let Ok(server) = TcpStream::connect(shared.to) else { return };
    let (Ok(from_client), Ok(to_client)) = (client.try_clone(), client.try_clone()) else { return };
    let (Ok(to_server), of_up) = (server.try_clone(), Arc::clone(shared)) else { return };
    std::thread::spawn(move || pump(from_client, to_server, &of_up, false));
    let of_down = Arc::clone(shared);
    std::thread::spawn(move || pump(server, to_client, &of_down, true));
}

/// Carries bytes one way; faults that count bytes count those from the server.
fn pump(mut from: TcpStream, mut to: TcpStream, shared: &Shared, is_from_server: bool) {
    let mut buffer = vec![0; 64 * 1024];
    let mut carried = 0_u64;
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if is_from_server {
            carried += count as u64;
        }
        if !shared.lets_pass(&to, carried) || to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

impl Shared {
    /// Waits as long as the fault says; false where the connection ends.
    fn lets_pass(&self, to: &TcpStream, carried: u64) -> bool {
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match *fault {
                Fault::Delay(time) => {
                    drop(fault);
                    std::thread::sleep(time);
                    return true;
                }
                Fault::CutAfter(limit) if carried > limit => return false,
                Fault::ResetAfter(limit) if carried > limit => {
                    let _ = socket2::SockRef::from(to).set_linger(Some(Duration::ZERO));
                    return false;
                }
                Fault::Stall => {}
                Fault::StallAfter(limit) if carried > limit => {}
                Fault::None | Fault::CutAfter(_) | Fault::ResetAfter(_) | Fault::StallAfter(_) => {
                    return true;
                }
            }
            fault = self.changed.wait(fault).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
