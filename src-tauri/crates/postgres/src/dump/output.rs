//! What a dump writes, read in large pieces.
//!
//! `pg_dump` writes 4 KiB at a time, and a reader that is faster wakes for each of them: on 340 MB of rows
//! 60,000 times, which took a tenth of what reading and storing them took. Where the pipe holds more than
//! comes in a pause, the reader pauses until there is something to read for.

use std::io::{self, Read};
use std::process::ChildStdout;
use std::thread;
use std::time::Duration;

use super::there::Received;

/// The size of the pipe; Linux grants no more to everybody. It is 64 KiB at first.
const PIPE_BYTES: usize = 1 << 20;
/// After so much at once the reader is not too fast.
const ENOUGH_BYTES: usize = PIPE_BYTES / 4;
/// A full pipe per pause is 1 GB/s, several times what `pg_dump` writes.
const PAUSE: Duration = Duration::from_millis(1);

/// A dump's standard output. Reading blocks.
#[derive(Debug)]
pub enum Output {
    /// Of a program of this computer.
    Here(Piped),
    /// Of one that runs where the server is.
    There(Received),
}

impl Read for Output {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Here(output) => output.read(into),
            Self::There(output) => output.read(into),
        }
    }
}

/// A pipe from a program of this computer.
#[derive(Debug)]
pub struct Piped {
    pipe: ChildStdout,
    /// Whether the dump can go on during a pause.
    is_wide: bool,
    has_little: bool,
}

impl Piped {
    pub(super) fn new(pipe: ChildStdout) -> Self {
        let is_wide = widen(&pipe);
        Self { pipe, is_wide, has_little: false }
    }
}

impl Read for Piped {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.is_wide && self.has_little {
            thread::sleep(PAUSE);
        }
        let count = self.pipe.read(into)?;
        self.has_little = count < ENOUGH_BYTES.min(into.len());
        Ok(count)
    }
}

/// Where it is refused the pipe stays as it is, and reading does not pause.
#[cfg(target_os = "linux")]
fn widen(pipe: &ChildStdout) -> bool {
    rustix::pipe::fcntl_setpipe_size(pipe, PIPE_BYTES).is_ok_and(|bytes| bytes >= PIPE_BYTES)
}

/// Elsewhere a pipe has the size that the system gives it.
#[cfg(not(target_os = "linux"))]
fn widen(_pipe: &ChildStdout) -> bool {
    false
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use super::*;
    use crate::process::bare_command;

    #[test]
    fn what_is_written_in_small_pieces_is_read_whole_in_few() {
        let mut command = bare_command("/bin/sh".into());
        command.args(["-c", "exec dd if=/dev/zero bs=4096 count=8192 2>/dev/null"]).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut output = Piped::new(child.stdout.take().unwrap());
        let (mut buffer, mut bytes, mut reads) = (vec![1; 2 << 20], 0, 0);
        loop {
            let count = output.read(&mut buffer).unwrap();
            if count == 0 {
                break;
            }
            assert!(buffer[..count].iter().all(|&byte| byte == 0));
            (bytes, reads) = (bytes + count, reads + 1);
        }
        assert!(child.wait().unwrap().success());
        assert_eq!(bytes, 8192 * 4096);
        assert!(reads < 2048, "{reads} reads");
    }
}
