//! How bytes are sealed: AES-256 in counter mode with a Poly1305-AES code, as
//! `IV || ciphertext || MAC` (restic design, "Keys, Encryption and MAC").
//!
//! Not a cipher of our own: the primitives are libraries', the randomness is ring's.

use aes::cipher::{Array, BlockCipherEncrypt, KeyInit, KeyIvInit, StreamCipher};
use aes::{Aes128, Aes256};
use poly1305::Poly1305;
use poly1305::universal_hash::UniversalHash;
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The bytes before the ciphertext.
pub(crate) const IV_BYTES: usize = 16;
/// The bytes after the ciphertext.
pub(crate) const MAC_BYTES: usize = 16;
/// What sealing adds.
pub(crate) const OVERHEAD_BYTES: usize = IV_BYTES + MAC_BYTES;

/// The keys that everything in a repository is sealed with.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct MasterKey {
    encrypt: [u8; 32],
    mac_k: [u8; 16],
    mac_r: [u8; 16],
}

/// Sealed bytes whose authentication code does not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Forged;

impl MasterKey {
    pub(crate) fn random() -> Self {
        Self { encrypt: random_bytes(), mac_k: random_bytes(), mac_r: masked(random_bytes()) }
    }

    /// From the 64 bytes of a key derivation.
    pub(crate) fn from_derived(derived: &[u8; 64]) -> Self {
        let mut key = Self { encrypt: [0; 32], mac_k: [0; 16], mac_r: [0; 16] };
        key.encrypt.copy_from_slice(&derived[..32]);
        key.mac_k.copy_from_slice(&derived[32..48]);
        key.mac_r.copy_from_slice(&derived[48..]);
        key.mac_r = masked(key.mac_r);
        key
    }

    /// Seals in place: the plaintext stands between the first 16 bytes of `buffer`, which become
    /// the IV, and the last 16, which become the code.
    pub(crate) fn seal_slice(&self, buffer: &mut [u8]) {
        let iv: [u8; IV_BYTES] = random_bytes();
        let (head, rest) = buffer.split_at_mut(IV_BYTES);
        let (text, code) = rest.split_at_mut(rest.len() - MAC_BYTES);
        head.copy_from_slice(&iv);
        self.apply_keystream(&iv, text);
        code.copy_from_slice(&self.mac(&iv, text));
    }

    /// Seals a plaintext that stands elsewhere.
    pub(crate) fn sealed(&self, plaintext: &[u8]) -> Vec<u8> {
        let mut buffer = Vec::with_capacity(plaintext.len() + OVERHEAD_BYTES);
        buffer.extend_from_slice(&[0; IV_BYTES]);
        buffer.extend_from_slice(plaintext);
        buffer.extend_from_slice(&[0; MAC_BYTES]);
        self.seal_slice(&mut buffer);
        buffer
    }

    /// Checks and decrypts in place; the plaintext is a part of the buffer.
    pub(crate) fn open<'a>(&self, sealed: &'a mut [u8]) -> Result<&'a mut [u8], Forged> {
        self.authenticate(sealed)?;
        let (iv, rest) = sealed.split_at_mut(IV_BYTES);
        let iv: [u8; IV_BYTES] = (&*iv).try_into().map_err(|_| Forged)?;
        let length = rest.len() - MAC_BYTES;
        let ciphertext = &mut rest[..length];
        self.apply_keystream(&iv, ciphertext);
        Ok(ciphertext)
    }

    /// Checks, and leaves everything sealed.
    pub(crate) fn authenticate(&self, sealed: &[u8]) -> Result<(), Forged> {
        let (iv, rest) = sealed.split_first_chunk::<IV_BYTES>().ok_or(Forged)?;
        let (ciphertext, mac) = rest.split_last_chunk::<MAC_BYTES>().ok_or(Forged)?;
        let expected = self.mac(iv, ciphertext);
        let difference = expected.iter().zip(mac).fold(0, |all, (a, b)| all | (a ^ b));
        if difference == 0 { Ok(()) } else { Err(Forged) }
    }

    fn apply_keystream(&self, iv: &[u8; IV_BYTES], data: &mut [u8]) {
        ctr::Ctr128BE::<Aes256>::new(&Array::from(self.encrypt), &Array::from(*iv)).apply_keystream(data);
    }

    fn mac(&self, iv: &[u8; IV_BYTES], ciphertext: &[u8]) -> [u8; MAC_BYTES] {
        let mut nonce = Array::from(*iv);
        Aes128::new(&Array::from(self.mac_k)).encrypt_block(&mut nonce);
        let mut key = [0; 32];
        key[..16].copy_from_slice(&self.mac_r);
        key[16..].copy_from_slice(&nonce);
        let mut code = Poly1305::new(&Array::from(key));
        // Several blocks at once: one at a time, each would be copied first.
        let (blocks, rest) = Array::slice_as_chunks(ciphertext);
        code.update(blocks);
        code.compute_unpadded(rest).into()
    }
}

