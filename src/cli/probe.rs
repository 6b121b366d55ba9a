//! Meets a practice's published endpoints as a PGO would, and says in words what is not as it should be.
//!
//! Nothing is asked that could look like a patient: the authorization endpoint gets a request without a client, the token
//! endpoint one without a grant, the resource endpoint one without a token. Each is refused, and counted as that.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use reqwest::tls::TlsInfo;
use reqwest::{Client, Response, StatusCode, header};
use serde_json::Value;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::doctor::{Finding, Health};
use super::wire;
use crate::config::{Config, Environment};
use crate::domain::time::Timestamp;
use crate::http::context::INTERFACE_VERSION;
use crate::medmij::{Provider, ProviderService};

/// A certificate that ends within this many days is worth a warning.
const SOON_DAYS: i64 = 30;
/// How far the other side's clock may be from ours, in seconds.
const SKEW_SECONDS: i64 = 10;
/// Where systems keep the authorities browsers believe.
const SYSTEM_ROOTS: &str = "/etc/ssl/certs/ca-certificates.crt";

/// What the endpoints are met with.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// A client certificate and its key, such as a PGO has.
    pub client: Option<(PathBuf, PathBuf)>,
    /// Roots that certificates of the front channel may come from.
    pub front_roots: Vec<PathBuf>,
    /// Roots that certificates of the back channel may come from.
    pub back_roots: Vec<PathBuf>,
}

impl Credentials {
    /// As given, or else as the configuration knows them: the certificate the register is asked with, the system's roots for the
    /// front channel, and the client roots – the same authorities on both sides – for the back channel.
    pub fn of(config: &Config, client: Option<(&Path, &Path)>, roots: Option<&Path>) -> Self {
        let own = config.lists.register.as_ref().map(|register| (register.cert.clone(), register.key.clone()));
        let client_roots = config.listeners.back.client_roots.clone();
        let mut front = vec![PathBuf::from(SYSTEM_ROOTS)];
        if config.environment == Environment::Development {
            front.push(client_roots.clone());
        }
        front.retain(|path| path.exists());
        Self {
            client: client.map(|(cert, key)| (cert.to_owned(), key.to_owned())).or(own),
            front_roots: roots.map_or(front, |roots| vec![roots.to_owned()]),
            back_roots: vec![roots.map_or(client_roots, Path::to_owned)],
        }
    }
}

/// Three ways to connect: as a browser, as a PGO's server, and as one without a certificate.
pub struct Probe {
    front: Client,
    back: Option<Client>,
    bare: Client,
    now: Timestamp,
}

impl Probe {
    /// With these credentials, at this instant.
    ///
    /// # Errors
    /// One line that names the file that cannot be used.
    pub fn new(credentials: &Credentials, now: Timestamp) -> anyhow::Result<Self> {
        let back = credentials.client.as_ref();
        let back = back.map(|(cert, key)| wire::probe(Some((cert, key)), &credentials.back_roots)).transpose()?;
        Ok(Self {
            front: wire::probe(None, &credentials.front_roots).context("roots of the front channel")?,
            back,
            bare: wire::probe(None, &credentials.back_roots).context("roots of the back channel")?,
            now,
        })
    }

