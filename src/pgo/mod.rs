//! The test PGO: an independent client of the MedMij chain, used by `dvza demo`, `dvza pgo` and the tests.
//!
//! It knows what a PGO may know: its own certificate and the Zorgaanbiederslijst, from which it finds every
//! endpoint. It plays the person's browser too, by plain HTTP and HTML forms (interface.md §5). To stay a judge of
//! the server it shares no code with it: it reads the list, the pages and the bundles in its own way.

mod browser;
mod collect;
mod error;
mod forms;
mod http;
mod report;
mod token;
mod zal;

use std::path::Path;

use url::Url;

pub use browser::{Browser, Level, Page, Person, Wish};
pub use collect::{CollectRequest, Collected, Count, Followed, Section};
pub use error::{PgoError, Step};
pub use forms::{Form, FormError};
pub use http::{Answer, Channel};
pub use report::table;
pub use token::{Authorized, Tokens};
pub use zal::{Directory, DirectoryError, Provider, ResourceEndpoint, Service};

use crate::devnet::demo::{DemoCertificate, DemoFile};

/// Which party of the demo network the PGO is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// The PGO on the lists.
    Pgo,
    /// The other PGO on the lists, which got no consent.
    OtherPgo,
    /// Someone on no list who claims to be the PGO.
    Stranger,
}

/// A PGO with its credentials and the directory of providers.
#[derive(Debug)]
pub struct Pgo {
    client_id: String,
    redirect_uri: Url,
    directory: Directory,
    front: rustls::ClientConfig,
    back: http::BackChannel,
}

impl Pgo {
    /// The PGO of a demo network; `dir` is the folder of its `demo.json`.
    ///
    /// # Errors
    /// [`PgoError::Setup`] names the file that is missing or not what it should be.
    pub fn from_demo(dir: &Path, demo: &DemoFile) -> Result<Self, PgoError> {
        Self::from_demo_as(Party::Pgo, dir, demo)
    }

    /// As [`from_demo`](Self::from_demo), as another party.
    ///
    /// # Errors
    /// As [`from_demo`](Self::from_demo).
    pub fn from_demo_as(party: Party, dir: &Path, demo: &DemoFile) -> Result<Self, PgoError> {
        let (client, certificate): (_, &DemoCertificate) = match party {
            Party::Pgo => (&demo.pgo, &demo.pgo.certificate),
            Party::OtherPgo => (&demo.other_pgo, &demo.other_pgo.certificate),
            Party::Stranger => (&demo.pgo, &demo.stranger),
        };
        let redirect_uri =
            Url::parse(&client.redirect_uri).map_err(|_| PgoError::setup("demo.json", "redirect_uri is not a URL"))?;
        let zal = dir.join(&demo.lists.zal);
        let text = std::fs::read_to_string(&zal).map_err(|error| PgoError::setup(&zal, error))?;
        let directory = Directory::parse(&text).map_err(|error| PgoError::setup(&zal, error))?;
        let roots = http::roots(&dir.join(&demo.ca))?;
        let front = http::anonymous(roots.clone())?;
        let back = http::certified(roots, &dir.join(&certificate.cert), &dir.join(&certificate.key))?;
        let back = http::BackChannel::new(back)?;
        Ok(Self { client_id: client.client_id.clone(), redirect_uri, directory, front, back })
    }

    /// What the Zorgaanbiederslijst says.
    pub const fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The host that identifies this PGO.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// A browser of its own, with an empty cookie jar.
    ///
    /// # Errors
    /// [`PgoError::Setup`] when TLS cannot be set up.
    pub fn browser(&self) -> Result<Browser, PgoError> {
        Browser::new(self.front.clone())
    }

    /// Lets the person go through authorize, login and consent at this provider and returns with the code.
    ///
    /// # Errors
    /// [`PgoError::Refused`] with the OAuth error when the flow ended without a code; other variants name the
    /// step at which the flow could not go on.
    pub async fn authorize(&self, provider: &str, person: &Person) -> Result<Authorized, PgoError> {
        let provider = self.directory.provider(provider)?;
        let request = token::AuthorizationRequest::new(self, provider)?;
        let mut browser = self.browser()?;
        let returned = browser.walk(request.url(), &self.redirect_uri, person).await?;
        request.returned(&returned)
    }

    /// Exchanges the code for tokens. A second call with the same code must fail.
    ///
    /// # Errors
    /// [`PgoError::Token`] with status and OAuth error.
    pub async fn exchange(&self, authorized: &Authorized) -> Result<Tokens, PgoError> {
        token::exchange(self, authorized).await
    }

    /// Exchanges the refresh token for new tokens.
    ///
    /// # Errors
    /// [`PgoError::NoRefreshToken`] when the consent was for once; [`PgoError::Token`] when refused.
    pub async fn refresh(&self, tokens: &Tokens) -> Result<Tokens, PgoError> {
        token::refresh(self, tokens).await
    }

    /// One GET on the resource interface with the MedMij headers.
    ///
    /// # Errors
    /// [`PgoError::Connection`] when there is no HTTP answer; any status is an answer.
    pub async fn get(&self, tokens: &Tokens, url: Url, accept: &str) -> Result<Answer, PgoError> {
        let headers = http::Headers { correlation: tokens.correlation, bearer: Some(tokens.access.secret()) };
        self.back.get(url, accept, &headers).await
    }

    /// Collects a data service: every request with all its pages, then the documents and the resources that
    /// are referred to but were not in a bundle.
    ///
    /// A request that is refused is a [`Section`] with its status, not an error.
    ///
    /// # Errors
    /// [`PgoError`] when the provider does not offer the service, the connection fails, or an answer is no
    /// bundle at all.
    pub async fn collect(
        &self,
        tokens: &Tokens,
        service: &str,
        requests: &[CollectRequest],
    ) -> Result<Collected, PgoError> {
        let provider = self.directory.provider(&tokens.provider)?;
        let service = provider.service(service)?;
        collect::collect(self, tokens, service, requests).await
    }
}

#[cfg(test)]
mod tests;
