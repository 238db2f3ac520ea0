//! `tls-server-end-point`: a digest of the server's certificate for SCRAM with channel binding.
//!
//! Reads one field of the certificate, its signature algorithm; judging certificates is rustls's work.
//! Source: RFC 5929, section 4; RFC 5280, section 4.1.

use ring::digest::{Algorithm, SHA256, SHA384, SHA512, digest};

const SEQUENCE: u8 = 0x30;
const OBJECT_IDENTIFIER: u8 = 0x06;

/// Digest of the certificate by the hash of its signature. `None` where none is defined (Ed25519).
pub(crate) fn end_point_digest(certificate: &[u8]) -> Option<Vec<u8>> {
    let algorithm = hash_of(signature_algorithm(certificate)?)?;
    Some(digest(algorithm, certificate).as_ref().to_vec())
}

/// MD5 and SHA-1 are replaced by SHA-256, as the RFC says.
fn hash_of(identifier: &[u8]) -> Option<&'static Algorithm> {
    const RSA: [u8; 8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
    const ECDSA_SHA2: [u8; 7] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03];
    const ECDSA_SHA1: [u8; 7] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01];
    if let Some([last]) = identifier.strip_prefix(&RSA) {
        return match last {
            4 | 5 | 11 => Some(&SHA256),
            12 => Some(&SHA384),
            13 => Some(&SHA512),
            // RSASSA-PSS (10) names its hash in the parameters: leave binding out rather than guess.
            _ => None,
        };
    }
    if let Some([last]) = identifier.strip_prefix(&ECDSA_SHA2) {
        return match last {
            2 => Some(&SHA256),
            3 => Some(&SHA384),
            4 => Some(&SHA512),
            _ => None,
        };
    }
    (identifier == ECDSA_SHA1).then_some(&SHA256)
}

/// The object identifier in `Certificate.signatureAlgorithm`.
fn signature_algorithm(certificate: &[u8]) -> Option<&[u8]> {
    let (body, _) = element(certificate, SEQUENCE)?;
    let (_to_be_signed, rest) = element(body, SEQUENCE)?;
    let (algorithm, _) = element(rest, SEQUENCE)?;
    element(algorithm, OBJECT_IDENTIFIER).map(|(identifier, _)| identifier)
}

/// Content of the DER element at the start, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (_tag, rest) = der.split_first().filter(|(first, _)| **first == tag)?;

    let (length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate of nothing but the fields that are read.
    fn certificate(identifier: &[u8]) -> Vec<u8> {
        let wrap = |tag: u8, inner: &[u8]| [&[tag, u8::try_from(inner.len()).unwrap()], inner].concat();
        let algorithm = wrap(SEQUENCE, &wrap(OBJECT_IDENTIFIER, identifier));
        wrap(SEQUENCE, &[wrap(SEQUENCE, b"to be signed"), algorithm].concat())
    }

    #[test]
    fn the_hash_is_that_of_the_signature() {
        let rsa = |last| certificate(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, last]);
        assert_eq!(end_point_digest(&rsa(11)).unwrap().len(), 32);
        assert_eq!(end_point_digest(&rsa(5)).unwrap().len(), 32);
        assert_eq!(end_point_digest(&rsa(13)).unwrap().len(), 64);
        let ed25519 = certificate(&[0x2b, 0x65, 0x70]);
        assert_eq!(end_point_digest(&ed25519), None);
    }

    #[test]
    fn cut_certificates_have_no_digest() {
        let whole = certificate(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]);
        assert!(end_point_digest(&whole).is_some());
        for end in 0..whole.len() {
            assert_eq!(end_point_digest(&whole[..end]), None);
        }
    }
}