    /// Meets every endpoint of the provider's entry.
    pub async fn meet(&self, provider: &Provider) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut seen = Vec::new();
        for service in
            provider.interfaces.iter().filter(|own| own.id == INTERFACE_VERSION).flat_map(|own| &own.services)
        {
            // Services of one practice usually share their authorization and token endpoints.
            for (address, kind) in [(&service.authorization, Kind::Authorization), (&service.token, Kind::Token)] {
                if !seen.contains(&(kind, address)) {
                    seen.push((kind, address));
                    findings.extend(self.endpoint(kind, address.as_str()).await);
                }
            }
            findings.extend(self.resources(service).await);
        }
        findings
    }

    async fn endpoint(&self, kind: Kind, address: &str) -> Vec<Finding> {
        match kind {
            Kind::Authorization => match self.front.get(address).send().await {
                Ok(answer) => self.authorization(address, answer),
                Err(error) => vec![unreachable(address, &error)],
            },
            Kind::Token => {
                let mut findings = vec![self.without_certificate(address).await];
                if let Some(back) = &self.back {
                    let request = back.post(address).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
                    match request.body("grant_type=none").send().await {
                        Ok(answer) => findings.extend(self.token(address, answer).await),
                        Err(error) => findings.push(unreachable(address, &error)),
                    }
                }
                findings
            }
        }
    }

    /// A request without a client: exception 1a, a page of its own and no redirect.
    fn authorization(&self, address: &str, answer: Response) -> Vec<Finding> {
        let mut findings = self.connection(address, &answer);
        let is_page = content_type(&answer).starts_with("text/html");
        let stays = answer.headers().get(header::LOCATION).is_none();
        findings.push(if answer.status() == StatusCode::BAD_REQUEST && is_page && stays {
            good(address, "answers a request without client with a page and no redirect, as it should")
        } else {
            bad(
                address,
                format!("answers a request without client with {}: is it an authorization endpoint?", answer.status()),
            )
        });
        findings
    }

    async fn token(&self, address: &str, answer: Response) -> Vec<Finding> {
        let mut findings = self.connection(address, &answer);
        let status = answer.status();
        let kept = answer.headers().get(header::CACHE_CONTROL).is_none_or(|value| value != "no-store");
        let body: Option<Value> = answer.json().await.ok();
        let error = body.as_ref().and_then(|body| body.get("error")).and_then(Value::as_str);
        findings.push(match error {
            Some(_) if kept => bad(address, "lets its answers be kept: Cache-Control: no-store is missing"),
            Some(error) if status.is_client_error() => good(address, format!("answers as a token endpoint ({error})")),
            _ => bad(address, format!("answers {status} without an OAuth error: is it a token endpoint?")),
        });
        findings
    }

    /// Who shows no certificate must not get through.
    async fn without_certificate(&self, address: &str) -> Finding {
        match self.bare.get(address).send().await {
            Err(error) if is_refused(&error) => good(address, "refuses who shows no client certificate"),
            Err(error) => unreachable(address, &error),
            Ok(answer) => bad(address, format!("answers {} to who shows no client certificate", answer.status())),
        }
    }

    async fn resources(&self, service: &ProviderService) -> Vec<Finding> {
        let Some(back) = &self.back else { return Vec::new() };
        let mut findings = Vec::new();
        for role in &service.roles {
            let address = role.resource.as_str().trim_end_matches('/');
            let subject = format!("{} {}", service.id.as_str(), role.code);
            let request = back.get(format!("{address}/metadata")).header(header::ACCEPT, "application/fhir+json");
            match request.send().await {
                Ok(answer) => findings.push(capability(&subject, answer).await),
                Err(error) => findings.push(unreachable(&subject, &error)),
            }
            if let Ok(answer) = back.get(format!("{address}/Patient")).send().await {
                let asks = answer.headers().contains_key(header::WWW_AUTHENTICATE);
                findings.push(if answer.status() == StatusCode::UNAUTHORIZED && asks {
                    good(&subject, "shows nothing without a token")
                } else {
                    bad(&subject, format!("answers {} without a token", answer.status()))
                });
            }
        }
        findings
    }

    /// What every answer tells: the certificate behind it, and the other side's clock.
    fn connection(&self, subject: &str, answer: &Response) -> Vec<Finding> {
        let mut findings = Vec::new();
        let certificate = answer.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate);
        findings.push(match certificate.and_then(|der| X509Certificate::from_der(der).ok()) {
            Some((_, certificate)) => self.certificate(subject, &certificate),
            None => bad(subject, "shows a certificate that cannot be read"),
        });
        let date = answer.headers().get(header::DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        findings.push(match date {
            None => warning(subject, "does not say what time it is there"),
            Some(date) => {
                let apart = (date.timestamp().as_second() - self.now.millis().div_euclid(1000)).abs();
                // The header has whole seconds, and the request took a moment.
                if apart <= SKEW_SECONDS {
                    good(subject, "clock agrees")
                } else {
                    bad(subject, format!("clock is {apart} seconds from ours: keep both by NTP"))
                }
            }
        });
        findings
    }

    fn certificate(&self, subject: &str, certificate: &X509Certificate<'_>) -> Finding {
        let names = certificate.subject_alternative_name().ok().flatten();
        let names = names.map(|names| names.value.general_names.as_slice()).unwrap_or_default();
        if names.iter().any(|name| matches!(name, GeneralName::DNSName(name) if name.contains('*'))) {
            return bad(subject, "shows a wildcard certificate, which MedMij forbids");
        }
        let days = (certificate.validity().not_after.timestamp() - self.now.millis().div_euclid(1000)) / 86_400;
        match days {
            ..0 => bad(subject, "shows a certificate that has ended"),
            0..SOON_DAYS => warning(subject, format!("shows a certificate that ends in {days} days")),
            _ => good(subject, "shows a certificate for its name, of a known authority"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Authorization,
    Token,
}

async fn capability(subject: &str, answer: Response) -> Finding {
    let status = answer.status();
    let body: Option<Value> = answer.json().await.ok();
    let text = |name: &str| body.as_ref().and_then(|body| body.get(name)).and_then(Value::as_str);
    match (text("resourceType"), text("fhirVersion")) {
        (Some("CapabilityStatement"), Some(version)) => good(subject, format!("metadata: FHIR {version}")),
        _ => bad(subject, format!("answers {status} for metadata: is it a FHIR endpoint?")),
    }
}

fn content_type(answer: &Response) -> &str {
    answer.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Was there somebody who broke the connection off, after it had been made?
fn is_refused(error: &reqwest::Error) -> bool {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    let texts: Vec<String> = causes.map(ToString::to_string).collect();
    !error.is_timeout()
        && !texts.iter().any(|text| text.contains("refused (os error") || text.contains("dns error"))
        && texts.iter().any(|text| {
            text.contains("CertificateRequired")
                || text.contains("alert")
                || text.contains("reset")
                || text.contains("closed")
        })
}

fn unreachable(subject: &str, error: &reqwest::Error) -> Finding {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    let last = causes.last().map(ToString::to_string).unwrap_or_default();
    bad(subject, format!("cannot be reached as a PGO would: {last}"))
}

fn good(subject: &str, text: impl Into<String>) -> Finding {
    Finding::new(Health::Good, subject, text)
}

fn warning(subject: &str, text: impl Into<String>) -> Finding {
    Finding::new(Health::Warning, subject, text)
}

fn bad(subject: &str, text: impl Into<String>) -> Finding {
    Finding::new(Health::Bad, subject, text)
}
