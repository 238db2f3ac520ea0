//! Parts of a bundle: each of them encrypted and authenticated, and bound to its place.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use ring::digest::{SHA256, digest};

use super::StoreError;
use super::key::random;
use base::hex;

/// What sealing adds: a nonce before, a tag after.
const NONCE_BYTES: usize = 24;
/// Bytes of one part before it is sealed: with all that sealing adds, less than what a bot may fetch.
pub(super) const PART_BYTES: usize = 19 * 1024 * 1024;

/// SHA-256, hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest(&SHA256, bytes).as_ref())
}

/// What a part is bound to: another bundle's part, or one from another place, does not open.
pub(super) fn place(bundle: &str, index: usize, count: usize) -> Vec<u8> {
    format!("holdfast portable bundle part\n{bundle}\n{index} of {count}").into_bytes()
}

/// Nonce, then sealed bytes with their tag.
pub(super) fn seal(key: &[u8; 32], associated: &[u8], plain: &[u8]) -> Result<Vec<u8>, StoreError> {
    let nonce = random::<NONCE_BYTES>()?;
    let sealed = XChaCha20Poly1305::new(Key::from_slice(key))
        .encrypt(XNonce::from_slice(&nonce[..]), Payload { msg: plain, aad: associated })
        .map_err(|_| StoreError::Sealing { what: "the cipher refuses it".to_owned() })?;
    Ok([&nonce[..], &sealed].concat())
}

/// The bytes, or nothing where anything of it was changed.
pub(super) fn open(key: &[u8; 32], associated: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES)?;
    XChaCha20Poly1305::new(Key::from_slice(key))
        .decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: associated })
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_opens_in_its_own_place_only_and_not_after_any_change() {
        let (key, here) = ([7; 32], place("bundle", 1, 3));
        let sealed = seal(&key, &here, b"rows").unwrap();
        assert_eq!(open(&key, &here, &sealed).unwrap(), b"rows");
        for other in [place("bundle", 2, 3), place("bundle", 1, 4), place("other", 1, 3)] {
            assert_eq!(open(&key, &other, &sealed), None);
        }
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert_eq!(open(&key, &here, &damaged), None, "byte {at}");
        }
        assert_eq!(open(&key, &here, &sealed[..10]), None);
    }

    #[test]
    fn a_sealed_part_is_smaller_than_what_a_bot_may_fetch() {
        let sealed = seal(&[7; 32], &[], &vec![0; PART_BYTES]).unwrap();
        assert!(sealed.len() < 20 * 1024 * 1024);
    }
}
