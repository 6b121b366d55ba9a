//! From configuration to the values that the listeners take.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use url::Url;
use zeroize::Zeroizing;

use crate::audit::forward::{Forwarder, Origins};
use crate::config::{
    BackListener, BsnPlace, ChainLog, Config, Limits as LimitSettings, OidcProvider, PublicListener, Register, Security,
};
#[cfg(feature = "saml")]
use crate::config::{SamlBinding, SamlProfile, SamlProvider};
use crate::domain::picture::Picture;
use crate::domain::time::Clock;
use crate::http::context::random;
use crate::http::listeners::Limits;
use crate::http::tls::{self, Clients, TlsFiles};
use crate::login::oidc::{ClaimSource, Oidc, Settings};
#[cfg(feature = "saml")]
use crate::login::saml::{self, Saml};
use crate::mail::Mailer;
use crate::seal::{Sealer, hex};
use crate::store::Store;

/// The files of a listener for browsers.
pub fn browser_tls(listener: &PublicListener) -> TlsFiles {
    TlsFiles { cert: listener.cert.clone(), key: listener.key.clone(), clients: Clients::Anonymous }
}

/// The files of the listener for PGO servers and HISes.
pub fn client_tls(listener: &BackListener) -> TlsFiles {
    let clients = Clients::Certified { roots: listener.client_roots.clone(), crls: listener.client_crls.clone() };
    TlsFiles { cert: listener.cert.clone(), key: listener.key.clone(), clients }
}

/// A client that asks the register for lists: our certificate, its roots and nobody else's, no redirects.
///
/// # Errors
/// One line that names the file that cannot be used.
pub fn register_client(register: &Register) -> anyhow::Result<reqwest::Client> {
    certified_client(&register.cert, &register.key, &register.roots)
}

/// Tells MedMij's chain log.
///
/// # Errors
/// One line that names the file that cannot be used.
pub fn forwarder(log: &ChainLog, config: &Config, parts: (Store, Sealer, Clock)) -> anyhow::Result<Forwarder> {
    let (store, sealer, clock) = parts;
    let listeners = &config.listeners;
    Ok(Forwarder {
        store,
        sealer,
        clock,
        client: certified_client(&log.cert, &log.key, &log.roots)?,
        url: log.url.clone(),
        origins: Origins { front: listeners.front.public_url.clone(), back: listeners.back.public_url.clone() },
        holder: node()?,
    })
}

/// A name for this node among those that share a database, new with every start.
///
/// # Errors
/// When the machine has no random numbers.
pub fn node() -> anyhow::Result<String> {
    Ok(hex(&random::<8>()?))
}

/// A client that meets endpoints as somebody from outside would, with or without a certificate; it tells which certificate it
/// was shown, and follows no redirects.
///
/// # Errors
/// One line that names the file that cannot be used.
pub fn probe(own: Option<(&PathBuf, &PathBuf)>, trusted: &[PathBuf]) -> anyhow::Result<reqwest::Client> {
    let mut store = RootCertStore::empty();
    for path in trusted {
        // A bundle of a system may hold roots of forms that are not known here.
        store.add_parsable_certificates(tls::read_certificates(path)?);
    }
    let config = ClientConfig::builder_with_provider(tls::provider()).with_safe_default_protocol_versions()?;
    let config = config.with_root_certificates(store);
    let config = match own {
        None => config.with_no_client_auth(),
        Some((cert, key)) => {
            let pem =
                PrivateKeyDer::from_pem_file(key).map_err(|_| anyhow!("{} holds no private key", key.display()))?;
            let config = config.with_client_auth_cert(tls::read_certificates(cert)?, pem);
            config.with_context(|| format!("{} and its key do not fit", cert.display()))?
        }
    };
    Ok(builder(config).tls_info(true).timeout(Duration::from_secs(20)).build()?)
}

fn certified_client(cert: &Path, key: &Path, trusted: &Path) -> anyhow::Result<reqwest::Client> {
    let chain = tls::read_certificates(cert)?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|_| anyhow!("{} holds no private key", key.display()))?;
    let config = ClientConfig::builder_with_provider(tls::provider()).with_safe_default_protocol_versions()?;
    let config = config.with_root_certificates(roots(trusted)?).with_client_auth_cert(chain, key);
    client(config.with_context(|| format!("{} and its key do not fit", cert.display()))?)
}

/// The provider patients log in at.
///
/// # Errors
/// One line that names the file or value that cannot be used.
pub fn oidc(provider: &OidcProvider, front: &Url, sealer: Sealer, clock: Clock) -> anyhow::Result<Oidc> {
    let secret = std::fs::read_to_string(&provider.client_secret_file);
    let secret = secret.with_context(|| format!("cannot read {}", provider.client_secret_file.display()))?;
    let config = ClientConfig::builder_with_provider(tls::provider()).with_safe_default_protocol_versions()?;
    let config = config.with_root_certificates(roots(&provider.roots)?).with_no_client_auth();
    let level = |(acr, level): (&String, &String)| anyhow::Ok((acr.clone(), level.parse()?));
    let settings = Settings {
        issuer: provider.issuer.clone(),
        client_id: provider.client_id.clone(),
        client_secret: Zeroizing::new(secret.trim_end_matches(['\r', '\n']).to_owned()),
        redirect_uri: front.join("/login/return")?,
        scopes: provider.scopes.clone(),
        is_pairwise: provider.pairwise,
        bsn_claim: provider.bsn_claim.clone(),
        bsn_source: match provider.bsn_in {
            BsnPlace::IdToken => ClaimSource::IdToken,
            BsnPlace::Userinfo => ClaimSource::UserInfo,
        },
        levels: provider.levels.iter().map(level).collect::<Result<_, _>>()?,
    };
    Ok(Oidc::new(settings, client(config)?, sealer, clock))
}