/// Fresh random bytes.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "without the system's randomness nothing here is safe to do")]
    SystemRandom::new().fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// Poly1305 ignores these bits of `r`; restic stores them cleared.
fn masked(mut r: [u8; 16]) -> [u8; 16] {
    for index in [3, 7, 11, 15] {
        r[index] &= 0x0f;
    }
    for index in [4, 8, 12] {
        r[index] &= 0xfc;
    }
    r
}

/// The master keys as a key file holds them.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct MasterKeyJson {
    mac: MacJson,
    encrypt: String,
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct MacJson {
    k: String,
    r: String,
}

impl From<&MasterKey> for MasterKeyJson {
    fn from(key: &MasterKey) -> Self {
        let encode = |bytes: &[u8]| base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes);
        Self { mac: MacJson { k: encode(&key.mac_k), r: encode(&key.mac_r) }, encrypt: encode(&key.encrypt) }
    }
}

impl MasterKeyJson {
    /// The keys, or nothing if their lengths are wrong.
    pub(crate) fn keys(&self) -> Option<MasterKey> {
        Some(MasterKey {
            encrypt: decode(&self.encrypt)?,
            mac_k: decode(&self.mac.k)?,
            mac_r: masked(decode(&self.mac.r)?),
        })
    }
}

fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, text).ok()?;
    let array = bytes.as_slice().try_into().ok();
    bytes.zeroize();
    array
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with openssl: `enc -aes-256-ctr` of the text, `enc -aes-128-ecb` of the IV, and
    /// `mac Poly1305` of the ciphertext. The keys and the IV are the bytes from 0 to 79.
    #[test]
    fn what_openssl_sealed_is_opened_and_sealed_alike() {
        let derived: [u8; 64] = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let iv: [u8; IV_BYTES] = std::array::from_fn(|at| u8::try_from(64 + at).unwrap());
        // Poly1305 ignores the bits that are masked.
        let key = MasterKey::from_derived(&derived);
        let plaintext = b"Holdfast keeps verified, restorable copies.";
        let ciphertext = decode_hex(
            "eb11b35bf13bc99bb31007a2fd289121d50777f5c18b006dab9bd8bd24392750871cc6cbce8fd76d88ba90",
        );
        let code = decode_hex("c25363436577f98e3bcbbd10de15cae5");
        let mut sealed = [&iv[..], &ciphertext, &code].concat();
        assert_eq!(key.open(&mut sealed).unwrap(), plaintext);
        let mut text = plaintext.to_vec();
        key.apply_keystream(&iv, &mut text);
        assert_eq!((text, key.mac(&iv, &ciphertext).to_vec()), (ciphertext, code));
    }

    #[test]
    fn what_was_sealed_is_opened_and_no_bit_of_it_can_change() {
        let key = MasterKey::random();
        let sealed = key.sealed(b"text");
        assert_eq!(key.open(&mut sealed.clone()).unwrap(), b"text");
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key.open(&mut changed), Err(Forged), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert_eq!(key.open(&mut sealed[..length].to_vec()), Err(Forged));
        }
        assert_ne!(key.sealed(b"text"), sealed, "no IV is used twice");
    }

    fn decode_hex(text: &str) -> Vec<u8> {
        let pair = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
        (0..text.len()).step_by(2).map(pair).collect()
    }
}
