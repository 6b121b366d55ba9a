//! Who is at work: the session behind the cookie, the employee, and what they may do.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum_extra::extract::cookie::CookieJar;

use super::ConsoleState;
use super::error::ConsoleError;
use crate::audit::{self, Action, Actor, Detail, Event, Kind};
use crate::domain::dossier::{Employee, SourceId};
use crate::domain::ids::{PatientRef, PracticeScope};
use crate::domain::rights::{Right, Rights};
use crate::domain::time::Moment;
use crate::http::extract::csrf;
use crate::http::pages::blocks::{Block, BlockPage, Form, Link};
use crate::http::pages::views::Idle;
use crate::http::pages::{Lang, Page};
use crate::oauth::SessionId;
use crate::store::Tx;
use crate::store::practices::PracticeEntry;

// `__Host-`: browsers then insist on Secure, Path=/ and no Domain. Ports share cookies, so the name is the console's own.
const SESSION: &str = "__Host-dvza-console";
const LANG: &str = "__Host-console-lang";
/// The form that a token is for: every form of the console.
const FORM: &str = "console";

/// A cookie on its way to the browser.
pub(super) type SetCookie = AppendHeaders<[(HeaderName, String); 1]>;

/// A request of a browser, before it is known whose.
#[derive(Clone)]
pub(super) struct Visit {
    /// The instant of the request.
    pub(super) moment: Moment,
    /// Language of the answer.
    pub(super) lang: Lang,
    /// The query, undecoded.
    pub(super) query: String,
    /// The path; empty where nobody is logged in.
    pub(super) path: String,
    /// The session id in the cookie; whether it is alive is still to be asked.
    pub(super) session: Option<Arc<SessionId>>,
    chose_lang: bool,
}

impl Visit {
    /// What a request says of itself.
    pub(super) fn read(state: &ConsoleState, headers: &HeaderMap, query: &str) -> Self {
        let jar = CookieJar::from_headers(headers);
        let asked = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "lang");
        let asked = asked.and_then(|(_, value)| Lang::find(&value));
        let kept = || Lang::find(jar.get(LANG)?.value());
        let accepted = || Lang::from_accept(headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?);
        let session = jar.get(SESSION).and_then(|cookie| SessionId::offered(cookie.value()));
        Self {
            moment: state.app.clock().moment(),
            lang: asked.or_else(kept).or_else(accepted).unwrap_or_default(),
            query: query.to_owned(),
            path: String::new(),
            session: session.map(Arc::new),
            chose_lang: asked.is_some(),
        }
    }

    /// Of a request for this path.
    pub(super) fn at(self, path: &str) -> Self {
        Self { path: path.to_owned(), ..self }
    }

    /// The token of forms in this session; empty without one.
    pub(super) fn csrf(&self) -> String {
        self.session.as_ref().map(|session| csrf::token(session, FORM)).unwrap_or_default()
    }

    /// Is this the token of our forms in this session?
    pub(super) fn is_token(&self, sent: &str) -> bool {
        self.session.as_ref().is_some_and(|session| csrf::is_token(session, FORM, sent))
    }

    /// With the cookie that remembers a language that was asked for.
    pub(super) fn answer(&self, response: Response) -> Response {
        if !self.chose_lang {
            return response;
        }
        let cookie = format!("{LANG}={}; Max-Age=31536000; Path=/; Secure; HttpOnly; SameSite=Lax", self.lang.as_str());
        (AppendHeaders([(SET_COOKIE, cookie)]), response).into_response()
    }

    /// A page of somebody who is not logged in.
    pub(super) fn page(&self, title: &str, blocks: Vec<Block>) -> Page<BlockPage> {
        let page = BlockPage {
            lang: self.lang,
            title: title.to_owned(),
            practice: None,
            employee: None,
            csrf: self.csrf(),
            idle: None,
            nav: Vec::new(),
            here: "",
            blocks: Vec::new(),
        };
        Page::new(page.holding(blocks))
    }
}

/// Hands a session id to the browser, until the browser closes.
pub(super) fn with_session(id: &SessionId) -> SetCookie {
    // Lax, not Strict: the browser comes back from the provider by a redirect from another site.
    AppendHeaders([(SET_COOKIE, format!("{SESSION}={}; Path=/; Secure; HttpOnly; SameSite=Lax", id.expose()))])
}

/// Takes the session id from the browser.
pub(super) fn without_session() -> SetCookie {
    AppendHeaders([(SET_COOKIE, format!("{SESSION}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax"))])
}

/// An employee at work. Built by the guard only: whoever holds one was let through.
#[derive(Clone)]
pub(super) struct Staff(Arc<Inner>);

pub(super) struct Inner {
    /// The request.
    pub visit: Visit,
    /// The console.
    pub state: ConsoleState,
    /// The practice.
    pub practice: PracticeEntry,
    /// The employee's id.
    pub id: SourceId,
    /// The employee.
    pub employee: Employee,
    /// What they may do.
    pub rights: Rights,
    /// How long they may do nothing, in minutes (`idle_minutes`).
    pub idle_minutes: i32,
}

