//! The person's browser: follows redirects with cookies and presses the buttons of interface.md §5.

use reqwest::header::{ACCEPT, ACCEPT_LANGUAGE, LOCATION, ORIGIN};
use reqwest::{RequestBuilder, StatusCode};
use url::Url;

use super::error::{PgoError, Step};
use super::forms::{Form, FormError, read_forms, read_title};
use super::http::{self, Answer};
use crate::domain::bsn::Bsn;

/// The most pages and redirects of one flow.
const HOP_LIMIT: usize = 40;

/// Who sits at the browser and what they want. `Debug` shows no number.
#[derive(Debug, Clone)]
pub struct Person {
    /// The number for the login simulator.
    pub bsn: Bsn,
    /// The level of assurance of the login.
    pub level: Level,
    /// What they do on the pages.
    pub wish: Wish,
}

impl Person {
    /// Someone who logs in well and wants this.
    pub const fn new(bsn: Bsn, wish: Wish) -> Self {
        Self { bsn, level: Level::Hoog, wish }
    }
}

/// A level of assurance of the login simulator, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// DigiD Basis.
    Basis,
    /// DigiD Midden.
    Midden,
    /// DigiD Substantieel.
    Substantieel,
    /// DigiD Hoog.
    Hoog,
}

impl Level {
    const fn value(self) -> &'static str {
        match self {
            Self::Basis => "basis",
            Self::Midden => "midden",
            Self::Substantieel => "substantieel",
            Self::Hoog => "hoog",
        }
    }
}

/// What the person does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Consents to collecting this once.
    ConsentOnce,
    /// Consents until further notice.
    ConsentIndefinitely,
    /// Logs in, reads the consent page, and refuses.
    Refuse,
    /// Cancels on the landing page.
    CancelLanding,
    /// Cancels on the login page.
    CancelLogin,
}

/// A page that is shown.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its address.
    pub url: Url,
    /// HTTP status.
    pub status: u16,
    /// The whole HTML.
    pub html: String,
    /// Its forms.
    pub forms: Vec<Form>,
}

/// Where a request led.
enum Hop {
    Page(Page),
    Outside(Url),
}

/// A browser with its cookies. It goes only to the site it was first sent to.
#[derive(Debug)]
pub struct Browser {
    client: reqwest::Client,
}

impl Browser {
    pub(super) fn new(tls: rustls::ClientConfig) -> Result<Self, PgoError> {
        Ok(Self { client: http::build(http::client(tls).cookie_store(true))? })
    }

    /// Opens an address and follows its redirects to a page.
    ///
    /// # Errors
    /// [`PgoError`] when there is no answer or a redirect leaves the site.
    pub async fn open(&mut self, url: Url) -> Result<Page, PgoError> {
        match self.request(self.client.get(url.clone()), &url, Step::OtherPage).await? {
            Hop::Page(page) => Ok(page),
            Hop::Outside(_) => Err(PgoError::Redirect { step: Step::OtherPage, reason: "it leaves the site" }),
        }
    }

    /// Presses a button of a page after filling in fields, and follows to the next page.
    ///
    /// # Errors
    /// [`PgoError::Form`] when the page lacks button or field; else as [`open`](Self::open).
    pub async fn press(&mut self, page: &Page, button: (&str, &str), fill: &[(&str, &str)]) -> Result<Page, PgoError> {
        match self.submit(page, Step::OtherPage, button, fill).await? {
            Hop::Page(page) => Ok(page),
            Hop::Outside(_) => Err(PgoError::Redirect { step: Step::OtherPage, reason: "it leaves the site" }),
        }
    }

    /// Presses a button that leads back to the PGO, and gives the address with its parameters. It is not requested.
    ///
    /// # Errors
    /// [`PgoError::Redirect`] when the button leads to another page of the site; else as [`press`](Self::press).
    pub async fn leave(&mut self, page: &Page, button: (&str, &str), fill: &[(&str, &str)]) -> Result<Url, PgoError> {
        match self.submit(page, Step::Return, button, fill).await? {
            Hop::Outside(url) => Ok(url),
            Hop::Page(_) => Err(PgoError::Redirect { step: Step::Return, reason: "it stays on the site" }),
        }
    }

    /// Goes from the authorization request through the pages until the server sends the person to `target`,
    /// and gives that address with its parameters. The address itself is never requested.
    pub(super) async fn walk(&mut self, start: &Url, target: &Url, person: &Person) -> Result<Url, PgoError> {
        let mut hop = self.request(self.client.get(start.clone()), start, Step::Authorize).await?;
        let mut logged_in = false;
        for _ in 0..HOP_LIMIT {
            let page = match hop {
                Hop::Page(page) => page,
                Hop::Outside(url) if is_target(&url, target) => return Ok(url),
                Hop::Outside(_) => {
                    return Err(PgoError::Redirect { step: Step::Return, reason: "not the redirect_uri" });
                }
            };
            let asks_number = page.forms.iter().any(|form| form.has_field("bsn"));
            hop = self.act(&page, person, logged_in).await?;
            logged_in |= asks_number;
        }
        Err(PgoError::Redirect { step: Step::OtherPage, reason: "too many pages" })
    }

