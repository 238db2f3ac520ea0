//! Files of `age`, encrypted with a passphrase. They are authenticated: what comes out was not changed.

use std::cell::Cell;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use age::{DecryptError, Decryptor, secrecy::SecretString};

use super::BundleError;
use base::secret::Secret;

/// A header for a passphrase takes about 150 bytes; one for two hundred keys fits.
const HEADER_BYTES_MAX: u64 = 32 * 1024;
/// 2^19 rounds of scrypt take 512 MiB for a moment. Programs write 2^18.
const WORK_FACTOR_MAX: u8 = 19;

/// What opens a stream of `age`.
pub(super) fn open<'a>(
    inner: Box<dyn Read + 'a>,
    passphrase: Option<&Secret>,
    place: &str,
) -> Result<Box<dyn Read + 'a>, BundleError> {
    let left = Rc::new(Cell::new(Some(HEADER_BYTES_MAX)));
    let bounded = Bounded { inner, left: Rc::clone(&left) };
    let place = || place.to_owned();
    let damaged = |what: String| BundleError::Damaged { place: place(), what };
    let decryptor = match Decryptor::new_buffered(BufReader::with_capacity(1024, bounded)) {
        Ok(decryptor) => decryptor,
        Err(DecryptError::Io(error)) => return Err(BundleError::of_read(&place(), "its age header", error)),
        Err(DecryptError::UnknownFormat) => {
            return Err(BundleError::Unsupported { place: place(), what: "a newer age format".into() });
        }
        Err(error) => return Err(damaged(error.to_string())),
    };
    left.set(None);
    if !decryptor.is_scrypt() {
        return Err(BundleError::KeyNeeded { place: place() });
    }
    let Some(passphrase) = passphrase else { return Err(BundleError::PassphraseNeeded { place: place() }) };
    let mut identity = age::scrypt::Identity::new(SecretString::from(passphrase.expose().to_owned()));
    identity.set_max_work_factor(WORK_FACTOR_MAX);
    match decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)) {
        Ok(text) => Ok(Box::new(text)),
        Err(DecryptError::ExcessiveWork { required, .. }) => Err(BundleError::TooLarge {
            place: place(),
            what: format!("its passphrase takes 2^{required} rounds to try"),
        }),
        Err(DecryptError::Io(error)) => Err(BundleError::of_read(&place(), "its age header", error)),
        // Whether the passphrase is wrong or the header was changed shows in the same way.
        Err(
            DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed | DecryptError::NoMatchingKeys,
        ) => Err(BundleError::WrongPassphrase { place: place() }),
        Err(error) => Err(damaged(error.to_string())),
    }
}

/// Reads no more than a header may have until the header was understood.
struct Bounded<R> {
    inner: R,
    left: Rc<Cell<Option<u64>>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(left) = self.left.get() else { return self.inner.read(into) };
        let most = into.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if most == 0 && !into.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the header is too long"));
        }
        let count = self.inner.read(&mut into[..most])?;
        self.left.set(Some(left - count as u64));
        Ok(count)
    }
}