impl std::ops::Deref for Staff {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Staff {
    pub(super) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// The practice as a scope.
    pub(super) fn scope(&self) -> PracticeScope {
        self.practice.scope()
    }

    /// The language of the page.
    pub(super) fn lang(&self) -> Lang {
        self.visit.lang
    }

    /// The words of the page's language.
    pub(super) fn pick<'t>(&self, nl: &'t str, en: &'t str) -> &'t str {
        self.visit.lang.pick(nl, en)
    }

    /// May they do this?
    pub(super) fn may(&self, right: Right) -> bool {
        self.rights.has(right)
    }

    /// The instant of the request.
    pub(super) fn at(&self) -> Moment {
        self.visit.moment
    }

    /// Name of the employee's role in an audit event.
    pub(super) fn role(&self) -> String {
        serde_json::to_value(self.employee.role)
            .ok()
            .and_then(|role| Some(role.as_str()?.to_owned()))
            .unwrap_or_default()
    }

    /// A transaction that writes.
    pub(super) async fn write(&self) -> Result<Tx<'static>, ConsoleError> {
        Ok(self.state.app.store().write().await?)
    }

    /// A transaction that reads.
    pub(super) async fn read(&self) -> Result<Tx<'static>, ConsoleError> {
        Ok(self.state.app.store().read().await?)
    }

    /// An event of this employee.
    pub(super) fn event(&self, kind: &'static str, action: Action) -> Event {
        let actor = Actor::Employee { id: self.id.to_string(), role: self.role() };
        let kind = Kind::new(kind).unwrap_or(Kind::UNNAMED);
        Event::new(self.at().at, kind, action, actor).in_practice(self.practice.id)
    }

    /// Records what was done with a patient's dossier, in the transaction of what it records.
    pub(super) async fn record(
        &self,
        tx: &mut Tx<'_>,
        kind: &'static str,
        action: Action,
        who: Option<&PatientRef>,
        detail: Detail,
    ) -> Result<(), ConsoleError> {
        let event = self.event(kind, action);
        let event = who.into_iter().fold(event, |event, who| event.about(who)).with(detail);
        audit::append_in(tx, self.state.app.sealer(), &[event]).await?;
        Ok(())
    }

    /// A form of the console.
    pub(super) fn form(&self, action: impl Into<String>, parts: Vec<Block>, buttons: Vec<super::Button>) -> Block {
        Block::Form(Form { action: action.into(), id: None, csrf: self.visit.csrf(), parts, buttons })
    }

    /// A page with the menu of what this employee may do.
    pub(super) fn page(&self, here: &'static str, title: &str, blocks: Vec<Block>) -> Response {
        let page = BlockPage {
            lang: self.lang(),
            title: title.to_owned(),
            practice: Some(self.practice.display_name.clone()),
            employee: Some(self.employee.name.clone()),
            csrf: self.visit.csrf(),
            idle: Some(Idle::new(self.lang(), i64::from(self.idle_minutes) * 60)),
            nav: self.menu(),
            here,
            blocks: Vec::new(),
        };
        self.visit.answer(Page::new(page.holding(blocks)).into_response())
    }

    fn menu(&self) -> Vec<Link> {
        use Right::*;
        let entries: [(&str, &str, &str, Option<Right>); 10] = [
            ("/", "Postvak", "Work list", None),
            ("/patients", "Patiënten", "Patients", Some(ViewDossier)),
            ("/invite", "Uitnodigen", "Invitations", Some(InviteBatch)),
            ("/accounts", "E-mailadressen", "E-mail addresses", Some(ConsentDesk)),
            ("/reports", "Rapporten", "Reports", Some(ReportExtract)),
            ("/imports", "Leveringen", "Deliveries", Some(PracticeSettings)),
            ("/settings", "Instellingen", "Settings", Some(PracticeSettings)),
            ("/onboarding", "Voor u begint", "Before you begin", Some(PracticeSettings)),
            ("/rights", "Rechten", "Rights", Some(EmployeeRights)),
            ("/help", "Hulp", "Help", None),
        ];
        let allowed = entries.into_iter().filter(|(.., right)| right.is_none_or(|right| self.may(right)));
        allowed.map(|(href, nl, en, _)| Link { href: href.to_owned(), text: self.pick(nl, en).to_owned() }).collect()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Staff {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        // The guard put it there; a route without guard has none, and serves nothing.
        parts.extensions.get::<Self>().cloned().ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// The patient of the address, who is one of this practice.
#[derive(Clone, Copy)]
pub(super) struct Who(pub(super) PatientRef);

impl<S: Send + Sync> FromRequestParts<S> for Who {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        parts.extensions.get::<Self>().copied().ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// The fields of a form that was proven to be ours; empty for other requests.
#[derive(Clone, Default)]
pub(super) struct Fields(pub(super) Arc<Vec<(String, String)>>);

impl Fields {
    /// The value of a field, without blanks around it; `None` when absent or empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// All values of a field.
    pub(super) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Fields {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}