    /// Does on this page what the person wants. Nobody logs in twice: a server that asks again (the level was
    /// too low) is left.
    async fn act(&mut self, page: &Page, person: &Person, logged_in: bool) -> Result<Hop, PgoError> {
        let shows = |name: &str, value: &str| page.forms.iter().any(|form| form.has_button(name, value));
        let asks_number = page.forms.iter().any(|form| form.has_field("bsn"));
        if page.status != 200 && page.forms.is_empty() {
            return Err(stuck(page));
        }
        if shows("decision", "give") {
            return self.decide(page, person.wish).await;
        }
        if asks_number {
            let action = if logged_in || person.wish == Wish::CancelLogin { "cancel" } else { "login" };
            let fill = [("bsn", person.bsn.digits()), ("level", person.level.value())];
            return self.submit(page, Step::Login, ("action", action), &fill).await;
        }
        if shows("action", "login") {
            let action = if logged_in || person.wish == Wish::CancelLanding { "cancel" } else { "login" };
            return self.submit(page, Step::Landing, ("action", action), &[]).await;
        }
        // After a login that was cancelled one may try again: this person wants to go back.
        if shows("action", "back") {
            return self.submit(page, Step::OtherPage, ("action", "back"), &[]).await;
        }
        // A page with one way out (the neutral refusal): take it.
        let buttons: Vec<_> = page.forms.iter().flat_map(Form::buttons).collect();
        match buttons.as_slice() {
            [only] => self.submit(page, Step::OtherPage, *only, &[]).await,
            _ => Err(stuck(page)),
        }
    }

    async fn decide(&mut self, page: &Page, wish: Wish) -> Result<Hop, PgoError> {
        let (decision, fill): (_, &[_]) = match wish {
            Wish::ConsentIndefinitely => ("give", &[("indefinite", "yes")]),
            Wish::ConsentOnce => ("give", &[]),
            Wish::Refuse | Wish::CancelLanding | Wish::CancelLogin => ("refuse", &[]),
        };
        self.submit(page, Step::Consent, ("decision", decision), fill).await
    }

    async fn submit(
        &mut self,
        page: &Page,
        step: Step,
        button: (&str, &str),
        fill: &[(&str, &str)],
    ) -> Result<Hop, PgoError> {
        let missing = || FormError::NoButton { name: button.0.to_owned(), value: button.1.to_owned() };
        let form = page.forms.iter().find(|form| form.has_button(button.0, button.1));
        let form = form.ok_or_else(|| PgoError::Form { step, source: missing() })?;
        let sent = form.press(button, fill).map_err(|source| PgoError::Form { step, source })?;
        let action = form.action.as_deref().unwrap_or_default();
        let mut url = page.url.join(action).map_err(|_| PgoError::Redirect { step, reason: "no address" })?;
        if url.origin() != page.url.origin() {
            return Err(PgoError::Redirect { step, reason: "the form leaves the site" });
        }
        let request = if form.post {
            let origin = page.url.origin().ascii_serialization();
            let request = self.client.post(url.clone()).form(&sent);
            request.header(ORIGIN, origin).header("sec-fetch-site", "same-origin")
        } else {
            url.query_pairs_mut().clear().extend_pairs(&sent);
            self.client.get(url.clone())
        };
        self.request(request, &url, step).await
    }

    /// Sends a request and follows redirects within the site.
    async fn request(&self, request: RequestBuilder, site: &Url, step: Step) -> Result<Hop, PgoError> {
        let mut request = request;
        for _ in 0..HOP_LIMIT {
            let request_now = request.header(ACCEPT, "text/html").header(ACCEPT_LANGUAGE, "nl");
            let response = request_now.send().await.map_err(|error| http::lost(step, error))?;
            let answer = Answer::read(step, response).await?;
            let Some(next) = redirect(&answer, step)? else { return Ok(Hop::Page(page(answer))) };
            if next.origin() != site.origin() {
                return Ok(Hop::Outside(next));
            }
            request = self.client.get(next);
        }
        Err(PgoError::Redirect { step, reason: "too many redirects" })
    }
}

/// Where a redirect leads; `None` when the answer is none.
fn redirect(answer: &Answer, step: Step) -> Result<Option<Url>, PgoError> {
    let statuses = [StatusCode::FOUND, StatusCode::SEE_OTHER, StatusCode::MOVED_PERMANENTLY];
    if !statuses.iter().any(|status| status.as_u16() == answer.status) {
        return Ok(None);
    }
    let location = answer.headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let next = location.and_then(|location| answer.url.join(location).ok());
    next.map(Some).ok_or(PgoError::Redirect { step, reason: "no usable Location" })
}

fn page(answer: Answer) -> Page {
    let html = String::from_utf8_lossy(&answer.body).into_owned();
    let forms = read_forms(&html);
    Page { url: answer.url, status: answer.status, html, forms }
}

fn stuck(page: &Page) -> PgoError {
    PgoError::Page { step: Step::OtherPage, status: page.status, title: read_title(&page.html) }
}

fn is_target(url: &Url, target: &Url) -> bool {
    url.origin() == target.origin() && url.path() == target.path()
}