/// The mail server that letters are handed to.
///
/// # Errors
/// One line that names the file or value that cannot be used.
pub fn mailer(mail: &crate::config::Mail) -> anyhow::Result<Mailer> {
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    let password = mail.password_file.as_deref().map(std::fs::read_to_string).transpose();
    let password = password.context("cannot read password_file")?.map(Zeroizing::new);
    let password = password.map(|text| Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()));
    let settings = crate::mail::Settings {
        host: mail.host.clone(),
        port: mail.port,
        from: mail.from.clone(),
        credentials: mail.user.clone().zip(password),
        root: mail.root.as_deref().map(read).transpose()?,
        plain: mail.plain,
    };
    Ok(Mailer::new(settings)?)
}

/// DigiD or a routing service, over SAML.
///
/// # Errors
/// One line that names the file or value that cannot be used.
#[cfg(feature = "saml")]
pub fn saml(provider: &SamlProvider, front: &Url, sealer: Sealer, clock: Clock) -> anyhow::Result<Saml> {
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    let metadata = std::fs::read_to_string(&provider.metadata);
    let metadata = metadata.with_context(|| format!("cannot read {}", provider.metadata.display()))?;
    let signer = provider.metadata_signer.as_deref().map(read).transpose()?;
    let (cert, key) = (read(&provider.cert)?, Zeroizing::new(read(&provider.key)?));
    let second = |path: &Option<PathBuf>, first: &[u8]| path.as_deref().map_or_else(|| Ok(first.to_vec()), read);
    let decryption_cert = second(&provider.decryption_cert, &cert)?;
    let decryption_key = Zeroizing::new(second(&provider.decryption_key, &key)?);
    let level = |(class, level): (String, String)| anyhow::Ok((class, level.parse()?));
    let settings = saml::Settings {
        profile: match provider.profile {
            SamlProfile::Digid => saml::Profile::Digid,
            SamlProfile::Toegang => saml::Profile::Toegang,
        },
        binding: match provider.binding {
            SamlBinding::Post => saml::Binding::Post,
            SamlBinding::Redirect => saml::Binding::Redirect,
        },
        entity: provider.entity_id.clone(),
        consumer: front.join("/login/return")?,
        consumer_index: provider.consumer_index,
        levels: provider.levels().into_iter().map(level).collect::<Result<_, _>>()?,
        voluntary: provider.voluntary.clone(),
        parental: provider.parental.clone(),
    };
    let files = saml::Files {
        metadata: &metadata,
        metadata_signer: signer.as_deref(),
        cert: &cert,
        key: &key,
        decryption_cert: &decryption_cert,
        decryption_key: &decryption_key,
    };
    let http = certified_client(&provider.tls_cert, &provider.tls_key, &provider.roots)?;
    Ok(Saml::new(settings, &files, http, sealer, clock)?)
}

/// The text of `/.well-known/security.txt` (RFC 9116).
pub fn security_txt(security: &Security, front: &Url) -> String {
    let mut lines: Vec<String> = security.contact.iter().map(|address| format!("Contact: {address}")).collect();
    lines.push(format!("Expires: {}", security.expires));
    if !security.languages.is_empty() {
        lines.push(format!("Preferred-Languages: {}", security.languages.join(", ")));
    }
    lines.extend(security.policy.iter().map(|url| format!("Policy: {url}")));
    lines.push(format!("Canonical: {}/.well-known/security.txt", front.origin().ascii_serialization()));
    lines.join("\n") + "\n"
}

/// A picture for pages.
///
/// # Errors
/// One line that names the file that cannot be used.
pub fn picture(path: &Path) -> anyhow::Result<Picture> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Picture::new(bytes).with_context(|| path.display().to_string())
}

fn roots(path: &Path) -> anyhow::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in tls::read_certificates(path)? {
        roots.add(certificate).with_context(|| format!("{} holds no root", path.display()))?;
    }
    Ok(roots)
}

/// HTTPS to one party we know: no redirects, no proxy.
fn client(config: ClientConfig) -> anyhow::Result<reqwest::Client> {
    Ok(builder(config).build()?)
}

fn builder(config: ClientConfig) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .https_only(true)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .timeout(Duration::from_secs(60))
}

/// The limits of every listener.
pub fn limits(settings: &LimitSettings) -> Limits {
    let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds));
    Limits {
        connections: usize::try_from(settings.connections).unwrap_or(usize::MAX),
        handshake: seconds(settings.handshake_seconds),
        head: seconds(settings.head_seconds),
        drain: seconds(settings.drain_seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_to_tell_is_written_as_rfc_9116_wants() {
        let mut security = Security {
            contact: vec!["mailto:security@dva.nl".to_owned(), "tel:+31-850000000".to_owned()],
            expires: "2027-06-01T00:00:00Z".to_owned(),
            policy: Some("https://dva.nl/cvd".parse().unwrap()),
            languages: vec!["nl".to_owned(), "en".to_owned()],
        };
        let front = "https://inloggen.dva.nl".parse().unwrap();
        let expected = "Contact: mailto:security@dva.nl\nContact: tel:+31-850000000\nExpires: 2027-06-01T00:00:00Z\n\
                        Preferred-Languages: nl, en\nPolicy: https://dva.nl/cvd\n\
                        Canonical: https://inloggen.dva.nl/.well-known/security.txt\n";
        assert_eq!(security_txt(&security, &front), expected);
        security.policy = None;
        security.languages.clear();
        assert_eq!(security_txt(&security, &front).lines().count(), 4);
    }
}
