//! The first words on a stream: ask for TLS, and shake hands.
//!
//! Source: Postgres docs, "Message Flow", "SSL Session Encryption".

use std::io;

use rustls::pki_types::ServerName;
use rustls::{CertificateError, Error as TlsError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;

use super::error::{CertificateProblem, ConnectError};
use super::settings::{Settings, TlsMode};
use super::verify;
use super::wire::{AnyStream, Wire};

/// Length 8, then the number that stands where a protocol version would: "may we speak TLS?"
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// What protects a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFacts {
    /// `TLSv1.3`.
    pub version: String,
    /// `TLS13_AES_256_GCM_SHA384`.
    pub cipher: String,
    /// True if the certificate was judged, and not just used.
    pub is_verified: bool,
}

/// Encrypts the stream as the settings demand. Over a Unix socket nothing is encrypted (libpq's rule).
///
/// # Errors
/// [`ConnectError::TlsNotOffered`], [`ConnectError::TlsRejected`], [`ConnectError::Certificate`].
pub async fn negotiate(
    mut stream: Box<dyn AnyStream>,
    settings: &Settings,
) -> Result<(Wire, Option<TlsFacts>), ConnectError> {
    let is_plain = matches!(settings.tls, TlsMode::Disable | TlsMode::Allow);
    if is_plain || settings.socket_directory().is_some() {
        return Ok((Wire::Plain(stream), None));
    }
    let dropped = |source| ConnectError::Dropped { host: settings.host.clone(), source: Box::new(source) };
    stream.write_all(&SSL_REQUEST).await.map_err(dropped)?;
    stream.flush().await.map_err(dropped)?;
    // One byte and no more: what follows belongs to the handshake (CVE-2021-23222).
    match stream.read_u8().await.map_err(dropped)? {
        b'S' => shake_hands(stream, settings).await,
        b'N' if settings.tls.is_demanded() => {
            Err(ConnectError::TlsNotOffered { host: settings.host.clone() })
        }
        b'N' => Ok((Wire::Plain(stream), None)),
        _ => Err(dropped(io::Error::new(io::ErrorKind::InvalidData, "the peer is not a Postgres server"))),
    }
}

async fn shake_hands(
    stream: Box<dyn AnyStream>,
    settings: &Settings,
) -> Result<(Wire, Option<TlsFacts>), ConnectError> {
    let config = verify::client_config(settings)?;
    let name = ServerName::try_from(settings.host.clone())
        .map_err(|_| ConnectError::UnusableName { host: settings.host.clone() })?;
    let stream = TlsConnector::from(config)
        .connect(name, stream)
        .await
        .map_err(|source| classify(source, &settings.host))?;
    let session = stream.get_ref().1;
    let facts = TlsFacts {
        version: session
            .protocol_version()
            .and_then(|version| version.as_str())
            .unwrap_or("TLS")
            .replace('_', "."),
        cipher: session
            .negotiated_cipher_suite()
            .map(|suite| format!("{:?}", suite.suite()))
            .unwrap_or_default(),
        is_verified: settings.tls >= TlsMode::VerifyCa || settings.root_certificate.is_some(),
    };
    Ok((Wire::Tls(Box::new(stream)), Some(facts)))
}

fn classify(source: io::Error, host: &str) -> ConnectError {
    let host = host.to_owned();
    let cause = source.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
    let Some(TlsError::InvalidCertificate(reason)) = cause else {
        return ConnectError::TlsRejected { host, source };
    };
    let problem = match reason {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            CertificateProblem::UnknownAuthority
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateProblem::OtherName
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => CertificateProblem::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            CertificateProblem::NotYetValid
        }
        CertificateError::Revoked => CertificateProblem::Revoked,
        // A self-signed certificate made by openssl's defaults is an authority in a server's place.
        CertificateError::Other(_) => CertificateProblem::UnknownAuthority,
        _ => CertificateProblem::Unusable,
    };
    ConnectError::Certificate { host, problem, source }
}
