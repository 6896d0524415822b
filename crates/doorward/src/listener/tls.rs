//! Certificates: read at start and again on SIGHUP, without a moment in which nobody answers.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::folder::{PrivateFile, look_at_private};

/// The one provider of cryptography of this process. Called once, before anything else touches TLS.
pub(crate) fn choose_provider() {
    // Refused only when a provider is already chosen, which is this one.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

/// The certificate in force; cloning shares it.
#[derive(Clone)]
pub(crate) struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    now: Arc<Mutex<Arc<ServerConfig>>>,
}

impl Certificate {
    /// Reads both files. `Err` is a line that names the setting.
    pub(crate) fn read(chain: &Path, key: &Path) -> Result<Self, String> {
        let now = Arc::new(Mutex::new(server_config(chain, key)?));
        Ok(Self { chain: chain.to_owned(), key: key.to_owned(), now })
    }

    /// Reads both files again. On `Err` the certificate before stays in force.
    pub(crate) fn read_again(&self) -> Result<(), String> {
        let fresh = server_config(&self.chain, &self.key)?;
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    pub(crate) fn in_force(&self) -> Arc<ServerConfig> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn server_config(chain: &Path, key: &Path) -> Result<Arc<ServerConfig>, String> {
    let certificates = CertificateDer::pem_file_iter(chain)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| format!("listen.certificate: {} cannot be read: {error}", chain.display()))?;
    if certificates.is_empty() {
        return Err(format!("listen.certificate: {} holds no certificate", chain.display()));
    }
    match look_at_private(key) {
        PrivateFile::Fine => {}
        PrivateFile::Missing => return Err(format!("listen.private_key: {} does not exist", key.display())),
        PrivateFile::Wrong(why) => return Err(format!("listen.private_key: {why}")),
    }
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| format!("listen.private_key: {} cannot be read: {error}", key.display()))?;
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(certificates, private)
        .map_err(|error| format!("listen.certificate and listen.private_key do not fit together: {error}"))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
