//! The output of an export: compresses, encrypts, hashes and writes to the disk.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};

use age::secrecy::SecretString;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use ring::digest::{Context, SHA256};

use super::request::Packing;
use base::hex;
use base::secret::Secret;

/// zstd's own usual choice; one thread, so that the same content gives the same bytes.
const ZSTD_LEVEL: i32 = 3;
/// gzip's own usual choice.
const GZIP_LEVEL: u32 = 6;
/// scrypt with N = 2^17 and r = 8 takes 128 MiB, half of what a run may have; the `age` program opens up to 2^22.
const WORK_FACTOR: u8 = 17;
const BUFFER_BYTES: usize = 256 * 1024;

/// Hashes what passes through it.
pub(super) struct Hashed<T> {
    inner: T,
    hash: Context,
    bytes: u64,
}

impl<T> Hashed<T> {
    pub(super) fn new(inner: T) -> Self {
        Self { inner, hash: Context::new(&SHA256), bytes: 0 }
    }

    fn note(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
    }

    /// What is below, how many bytes passed, and their SHA-256.
    pub(super) fn finish(self) -> (T, u64, String) {
        (self.inner, self.bytes, hex::encode(self.hash.finish().as_ref()))
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.note(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.note(&into[..count]);
        Ok(count)
    }
}

type Disk = Hashed<BufWriter<File>>;

enum Sealed {
    Open(Box<Disk>),
    Age(Box<age::stream::StreamWriter<Disk>>),
}

impl Write for Sealed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Open(disk) => disk.write(bytes),
            Self::Age(age) => age.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Open(disk) => disk.flush(),
            Self::Age(age) => age.flush(),
        }
    }
}

enum Packed {
    Plain(Sealed),
    Gzip(GzEncoder<Sealed>),
    Zstd(zstd::Encoder<'static, Sealed>),
}

/// A file that is being written.
pub(super) struct Sink(Packed);

impl Sink {
    pub(super) fn new(file: File, packing: Packing, passphrase: Option<&Secret>) -> io::Result<Self> {
        let disk = Hashed::new(BufWriter::with_capacity(BUFFER_BYTES, file));
        let sealed = match passphrase {
            None => Sealed::Open(Box::new(disk)),
            Some(secret) => {
                let mut recipient = age::scrypt::Recipient::new(for_age(secret));
                recipient.set_work_factor(WORK_FACTOR);
                let recipients = std::iter::once(&recipient as &dyn age::Recipient);
                let encryptor = age::Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
                Sealed::Age(Box::new(encryptor.wrap_output(disk)?))
            }
        };
        Ok(Self(match packing {
            Packing::Plain => Packed::Plain(sealed),
            // Without a name and a time in its head.
            Packing::Gzip => Packed::Gzip(GzEncoder::new(sealed, flate2::Compression::new(GZIP_LEVEL))),
            Packing::Zstd => {
                let mut encoder = zstd::Encoder::new(sealed, ZSTD_LEVEL)?;
                encoder.include_checksum(true)?;
                Packed::Zstd(encoder)
            }
        }))
    }

    /// Writes what is left and syncs it; yields the file's size and SHA-256.
    pub(super) fn finish(self) -> io::Result<(u64, String)> {
        let sealed = match self.0 {
            Packed::Plain(sealed) => sealed,
            Packed::Gzip(encoder) => encoder.finish()?,
            Packed::Zstd(encoder) => encoder.finish()?,
        };
        let disk = match sealed {
            Sealed::Open(disk) => *disk,
            Sealed::Age(age) => age.finish()?,
        };
        let (buffer, bytes, sha256) = disk.finish();
        buffer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        Ok((bytes, sha256))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Packed::Plain(sealed) => sealed.write(bytes),
            Packed::Gzip(encoder) => encoder.write(bytes),
            Packed::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Packed::Plain(sealed) => sealed.flush(),
            Packed::Gzip(encoder) => encoder.flush(),
            Packed::Zstd(encoder) => encoder.flush(),
        }
    }
}

/// Opens a file that [`Sink`] wrote, and yields the original content.
///
/// # Errors
/// Where the passphrase does not open it, or it is no such file.
pub(super) fn opened<'a>(
    file: impl Read + 'a,
    packing: Packing,
    passphrase: Option<&Secret>,
) -> io::Result<Box<dyn Read + 'a>> {
    let file = BufReader::with_capacity(BUFFER_BYTES, file);
    let open: Box<dyn Read + 'a> = match passphrase {
        None => Box::new(file),
        Some(secret) => {
            let mut identity = age::scrypt::Identity::new(for_age(secret));
            identity.set_max_work_factor(WORK_FACTOR);
            let decryptor = age::Decryptor::new(file).map_err(io::Error::other)?;
            let identities = std::iter::once(&identity as &dyn age::Identity);
            Box::new(decryptor.decrypt(identities).map_err(io::Error::other)?)
        }
    };
    Ok(match packing {
        Packing::Plain => open,
        Packing::Gzip => Box::new(GzDecoder::new(open)),
        Packing::Zstd => Box::new(zstd::Decoder::new(open)?),
    })
}

fn for_age(secret: &Secret) -> SecretString {
    SecretString::from(secret.expose().to_owned())
}
