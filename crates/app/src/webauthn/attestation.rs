//! Which makes and models of authenticators are taken, where policy asks: staff always, customers never.

use std::collections::BTreeMap;

use doorward_domain::passkey::CeremonyRefused;
use doorward_domain::time::Timestamp;
use std::time::{Duration, SystemTime};
use webauthn_rs::prelude::{
    AttestationCaList, AttestationCaListBuilder, AttestationMetadata, Credential, Uuid,
};
use webauthn_rs_core::attestation::verify_attestation_ca_chain;

/// What is asked of a new authenticator about its make.
#[derive(Debug, Clone, Copy)]
pub enum AttestationPolicy<'a> {
    /// Nothing: no certificate is asked for, so that nothing about the device is learnt (customers).
    None,
    /// A certificate chain to one of the makers, a model on the list, and a key that cannot leave its device (staff).
    Required(&'a TrustedModels),
}

/// Makers' certificates and the models (AAGUIDs) that are taken from them.
///
/// One list a certificate: the library finds an issuer by name and looks no further, but a maker's old and new root
/// may share theirs.
#[derive(Debug, Clone)]
pub struct TrustedModels(Vec<AttestationCaList>);

/// The text holds no certificate that can be read, or no model is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no readable maker's certificate (PEM), or no model (AAGUID) to go with it")]
pub struct NotATrustAnchor;

impl TrustedModels {
    /// These models, attested by a chain that ends at one of these certificates; `anchors` holds one or more in PEM.
    ///
    /// # Errors
    /// One of the certificates cannot be read, or one of the two lists is empty.
    pub fn new(models: &[Uuid], anchors: &str) -> Result<Self, NotATrustAnchor> {
        let mut lists = Vec::new();
        for anchor in certificates(anchors) {
            let mut list = AttestationCaListBuilder::new();
            for model in models {
                list.insert_device_pem(anchor.as_bytes(), *model, model.to_string(), BTreeMap::new())
                    .map_err(|_| NotATrustAnchor)?;
            }
            lists.push(list.build());
        }
        if lists.is_empty() || models.is_empty() { Err(NotATrustAnchor) } else { Ok(Self(lists)) }
    }

    /// Whether this new key was made by one of the models. The library verified the statement's signature; here its
    /// chain is followed at this moment and the model is looked up.
    pub(super) fn judge(&self, credential: &Credential, now: Timestamp) -> Result<Uuid, CeremonyRefused> {
        if credential.backup_eligible {
            return Err(CeremonyRefused::NotTrusted);
        }
        let seconds = u64::try_from(now.as_seconds()).unwrap_or(0);
        let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let made_by =
            |list| verify_attestation_ca_chain(&credential.attestation.data, list, moment).ok().flatten();
        let maker = self.0.iter().find_map(made_by).ok_or(CeremonyRefused::NotTrusted)?;
        match &credential.attestation.metadata {
            AttestationMetadata::Packed { aaguid } | AttestationMetadata::Tpm { aaguid, .. }
                if maker.aaguids().contains_key(aaguid) =>
            {
                Ok(*aaguid)
            }
            _ => Err(CeremonyRefused::NotTrusted),
        }
    }
}

/// The certificates of a PEM text, one by one.
fn certificates(pem: &str) -> impl Iterator<Item = String> {
    const END: &str = "-----END CERTIFICATE-----";
    pem.split_inclusive(END)
        .filter_map(|part| part.find("-----BEGIN CERTIFICATE-----").map(|at| format!("{}\n", &part[at..])))
}
