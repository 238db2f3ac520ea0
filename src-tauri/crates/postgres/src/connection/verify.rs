//! How a server's certificate is judged, for each TLS mode.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::error::ConnectError;
use super::settings::{Settings, TlsMode};

/// How much of a certificate counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Demand {
    Nothing,
    Authority,
    AuthorityAndName,
}

fn demand(settings: &Settings) -> Demand {
    match settings.tls {
        TlsMode::VerifyFull => Demand::AuthorityAndName,
        TlsMode::VerifyCa => Demand::Authority,
        // libpq: `require` with a root certificate behaves like `verify-ca`.
        TlsMode::Require if settings.root_certificate.is_some() => Demand::Authority,
        TlsMode::Require | TlsMode::Prefer | TlsMode::Allow | TlsMode::Disable => Demand::Nothing,
    }
}

/// rustls's configuration for these settings.
pub(super) fn client_config(settings: &Settings) -> Result<Arc<ClientConfig>, ConnectError> {
    let provider = Arc::new(ring::default_provider());
    let demand = demand(settings);
    let judge = match demand {
        Demand::Nothing => None,
        Demand::Authority | Demand::AuthorityAndName => Some(Authorities::load(settings, &provider)?),
    };
    let verifier = Verifier { demand, authorities: judge, provider: Arc::clone(&provider) };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| ConnectError::NoTrustedAuthorities)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[derive(Debug)]
struct Authorities {
    judge: Arc<WebPkiServerVerifier>,
    /// Certificates of the given file, byte by byte: a server whose own certificate stands there is
    /// trusted as it is, as by libpq. rustls alone refuses an authority in the place of a server.
    pinned: Vec<CertificateDer<'static>>,
}

impl Authorities {
    fn load(settings: &Settings, provider: &Arc<CryptoProvider>) -> Result<Self, ConnectError> {
        let mut roots = RootCertStore::empty();
        let pinned = match &settings.root_certificate {
            Some(path) => {
                let unreadable = |source| ConnectError::RootCertificate { path: path.clone(), source };
                let certificates = CertificateDer::pem_file_iter(path.as_std_path())
                    .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                    .map_err(|error| unreadable(std::io::Error::other(error)))?;
                if certificates.is_empty() {
                    return Err(unreadable(std::io::ErrorKind::InvalidData.into()));
                }
                certificates
            }
            None => Vec::new(),
        };
        if pinned.is_empty() {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        } else {
            roots.add_parsable_certificates(pinned.iter().cloned());
        }
        let judge = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
            .build()
            .map_err(|_| ConnectError::NoTrustedAuthorities)?;
        Ok(Self { judge, pinned })
    }
}

#[derive(Debug)]
struct Verifier {
    demand: Demand,
    authorities: Option<Authorities>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(authorities) = &self.authorities else {
            return Ok(ServerCertVerified::assertion());
        };
        let is_name_demanded = self.demand == Demand::AuthorityAndName;
        if authorities.pinned.iter().any(|pinned| pinned == end_entity) {
            if is_name_demanded {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            }
            return Ok(ServerCertVerified::assertion());
        }
        let verdict =
            authorities.judge.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verdict {
            // The name is looked at last: whoever gets there has a trusted authority.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !is_name_demanded => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }

    // The signature proves that the server holds the certificate's key: it is checked in every mode.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_certificate_turns_require_into_a_check_of_the_authority() {
        let mut settings = Settings {
            host: "db".into(),
            port: 5432,
            database: "d".into(),
            user: "u".into(),
            tls: TlsMode::Require,
            root_certificate: None,
            ssh: None,
            container: None,
        };
        assert_eq!(demand(&settings), Demand::Nothing);
        settings.root_certificate = Some("/etc/root.crt".into());
        assert_eq!(demand(&settings), Demand::Authority);
        settings.tls = TlsMode::Prefer;
        assert_eq!(demand(&settings), Demand::Nothing);
        settings.tls = TlsMode::VerifyFull;
        assert_eq!(demand(&settings), Demand::AuthorityAndName);
    }
}
